"""What formats are made of: lines, what came of reading them, rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from slotkit.corpus.formats.lines import columns, count_lines, peek, read_lines, text_file, unfit
from slotkit.corpus.formats.reading import ContradictionError, How, Reading
from slotkit.corpus.formats.rows import Row, make_row, offsets_of, shown
from slotkit.errors import CorpusError

pytestmark = pytest.mark.usefixtures("own_cache")


# Lines


@pytest.mark.parametrize(
    ("character", "said"),
    [
        *[(chr(code), f"control character U+{code:04X}") for code in (0, 8, 10, 11, 13, 31, 127)],
        *[(chr(code), f"control character U+{code:04X}") for code in (0x80, 0x84, 0x86, 0x9F)],
        *[(chr(code), f"lone surrogate U+{code:04X}") for code in (0xD800, 0xDFFF)],
        *[(chr(code), "") for code in (9, 12, 32, 126, 0x85, 0xA0, 0xD7FF, 0xE000, 0xFFFF)],
    ],
)
def test_characters_that_no_corpus_may_hold(character: str, said: str) -> None:
    assert unfit(f"ab{character}\x00") == (said or "control character U+0000") + (
        " at column 3" if said else " at column 4"
    )
    assert unfit(f"ab{character}") == (f"{said} at column 3" if said else None)


def test_the_first_lines_are_fifty_that_are_not_blank(tmp_path: Path) -> None:
    path = tmp_path / "part"

    assert peek(tmp_path) == []
    assert peek(path) == []
    path.write_bytes(b"\xef\xbb\xbf a\r\n\n \t\nb\xff\r\n")
    assert peek(path) == [" a", "b\ufffd"]
    path.write_text("".join(f"{number}\n\n" for number in range(60)))
    assert peek(path) == [str(number) for number in range(50)]
    path.write_text("a" * (1 << 18) + "b\nc\n")
    assert peek(path) == ["a" * (1 << 18)]


def test_blanks_and_tabs_alone_separate_columns() -> None:
    assert columns("\tto  New\t York? \u00a0\x0c") == ["to", "New", "York?", "\u00a0\x0c"]
    assert columns(" \t") == []


def test_a_mark_at_the_beginning_of_what_is_written_stays(tmp_path: Path) -> None:
    with text_file(tmp_path / "x") as write_line:
        write_line("\ufeffa")
        write_line("\ufeffb")
    with text_file(tmp_path / "y") as write_line:
        write_line("a")
        write_line("\ufeffb\r")

    assert (tmp_path / "x").read_bytes().decode() == "\ufeff\ufeffa\n\ufeffb\n"
    assert (tmp_path / "y").read_bytes().decode() == "a\n\ufeffb\r\n"


def test_the_byte_that_is_not_utf_8_is_counted_from_the_beginning(tmp_path: Path) -> None:
    reading = Reading()
    (tmp_path / "x").write_bytes(b"\xef\xbb\xbfab\r\nc\n\xef\xbb\xbf\xff\r\r\n")

    lines = list(read_lines(tmp_path / "x", reading))

    assert lines == [(1, "ab"), (2, "c"), (3, "\ufeff\ufffd\r")]
    with pytest.raises(CorpusError, match=r"x:3: not UTF-8: byte 0xff at offset 12$"):
        reading.check()
    with pytest.raises(CorpusError, match="y: cannot be read: No such file"):
        list(read_lines(tmp_path / "y", reading))
    assert count_lines(tmp_path / "x") == 3


# What came of reading


def test_of_a_line_and_of_a_file_each_problem_is_noted_once() -> None:
    reading = Reading()
    for path, line, message in (
        ("a", 1, "one"),
        ("a", 1, "what follows"),
        ("b", 1, "two"),
        ("a", 2, "three"),
        ("a", None, "four"),
        ("a", None, "five"),
        ("a", 2, "six"),
    ):
        reading.add(path, line, message)

    assert len(reading) == 6
    assert (reading.is_bad("a", 2), reading.is_bad("a", 1), reading.is_bad("c", 1)) == (
        True,
        False,
        False,
    )
    with pytest.raises(
        CorpusError, match=r"^a:1: one\nb:1: two\na:2: three\na: four\na: five\na:2"
    ):
        reading.check()


def test_what_is_left_out_or_contradicts_itself_is_no_problem() -> None:
    lenient = Reading(How(skip_bad=True), lenient=True)
    lenient.add("a", 1, ContradictionError("both"))
    lenient.add("a", 2, ValueError("bad"))
    lenient.add("a", 3, "worse")
    lenient.split = "test"
    lenient.add("b", 4, "other")
    strict = Reading(How(strict=True))
    strict.odd("what", "a", 1, "message", "fix")

    assert len(lenient) == 0
    lenient.check()
    assert lenient.contradictions == [("a", 1, "both", "")]
    assert lenient.notes() == [
        ": 2 utterances left out, which cannot be read",
        ": the first of those left out: a:2: bad",
        "test: 1 utterances left out, which cannot be read",
        "test: the first of those left out: b:4: other",
    ]
    lenient.add("a", None, "all of it", whole=True)
    assert len(lenient) == 1
    with pytest.raises(CorpusError, match="a: all of it"):
        lenient.check()
    assert (strict.oddities, strict.changes) == ([], {})
    with pytest.raises(CorpusError, match="a:1: message"):
        strict.check()


def test_notes_name_twenty_of_what_is_left_out(tmp_path: Path) -> None:
    reading = Reading()
    reading.take(tmp_path / "x", "so")
    reading.take("y", "so")
    reading.take("y", "so")
    reading.count("none", 0)
    reading.count("three", 2)
    reading.count("three")
    for number in range(20):
        reading.leave("twenty", str(number))
        reading.leave("more", str(number))
    reading.leave("twenty", "3")
    reading.leave("more", "20")
    reading.gather("a", ["x", "", "y", "x"])
    reading.gather("a", ["z", "x"])

    twenty = ", ".join(str(number) for number in range(20))
    assert reading.notes() == [
        "x: so",
        "y: so",
        ": 3 three",
        "left out, twenty: 21: " + twenty.replace("3", "3 (2)", 1),
        f"left out, more: 21: {twenty}, ...",
    ]
    assert list(reading.lists["a"]) == ["x", "y", "z"]


# Rows


def test_a_row_has_its_defaults_and_no_outer_blanks_in_its_intent() -> None:
    row = Row(text="a b", tokens=["a", "b"], tags=["O", "O"], intent="", edges=[], asked=[])

    assert make_row(["a", "b"], ["O", "O"]) == row
    assert make_row(["a", "b"], ["O", "O"], text="", intent=None, edges=None) == row
    assert make_row(["a"], ["O"], text="a\r\n", intent=" go on\t", edges=[[0, 0]], asked="x") == {
        "text": "a  ",
        "tokens": ["a"],
        "tags": ["O"],
        "intent": "go on",
        "edges": [[0, 0]],
        "asked": ["x"],
    }


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"tokens": ["a\tb"]}, r"a token must not be empty or hold a blank, got 'a\\tb'"),
        ({"tokens": ["a", " "], "tags": ["O", "O"]}, "or hold a blank, got ' '"),
        ({"tokens": ["a", "b c", ""], "tags": ["O"] * 3}, "or hold a blank, got 'b c'"),
        ({"tokens": "a"}, "tokens must be a list of strings"),
        ({"tags": ("O",)}, "tags must be a list of strings"),
        ({"tags": ["b-x"]}, "unknown tag 'b-x'; tags are O, B-slot or I-slot"),
        ({"tags": ["B-x y"]}, "unknown tag 'B-x y'"),
        ({"text": 3}, "text must be a string"),
        ({"intent": 3}, "intent must be a string"),
        ({"edges": 3}, "edges must be a list of pairs of token indices"),
        ({"edges": [(0, 0)]}, "edges must be a list of pairs of token indices"),
        ({"edges": [[0, 0, 0]]}, "edges must be a list of pairs of token indices"),
        ({"edges": [[0, -1]]}, r"edges must lie within the 1 tokens, got \[0, -1\]"),
        ({"text": "a\x00"}, r"text: control character U\+0000 at column 2"),
        ({"tokens": ["a\x07"]}, r"tokens: control character U\+0007 at column 2"),
    ],
)
def test_parts_of_a_row_that_do_not_fit_are_named(row: dict[str, Any], message: str) -> None:
    parts = {"tokens": ["a"], "tags": ["O"]} | row

    with pytest.raises(ValueError, match=f"^{message}" if message[0] != "o" else message):
        make_row(parts.pop("tokens"), parts.pop("tags"), **parts)


def test_long_values_are_cut_in_messages() -> None:
    assert shown("a" * 60) == f"'{'a' * 60}'"
    assert shown("a" * 61) == f"'{'a' * 60}'..."


def test_offsets_need_a_text_of_nothing_but_the_tokens() -> None:
    assert offsets_of(" a\u3000b ", ["a", "b"]) == [(1, 2), (3, 4)]
    assert offsets_of("a, b", ["a", "b"]) is None
    assert offsets_of("a b", ["a", "b", "c"]) is None
