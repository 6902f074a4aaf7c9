r"""A line an utterance, its slots in brackets: ``from [Oslo](departure) to [Rome](destination)``.

A line ``## intent:book`` is the intent of those below it; there may be ``- `` before each, as in
Rasa's Markdown, which is this too, with its ``## lookup:``, ``## synonym:`` and ``## regex:``.
A backslash before a bracket or at the beginning of a line makes it a character of the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from slotkit.corpus.formats.characters import Marked, marked_of, row_of
from slotkit.corpus.formats.lines import peek, read_lines, text_file
from slotkit.corpus.formats.objects import bracketed
from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.formats.rows import Format, Row, shown

_SLOT = re.compile(
    r"\\.|\[(?P<value>(?:\\.|[^\[\]\\])+)\]"
    r"(?:\((?P<slot>[^()]+)\)|(?P<json>\{[^{}]*\})|(?P<list>\[\s*\{[^\[\]]*\}\s*\]))"
)
_CUT = re.compile(r"(?<!\\)\][({]")
_PLAIN = re.compile(r"[^\s(){}\[\]:/\\]+")  # a slot's name that needs no quotes
_FILE = re.compile(r".*\.(md|html?|txt|rst|py|png|jpe?g|svg|pdf|json|ya?ml)", re.IGNORECASE)
_HEADING = re.compile(r"#{1,2}\s*(intent|lookup|synonym|regex)\s*:\s*(.*)", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->")
_LISTED = re.compile(r"\S+\.(txt|csv)")  # a list of values in another file
_BULLET = re.compile(r"^\s*[-*+]\s+")


def detect(path: Path) -> bool:
    """Tell whether what stands in brackets among the first lines are slots, not links."""
    found = [match for line in peek(path) for match in _SLOT.finditer(line)]
    slots = [match for match in found if match["value"]]
    return bool(slots) and all(map(_is_slot, slots))


def _is_slot(match: re.Match[str]) -> bool:
    """Tell whether what stands behind brackets is a slot, not the address of a link."""
    slot = match["slot"]
    return slot is None or not (set(slot) & set("/#") or _FILE.fullmatch(slot))


def read_marked(line: str, reading: Reading) -> tuple[str, list[Marked]]:
    """Read an utterance with its slots in brackets.

    Raises
    ------
    ValueError
        If an object behind brackets cannot be read, or names no slot; or a bracket is not closed.
    """

    def parse(match: re.Match[str]) -> tuple[str, str]:
        if match["value"] is None:  # a character behind a backslash
            return "", match[0]
        if match["slot"] is not None:  # (city:New York City) is Rasa's city with a synonym
            name, _, synonym = match["slot"].partition(":")
            if synonym:
                reading.gather(name, [synonym, match["value"]])
            return name, match["value"]
        return _named(match["json"] or match["list"], match["value"], reading), match["value"]

    text, marked = bracketed(line, _SLOT, parse)
    if _CUT.search(text):
        raise ValueError(f"expected [value](slot), got brackets that are not closed: {shown(line)}")
    return text, marked


def _named(text: str, value: str, reading: Reading) -> str:
    """Read the object behind brackets; its role becomes part of the name."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(f'expected JSON as {{"entity": "city"}}, got {shown(text)}') from None
    first, *others = found if isinstance(found, list) else [found]
    for other in (one for one in others if isinstance(one, dict)):
        reading.leave("second entities of a value", str(other.get("entity")))
    return named(first, value, reading)


def named(found: dict[str, Any], value: str, reading: Reading) -> str:
    """Return the slot of an entity, its role part of the name; name what is left out.

    Raises
    ------
    ValueError
        If it has none.
    """
    name, role = found.get("entity"), found.get("role")
    if not isinstance(name, str) or not name:
        raise ValueError(f"expected an entity's name, got {shown(str(name))}")
    if found.get("group") is not None:
        reading.leave("groups", str(found["group"]))
    if isinstance(found.get("value"), str) and found["value"] != value:
        reading.gather(name, [found["value"], value])
        reading.uses.setdefault(name, {})
    slot = f"{name}.{role}" if isinstance(role, str) and role else name
    if slot != name:
        reading.count("roles read as the end of a slot's name, as in entity.role")
    reading.uses.setdefault(name, {})[slot] = None
    return slot


