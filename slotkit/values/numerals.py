"""Numbers in words: English ones word by word, Chinese ones character by character."""

from __future__ import annotations

from collections.abc import Sequence

from slotkit.values.words_en import NUMBERS, ORDINALS
from slotkit.values.words_zh import DIGITS, SCALES

_SCALES = {"hundred": 100, "thousand": 1000, "grand": 1000, "million": 1_000_000}


def english_number(words: Sequence[str], start: int = 0) -> tuple[int, bool, int] | None:
    """Read the longest number in words that begins at a place.

    Parameters
    ----------
    words : sequence of str
        In lower case; ``twenty-one`` is two of them.
    start : int

    Returns
    -------
    tuple of int, bool and int, or None
        The number, whether it is an ordinal, and where it ends. "Eight forty" are two numbers.

    Examples
    --------
    >>> english_number(["two", "hundred", "and", "five", "people"])
    (205, False, 4)
    >>> english_number(["twenty", "first"])
    (21, True, 2)
    """
    if words[start] in _SCALES:  # hundred, thousand: one of them
        words = ["one", *words[start : start + 12]]
        found = english_number(words)
        return found and (found[0], found[1], found[2] - 1 + start)
    total, place = 0, start
    limit = 1_000_000_000  # what a scale must stay under, as "thousand" after "million"
    while (part := _below_hundred(words, place)) is not None:
        value, ordinal, place = part
        if not ordinal and place < len(words) and words[place] == "hundred":
            value, place = value * 100, place + 1
            after = place + (place < len(words) and words[place] == "and")
            rest = _below_hundred(words, after)
            if rest is not None:
                value, ordinal, place = value + rest[0], rest[1], rest[2]
        scale = _SCALES.get(words[place]) if place < len(words) and not ordinal else None
        if scale is None or scale >= limit or scale == 100:
            return total + value, ordinal, place
        total, limit, place = total + value * scale, scale, place + 1
        after = place + (place < len(words) and words[place] == "and")
        if _below_hundred(words, after) is None:
            break
        place = after
    return (total, False, place) if place > start else None


def _below_hundred(words: Sequence[str], start: int) -> tuple[int, bool, int] | None:
    """Read a number under a hundred, an ordinal among them."""
    if start >= len(words):
        return None
    word = words[start]
    if word in ORDINALS:
        return ORDINALS[word], True, start + 1
    value = NUMBERS.get(word)
    if value is None:
        hundred = word == "a" and start + 1 < len(words) and words[start + 1] in _SCALES
        return (1, False, start + 1) if hundred else None
    if value >= 20 and start + 1 < len(words):
        after = words[start + 1]
        if 1 <= NUMBERS.get(after, 0) <= 9:
            return value + NUMBERS[after], False, start + 2
        if 1 <= ORDINALS.get(after, 0) <= 9:
            return value + ORDINALS[after], True, start + 2
    return value, False, start + 1


def chinese_number(text: str) -> int | None:
    """Read a whole number in simplified Chinese characters, None where it is none.

    Digits one by one are one number (二零二六); what stands behind a scale without its own counts
    a tenth of it (一千二 is 1200).

    Examples
    --------
    >>> chinese_number("两百零五"), chinese_number("一千二"), chinese_number("二零二六")
    (205, 1200, 2026)
    >>> chinese_number("十百") is None
    True
    """
    text = text.replace("廿", "二十").replace("卅", "三十")
    if not text or any(c not in DIGITS and c not in SCALES for c in text):
        return None
    if not any(c in SCALES for c in text):
        return int("".join(str(DIGITS[c]) for c in text))
    for scale, mark in ((100_000_000, "亿"), (10_000, "万")):
        head, found, rest = text.partition(mark)
        if found:
            high = chinese_number(head)
            low = (chinese_number(rest) if rest.lstrip("零") else 0) if rest else 0
            if not high or low is None or low >= scale:
                return None
            return high * scale + low * (scale // 10 if len(rest) == 1 else 1)
    return _below_ten_thousand(text)


def _below_ten_thousand(text: str) -> int | None:
    """Read thousands, hundreds, tens and ones, each at most once and in this order."""
    total, last = 0, 1
    for scale, mark in ((1000, "千"), (100, "百"), (10, "十")):
        head, found, rest = text.partition(mark)
        if not found:
            continue
        digit = head.lstrip("零") or ("一" if scale == 10 else "")
        if len(digit) != 1 or digit not in DIGITS:
            return None
        total, last, text = total + DIGITS[digit] * scale, scale, rest
    ones = text.lstrip("零")
    if len(ones) > 1:
        return None
    return total + DIGITS.get(ones, 0) * (last // 10 if last > 10 and ones == text else 1)


def is_vague(text: str) -> bool:
    """Tell whether a number in characters says two at once: 三四 is three or four.

    Examples
    --------
    >>> is_vague("三四"), is_vague("三五")
    (True, False)
    """
    return len(text) == 2 and 0 < DIGITS.get(text[0], 0) == DIGITS.get(text[1], 0) - 1
