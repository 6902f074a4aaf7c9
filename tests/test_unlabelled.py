"""Utterances without tags: what is read of a file, and what their words teach."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result

from slotkit.corpus.plain import read_plain
from slotkit.errors import CorpusError, TrainingError
from slotkit.model.file import load_model, save_model
from slotkit.model.model import Model
from slotkit.training.prepare import prepare
from slotkit.training.recipe import make_recipe
from slotkit.training.run import Run
from slotkit.training.unlabelled import learn_words
from small import (
    SMALL,
    TEN,
    after,
    each_kind,
    kept,
    make_corpus,
    make_split,
    note_starts,
    run,
    training_of,
)

pytestmark = pytest.mark.usefixtures("no_sync")

LINES = ["fly from Oslo to Rome", "fly from Rome to Oslo please", "please fly to Lima"]
CUT = [line.split() for line in LINES]


@pytest.fixture(autouse=True)
def _few_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at few utterances."""
    monkeypatch.setattr("slotkit.training.unlabelled._SEEN", 12)


@pytest.fixture
def lines(tmp_path: Path) -> str:
    """Return the path of a file of utterances."""
    (tmp_path / "lines.txt").write_text("\n".join(LINES) + "\n")
    return str(tmp_path / "lines.txt")


# The file


def test_a_line_is_an_utterance(tmp_path: Path) -> None:
    (tmp_path / "lines").write_bytes(b"\xef\xbb\xbfto Rome, 7:30pm\r\n\n  \nthank you")
    found, left_out = read_plain(str(tmp_path / "lines"), {}, "words")

    assert [one.tokens for one in found] == [["to", "Rome", ",", "7:30pm"], ["thank", "you"]]
    assert not left_out
    assert read_plain(str(tmp_path / "lines"), {}, "peeled")[0][0].tokens == [
        "to",
        "Rome",
        "7:30pm",
    ]


def test_what_the_corpus_has_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "lines").write_text("To Rome.\nto Rome\nto Oslo\nof Lima\nback to Rome\n")
    corpus = {"train": make_split(["of Lima/B-to"]), "test": make_split(["to Rome/B-to"])}
    found, left_out = read_plain(str(tmp_path / "lines"), corpus, "words")

    assert [one.tokens for one in found] == [
        ["To", "Rome", "."],
        ["to", "Oslo"],
        ["back", "to", "Rome"],
    ]
    assert left_out == {"train": 1, "test": 1}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "lines: must hold an utterance a line that the corpus has not, got none"),
        (b"\n \n", "lines: must hold an utterance a line that the corpus has not, got none"),
        (b"to Rome\n", "lines: must hold an utterance a line that the corpus has not, got none"),
        (b"to Oslo\nto \xff\n", "lines:2: not UTF-8 at byte 4"),
        (b"one two three four\n", "lines:1: has 4 words, more than the 3 learned positions"),
        (None, "lines: cannot be read: No such file or directory"),
    ],
)
def test_a_bad_file_is_refused_in_a_line(
    content: bytes | None, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "lines"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CorpusError) as caught:
        read_plain(str(path), {"test": make_split(["to Rome"])}, "words", (), 3)

    assert str(caught.value) == f"{tmp_path}/{message}"


# What is learned


@each_kind
def test_every_tagger_learns_words(tagger: str, options: dict[str, Any], lines: str) -> None:
    recipe = make_recipe(tagger, unlabelled=lines, **{**options, **SMALL})
    one, again = (learn_words(CUT, recipe, None) for _ in range(2))

    assert one.tags == ["O"]
    assert {"other fly", "hashing #fl"} <= set(one.encoder.names()["embedding"])
    for name, weight in one.weights.items():
        np.testing.assert_array_equal(again.weights[name], weight)
        assert np.isfinite(weight).all()


