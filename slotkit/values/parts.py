"""What an expression of a moment says, part by part, before it is put on the calendar."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Amounts = dict[str, float]  # unit -> how many: {"d": 3}; {"W": 0} is to the monday after
COMING = 10  # "coming friday": the one that lies ahead, whatever the week


@dataclass(slots=True)
class Parts:
    """The parts of a moment; None where one is not said.

    Parameters
    ----------
    year, month, day : int, optional
    lunar : bool
        Whether month and day are of the lunar calendar.
    order : tuple of int, optional
        Two or three numbers of which the language tells which is the day (5/12).
    texts : tuple of str
        These numbers as they are written.
    weekday : int, optional
        0 is Monday.
    relation : int, optional
        Of weekday, month or festival: 0 this, 1 next, -1 last.
    period : tuple of str and int, optional
        A unit ("w", "m", "y", "c" weekend) and how many from the present one.
    nth : tuple of int and str, optional
        The first, second ... or last (-1) "W" weekday, "d" day, "w" week of month or year.
    today : int, optional
        Days from today.
    festival : str, optional
    edge : int, optional
        -1 the beginning, 0 the middle, 1 the end of what else is said.
    shift : tuple of int and amounts, optional
        How far away from now, or from the day that the other parts say.
    weekdays : int, optional
        So many of the weekday from now: "two mondays later".
    clock : tuple of int, optional
        Hour and minute as said.
    minute : int, optional
        Of the hour that now tells: "ten past".
    sure : bool
        Whether the clock counts 24 hours: 07:30, 19:30.
    meridiem : str, optional
    part : str, optional
        The part of the day.
    now : bool
    open : str, optional
        "from" or "to": after, before the moment.
    within : bool
        Whether the day bounds what is open: "tomorrow after 6pm".
    bare : int, optional
        A number that was taken for a day and may be an hour.
    anchored : bool
        Whether the shift is from what else is said: "two days before christmas".
    seconds : bool
        Whether seconds are said, which are left out.
    numbers : list of tuple of int, str and str
        Numbers alone, each with its text and the letter before it, which say a day or an hour.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    lunar: bool = False
    order: tuple[int, ...] | None = None
    texts: tuple[str, ...] = ()
    weekday: int | None = None
    relation: int | None = None
    period: tuple[str, int] | None = None
    nth: tuple[int, str] | None = None
    today: int | None = None
    festival: str | None = None
    edge: int | None = None
    shift: tuple[int, Amounts] | None = None
    weekdays: int | None = None
    clock: tuple[int, int] | None = None
    minute: int | None = None
    sure: bool = False
    meridiem: str | None = None
    part: str | None = None
    now: bool = False
    open: str | None = None
    within: bool = False
    bare: int | None = None
    anchored: bool = False
    seconds: bool = False
    numbers: list[tuple[int, str, str]] = field(default_factory=list)

    def put(self, **said: Any) -> bool:
        """Set parts; tell whether none of them was said before."""
        for name in said:
            if getattr(self, name) is not None:
                return False
        for name, value in said.items():
            setattr(self, name, value)
        return True

    @property
    def has_day(self) -> bool:
        """Whether something says a day or a period of days."""
        return (
            self.today is not None
            or self.day is not None
            or self.month is not None
            or self.weekday is not None
            or self.order is not None
            or self.period is not None
            or self.festival is not None
            or self.year is not None
            or self.nth is not None
        )

    @property
    def has_time(self) -> bool:
        """Whether something says a time of the day, or may."""
        return self.clock is not None or self.part is not None or bool(self.numbers)
