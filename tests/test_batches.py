"""Splits and batches: all utterances, each once, against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from datasets import Dataset, concatenate_datasets
from torch import Tensor

from slotkit.corpus import columns
from slotkit.corpus.columns import count_tags, count_words, read_lists
from slotkit.encoders.encoder import Encoder
from slotkit.encoders.table import make_encoder
from slotkit.network.build import make_network
from slotkit.network.input import InputLayer
from slotkit.network.tagger import Tagger
from slotkit.text.edges import EDGE_RULES, adjacency
from slotkit.training.batches import IGNORED, Batch, Split
from slotkit.training.order import draw_batches

TAGS = ["O", "B-to", "I-to", "B-from"]
PLACES = ["taipei", "new york", "北京", "rome", "buenos aires"]


def make_dataset(size: int = 40, seed: int = 0) -> Dataset:
    """Make utterances of one to a dozen words, with repeated words and edges."""
    chance = np.random.default_rng(seed)
    rows = []
    for number in range(size):
        tokens, tags = [], []
        for _ in range(chance.integers(0, 4)):
            place = PLACES[chance.integers(len(PLACES))].split()
            tokens += ["to", *place]
            tags += ["O", "B-to", *(["I-to"] * (len(place) - 1))]
        tokens, tags = [*tokens, f"word{number}"], [*tags, "O"]
        edges = chance.integers(len(tokens), size=(3, 2)).tolist()
        rows.append({"tokens": tokens, "tags": tags, "edges": edges})
    return Dataset.from_list(rows)


def make_split(
    dataset: Dataset, spec: str = "one-of-n+hashing", edges: str | None = None
) -> tuple[Split, Encoder]:
    """Encode a dataset; the encoder knows the words of its first half alone."""
    encoder = make_encoder(spec)
    encoder.fit(count_words(dataset.select(range((len(dataset) + 1) // 2))))
    return Split(dataset, encoder, TAGS, edges), encoder


def bags_of(batch: Batch) -> list[list[list[int]]]:
    """Take a batch apart: the active dimensions of each word of each utterance."""
    ends = [*batch.starts.tolist()[1:], len(batch.active)]
    bags = [
        batch.active[first:end].tolist()
        for first, end in zip(batch.starts.tolist(), ends, strict=True)
    ]
    return [
        [bags[word] for word in words[mask].tolist()]
        for words, mask in zip(batch.words, batch.mask, strict=True)
    ]


def same(one: Batch, other: Batch) -> bool:
    """Compare all arrays of two batches."""
    pairs = [(getattr(one, name), getattr(other, name)) for name in vars(one)]
    return all(
        torch.equal(a, b) if isinstance(a, Tensor) else np.array_equal(a, b) for a, b in pairs
    )


# Counts


def test_words_and_tags_are_counted() -> None:
    dataset = Dataset.from_dict(
        {"tokens": [["a", "A"], ["a"]], "tags": [["O", "B-to"], ["O"]], "text": ["a A", "a"]}
    )

    assert count_words(dataset) == {"a": 2, "A": 1}
    assert count_tags(dataset) == {"O": 2, "B-to": 1}


def test_parts_and_joins_of_datasets_count_their_own_rows() -> None:
    dataset = make_dataset()
    part = dataset.select([7, 3, 3, 39])
    joined = concatenate_datasets([part, dataset.select(range(2))])

    expected = [word for row in [7, 3, 3, 39, 0, 1] for word in dataset[row]["tokens"]]
    assert count_words(joined) == {word: expected.count(word) for word in expected}


@pytest.mark.parametrize("at_once", [1, 7, 10_000])
def test_a_split_is_the_same_whatever_is_read_at_once(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With more words than a byte has numbers, and more tags than a signed one."""
    words = [[f"w{7 * n % 400}", f"w{n % 300}", "a"] for n in range(500)]
    tags = [[f"B-t{n % 200}", "O", "B-new"] for n in range(500)]
    dataset = Dataset.from_dict({"tokens": words, "tags": tags}).select(range(499, -1, -1))
    known = ["O", *(f"B-t{n}" for n in range(200))]
    encoder = make_encoder("one-of-n")
    encoder.fit({f"w{n}": 1 for n in range(400)} | {"a": 1})
    monkeypatch.setattr(columns, "_ROWS", at_once)

    batch = Split(dataset, encoder, known).batch(np.arange(500))

    assert count_words(dataset)["a"] == 500
    assert count_tags(dataset)["B-t3"] == 3
    assert list(read_lists(dataset, "tokens")) == words[::-1]
    expected = [[known.index(t) if t in known else IGNORED for t in row] for row in tags[::-1]]
    assert batch.targets.tolist() == expected
    found = [[bag for (bag,) in row] for row in bags_of(batch)]
    assert found == [[encoder.active(word)[0] for word in row] for row in words[::-1]]


