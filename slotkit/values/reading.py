"""From tokens to parts: the rules of the grammar, one after the other."""

from __future__ import annotations

import re
from functools import cache

from slotkit.values.clock_grammar import CLOCK_RULES, SPOKEN_RULES, TIME_RULES
from slotkit.values.grammar import DATE_RULES, DAY_RULES
from slotkit.values.parts import Parts
from slotkit.values.pieces import Piece, Rule
from slotkit.values.result import Unreadable
from slotkit.values.tokens import Tokens

_SHIFTS = 11  # that many rules of days come before those of the clock
_SKIPPED = "wOeikxf"  # tokens that say nothing where no rule takes them
_OPENING = {"F": "from", "l": "from", "f": "from", "B": "to", "A": "to", "t": "to"}


@cache
def _rules(kind: str) -> dict[str, list[tuple[re.Pattern[str], Rule]]]:
    """Return the rules of a kind by the letter that they begin with, compiled once."""
    more = TIME_RULES if kind == "time" else DATE_RULES
    clock = CLOCK_RULES if kind == "date" else [*CLOCK_RULES, *SPOKEN_RULES]
    rules = [*DAY_RULES[:_SHIFTS], *clock, *more, *DAY_RULES[_SHIFTS:]]
    table: dict[str, list[tuple[re.Pattern[str], Rule]]] = {}
    for first, pattern, rule in rules:
        compiled = re.compile(pattern)
        for letter in first:
            table.setdefault(letter, []).append((compiled, rule))
    return table


def read_parts(tokens: Tokens, kind: str) -> list[Parts]:
    """Return what is said: the parts of one moment, or of the two ends of a stretch.

    Raises
    ------
    Unreadable
        If a word is not known, or does not go with the others.
    """
    kinds, values, texts = tokens.kinds, tokens.values, tokens.texts
    if not kinds:
        raise Unreadable("nothing is said")
    unknown = kinds.find("!")
    if unknown >= 0:
        raise Unreadable(f"{texts[unknown]!r} is no word of a {kind}")
    rules = _rules(kind)
    parts = Parts()
    found = [parts]
    between = "b" in kinds
    inner = False
    ranged = between or kinds[0] == "f"
    place, count = 0, len(kinds)
    while place < count:
        letter = kinds[place]
        for pattern, rule in rules.get(letter, ()):
            match = pattern.match(kinds, place)
            if match is None:
                continue
            end = match.end()
            if ranged and len(found) == 1 and "t" in kinds[place:end]:
                continue  # from ten to five
            if rule(parts, Piece(kinds[place:end], values[place:end], texts[place:end])):
                place = end
                break
        else:
            if (letter in "tK" or (letter == "e" and between)) and place and len(found) == 1:
                parts = Parts()
                found.append(parts)
            elif letter in _OPENING and parts.open is None and (place == 0 or letter in "lAFB"):
                parts.open = _OPENING[letter]
                parts.within = parts.has_day and (letter in "FB" or parts.clock is not None)
                inner = letter in "FB" and place > 0
            elif letter != "b" and letter not in _SKIPPED:
                raise Unreadable(f"{texts[place]!r} does not go with the rest")
            place += 1
    _complete_weekdays(found)
    hours = len(found) == 2 and kind == "datetime" and not any(one.month for one in found)
    for one in found:
        _place_numbers(one, "time" if hours else kind)
    if inner and not (parts.within and parts.has_time):  # tomorrow after 6 pm
        raise Unreadable("after or before what is not told")
    return found


def _complete_weekdays(found: list[Parts]) -> None:
    """Take the second of 星期三至四 for a weekday."""
    if len(found) == 2 and found[0].weekday is not None and len(found[1].numbers) == 1:
        number, text, _ = found[1].numbers[0]
        if not text.isascii() and number <= 7 and not found[1].has_day and not found[0].has_time:
            found[1].weekday, found[1].numbers = number - 1, []


def _place_numbers(parts: Parts, kind: str) -> None:
    """Tell of numbers alone which is a day and which an hour."""
    numbers = parts.numbers
    if (
        kind == "date" and len(numbers) > 1 and parts.year is None and numbers[0][0] in (18, 19, 20)
    ):  # nineteen ninety nine
        parts.year = numbers[0][0] * 100 + numbers[1][0]
        del numbers[:2]
    for value, text, before in numbers:
        as_day = parts.day is None and parts.today is None and parts.order is None
        as_day = as_day and parts.festival is None and value <= 31
        as_day = as_day and (parts.weekday is None or kind == "date")
        hour = parts.clock is None and value <= 24
        if (len(text) == 4 and text.isdecimal()) or value >= 1000:
            if parts.year is None and (kind == "date" or (parts.has_day and parts.day is not None)):
                parts.year = value
                continue
            if parts.clock is None and value < 2460:
                parts.clock = (value // 100, value % 100)
                parts.sure = True
                continue
            raise Unreadable(f"{text!r} does not go with the rest")
        if before == "O":
            hour = False
        elif before == "w" and kind != "date":
            as_day = False
        if kind == "time":
            as_day = as_day and before == "O"
        elif kind == "date":
            if not as_day and parts.month and parts.year is None and text.isdecimal():
                parts.year = value - 10_000  # dec 31 99: of two digits
                continue
            hour = hour and not as_day
        elif hour and as_day:  # an hour where a day is said, else a day
            has_day = parts.has_day and not (parts.period and parts.period[0] == "m")
            hour = has_day or (parts.part is not None and not numbers[1:])
            as_day = not hour
        if as_day:
            parts.day = value
            if kind == "datetime" and len(numbers) == 1 and value <= 24 and not before:
                parts.bare = value
        elif hour:
            parts.clock = (value, 0)
            parts.sure = parts.sure or (text[0] == "0" and len(text) > 1)
        else:
            raise Unreadable(f"{text!r} does not go with the rest")
    parts.numbers = []
