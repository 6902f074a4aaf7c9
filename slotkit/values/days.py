"""From the parts of an expression to days on the calendar."""

from __future__ import annotations

from datetime import date, timedelta

from slotkit.values.calendar import (
    WEEKDAYS,
    Context,
    Days,
    add_months,
    make_date,
    month_of,
    one_day,
    try_date,
    week_start,
)
from slotkit.values.festivals import choose_year
from slotkit.values.named_days import festival, lunar, nth
from slotkit.values.parts import COMING, Parts
from slotkit.values.result import Unreadable

_PIVOT = 20  # years ahead that two digits may mean; else they are of the century before


def find_days(parts: Parts, context: Context) -> Days | None:
    """Return the days that the parts say, without the shift; None where they say none.

    Raises
    ------
    Unreadable
        If there is no such day, or now is missing.
    """
    others: list[date] = []
    year = _year(parts, context)
    if parts.order is not None:
        year, others = _read_order(parts, context, year)
    if parts.festival is not None:
        return festival(parts, context, year)
    if parts.lunar:
        return lunar(parts, context, year)
    if parts.today is not None:
        day = _in_period(context.today, parts) + timedelta(parts.today)
        if parts.weekday is not None and day.weekday() != parts.weekday:
            raise Unreadable(f"{day} is no {WEEKDAYS[parts.weekday]}", [day.isoformat()])
        return one_day(day)
    if parts.nth is not None:
        return nth(parts, context, year)
    if parts.day is not None:
        return _day(parts, context, year, others)
    if parts.weekday is not None and parts.month is None:
        return _weekday(parts, context)
    days = _stretch(parts, context, year)
    if days is not None and parts.edge is not None:
        return _cut(days, parts.edge)
    return days


def _in_period(today: date, parts: Parts) -> date:
    """Return today of another week, month or year: 去年今天."""
    unit, count = parts.period or ("d", 0)
    if unit == "w":
        return today + timedelta(7 * count)
    return add_months(today, count * {"m": 1, "y": 12}.get(unit, 0))


def _year(parts: Parts, context: Context) -> int | None:
    """Return the year that is said."""
    if parts.year is not None:
        if parts.year >= 0:
            return parts.year
        year = parts.year + 10_000  # of two digits
        latest = context.today.year + _PIVOT
        return latest - (latest - year) % 100
    if parts.period is not None and parts.period[0] == "y":
        return context.today.year + parts.period[1]
    return None


def _read_order(parts: Parts, context: Context, year: int | None) -> tuple[int | None, list[date]]:
    """Tell day, month and year of numbers apart; return the year and the other reading."""
    order, texts = parts.order or (), parts.texts
    if len(order) == 3:
        if len(texts[0]) == 4 or order[0] > 31:
            first, second, last = order[1], order[2], order[0]
            month_first = True
            if not (1 <= first <= 12):
                raise Unreadable(f"there is no month {first}")
            parts.month, parts.day = first, second
            return _full_year(last, texts[0], context), []
        first, second, last = order
        year = _full_year(last, texts[2], context)
        month_first = not context.chinese
    else:
        first, second = order
        if len(texts[0]) == 4 or len(texts[1]) == 4:
            year, month = (first, second) if len(texts[0]) == 4 else (second, first)
            parts.month = month
            if not 1 <= month <= 12:
                raise Unreadable(f"there is no month {month}")
            return year, []
        month_first = True
    if context.day_first is not None:
        month_first = not context.day_first
    sure = first > 12 or second > 12 or first == second or context.day_first is not None
    if first > 12 >= second:
        month_first = False
    elif second > 12 >= first:
        month_first = True
    parts.month, parts.day = (first, second) if month_first else (second, first)
    if not 1 <= parts.month <= 12:
        raise Unreadable(f"neither {first} nor {second} is a month")
    if sure or (context.chinese and len(order) == 2):
        return year, []
    other = Parts(month=parts.day, day=parts.month, year=year)
    found = find_days(other, context)
    return year, [found.start] if found else []


def _full_year(year: int, text: str, context: Context) -> int:
    if len(text) == 4:
        return year
    if len(text) != 2:
        raise Unreadable(f"{text} is no year")
    return _year(Parts(year=year - 10_000), context) or year


def _day(parts: Parts, context: Context, year: int | None, others: list[date]) -> Days:
    """Return a day of a month, of the month that lies ahead where none is said."""
    day, month = parts.day or 0, parts.month
    of_period = month_of(parts.period, context)
    if of_period and month is None:
        year, month = of_period
    if month is None:
        if not 1 <= day <= 31:
            raise Unreadable(f"no month has a day {day}")
        return _with_period(_day_ahead(day, parts.weekday, context), parts, context)
    if year is None:
        if not 1 <= month <= 12:
            raise Unreadable(f"there is no month {month}")
        make_date(2000, month, day)  # a leap year: what it has not, none has
        future = context.future and parts.relation != -1
        found = choose_year(context.today, lambda one: try_date(one, month, day), future=future)
    else:
        found = make_date(year, month, day)
    if parts.weekday is not None and found.weekday() != parts.weekday:
        near = found + timedelta((parts.weekday - found.weekday() + 3) % 7 - 3)
        said = f"{found} is a {WEEKDAYS[found.weekday()]}, no {WEEKDAYS[parts.weekday]}"
        context.notes.append(said)
        others = [*others, near]
    return _with_period(one_day(found, *others), parts, context)


