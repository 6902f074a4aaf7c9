"""JSON documents of chatbots and of annotation tools, which are only read.

=============  ====================================================================
Rasa           ``rasa_nlu_data``
LUIS, CLU      ``luis_schema_version``; ``endPos`` is the last character
Snips          ``intents`` with ``utterances`` of pieces; or an intent's alone
spaCy          pairs of a text and its ``entities``
rows           a list of the objects that `objects` reads
Lex            ``sampleUtterances``: templates, refused
=============  ====================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from slotkit.corpus.formats.characters import Marked, row_of
from slotkit.corpus.formats.document import Broken, Utterance, load, rows_of, unknown
from slotkit.corpus.formats.inline import named
from slotkit.corpus.formats.objects import listed, row_of_object, slot_name
from slotkit.corpus.formats.pieces import gather_entity, of_pieces
from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.formats.rows import Format, Row
from slotkit.errors import CorpusError

Utterances = Iterator[tuple[str, Utterance]]


class _Tool(NamedTuple):
    """What a tool writes: how it is known, and what its utterances are."""

    knows: Callable[[Any], bool]
    utterances: Callable[[Any, Reading, Path], Utterances]


def _has(*keys: str) -> Callable[[Any], bool]:
    """Return what tells whether a document is an object with all of some keys."""
    return lambda found: isinstance(found, dict) and set(keys) <= set(found)


def _objects(values: Any) -> list[dict[str, Any]]:
    """Return those of some values that are objects."""
    return [one for one in listed(values) if isinstance(one, dict)]


# Rasa


def _of_rasa(found: Any, reading: Reading, path: Path) -> Utterances:
    """Give the examples of Rasa's JSON."""
    data = found["rasa_nlu_data"]
    for one in _objects(data.get("regex_features")):
        reading.leave("regexes", str(one.get("name")))
    for one in _objects(data.get("lookup_tables")):
        elements = one.get("elements")
        if isinstance(elements, list):
            reading.gather(str(one.get("name")), list(map(str, elements)))
        else:
            reading.leave("lookups in other files", f"{one.get('name')} {elements}")
    for one in _objects(data.get("entity_synonyms")):
        value = str(one.get("value"))
        reading.gather(value, [value, *map(str, listed(one.get("synonyms")))])
    for key in ("common_examples", "entity_examples", "intent_examples"):
        for one in _objects(data.get(key)):
            yield str(one.get("text")), partial(_rasa_row, one, reading, path)


def _rasa_row(one: dict[str, Any], reading: Reading, path: Path) -> Row:
    """Read an example of Rasa."""
    text, marked = one.get("text"), []
    for entity in _objects(one.get("entities")):
        start, end = _numbers(entity, "start", "end")
        value = str(text)[max(0, start) : max(0, end)]
        marked.append(Marked(start, end, slot_name(named(entity, value, reading))))
    return row_of(text, marked, reading, path, None, intent=one.get("intent"))


def _numbers(found: dict[str, Any], *keys: str) -> list[int]:
    """Return whole numbers under some keys."""
    values = [found.get(key) for key in keys]
    if any(type(value) is not int for value in values):
        raise ValueError(f"expected whole numbers as {' and '.join(keys)}, got {values}")
    return [int(value) for value in values if value is not None]


# LUIS


def _of_luis(found: Any, reading: Reading, path: Path) -> Utterances:
    """Give the utterances of LUIS."""
    for one in _objects(found.get("closedLists")):
        values = []
        for entry in _objects(one.get("subLists")):
            values += [str(entry.get("canonicalForm") or ""), *map(str, listed(entry.get("list")))]
        reading.gather(str(one.get("name")), values)
    for one in _objects(found.get("phraselists")):
        reading.gather(str(one.get("name")), str(one.get("words") or "").split(","))
    for what, key in (("regexes", "regex_entities"), ("patterns", "patterns")):
        for one in _objects(found.get(key)):
            reading.leave(what, str(one.get("name") or one.get("pattern")))
    for one in _objects(found["utterances"]):
        yield str(one.get("text")), partial(_luis_row, one, reading, path)


def _luis_row(one: dict[str, Any], reading: Reading, path: Path) -> Row:
    """Read an utterance of LUIS; of an entity within another the outer counts."""
    marked = []
    for entity in _objects(one.get("entities")):
        start, last = _numbers(entity, "startPos", "endPos")
        slot = named({"entity": entity.get("entity"), "role": entity.get("role")}, "", reading)
        marked.append(Marked(start, last + 1, slot_name(slot)))
        for child in _objects(entity.get("children")):
            reading.leave("entities within others", str(child.get("entity")))
    return row_of(one.get("text"), marked, reading, path, None, intent=one.get("intent"))


# Snips


def _of_snips(found: Any, reading: Reading, path: Path) -> Utterances:
    """Give the utterances of a dataset of Snips."""
    for intent, one in found["intents"].items():
        yield from _of_pieces(_objects(one.get("utterances")), intent, reading, path)
    entities = found.get("entities")
    for name, one in entities.items() if isinstance(entities, dict) else []:
        if isinstance(one, dict):
            gather_entity(name, listed(one.get("data")), reading)


