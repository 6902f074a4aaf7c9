"""What a training starts from: the tokenizer of the corpus, and values that are exchanged."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from datasets import Dataset, DatasetDict

from slotkit.corpus import Corpus
from slotkit.corpus.hold_out import hold_out
from slotkit.errors import CorpusError, TrainingError
from slotkit.model.file import load_model
from slotkit.text.tags import spans_of
from slotkit.text.tokenizer import find_tokenizer
from slotkit.training.batches import IGNORED
from slotkit.training.prepare import Setup, prepare
from slotkit.training.recipe import Recipe, make_recipe
from small import SMALL, TEN, after, kept, make_corpus, make_split, run

pytestmark = pytest.mark.usefixtures("no_sync")


# Tokenizer


@pytest.mark.parametrize(
    ("lines", "tokenizer", "share"),
    [
        (TEN, "words", 1.0),
        (["i'd fly to st. louis", "at 5 o'clock p.m. please"], "peeled", 1.0),
        (["to Rome , then St. Gallen .", 'is it " full " ?'], "peeled", 1.0),
        (["from Oslo to Rome !", "yes , please ."], "words", 1.0),
        (["11 月 2 日 到 台 北", "去 台 北 ！"], "words", 1.0),
        (["1 1 月 到 台 北", "去 台 北"], "characters", 1.0),
        (["to st. louis", "st . louis", "st. paul"], "peeled", 2 / 3),
        ([*TEN, "st. louis(airport)"], "peeled", 1.0),
    ],
)
def test_the_tokenizer_is_the_one_of_the_corpus(
    lines: list[str], tokenizer: str, share: float
) -> None:
    split = make_split(lines)
    if tokenizer == "characters":
        split = split.remove_columns("text").add_column(
            "text", ["".join(row) for row in split["tokens"]]
        )

    found = find_tokenizer(split["text"], split["tokens"])

    assert found == (tokenizer, share, tokenizer != "characters")
    assert find_tokenizer(split["text"], split["tokens"], "whitespace").name == "whitespace"


def test_the_tokenizer_is_recorded_with_its_rate(tmp_path: Path) -> None:
    texts = ["leave Oslo.", "leave Rome", "to  St.Louis", "leave Lima"]
    tokens = [["leave", "Oslo", "."], ["leave", "Rome"], ["to", "St.Louis"], ["leave", "Lima"]]
    split = Dataset.from_dict(
        {
            "text": texts,
            "tokens": tokens,
            "tags": [["O"] * len(row) for row in tokens],
            "intent": [""] * len(texts),
        }
    )
    corpus = Corpus(DatasetDict(train=split, validation=split), [], "")
    setups: list[Setup] = []
    recipe = make_recipe("elman", **SMALL | {"epochs": 1})
    run(tmp_path, recipe, corpus, started=lambda setup, *_: setups.append(setup))

    assert setups[0].tokenizer == ("peeled", 1.0, False)
    model = load_model(tmp_path)
    assert (model.tokenizer, model.marked_words) == ("peeled", ["."])


# Swapped values


PLACES = ["Taipei", "Oslo", "Lima", "Rome", "Cairo", "New/I York/I"]


def place(name: str, slot: str) -> str:
    """Write a place as the value of a slot."""
    first, *rest = name.replace("/I", "").split()
    return " ".join([f"{first}/B-{slot}", *(f"{word}/I-{slot}" for word in rest)])


def journeys() -> Dataset:
    """Return utterances whose two slots hold the same places, but long ones in one alone."""
    lines = [f"leave {place(a, 'from')} for {place(b, 'to')}" for a in PLACES for b in PLACES[:5]]
    return make_split(lines)


def swapped(recipe: Recipe, corpus: Corpus) -> set[tuple[str, int]]:
    """Return the slots of an epoch, each with the lengths of its values."""
    setup = prepare(*hold_out(corpus.splits), recipe)
    batches = setup.train.shuffled(8, np.random.default_rng(0))
    return {
        (slot, last - first)
        for batch in batches
        for targets, mask in zip(batch.targets, batch.mask, strict=True)
        for first, last, slot in spans_of([setup.tags[k] for k in targets[mask].tolist()])
    }


def test_slots_of_one_kind_lend_long_values_with_tags_that_train_has_not(tmp_path: Path) -> None:
    split = journeys()
    corpus = Corpus(DatasetDict(train=split, validation=split), [], "journeys")
    without, with_swaps = (make_recipe("elman", augment=share, **SMALL) for share in (0.0, 1.0))

    assert swapped(without, corpus) == {("from", 1), ("from", 2), ("to", 1)}
    assert swapped(with_swaps, corpus) == {("from", 1), ("from", 2), ("to", 1), ("to", 2)}
    run(tmp_path / "with", replace(with_swaps, epochs=1), corpus)
    assert "I-to" in load_model(tmp_path / "with").tags
    assert "I-to" not in prepare(split, split, without).tags
    setup = prepare(split, split, with_swaps)
    plain = next(iter(setup.validation.in_order(64)))
    assert {setup.tags[k] for k in plain.targets[plain.mask].tolist()} == {
        "O",
        "B-from",
        "I-from",
        "B-to",
    }


def test_an_utterance_with_other_values_says_nothing_of_its_intent() -> None:
    lines = [f"leave {place(a, 'from')}" for a in PLACES] + ["hello there", "good bye"]
    split = make_split(lines).remove_columns("intent")
    split = split.add_column("intent", ["go"] * len(PLACES) + ["greet"] * 2)
    setup = prepare(split, split, make_recipe("elman", augment=1.0, intent=True, **SMALL))
    told = {
        (row, intent)
        for batch in setup.train.shuffled(4, np.random.default_rng(0))
        for row, intent in zip(batch.rows.tolist(), batch.intents.tolist(), strict=True)
    }
    plain = setup.train.batch(np.arange(8))

    assert told == {*((row, IGNORED) for row in range(6)), (6, 1), (7, 1)}
    assert plain.intents.tolist() == [0] * 6 + [1] * 2


def test_values_are_swapped_anew_in_each_epoch_and_a_stopped_training_has_the_same(
    tmp_path: Path,
) -> None:
    split = journeys()
    corpus = Corpus(DatasetDict(train=split, validation=split), [], "journeys")
    recipe = make_recipe("elman", augment=0.7, decoder="crf", **SMALL)
    setup = prepare(split, split, recipe)
    epochs = [
        torch.cat(
            [batch.active for batch in setup.train.shuffled(8, np.random.default_rng([1, n]))]
        )
        for n in (0, 1, 0)
    ]
    assert torch.equal(epochs[0], epochs[2])
    assert not torch.equal(epochs[0], epochs[1])

    run(tmp_path / "whole", recipe, corpus)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "parts", recipe, corpus, each_batch=after(11))  # of 8 an epoch
    run(tmp_path / "parts", recipe, corpus, resume=True)
    assert kept(tmp_path / "parts") == kept(tmp_path / "whole")


def test_word_lists_are_part_of_what_a_training_resumes_from(tmp_path: Path) -> None:
    split = journeys()
    corpus = Corpus(DatasetDict(train=split, validation=split), [], "journeys")
    (tmp_path / "places.txt").write_text("Buenos Aires\nKaohsiung\n")
    recipe = make_recipe("elman", augment=0.5, values=[f"to={tmp_path / 'places.txt'}"], **SMALL)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "model", recipe, corpus, each_epoch=after(1))

    encoder = load_model(tmp_path / "model").encoder
    assert encoder.active("Kaohsiung") != encoder.active("Nowhereville")
    (tmp_path / "places.txt").write_text("Buenos Aires\n")
    with pytest.raises(TrainingError, match="the corpus has changed since; training cannot resume"):
        run(tmp_path / "model", recipe, corpus, resume=True)
    (tmp_path / "places.txt").write_text("Buenos Aires\nKaohsiung\n")
    run(tmp_path / "model", recipe, corpus, resume=True)
    (tmp_path / "places.txt").unlink()
    with pytest.raises(CorpusError, match=r"places\.txt: cannot be read: No such file"):
        run(tmp_path / "other", recipe, corpus)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"augment": 0.5, "attend": "graph"}, "augment moves words, and so cannot keep the edges"),
        ({"values": ["to=a.txt"], "augment": 0.0}, "values are for augment, which is 0"),
        ({"values": ["to"], "augment": 0.5}, "values must be slot=FILE, got 'to'"),
        ({"values": ["=a.txt"], "augment": 0.5}, "values must be slot=FILE, got '=a.txt'"),
        ({"values": ["to="], "augment": 0.5}, "values must be slot=FILE, got 'to='"),
    ],
)
def test_swaps_that_cannot_be_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        make_recipe("attention", **options)


def test_a_corpus_without_slots_has_nothing_to_swap(tmp_path: Path) -> None:
    run(
        tmp_path,
        make_recipe("elman", augment=1.0, **SMALL | {"epochs": 1}),
        make_corpus(["what does it cost", "cancel it"], ["cancel it"]),
    )

    assert load_model(tmp_path).tags == ["O"]
