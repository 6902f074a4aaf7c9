"""The state of a conversation: a JSON value that a program keeps between two turns.

::

    {"version": 1,
     "language": "en",                        of the bot
     "frame": "book",                         what is being done; null before that is known
     "slots": [FILLED, ...],                  in the order in which they were said
     "doubts": [FILLED, ...],                 what the tagger was unsure of and is asked about
     "asked": QUESTION,                       what the bot waits for; null for nothing
     "done": false}                           true once the user has confirmed

    FILLED    {"slot": "tickets", "said": ["2 adults", "1 child"], "value": 3}
    QUESTION  {"kind": "slot", "slot": "departure"}
              {"kind": "unsure", "slot": "departure"}    of the first of the doubts
              {"kind": "confirm"}, {"kind": "change"}    is all right, what is to be changed
              {"kind": "intent"}                         which of the frames
              {"kind": "switch", "frame": "cancel", "slots": [FILLED, ...]}

A value that is null was said and cannot be read. A slot of `many` values has a list. Keys of no
other meaning may not stand there, so that a state of another program is not taken for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from slotkit.frames.frame import Frames, choose
from slotkit.frames.shapes import fits

VERSION = 1
# Kind of question -> what else it has.
QUESTIONS = {
    "slot": {"slot"},
    "unsure": {"slot"},
    "confirm": set(),
    "change": set(),
    "intent": set(),
    "switch": {"frame", "slots"},
}


class Filled(NamedTuple):
    """A slot with what fills it.

    Parameters
    ----------
    slot : str
    said : list of str
        The stretches of the utterance that say it.
    value : JSON value
        What they mean; None where that cannot be read.
    """

    slot: str
    said: list[str]
    value: Any

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return self._asdict()


class Question(NamedTuple):
    """What a bot asks.

    Parameters
    ----------
    kind : str
        One of `QUESTIONS`.
    slot : str, optional
        Which slot, of kinds ``slot`` and ``unsure``.
    frame : str, optional
        Which frame, of kind ``switch``.
    slots : list of Filled, optional
        What was said with it, of kind ``switch``.
    """

    kind: str
    slot: str | None = None
    frame: str | None = None
    slots: tuple[Filled, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        found: dict[str, Any] = {"kind": self.kind}
        if self.slot is not None:
            found["slot"] = self.slot
        if self.frame is not None:
            found |= {"frame": self.frame, "slots": [one.to_json() for one in self.slots]}
        return found


@dataclass(frozen=True)
class State:
    """The state of a conversation in Python; the keys are those of the JSON value."""

    language: str
    frame: str | None = None
    slots: tuple[Filled, ...] = ()
    doubts: tuple[Filled, ...] = ()
    asked: Question | None = None
    done: bool = False

    @property
    def values(self) -> dict[str, Any]:
        """The typed value of each slot; None where it cannot be read."""
        return {one.slot: one.value for one in self.slots}

    def put(self, filled: Filled) -> State:
        """Fill a slot: a later value takes the place of an earlier one, and the doubts about it."""
        others = tuple(one for one in self.slots if one.slot != filled.slot)
        return replace(self.settle(filled.slot), slots=(*others, filled))

    def settle(self, slot: str) -> State:
        """Drop the doubts about a slot."""
        return replace(self, doubts=tuple(one for one in self.doubts if one.slot != slot))

    def take(self, slot: str) -> State:
        """Take a slot away."""
        return replace(self, slots=tuple(one for one in self.slots if one.slot != slot))

    def to_json(self) -> dict[str, Any]:
        """Return the JSON value."""
        return {
            "version": VERSION,
            "language": self.language,
            "frame": self.frame,
            "slots": [one.to_json() for one in self.slots],
            "doubts": [one.to_json() for one in self.doubts],
            "asked": None if self.asked is None else self.asked.to_json(),
            "done": self.done,
        }

    @classmethod
    def read(cls, found: object, frames: Frames) -> State:
        """Read a JSON value.

        Raises
        ------
        ValueError
            If it is of another version, cut short, or of other frames.
        """
        if not isinstance(found, dict):
            raise ValueError(f"state must be a JSON object, got {type(found).__name__}")
        if found.get("version") != VERSION:
            raise ValueError(
                f"state must be of version {VERSION}, got {found.get('version')!r}: begin the "
                "conversation anew"
            )
        keys = {"version", "language", "frame", "slots", "doubts", "asked", "done"}
        _check_keys("state", found, keys)
        choose("state.language: unknown", found["language"], frames.languages)
        if found["frame"] is not None:
            choose("state.frame: unknown", found["frame"], frames.frames)
        if not isinstance(found["done"], bool):
            raise ValueError(f"state.done must be true or false, got {found['done']!r}")
        doubts = _filled("state.doubts", found["doubts"], frames)
        asked = _question(found["asked"], frames)
        if asked and asked.kind == "unsure" and asked.slot not in [one.slot for one in doubts]:
            raise ValueError("state.asked: there is no doubt about what is asked")
        if asked and asked.kind in ("slot", "confirm", "change") and found["frame"] is None:
            raise ValueError(f"state.asked: {asked.kind!r} needs a frame")
        slots = _filled("state.slots", found["slots"], frames)
        if asked and asked.kind == "confirm":
            said = {one.slot for one in slots if one.value is not None}
            for name in frames.frames[found["frame"]].required:
                if name not in said:
                    raise ValueError(f"state.asked: 'confirm' needs a value of {name!r}")
        return cls(
            found["language"],
            found["frame"],
            slots,
            doubts,
            asked,
            found["done"],
        )


def _check_keys(where: str, found: Mapping[str, Any], keys: set[str]) -> None:
    for key in sorted(keys - found.keys()):
        raise ValueError(f"{where}: {key!r} is missing")
    for key in sorted(found.keys() - keys):
        raise ValueError(f"{where}: unknown key {key!r}")


def _filled(where: str, found: object, frames: Frames) -> tuple[Filled, ...]:
    """Read slots that are filled."""
    if not isinstance(found, list):
        raise ValueError(f"{where} must be a list, got {type(found).__name__}")
    slots = []
    for one in found:
        if not isinstance(one, dict):
            raise ValueError(f"{where}: expected objects, got {type(one).__name__}")
        _check_keys(where, one, {"slot", "said", "value"})
        choose(f"{where}.slot: unknown", one["slot"], frames.slots)
        if not isinstance(one["said"], list) or not all(isinstance(s, str) for s in one["said"]):
            raise ValueError(f"{where}.said must be a list of strings, got {one['said']!r}")
        slot, value = frames.slots[one["slot"]], one["value"]
        if value is not None and isinstance(value, list) != slot.many:
            expected = "a list of values" if slot.many else "one value"
            raise ValueError(f"{where}: {slot.name} takes {expected}, got {value!r}")
        values = value if isinstance(value, list) else [value]
        if value is not None and not all(fits(one, slot.kind) for one in values):
            raise ValueError(f"{where}: {value!r} is no {slot.kind}, which fills {slot.name}")
        slots.append(Filled(one["slot"], one["said"], one["value"]))
    return tuple(slots)


def _question(found: object, frames: Frames) -> Question | None:
    """Read what is asked."""
    if found is None:
        return None
    if not isinstance(found, dict):
        raise ValueError(f"state.asked must be an object or null, got {type(found).__name__}")
    kind = choose("state.asked.kind: unknown", found.get("kind"), QUESTIONS)
    _check_keys("state.asked", found, {"kind", *QUESTIONS[kind]})
    if "slot" in found:
        choose("state.asked.slot: unknown", found["slot"], frames.slots)
    if "frame" in found:
        choose("state.asked.frame: unknown", found["frame"], frames.frames)
    slots = _filled("state.asked.slots", found.get("slots", []), frames)
    return Question(kind, found.get("slot"), found.get("frame"), slots)
