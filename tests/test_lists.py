"""Lists of values as an input: what stands in them, what a tagger makes of it, and exchanging."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from command import run as slotkit
from slotkit.encoders.lists import Lists, fold
from slotkit.encoders.table import encoder_from_config
from slotkit.errors import CorpusError, TrainingError
from slotkit.model.file import load_model
from slotkit.network.build import ensemble_of
from slotkit.tagging.filler import SlotFiller
from slotkit.training.augment import Swapper
from slotkit.training.batches import Split
from slotkit.training.exchange import exchange_lists
from slotkit.training.recipe import make_recipe
from small import LEARNING, make_corpus, run

CITIES = [("New", "York"), ("New", "York", "City"), ("York",), ("Zürich",), ("Copenhagen",)]
LISTS = Lists(
    lists={"city": CITIES, "person": [("York",), ("Ana", "Lima")]},
    slots={"from": "city", "to": "city", "name": "person"},
)


def found(text: str, kind: int = 0, encoder: Lists = LISTS) -> str:
    """Write B where a value of a kind begins, I where it goes on."""
    rows = encoder.context(text.split())[:, 2 * kind : 2 * kind + 2]
    assert rows.sum(axis=1).max(initial=0) <= 1
    return "".join("B" if b else "I" if i else "-" for b, i in rows)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("to new york city now", "-BII-"),  # the longest, whatever the case
        ("to New York now", "-BI-"),
        ("New New York", "-BI"),
        ("york York", "BB"),
        ("to new", "--"),
        ("zurich ZÜRICH zürich", "BBB"),
        ("Copenhaguen Copenhgen Copenhaxen Copehnagen", "BBBB"),  # one typo in a long word
        ("Copenhaguuen Yorkk Zurichh", "---"),  # two, and short words
        ("", ""),
    ],
)
def test_the_longest_run_of_words_counts(text: str, expected: str) -> None:
    assert found(text) == expected


def test_kinds_know_nothing_of_each_other() -> None:
    assert found("Ana Lima to New York", kind=0) == "---BI"
    assert found("Ana Lima to New York", kind=1) == "BI--B"


@given(st.lists(st.sampled_from(["New", "york", "CITY", "lima", "ana", "to"]), max_size=8))
def test_it_is_what_a_plain_search_finds(words: list[str]) -> None:
    for kind, values in enumerate(LISTS.lists.values()):
        expected, place = ["-"] * len(words), 0
        lists = {tuple(map(fold, value)) for value in values}
        while place < len(words):
            ends = [
                end
                for end in range(place + 1, len(words) + 1)
                if tuple(map(fold, words[place:end])) in lists
            ]
            if ends:
                expected[place : ends[-1]] = ["B", *"I" * (ends[-1] - place - 1)]
            place = ends[-1] if ends else place + 1
        assert found(" ".join(words), kind) == "".join(expected)


def test_it_comes_back_from_its_configuration() -> None:
    config = json.loads(json.dumps(LISTS.to_config()))
    again = encoder_from_config(config)

    words = ["Ana", "Lima", "to", "New", "York"]
    np.testing.assert_array_equal(again.context(words), LISTS.context(words))
    assert again.to_config() == LISTS.to_config()
    for bad, expected in (
        ({"lists": []}, "must be objects"),
        ({"lists": {"city": ["York"]}, "slots": {}}, "each a list of words"),
        ({"lists": {"city": [[]]}, "slots": {}}, "each a list of words"),
        ({"slots": {"to": "town"}}, "slots must name lists"),
        ({"more": 1}, "has lists and slots"),
    ):
        with pytest.raises(ValueError, match=expected):
            encoder_from_config(config | bad)


def write(folder: Path, *values: str) -> Path:
    """Write a list."""
    path = folder / "list.txt"
    path.write_text("\n".join(values) + "\n")
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model that was trained with a list of cities."""
    folder = tmp_path_factory.mktemp("lists")
    cities = write(folder, "Taipei", "Rome", "Oslo", "New York", "Lima", "Cairo", "Quito", "Hanoi")
    options = {**LEARNING, "epochs": 60, "augment": 0.5, "window_size": 1}
    recipe = make_recipe("bidirectional", **options, values=[f"to={cities}", f"from={cities}"])
    run(folder / "model", recipe)
    return folder / "model"


def test_what_only_the_list_knows_is_found(trained: Path) -> None:
    """The words are of letters that training has not: to the other encoders they are alike."""
    model = load_model(trained)
    path = write(trained.parent, "Xyzzyx", "Qwfpg Zxcvb")
    exchanged, counts = exchange_lists(model, [f"to={path}"])

    assert counts == {"to": 2}
    assert SlotFiller(exchanged).tag("leave Oslo for Qwfpg Zxcvb").frame["to"] == ["Qwfpg Zxcvb"]
    before, behind = (
        SlotFiller(one).tag("leave Qwfpg Zxcvb for Oslo").frame.get("from")
        for one in (model, exchanged)
    )
    assert before != ["Qwfpg Zxcvb"]
    assert behind == ["Qwfpg Zxcvb"]


