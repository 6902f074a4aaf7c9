"""Numbers, ordinals and money in spans such as "party of twelve", "the second one", 五百块.

They stand in one file: each begins from the numbers that are found in the span.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from slotkit.values.numerals import chinese_number, english_number, is_vague
from slotkit.values.repair import closest_word
from slotkit.values.result import Unreadable
from slotkit.values.words_en import NUMBERS, ORDINALS, QUANTITIES, split_words
from slotkit.values.words_zh import DIGITS, NUMERALS

_ALONE = {"me", "myself", "single", "alone", "solo"}
_MINUS = {"minus", "负"}
_SHARES = ("%", "分之", "/")  # of what says no whole number
_SCALES = {
    "k": 1000, "thousand": 1000, "grand": 1000, "hundred": 100, "million": 1_000_000,
    "m": 1_000_000, "dozen": 12, "千": 1000, "百": 100, "万": 10_000, "打": 12, "对": 2, "双": 2,
}  # fmt: skip
_NO_NUMBERS = {"none", "nice", "fine", "fire", "seen"}  # words that are no misspelt numbers
# More than one, and not how many.
_VAGUE = split_words(
    "few several some handful bunch many group lot lots load loads crowd family party team"
)
_QUANTITIES = {word: n for word, n in QUANTITIES.items() if word not in _VAGUE}
_QUANTITIES |= {"both": 2, "trio": 3, "quartet": 4}
_CHINESE = NUMERALS | {"俩", "仨"}

# What money is called -> its code; what is called so in several countries has the others behind.
_CURRENCIES: dict[str, tuple[str, ...]] = {
    "€": ("EUR",), "euro": ("EUR",), "euros": ("EUR",), "eur": ("EUR",), "欧元": ("EUR",),
    "欧": ("EUR",), "$": ("USD",), "dollar": ("USD",), "dollars": ("USD",), "bucks": ("USD",),
    "buck": ("USD",), "usd": ("USD",), "us$": ("USD",), "美元": ("USD",), "美金": ("USD",),
    "美刀": ("USD",), "刀": ("USD",), "£": ("GBP",), "pound": ("GBP",), "pounds": ("GBP",),
    "quid": ("GBP",), "gbp": ("GBP",), "英镑": ("GBP",), "镑": ("GBP",), "yen": ("JPY",),
    "jpy": ("JPY",), "日元": ("JPY",), "日圆": ("JPY",), "日币": ("JPY",), "yuan": ("CNY",),
    "rmb": ("CNY",), "cny": ("CNY",), "人民币": ("CNY",), "renminbi": ("CNY",), "hk$": ("HKD",),
    "hkd": ("HKD",), "港币": ("HKD",), "港元": ("HKD",), "nt$": ("TWD",), "ntd": ("TWD",),
    "twd": ("TWD",), "nt": ("TWD",), "台币": ("TWD",), "新台币": ("TWD",), "won": ("KRW",),
    "krw": ("KRW",), "₩": ("KRW",), "韩元": ("KRW",), "韩币": ("KRW",), "franc": ("CHF",),
    "francs": ("CHF",), "chf": ("CHF",), "瑞士法郎": ("CHF",), "rupee": ("INR",),
    "rupees": ("INR",), "inr": ("INR",), "₹": ("INR",), "卢比": ("INR",), "ruble": ("RUB",),
    "rubles": ("RUB",), "卢布": ("RUB",), "₽": ("RUB",), "baht": ("THB",), "thb": ("THB",),
    "泰铢": ("THB",), "cad": ("CAD",), "加元": ("CAD",), "加币": ("CAD",), "aud": ("AUD",),
    "澳元": ("AUD",), "澳币": ("AUD",), "sgd": ("SGD",), "新币": ("SGD",), "新元": ("SGD",),
    "nzd": ("NZD",), "sek": ("SEK",), "nok": ("NOK",), "dkk": ("DKK",), "pln": ("PLN",),
    "zloty": ("PLN",), "peso": ("MXN", "PHP"), "pesos": ("MXN", "PHP"), "real": ("BRL",),
    "reais": ("BRL",), "lira": ("TRY",), "元": ("CNY",), "块": ("CNY",), "块钱": ("CNY",),
    "圆": ("CNY",), "kr": ("SEK", "NOK", "DKK"), "crowns": ("CZK",), "rand": ("ZAR",),
    "zar": ("ZAR",), "kronor": ("SEK",), "krona": ("SEK",), "kroner": ("NOK", "DKK"),
    "krone": ("NOK", "DKK"), "dong": ("VND",), "ringgit": ("MYR",), "¥": ("CNY", "JPY"),
}  # fmt: skip


class Found(NamedTuple):
    """A number in a text.

    Parameters
    ----------
    value : int or float
    ordinal : bool
    start, end : int
        The pieces that it is made of.
    """

    value: int | float
    ordinal: bool
    start: int
    end: int


@cache
def _pieces() -> re.Pattern[str]:
    return re.compile(
        r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?|us\$|hk\$|nt\$|[a-z]+|[\u4e00-\u9fff]|\S"
    )


def _split(text: str) -> list[str]:
    """Return the pieces of a folded text: digits, words, single characters."""
    found = _pieces().findall(text.replace("'", ""))
    after = [*found, ""][1:]
    return [a for a, b in zip(found, after, strict=True) if a != "-" or b[:1].isdecimal()]


def _whole(value: float) -> int | float:
    return int(value) if value == int(value) else value


def find_numbers(pieces: list[str]) -> list[Found]:
    """Find the numbers among the pieces of a text.

    Examples
    --------
    >>> [one.value for one in find_numbers(["2", "adults", "and", "one", "child"])]
    [2, 1]
    """
    found: list[Found] = []
    place, count = 0, len(pieces)
    while place < count:
        start, piece = place, pieces[place]
        value: float | None = None
        ordinal = False
        if piece[0].isdecimal():
            digits = piece.replace(",", "")
            value, place = float(digits) if "." in digits else int(digits), place + 1
            if place < count and pieces[place] in ("st", "nd", "rd", "th"):
                ordinal, place = True, place + 1
        elif piece == "第" and place + 1 < count:
            end = place + 1
            while end < count and pieces[end] in _CHINESE:
                end += 1
            number = chinese_number("".join(pieces[place + 1 : end]))
            if number is None and pieces[place + 1].isdecimal():
                number, end = int(pieces[place + 1]), place + 2
            if number is not None:
                value, ordinal, place = number, True, end
        elif piece in _CHINESE:
            while place < count and pieces[place] in _CHINESE:
                place += 1
            value = chinese_number("".join(pieces[start:place]))
            if place < count and pieces[place] == "几":  # 十几
                value = None
        elif piece == "half" and pieces[place + 1 : place + 2] == ["a"] and place + 2 < count:
            scale = _SCALES.get(pieces[place + 2])
            value, place = (0.5 * scale, place + 3) if scale else (0.5, place + 1)
        elif piece in ("半", "half"):
            value, place = 0.5, place + 1
        elif piece in _VAGUE:  # nor is "a few hundred"
            place += 1
            while place < count and pieces[place] in _SCALES:
                place += 1
        elif piece in _QUANTITIES:
            value, place = _QUANTITIES[piece], place + 1
        elif (spoken := english_number(pieces, place)) is not None:
            value, ordinal, place = spoken
        if value is None:
            place = max(place, start + 1)
            continue
        value, place = _scaled(value, pieces, place)
        if start and (pieces[start - 1] in _MINUS or (start == 1 and pieces[0] == "-")):
            value = -value
        found.append(Found(_whole(value), ordinal, start, place))
    return found


def _scaled(value: float, pieces: list[str], place: int) -> tuple[float, int]:
    """Take what makes a number larger, or adds a half: 1.5 万, two dozen, three and a half."""
    while place < len(pieces) and pieces[place] in _SCALES:
        value, place = value * _SCALES[pieces[place]], place + 1
    if place < len(pieces) and pieces[place] in ("quarter", "quarters"):
        return value / 4, place + 1
    if pieces[place : place + 3] == ["and", "a", "half"]:
        return value + 0.5, place + 3
    if pieces[place : place + 2] == ["个", "半"]:
        return value + 0.5, place + 2
    return value, place


def read_number(text: str) -> tuple[int | float, list[str]]:
    """Read the one number of a folded text; return it, and what was assumed.

    Raises
    ------
    Unreadable
        If there is none, or more than one.

    Examples
    --------
    >>> read_number("party of twelve")
    (12, [])
    >>> read_number("一个小孩")
    (1, [])
    """
    if any(one in text for one in _SHARES) or text.startswith("no one"):
        raise Unreadable("no number of something")
    pieces = _split(text)
    found, notes = _cardinals(pieces)
    numbers = [one.value for one in found]
    if len(found) == 1 and is_vague(said := "".join(pieces[found[0].start : found[0].end])):
        raise Unreadable(f"{said} is no single number", [DIGITS[one] for one in said])
    if not numbers and (vague := [one for one in pieces if one in _VAGUE]):
        raise Unreadable(f"{vague[0]} is no number")
    if not numbers and (_ALONE & set(pieces) or pieces[:1] == ["a"] or "自己" in text):
        numbers = [1]
    return _only(numbers, "number"), notes


def _cardinals(pieces: list[str]) -> tuple[list[Found], list[str]]:
    """Find the numbers that are no ordinals; where there is none, misspelt ones."""
    found = [one for one in find_numbers(pieces) if not one.ordinal]
    if found:
        return found, []
    may_be = [one.isalpha() and one not in _NO_NUMBERS for one in pieces]
    mended = [closest_word(a, NUMBERS) if b else None for a, b in zip(pieces, may_be, strict=True)]
    notes = [f"{a!r} read as {b!r}" for a, b in zip(pieces, mended, strict=True) if b]
    pieces = [b or a for a, b in zip(pieces, mended, strict=True)]
    return [one for one in find_numbers(pieces) if not one.ordinal], notes


def _only(values: list[Any], name: str) -> Any:
    if not values:
        raise Unreadable(f"no {name} is said")
    if any(one != values[0] for one in values):
        raise Unreadable(f"more than one {name} is said", values)
    return values[0]


def read_ordinal(text: str) -> int:
    """Read the ordinal of a folded text; the last one is -1.

    Raises
    ------
    Unreadable
        If there is none, or more than one.

    Examples
    --------
    >>> read_ordinal("the second one"), read_ordinal("最后一个")
    (2, -1)
    """
    pieces = _split(text)
    found = find_numbers(pieces)
    ordinals = [one.value for one in found if one.ordinal]
    if not ordinals and ("last" in pieces or "最后" in text):
        return -1
    before_last = any(name in text for name in ("to last", "second last", "2nd last", "倒数"))
    if len(ordinals) == 1 and before_last:  # the second to last
        return -int(ordinals[0])
    mended = [closest_word(one, ORDINALS) for one in pieces if one.isalpha()]
    ordinals = ordinals or [ORDINALS[one] for one in mended if one]
    value = _only(ordinals or [one.value for one in found], "ordinal")
    if value != int(value):
        raise Unreadable(f"{value} is no ordinal")
    return int(value)


def read_money(
    text: str, default: str | None, *, chinese: bool, traditional: bool
) -> tuple[dict[str, Any], list[dict[str, Any]], list[str]]:
    """Read an amount of money of a folded text.

    Parameters
    ----------
    text : str
    default : str, optional
        The currency where none is said.
    chinese : bool
        Whether ¥ is first of all the yuan.
    traditional : bool
        Whether 元 is first of all Taiwan's.

    Returns
    -------
    tuple of dict, list of dict and list of str
        Amount and currency, other readings, and what was assumed.

    Raises
    ------
    Unreadable
        If there is no amount, or more than one.

    Examples
    --------
    >>> read_money("under 50 euros", None, chinese=False, traditional=False)[0]
    {'amount': 50, 'currency': 'EUR'}
    """
    pieces = _split(text)
    found, notes = _cardinals(pieces)
    amounts = [one.value for one in found]
    change = _with_change(found, pieces)
    amount = _only(amounts, "amount") if change is None else change
    if change is None and ("毛" in text or "角" in text):
        amount, text = amount / 10, text + "元"
    elif "cent" in pieces or "cents" in pieces:
        amount = amount / 100
    currencies, mended = _currencies(text, pieces)
    notes += mended
    codes: tuple[str, ...] = () if default is None else (default,)
    if currencies:
        name = max(currencies, key=len)
        codes = _CURRENCIES[name]
        if name in ("元", "块", "块钱", "圆") and traditional:
            codes = ("TWD", "HKD", "CNY")
        elif name == "¥" and not chinese:
            codes = codes[::-1]
    elif default is None:
        notes.append("no currency is said")
    else:
        notes.append(f"{default} is assumed")
    values = [{"amount": amount, "currency": code} for code in codes or (None,)]
    return values[0], values[1:], notes


def _with_change(found: list[Found], pieces: list[str]) -> float | None:
    """Return what money and its change make: 三块五毛, 三块零五; None where it is none."""
    if len(found) != 2:
        return None
    whole, change = found
    between, behind = pieces[whole.end : change.start], "".join(pieces[change.end :])
    if between not in (["块"], ["元"]) or not 0 < change.value < 10:
        return None
    if behind not in ("", "毛", "角", "分", "钱", "毛钱", "分钱"):
        return None
    cents = behind.startswith("分") or pieces[change.start][0] in "零0"
    return _whole(round(whole.value + change.value / (100 if cents else 10), 2))


def _currencies(text: str, pieces: list[str]) -> tuple[list[str], list[str]]:
    """Return the names of money in a text, and which of them are misspelt there."""
    words = set(pieces)
    found = [one for one in _CURRENCIES if one in words or (not one.isascii() and one in text)]
    if found:
        return found, []
    for word in pieces:
        closest = closest_word(word, _CURRENCIES) if word.isalpha() and word.isascii() else None
        if closest is not None and word not in NUMBERS:
            return [closest], [f"{word!r} read as {closest!r}"]
    return [], []
