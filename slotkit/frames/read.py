"""Reading a file of frames, in TOML: what is wrong in it is told with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from slotkit.errors import CorpusError
from slotkit.frames.check import Check
from slotkit.frames.frame import Frame, Frames, FrameSlot
from slotkit.values import KINDS, Type, make_type, read_types

BUNDLED = Path(__file__).with_name("tickets.toml")
_SLOT = {"type", "called", "ask", "unreadable", "many", "combine", "cues"}
_HEADER = re.compile(r"\s*\[\[?([^\]]+)\]")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*[\w"'-]+)*)\s*=""")
_FRAME = {"intents", "title", "required", "optional", "confirm", "done", "ask", "checks"}


def read_frames(path: str | Path = BUNDLED) -> Frames:
    """Read frames.

    Parameters
    ----------
    path : str or Path
        The file; by default that of the bundled corpora, for tickets.

    Returns
    -------
    Frames

    Raises
    ------
    CorpusError
        If it cannot be read or is no file of frames, with the line and what there is to choose
        from.

    Examples
    --------
    >>> read_frames().frames["book"].required
    ('destination', 'departure', 'departure_date', 'tickets')
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise CorpusError(f"not UTF-8 at byte {error.start + 1}", path) from None
    except OSError as error:
        raise CorpusError(f"cannot be read: {error.strerror}", path) from error
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        told = re.fullmatch(r"(.*) \(at line (\d+), column \d+\)", str(error))
        message, line = (told[1], int(told[2])) if told else (str(error), None)
        raise CorpusError(f"no TOML: {message[:1].lower()}{message[1:]}", path, line) from None
    try:
        return _frames(found)
    except ValueError as error:
        where, _, message = str(error).partition(": ")
        line = _line_of(text, where.split("."), re.findall(r"'([^']+)'", message))
        raise CorpusError(str(error), path, line) from None


def _frames(found: dict[str, Any]) -> Frames:
    """Make frames of what a file holds."""
    _check_keys("", found, {"languages", "slots", "frames"})
    slots = {
        name: _slot(name, _table(f"slots.{name}", one))
        for name, one in _table("slots", found.get("slots", {})).items()
    }
    frames = {
        name: _frame(name, _table(f"frames.{name}", one))
        for name, one in _table("frames", found.get("frames", {})).items()
    }
    return Frames(_strings("languages", found.get("languages", [])), slots, frames)


def _slot(name: str, found: dict[str, Any]) -> FrameSlot:
    here = f"slots.{name}"
    _check_keys(here, found, _SLOT)
    for key, kind in ("many", bool), ("combine", str):
        if key in found and not isinstance(found[key], kind):
            raise ValueError(f"{here}.{key}: expected a {kind.__name__}, got {found[key]!r}")
    return FrameSlot(
        name,
        _type(name, found),
        _texts(f"{here}.called", found.get("called", {})),
        _texts(f"{here}.ask", found.get("ask", {})),
        _texts(f"{here}.unreadable", found.get("unreadable", {})),
        found.get("many", False),
        found.get("combine"),
        {
            language: _strings(f"{here}.cues", cues)
            for language, cues in _table(f"{here}.cues", found.get("cues", {})).items()
        },
    )


def _type(name: str, found: dict[str, Any]) -> Type:
    """Return the type that is written, else that of the ticket corpora's slot of this name."""
    if "type" not in found:
        usual = read_types()
        if name not in usual:
            raise ValueError(f"slots.{name}: 'type' is missing; choose from {', '.join(KINDS)}")
        return usual[name]
    try:
        return make_type(found["type"])
    except ValueError as error:
        raise ValueError(f"slots.{name}.type: {error}") from None


def _frame(name: str, found: dict[str, Any]) -> Frame:
    here = f"frames.{name}"
    _check_keys(here, found, _FRAME)
    checks = found.get("checks", [])
    if not isinstance(checks, list):
        raise ValueError(f"{here}.checks: expected a list of tables, got {checks!r}")
    return Frame(
        name,
        _strings(f"{here}.intents", found.get("intents", [name])),
        _texts(f"{here}.title", found.get("title", {})),
        _strings(f"{here}.required", found.get("required", [])),
        _texts(f"{here}.confirm", found.get("confirm", {})),
        _texts(f"{here}.done", found.get("done", {})),
        _strings(f"{here}.optional", found.get("optional", [])),
        {
            slot: _texts(f"{here}.ask.{slot}", texts)
            for slot, texts in _table(f"{here}.ask", found.get("ask", {})).items()
        },
        tuple(_check(f"{here}.checks", _table(f"{here}.checks", one)) for one in checks),
    )


def _check(where: str, found: dict[str, Any]) -> Check:
    _check_keys(where, found, {"that", "say"})
    that = found.get("that")
    if not isinstance(that, str):
        raise ValueError(f"{where}: 'that' must be a comparison of two slots, got {that!r}")
    try:
        return Check(that, _texts(where, found.get("say", {})))
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


def _check_keys(where: str, found: Mapping[str, Any], known: set[str]) -> None:
    for key in found:
        if key not in known:
            place = f"{where}.{key}" if where else key
            raise ValueError(
                f"{place}: unknown key {key!r}; choose from {', '.join(sorted(known))}"
            )


def _table(where: str, found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise ValueError(f"{where}: expected a table, got {found!r}")
    return found


def _strings(where: str, found: Any) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ValueError(f"{where}: expected a list of strings, got {found!r}")
    return tuple(found)


def _texts(where: str, found: Any) -> dict[str, str]:
    texts = _table(where, found)
    for language, text in texts.items():
        if not isinstance(text, str):
            raise ValueError(f"{where}.{language}: expected a text, got {text!r}")
    return texts


def _line_of(text: str, keys: list[str], words: Sequence[str]) -> int | None:
    """Find the line of a key, else of what holds it; among several equal ones that of a word."""
    best, found = 0, None
    header: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if told := _HEADER.match(line):
            header = here = _keys(told[1])
        elif told := _KEY.match(line):
            here = [*header, *_keys(told[1])]
        else:
            continue
        same = takewhile(lambda pair: pair[0] == pair[1], zip(here, keys, strict=False))
        length = len(list(same))
        named = length == best == len(keys) and any(word in line for word in words)
        if length > best or named:
            best, found = length, number
    return found


def _keys(dotted: str) -> list[str]:
    return [key.strip(" \"'") for key in dotted.split(".")]
