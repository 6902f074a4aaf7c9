"""What typed values look like: tells whether a JSON value is one of a kind of `slotkit.values`."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Any

_CLOCK = r"([01]\d|2[0-4]):[0-5]\d"
_FORMS = {
    "date": r"\d{4}-\d\d-\d\d",
    "time": _CLOCK,
    "datetime": rf"\d{{4}}-\d\d-\d\dT{_CLOCK}",
    "duration": r"P(?=.)(\d+(\.\d+)?[YMWD])*(T(\d+(\.\d+)?[HMS])+)?",
}
_INTERVALS = ("date", "time", "datetime")  # kinds of which a value may be an interval


def fits(value: Any, kind: str) -> bool:
    """Tell whether a JSON value is a value of a kind.

    Examples
    --------
    >>> fits("2026-11-06", "date"), fits("2026-13-06", "date"), fits(True, "number")
    (True, False, False)
    >>> fits({"from": "18:00", "to": None, "grain": "hour"}, "time")
    True
    """
    if kind in ("number", "ordinal"):
        return _is_number(value)
    if kind == "money":
        return (
            isinstance(value, dict)
            and value.keys() == {"amount", "currency"}
            and _is_number(value["amount"])
            and (value["currency"] is None or isinstance(value["currency"], str))
        )
    if kind in _INTERVALS and isinstance(value, dict):
        ends = [value.get("from"), value.get("to")]
        return (
            value.keys() == {"from", "to", "grain"}
            and isinstance(value["grain"], str)
            and any(end is not None for end in ends)
            and all(end is None or (isinstance(end, str) and fits(end, kind)) for end in ends)
        )
    if not isinstance(value, str):
        return False
    if kind == "datetime":  # of which one part may be all that is said
        return any(_has_form(value, part) for part in _INTERVALS)
    return value != "" if kind not in _FORMS else _has_form(value, kind)


def _has_form(text: str, kind: str) -> bool:
    """Tell whether a text is written as values of a kind are, and of a day that there is."""
    if re.fullmatch(_FORMS[kind], text) is None:
        return False
    if kind in ("date", "datetime"):
        try:
            date.fromisoformat(text[:10])
        except ValueError:
            return False
    return True


def _is_number(value: Any) -> bool:
    """Tell whether a value is a number that JSON can write."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
