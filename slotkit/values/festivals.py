"""The days of festivals: fixed ones, Easter and nth weekdays by rule, lunar ones by a library.

The lunar calendar follows the moon as it was observed and is no rule that one would write again:
`lunar_python` (MIT, no dependencies) has it, which ``slotkit[holidays]`` brings. It is imported
when the first lunar day is read.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from slotkit.extras import extra
from slotkit.values.result import Unreadable

_FIXED = {
    "new year": (1, 1),
    "valentine": (2, 14),
    "women's day": (3, 8),
    "arbour day": (3, 12),
    "st patrick": (3, 17),
    "april fool": (4, 1),
    "earth day": (4, 22),
    "labour day": (5, 1),
    "youth day": (5, 4),
    "children's day": (6, 1),
    "independence day": (7, 4),
    "army day": (8, 1),
    "teachers' day": (9, 10),
    "national day": (10, 1),
    "double tenth": (10, 10),
    "halloween": (10, 31),
    "veterans day": (11, 11),
    "singles' day": (11, 11),
    "christmas eve": (12, 24),
    "christmas": (12, 25),
    "boxing day": (12, 26),
    "new year's eve": (12, 31),
}
# Month, which one (-1 the last), weekday (0 Monday), and days after it.
_WEEKDAYS = {
    "martin luther king day": (1, 3, 0, 0),
    "presidents day": (2, 3, 0, 0),
    "mother's day": (5, 2, 6, 0),
    "memorial day": (5, -1, 0, 0),
    "father's day": (6, 3, 6, 0),
    "labor day": (9, 1, 0, 0),
    "columbus day": (10, 2, 0, 0),
    "thanksgiving": (11, 4, 3, 0),
    "black friday": (11, 4, 3, 1),
}
_EASTER = {  # days from Easter Sunday
    "ash wednesday": -46,
    "palm sunday": -7,
    "good friday": -2,
    "easter": 0,
    "easter monday": 1,
}
_LUNAR = {  # lunar month and day
    "spring festival": (1, 1),
    "lantern festival": (1, 15),
    "dragon boat festival": (5, 5),
    "qixi": (7, 7),
    "ghost festival": (7, 15),
    "mid-autumn festival": (8, 15),
    "double ninth festival": (9, 9),
    "laba": (12, 8),
}
_TERMS = {"qingming": (4, 3, "清明"), "winter solstice": (12, 20, "冬至")}  # month, first day


def easter(year: int) -> date:
    """Return Easter Sunday by the Gregorian reckoning (Meeus 1991, chapter 8).

    Examples
    --------
    >>> easter(2027)
    datetime.date(2027, 3, 28)
    """
    golden = year % 19
    century, rest = divmod(year, 100)
    moon = (19 * golden + century - century // 4 - (8 * century + 13) // 25 + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (golden + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def nth_weekday(year: int, month: int, count: int, weekday: int) -> date | None:
    """Return the nth weekday of a month (-1 the last), None where it has fewer.

    Examples
    --------
    >>> nth_weekday(2026, 11, 4, 3)
    datetime.date(2026, 11, 26)
    """
    first = date(year, month, 1)
    if count < 0:
        after = date(year + month // 12, month % 12 + 1, 1)
        return after - timedelta((after.weekday() - weekday - 1) % 7 + 1)
    day = first + timedelta((weekday - first.weekday()) % 7 + 7 * (count - 1))
    return day if day.month == month else None


def lunar_day(year: int, month: int, day: int) -> date | None:
    """Return the day of the lunar calendar; None where the month has no such day.

    Parameters
    ----------
    year : int
        That in which the lunar year begins.
    month, day : int
        Month 12 mostly falls into the year after.

    Raises
    ------
    MissingExtraError
        Without ``slotkit[holidays]``.
    """
    with extra("holidays"):
        from lunar_python import Lunar
    try:
        solar = Lunar.fromYmd(year, month, day).getSolar()
    except Exception:
        return None
    return date(solar.getYear(), solar.getMonth(), solar.getDay())


def _eve(year: int) -> date | None:
    first = lunar_day(year, 1, 1)
    return first and first - timedelta(1)


def _term(year: int, name: str) -> date | None:
    with extra("holidays"):
        from lunar_python import Solar
    month, first, term = _TERMS[name]
    for day in range(first, first + 5):
        if Solar.fromYmd(year, month, day).getLunar().getJieQi() == term:
            return date(year, month, day)
    return None


def festival_day(name: str, year: int) -> date | None:
    """Return the day of a festival in a year; of a lunar one, in the year that begins in it.

    Parameters
    ----------
    name : str
        As in `words_en` and `words_zh`.
    year : int

    Examples
    --------
    >>> festival_day("easter monday", 2027)
    datetime.date(2027, 3, 29)
    """
    if name in _FIXED:
        return date(year, *_FIXED[name])
    if name in _WEEKDAYS:
        month, count, weekday, after = _WEEKDAYS[name]
        found = nth_weekday(year, month, count, weekday)
        return found and found + timedelta(after)
    if name in _EASTER:
        return easter(year) + timedelta(_EASTER[name])
    if name == "new year's eve lunar":
        return _eve(year)
    if name in _TERMS:
        return _term(year, name)
    return lunar_day(year, *_LUNAR[name])


def choose_year(
    today: date, day_of: Callable[[int], date | None], *, future: bool, span: int = 8
) -> date:
    """Return the day that lies ahead, today among them, or where not `future` the last one.

    Parameters
    ----------
    today : date
    day_of : function of int to date or None
        The day in a year; None where the year has none.
    future : bool
    span : int
        Years to look through: February 29th may be eight years away.

    Raises
    ------
    Unreadable
        If no year has it.
    """
    years = range(today.year - 1, today.year + span + 1)
    for year in years if future else reversed(range(today.year - span, today.year + 1)):
        day = day_of(year)
        if day is not None and (day >= today if future else day <= today):
            return day
    raise Unreadable("there is no such day")
