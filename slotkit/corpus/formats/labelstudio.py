"""Label Studio's JSON: a list of tasks with their annotations, or its short form (JSON-MIN)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from slotkit.corpus.formats.characters import Marked, marked_of, row_of
from slotkit.corpus.formats.document import Broken, Utterance, load, rows_of, unknown
from slotkit.corpus.formats.lines import text_file
from slotkit.corpus.formats.objects import listed, slot_name
from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.formats.rows import Format, Row
from slotkit.errors import CorpusError

_ANNOTATIONS = ("annotations", "completions")


def detect(path: Path) -> bool:
    """Tell whether a document is a list of tasks."""
    found = load(path)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found[:10]):
        return False
    texts = all(isinstance(_text(one), str) for one in found[:10])
    return texts and any(map(_is_task, found[:100]))


def _is_task(one: Any) -> bool:
    """Tell whether an object is a task."""
    if not isinstance(one, dict):
        return False
    if any(key in one for key in _ANNOTATIONS):
        return isinstance(one.get("data"), dict)
    return isinstance(one.get("text"), str) and any(map(_has_labels, one.values()))


def _has_labels(value: Any) -> bool:
    """Tell whether a value is a list of labelled stretches."""
    return isinstance(value, list) and any(
        isinstance(one, dict) and {"start", "end", "labels"} <= set(one) for one in value
    )


def read(path: Path, reading: Reading) -> Iterator[Row]:
    """Read the tasks of a file."""
    found = load(path)
    if isinstance(found, Broken):
        reading.add(path, found.line, found.message, whole=True)
    elif not isinstance(found, list):
        raise CorpusError(unknown(found), path)
    else:
        yield from rows_of(path, reading, _utterances(found, reading, path))


def _utterances(found: list[Any], reading: Reading, path: Path) -> Iterator[tuple[str, Utterance]]:
    """Give the utterances of a file."""
    for task in found:
        text = _text(task) if isinstance(task, dict) else ""
        yield str(text), partial(_row, task, reading, path)


def _text(task: dict[str, Any]) -> Any:
    """Return the text of a task: what is called so, else its only string."""
    data: dict[str, Any] = task["data"] if isinstance(task.get("data"), dict) else task
    if "text" in data:
        return data["text"]
    strings = [value for value in data.values() if isinstance(value, str)]
    return strings[0] if len(strings) == 1 else None


def _row(task: Any, reading: Reading, path: Path) -> Row | None:
    """Read a task; None for one that nobody annotated."""
    if not isinstance(task, dict):
        raise ValueError("expected a task")
    key = next((one for one in _ANNOTATIONS if one in task), None)
    if key is None:
        short: list[Any] = next((one for one in task.values() if _has_labels(one)), [])
        return row_of(_text(task), _marked(short), reading, path, None, intent=_choice(task))
    given = [one for one in listed(task[key]) if isinstance(one, dict)]
    annotations = [one for one in given if not one.get("was_cancelled")]
    if not annotations:
        reading.count("tasks left out, which nobody annotated")
        return None
    if len(annotations) > 1:
        reading.count("tasks with several annotations, of which the first is read")
    results = [one for one in listed(annotations[0].get("result")) if isinstance(one, dict)]
    intent, regions = "", list[Any]()
    for one in results:
        value = one.get("value")
        if isinstance(value, dict) and "start" in value:
            regions.append(value)
        elif isinstance(value, dict) and listed(value.get("choices")):
            intent = str(value["choices"][0])
        else:
            reading.leave("relations and what else is no span", str(one.get("type")))
    return row_of(_text(task), _marked(regions), reading, path, None, intent=intent)


def _choice(task: dict[str, Any]) -> str:
    """Return the intent of a task in the short form."""
    found = task.get("intent", task.get("sentiment", ""))
    return found if isinstance(found, str) else ""


def _marked(regions: Iterable[Any]) -> list[Marked]:
    """Read labelled stretches."""
    marked = []
    for one in regions:
        labels = one.get("labels") if isinstance(one, dict) else None
        if not isinstance(labels, list) or not labels:
            raise ValueError("a region must have labels")
        start, end, text = one.get("start"), one.get("end"), one.get("text")
        if type(start) is not int or type(end) is not int:
            raise ValueError("a region must have whole numbers as start and end")
        value = text if isinstance(text, str) else None
        marked.append(Marked(start, end, slot_name(str(labels[0])), value))
    return marked


def write(rows: Iterable[Row], path: Path) -> None:
    """Write utterances as tasks, a line each; offsets are in UTF-16 units, as the tool counts."""
    with text_file(path) as write_line:
        before = "["
        for number, row in enumerate(rows, 1):
            write_line(before)
            before = json.dumps(_task(number, row), ensure_ascii=False) + ","
        write_line(before.removesuffix(","))
        write_line("]")


def _task(number: int, row: Row) -> dict[str, Any]:
    """Write an utterance as a task."""

    def units(characters: str) -> int:
        return len(characters.encode("utf-16-le")) // 2

    results: list[dict[str, Any]] = []
    for place, (start, end, name, value) in enumerate(marked_of(row), 1):
        first, last = units(row["text"][:start]), units(row["text"][:end])
        region = {"start": first, "end": last, "text": value, "labels": [name]}
        results.append(_result(f"{number}-{place}", "label", "labels", region))
    if row["intent"]:
        chosen = {"choices": [row["intent"]]}
        results.append(_result(f"{number}-intent", "intent", "choices", chosen))
    return {"id": number, "data": {"text": row["text"]}, "annotations": [{"result": results}]}


def _result(name: str, source: str, kind: str, value: dict[str, Any]) -> dict[str, Any]:
    """Write what was marked or chosen."""
    return {"id": name, "from_name": source, "to_name": "text", "type": kind, "value": value}


FORMAT = Format(
    suffix=".json",
    detect=detect,
    read=read,
    write=write,
    keeps=frozenset({"text", "intent"}),
)
