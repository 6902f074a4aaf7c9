"""Typed values in words, as a bot repeats what it has understood."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from slotkit.frames.sentences import listed, sentence
from slotkit.frames.state import Filled
from slotkit.values.fold import is_chinese

_DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
}
_NAMES = ("place", "person", "choice", "text")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)


def say_filled(filled: Filled, kind: str, language: str) -> str:
    """Say what fills a slot: dates, times, numbers and money as they were read, else as said.

    Examples
    --------
    >>> say_filled(Filled("departure_date", ["friday"], "2026-11-06"), "date", "en")
    'Friday 6 November 2026'
    >>> say_filled(Filled("tickets", ["两", "一"], 3), "number", "zh")
    '3'
    """
    if filled.value is None:
        return listed(filled.said, language)
    values = filled.value if isinstance(filled.value, list) else [filled.value]
    if kind in _NAMES and any(is_chinese(one) != (language == "zh") for one in values):
        return listed(filled.said, language)  # 成都 is Chengdu as a value
    return listed([say_value(value, kind, language) for value in values], language)


def say_value(value: Any, kind: str, language: str) -> str:
    """Say one typed value.

    Examples
    --------
    >>> say_value({"from": "08:00", "to": "10:00", "grain": "hour"}, "time", "zh")
    '08:00到10:00'
    >>> say_value({"amount": 50, "currency": "GBP"}, "money", "en")
    '50 GBP'
    >>> say_value({"from": "2026-11-07", "to": "2026-11-09", "grain": "day"}, "date", "en")
    'Saturday 7 November 2026 to Sunday 8 November 2026'
    """
    if isinstance(value, dict) and "amount" in value:
        return " ".join(str(part) for part in (value["amount"], value.get("currency")) if part)
    if isinstance(value, dict) and "from" in value:
        return _say_interval(value["from"], value["to"], kind, language)
    if kind in ("date", "datetime") and isinstance(value, str):
        day, _, time = value.partition("T")
        try:
            return f"{_day(date.fromisoformat(day), language)} {time}".strip()
        except ValueError:
            return value
    return str(value)


def _say_interval(first: str | None, last: str | None, kind: str, language: str) -> str:
    """Say an interval, of days with the last one, which its end leaves out."""
    if kind != "time" and first is not None and last is not None and ":" not in last:
        last = _day_before(last)
    if last == first and first is not None:
        return say_value(first, kind, language)
    what = "before" if first is None else "after" if last is None else "interval"
    ends = {"from": first, "to": last}
    said = {name: say_value(one, kind, language) for name, one in ends.items() if one is not None}
    return sentence(language, what, said)


def _day(day: date, language: str) -> str:
    weekday = _DAYS[language][day.weekday()]
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日（{weekday}）"
    return f"{weekday} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()
