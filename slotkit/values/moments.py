"""Dates, times and both: from a text to ISO values, intervals and alternatives among them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from slotkit.values.calendar import Context, Days, move, one_day
from slotkit.values.clock import Clock, find_clock, part_hours
from slotkit.values.days import find_days
from slotkit.values.parts import Parts
from slotkit.values.reading import read_parts
from slotkit.values.result import Resolved, Unreadable
from slotkit.values.tokens import read_tokens

Interval = dict[str, Any]


def interval(start: object, end: object, grain: str) -> Interval:
    """Return an interval; its end is no longer part of it."""
    said = [None if one is None else str(one) for one in (start, end)]
    return {"from": said[0], "to": said[1], "grain": grain}


def read_moment(text: str, context: Context) -> Resolved:
    """Read a folded text as the kind of a context: a date, a time or both.

    Raises
    ------
    Unreadable
        With the reason.
    """
    tokens = read_tokens(text)
    context.notes += tokens.notes
    found = read_parts(tokens, context.kind)
    if any(one.seconds for one in found):
        context.notes.append("seconds are left out")
    alternatives: list[Any]
    if len(found) == 2:
        value, alternatives = _range(found[0], found[1], context), []
    else:
        value, alternatives = _READERS[context.kind](found[0], context)
        if found[0].open is not None:
            value, alternatives = _open(found[0], value), []
    alternatives = [one for one in alternatives if one != value]
    return Resolved(context.kind, value, alternatives, "; ".join(context.notes) or None)


# One moment


def _moved(parts: Parts, context: Context) -> tuple[datetime, bool] | None:
    """Return the moment that a shift leads to, and whether its time of the day counts."""
    if parts.now:
        today = find_days(parts, context) or one_day(context.today)
        return datetime.combine(today.start, (context.now or datetime.min).time()), True
    if parts.shift is None:
        return None
    sign, amounts = parts.shift
    if not parts.anchored and (parts.day or parts.month or parts.festival or parts.order):
        raise Unreadable("a distance from now, and a date beside it")
    by_clock = any(unit in amounts for unit in "his")
    base = None
    if parts.anchored:
        days = find_days(parts, context)
        if days is not None:
            base = datetime.combine(days.start, time())
        clock = find_clock(parts)
        if clock is not None and by_clock:
            day = base or datetime.combine(
                context.today if context.now else date(2000, 1, 1), time()
            )
            base = day + timedelta(days=clock.days, hours=clock.hour, minutes=clock.minute)
            if days is None and context.now is not None and base < context.now:
                base += timedelta(1)
    if base is None:
        base = context.moment
    moved = move(base, sign, amounts)
    if not parts.anchored and parts.weekday is not None:
        week = moved.date() - timedelta((moved.weekday() - context.first_weekday) % 7)
        week += timedelta((parts.weekday - context.first_weekday) % 7)
        moved = datetime.combine(week, moved.time())
    return moved, by_clock


def _days(parts: Parts, context: Context) -> Days | None:
    moved = _moved(parts, context)
    if moved is not None:
        return one_day(moved[0].date())
    return find_days(parts, context)


def _date(parts: Parts, context: Context) -> tuple[Any, list[Any]]:
    days = _days(parts, context)
    if days is None:
        if parts.clock or parts.part:
            raise Unreadable("a time of the day, no date")
        raise Unreadable("no date is said")
    if parts.clock is not None:
        context.notes.append("the time of the day is left out")
    if parts.part == "tonight" or not days.single:
        return _day_value(days), []
    return _day_value(days), [one.isoformat() for one in days.others]


def _day_value(days: Days) -> Any:
    return days.start.isoformat() if days.single else interval(*days[:3])


def _time_of(parts: Parts, context: Context) -> Clock | Interval | None:
    """Return the time of the day that is said, or the hours of a part of it."""
    moved = _moved(parts, context)
    if moved is not None and moved[1]:
        return Clock(moved[0].hour, moved[0].minute)
    if parts.minute is not None:
        now = context.moment
        ahead = now + timedelta(minutes=(parts.minute - now.minute) % 60)
        return Clock(ahead.hour, ahead.minute)
    clock = find_clock(parts)
    if clock is not None:
        return clock
    if parts.part is None:
        return None
    start, end = part_hours(parts.part)
    return interval(Clock(start, 0), Clock(end, 0), "hour")


def _time(parts: Parts, context: Context) -> tuple[Any, list[Any]]:
    said = _time_of(parts, context)
    if said is None:
        raise Unreadable("a date, no time of the day" if parts.has_day else "no time is said")
    moved = _moved(parts, context)
    elsewhere = moved is not None and moved[0].date() != context.today
    if elsewhere or (parts.has_day and parts.today != 0):
        context.notes.append("the day is left out")
    if isinstance(said, Clock):
        return str(said), [] if said.sure else [str(said.twelve_later())]
    return said, []


def _datetime(parts: Parts, context: Context) -> tuple[Any, list[Any]]:
    days = _days(parts, context)
    said = _time_of(parts, context)
    if days is None and said is None:
        raise Unreadable("neither a date nor a time is said")
    if days is None and parts.part == "eod":
        days = one_day(context.today)
    if days is None:
        return _time(parts, context)
    if said is None:
        value, alternatives = _date(parts, context)
        if parts.bare is not None:
            hour = Clock(parts.bare % 24, 0, sure=not 1 <= parts.bare <= 12)
            alternatives += [str(hour)] if hour.sure else [str(hour), str(hour.twelve_later())]
        return value, alternatives
    if not days.single:
        raise Unreadable("a time, but not of which day", [_day_value(days)])
    values = [_at(day, said) for day in (days.start, *days.others)]
    if isinstance(said, Clock) and not said.sure:
        values.insert(1, _at(days.start, said.twelve_later()))
    return _ahead(values, context)


def _ahead(values: list[Any], context: Context) -> tuple[Any, list[Any]]:
    """Put the readings that have not passed first."""
    if context.future and context.now is not None and len(values) > 1:
        now = context.now.isoformat()[:16]
        values.sort(key=lambda one: (one["to"] if isinstance(one, dict) else one) < now)
    return values[0], values[1:]


def _at(day: date, said: Clock | Interval) -> Any:
    """Return a time of a day, or hours of it."""
    if isinstance(said, Clock):
        return f"{day + timedelta(said.days)}T{said}"
    start, end = (None if said[one] is None else _hour(day, said[one]) for one in ("from", "to"))
    return interval(start, end, said["grain"])


def _hour(day: date, clock: str) -> str:
    return f"{day + timedelta(1)}T00:00" if clock == "24:00" else f"{day}T{clock}"


_READERS = {"date": _date, "time": _time, "datetime": _datetime}


# Stretches


def _open(parts: Parts, value: Any) -> Interval:
    """Return what lies after a moment ("from") or before it ("to")."""
    side = parts.open
    if isinstance(value, dict):
        border = value["to"] if side == "from" else value["from"]
        grain = value["grain"]
    else:
        border, grain = value, _grain(value)
        if grain == "day" and side == "from":
            border = date.fromisoformat(value) + timedelta(1)
    start, end = (border, None) if side == "from" else (None, border)
    if parts.within and "T" in str(border):
        day = date.fromisoformat(str(border)[:10])
        start, end = start or f"{day}T00:00", end or f"{day + timedelta(1)}T00:00"
    return interval(start, end, grain)


def _grain(*values: str) -> str:
    if all(len(one) == 10 for one in values):
        return "day"
    return "hour" if all(one.endswith(":00") for one in values) else "minute"


def _range(first: Parts, last: Parts, context: Context) -> Interval:
    """Return the stretch between two moments, each of which may leave to the other what it is."""
    if first.has_day and not last.has_day and last.clock is not None:
        return _clock_range(first, last, context)
    if not first.has_day and not last.has_day and (first.clock or last.clock or first.part):
        return _clock_range(first, last, context)
    if context.kind == "time":
        return _clock_range(first, last, context)
    if first.day is not None and first.month is None and last.month is not None and not first.lunar:
        first.month, first.year, first.period = last.month, last.year, last.period
        if last.day is None:  # 十二至一月
            first.month, first.day = first.day, None
    if last.day is not None and last.month is None and first.month is not None:
        last.month, last.year = first.month, first.year
    start = _days(first, context)
    if start is None:
        raise Unreadable("no date is said before the other")
    here = context.now
    if here is not None and context.future:
        context.now = max(here, datetime.combine(start.start, time()))
        if last.weekday is not None and last.period is None and last.relation is None:
            pass
    end = _days(last, context)
    context.now = here
    if end is None:
        raise Unreadable("no date is said behind the other")
    if end.start < start.start:
        raise Unreadable(f"{end.start} is before {start.start}")
    clocks = (_time_of(first, context), _time_of(last, context))
    if context.kind == "datetime" and any(isinstance(one, Clock) for one in clocks):
        left = _edge(start.start, clocks[0], 0)
        right = _edge(end.start, clocks[1], 1)
        return interval(left, right, _grain(left, right))
    grain = start.grain if start.grain == end.grain else "day"
    return interval(start.start, end.end, grain)


def _edge(day: date, said: Clock | Interval | None, side: int) -> str:
    if said is None:
        return f"{day + timedelta(side)}T00:00"
    value = _at(day, said)
    return str(value["to" if side else "from"] if isinstance(value, dict) else value)


def _clock_range(first: Parts, last: Parts, context: Context) -> Interval:
    """Return the time between two clock times of a day, or of none."""
    for one, other in ((first, last), (last, first)):
        if one.meridiem is None and one.part is None and not one.sure:
            one.meridiem, one.part = other.meridiem, other.part
            if one.clock and one.clock[0] == 12 and "morning" in (one.part or ""):
                one.part, one.sure = None, True  # from ten to twelve in the morning
    start, end = _time_of(first, context), _time_of(last, context)
    if start is None or end is None:
        raise Unreadable("one end of it is no time of the day")
    begin = str(start) if isinstance(start, Clock) else start["from"]
    finish = str(end) if isinstance(end, Clock) else end["to"]
    if begin > finish and isinstance(start, Clock) and isinstance(end, Clock):
        if not end.sure and first.meridiem is None and str(end.twelve_later()) > begin:
            finish = str(end.twelve_later())  # 11 to 1
        elif first.meridiem == "pm" == last.meridiem and str(start.twelve_later()) < finish:
            begin = str(start.twelve_later())  # 11 to 1 pm
    grain = _grain(begin, finish)
    days = _days(first, context) or _days(last, context)
    if days is None or context.kind == "time":
        return interval(begin, finish, grain)
    if not days.single:
        raise Unreadable("times, but not of which day", [_day_value(days)])
    if context.kind == "date":
        raise Unreadable("times of a day, where a date is asked for", [_day_value(days)])
    after = days.start + timedelta(1) if finish < begin else days.start
    return interval(_hour(days.start, begin), _hour(after, finish), grain)
