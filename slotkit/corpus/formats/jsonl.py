"""JSON lines, an object an utterance, with the keys that ``slotkit tag --json`` prints.

Read are ``tokens`` with ``tags``, or ``text`` with ``slots``; then the built-in tokenizer cuts
the text, and the slots must begin and end where tokens do. ``intent`` is a name or an object with
a ``name``; ``edges`` is a list of pairs of token indices. Other keys are passed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from slotkit.corpus.formats.lines import Problems, peek
from slotkit.corpus.formats.rows import (
    Format,
    Row,
    make_row,
    offsets_of,
    read_rows,
    shown,
    write_lines,
)
from slotkit.text.spans import characters_of, frame_of, tokens_between
from slotkit.text.tags import Span, spans_of, tags_of
from slotkit.text.tokenizer import tokenize

_OBJECT = re.compile(r'\s*\{\s*("[^"]*"\s*:.*|\}\s*)')


def detect(path: Path) -> bool:
    """Tell whether the first line begins as a JSON object does."""
    return any(_OBJECT.fullmatch(line) for line in peek(path)[:1])


def read(path: Path, problems: Problems) -> Iterator[Row]:
    """Read the utterances of a file."""
    return read_rows(path, problems, _row)


def _row(line: str) -> Row:
    """Read an object."""
    try:
        found = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at column {error.colno}") from None
    except (ValueError, RecursionError):  # a number of too many digits, too many brackets
        raise ValueError("not JSON that can be read") from None
    if not isinstance(found, dict):
        raise ValueError(f"expected a JSON object, got {shown(line)}")
    intent = found.get("intent")
    if isinstance(intent, dict):
        intent = intent.get("name")
    if "tokens" in found and "tags" in found:
        tokens, tags = found["tokens"], found["tags"]
    elif "text" in found and "slots" in found and "tokens" not in found and "tags" not in found:
        tokens, tags = _tagged(found["text"], found["slots"])
    else:
        raise ValueError('expected "tokens" with "tags", or "text" with "slots"')
    text, edges = found.get("text"), found.get("edges")
    row = make_row(tokens, tags, text=text, intent=intent, edges=edges)
    _check_agreement(row, found.get("slots"), found.get("unsure"))
    return row


def _check_agreement(row: Row, slots: Any, unsure: Any) -> None:
    """Check that slots, where a line has them beside its tags, are those of the tags.

    Raises
    ------
    ValueError
        If they are not: one of the two was corrected, and nobody knows which.
    """
    tags, offsets = row["tags"], offsets_of(row["text"], row["tokens"])
    if not isinstance(slots, list) or offsets is None:
        return
    if not all(tag[:2] in ("O", "B-", "I-") for tag in tags):
        return  # of another scheme
    told = set()
    for slot in [*slots, *(unsure if isinstance(unsure, list) else [])]:
        keys = ("name", "start", "end")
        name, start, end = map(slot.get, keys) if isinstance(slot, dict) else (None,) * 3
        if type(name) is not str or type(start) is not int or type(end) is not int:
            return  # they are something else by that name
        told.add((name, start, end))
    own = {(name, *characters_of(offsets, first, last)) for first, last, name in spans_of(tags)}
    for name, start, end in sorted(told ^ own):
        who, other = ("slots", "tags") if (name, start, end) in told else ("tags", "slots")
        where = f"{name} at {start}..{end}"
        raise ValueError(f'"{who}" has {where} and "{other}" has not: delete the key that is wrong')


def _tagged(text: Any, slots: Any) -> tuple[list[str], list[str]]:
    """Cut a text into tokens and put slots, given by characters, on them."""
    if not isinstance(text, str) or not isinstance(slots, list):
        raise ValueError("text must be a string and slots a list")
    words, offsets = tokenize(text)
    spans = []
    for slot in slots:
        if not isinstance(slot, dict) or not isinstance(slot.get("name"), str):
            raise ValueError('a slot must be an object with "name", "start" and "end"')
        name, start, end = slot["name"], slot.get("start"), slot.get("end")
        if type(start) is not int or type(end) is not int:
            raise ValueError(f"slot {shown(name)} must have whole numbers as start and end")
        if not 0 <= start < end <= len(text):
            raise ValueError(f"slot {shown(name)} at {start}..{end} leaves the text")
        tokens = tokens_between(offsets, start, end)
        if tokens is None:
            raise ValueError(
                f"slot {shown(name)} at {start}..{end}, {shown(text[start:end])}, does not begin "
                "and end where tokens do"
            )
        if slot.get("value", text[start:end]) != text[start:end]:
            raise ValueError(
                f"slot {shown(name)} at {start}..{end} is {shown(text[start:end])} in the text, "
                f"but has the value {shown(str(slot['value']))}"
            )
        spans.append(Span(*tokens, name))
    return words, tags_of(spans, len(words))


def line_of(row: Row) -> str:
    """Write a row as the line of JSON that ``slotkit tag --json`` would print for it.

    There are no confidences, and ``intent`` and ``edges`` only where the row has them.

    Raises
    ------
    ValueError
        If the text is not the tokens with blanks between them.
    """
    text, tokens, tags = row["text"], row["tokens"], row["tags"]
    offsets = offsets_of(text, tokens)
    if offsets is None:
        raise ValueError(f"the tokens must make up the text, got {shown(text)}")
    slots: list[dict[str, Any]] = []
    for first, last, name in spans_of(tags):
        start, end = characters_of(offsets, first, last)
        slots.append({"name": name, "value": text[start:end], "start": start, "end": end})
    found: dict[str, Any] = {"text": text, "tokens": tokens, "tags": tags, "slots": slots}
    found["frame"] = frame_of((slot["name"], slot["value"]) for slot in slots)
    found |= {"intent": row["intent"]} if row["intent"] else {}
    found |= {"edges": row["edges"]} if row.get("edges") else {}
    return json.dumps(found, ensure_ascii=False)


def write(rows: Iterable[Row], path: Path) -> None:
    """Write utterances, a line each."""
    write_lines(path, map(line_of, rows))


FORMAT = Format(
    suffix=".jsonl",
    keeps=frozenset({"text", "edges"}),
    listing="",
    detect=detect,
    files=lambda path: [path],
    read=read,
    write=write,
)
