"""Files that are one JSON document, told apart by its keys; each tool has a file of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from slotkit.corpus.formats.lines import peek
from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.formats.rows import Row
from slotkit.errors import CorpusError

# What an utterance of a document becomes; called with a function that does that.
Utterance = Callable[[], Row | None]


class Broken(NamedTuple):
    """A document that is no JSON."""

    message: str
    line: int | None


def load(path: Path) -> Any:
    """Return the JSON that a file is: `Broken` where it is none, None for JSON lines."""
    if not path.is_file():
        return None
    status = path.stat()
    return _load(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=1)
def _load(path: Path, changed: int, size: int) -> Any:
    """Read a file; `changed` and `size` tell it from what it was before."""
    lines = peek(path)
    if not lines or lines[0].lstrip()[:1] not in ("{", "["):
        return None
    if len(lines) > 1 and _is_json(lines[0]):
        return None
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        return None  # reading its lines says where
    except json.JSONDecodeError as error:
        return Broken(f"not JSON: {error.msg} at column {error.colno}", error.lineno)
    except (ValueError, RecursionError):  # a number of too many digits, too many brackets
        return Broken("not JSON that can be read", None)
    except OSError as error:
        raise CorpusError(f"cannot be read: {error.strerror}", path) from error


def _is_json(line: str) -> bool:
    """Tell whether a line alone is JSON."""
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def rows_of(
    path: Path, reading: Reading, utterances: Iterator[tuple[str, Utterance]]
) -> Iterator[Row]:
    """Make rows of utterances, given as their text and what makes a row; name those that fail."""
    for number, (text, make) in enumerate(utterances, 1):
        try:
            row = make()
        except ValueError as error:
            line = _line_with(path, text)
            reading.add(path, line, f"utterance {number}: {error}" if line is None else str(error))
            continue
        if row is not None:
            yield row


def _line_with(path: Path, text: str) -> int | None:
    """Find the line of a document in which a text stands; None if it is not one alone."""
    raw = path.read_text(encoding="utf-8-sig", errors="replace")
    for written in (json.dumps(text, ensure_ascii=False), json.dumps(text)):
        if text and raw.count(written) == 1:
            return raw.count("\n", 0, raw.index(written)) + 1
    return None


def unknown(found: Any) -> str:
    """Say what a JSON document is that no tool writes."""
    if isinstance(found, dict):
        return f"JSON of no known layout: an object with the keys {', '.join(list(found)[:8])}"
    first = found[0] if isinstance(found, list) and found else found
    if isinstance(first, dict):
        return f"JSON of no known layout: a list of objects with {', '.join(list(first)[:8])}"
    if isinstance(found, list):
        return f"JSON of no known layout: a list of {type(first).__name__}"
    return f"JSON of no known layout: {type(found).__name__}"
