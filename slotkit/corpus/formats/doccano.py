"""doccano's JSON lines: ``text`` with ``label``, a list of start, end and name."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from slotkit.corpus.formats import jsonl
from slotkit.corpus.formats.characters import marked_of
from slotkit.corpus.formats.lines import peek, write_lines
from slotkit.corpus.formats.rows import Format, Row

_LABELS = ("label", "labels")


def detect(path: Path) -> bool:
    """Tell whether the first line is an object with a text and labels."""
    for line in peek(path)[:1]:
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            return False
        if isinstance(found, dict) and isinstance(found.get("text"), str):
            labels = [found[key] for key in _LABELS if key in found]
            related = {"entities", "relations"} <= set(found)
            return related or any(isinstance(one, list) for one in labels)
    return False


def _line(number: int, row: Row) -> str:
    """Write a row; what is no label is kept by doccano as metadata."""
    labels = [[start, end, name] for start, end, name, _ in marked_of(row)]
    found: dict[str, Any] = {"id": number, "text": row["text"], "label": labels}
    if row["intent"]:
        found["intent"] = row["intent"]
    return json.dumps(found, ensure_ascii=False)


def write(rows: Iterable[Row], path: Path) -> None:
    """Write utterances, a line each."""
    write_lines(path, (_line(number, row) for number, row in enumerate(rows, 1)))


FORMAT = Format(
    suffix=".jsonl",
    detect=detect,
    read=jsonl.read,
    write=write,
    keeps=frozenset({"text", "intent"}),
)
