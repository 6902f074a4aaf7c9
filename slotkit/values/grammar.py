"""The grammar of dates and times: patterns over the kinds of tokens, each with what it says.

A rule's pattern is a regular expression over the letters of `words_en`. At each token the first
rule that matches and does not contradict what was said before takes its tokens; parts may stand in
any order. Rules are compiled when first needed.
"""

from __future__ import annotations

from slotkit.values.parts import COMING, Parts
from slotkit.values.pieces import AMOUNT, AMOUNTS, Piece, Rule, read_amounts

# Shifts


def _shift(sign: int, *, anchored: bool = False) -> Rule:
    def rule(parts: Parts, piece: Piece) -> bool:
        amounts = read_amounts(piece)
        if not amounts or not parts.put(shift=(sign, amounts)):
            return False
        parts.anchored = anchored
        return True

    return rule


def _before_or_after(parts: Parts, piece: Piece) -> bool:
    """Take the day before christmas, 春节前一天."""
    if piece.kinds[0] in "lA" and not (parts.has_day or parts.clock):
        return False
    sign = -1 if piece.kinds[0] == "A" or piece.kinds[-1] == "B" else 1
    return _shift(sign, anchored=True)(parts, piece)


def _day_after(parts: Parts, piece: Piece) -> bool:
    parts.anchored = True
    return parts.put(shift=(-1 if piece.kinds[-1] == "B" else 1, {piece.values[0]: 1}))


def _week_on(parts: Parts, piece: Piece) -> bool:
    weeks = {"w": 1, "f": 2}.get(piece.of("U")[0])
    if weeks is None or (piece.texts[-1].endswith("s") and "W" in piece.kinds):
        return False
    parts.anchored = True
    if not parts.put(shift=(1, {"w": weeks * (piece.of("nx") or [1])[0]})):
        return False
    said = piece.of("WD")
    if said:
        return parts.put(weekday=said[0]) if "W" in piece.kinds else parts.put(today=said[0])
    return True


def _weekday_after(parts: Parts, piece: Piece) -> bool:
    parts.anchored = True
    return parts.put(shift=(-1 if piece.kinds[1] == "B" else 1, {"W": piece.values[0]}))


def _this_one(parts: Parts, piece: Piece) -> bool:
    """Take "of the month" behind a day of it."""
    unit = piece.values[0]
    if unit == "m" and parts.day is not None and parts.nth is None:
        return True  # the first of the month: of the one ahead
    said = parts.nth is not None or parts.day is not None
    return said and unit in "wmy" and parts.put(period=(unit, 0))


def _week_of(parts: Parts, piece: Piece) -> bool:
    return piece.values[0] == "w" and parts.put(period=("w", 0))


def _weekdays(parts: Parts, piece: Piece) -> bool:
    count = piece.of("nx")[0]
    back = "A" in piece.kinds
    return parts.put(weekday=piece.of("W")[0], weekdays=-count if back else count)


# Days


def _relative(name: str, letter: str) -> Rule:
    def rule(parts: Parts, piece: Piece) -> bool:
        said = [
            v if k == "r" else -1
            for k, v in zip(piece.kinds, piece.values, strict=True)
            if k in "rp"
        ]
        relation = -1 if -1 in said else COMING if COMING in said else said[0]
        return parts.put(**{name: piece.of(letter)[0]}, relation=relation)

    return rule


def _period(parts: Parts, piece: Piece) -> bool:
    relation = piece.of("r")[0] if "r" in piece.kinds else -1 if "p" in piece.kinds else 0
    unit = "c" if "c" in piece.kinds else piece.of("UmY")[0]
    relation = 0 if relation == COMING and unit == "c" else 1 if relation == COMING else relation
    if unit == "d":
        return parts.put(today=relation)
    if unit not in "wmyc":
        return False
    if parts.period and parts.period[0] == "y" and unit == "m" and relation == 0:
        return True
    return parts.put(period=(unit, relation))


def _after_next(parts: Parts, piece: Piece) -> bool:
    weeks = 2 if piece.of("r")[0] == 1 else None
    if weeks is None:
        return False
    if piece.kinds[0] == "W":
        return parts.put(weekday=piece.values[0], period=("w", weeks))
    unit = "c" if piece.kinds[0] == "c" else piece.values[0]
    return unit in "wmyc" and parts.put(period=(unit, weeks))


