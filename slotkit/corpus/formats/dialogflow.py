"""Dialogflow: what it exports, a folder with ``intents`` and ``entities``, or one intent's file.

The utterances of an intent stand in ``NAME_usersays_LANGUAGE.json``, the values of an entity in
``NAME_entries_LANGUAGE.json``; the alias of a parameter is its slot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from slotkit.corpus.formats.document import Broken, Utterance, load, rows_of, unknown
from slotkit.corpus.formats.objects import listed
from slotkit.corpus.formats.pieces import gather_entity, of_pieces
from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.formats.rows import Format, Row

_USERSAYS = re.compile(r"(.+)_usersays_([\w-]+)\.json")
_ENTRIES = re.compile(r"(.+)_entries_([\w-]+)\.json")


def _named(path: Path, folder: str, pattern: re.Pattern[str]) -> list[tuple[Path, str, str]]:
    """Find the files of an export, with the name and the language that theirs hold."""
    inside = path / folder if (path / folder).is_dir() else path
    matches = ((file, pattern.fullmatch(file.name)) for file in sorted(inside.glob("*.json")))
    return [(file, match[1], match[2]) for file, match in matches if match]


def detect(path: Path) -> bool:
    """Tell whether a folder holds the utterances of an intent, or a file is of that name."""
    if path.is_file():
        return _USERSAYS.fullmatch(path.name) is not None or _is_usersays(load(path))
    return path.is_dir() and bool(_named(path, "intents", _USERSAYS))


def _is_usersays(found: Any) -> bool:
    """Tell whether a document is a list of utterances as Dialogflow has them."""
    return (
        isinstance(found, list)
        and all(isinstance(one, dict) and {"data", "isTemplate"} <= set(one) for one in found)
        and bool(found)
    )


def files(path: Path) -> list[Path]:
    """Give the files that are read."""
    if path.is_file():
        return [path]
    found = _named(path, "intents", _USERSAYS) + _named(path, "entities", _ENTRIES)
    return [file for file, _, _ in found]


def read(path: Path, reading: Reading) -> Iterator[Row]:
    """Read the utterances of all intents, and gather the values of entities."""
    intents = [(path, "", "")] if path.is_file() else _named(path, "intents", _USERSAYS)
    if path.is_file() and (match := _USERSAYS.fullmatch(path.name)):
        intents = [(path, match[1], match[2])]
    languages = {language for _, _, language in intents}
    if len(languages) > 1:
        reading.take(path, f"read in the languages {', '.join(sorted(languages))}")
    for file, intent, _ in intents:
        found = load(file)
        if isinstance(found, Broken):
            reading.add(file, found.line, found.message, whole=True)
        elif not isinstance(found, list):
            reading.add(file, None, unknown(found), whole=True)
        else:
            yield from rows_of(file, reading, _utterances(found, intent, reading, file))
    for file, entity, _ in _named(path, "entities", _ENTRIES) if path.is_dir() else []:
        found = load(file)
        if isinstance(found, list):
            gather_entity(entity, found, reading)


def _utterances(
    found: list[Any], intent: str, reading: Reading, path: Path
) -> Iterator[tuple[str, Utterance]]:
    """Give the utterances of an intent; templates, which hold no values, are left out."""
    for one in found:
        pieces = one.get("data") if isinstance(one, dict) else None
        if isinstance(one, dict) and one.get("isTemplate"):
            reading.leave("templates, without values", str(pieces)[:40])
            continue
        first = [piece.get("text") for piece in listed(pieces)[:1] if isinstance(piece, dict)]
        yield str(*first), partial(of_pieces, pieces, intent, reading, path)


FORMAT = Format(
    suffix=".json",
    detect=detect,
    read=read,
    files=files,
)
