"""Tables with a heading, separated by commas, semicolons or tabs, of three kinds.

==============================  ==========================================================
a token a line                  ``Sentence #,Word,POS,Tag`` (Kaggle); where the first column
                                is empty the utterance goes on
an utterance a line, its tags   ``id, utterance, slot_labels, intent`` (MultiATIS++)
an utterance a line, its slots  ``text,departure,destination``: a column for each slot
==============================  ==========================================================
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from slotkit.corpus.formats.characters import Marked, row_of
from slotkit.corpus.formats.columns import is_tag, upper
from slotkit.corpus.formats.lines import columns, peek, read_lines
from slotkit.corpus.formats.objects import slot_name
from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.formats.rows import Format, Row, make_row, shown

_TEXTS = ("text", "utterance", "sentence", "query", "utt", "question", "message", "tokens")
_INTENTS = ("intent", "intents", "intent_label", "label", "class", "category")
_KEYS = ("id", "index", "", "split", "partition", "locale", "language", "lang")
_WORDS = ("word", "words", "token", "tokens")
_SENTENCES = re.compile(r"sent(ence)?([ _-]?(#|id|no|number|idx))?|doc(ument)?[ _-]?id")
_SEVERAL = ";"  # between the values of a slot in a cell


class _Table(NamedTuple):
    """What kind a table is of, and its columns by what they hold."""

    kind: str
    delimiter: str
    names: list[str]
    text: int  # of texts or words
    tags: int = -1
    intent: int = -1
    sentence: int = -1
    slots: tuple[int, ...] = ()


def _find(path: Path) -> _Table | None:
    """Tell the kind of a table from its heading and first lines; None if it is none."""
    lines = peek(path)
    if len(lines) < 2:
        return None
    delimiter = max("\t,;", key=lines[0].count)
    if not lines[0].count(delimiter):
        return None
    rows = [row for row in _cells(lines, delimiter) if row]
    names = [name.strip().lower() for name in rows[0]]
    body = [row for row in rows[1:] if len(row) == len(names)]
    if not body or len(set(names)) < len(names) or any(map(is_tag, rows[0])):
        return None
    places = {name: place for place, name in enumerate(names)}
    columns_of = [[row[place].strip() for row in body] for place in range(len(names))]
    intent = next((places[name] for name in _INTENTS if name in places), -1)
    tagged = [place for place, cells in enumerate(columns_of) if cells and all(map(is_tag, cells))]
    word = next((places[name] for name in _WORDS if name in places), -1)
    numbered = [name for name in names if _SENTENCES.fullmatch(name)]
    sentence = next((places[n] for n in sorted(numbered, key=lambda n: n.startswith("doc"))), -1)
    if tagged and word >= 0 and word not in tagged and all(" " not in w for w in columns_of[word]):
        return _Table("token", delimiter, names, word, tagged[-1], -1, sentence)
    text = next((places[name] for name in _TEXTS if name in places), -1)
    if text < 0:
        return None
    for place, cells in enumerate(columns_of):
        if place != text and all(cell and all(map(is_tag, cell.split())) for cell in cells):
            return _Table("tags", delimiter, names, text, place, intent)
    others = [place for place in range(len(names)) if place not in (text, intent)]
    slots = tuple(place for place in others if names[place] not in _KEYS)
    within = [
        cell.lower() in row[text].lower()
        for row in body
        for cell in map(row.__getitem__, slots)
        if cell.strip()
    ]
    if not within or 2 * sum(within) < len(within):
        return None
    return _Table("slots", delimiter, names, text, -1, intent, -1, slots)


def _cells(lines: Sequence[str], delimiter: str) -> Iterator[list[str]]:
    """Cut lines into cells; a cell in quotes may go over several."""
    return iter(csv.reader((line + "\n" for line in lines), delimiter=delimiter))


def detect(path: Path) -> bool:
    """Tell whether a file is a table of one of the kinds."""
    try:
        return _find(path) is not None
    except csv.Error:
        return False


def read(path: Path, reading: Reading) -> Iterator[Row]:
    """Read the utterances of a table."""
    table = _find(path)
    if table is None:
        reading.add(path, 1, "expected a heading with a column for texts or words", whole=True)
        return
    names = {key: table.names[place] for key, place in _columns_of(table).items() if place >= 0}
    said = ", ".join(f"{key} from {name!r}" for key, name in names.items())
    slots = ", ".join(table.names[place] for place in table.slots)
    reading.take(path, f"read as a table: {said}" + f", slots {slots}" * bool(slots))
    if table.kind == "token":
        yield from _read_tokens(path, table, reading)
        return
    for number, row in _rows(path, table, reading):
        if not row or reading.is_bad(path, number):
            continue
        try:
            yield _row(row, table, reading, path, number)
        except ValueError as error:
            reading.add(path, number, error)


def _columns_of(table: _Table) -> Mapping[str, int]:
    """Return the columns of a table by what they hold."""
    text = "token" if table.kind == "token" else "text"
    return {
        text: table.text,
        "tags": table.tags,
        "intent": table.intent,
        "utterance": table.sentence,
    }


def _rows(path: Path, table: _Table, reading: Reading) -> Iterator[tuple[int, list[str]]]:
    """Give the rows of a table below its heading, each with the number of its last line.

    A blank line is an empty row; one of another length is given too, and noted.
    """
    numbered = read_lines(path, reading)
    reader = csv.reader((line + "\n" for _, line in numbered), delimiter=table.delimiter)
    heading = True
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reading.add(path, reader.line_num, f"no row of a table: {error}", whole=True)
            return
        number = reader.line_num
        if not any(map(str.strip, row)):
            if not heading:
                yield number, []
            continue
        if heading:
            heading = False
            continue
        if len(row) != len(table.names):
            reading.add(path, number, f"expected {len(table.names)} columns, got {len(row)}")
        yield number, row


def _row(row: Sequence[str], table: _Table, reading: Reading, path: Path, number: int) -> Row:
    """Read an utterance."""
    intent = row[table.intent] if table.intent >= 0 else ""
    if table.kind == "tags":
        return make_row(columns(row[table.text]), _tags(row[table.tags]), intent=intent)
    text, marked = row[table.text], list[Marked]()
    taken = bytearray(len(text))  # 1 where a slot stands
    for place in table.slots:
        name = slot_name(table.names[place])
        for value in filter(None, map(str.strip, row[place].split(_SEVERAL))):
            start = _place_of(value, text, taken)
            if start is None:
                what = "values left out, which do not stand in their text"
                message = f"{name} {shown(value)} does not stand in {shown(text)}"
                reading.odd(what, path, number, message, "")
            else:
                end = start + len(value)
                marked.append(Marked(start, end, name))
                taken[start:end] = b"\1" * len(value)
    return row_of(text, marked, reading, path, number, intent=intent)


def _tags(cell: str) -> list[str]:
    """Read the tags of an utterance."""
    return [upper(tag) for tag in columns(cell)]


def _place_of(value: str, text: str, taken: bytearray) -> int | None:
    """Find where a value first stands, as words, where no other slot does."""
    for flags in (re.NOFLAG, re.IGNORECASE):
        for pattern in (rf"(?<!\w){re.escape(value)}(?!\w)", re.escape(value)):
            for match in re.finditer(pattern, text, flags):
                if not any(taken[match.start() : match.end()]):
                    return match.start()
    return None


def _read_tokens(path: Path, table: _Table, reading: Reading) -> Iterator[Row]:
    """Read utterances of a token a line."""
    tokens: list[str] = []
    tags: list[str] = []
    first, before = 0, ""
    bad = False

    def finished() -> Iterator[Row]:
        if tokens and not bad:
            try:
                yield make_row(tokens, tags)
            except ValueError as error:
                reading.add(path, first, error)

    for number, row in _rows(path, table, reading):
        if not row:  # a blank line
            yield from finished()
            tokens, tags, bad = [], [], False
            continue
        whole = len(row) == len(table.names)
        sentence = row[table.sentence].strip() if 0 <= table.sentence < len(row) else ""
        if sentence and sentence != before and (tokens or bad):
            yield from finished()
            tokens, tags, bad = [], [], False
        if not whole or reading.is_bad(path, number):
            before, bad = sentence or before, True
            continue
        before, first = sentence or before, number if not tokens else first
        tokens.append(row[table.text].strip())
        tags.append(upper(row[table.tags].strip()))
    yield from finished()


FORMAT = Format(
    suffix=".csv",
    detect=detect,
    read=read,
)