def _is_snips(found: Any) -> bool:
    """Tell whether a document is a dataset of Snips."""
    intents = found.get("intents") if isinstance(found, dict) else None
    return isinstance(intents, dict) and all(
        isinstance(one, dict) and "utterances" in one for one in intents.values()
    )


def _is_benchmark(found: Any) -> bool:
    """Tell whether a document is an intent of the Snips benchmark: its name, and utterances."""
    return isinstance(found, dict) and len(found) == 1 and _has_pieces(next(iter(found.values())))


def _of_benchmark(found: Any, reading: Reading, path: Path) -> Utterances:
    """Give the utterances of an intent of the benchmark."""
    [(intent, utterances)] = found.items()
    return _of_pieces(utterances, intent, reading, path)


def _has_pieces(found: Any) -> bool:
    """Tell whether something is a list of utterances in pieces."""
    if not isinstance(found, list) or not found:
        return False
    return all(isinstance(one, dict) and isinstance(one.get("data"), list) for one in found)


def _of_pieces(found: Any, intent: str, reading: Reading, path: Path) -> Utterances:
    """Give utterances in pieces."""
    for one in found:
        pieces = one.get("data")
        text = "".join(str(piece.get("text")) for piece in _objects(pieces)[:1])
        yield text, partial(of_pieces, pieces, intent, reading, path)


# spaCy, and lists of what JSON lines hold


def _is_of_spacy(found: Any) -> bool:
    """Tell whether a document is a list of a text and its entities each."""
    return _is_list(found) and all(map(_is_pair, found[:10]))


def _is_pair(one: Any) -> bool:
    """Tell whether something is a text with its entities."""
    return (
        isinstance(one, list)
        and len(one) == 2
        and isinstance(one[0], str)
        and isinstance(one[1], dict)
        and "entities" in one[1]
    )


def _is_list(found: Any) -> bool:
    """Tell whether a document is a list with something in it."""
    return isinstance(found, list) and bool(found)


def _of_spacy(found: Any, reading: Reading, path: Path) -> Utterances:
    """Give the texts that spaCy is trained on."""
    rows = (
        {"text": one[0], "entities": one[1]["entities"]} if _is_pair(one) else one for one in found
    )
    return _of_rows(rows, reading, path)


_KEYS = (
    {"tokens", "tags"},
    {"tokens", "ner_tags"},
    {"tokenized_text", "ner"},
    {"text", "slots"},
    {"text", "slot"},
    {"text", "entities"},
    {"text", "spans"},
    {"text", "label"},
    {"text", "labels"},
    {"annot_utt"},
)


def _is_rows(found: Any) -> bool:
    """Tell whether a document is a list of the objects that JSON lines hold."""
    return (
        _is_list(found)
        and isinstance(found[0], dict)
        and any(keys <= set(found[0]) for keys in _KEYS)
    )


def _of_rows(found: Any, reading: Reading, path: Path) -> Utterances:
    """Give the rows of a list."""
    for one in found:
        text = one.get("text", "") if isinstance(one, dict) else ""
        yield str(text), partial(_row, one, reading, path)


def _row(one: Any, reading: Reading, path: Path) -> Row | None:
    """Read a row of a list."""
    if not isinstance(one, dict):
        raise ValueError("expected an object")
    return row_of_object(one, reading, path, None)


def _refuse_lex(found: Any, reading: Reading, path: Path) -> Utterances:
    """Refuse the utterances of Lex, in which slots have no values."""
    raise CorpusError(
        "utterances of Lex are templates as 'to {city}', without values: no labelled text; "
        "slotkit generate draws utterances from a grammar",
        path,
    )


_TOOLS = (
    _Tool(lambda f: _has("rasa_nlu_data")(f) and _has()(f["rasa_nlu_data"]), _of_rasa),
    _Tool(_has("luis_schema_version", "utterances"), _of_luis),
    _Tool(_is_snips, _of_snips),
    _Tool(_is_benchmark, _of_benchmark),
    _Tool(_is_of_spacy, _of_spacy),
    _Tool(_is_rows, _of_rows),
    _Tool(_has("sampleUtterances"), _refuse_lex),
    _Tool(
        lambda found: _has("resource")(found) and _has("intents")(found["resource"]), _refuse_lex
    ),
)


def _tool(path: Path) -> _Tool | None:
    """Find the tool that wrote a document."""
    found = load(path)
    return next((tool for tool in _TOOLS if tool.knows(found)), None)


def read(path: Path, reading: Reading) -> Iterator[Row]:
    """Read the utterances of a document."""
    found, tool = load(path), _tool(path)
    if isinstance(found, Broken):
        reading.add(path, found.line, found.message, whole=True)
    elif tool is None:
        raise CorpusError(unknown(found), path)
    else:
        yield from rows_of(path, reading, tool.utterances(found, reading, path))


FORMAT = Format(
    suffix=".json",
    detect=lambda path: _tool(path) is not None,
    read=read,
)
