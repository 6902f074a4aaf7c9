"""From the parts of an expression to a time of the day."""

from __future__ import annotations

from typing import NamedTuple

from slotkit.values.parts import Parts
from slotkit.values.result import Unreadable

# Part of the day -> the hours from which to which it lasts, and the time that it alone says.
PARTS: dict[str, tuple[int, int, str | None]] = {
    "small hours": (0, 6, None),
    "dead of night": (0, 4, None),
    "early morning": (5, 8, None),
    "morning": (6, 12, None),
    "midmorning": (9, 11, "10:00"),
    "late morning": (10, 12, None),
    "lunch": (12, 14, None),
    "noon": (11, 14, "12:00"),
    "early afternoon": (12, 15, None),
    "afternoon": (12, 18, None),
    "midafternoon": (14, 16, "14:00"),
    "late afternoon": (15, 18, None),
    "dusk": (17, 19, None),
    "early evening": (18, 20, None),
    "evening": (18, 24, None),
    "late evening": (21, 24, None),
    "tonight": (18, 24, None),
    "early night": (18, 21, None),
    "night": (20, 24, None),
    "late night": (22, 24, None),
    "midnight": (0, 4, "00:00"),
    "eod": (17, 24, "23:59"),
}
_NIGHT = ("night", "tonight", "late night", "evening", "late evening", "midnight", "dead of night")
_MORNING = ("morning", "early morning", "small hours", "midmorning", "late morning")


class Clock(NamedTuple):
    """A time of the day.

    Parameters
    ----------
    hour, minute : int
    days : int
        1 where it is of the day after: "tonight at 12".
    sure : bool
        Whether the other half of the day cannot be meant.
    """

    hour: int
    minute: int
    days: int = 0
    sure: bool = True

    def __str__(self) -> str:
        return f"{self.hour:02}:{self.minute:02}"

    def twelve_later(self) -> Clock:
        """Return the same time of the other half of the day."""
        return self._replace(hour=(self.hour + 12) % 24)


def find_clock(parts: Parts) -> Clock | None:
    """Return the time that the parts say; None where they say none, or but a part of the day.

    Raises
    ------
    Unreadable
        If no clock shows such a time.
    """
    if parts.clock is None:
        told = PARTS[parts.part][2] if parts.part in PARTS else None
        return None if told is None else Clock(int(told[:2]), int(told[3:]))
    hour, minute = parts.clock
    if minute > 59 or hour > 24 or (hour == 24 and minute):
        raise Unreadable(f"no clock shows {hour}:{minute:02}")
    if hour == 24:
        return Clock(0, 0, days=1)
    if parts.meridiem == "am":
        if hour > 12:
            raise Unreadable(f"{hour}:{minute:02} is not in the morning")
        return Clock(hour % 12, minute)
    if parts.meridiem == "pm":
        return Clock(hour + 12 if hour < 12 else hour, minute)
    if parts.part is not None:
        return _in_part(hour, minute, parts.part)
    return Clock(hour, minute, sure=parts.sure or not 1 <= hour <= 12)


def _in_part(hour: int, minute: int, part: str) -> Clock:
    """Return a time in a part of the day, by which 8 is told from 20."""
    if hour == 0 and part in ("evening", "tonight", "night"):
        return Clock(0, minute, days=1)
    if part in _MORNING and hour > 12:
        raise Unreadable(f"{hour}:{minute:02} is not in the morning")
    if hour > 12 or hour == 0:
        return Clock(hour, minute)
    if part in _MORNING:
        return Clock(0 if hour == 12 and part != "late morning" else hour, minute)
    if part in _NIGHT:
        if hour == 12:
            return Clock(0, minute, days=1)
        if hour < 5:  # two at night is after midnight
            return Clock(hour, minute, days=1)
        if part == "dead of night" and hour < 6:
            return Clock(hour, minute)
        return Clock(hour + 12, minute)
    if part in ("noon", "lunch"):
        return Clock(hour + 12 if hour < 5 else hour, minute)
    return Clock(hour + 12 if hour < 12 else hour, minute)


def part_hours(part: str) -> tuple[int, int]:
    """Return the hours from which to which a part of the day lasts.

    Raises
    ------
    Unreadable
        If the day has no such part.
    """
    if part not in PARTS:
        raise Unreadable(f"{part!r} is no part of the day")
    return PARTS[part][:2]