def _with_period(days: Days, parts: Parts, context: Context) -> Days:
    """Return the weekend or the week of a day where one is said: the week of the 5th."""
    unit, offset = parts.period or ("d", 0)
    if unit == "c":
        saturday = days.start + timedelta(5 - days.start.weekday())
        return Days(saturday, saturday + timedelta(2), "day", [])
    if unit == "w" and offset == 0:
        start = days.start - timedelta((days.start.weekday() - context.first_weekday) % 7)
        return Days(start, start + timedelta(7), "week", [])
    return days


def _day_ahead(day: int, weekday: int | None, context: Context) -> Days:
    """Return the next day of this number, and of this weekday where one is said."""
    today = context.today
    for months in range(13):
        step = months if context.future else -months
        first = add_months(today.replace(day=1), step)
        found = try_date(first.year, first.month, day)
        if found is None or (found < today if context.future else found > today):
            continue
        if weekday is None or found.weekday() == weekday:
            return one_day(found)
    raise Unreadable(f"no day {day} within a year is a {WEEKDAYS[weekday or 0]}")


def _weekday(parts: Parts, context: Context) -> Days:
    weekday, today = parts.weekday or 0, context.today
    ahead = today + timedelta((weekday - today.weekday()) % 7)
    if parts.weekdays is not None:
        count = parts.weekdays
        nearest = today + timedelta((weekday - today.weekday() - 1) % 7 + 1)
        if count < 0:
            nearest = today - timedelta((today.weekday() - weekday - 1) % 7 + 1)
        return one_day(nearest + timedelta(7 * (count - 1 if count > 0 else count + 1)))
    relation = parts.relation
    if relation == COMING:
        return one_day(ahead if ahead > today else ahead + timedelta(7))
    if parts.period is not None and parts.period[0] == "w":
        relation = parts.period[1]
    if relation is None:
        if not context.future:
            return one_day(ahead if ahead == today else ahead - timedelta(7))
        return one_day(ahead, ahead + timedelta(7)) if ahead == today else one_day(ahead)
    in_week = (weekday - context.first_weekday) % 7
    found = week_start(context, relation) + timedelta(in_week)
    if parts.period is not None or context.chinese:
        return one_day(found)
    if relation == 0 and found < today and context.future:
        return one_day(ahead, found)
    if relation == 1:
        nearest = ahead if ahead > today else ahead + timedelta(7)
        return one_day(found, nearest)
    if relation == -1:
        return one_day(found, today - timedelta((today.weekday() - weekday - 1) % 7 + 1))
    return one_day(found)


def _stretch(parts: Parts, context: Context, year: int | None) -> Days | None:
    """Return a week, a weekend, a month or a year."""
    if parts.period is not None and parts.period[0] in "wc":
        start = week_start(context, parts.period[1])
        if parts.period[0] == "w":
            return Days(start, start + timedelta(7), "week", [])
        saturday = start + timedelta((5 - context.first_weekday) % 7)
        return Days(saturday, saturday + timedelta(2), "day", [])
    of_period = month_of(parts.period, context)
    month = parts.month
    if of_period:
        year, month = of_period
    if month is not None:
        first = make_date(year or 2000, month, 1)
        if year is None:
            today = context.today
            first = first.replace(year=today.year)
            if parts.relation == -1 or not context.future:
                first = first.replace(year=today.year - (first >= today.replace(day=1)))
            elif first < today.replace(day=1):
                first = first.replace(year=today.year + 1)
        return Days(first, add_months(first, 1), "month", [])
    if year is not None:
        return Days(make_date(year, 1, 1), make_date(year + 1, 1, 1), "year", [])
    return None


def _cut(days: Days, edge: int) -> Days:
    """Return the beginning, the middle or the end of a stretch of days."""
    start, end = days.start, days.end
    if days.grain == "month":  # the three thirds: 上旬, 中旬, 下旬
        borders = [start, start.replace(day=11), start.replace(day=21), end]
    elif days.grain == "year":
        month = {-1: 1, 0: 6, 1: 12}[edge]
        first = start.replace(month=month)
        return Days(first, add_months(first, 2 if edge == 0 else 1), "month", [])
    elif days.grain == "week":
        borders = [start, start + timedelta(2), start + timedelta(4), end]
    else:
        raise Unreadable("a day has no such part")
    return Days(borders[edge + 1], borders[edge + 2], "day", [])
