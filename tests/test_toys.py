"""The toy corpora: what they ask, who can answer it, and who is at chance."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from slotkit import SlotFiller, load_corpus, make_recipe, train
from slotkit.corpus.formats.find import describe, find_parts
from slotkit.corpus.formats.rows import Row
from slotkit.corpus.toys import CUES, FARTHEST, LAST, SIZES, TOYS, is_toy, make_rows, read_name
from slotkit.errors import CorpusError

Run = Callable[..., Result]


def decides(name: str, row: Row) -> str:
    """Return the cue that decides the last tag of an utterance."""
    toy, distance = read_name(name)
    words = row["tokens"]
    if toy == "recall":
        return words[-1 - distance]
    return words[0] if toy == "first" else next(word for word in words if word in CUES)


@pytest.mark.parametrize("name", ["recall:1", "recall:8", f"recall:{FARTHEST}", "first", "order"])
def test_a_word_before_the_last_decides_its_tag(name: str) -> None:
    for split, size in SIZES.items():
        rows = list(make_rows(name, split))

        assert len(rows) == size
        assert [row["tags"][-1] for row in rows].count("B-red") == size / 2
        for row in rows:
            assert row["tokens"][-1] == LAST
            assert row["tags"] == ["O"] * (len(row["tokens"]) - 1) + [f"B-{decides(name, row)}"]
            if name.startswith("recall"):
                assert sum(word in CUES for word in row["tokens"]) == 1
            if name == "order":
                assert sorted(word for word in row["tokens"] if word in CUES) == sorted(CUES)


def test_a_toy_is_the_same_whenever_it_is_generated_and_its_parts_differ() -> None:
    once, again = (list(make_rows("recall:8", "train")) for _ in range(2))
    test = {row["text"] for row in make_rows("recall:8", "test")}

    assert once == again
    assert not test & {row["text"] for row in once}
    assert load_corpus("order").fingerprint == load_corpus("order").fingerprint
    assert load_corpus("order").fingerprint != load_corpus("first").fingerprint


def test_a_toy_is_a_corpus(slotkit_command: Run) -> None:
    assert describe("first") == (SIZES, ["blue", "red"])
    listed = slotkit_command("corpora").stdout
    for toy in TOYS.values():
        assert f"{toy.form}: train 2,000, validation 500, test 1,000\n" in listed
        assert toy.summary in listed
        assert is_toy(toy.example)
    in_json = json.loads(slotkit_command("corpora", "--json").stdout)
    assert in_json["recall:8"] == {"sizes": SIZES, "slots": ["blue", "red"]}


def test_a_file_of_the_name_of_a_toy_comes_first(tmp_path: Path) -> None:
    (tmp_path / "order").write_text('{"tokens": ["a"], "tags": ["O"]}\n')

    assert next(iter(find_parts(tmp_path / "order").values())).format == "jsonl"
    assert find_parts("order")["train"].format == "jsonl"  # which lies in this folder


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("recall:0", "the distance of recall must be an int from 1 to 64, got '0'"),
        ("recall:65", "the distance of recall must be an int from 1 to 64, got '65'"),
        ("recall", "the distance of recall must be an int from 1 to 64, got ''"),
        ("recall:-1", "the distance of recall must be an int from 1 to 64, got '-1'"),
        ("recall:eight", "the distance of recall must be an int from 1 to 64, got 'eight'"),
        ("recall:²", "the distance of recall must be an int from 1 to 64, got '²'"),
        (f"recall:{'9' * 200}", "the distance of recall must be an int from 1 to 64"),
        ("first:3", "no toy 'first:3': choose from recall:D, D from 1 to 64; first; order"),
    ],
)
def test_toys_that_there_are_not(name: str, message: str, slotkit_command: Run) -> None:
    with pytest.raises(CorpusError) as raised:
        find_parts(name)
    assert message in str(raised.value)
    for verb in ("train", "validate"):
        said = slotkit_command(verb, name)
        assert said.exit_code == 2
        assert message in said.stderr.splitlines()[-1]
        assert len(said.stderr) < 500


def test_what_is_no_corpus_names_the_toys() -> None:
    with pytest.raises(CorpusError, match="or a toy: recall:8, first, order"):
        find_parts("nowhere")


def right(name: str, folder: Path, **options: Any) -> int:
    """Train for seconds and count the right utterances of the test part."""
    small: dict[str, Any] = {
        "encoder": "one-of-n",
        "embedding_size": 8,
        "hidden_size": 16,
        "learning_rate": 0.02,
        "epochs": 3,
        "ema_decay": 0.0,
        "word_dropout": 0.0,
    }
    recipe = make_recipe(**small | options, input_dropout=0.0, dropout=0.0)
    train(name, recipe, folder)
    test = list(make_rows(name, "test"))
    tagged = SlotFiller.load(folder).tag_tokens(row["tokens"] for row in test)
    return sum(tags[-1] == row["tags"][-1] for tags, row in zip(tagged, test, strict=True))


def by_chance(right: int, of: int) -> float:
    """Return how likely a share at least as far from one half is by chance."""
    far = abs(2 * right - of)
    ways: int = sum(math.comb(of, k) for k in range(of + 1) if abs(2 * k - of) >= far)
    return float(ways / 2**of)


@pytest.mark.parametrize(("distance", "reached"), [(2, True), (3, False)])
def test_a_convolution_recalls_as_far_as_it_reaches(
    distance: int, reached: bool, tmp_path: Path
) -> None:
    options = {"tagger": "convolution", "width": 5, "num_layers": 1, "window_size": 0}

    found = right(f"recall:{distance}", tmp_path / "model", **options)

    if reached:
        assert found >= 0.99 * SIZES["test"]
    else:
        assert by_chance(found, SIZES["test"]) > 1e-3


def test_by_chance() -> None:
    assert by_chance(500, 1000) == 1
    assert by_chance(560, 1000) < 1e-3
    assert by_chance(0, 3) == 2 / 8


def test_a_name_that_is_too_long_is_no_corpus(slotkit_command: Run) -> None:
    done = slotkit_command("validate", "x" * 300)
    assert done.exit_code == 1
    assert "no corpus 'xxx" in done.stderr
