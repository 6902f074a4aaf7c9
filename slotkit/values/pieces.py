"""What a rule of the grammar has matched, and the durations among it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from slotkit.values.parts import Amounts, Parts

# What a duration is made of: half an hour, 3 weeks and a half, two and a half hours, 1.5 hours, ...
_AMOUNT_FORMS = (
    "x?H[xG]?[UY]",  # half an hour, 半小时
    "HGm",  # 半个月
    "[nNx]G?(?:ex?|G)?H[UY]",  # two and a half hours, 一个半小时
    "nGHm",  # 一个半月
    "nVn[UY]",  # 1.5 hours
    "njn",  # 1h30
    "nSnx?[Uj]",  # 1/2 hour
    "[nx]?Qx?U",  # three quarters of an hour
    "xn[UY]",  # a few days
    "[nNx]G?[UYdusj](?:e?x?H(?!n))?",  # 3 weeks, an hour and a half, 两年半
    "nGm",  # 三个月
)
AMOUNT = f"(?>{'|'.join(_AMOUNT_FORMS)})"
AMOUNTS = f"(?:{AMOUNT}e?)++"  # nothing is given back: no text takes long


class Piece:
    """What a rule has matched: kinds, values and texts of its tokens."""

    __slots__ = ("kinds", "texts", "values")

    def __init__(self, kinds: str, values: list[Any], texts: list[str]) -> None:
        self.kinds = kinds
        self.values = values
        self.texts = texts

    def of(self, kinds: str) -> list[Any]:
        """Return the values of the tokens of these kinds."""
        return [v for k, v in zip(self.kinds, self.values, strict=True) if k in kinds]


Rule = Callable[[Parts, Piece], bool]


@cache
def _amount_pattern() -> re.Pattern[str]:
    return re.compile(AMOUNT)


def read_amounts(piece: Piece) -> Amounts | None:
    """Add up amounts of time; None where a unit is none of a duration."""
    amounts: Amounts = {}
    for match in _amount_pattern().finditer(piece.kinds):
        start, end = match.span()
        kinds = piece.kinds[start:end]
        values = piece.values[start:end]
        unit = next((v for k, v in zip(kinds, values, strict=True) if k in "UYmdusj"), None)
        if unit is None:
            return None
        if kinds == "njn":
            for name, count in (("h", values[0]), ("i", values[2])):
                amounts[name] = amounts.get(name, 0) + count
            continue
        numbers = [v for k, v in zip(kinds, values, strict=True) if k in "nN"]
        if "V" in kinds:
            said = piece.texts[start:end]
            count = float(f"{said[0]}.{said[2]}")
        elif "S" in kinds:
            if not numbers[1]:
                return None
            count = numbers[0] / numbers[1]
        else:
            count = float(numbers[0]) if numbers else 0.0 if kinds.lstrip("x")[0] == "H" else 1.0
        if "Q" in kinds:
            count /= 4
        if "H" in kinds:
            count += 0.5
        name, factor = {"f": ("w", 2), "g": ("d", 1), "q": ("i", 15)}.get(unit, (unit, 1))
        amounts[name] = amounts.get(name, 0) + count * factor
    return amounts
