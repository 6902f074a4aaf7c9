"""Days by their name or their place: festivals, days of the lunar calendar, the first monday."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from slotkit.values.calendar import MONTHS, Context, Days, month_of, one_day, week_start
from slotkit.values.festivals import choose_year, festival_day, lunar_day, nth_weekday
from slotkit.values.parts import Parts
from slotkit.values.result import Unreadable


def festival(parts: Parts, context: Context, year: int | None) -> Days:
    """Return the day of the festival that is said, of the year ahead where none is said."""
    name = parts.festival or ""
    if year is not None:
        found = festival_day(name, year)
        if found is None:
            raise Unreadable(f"{year} has no such day")
        return one_day(found)
    future = parts.relation != -1 and (context.future or parts.relation is not None)
    day = choose_year(context.today, lambda one: festival_day(name, one), future=future)
    return one_day(day)


def lunar(parts: Parts, context: Context, year: int | None) -> Days:
    """Return the day of the lunar calendar that is said."""
    month, day = parts.month or 1, parts.day
    if day is None:
        raise Unreadable("a month of the lunar calendar needs a day")
    if year is not None:
        found = lunar_day(year, month, day)
        if found is None:
            raise Unreadable(f"month {month} of the lunar calendar has no day {day} in {year}")
        return one_day(found)
    if parts.month is None:
        context.notes.append("taken for a day of the first lunar month")
    return one_day(
        choose_year(context.today, lambda one: lunar_day(one, month, day), future=context.future)
    )


def nth(parts: Parts, context: Context, year: int | None) -> Days:
    """Return the nth weekday, day or week of a month, a year or a week."""
    count, unit = parts.nth or (1, "d")
    month = parts.month
    of_period = month_of(parts.period, context)
    if of_period:
        year, month = of_period
    if month is None and year is not None and unit == "d":
        day = date(year, 12, 31) if count < 0 else date(year, 1, 1) + timedelta(count - 1)
        return one_day(day)
    if month is None and parts.period is not None and parts.period[0] == "w" and unit == "d":
        week = week_start(context, parts.period[1])
        return one_day(week + timedelta(6 if count < 0 else count - 1))
    if month is None:
        raise Unreadable("it is not said of which month")

    def in_year(one: int) -> date | None:
        first = date(one, month, 1)
        if unit in "Wc":
            return nth_weekday(one, month, count, 5 if unit == "c" else parts.weekday or 0)
        length = monthrange(one, month)[1]
        if unit == "w":
            weeks = (length - 1) // 7 if count < 0 else count - 1
            start = first - timedelta((first.weekday() - context.first_weekday) % 7)
            return start + timedelta(7 * weeks)
        day = length if count < 0 else count
        return date(one, month, day) if day <= length else None

    found: date | None
    if year is None:
        found = choose_year(context.today, in_year, future=context.future)
    else:
        found = in_year(year)
    if found is None:
        raise Unreadable(f"{MONTHS[month - 1]} has no such day")
    if unit == "c":
        return Days(found, found + timedelta(2), "day", [])
    return Days(found, found + timedelta(7), "week", []) if unit == "w" else one_day(found)
