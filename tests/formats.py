"""Rows as files of each format have them, for the tests of formats."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hypothesis import strategies as st

from slotkit.corpus.formats import FORMATS
from slotkit.corpus.formats.reading import How, Reading
from slotkit.corpus.formats.rows import Row, make_row

CONLL = "# intent: go\nto O\nNew B-to\nYork I-to\n\nat O\nnoon B-time\n"
JSONL = (
    '{"text": "to New York", "tokens": ["to", "New", "York"], "tags": ["O", "B-to", "I-to"], '
    '"intent": "go"}\n{"tokens": ["at", "noon"], "tags": ["O", "B-time"]}\n'
)
BOS = "BOS to New York EOS\tO O B-to I-to go\nBOS at noon EOS\tO O B-time\n"
SEQ = {"seq.in": "to New York\nat noon\n", "seq.out": "O B-to I-to\nO B-time\n", "label": "go\n\n"}
ROWS = [
    make_row(["to", "New", "York"], ["O", "B-to", "I-to"], intent="go"),
    make_row(["at", "noon"], ["O", "B-time"]),
]
FILES = {"conll": CONLL, "jsonl": JSONL, "bos": BOS}
EXACT = ["seq", "datasets", "jsonl", "bos", "conll"]  # what keeps tokens and tags as they are


def read(name: str, path: Path, how: How | None = None) -> list[Row]:
    """Read a split, or raise what is wrong with it."""
    reading = Reading(how)
    rows = list(FORMATS[name].read(path, reading))
    reading.check()
    return rows


STRICT = How(strict=True)


def read_text(name: str, text: str | bytes, folder: Path, how: How | None = None) -> list[Row]:
    """Read a file that holds a text."""
    path = folder / "part"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(name, path, how)


def write_rows(name: str, rows: Sequence[Row], path: Path) -> None:
    """Write a split in a format that is written."""
    write = FORMATS[name].write
    assert write is not None
    write(rows, path)


def make_seq(folder: Path, **texts: str | bytes) -> Path:
    """Write a folder of parallel files, some of them changed (``in``, ``out``, ``label``)."""
    path = folder / "seq"
    path.mkdir()
    for name, text in SEQ.items():
        changed = texts.get(name.removeprefix("seq."), text)
        (path / name).write_bytes(changed if isinstance(changed, bytes) else changed.encode())
    return path


# What is written is read again


CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=" ")
TOKENS = st.text(CHARACTERS, min_size=1, max_size=6)
TAGS = st.sampled_from(["O", "B-a", "I-a", "B-to.city-name", "I-Größe", "E-a", "S-a", "U-a", "L-a"])
PLAIN = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), max_size=6)


@st.composite
def utterances(draw: st.DrawFn) -> Row:
    """Make a row with any characters, gaps between the tokens, edges."""
    tokens = draw(st.lists(TOKENS, min_size=1, max_size=5))
    size = len(tokens)
    gaps = draw(st.lists(st.sampled_from(["", " ", "  "]), min_size=size + 1, max_size=size + 1))
    ends = st.integers(0, size - 1)
    edges = st.lists(st.lists(ends, min_size=2, max_size=2), max_size=3)
    return make_row(
        tokens,
        draw(st.lists(TAGS, min_size=size, max_size=size)),
        text=gaps[0] + "".join(token + gap for token, gap in zip(tokens, gaps[1:], strict=True)),
        intent=draw(PLAIN),
        edges=draw(edges),
        asked=draw(st.lists(PLAIN.filter(bool), max_size=2)),
    )


# What each format accepts


def save_dataset(folder: Path, rows: list[dict[str, object]], **features: object) -> Path:
    """Save rows as the datasets library does."""
    import datasets

    from slotkit.corpus.formats.saved import quiet

    string = datasets.Value("string")
    columns = {"tokens": [string], "tags": [string]} | features
    with quiet():
        found = datasets.Dataset.from_list(rows, features=datasets.Features(columns))
        found.save_to_disk(str(folder / "part"))
    return folder / "part"