def _part_of(parts: Parts, piece: Piece) -> bool:
    relation = piece.of("r")[0] if "r" in piece.kinds else -1
    return parts.put(today=0 if relation == COMING else relation, part=piece.of("P")[0])


def _month_day(parts: Parts, piece: Piece) -> bool:
    if piece.kinds[0] == "n" and "m" in piece.kinds:
        return parts.put(month=piece.values[0], day=piece.values[2])
    return parts.put(month=piece.of("M")[0], day=piece.of("no")[0])


def _numeric(parts: Parts, piece: Piece) -> bool:
    if parts.month is not None or parts.day is not None:
        return False
    parts.texts = tuple(t for k, t in zip(piece.kinds, piece.texts, strict=True) if k in "ny")
    return parts.put(order=tuple(piece.of("ny")))


def _eight_digits(parts: Parts, piece: Piece) -> bool:
    """Take 20161122."""
    text = piece.texts[0]
    if len(text) != 8 or not text.isdecimal():
        return False
    return parts.put(year=int(text[:4]), month=int(text[4:6]), day=int(text[6:]))


def _year_month_day(parts: Parts, piece: Piece) -> bool:
    year = piece.of("y") or piece.of("n")[1:] or [None]
    day = piece.of("n")[0]
    if not parts.put(month=piece.of("M")[0], day=day):
        return False
    return year[0] is None or parts.put(year=_century(year[0], "y" in piece.kinds))


def _century(year: int, full: bool) -> int:
    return year if full else year - 10_000  # two digits: told apart when now is known


def _nth(parts: Parts, piece: Piece) -> bool:
    count = piece.values[0] if piece.kinds[0] == "o" else -1
    if "W" in piece.kinds:
        if count > 5:  # "the 21st, monday"
            return parts.put(day=count, weekday=piece.of("W")[0])
        return parts.put(nth=(count, "W"), weekday=piece.of("W")[0])
    unit = "c" if piece.kinds[-1] == "c" else piece.of("UdY")[0]
    return unit in ("d", "w", "c") and parts.put(nth=(count, unit))


def _last_of_later(parts: Parts, piece: Piece) -> bool:
    """Take the last friday of a month that is said behind it."""
    return piece.values[0] == -1 and _nth(parts, piece)


def _last_of(parts: Parts, piece: Piece) -> bool:
    """Take the last friday of a month that was said before it."""
    said = parts.month is not None or (parts.period is not None and parts.period[0] in "my")
    return said and _last_of_later(parts, piece)


def _edge(parts: Parts, piece: Piece) -> bool:
    edge = piece.of("E")[0]
    if len(piece.kinds) == 1:
        return parts.put(edge=edge)
    if piece.kinds[-1] in "DW" or piece.values[-1] == "d":
        return _edge_of_day(parts, piece)
    unit = piece.of("UmY")[0]
    if unit not in "wmy":
        return False
    return (parts.period is not None or parts.put(period=(unit, 0))) and parts.put(edge=edge)


def _edge_of_day(parts: Parts, piece: Piece) -> bool:
    """Take the end of the day, early tomorrow, late on friday."""
    part = {"early": "morning", "late": "evening", "end": "eod"}.get(piece.texts[0])
    if part is None:
        return False
    name = {"D": "today", "W": "weekday"}.get(piece.kinds[-1])
    return parts.put(part=part, **({name: piece.values[-1]} if name else {}))


def _plain(name: str) -> Rule:
    def rule(parts: Parts, piece: Piece) -> bool:
        return parts.put(**{name: piece.values[0]})

    return rule


def _year(parts: Parts, piece: Piece) -> bool:
    return parts.put(year=_century(piece.values[0], piece.kinds[0] == "y"))


def _month_year(parts: Parts, piece: Piece) -> bool:
    return parts.put(month=piece.of("nM")[0], year=piece.of("y")[0])


def _lunar(parts: Parts, piece: Piece) -> bool:
    parts.lunar = True
    kind = piece.kinds[0]
    if kind == "L":
        day = {} if len(piece.kinds) == 1 else {"day": piece.values[1]}
        return parts.put(month=piece.values[0], **day)
    if kind == "J":
        new_year = {} if piece.texts[0].startswith("初") else {"month": 1}
        return parts.put(day=piece.values[0], **new_year)
    return True


