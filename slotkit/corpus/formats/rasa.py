"""Rasa's YAML: intents with their examples, slots in brackets as `inline` has them.

Lookups and synonyms become lists of values; regexes, groups and all that is no training data for
slots are named and left out. Lines are those of the file, since YAML is read as its nodes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from slotkit.corpus.formats.characters import row_of
from slotkit.corpus.formats.inline import note_brackets, read_marked, write_marked
from slotkit.corpus.formats.lines import peek, text_file
from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.formats.rows import Format, Row
from slotkit.corpus.formats.yaml_nodes import compose, items, pairs, scalar
from slotkit.errors import CorpusError

if TYPE_CHECKING:
    import yaml

_NLU = re.compile(r"nlu\s*:.*")
# What a block of YAML cannot hold, or takes for the end of a line.
_UNFIT = re.compile(
    r"[^\t\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u2028\u2029\ufeff]"
)
_OTHERS = ("version", "nlu")
_SAFE = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)$)[a-z][\w/+.-]*", re.IGNORECASE)


def detect(path: Path) -> bool:
    """Tell whether one of the first lines begins the examples of intents."""
    return any(map(_NLU.fullmatch, peek(path)))


def read(path: Path, reading: Reading) -> Iterator[Row]:
    """Read the examples of a file."""
    for document in compose(path, reading):
        for key, node in pairs(document):
            if key == "nlu":
                for item in items(node):
                    yield from _read_item(dict(pairs(item)), path, reading)
            elif key not in _OTHERS:
                reading.leave("parts that hold no utterances", key)


def _read_item(item: dict[str, yaml.Node], path: Path, reading: Reading) -> Iterator[Row]:
    """Read an intent, or gather a list of values."""
    lines = list(_examples(item["examples"])) if "examples" in item else []
    kind = next((one for one in ("intent", "lookup", "synonym", "regex") if one in item), None)
    if kind is None:
        reading.leave("parts that hold no utterances", ", ".join(item))
        return
    name = scalar(item[kind])
    if kind == "regex":
        for _, line in lines or [(0, "")]:
            reading.leave("regexes", f"{name} {line}".strip())
    elif kind in ("lookup", "synonym"):
        values = [line for _, line in lines]
        reading.gather(name, [name, *values] if kind == "synonym" else values)
    for number, line in lines if kind == "intent" else []:
        try:
            text, marked = read_marked(line, reading)
            note_brackets(text, reading, path, number)
            yield row_of(text, marked, reading, path, number, intent=name)
        except ValueError as error:
            reading.add(path, number, error)


def _examples(node: yaml.Node) -> Iterator[tuple[int, str]]:
    """Give the examples of an intent and their lines: of a block, or of a list with metadata."""
    for item in items(node):
        found = dict(pairs(item))
        if text := found.get("text"):
            yield from ((number, line) for number, line in _lines(text))
        elif not found:
            yield from _lines(item)
    if not items(node):
        yield from _lines(node)


def _lines(node: yaml.Node) -> Iterator[tuple[int, str]]:
    """Give the lines of a scalar, without the ``-`` before each."""
    begins = node.start_mark.line + 1 + (getattr(node, "style", None) in ("|", ">"))
    for number, line in enumerate(scalar(node).split("\n"), begins):
        if line.strip():
            yield number, re.sub(r"^\s*-\s*", "", line).strip()


def write(rows: Iterable[Row], path: Path) -> None:
    """Write utterances, those of an intent together.

    Raises
    ------
    CorpusError
        If a text holds what its layout cannot.
    """
    intents: dict[str, list[str]] = {}
    for row in rows:
        try:
            line = write_marked(row, escape=False)
        except ValueError as error:
            raise CorpusError(f"rasa: {error}") from None
        if found := _UNFIT.search(line):
            raise CorpusError(f"rasa: YAML cannot hold U+{ord(found[0]):04X} here, in {line!r}")
        intents.setdefault(row["intent"], []).append(line)
    with text_file(path) as write_line:
        write_line('version: "3.1"')
        write_line("nlu:")
        for intent, lines in intents.items():
            name = intent if _SAFE.fullmatch(intent) else json.dumps(intent, ensure_ascii=False)
            write_line(f"- intent: {name}")
            write_line("  examples: |")
            for line in lines:
                write_line(f"    - {line}")


FORMAT = Format(
    suffix=".yml",
    detect=detect,
    read=read,
    write=write,
    keeps=frozenset({"text", "intent"}),
    no_intent="none",
)
