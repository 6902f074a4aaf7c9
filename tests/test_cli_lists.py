"""``slotkit taggers`` and ``slotkit encoders``."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from cases import OF_WORDS
from slotkit.taggers.table import ARCHITECTURES, get_architecture

Run = Callable[..., Result]
UTTERANCES = [["leave", "Bool", "at", "10"], ["leave", "banana", "at", "99"], ["bananana"]]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    lines = (json.dumps({"tokens": row, "tags": ["O"] * len(row)}) for row in UTTERANCES)
    (folder / "train.jsonl").write_text("\n".join(lines))
    return folder


def test_every_tagger_is_listed(slotkit_command: Run) -> None:
    blocks = slotkit_command("taggers").stdout.strip().split("\n\n")

    assert [block.partition(":")[0] for block in blocks] == list(ARCHITECTURES)
    for block, tagger in zip(blocks, map(get_architecture, ARCHITECTURES), strict=True):
        assert all(part in block for part in (tagger.summary, tagger.recurrence, tagger.source))
        for option, default in tagger.defaults.items():
            assert f"--{option.replace('_', '-')} {default}" in block
        open_ = [name for name, value in tagger.training.items() if value is None]
        assert ("by the size of the corpus: " in block) is bool(open_)
        assert all(f"--{name.replace('_', '-')}" in block for name in open_)
        assert "None" not in block


def test_taggers_in_json(slotkit_command: Run) -> None:
    table = json.loads(slotkit_command("taggers", "--json").stdout)

    assert list(table) == list(ARCHITECTURES)
    for name in ARCHITECTURES:
        tagger = get_architecture(name)
        assert table[name]["options"] == tagger.defaults
        assert table[name]["recurrence"] == tagger.recurrence


def test_every_encoder_is_measured(slotkit_command: Run, corpus: Path) -> None:
    table = json.loads(slotkit_command("encoders", corpus, "--json", "--min-count", 2).stdout)

    assert list(table) == list(OF_WORDS)
    # leave, bool, at, 00, banana, bananana
    assert {name: row["words"] for name, row in table.items()} == dict.fromkeys(OF_WORDS, 6)
    assert table["one-of-n"]["dimensions"] == 6
    assert table["one-of-n"]["colliding"] == 0
    assert table["other"]["dimensions"] == 3 + 1  # leave, at, 00, and the other words
    assert table["other"]["groups"] == [["banana", "bananana", "bool"]]
    # #ba ban ana nan na# | #le lea eav ave ve# | #bo boo ool ol# | #at at# | #00 00#
    assert table["hashing"]["dimensions"] == 18
    assert table["hashing"]["groups"] == [["banana", "bananana"]]
    assert table["hashing"]["colliding"] == 2


def test_encoders_are_shown_to_people(slotkit_command: Run, corpus: Path) -> None:
    lines = slotkit_command("encoders", corpus, "--encoder", "other+hashing").stdout.splitlines()

    assert lines[0] == "other+hashing"
    assert lines[-2] == "  22 dimensions for 6 words, 2 of which share their vector"
    assert lines[-1] == "    banana bananana"


def test_a_word_is_shown_in_pieces(slotkit_command: Run, corpus: Path) -> None:
    shown = slotkit_command("encoders", corpus, "--show", "book", "--encoder", "other+hashing")
    lines = shown.stdout.splitlines()

    assert lines[0] == "other+hashing: 5 pieces, 3 of 22 dimensions are 1"
    assert [line.split()[0] for line in lines[1:]] == ["other", "#bo", "boo", "ook", "ok#"]
    assert [line.split(maxsplit=1)[1] for line in lines[3:]] == [
        lines[3].split(maxsplit=1)[1],
        "no dimension",
        "no dimension",
    ]

    lines = slotkit_command("encoders", corpus, "--show", "bool").stdout.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "one-of-n: 1 piece, 1 of 6 dimensions is 1",
        "",
        "other: 1 piece, 1 of 4 dimensions is 1",
        "",
        "hashing: 4 pieces, 4 of 18 dimensions are 1",
        "",
        "shape: 1 piece, 1 of 3 dimensions is 1",
    ]
    found = json.loads(
        slotkit_command("encoders", corpus, "--show", "bool", "--letters", 2, "--json").stdout
    )
    assert [row["piece"] for row in found["hashing"]["pieces"]] == ["#b", "bo", "oo", "ol", "l#"]
    assert slotkit_command("encoders", corpus, "--show", "").stdout.startswith(
        "one-of-n: 1 piece, 0"
    )


def test_wrong_encoders_are_usage_errors(slotkit_command: Run, corpus: Path) -> None:
    wrong: list[tuple[list[object], str]] = [
        (
            ["--encoder", "one-of-m"],
            "unknown encoder 'one-of-m'; choose from one-of-n, other, hash",
        ),
        (["--encoder", "other", "--letters", 2], "encoder 'other' has no option 'letters'"),
        (["--letters", 0], "0 is not in the range"),
    ]
    for arguments, message in wrong:
        result = slotkit_command("encoders", corpus, *arguments)
        assert result.exit_code == 2
        assert message in result.stderr


def test_a_corpus_without_train_is_one_line(slotkit_command: Run, tmp_path: Path) -> None:
    (tmp_path / "test.jsonl").write_text('{"tokens": ["a"], "tags": ["O"]}\n')

    result = slotkit_command("encoders", tmp_path)
    assert (result.exit_code, result.stderr) == (1, f"Error: {tmp_path}: has no train split\n")
    result = slotkit_command("encoders", "no-such-corpus")
    assert result.exit_code == 1
    assert "no corpus 'no-such-corpus'" in result.stderr


def test_a_bundled_corpus_needs_no_extra() -> None:
    code = (
        "import sys; sys.modules['datasets'] = sys.modules['torch'] = None\n"
        "from importlib.metadata import entry_points\n"
        "main = [*entry_points(group='console_scripts', name='slotkit')][0].load()\n"
        "main(['encoders', '--show', 'Taipei', '--encoder', 'hashing'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.stderr == ""
    assert done.stdout.startswith("hashing: 6 pieces, ")


@pytest.mark.parametrize("verb", ["tag", "taggers", "encoders"])
def test_every_list_has_help_and_an_example(verb: str, slotkit_command: Run) -> None:
    result = slotkit_command(verb, "--help")

    assert result.exit_code == 0
    assert f"Example:\n    $ slotkit {verb}" in result.stdout