def _number(parts: Parts, piece: Piece) -> bool:
    before = piece.kinds[0] if len(piece.kinds) == 2 else ""
    parts.numbers.append((piece.values[-1], piece.texts[-1], before))
    return True


def _now(parts: Parts, piece: Piece) -> bool:
    parts.now = True
    return True


DAY_RULES: list[tuple[str, str, Rule]] = [
    ("nxHN", rf"{AMOUNTS}(?:l|fT)", _shift(1)),
    ("nxHN", rf"{AMOUNTS}A(?!{AMOUNT})", _shift(-1)),
    ("nx", r"[nx]G?W(?:l|fT|fD|A)", _weekdays),
    ("nxHN", rf"{AMOUNTS}[fFB]", _before_or_after),
    ("nx", r"[nx]U(?=O?[WD])", _week_on),
    ("WD", r"[WD]U", _week_on),
    ("i", rf"iw?{AMOUNTS}f(?!T)", _shift(1, anchored=True)),
    ("i", rf"iw?{AMOUNTS}[lF]?", _shift(1)),
    ("lA", rf"[lA]{AMOUNTS}", _before_or_after),
    ("WUc", r"[WUc]Fr", _after_next),
    ("U", r"U[FB]|Uf(?=O?[DWT])", _day_after),
    ("W", r"W[FB](?=O?[ZMDnoLJ])", _weekday_after),
    ("r", r"rG?W", _last_of),
    ("r", r"rG?W(?=.*[Mm]|rU)", _last_of_later),
    ("rp", r"[rp]+G?W", _relative("weekday", "W")),
    ("rp", r"[rp]M", _relative("month", "M")),
    ("r", r"r+Z", _relative("festival", "Z")),
    ("r", r"rG?[Udc]", _last_of),
    ("r", r"rG?[Udc](?=.*(?:[Mm]|U|R|y))", _last_of_later),
    ("rpc", r"[rp]+G?[UmYc]|c", _period),
    ("r", r"r+P", _part_of),
    ("y", r"y[SK]M[SK]n", _year_month_day),
    ("n", r"n[SK]M(?:[SK]?[yn])?", _year_month_day),
    ("y", r"y[SKV]n[SKV]n", _numeric),
    ("n", r"n[SKV]n(?:[SKV][yn]|y)", _numeric),
    ("M", r"M[SK]?[on](?![aCjkPV])", _month_day),
    ("on", r"[on]M", _month_day),
    ("M", r"M[SK]?y", _month_year),
    ("n", r"n[SK]y", _month_year),
    ("L", r"L(?:[nJ]d?)?", _lunar),
    ("n", r"nmnd?(?![hC])", _month_day),
    ("o", r"oG?[WUdYc]", _nth),
    ("E", r"EO?[UDW]", _edge),
    ("E", r"E", _edge),
    ("mY", r"[mY]E", _edge),
    ("yn", r"yY|nY(?=[nmIL]|$)", _year),
    ("nM", r"nm|M", lambda parts, piece: parts.put(month=piece.values[0])),
    ("n", r"nd", _plain("day")),
    ("O", r"Oo", lambda parts, piece: parts.put(day=piece.values[1])),
    ("o", r"o", _plain("day")),
    ("J", r"J", _lunar),
    ("I", r"I", _lunar),
    ("W", r"W", _plain("weekday")),
    ("D", r"D", _plain("today")),
    ("Z", r"Z", _plain("festival")),
    ("R", r"R", _plain("period")),
    ("T", r"T", _now),
    (
        "U",
        r"U(?=[Mno])",
        lambda parts, piece: piece.values[0] == "w" and parts.put(period=("w", 0)),
    ),
    ("U", r"U(?=Z)", lambda _parts, piece: piece.values[0] == "d"),  # the day of christmas
    ("U", r"U", _this_one),
    ("wO", r"[wO][ny](?![CVnajkhUp])", _number),
    ("ny", r"[ny](?!C|V)", _number),
]
# Two numbers are a date where not a time alone is asked for: 8-10 are hours there.
DATE_RULES: list[tuple[str, str, Rule]] = [
    ("n", r"n[SKV]n(?![SVMdmaC]|K[ny](?!S))", _numeric),
    ("y", r"y[SKV]n(?![SKVC])", _numeric),
    ("N", r"N", _eight_digits),
]
