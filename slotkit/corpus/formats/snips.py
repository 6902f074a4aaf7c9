"""Snips' YAML: intents with utterances as ``from [departure:city](Taipei)``, and entities."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from slotkit.corpus.formats.characters import row_of
from slotkit.corpus.formats.lines import peek
from slotkit.corpus.formats.objects import bracketed, slot_name
from slotkit.corpus.formats.pieces import gather_entity
from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.formats.rows import Format, Row
from slotkit.corpus.formats.yaml_nodes import compose, items, pairs, scalar

_TYPE = re.compile(r"type\s*:\s*(intent|entity)\s*")
_SLOT = re.compile(r"\[([^\[\]:()]+)(?::([^\[\]()]+))?\]\(([^()]*)\)")


def detect(path: Path) -> bool:
    """Tell whether one of the first lines says that an intent or an entity follows."""
    return any(map(_TYPE.fullmatch, peek(path)))


def read(path: Path, reading: Reading) -> Iterator[Row]:
    """Read the utterances of a file."""
    for document in compose(path, reading):
        found = dict(pairs(document))
        kind, name = (scalar(found[key]) if key in found else "" for key in ("type", "name"))
        if kind == "entity" and "values" in found:
            entries = [
                [scalar(one) for one in items(entry)] or scalar(entry)
                for entry in items(found["values"])
            ]
            gather_entity(name, entries, reading)
        elif kind == "intent":
            entities = {}
            for slot in items(found["slots"]) if "slots" in found else []:
                told = dict(pairs(slot))
                if {"name", "entity"} <= set(told):
                    entities[scalar(told["name"])] = scalar(told["entity"])
            for node in items(found["utterances"]) if "utterances" in found else []:
                line = node.start_mark.line + 1
                try:
                    yield _row(scalar(node), name, entities, reading, path, line)
                except ValueError as error:
                    reading.add(path, line, error)
        else:
            reading.leave("parts that hold no utterances", f"{kind} {name}".strip() or "?")


def _row(
    text: str, intent: str, entities: dict[str, str], reading: Reading, path: Path, line: int
) -> Row:
    """Read an utterance."""

    def parse(match: re.Match[str]) -> tuple[str, str]:
        slot, entity, value = match.groups()
        name = entity or entities.get(slot, slot)
        reading.uses.setdefault(name, {})[slot_name(slot)] = None
        return slot, value

    said, marked = bracketed(text, _SLOT, parse)
    return row_of(said, marked, reading, path, line, intent=intent)


FORMAT = Format(
    suffix=".yaml",
    detect=detect,
    read=read,
)
