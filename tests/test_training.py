"""Training: what it learns, what it keeps, and that it can be stopped anywhere."""

from __future__ import annotations

import errno
import json
import math
import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from datasets import Dataset, DatasetDict

import slotkit
import slotkit.checkpoint
import slotkit.temperature
import slotkit.training
from slotkit.architectures import ARCHITECTURES
from slotkit.batches import Batch, Split
from slotkit.calibration import judge, log_loss
from slotkit.checkpoint import load_checkpoint
from slotkit.corpus import Corpus, load_corpus
from slotkit.decoding import Decoder
from slotkit.errors import CorpusError, SlotkitError, TrainingError
from slotkit.filler import SlotFiller
from slotkit.model_file import Model, load_model, round_to_half
from slotkit.optimizers import OPTIMIZERS, SCHEDULES, rate
from slotkit.preparing import Setup, hold_out, prepare
from slotkit.recipe import Recipe, make_recipe
from slotkit.taggers import Committee, committee_of
from slotkit.tags import spans_of
from slotkit.tokenizer import find_tokenizer
from slotkit.training import Epoch, Run, train

# Ten utterances in which every word has one tag, so that a tagger of single words learns them too.
TEN = [
    "leave Taipei/B-from for Rome/B-to",
    "leave Oslo/B-from for New/B-to York/I-to",
    "arrive in Lima/B-to on Monday/B-date",
    "book two/B-number seats for Rome/B-to",
    "from Taipei/B-from to Lima/B-to on May/B-date second/I-date",
    "I leave Cairo/B-from on Monday/B-date morning/I-date",
    "what does it cost",
    "three/B-number tickets",
    "New/B-to York/I-to on May/B-date second/I-date",
    "cancel it",
]
SMALL: dict[str, Any] = {"embedding_size": 8, "hidden_size": 8, "batch_size": 4, "epochs": 4}
# Every architecture, and what of it trains in a way of its own.
KINDS: list[tuple[str, dict[str, Any]]] = [
    ("feedforward", {}),
    ("elman", {"activation": "linear"}),
    ("jordan", {"feedback": "output"}),
    ("jordan", {"feedback": "target"}),
    ("jordan", {"feedback": "scheduled"}),
    ("bidirectional", {"cell": "elman"}),
    ("bidirectional", {"cell": "jordan"}),
    ("bidirectional", {"cell": "lstm"}),
    ("lstm", {"gates": "xhc-diagonal"}),
    ("attention", {"positions": "learned"}),
    ("attention", {"attend": "graph"}),
    ("convolution", {}),
    ("elman", {"decoder": "crf", "augment": 0.5}),
    ("bidirectional", {"decoder": "crf", "members": 2}),
    ("jordan", {"adversarial": 0.1, "feedback": "target"}),
]
each_kind = pytest.mark.parametrize(
    ("tagger", "options"), KINDS, ids=["-".join(map(str, [k, *o.values()])) for k, o in KINDS]
)


@pytest.fixture(autouse=True)
def _no_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the disk: what is tested here survives programs that end, not machines that do."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def make_split(lines: list[str], **columns: Any) -> Dataset:
    """Make a split of utterances written as ``word/tag``, where O is left out."""
    pairs = [[word.partition("/")[::2] for word in line.split()] for line in lines]
    tokens = [[word for word, _ in row] for row in pairs]
    given = {
        "text": [" ".join(row) for row in tokens],
        "tokens": tokens,
        "tags": [[tag or "O" for _, tag in row] for row in pairs],
        "intent": [""] * len(lines),
    }
    return Dataset.from_dict(given | columns)


def make_corpus(train_lines: list[str] = TEN, validation: list[str] | None = TEN) -> Corpus:
    """Make a corpus; its validation is its train unless given."""
    splits = {"train": make_split(train_lines)}
    if validation is not None:
        splits["validation"] = make_split(validation)
    fingerprint = sha256(repr((train_lines, validation)).encode()).hexdigest()
    return Corpus(DatasetDict(splits), [], fingerprint)


TEN_CORPUS = make_corpus()


def run(folder: Path, recipe: Recipe, corpus: Corpus = TEN_CORPUS, **options: Any) -> Epoch:
    """Train into a folder."""
    return train(corpus, recipe, folder, source={"corpus": "ten", "format": None}, **options)


def kept(folder: Path) -> dict[str, bytes]:
    """Return the files of a finished training that must be equal for equal runs."""
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert files.pop("history.jsonl")
    assert [re.sub("-[0-9a-f]{16}", "", name) for name in sorted(files)] == [
        "config.json",
        "weights.safetensors",
    ]
    return files


