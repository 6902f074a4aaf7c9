"""Days, months and moments on the calendar, and what an expression is read against."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from slotkit.values.parts import Amounts
from slotkit.values.result import Unreadable
from slotkit.values.words_en import split_words

MONTHS = split_words(
    "January February March April May June July August September October November December"
)
WEEKDAYS = split_words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")


@dataclass(slots=True)
class Context:
    """What an expression is read against.

    Parameters
    ----------
    kind : str
        ``date``, ``time`` or ``datetime``.
    now : datetime, optional
    chinese : bool
    day_first : bool, optional
    first_weekday : int
    future : bool
    notes : list of str
        What was assumed.
    """

    kind: str
    now: datetime | None
    chinese: bool
    day_first: bool | None
    first_weekday: int
    future: bool
    notes: list[str] = field(default_factory=list)

    @property
    def moment(self) -> datetime:
        """Now; without one, what asks for it cannot be read."""
        if self.now is None:
            raise Unreadable("this can only be read with the moment of speaking (now)")
        return self.now

    @property
    def today(self) -> date:
        """The day of now; raises as `moment`."""
        return self.moment.date()


class Days(NamedTuple):
    """Days from a first to one that is no longer among them.

    Parameters
    ----------
    start, end : date
    grain : str
        ``day``, ``week``, ``month`` or ``year``.
    others : list of date
        Other days that may be meant.
    """

    start: date
    end: date
    grain: str
    others: list[date]

    @property
    def single(self) -> bool:
        """Whether it is one day."""
        return self.grain == "day" and (self.end - self.start).days == 1


def one_day(day: date, *others: date) -> Days:
    """Return a single day."""
    return Days(day, day + timedelta(1), "day", [one for one in others if one != day])


def make_date(year: int, month: int, day: int) -> date:
    """Return a day; raise `Unreadable` where the calendar has none such."""
    if not 1 <= month <= 12:
        raise Unreadable(f"there is no month {month}")
    if not 1 <= year <= 9998:
        raise Unreadable(f"there is no year {year} in the calendar")
    length = monthrange(year, month)[1]
    if not 1 <= day <= length:
        of = f" {year}" if month == 2 and day == 29 else ""
        raise Unreadable(f"{MONTHS[month - 1]}{of} has no day {day}")
    return date(year, month, day)


def try_date(year: int, month: int, day: int) -> date | None:
    """Return a day, None where the calendar has none such."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def add_months(day: date, months: int) -> date:
    """Move a day by months; where the month is shorter, to its last day.

    Examples
    --------
    >>> add_months(date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if not 1 <= year <= 9998:
        raise Unreadable(f"there is no year {year} in the calendar")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def move(moment: datetime, sign: int, amounts: Amounts) -> datetime:
    """Move a moment by amounts of time: years and months first, then days and less."""
    if "W" in amounts:  # to the next of this weekday, or the one before
        away = (int(amounts["W"]) - moment.weekday()) % 7
        return moment + timedelta(away or 7 if sign > 0 else away - 7)
    months = amounts.get("y", 0) * 12 + amounts.get("m", 0)
    whole = int(months)
    day = add_months(moment.date(), sign * whole)
    days = amounts.get("w", 0) * 7 + amounts.get("d", 0) + (months - whole) * 30
    minutes = amounts.get("h", 0) * 60 + amounts.get("i", 0) + amounts.get("s", 0) / 60
    if not any(unit in amounts for unit in "his"):
        days = int(days + 0.5) if days % 1 else days
    try:
        moved = datetime.combine(day, moment.time()) + sign * timedelta(days, minutes=minutes)
    except OverflowError:
        raise Unreadable("that is outside of the calendar") from None
    return moved


def week_start(context: Context, offset: int) -> date:
    """Return the first day of a week."""
    today = context.today
    start = today - timedelta((today.weekday() - context.first_weekday) % 7)
    return start + timedelta(7 * offset)


def month_of(period: tuple[str, int] | None, context: Context) -> tuple[int, int] | None:
    """Return year and month where a period is a month."""
    if period is None or period[0] != "m":
        return None
    month = add_months(context.today.replace(day=1), period[1])
    return month.year, month.month