def read(path: Path, reading: Reading) -> Iterator[Row]:
    """Read the utterances of a file."""
    kind, name = "intent", ""
    for number, line in read_lines(path, reading):
        line = _COMMENT.sub("", line).rstrip()
        if not line.strip():
            continue
        if heading := _HEADING.fullmatch(line):
            kind, name = heading[1].lower(), heading[2].strip()
            continue
        if re.match(r"#{1,6}\s", line):
            reading.leave("other headings", line.strip("# "))
            continue
        line = _BULLET.sub("", line, count=1)
        if kind == "regex":
            reading.leave("regexes", f"{name} {line}")
        elif kind in ("lookup", "synonym"):
            values = [line.strip()]
            if kind == "lookup" and _LISTED.fullmatch(values[0]):
                reading.leave("lookups in other files", f"{name} {values[0]}")
                continue
            reading.gather(name, [name, *values] if kind == "synonym" else values)
        else:
            try:
                text, marked = read_marked(line, reading)
                note_brackets(text, reading, path, number)
                text, marked = _unescaped(text, marked)
                row = row_of(text, marked, reading, path, number, intent=name)
            except ValueError as error:
                reading.add(path, number, error)
                continue
            if not reading.is_bad(path, number):
                yield row


_BARE = re.compile(r"(?<!\\)[\[\]]|[【】［］]")


def note_brackets(text: str, reading: Reading, path: Path, line: int) -> None:
    """Note brackets that are of no slot, as of a blank before ``(slot)``."""
    if _BARE.search(text):
        what = "utterances with brackets that are of no slot, read as text"
        message = f"brackets that are of no slot, in {shown(text)}"
        reading.odd(what, path, line, message, "[value](slot), or a backslash before a bracket")


_ESCAPED = re.compile(r"\\([\[\]\\#*+-])")


def _unescaped(text: str, marked: list[Marked]) -> tuple[str, list[Marked]]:
    """Take the backslashes before brackets away."""
    if "\\" not in text:
        return text, marked
    gone = [match.start() for match in _ESCAPED.finditer(text)]

    def at(offset: int) -> int:
        return offset - sum(place < offset for place in gone)

    turned = [one._replace(start=at(one.start), end=at(one.end)) for one in marked]
    return _ESCAPED.sub(r"\1", text), turned


def write_marked(row: Row, *, escape: bool) -> str:
    """Write an utterance with its slots in brackets.

    Raises
    ------
    ValueError
        If a bracket of the text would be read as one of a slot, and `escape` may not mark it.
    """
    text, done, pieces = row["text"], 0, []

    def plain(part: str) -> str:
        if escape:
            return re.sub(r"([\[\]\\])", r"\\\1", part)
        return part

    for start, end, name, value in marked_of(row):
        slot = f"({name})" if _PLAIN.fullmatch(name) else json.dumps({"entity": name})
        pieces += [plain(text[done:start]), f"[{plain(str(value))}]{slot}"]
        done = end
    line = "".join([*pieces, plain(text[done:])])
    if escape:
        line = re.sub(r"^(\s*)([#*+-])", r"\1\\\2", line)
    again = read_marked(line, Reading())
    if (_unescaped(*again) if escape else again) != (text, _without_values(marked_of(row))):
        raise ValueError(f"brackets cannot stand in a text here, got {shown(text)}")
    return line


def _without_values(marked: Iterable[Marked]) -> list[Marked]:
    """Leave the values of slots out."""
    return [one._replace(value=None) for one in marked]


def write(rows: Iterable[Row], path: Path) -> None:
    """Write utterances, a line each, a heading where the intent changes."""
    intent = ""
    with text_file(path) as write_line:
        for row in rows:
            if row["intent"] != intent:
                intent = row["intent"]
                write_line(f"## intent:{intent}")
            write_line(write_marked(row, escape=True))


FORMAT = Format(
    suffix=".md",
    detect=detect,
    read=read,
    write=write,
    keeps=frozenset({"text", "intent"}),
)