def history(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of the history, without the seconds, which differ from run to run."""
    rows = [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]


def weights_of(committee: Committee) -> dict[str, torch.Tensor]:
    """Return the weights of a committee of one, by their names in the model folder."""
    (member,) = committee
    weights: dict[str, torch.Tensor] = member.state_dict()
    return weights


def training_of(folder: Path) -> dict[str, Any]:
    """Return what a model says of how it was trained."""
    return load_model(folder).training


def after(calls: int) -> Callable[..., None]:
    """Make a callback that stands for Ctrl-C at its n-th call."""
    numbers = count(1)

    def press(*said: object) -> None:
        if next(numbers) == calls:
            raise KeyboardInterrupt

    return press


def stop_and_go(folder: Path, recipe: Recipe, *stops: dict[str, Any]) -> None:
    """Train with an interruption for each of `stops`, and to the end after the last."""
    for number, stop in enumerate(stops):
        with pytest.raises(KeyboardInterrupt):
            run(folder, recipe, resume=number > 0, **stop)
    run(folder, recipe, resume=True)


def scripted(monkeypatch: pytest.MonkeyPatch, *scores: float) -> None:
    """Let the epochs have these scores on validation."""
    following = iter(scores)
    monkeypatch.setattr(slotkit.training, "score", lambda gold, predicted: next(following))


class EnoughError(Exception):
    """Raised by a callback where a test has seen what it wants."""


# What is learned


@pytest.mark.parametrize("encoder", ["one-of-n", "other", "hashing", "other+hashing"])
@pytest.mark.parametrize("tagger", ARCHITECTURES)
def test_ten_sentences_are_learned_by_heart(tagger: str, encoder: str, tmp_path: Path) -> None:
    def stop_when_perfect(epoch: Epoch) -> None:
        if epoch.f1 == 1.0:
            raise EnoughError

    recipe = make_recipe(
        tagger,
        encoder=encoder,
        min_count=1,
        embedding_size=16,
        hidden_size=16,
        optimizer="adam",
        learning_rate=0.03,
        schedule="constant",
        warmup=0.0,
        weight_decay=0.0,
        input_dropout=0.0,
        dropout=0.0,
        word_dropout=0.0,
        average=0.0,
        batch_size=5,
        epochs=80,
        patience=80,
    )
    with pytest.raises(EnoughError):
        run(tmp_path, recipe, each_epoch=stop_when_perfect)

    rows = TEN_CORPUS.splits["train"]
    assert SlotFiller.load(tmp_path).tag_tokens(rows["tokens"][:]) == rows["tags"][:]


@pytest.mark.parametrize("feedback", ["output", "target", "scheduled"])
def test_jordan_learns_whatever_it_is_fed_back(feedback: str, tmp_path: Path) -> None:
    recipe = make_recipe("jordan", feedback=feedback, **SMALL | {"epochs": 8, "average": 0.5})
    recipe = replace(recipe, learning_rate=0.03)
    run(tmp_path, recipe)

    losses = [row["loss"] for row in history(tmp_path)]
    assert losses[-1] < losses[0] / 2


def test_feedbacks_of_jordan_train_differently(tmp_path: Path) -> None:
    found = set()
    for feedback in ("output", "target", "scheduled"):
        run(tmp_path / feedback, make_recipe("jordan", feedback=feedback, **SMALL))
        found.add(tuple(row["loss"] for row in history(tmp_path / feedback)))

    assert len(found) == 3


def test_graph_attention_trains_along_the_edges_of_the_corpus(tmp_path: Path) -> None:
    lengths = [len(line.split()) for line in TEN]
    edges = [[[0, length - 1]] if length > 2 else [] for length in lengths]
    split = make_split(TEN, edges=edges)
    corpus = Corpus(DatasetDict(train=split, validation=split), [], "edges")
    recipe = make_recipe("attention", attend="graph", edges="corpus", **SMALL)

    run(tmp_path, recipe, corpus)

    assert load_model(tmp_path).edges == "corpus"
    tagged = SlotFiller.load(tmp_path).tag_tokens(split["tokens"][:], edges=edges)
    assert [len(tags) for tags in tagged] == lengths
    joined = prepare(split, split, recipe).train.batch(np.arange(len(TEN))).edges
    assert joined is not None
    for row, n in zip(joined, lengths, strict=True):
        wanted = torch.eye(joined.shape[1], dtype=torch.bool)
        if n > 2:
            wanted[0, n - 1] = wanted[n - 1, 0] = True
        assert torch.equal(row, wanted)


@pytest.mark.parametrize("rule", ["neighbours", "repeats", "neighbours+repeats"])
def test_graph_attention_trains_along_a_rule(rule: str, tmp_path: Path) -> None:
    run(tmp_path, make_recipe("attention", attend="graph", edges=rule, **SMALL | {"epochs": 1}))

    assert load_model(tmp_path).edges == rule
    assert SlotFiller.load(tmp_path).tag("leave Oslo").tokens == ["leave", "Oslo"]


def test_a_corpus_without_edges_cannot_give_them(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="the corpus has no edges; choose a rule"):
        run(tmp_path, make_recipe("attention", attend="graph", edges="corpus", **SMALL))


def test_numpy_tags_atis_as_torch_does(atis: Path, tmp_path: Path) -> None:
    corpus = load_corpus(atis)
    recipe = make_recipe(
        epochs=1, embedding_size=24, hidden_size=24, average=0.9, learning_rate=0.02
    )
    epoch = run(tmp_path, recipe, corpus)
    assert epoch.f1 is not None
    assert epoch.f1 > 0.5

    model, rows = load_model(tmp_path), corpus.splits["test"]
    tagger = committee_of(model).eval()
    decoder = Decoder(model.tags, tagger.crf())
    ours = SlotFiller(model).tag_tokens(rows["tokens"][:])
    theirs: list[list[str]] = [[]] * len(rows)
    with torch.inference_mode():
        for batch in Split(rows, model.encoder, model.tags).in_order(64):
            logits = tagger(**batch.inputs()).numpy()
            for row, scores, mask in zip(batch.rows, logits, batch.mask.numpy(), strict=True):
                theirs[row] = [model.tags[k] for k in decoder.decode(scores[mask])]
    assert ours == theirs


# The same again


@each_kind
def test_equal_runs_give_equal_bytes(tagger: str, options: dict[str, Any], tmp_path: Path) -> None:
    recipe = make_recipe(tagger, **options, **SMALL | {"epochs": 2})
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        run(tmp_path / name, replace(recipe, seed=seed))

    assert kept(tmp_path / "one") == kept(tmp_path / "again")
    assert history(tmp_path / "one") == history(tmp_path / "again")
    assert not set(kept(tmp_path / "one").values()) & set(kept(tmp_path / "other").values())


@each_kind
def test_every_tagger_resumes_to_equal_bytes(
    tagger: str, options: dict[str, Any], tmp_path: Path
) -> None:
    """It is stopped within the second epoch, at the end of the same, and in the last."""
    recipe = make_recipe(tagger, **options, **SMALL)
    run(tmp_path / "whole", recipe)
    stops = [{"each_batch": after(5)}, {"each_epoch": after(1)}, {"each_batch": after(6)}]
    stop_and_go(tmp_path / "parts", recipe, *stops)

    assert kept(tmp_path / "parts") == kept(tmp_path / "whole")
    assert history(tmp_path / "parts") == history(tmp_path / "whole")


@pytest.mark.parametrize("average", [0.0, 0.9])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_resumes_to_equal_bytes(
    optimizer: str, average: float, tmp_path: Path
) -> None:
    """It is stopped after the first epoch, and in the midst of the third."""
    recipe = make_recipe("feedforward", **SMALL, optimizer=optimizer, average=average)
    recipe = replace(recipe, learning_rate=0.05)
    run(tmp_path / "whole", recipe)
    stops = [{"each_epoch": after(1)}, {"each_batch": after(5)}]
    stop_and_go(tmp_path / "parts", recipe, *stops)

    assert kept(tmp_path / "parts") == kept(tmp_path / "whole")


@pytest.mark.parametrize(
    "stop",
    [
        {"started": after(2)},  # between the two trainings
        {"each_batch": after(3 * 3 + 2)},  # in the first epoch of the refit
        {"each_epoch": after(4)},  # after it
        {"each_batch": after(3 * 3 + 5 + 3)},
    ],
    ids=["before", "first epoch", "between epochs", "second epoch"],
)
def test_a_refit_resumes_to_equal_bytes(
    stop: dict[str, Callable[..., None]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = make_recipe("elman", **SMALL | {"epochs": 3}, refit=True)
    scripted(monkeypatch, *[0.1, 0.9, 0.2] * 2)
    run(tmp_path / "whole", recipe)
    stop_and_go(tmp_path / "parts", recipe, stop)

    assert kept(tmp_path / "parts") == kept(tmp_path / "whole")
    assert history(tmp_path / "parts") == history(tmp_path / "whole")


def test_what_was_stopped_in_the_first_epoch_cannot_resume(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    with pytest.raises(KeyboardInterrupt):
        run(folder, make_recipe("elman", **SMALL), each_batch=after(2))

    assert not folder.exists()
    with pytest.raises(TrainingError, match="no unfinished training to resume"):
        run(folder, make_recipe("elman", **SMALL), resume=True)


def test_a_finished_training_cannot_resume(tmp_path: Path) -> None:
    recipe = make_recipe("elman", **SMALL | {"epochs": 1})
    run(tmp_path, recipe)

    with pytest.raises(TrainingError, match="no unfinished training to resume"):
        run(tmp_path, recipe, resume=True)


# Which epoch is kept, and on which utterances


def test_the_best_epoch_is_kept_and_patience_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, 0.1, 0.5, 0.4, 0.5, 0.3)
    runs: list[Run] = []
    weights: list[torch.Tensor] = []

    def started(setup: Setup, run: Run, epochs: range) -> None:
        runs.append(run)
        assert epochs == range(9)

    def each_epoch(epoch: Epoch) -> None:
        weights.append(weights_of(runs[0].best_weights)["network.output.weight"].clone())

    recipe = make_recipe("elman", **SMALL | {"epochs": 9, "patience": 3})
    best = run(tmp_path, recipe, started=started, each_epoch=each_epoch)

    assert best.epoch == 2
    assert [(row["epoch"], row["f1"], row["best"]) for row in history(tmp_path)] == [
        (1, 0.1, True),
        (2, 0.5, True),
        (3, 0.4, False),
        (4, 0.5, False),  # not better
        (5, 0.3, False),
    ]
    model = load_model(tmp_path)
    assert (model.training["epoch"], model.training["validation_f1"]) == (2, 0.5)
    kept = round_to_half(weights[1].numpy())
    np.testing.assert_array_equal(model.weights["network.output.weight"], kept)
    assert not np.array_equal(weights[1], weights[3])


def test_the_folder_says_how_it_was_trained(tmp_path: Path) -> None:
    recipe = make_recipe("elman", **SMALL | {"epochs": 2, "seed": 7})
    best = run(tmp_path, recipe)

    said = training_of(tmp_path)
    assert said["recipe"] == recipe.to_config()
    assert said["recipe"]["seed"] == 7
    assert said["fingerprint"] == TEN_CORPUS.fingerprint
    assert said["source"] == {"corpus": "ten", "format": None}
    assert said["refit"] is False
    (row,) = (row for row in history(tmp_path) if row["epoch"] == best.epoch)
    assert (said["epoch"], said["validation_f1"]) == (best.epoch, row["f1"])


def test_without_validation_every_tenth_utterance_is_held_out() -> None:
    lines = [f"word{i} on Monday/B-date" for i in range(25)]
    corpus = make_corpus(lines, validation=None)
    for _ in range(2):  # it is the same ones each time
        kept_in, held_out = hold_out(corpus.splits)

        assert held_out["tokens"][:] == [[f"word{i}", "on", "Monday"] for i in (1, 11, 21)]
        assert [row[0] for row in kept_in["tokens"]] == [
            f"word{i}" for i in range(25) if i not in (1, 11, 21)
        ]
    few = make_corpus(TEN[:2], validation=None)
    assert [len(part) for part in hold_out(few.splits)] == [1, 1]
    both = make_corpus(TEN[:3], validation=TEN[:2])
    assert [len(part) for part in hold_out(both.splits)] == [3, 2]


def test_a_held_out_part_is_never_trained_on(tmp_path: Path) -> None:
    corpus = make_corpus([*TEN, *TEN[1:]], validation=None)
    setups: list[Setup] = []
    run(
        tmp_path,
        make_recipe("elman", **SMALL | {"epochs": 1}),
        corpus,
        started=lambda setup, run, epochs: setups.append(setup),
    )

    assert [len(setups[0].train), len(setups[0].validation)] == [17, 2]
    # Oslo stands in the second utterance and in the eleventh
    assert load_model(tmp_path).encoder.active("Oslo") == load_model(tmp_path).encoder.unknown(
        "Oslo"
    )


@pytest.mark.parametrize(
    ("splits", "message"),
    [
        ({"test": TEN}, "training needs a train split, the corpus has test"),
        ({"train": TEN[:1]}, "without a validation split, training needs at least 2 utterances"),
    ],
)
def test_too_little_to_train_on(splits: dict[str, list[str]], message: str, tmp_path: Path) -> None:
    corpus = Corpus(DatasetDict({k: make_split(v) for k, v in splits.items()}), [], "")

    with pytest.raises(TrainingError, match=message):
        run(tmp_path / "model", make_recipe("elman", **SMALL), corpus)
    assert not (tmp_path / "model").exists()


def test_tags_of_validation_alone_are_counted_and_never_predicted(tmp_path: Path) -> None:
    corpus = make_corpus(TEN, ["fly Delta/B-airline to Rome/B-to", "Delta/B-airline"])
    setups: list[Setup] = []
    run(
        tmp_path,
        make_recipe("feedforward", **SMALL | {"epochs": 1}),
        corpus,
        started=lambda setup, run, epochs: setups.append(setup),
    )

    (setup,) = setups
    assert setup.unknown_tags == {"B-airline": 2}
    assert setup.gold == corpus.splits["validation"]["tags"][:]  # where they count as misses
    assert "B-airline" not in load_model(tmp_path).tags
    assert load_model(tmp_path).tags == setup.tags
    assert setup.tags[0] == "O"


@pytest.mark.parametrize("encoder", ["one-of-n", "other", "hashing"])
def test_words_of_validation_are_not_in_the_vocabulary(encoder: str) -> None:
    recipe = make_recipe("elman", encoder=encoder, min_count=1)
    known, strange = make_split(TEN), make_split(["zebra crossing zebra"])

    assert (
        prepare(known, strange, recipe).encoder.to_config()
        == prepare(known, known, recipe).encoder.to_config()
    )


def test_a_refit_trains_on_both_for_as_long_as_was_best(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then it equals a plain training on all of it for so many epochs."""
    corpus = make_corpus(TEN[:7], TEN[7:])
    recipe = make_recipe("elman", **SMALL | {"epochs": 3}, refit=True, schedule="constant")
    sizes: list[tuple[int, range]] = []
    scripted(monkeypatch, 0.1, 0.9, 0.2, 0.1, 0.2)
    last = run(
        tmp_path / "refit",
        recipe,
        corpus,
        started=lambda setup, run, epochs: sizes.append((len(setup.train), epochs)),
    )
    plain = replace(recipe, refit=False, epochs=2)
    run(tmp_path / "plain", plain, make_corpus(TEN, TEN[7:]))

    assert sizes == [(7, range(3)), (10, range(2))]
    assert (last.kind, last.epoch, last.f1) == ("refit", 2, None)
    kinds = [(row["kind"], row["epoch"]) for row in history(tmp_path / "refit")]
    assert kinds == [*(("validation", n) for n in (1, 2, 3)), ("refit", 1), ("refit", 2)]
    said = training_of(tmp_path / "refit")
    assert (said["epoch"], said["validation_f1"], said["refit"]) == (2, 0.9, True)
    ours, theirs = load_model(tmp_path / "refit"), load_model(tmp_path / "plain")
    assert ours.tags == theirs.tags
    for name, weight in ours.weights.items():
        np.testing.assert_array_equal(weight, theirs.weights[name])


def test_the_model_of_validation_stays_until_the_refit_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = make_recipe("elman", **SMALL | {"epochs": 3}, refit=True)
    scripted(monkeypatch, 0.1, 0.9, 0.2)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, recipe, each_epoch=after(4))

    assert training_of(tmp_path)["refit"] is False
    assert training_of(tmp_path)["epoch"] == 2