def test_it_learns_which_words_are_hidden(lines: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rome and Oslo, which stand in the same places, become more alike than others."""
    monkeypatch.setattr("slotkit.training.unlabelled._SEEN", 3000)
    monkeypatch.setattr("slotkit.training.unlabelled._MOST_PASSES", 300)
    places, times = ["Rome", "Oslo", "Lima"], ["noon", "dawn", "dusk"]
    many = [f"fly from {a} to {b} at {c}".split() for a in places for b in places for c in times]
    options: dict[str, Any] = {"embedding_size": 16, "hidden_size": 16, "input_dropout": 0.0}
    model = learn_words(many, make_recipe(encoder="one-of-n", unlabelled=lines, **options), None)
    rows = model.weights["input.embedding.weight"]
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    near = {word: rows[model.encoder.active(word)[0]] for word in [*places, *times]}

    within = [near[a] @ near[b] for group in (places, times) for a in group for b in group if a < b]
    across = [near[a] @ near[b] for a in places for b in times]
    assert np.mean(within) > np.mean(across) + 0.2


def test_training_begins_from_the_words(lines: str, tmp_path: Path) -> None:
    said: list[str] = []
    recipe = make_recipe("elman", unlabelled=lines, **SMALL)
    starts: list[Model | None] = []
    run(
        tmp_path / "model",
        recipe,
        say=said.append,
        started=lambda setup, training, epochs: starts.append(setup.start),
    )

    assert said == [f"{lines}: the words of 3 utterances are learned"]
    (start,) = starts
    assert start is not None
    model = load_model(tmp_path / "model")
    assert set(start.encoder.names()["embedding"]) < set(model.encoder.names()["embedding"])
    digest = sha256(Path(lines).read_bytes()).hexdigest()
    assert training_of(tmp_path / "model")["unlabelled"] == digest


def test_what_a_start_knows_of_tags_and_intents_is_kept(lines: str, tmp_path: Path) -> None:
    split = make_split(TEN[:4], intent=["leave", "leave", "arrive", "book"])
    recipe = make_recipe("elman", decoder="crf", intent=True, **SMALL)
    save_model(Run(prepare(split, split, recipe), recipe).trained_model({}), tmp_path / "start")
    start = load_model(tmp_path / "start")
    recipe = make_recipe(start=str(tmp_path / "start"), unlabelled=lines, **SMALL)
    model = learn_words(CUT, recipe, start)

    assert (model.tags, model.intents) == (start.tags, start.intents)
    for name in "network.output.weight", "crf.transitions", "intent.weight":
        np.testing.assert_array_equal(model.weights[name], start.weights[name])
    name = "network.layers.0.weight_h"
    assert not np.array_equal(model.weights[name], start.weights[name])


def test_words_are_learned_beside_lists(lines: str, tmp_path: Path) -> None:
    cities = tmp_path / "cities.txt"
    cities.write_text("Rome\nOslo\nLima\n")
    options = {**SMALL, "augment": 0.5, "values": [f"to={cities}"], "unlabelled": lines}
    run(tmp_path / "model", make_recipe("elman", **options))

    loaded = load_model(tmp_path / "model")
    assert loaded.encoder.context_size == 2
    assert "input.context.weight" in loaded.weights


def test_it_resumes_to_equal_bytes_where_the_file_is_gone(lines: str, tmp_path: Path) -> None:
    recipe = make_recipe("elman", unlabelled=lines, **SMALL)
    run(tmp_path / "whole", recipe)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "parts", recipe, each_epoch=after(1))
    Path(lines).unlink()
    run(tmp_path / "parts", recipe, resume=True)

    assert kept(tmp_path / "parts") == kept(tmp_path / "whole")


def test_folds_begin_from_the_words(
    lines: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = note_starts(monkeypatch)
    sizes: dict[str, Any] = {"embedding_size": 8, "hidden_size": 8}
    run(tmp_path / "m", make_recipe(unlabelled=lines, **sizes), make_corpus(TEN, None))

    assert starts[0] is None  # of the words themselves
    assert [start is not None for start in starts[1:]] == [True] * 4


def test_what_cannot_be_learned_from_is_said(lines: str) -> None:
    recipe = make_recipe("feedforward", unlabelled=lines, **SMALL)
    with pytest.raises(TrainingError, match="no word stands there twice, so none is learned"):
        learn_words([["to", "Rome"]], recipe, None)
    recipe = make_recipe("feedforward", encoder="lists", augment=0.5, values=["to=x"], **SMALL)
    with pytest.raises(TrainingError, match="teaches words, which encoder 'lists' has not"):
        learn_words(CUT, replace(recipe, unlabelled=lines), None)
    recipe = make_recipe("attention", attend="graph", edges="corpus", unlabelled=lines)
    with pytest.raises(TrainingError, match="has no edges; choose a rule with --edges"):
        learn_words(CUT, recipe, None)


# The command


def test_the_command_says_what_is_left_out(
    slotkit_command: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "corpus").mkdir()
    for split, row in ("train", "to Oslo"), ("validation", "to Rome"), ("test", "to Lima"):
        line = {"tokens": row.split(), "tags": ["O", "B-to"]}
        (tmp_path / "corpus" / f"{split}.jsonl").write_text(json.dumps(line) + "\n")
    lines = tmp_path / "lines.txt"
    lines.write_text("to Lima\nto Rome\nfly to Oslo\nfly to Lima\n")
    words = [tmp_path / "corpus", "--unlabelled", lines, "--epochs", 1, "-o", tmp_path / "model"]
    done = slotkit_command("train", *words)

    assert done.exit_code == 0, done.stderr
    said = "the words of 2 utterances are learned; left out, for they stand in the corpus:"
    assert f"{lines}: {said} 1 of test, 1 of validation\n" in done.stderr
    assert f"from {lines}: 1 of 2 tags, " in done.stderr

    lines.write_bytes(b"fly to Oslo\nfly \xff\n")
    refused = slotkit_command("train", *words, "--overwrite")
    assert refused.exit_code == 1
    assert refused.stderr.splitlines()[-1] == f"Error: {lines}:2: not UTF-8 at byte 5"