# A batch


@pytest.mark.parametrize("spec", ["one-of-n", "other", "hashing", "one-of-n+hashing"])
def test_a_batch_holds_what_plain_loops_put_together(spec: str) -> None:
    """Ragged, with words and tags that the model does not know."""
    dataset = make_dataset()
    split, encoder = make_split(dataset, spec)
    rows = np.array([31, 0, 5, 17, 39])

    batch = split.batch(rows)

    longest = max(len(dataset[int(row)]["tokens"]) for row in rows)
    assert batch.mask.shape == batch.words.shape == batch.targets.shape == (5, longest)
    assert batch.rows.tolist() == rows.tolist()
    assert batch.edges is None
    for b, row in enumerate(rows.tolist()):
        tokens, tags = dataset[row]["tokens"], dataset[row]["tags"]
        padding = longest - len(tokens)
        assert batch.mask[b].tolist() == [True] * len(tokens) + [False] * padding
        assert bags_of(batch)[b] == [list(encoder.active(token)) for token in tokens]
        assert batch.targets[b].tolist() == [TAGS.index(t) for t in tags] + [IGNORED] * padding
        assert (batch.words[b, len(tokens) :] == 0).all()


def test_each_different_word_of_a_batch_is_looked_up_once() -> None:
    dataset = make_dataset()
    split, _ = make_split(dataset)

    batch = split.batch(np.arange(20))

    different = {word for row in range(20) for word in dataset[row]["tokens"]}
    assert len(batch.starts) == len(different)
    assert batch.words.max() == len(different) - 1


def test_tags_that_the_model_does_not_have_are_ignored() -> None:
    dataset = Dataset.from_dict({"tokens": [["a", "b", "c"]], "tags": [["B-via", "O", "I-via"]]})
    split, _ = make_split(dataset)

    assert split.batch(np.array([0])).targets.tolist() == [[IGNORED, 0, IGNORED]]


def test_the_logits_of_a_batch_are_those_of_dense_vectors() -> None:
    dataset = make_dataset()
    split, encoder = make_split(dataset)
    torch.manual_seed(0)
    layer = InputLayer(dimensions=encoder.dimensions, embedding_size=4)
    network = make_network("bidirectional", input_size=4, hidden_size=3, num_tags=4)
    tagger = Tagger(layer, network).eval()
    table = layer.embedding.weight.detach().numpy()
    batch = split.batch(np.arange(12))

    logits = tagger(batch.inputs())

    for b in range(12):
        tokens = dataset[b]["tokens"]
        dense = np.stack([encoder.vector(token) for token in tokens]) @ table
        mask = torch.ones(1, len(tokens), dtype=torch.bool)
        expected = network(torch.from_numpy(dense)[None], mask)[0]
        torch.testing.assert_close(logits[b, : len(tokens)], expected)


# Word dropout


def test_without_word_dropout_no_word_is_dropped() -> None:
    split, _ = make_split(make_dataset())
    rows = np.arange(40)

    random = np.random.default_rng(0)

    assert same(split.batch(rows), split.batch(rows, word_dropout=0.0, random=random))


@pytest.mark.parametrize("spec", ["one-of-n", "other", "hashing", "other+hashing"])
def test_full_word_dropout_encodes_every_word_as_unknown(spec: str) -> None:
    dataset = make_dataset()
    split, encoder = make_split(dataset, spec)
    rows = np.arange(40)

    batch = split.batch(rows, word_dropout=1.0, random=np.random.default_rng(0))

    for row, bags in enumerate(bags_of(batch)):
        assert bags == [list(encoder.unknown(token)) for token in dataset[row]["tokens"]]


def test_word_dropout_drops_tokens_at_random_and_leaves_targets_alone() -> None:
    """Each token for itself: the same word may be dropped here and kept there."""
    dataset = make_dataset(size=400)
    split, encoder = make_split(dataset, "other")
    rows = np.arange(400)
    random = np.random.default_rng(0)

    batch = split.batch(rows, word_dropout=0.3, random=random)

    known = encoder.active("to") != encoder.unknown("to")
    dropped = [
        bag == list(encoder.unknown("to"))
        for row, bags in enumerate(bags_of(batch))
        for bag, token in zip(bags, dataset[row]["tokens"], strict=True)
        if token == "to"
    ]
    assert known
    assert len(dropped) > 500
    assert np.mean(dropped) == pytest.approx(0.3, abs=0.07)  # more than three standard deviations
    assert torch.equal(batch.targets, split.batch(rows).targets)


# Edges