# Tokenizer


@pytest.mark.parametrize(
    ("lines", "tokenizer", "share"),
    [
        (TEN, "words", 1.0),
        (["i'd fly to st. louis", "at 5 o'clock p.m. please"], "whitespace", 1.0),
        (["1 1 月 到 台 北", "去 台 北"], "characters", 1.0),
        (["to st. louis", "st . louis", "st. paul"], "whitespace", 1.0),
        ([*TEN, "st. louis(airport)"], "whitespace", 1.0),
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

    assert find_tokenizer(split["text"], split["tokens"]) == (tokenizer, share)


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

    assert (setups[0].tokenizer, setups[0].token_rate) == ("words", 0.75)
    assert load_model(tmp_path).tokenizer == "words"


# What the options do


def spied(
    folder: Path, monkeypatch: pytest.MonkeyPatch, **options: Any
) -> tuple[Setup, list[Batch], list[dict[str, float]]]:
    """Return the setup of a training, its batches, and what the optimizer saw at each step."""
    setups: list[Setup] = []
    batches: list[Batch] = []
    seen: list[dict[str, float]] = []
    step = Run._step

    def noting(run: Run, batch: Batch, epoch: int) -> float:
        batches.append(batch)
        return step(run, batch, epoch)

    def started(setup: Setup, run: Run, epochs: range) -> None:
        setups.append(setup)
        take = run.optimizer.step

        def noted() -> None:
            gradients = [w.grad for w in run.committee.parameters() if w.grad is not None]
            length = math.sqrt(sum(float(g.square().sum()) for g in gradients))
            (group,) = run.optimizer.param_groups
            seen.append({"lr": group["lr"], "length": length, "decay": group["weight_decay"]})
            take()

        monkeypatch.setattr(run.optimizer, "step", noted)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "_step", noting)
        run(folder, make_recipe("elman", **SMALL | options), started=started)
    return setups[0], batches, seen


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_step_has_the_rate_of_the_schedule(
    schedule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three batches an epoch: 4 steps of warm-up, then the schedule over the 8 that are left."""
    options = {"schedule": schedule, "warmup": 4 / 3, "learning_rate": 0.5, "weight_decay": 0.25}
    _, _, seen = spied(tmp_path, monkeypatch, **options)

    rates = [step["lr"] / 0.5 for step in seen]
    assert rates == [rate(schedule, step, steps=12, warmup=4) for step in range(12)]
    assert rates[:4] == [0.25, 0.5, 0.75, 1.0]
    assert {step["decay"] for step in seen} == {0.25}


def test_gradients_are_clipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, free = spied(tmp_path / "free", monkeypatch, clip=0.0)
    _, _, short = spied(tmp_path / "short", monkeypatch, clip=0.01)

    assert min(step["length"] for step in free) > 0.011
    assert max(step["length"] for step in short) == pytest.approx(0.01, rel=1e-3)


def test_the_share_of_dropped_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def share(name: str, **options: Any) -> float:
        setup, batches, _ = spied(tmp_path / name, monkeypatch, encoder="other", **options)
        (other,) = setup.encoder.unknown("no such word")
        tokens = dropped = 0
        for batch in batches:
            ends = [*batch.starts.tolist()[1:], len(batch.active)]
            bags = [
                batch.active[a:b].tolist() for a, b in zip(batch.starts.tolist(), ends, strict=True)
            ]
            for word in batch.words[batch.mask].tolist():
                tokens, dropped = tokens + 1, dropped + (bags[word] == [other])
        assert tokens == SMALL["epochs"] * sum(len(line.split()) for line in TEN)
        return dropped / tokens

    assert share("none", word_dropout=0.0, min_count=1) == 0.0
    assert share("half", word_dropout=0.5, min_count=1) == pytest.approx(0.5, abs=0.15)
    assert share("most", word_dropout=0.99, min_count=1) > 0.95


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_the_kept_weights_are_the_running_mean(average: float, tmp_path: Path) -> None:
    runs: list[Run] = []
    steps: list[torch.Tensor] = []
    run(
        tmp_path,
        make_recipe("elman", **SMALL | {"epochs": 1}, average=average),
        started=lambda setup, run, epochs: runs.append(run),
        each_batch=lambda *said: steps.append(
            weights_of(runs[0].committee)["network.output.bias"].clone()
        ),
    )

    mean = steps[0]
    share = min(average, 1 - 1 / (4 * len(steps)))  # over four epochs at most
    for step in steps[1:]:
        mean = share * mean + (1 - share) * step
    found = load_model(tmp_path).weights["network.output.bias"]
    np.testing.assert_allclose(found, mean.numpy(), rtol=2**-10)  # rounded to 2^-11
    assert np.allclose(found, steps[-1].numpy(), rtol=2**-10) == (average == 0.0)


def test_dropout_is_for_training_alone(tmp_path: Path) -> None:
    """What an epoch scores on validation is what the model of the folder then tags."""
    recipe = make_recipe("elman", **SMALL | {"epochs": 2}, dropout=0.9, input_dropout=0.9)
    runs: list[Run] = []
    run(tmp_path, recipe, started=lambda setup, run, epochs: runs.append(run))

    again = [runs[0].predict(runs[0].setup.validation) for _ in range(2)]
    assert again[0] == again[1]


# Temperatures


def wrong_at_times() -> Corpus:
    """Return a corpus whose validation contradicts its train, in slots and in intents."""
    intents = ["go", "go", "go", "book", "go", "go", "ask", "book", "go", "ask"]
    other = ["book", *intents[1:]]
    lines = ["leave Taipei/B-to for Rome", "leave Oslo/B-from for New/B-to York/I-to", *TEN[2:]]
    parts = {
        "train": make_split(TEN, intent=intents),
        "validation": make_split(lines, intent=other),
    }
    return Corpus(DatasetDict(parts), [], "wrong at times")


LEARNING: dict[str, Any] = {**SMALL, "epochs": 25, "learning_rate": 0.03, "average": 0.0}


@pytest.mark.parametrize("decoder", ["softmax", "crf"])
def test_the_temperature_makes_what_is_right_the_likeliest(decoder: str, tmp_path: Path) -> None:
    """No other of many temperatures has less loss; the taggings stay what they are."""
    corpus = wrong_at_times()
    rows = corpus.splits["validation"]
    run(tmp_path, make_recipe("elman", decoder=decoder, intent=True, **LEARNING), corpus)
    model = load_model(tmp_path)

    def losses(temperature: float) -> tuple[float, float]:
        scaled = replace(model, temperature=temperature, intent_temperature=temperature)
        taggings = SlotFiller(scaled).fill_tokens(rows["tokens"][:])
        judged = judge(taggings, rows["tags"][:])
        spans = log_loss([j.confidence for j in judged], [j.right for j in judged])
        right = [t.intent is not None and t.intent.name for t in taggings]
        hits = [name == gold for name, gold in zip(right, rows["intent"][:], strict=True)]
        assert 0 < sum(hits) < len(hits)
        assert 0 < sum(j.right for j in judged) < len(judged)
        return spans, intent_loss(scaled, rows)

    tried = [losses(float(t)) for t in np.geomspace(0.21, 4.9, 40)]
    assert model.temperature != 1.0
    assert model.intent_temperature != 1.0
    assert losses(model.temperature)[0] <= min(spans for spans, _ in tried) + 1e-6
    assert losses(model.intent_temperature)[1] <= min(intents for _, intents in tried) + 1e-6
    plain = SlotFiller(replace(model, temperature=1.0)).tag_tokens(rows["tokens"][:])
    assert SlotFiller(model).tag_tokens(rows["tokens"][:]) == plain


def intent_loss(model: Model, rows: Dataset) -> float:
    """Return the mean negative log-likelihood of the right intents at the model's temperature."""
    filler, total = SlotFiller(model), 0.0
    for words, label in zip(rows["tokens"][:], rows["intent"][:], strict=True):
        scores = filler.score(words).intents
        assert scores is not None
        logits = filler.intent_logits(scores).astype(float) / model.intent_temperature
        number = filler.intents.number(label)
        assert number is not None
        total += float(np.log(np.exp(logits - logits[number]).sum()))
    return total / len(rows)


def test_where_nothing_is_predicted_the_temperature_stays(tmp_path: Path) -> None:
    corpus = make_corpus(["what does it cost", "cancel it"], ["cancel it"])
    run(tmp_path, make_recipe("elman", **SMALL | {"epochs": 1}), corpus)

    model = load_model(tmp_path)
    assert (model.temperature, model.intent_temperature) == (1.0, 1.0)


def test_a_refit_keeps_the_temperatures_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has seen validation, which therefore would tell nothing."""
    fitted: list[dict[str, float]] = []
    fit = slotkit.temperature.calibrate

    def noted(model: Model, validation: Dataset) -> dict[str, float]:
        assert model.training["refit"] is False
        fitted.append(fit(model, validation))
        return fitted[-1]

    monkeypatch.setattr(slotkit.training, "calibrate", noted)
    recipe = make_recipe("elman", intent=True, refit=True, **LEARNING)
    run(tmp_path, recipe, wrong_at_times())

    (temperatures,) = fitted
    model = load_model(tmp_path)
    assert training_of(tmp_path)["refit"] is True
    assert model.temperature == temperatures["temperature"] != 1.0
    assert model.intent_temperature == temperatures["intent_temperature"] != 1.0


def test_a_refit_that_was_stopped_keeps_them_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = make_recipe("elman", intent=True, refit=True, **LEARNING | {"epochs": 3})
    corpus = wrong_at_times()
    scripted(monkeypatch, *[0.1, 0.9, 0.2] * 2)
    run(tmp_path / "whole", recipe, corpus)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "parts", recipe, corpus, each_epoch=after(4))
    run(tmp_path / "parts", recipe, corpus, resume=True)

    assert load_model(tmp_path / "parts").temperature != 1.0
    assert kept(tmp_path / "parts") == kept(tmp_path / "whole")


# Intents


def test_intents_are_learned_along_with_the_slots(tmp_path: Path) -> None:
    intents = ["go", "go", "go", "book", "go", "go", "ask", "book#ask", "go", "ask"]
    split = make_split(TEN, intent=intents)
    corpus = Corpus(DatasetDict(train=split, validation=split), [], "intents")
    recipe = make_recipe("bidirectional", intent=True, **LEARNING | {"epochs": 60, "patience": 60})
    recipe = replace(recipe, min_count=1, word_dropout=0.0, dropout=0.0, input_dropout=0.0)
    run(tmp_path, replace(recipe, warmup=0.0), corpus)

    model = load_model(tmp_path)
    assert (model.intents, model.most_intents) == (["ask", "book", "go"], 2)
    taggings = SlotFiller(model).fill_tokens(split["tokens"][:])
    found = [frozenset(t.intent.name.split("#")) for t in taggings if t.intent is not None]
    right = [a == set(b.split("#")) for a, b in zip(found, intents, strict=True)]
    assert sum(right) >= 9


def test_a_corpus_without_intents_cannot_teach_them(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="the corpus has no intents; leave out --intent"):
        run(tmp_path / "model", make_recipe("elman", intent=True, **SMALL))
    assert not (tmp_path / "model").exists()


def test_intents_that_train_has_not_are_ignored(tmp_path: Path) -> None:
    parts = {
        "train": make_split(TEN, intent=["go", ""] * 5),
        "validation": make_split(TEN, intent=["fly", "go"] * 5),
    }
    run(
        tmp_path,
        make_recipe("elman", intent=True, **SMALL | {"epochs": 1, "batch_size": 1}),
        Corpus(DatasetDict(parts), [], "fly"),
    )

    assert load_model(tmp_path).intents == ["go"]  # and a batch of none at all did no harm


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


# Numbers that are none


def poison(epoch: int) -> dict[str, Any]:
    """Make callbacks that spoil a weight at the end of an epoch."""
    runs: list[Run] = []

    def each_epoch(done: Epoch) -> None:
        if done.epoch == epoch:
            with torch.no_grad():
                weights_of(runs[0].committee)["input.embedding.weight"].fill_(math.nan)

    return {"started": lambda setup, run, epochs: runs.append(run), "each_epoch": each_epoch}


def test_a_loss_that_is_no_number_ends_the_training_and_the_last_epoch_stays(
    tmp_path: Path,
) -> None:
    recipe = make_recipe("elman", **SMALL)
    run(tmp_path / "whole", recipe)
    with pytest.raises(TrainingError) as caught:
        run(tmp_path / "model", recipe, **poison(2))

    said = re.fullmatch(
        r"the loss became nan in epoch 3, at train utterances ([\d, ]+); "
        r"try a lower learning rate or shorter gradients \(clip\)",
        str(caught.value),
    )
    assert said is not None
    named = [int(number) for number in said[1].split(", ")]
    assert len(named) in (2, 4)  # a batch
    assert set(named) <= set(range(1, 11))
    assert len(history(tmp_path / "model")) == 2
    assert training_of(tmp_path / "model")["epoch"] <= 2
    run(tmp_path / "model", recipe, resume=True)
    assert kept(tmp_path / "model") == kept(tmp_path / "whole")


def test_a_gradient_that_is_no_number_takes_no_step(tmp_path: Path) -> None:
    runs: list[Run] = []
    before: dict[str, torch.Tensor] = {}

    def started(setup: Setup, run: Run, epochs: range) -> None:
        runs.append(run)
        (member,) = run.committee
        bias = dict(member.named_parameters())["network.output.bias"]
        bias.register_hook(lambda gradient: gradient * math.inf)
        before.update({n: w.clone() for n, w in run.committee.state_dict().items()})

    with pytest.raises(TrainingError, match=r"the gradient became (inf|nan) in epoch 1, at train"):
        run(tmp_path / "model", make_recipe("elman", **SMALL, clip=0.0), started=started)

    for name, weight in runs[0].committee.state_dict().items():
        assert torch.equal(weight, before[name])


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_a_far_too_high_learning_rate_is_said(optimizer: str, tmp_path: Path) -> None:
    recipe = make_recipe("feedforward", **SMALL, optimizer=optimizer, clip=0.0, warmup=0.0)
    with pytest.raises(TrainingError, match="try a lower learning rate"):
        run(tmp_path, replace(recipe, learning_rate=1e30))

    for path in tmp_path.glob("config.json"):  # if there was a good epoch, it is still one
        assert all(np.isfinite(w).all() for w in load_model(path.parent).weights.values())


# The checkpoint


@pytest.fixture(scope="module")
def unfinished(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the files of a training that was stopped after two epochs."""
    folder = tmp_path_factory.mktemp("unfinished")
    with pytest.raises(KeyboardInterrupt):
        run(folder, make_recipe("feedforward", **SMALL), each_epoch=after(2))
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def lay_out(folder: Path, files: dict[str, bytes]) -> Path:
    """Write files into a new folder."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def changed(files: dict[str, bytes], **changes: Any) -> bytes:
    """Return checkpoint.json with other values, and the digest that fits them."""
    state = json.loads(files["checkpoint.json"]) | changes
    state["sha256"] = slotkit.checkpoint._digest(state)
    return json.dumps(state).encode()


def test_a_damaged_checkpoint_is_refused(unfinished: dict[str, bytes], tmp_path: Path) -> None:
    state = unfinished["checkpoint.json"]
    (tensors,) = (name for name in unfinished if name.startswith("checkpoint-"))
    content = unfinished[tensors]
    flipped = content[:-1] + bytes([content[-1] ^ 1])
    damages: dict[str, tuple[dict[str, bytes], str]] = {
        "empty": ({"checkpoint.json": b""}, "checkpoint.json: damaged; train anew with --over"),
        "cut": ({"checkpoint.json": state[: len(state) // 2]}, "checkpoint.json: damaged"),
        "a list": ({"checkpoint.json": b"[]"}, "checkpoint.json: damaged"),
        "a number": ({"checkpoint.json": b"1"}, "checkpoint.json: damaged"),
        "deep": ({"checkpoint.json": b"[" * 100_000}, "checkpoint.json: damaged"),
        "not UTF-8": ({"checkpoint.json": b"\xff" + state}, "checkpoint.json: damaged"),
        "seed": ({"checkpoint.json": state.replace(b'"seed": 1', b'"seed": 2')}, "damaged"),
        "tensors empty": ({tensors: b""}, f"{tensors}: damaged; train anew"),
        "tensors cut": ({tensors: content[:-1]}, f"{tensors}: damaged"),
        "tensors altered": ({tensors: flipped}, f"{tensors}: damaged"),
        "other version": (
            {"checkpoint.json": changed(unfinished, slotkit="9.9")},
            f"written by slotkit 9.9, this is {slotkit.__version__}; train anew",
        ),
    }
    recipe = make_recipe("feedforward", **SMALL)
    for name, (files, message) in damages.items():
        folder = lay_out(tmp_path / name, unfinished | files)
        with pytest.raises(TrainingError, match=re.escape(message)) as caught:
            run(folder, recipe, resume=True)
        assert "\n" not in str(caught.value)
        assert training_of(folder)["epoch"] <= 2  # the model is still good


def test_a_checkpoint_without_its_tensors_is_refused(
    unfinished: dict[str, bytes], tmp_path: Path
) -> None:
    recipe = make_recipe("feedforward", **SMALL)
    (tensors,) = (name for name in unfinished if name.startswith("checkpoint-"))
    folder = lay_out(tmp_path / "without", unfinished)
    (folder / tensors).unlink()
    with pytest.raises(TrainingError, match=f"{tensors}: cannot be read: No such file"):
        run(folder, recipe, resume=True)
    (folder / "checkpoint.json").unlink()
    (folder / "checkpoint.json").mkdir()
    with pytest.raises(TrainingError, match=r"checkpoint\.json: cannot be read: Is a directory"):
        run(folder, recipe, resume=True)


def test_every_byte_of_a_checkpoint_matters(unfinished: dict[str, bytes], tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "model", unfinished)
    whole = load_checkpoint(folder)
    random = np.random.default_rng(0)
    for name in unfinished:
        if name.startswith("checkpoint"):
            content = bytearray(unfinished[name])
            for place in random.integers(0, len(content), 200):
                before = content[place]
                content[place] = before ^ 1 << int(random.integers(8))
                (folder / name).write_bytes(content)
                with suppress(TrainingError):
                    # Some say the same in other bytes: 1e-05 and 1E-05.
                    state, tensors = load_checkpoint(folder)
                    assert name == "checkpoint.json"
                    assert state == whole[0]
                    assert tensors.keys() == whole[1].keys()
                content[place] = before
            (folder / name).write_bytes(content)
    load_checkpoint(folder)


def test_only_the_same_training_resumes(unfinished: dict[str, bytes], tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "model", unfinished)
    recipe = make_recipe("feedforward", **SMALL)

    with pytest.raises(TrainingError, match="the corpus has changed since; training cannot resume"):
        run(folder, recipe, make_corpus(TEN[:9]), resume=True)
    with pytest.raises(TrainingError, match="the recipe has changed since; training cannot resume"):
        run(folder, replace(recipe, seed=2), resume=True)
    run(folder, recipe, resume=True)


def test_names_that_are_not_utf8_are_kept(tmp_path: Path) -> None:
    """A path of the command line may hold any byte."""
    source = {"corpus": os.fsdecode(b"caf\xe9"), "format": None}
    recipe = make_recipe("feedforward", **SMALL)
    with pytest.raises(KeyboardInterrupt):
        train(TEN_CORPUS, recipe, tmp_path, source=source, each_epoch=after(1))

    assert load_checkpoint(tmp_path)[0]["source"] == source
    train(TEN_CORPUS, recipe, tmp_path, source=source, resume=True)
    assert training_of(tmp_path)["source"] == source


# Ends in the midst of saving


def fail_at(
    call: int, error: BaseException, function: str, monkeypatch: pytest.MonkeyPatch
) -> list[int]:
    """Let a function of `os` fail at its n-th call; return the count of calls."""
    calls = [0]
    real = getattr(os, function) if function != "fsync" else lambda descriptor: None

    def failing(*arguments: Any) -> Any:
        calls[0] += 1
        if calls[0] == call:
            raise error
        return real(*arguments)

    monkeypatch.setattr(os, function, failing)
    return calls


@pytest.mark.parametrize("function", ["fsync", "replace"])
@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()],
    ids=["disk full", "Ctrl-C"],
)
def test_whatever_write_fails_training_resumes_to_equal_bytes(
    error: BaseException, function: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The n-th write fails, for every n: each is synced, renamed, and its folder synced."""
    recipe = make_recipe("feedforward", **SMALL | {"epochs": 2})
    scripted(monkeypatch, *[0.1, 0.2] * 99)  # both epochs save a model
    calls = fail_at(0, error, function, monkeypatch)
    run(tmp_path / "whole", recipe)
    # Of each epoch two files of the model and three of the checkpoint; the model with temperatures.
    assert calls[0] == (2 * 5 + 2) * (2 if function == "fsync" else 1)
    for n in range(1, calls[0] + 1):
        folder = tmp_path / str(n)
        with monkeypatch.context() as patch:
            fail_at(n, error, function, patch)
            scripted(patch, 0.1, 0.2)
            with pytest.raises((SlotkitError, KeyboardInterrupt)) as caught:
                run(folder, recipe)
        if isinstance(caught.value, SlotkitError):
            assert str(caught.value) == f"{folder}: cannot be written: No space left on device"
        assert not [path for path in folder.iterdir() if path.name.endswith("tmp")]
        if (folder / "config.json").exists():
            assert training_of(folder)["epoch"] in (1, 2)
        resumes = (folder / "checkpoint.json").exists()
        done = len(load_checkpoint(folder)[0]["history"]) if resumes else 0
        with monkeypatch.context() as patch:
            scripted(patch, *[0.1, 0.2][done:])
            run(folder, recipe, resume=resumes)
        assert kept(folder) == kept(tmp_path / "whole")


def test_a_new_training_is_never_resumed_as_the_one_that_it_replaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends between the model of its first epoch and the checkpoint of it."""
    old, new = (make_recipe("feedforward", **SMALL, seed=seed) for seed in (1, 2))
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, old, each_epoch=after(2))
    with monkeypatch.context() as patch:
        patch.setattr(slotkit.training, "save_checkpoint", after(1))
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, new)

    assert training_of(tmp_path)["recipe"]["seed"] == 2
    with pytest.raises(TrainingError, match="no unfinished training to resume"):
        run(tmp_path, old, resume=True)


def test_a_training_that_replaces_another_leaves_it_be_until_its_first_epoch_ends(
    tmp_path: Path,
) -> None:
    old, new = (make_recipe("feedforward", **SMALL, seed=seed) for seed in (1, 2))
    run(tmp_path / "whole", old)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "model", old, each_epoch=after(2))
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "model", new, each_batch=after(3))

    run(tmp_path / "model", old, resume=True)
    assert kept(tmp_path / "model") == kept(tmp_path / "whole")


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "checkpoint-notes").mkdir()
    run(tmp_path, make_recipe("feedforward", **SMALL | {"epochs": 1}))

    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "checkpoint-notes").is_dir()
