"""A frame as a tool that a language model calls, and a check of what it calls it with.

So that slotkit can stand behind a language model, which talks, or before one, which is asked only
where the tagger finds nothing: `check_arguments` reads words as well as typed values.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from slotkit.frames.check import TODAY
from slotkit.frames.frame import Frames, FrameSlot, choose
from slotkit.frames.reader import Reader
from slotkit.frames.sentences import KINDS
from slotkit.frames.shapes import fits

_NUMBERS = ("number", "ordinal")
# Kind -> how a value is written, for the descriptions of a schema.
_WRITTEN = {
    "date": "2026-11-06",
    "time": "20:30",
    "datetime": "2026-11-06T20:30",
    "duration": "PT2H30M",
    "money": "50 EUR",
}


class Problem(NamedTuple):
    """What is wrong with the arguments of a call.

    Parameters
    ----------
    slot : str
    message : str
        In English, for whoever made the call.
    """

    slot: str
    message: str


def tool_schema(frames: Frames, frame: str, language: str) -> dict[str, Any]:
    """Describe a frame as a tool: a name, a description, and the JSON schema of its parameters.

    Parameters
    ----------
    frames : Frames
    frame : str
        Its name.
    language : str
        Of the descriptions, one of the frames'.

    Returns
    -------
    dict
        With ``name``, ``description`` and ``parameters``, which tool calling wants everywhere
        under these names or others.

    Raises
    ------
    ValueError
        If the frame or the language is unknown.

    Examples
    --------
    >>> from slotkit.frames import read_frames
    >>> schema = tool_schema(read_frames(), "cancel", "en")
    >>> schema["description"], schema["parameters"]["required"]
    ('cancel a booking', ['booking'])
    >>> schema["parameters"]["properties"]["departure_date"]["description"]
    'travel date: a date, as 2026-11-06, or in the words of the user'
    """
    choose("unknown frame", frame, frames.frames)
    choose("unknown language", language, frames.languages)
    wanted = frames.frames[frame]
    return {
        "name": frame,
        "description": wanted.title[language],
        "parameters": {
            "type": "object",
            "properties": {slot: _property(frames.slots[slot], language) for slot in wanted.slots},
            "required": list(wanted.required),
            "additionalProperties": False,
        },
    }


def check_arguments(
    frames: Frames,
    frame: str,
    arguments: Mapping[str, Any],
    *,
    now: datetime | None = None,
    language: str | None = None,
) -> tuple[dict[str, Any], list[Problem]]:
    """Check what a tool is called with.

    Parameters
    ----------
    frames : Frames
    frame : str
        Its name.
    arguments : mapping of str to JSON value
        Typed values, or words, which are read as a user's are.
    now : datetime, optional
        From when days are counted; by default the time of the call.
    language : str, optional
        Of the words, and of what checks say; by default the first of the frames.

    Returns
    -------
    dict of str to JSON value
        The typed values of what can be read.
    list of Problem
        What is unknown, missing, cannot be read or fails a check; empty where all is right.

    Raises
    ------
    ValueError
        If the frame or the language is unknown.

    Examples
    --------
    >>> from slotkit.frames import read_frames
    >>> check_arguments(read_frames(), "cancel", {"booking": "X7KP4Q"})
    ({'booking': 'X7KP4Q'}, [])
    >>> check_arguments(read_frames(), "cancel", {})[1]
    [Problem(slot='booking', message='missing')]
    """
    language = language or frames.languages[0]
    choose("unknown frame", frame, frames.frames)
    choose("unknown language", language, frames.languages)
    wanted, reader = frames.frames[frame], Reader(language, now or datetime.now())
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, given in arguments.items():
        if name not in wanted.slots:
            problems.append(Problem(name, f"unknown; choose from {', '.join(wanted.slots)}"))
            continue
        slot = frames.slots[name]
        if slot.many != isinstance(given, list):
            expected = "a list" if slot.many else "one value"
            problems.append(Problem(name, f"expected {expected}, got {given!r}"))
            continue
        found = [_read(slot, one, reader) for one in (given if slot.many else [given])]
        if None in found or not found:
            problems.append(Problem(name, f"expected {KINDS['en'][slot.kind]}, got {given!r}"))
        else:
            values[name] = found if slot.many else found[0]
    told = {problem.slot for problem in problems}
    for name in wanted.required:
        if name not in values and name not in told:
            problems.append(Problem(name, "missing"))
    for check in wanted.checks:
        if not check.holds({**values, TODAY: reader.now.date().isoformat()}):
            problems.append(Problem(check.slots[0], check.say[language]))
    return values, problems


def _property(slot: FrameSlot, language: str) -> dict[str, Any]:
    """Describe a slot as a parameter."""
    name = f"{slot.called[language]}: {KINDS['en'][slot.kind]}"
    if slot.kind in _WRITTEN:
        name += f", as {_WRITTEN[slot.kind]}, or in the words of the user"
    one: dict[str, Any] = {"type": "number" if slot.kind in _NUMBERS else "string"}
    if slot.many:
        return {"type": "array", "items": one, "description": name}
    return one | {"description": name}


def _read(slot: FrameSlot, given: Any, reader: Reader) -> Any:
    """Return a value of a slot's type; None where it is none."""
    if isinstance(given, str) and not (slot.kind in _WRITTEN and fits(given, slot.kind)):
        return reader.read(slot, given).value
    return given if fits(given, slot.kind) else None
