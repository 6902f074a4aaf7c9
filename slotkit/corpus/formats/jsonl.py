"""JSON lines, an object an utterance, with the keys that ``slotkit tag --json`` prints.

Read are ``tokens`` with ``tags``, or ``text`` with ``slots``; then the built-in tokenizer cuts
the text. ``intent`` is a name or an object with a ``name``; ``edges`` is a list of pairs of token
indices; ``asked`` is the slot that a question was after, or a list of them. Other keys are passed
over. The objects of other tools are read as `objects` says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import Any

from slotkit.corpus.formats.characters import marked_of
from slotkit.corpus.formats.lines import peek, read_lines, write_lines
from slotkit.corpus.formats.objects import Object, row_of_object
from slotkit.corpus.formats.reading import ContradictionError, Reading
from slotkit.corpus.formats.rows import Format, Row, read_rows, shown
from slotkit.text.spans import frame_of

_OBJECT = re.compile(r'\s*(\{\s*("[^"]*"\s*:.*|\}\s*)|\[\s*"[^"]*"\s*,\s*\{.*)')
_PARTITION = "partition"  # of MASSIVE, which has all of its splits in a file


def detect(path: Path) -> bool:
    """Tell whether most of the first lines begin as a JSON object does."""
    lines = peek(path)
    return 2 * sum(_OBJECT.fullmatch(line) is not None for line in lines) > len(lines)


def read(
    path: Path, reading: Reading, partition: str | None = None, known: Container[str] = ()
) -> Iterator[Row]:
    """Read the utterances of a file, or those of one partition of it.

    Those of none that is `known` are counted with the first.
    """

    def parse(line: str, number: int) -> Row | None:
        found = _object(line)
        if partition is not None and found.get(_PARTITION) != partition:
            if known and found.get(_PARTITION) not in known:
                reading.count("utterances left out, of no partition that is read")
            return None
        return row_of_object(found, reading, path, number)

    return read_rows(path, reading, parse)


def partitions(path: Path) -> list[str]:
    """Return the partitions that the rows of a file name, in the order of first occurrence."""
    found: dict[str, None] = {}
    for _, line in read_lines(path, Reading()):
        try:
            one = _object(line).get(_PARTITION) if line.strip() else None
        except ValueError:
            continue
        if isinstance(one, str):
            found[one] = None
        elif not found and line.strip():
            break  # the first row has none
    return list(found)


def _object(line: str) -> Object:
    """Read a line as an object; the pair of text and entities that spaCy takes as one."""
    try:
        twice = any(line.count(f'"{key}"') > 1 for key in ("slots", "tags", "tokens"))
        found = json.loads(line, object_pairs_hook=_once if twice else None)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at column {error.colno}") from None
    except ContradictionError:
        raise
    except (ValueError, RecursionError):  # a number of too many digits, too many brackets
        raise ValueError("not JSON that can be read") from None
    match found:
        case [str(text), {"entities": entities}]:
            return {"text": text, "entities": entities}
        case dict():
            return found
    raise ValueError(f"expected a JSON object, got {shown(line)}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object whose keys stand once each."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ContradictionError(f'the key "{twice}" stands twice: delete one')
    return found


def line_of(row: Row) -> str:
    """Write a row as the line of JSON that ``slotkit tag --json`` would print for it.

    There are no confidences, and ``intent``, ``edges`` and ``asked`` only where the row has them.

    Raises
    ------
    ValueError
        If the text is not the tokens with blanks between them.
    """
    slots = [
        {"name": name, "value": value, "start": start, "end": end}
        for start, end, name, value in marked_of(row)
    ]
    found: dict[str, Any] = {"text": row["text"], "tokens": row["tokens"], "tags": row["tags"]}
    found["slots"] = slots
    found["frame"] = frame_of((str(slot["name"]), str(slot["value"])) for slot in slots)
    found |= {"intent": row["intent"]} if row["intent"] else {}
    found |= {"edges": row["edges"]} if row.get("edges") else {}
    found |= {"asked": row["asked"]} if row.get("asked") else {}
    return json.dumps(found, ensure_ascii=False)


def write(rows: Iterable[Row], path: Path) -> None:
    """Write utterances, a line each."""
    write_lines(path, map(line_of, rows))


FORMAT = Format(
    suffix=".jsonl",
    detect=detect,
    read=read,
    write=write,
    keeps=frozenset({"text", "tokens", "intent", "edges", "asked"}),
)