def test_torch_says_what_numpy_says(trained: Path) -> None:
    model = load_model(trained)
    rows = make_corpus().splits["train"]
    batch = Split(rows, model.encoder, model.tags).batch(np.arange(len(rows)))
    logits = ensemble_of(model).eval()(batch.inputs()).detach().numpy()
    filler = SlotFiller(model)

    for row, words in enumerate(rows["tokens"][:]):
        ours, theirs = filler.score(words).logits, logits[row, : len(words)]
        assert np.abs(ours - theirs).max() <= 1e-5 * max(1, np.abs(theirs).max())


def test_departure_and_destination_share_a_list(trained: Path) -> None:
    (part,) = (p for p in load_model(trained).encoder.parts if isinstance(p, Lists))  # type: ignore[attr-defined]

    assert list(part.lists) == ["to"]
    assert part.slots == {"from": "to", "to": "to"}


def test_swapping_brings_along_what_the_value_has_in_lists() -> None:
    words = ["fly", "to", "Oslo", "New", "York"]
    lent = {"to": {("New", "York"), ("Oslo",)}}
    tags = ["O", "B-to", "I-to"]
    encoder = Lists(lists={"to": [("New", "York")]}, slots={"to": "to"})
    swapper = Swapper({"to": {("Oslo",): 3}}, lent, tags, 1.0, words, 1, encoder.context)  # type: ignore[dict-item]
    numbers, targets = np.array([0, 1, 2]), np.array([0, 0, 1])
    seen = set()
    for seed in range(40):
        new, tags_of, _, _, context = swapper.swap(
            numbers, targets, np.array([3]), np.random.default_rng(seed), np.zeros((3, 2), "f4")
        )
        assert context is not None
        assert context.shape == (len(new), 2)
        rows = "".join("B" if b else "I" if i else "-" for b, i in context)
        assert rows in ("--BI" if len(new) == 4 else "", "-" * len(new))
        assert len(tags_of) == len(new)
        seen.add(rows)
    assert {"--BI", "---"} <= seen


def test_the_command_exchanges_a_list(trained: Path, tmp_path: Path) -> None:
    path = write(tmp_path, "Xyzzyx", "Bora-Bora")

    result = slotkit("exchange", trained, f"from={path}", "-o", tmp_path / "new", "--json")

    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout) == {"to": 2}
    text = "leave Oslo for Xyzzyx"
    assert SlotFiller.load(tmp_path / "new").tag(text).frame["to"] == ["Xyzzyx"]
    again = slotkit("exchange", trained, f"from={path}", "-o", tmp_path / "new")
    assert again.exit_code == 1
    assert "exists" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "content", "code", "expected"),
    [
        (["city={}"], b"Rome\n", 1, "values: unknown slot 'city'; choose from from, to"),
        (["to={}"], b"", 1, "must hold a value a line, got an empty file"),
        (["to={}"], b"Rome\n\nOslo\n", 1, ":2: must hold a value, got an empty line"),
        (["to={}"], b"Rome\n\xff\n", 1, ":2: not UTF-8"),
        (["to=no-such-file"], b"", 1, "no-such-file: cannot be read"),
        (["to"], b"", 2, "lists must be SLOT=FILE, got 'to'"),
    ],
)
def test_bad_lists_get_a_line_and_change_nothing(
    arguments: list[str], content: bytes, code: int, expected: str, trained: Path, tmp_path: Path
) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(content)
    before = {one.name: one.read_bytes() for one in trained.iterdir()}

    result = slotkit("exchange", trained, *(one.format(path) for one in arguments))

    assert result.exit_code == code
    assert expected in result.stderr.strip().splitlines()[-1]
    assert {one.name: one.read_bytes() for one in trained.iterdir()} == before


def test_a_model_without_lists_says_so(tmp_path: Path) -> None:
    run(tmp_path / "model", make_recipe("elman", **{**LEARNING, "epochs": 1}))

    with pytest.raises(TrainingError, match="the model has no lists"):
        exchange_lists(load_model(tmp_path / "model"), ["to=x"])
    with pytest.raises(ValueError, match="no list of slot 'day'"):
        LISTS.exchanged({"day": [("Monday",)]})


def test_marks_of_a_new_list_are_allowed(trained: Path) -> None:
    path = write(trained.parent, "( Xyzzyx )")

    exchanged, _ = exchange_lists(load_model(trained), [f"to={path}"])

    assert exchanged.value_marks is not None
    assert exchanged.value_marks["to"] == (["("], [")"])


def test_a_missing_list_is_said(tmp_path: Path) -> None:
    options: dict[str, Any] = {**LEARNING, "augment": 0.5, "values": [f"to={tmp_path / 'no'}"]}

    with pytest.raises(CorpusError, match="cannot be read"):
        run(tmp_path / "model", make_recipe("elman", **options))