@pytest.mark.parametrize("rule", [*EDGE_RULES, "corpus"])
def test_edges_come_from_a_rule_or_from_the_corpus(rule: str) -> None:
    dataset = make_dataset()
    split, _ = make_split(dataset, edges=rule)
    rows = np.array([3, 20, 8])

    batch = split.batch(rows)

    assert batch.edges is not None
    longest = batch.mask.shape[1]
    assert batch.edges.shape == (3, longest, longest)
    for b, row in enumerate(rows.tolist()):
        tokens = dataset[row]["tokens"]
        edges = dataset[row]["edges"] if rule == "corpus" else EDGE_RULES[rule](tokens)
        expected = np.eye(longest, dtype=bool)
        expected[: len(tokens), : len(tokens)] = adjacency(edges, len(tokens))
        assert np.array_equal(batch.edges[b].numpy(), expected)


# Epochs


@pytest.mark.parametrize("batch_size", [1, 7, 40, 100])
def test_an_epoch_goes_through_every_utterance_once(batch_size: int) -> None:
    dataset = make_dataset()
    split, _ = make_split(dataset)
    assert len(split) == 40

    batches = [*split.shuffled(batch_size, np.random.default_rng(0))]

    assert len(batches) == -(-40 // batch_size)
    assert sorted(row for batch in batches for row in batch.rows) == list(range(40))
    assert sum(int(batch.mask.sum()) for batch in batches) == len(split.words)
    assert all(len(batch.rows) <= batch_size for batch in batches)


@pytest.mark.parametrize("batch_size", [1, 7, 100])
def test_scoring_goes_through_every_utterance_once(batch_size: int) -> None:
    split, _ = make_split(make_dataset())

    batches = [*split.in_order(batch_size)]

    assert sorted(row for batch in batches for row in batch.rows) == list(range(40))
    lengths = [split.lengths[row] for batch in batches for row in batch.rows]
    assert lengths == sorted(lengths)


def test_the_same_generator_gives_the_same_epoch_and_another_another() -> None:
    split, _ = make_split(make_dataset())
    epochs = [
        [*split.shuffled(8, np.random.default_rng(seed), word_dropout=0.5)] for seed in (1, 1, 2)
    ]

    assert all(same(a, b) for a, b in zip(epochs[0], epochs[1], strict=True))
    assert not all(same(a, b) for a, b in zip(epochs[0], epochs[2], strict=True))


def test_utterances_of_like_length_go_together_and_batches_come_in_random_order() -> None:
    split, _ = make_split(make_dataset(size=400))
    batches = draw_batches(split.lengths, 8, np.random.default_rng(0))

    spread = [np.ptp(split.lengths[rows]) for rows in batches]
    means = [split.lengths[rows].mean() for rows in batches]

    assert np.mean(spread) < 1
    assert means != sorted(means)


def test_the_extras_of_a_batch_are_those_asked_for() -> None:
    batch = make_split(make_dataset())[0].batch(np.arange(3))

    assert batch.extras((), 0.5) == {}
    extras = batch.extras(("targets", "progress"), 0.5)
    assert extras == {"targets": batch.targets, "progress": 0.5}


def test_a_batch_moves_to_a_device_whole() -> None:
    batch = make_split(make_dataset(), edges="corpus")[0].batch(np.arange(3))

    moved = batch.to(torch.device("meta"))

    for name, value in vars(moved).items():
        if name in ("rows", "features", "context", "asked"):
            assert value is getattr(batch, name)
        else:
            assert value.device.type == "meta"


# Odd utterances


def test_an_empty_utterance_among_others_is_all_padding() -> None:
    dataset = Dataset.from_dict(
        {"tokens": [["to"], [], ["a", "b"]], "tags": [["O"], [], ["O", "O"]]}
    )
    split, encoder = make_split(dataset)
    layer = InputLayer(dimensions=encoder.dimensions, embedding_size=4)
    network = make_network("bidirectional", input_size=4, hidden_size=3, num_tags=4)
    tagger = Tagger(layer, network).eval()

    batch = split.batch(np.arange(3))

    assert batch.mask.sum(1).tolist() == [1, 0, 2]
    assert batch.targets[1].tolist() == [IGNORED, IGNORED]
    assert tagger(batch.inputs()).isfinite().all()


def test_words_without_any_dimension_have_zero_vectors() -> None:
    dataset = Dataset.from_dict(
        {"tokens": [["to", "unseen"], ["new"]], "tags": [["O", "O"], ["O"]]}
    )
    encoder = make_encoder("one-of-n")
    encoder.fit({"to": 1})
    layer = InputLayer(dimensions=1, embedding_size=4).eval()

    batch = Split(dataset, encoder, TAGS).batch(np.arange(2))
    only_unseen = Split(dataset, encoder, TAGS).batch(np.array([1]))

    vectors = layer(**batch.inputs())
    assert vectors.any(2).tolist() == [[True, False], [False, False]]
    assert not layer(**only_unseen.inputs()).any()
