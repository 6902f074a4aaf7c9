"""Utterances in pieces, some of them a slot's value, as Snips and Dialogflow have them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from slotkit.corpus.formats.characters import Marked, row_of
from slotkit.corpus.formats.objects import listed, slot_name
from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.formats.rows import Row

_SLOT, _ENTITY = ("slot_name", "alias", "entity"), ("entity", "meta")


def of_pieces(pieces: Any, intent: str, reading: Reading, path: Path) -> Row:
    """Put an utterance together.

    Raises
    ------
    ValueError
        If a piece has no text.
    """
    text, marked = "", []
    for piece in pieces if isinstance(pieces, list) else [None]:
        if not isinstance(piece, dict) or not isinstance(piece.get("text"), str):
            raise ValueError('expected pieces with a "text" each')
        said = str(piece["text"])
        name = next((piece[key] for key in _SLOT if piece.get(key)), None)
        entity = next((piece[key] for key in _ENTITY if piece.get(key)), None)
        if name is not None and said.strip():
            slot = slot_name(str(name))
            marked.append(Marked(len(text), len(text) + len(said), slot))
            reading.uses.setdefault(str(entity or name).removeprefix("@"), {})[slot] = None
        text += said
    return row_of(text, marked, reading, path, None, intent=intent)


def gather_entity(name: str, entries: Iterable[Any], reading: Reading) -> None:
    """Keep the values of an entity, with their synonyms."""
    values: list[str] = []
    for entry in entries:
        if isinstance(entry, dict):
            values += [str(entry.get("value") or ""), *map(str, listed(entry.get("synonyms")))]
        elif isinstance(entry, list):
            values += map(str, entry)
        else:
            values.append(str(entry))
    reading.gather(name, list(dict.fromkeys(values)))
