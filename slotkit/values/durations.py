"""Durations as ISO 8601: two hours PT2H, 三天 P3D, an hour and a half PT1H30M."""

from __future__ import annotations

import re
from functools import cache

from slotkit.values.parts import Amounts
from slotkit.values.pieces import AMOUNTS, Piece, read_amounts
from slotkit.values.result import Unreadable
from slotkit.values.tokens import Tokens, read_tokens

_NIGHTS = ("晚", "夜", "晚上", "night")
# A unit, and how many of the next smaller one half of it is written as.
_SMALLER = {"y": ("m", 12), "m": ("d", 30), "w": ("d", 7), "d": ("h", 24), "h": ("i", 60)}


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(rf"w?(?:{AMOUNTS}|(?P<quarters>[nx]Q)k?)[wk]*")


def read_duration(text: str) -> tuple[str, list[str]]:
    """Read a folded text as a duration; return it, and what was assumed.

    Raises
    ------
    Unreadable
        If it is none.

    Examples
    --------
    >>> read_duration("two and a half hours")
    ('PT2H30M', [])
    >>> read_duration("三刻钟")
    ('PT45M', [])
    """
    tokens = _as_units(read_tokens(text))
    unknown = tokens.kinds.find("!")
    if unknown >= 0:
        raise Unreadable(f"{tokens.texts[unknown]!r} is no word of a duration")
    match = _pattern().fullmatch(tokens.kinds)
    if match is None:
        raise Unreadable("expected a number and a unit of time, as in two hours")
    if match["quarters"]:
        count = next(v for k, v in zip(tokens.kinds, tokens.values, strict=True) if k in "nx")
        return write_duration({"i": 15 * float(str(count))}), tokens.notes
    amounts = read_amounts(Piece(tokens.kinds, list(tokens.values), tokens.texts))
    if not amounts:
        raise Unreadable("expected a number and a unit of time, as in two hours")
    return write_duration(amounts), tokens.notes


def _as_units(tokens: Tokens) -> Tokens:
    """Take the h of 1h30 for hours, the 晚 of 两晚 for nights; of 三天两晚 the days count."""
    kinds, values, texts = list(tokens.kinds), list(tokens.values), list(tokens.texts)
    for place, kind in enumerate(kinds):
        if kind == "j":
            kinds[place] = "U"
        elif kind == "P" and texts[place] in _NIGHTS:
            kinds[place], values[place] = "U", "g"
        elif kind == "d":
            values[place] = "d"
    if "".join(kinds) == "nUn":  # 1h30
        kinds.append("U")
        values.append("i")
        texts.append("")
    units = [value for kind, value in zip(kinds, values, strict=True) if kind in "Ud"]
    if "g" in units and "d" in units:
        nights = len(kinds) - 1 - kinds[::-1].index("U")
        if values[nights] == "g":
            drop = slice(nights - 1, nights + 1)
            del kinds[drop], values[drop], texts[drop]
    return Tokens("".join(kinds), values, texts, tokens.notes)


def write_duration(amounts: Amounts) -> str:
    """Write amounts of time in ISO 8601; what is no whole number goes to smaller units.

    Examples
    --------
    >>> write_duration({"h": 1.5})
    'PT1H30M'
    >>> write_duration({"w": 2}), write_duration({"w": 2, "d": 3})
    ('P2W', 'P17D')
    """
    whole: dict[str, int] = {}
    rest = dict(amounts)
    for unit in "ymwdhis":
        count = rest.get(unit, 0)
        whole[unit] = int(count)
        part = count - int(count)
        if part and unit in _SMALLER:
            smaller, factor = _SMALLER[unit]
            rest[smaller] = rest.get(smaller, 0) + round(part * factor, 6)
    if whole["w"] and any(whole[unit] for unit in "ymdhis"):  # ISO has weeks alone or not at all
        whole["d"] += 7 * whole["w"]
        whole["w"] = 0
    day = "".join(f"{whole[u]}{u.upper()}" for u in "ymwd" if whole[u])
    names = {"h": "H", "i": "M", "s": "S"}
    clock = "".join(f"{whole[u]}{names[u]}" for u in "his" if whole[u])
    if not day and not clock:
        return "PT0S"
    return f"P{day}" + (f"T{clock}" if clock else "")
