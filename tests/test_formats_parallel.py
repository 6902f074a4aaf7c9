"""Parallel files of words, tags and intents, which make one split together."""

from __future__ import annotations

from pathlib import Path

import pytest

from formats import ROWS, SEQ, make_seq, read
from slotkit.corpus.formats import FORMATS
from slotkit.corpus.formats.reading import How, Reading
from slotkit.corpus.formats.rows import make_row
from slotkit.errors import CorpusError

pytestmark = pytest.mark.usefixtures("own_cache")


# What each format accepts


def test_the_same_rows_from_a_folder_of_parallel_files(tmp_path: Path) -> None:
    path = make_seq(tmp_path)

    assert read("seq", path) == ROWS
    (path / "label").unlink()
    assert read("seq", path) == [row | {"intent": ""} for row in ROWS]


def test_marks_and_line_ends_in_parallel_files(tmp_path: Path) -> None:
    changed = {
        name: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() for name, text in SEQ.items()
    }
    path = make_seq(tmp_path, **{name.removeprefix("seq."): t for name, t in changed.items()})

    assert read("seq", path) == ROWS


def test_one_of_the_parallel_files_tells_their_format(tmp_path: Path) -> None:
    path = make_seq(tmp_path)
    (path / "seq.in").unlink()

    assert FORMATS["seq"].detect(path)
    with pytest.raises(CorpusError, match=r"seq\.in: cannot be read: No such file"):
        read("seq", path)
    (path / "seq.in").write_text("to\n")
    (path / "seq.out").unlink()
    assert FORMATS["seq"].detect(path)
    (path / "seq.in").unlink()
    assert not FORMATS["seq"].detect(path)


def test_lines_that_are_blank_in_all_parallel_files_are_passed_over(tmp_path: Path) -> None:
    blank = {"in": "\nto\n \nat\n", "out": "\nO\n\nO\n", "label": "\ngo\n\t\n\n"}
    path = make_seq(tmp_path, **blank)

    assert read("seq", path) == [make_row(["to"], ["O"], intent="go"), make_row(["at"], ["O"])]
    for name in ("seq.out", "label"):
        (path / "seq.in").write_text("to\n\nat\n")
        (path / "seq.out").write_text("O\nO\nO\n" if name == "seq.out" else "O\n\nO\n")
        (path / "label").write_text("\ngo\n\n" if name == "label" else "\n\n\n")
        with pytest.raises(CorpusError, match=r"seq\.in:2: an utterance must have at least one"):
            read("seq", path)


@pytest.mark.parametrize("name", ["in", "out", "label"])
def test_a_bad_line_of_parallel_files_is_one_bad_utterance(name: str, tmp_path: Path) -> None:
    files = {"in": "to\nat\nby\n", "out": "O\nO\nO\n", "label": "go\ngo\ngo\n"}
    path = make_seq(tmp_path, **files | {name: files[name].replace("\n", "\x07\n", 1)})
    reading = Reading(How(skip_bad=True))

    rows = list(FORMATS["seq"].read(path, reading))

    assert [row["tokens"] for row in rows] == [["at"], ["by"]]
    reading.check()
    (path / "label").write_text("go\n")
    assert list(FORMATS["seq"].read(path, reading)) == []
    with pytest.raises(CorpusError, match=r"label:2: expected 3 lines as in seq\.in, got 1"):
        reading.check()


# What is wrong


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"in": "to New York\n"}, r"seq\.out:2: expected 1 lines as in seq\.in, got 2"),
        ({"label": "go\n"}, r"label:2: expected 2 lines as in seq\.in, got 1"),
        ({"out": "O B-to I-to\nO\n"}, r"seq\.out:2: expected a tag for each token, got 1 for 2"),
        ({"out": "O B-to I-to\nO X-time\n"}, r"seq\.out:2: unknown tag 'X-time'"),
        ({"in": "to New York\n\n"}, r"seq\.in:2: an utterance must have at least one token"),
        ({"in": b"to N\xff York\nat noon\n"}, r"seq\.in:1: not UTF-8: byte 0xff at offset 4"),
        ({"label": "go\nst\x07ay\n"}, r"label:2: control character U\+0007 at column 3"),
    ],
)
def test_parallel_files_must_agree(
    files: dict[str, str | bytes], message: str, tmp_path: Path
) -> None:
    with pytest.raises(CorpusError, match=message):
        read("seq", make_seq(tmp_path, **files))


def test_a_missing_parallel_file_is_named(tmp_path: Path) -> None:
    path = make_seq(tmp_path)
    (path / "seq.out").unlink()

    with pytest.raises(CorpusError, match=r"seq\.out: cannot be read: No such file"):
        read("seq", path)
