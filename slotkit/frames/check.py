"""Checks between the values of a frame: a slot with another, a number or today, by a comparison.

``arrival_date >= departure_date`` fails where it cannot hold: a value that is an interval, as a
weekend, fails only if none of it would do.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

ORDERED = ("date", "time", "datetime", "number", "ordinal", "money")  # kinds that > compares
NUMBERS = ("number", "ordinal", "money")  # kinds that a number is compared with
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
TODAY = "today"  # what a day is compared with, where no slot has this name
_COMPARISONS = (*_COMPARE, "==", "!=")
_FORM = re.compile(r"\s*([\w.-]+)\s*(>=|<=|==|!=|>|<)\s*([\w.-]+)\s*")


@dataclass(frozen=True)
class Check:
    """A comparison that the values of a frame must meet.

    Parameters
    ----------
    that : str
        Two slots, or a slot and a number or ``today``, around one of >=, <=, >, <, ==, !=.
    say : mapping of str to str
        What the bot says where it fails, by language.

    Raises
    ------
    ValueError
        If `that` is no such comparison.

    Examples
    --------
    >>> back = Check("return_date >= departure_date", {"en": "The way back is too early."})
    >>> back.holds({"departure_date": "2026-11-06", "return_date": "2026-11-04"})
    False
    >>> back.holds({"departure_date": "2026-11-06"})
    True
    """

    that: str
    say: Mapping[str, str]

    def __post_init__(self) -> None:
        if _FORM.fullmatch(self.that) is None:
            raise ValueError(
                f"a check must be two slots, or a slot and a number or today, around one of "
                f"{', '.join(_COMPARISONS)}, got {self.that!r}"
            )

    @property
    def _parts(self) -> tuple[str, str, str]:
        found = _FORM.fullmatch(self.that)
        assert found is not None
        return found[1], found[2], found[3]

    @property
    def slots(self) -> list[str]:
        """The slots that are compared."""
        left, _, right = self._parts
        return [left] if right == TODAY or _number(right) is not None else [left, right]

    @property
    def of_day(self) -> bool:
        """Whether a slot is compared with today."""
        return self._parts[2] == TODAY

    @property
    def comparison(self) -> str:
        """How they are compared."""
        return self._parts[1]

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Tell whether it holds, or may: where a value is missing it does.

        Parameters
        ----------
        values : mapping of str to JSON value
            Of the slots, and under ``today`` the day of speaking.
        """
        left, comparison, right = self._parts
        number = _number(right)
        one, other = values.get(left), values.get(right) if number is None else number
        if one is None or other is None:
            return True
        if _unit(one) != _unit(other) and number is None:
            return True  # of amounts in two currencies nothing is known
        (low, high), (least, most) = _ends(one), _ends(other)
        if comparison in (">=", ">"):
            return _may(comparison, high, least)
        if comparison in ("<=", "<"):
            return _may(comparison, low, most)
        if comparison == "==":
            return _may("<=", low, most) and _may(">=", high, least)
        return bool((low, high) != (least, most))


def _may(comparison: str, one: Any, other: Any) -> bool:
    """Compare two ends; an open one lies where it needs to."""
    return None in (one, other) or _COMPARE[comparison](one, other)


def _number(text: str) -> float | None:
    """Read a number; None where it is a slot."""
    try:
        return float(text)
    except ValueError:
        return None


def _unit(value: Any) -> Any:
    return value.get("currency") if isinstance(value, dict) else None


def _ends(value: Any) -> tuple[Any, Any]:
    """Return the least and the most that a value may be."""
    if not isinstance(value, dict):
        return value, value
    if "amount" in value:
        return value["amount"], value["amount"]
    return value["from"], value["to"]
