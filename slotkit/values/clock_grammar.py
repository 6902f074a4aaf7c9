"""The grammar of the time of day: half past eight, 7h30, 下午三点半; see `grammar`."""

from __future__ import annotations

from slotkit.values.parts import Parts
from slotkit.values.pieces import Piece, Rule

_MINUTES = (5, 10, 15, 20, 25)  # that are said before an hour: "ten to five"


def _clock(parts: Parts, piece: Piece) -> bool:
    """Take 7:56, 7h01, eight forty, seven o'clock."""
    numbers = piece.of("nNy")
    hour, minute = numbers[0], numbers[1] if len(numbers) > 1 else 0
    said = piece.texts[0]
    if len(numbers) == 1 and hour >= 100:  # 730pm, 1140
        hour, minute = divmod(hour, 100)
    if piece.kinds.startswith("nn") and minute < 10 and piece.texts[1][0] not in "0o":
        return False  # 15, 8 pm
    parts.seconds = len(numbers) > 2 and numbers[2] > 0
    parts.sure = parts.sure or "j" in piece.kinds or (said[0] == "0" and len(said) > 1)
    return parts.put(clock=(hour, minute))


def _hundred_hours(parts: Parts, piece: Piece) -> bool:
    return piece.values[1] == "h" and _clock(parts, piece)


def _hours(parts: Parts, piece: Piece) -> bool:
    """Take the "hrs" behind 19:30."""
    return parts.clock is not None and piece.values[0] == "h"


def _dotted(parts: Parts, piece: Piece) -> bool:
    """Take 17.30 where a day is said before."""
    return parts.has_day and _clock(parts, piece)


def _spoken(parts: Parts, piece: Piece) -> bool:
    """Take "eight forty", where both are words or nothing but a time can be meant."""
    if not (piece.texts[0].isalpha() and piece.texts[1].replace(" ", "").isalpha()):
        return False
    return _clock(parts, piece)


def _minutes(piece: Piece) -> int | None:
    """Return the minutes before "past" or "to"."""
    kinds = piece.kinds
    if "H" in kinds:
        return 30
    if "Q" in kinds:
        value: int = 15 * (piece.of("n")[0] if kinds[0] == "n" else 1)
    else:
        value = piece.values[0]
    return value if value < 60 else None


def _past(parts: Parts, piece: Piece) -> bool:
    at = len(piece.kinds) - 2
    minutes = _minutes(Piece(piece.kinds[:at], piece.values[:at], piece.texts[:at]))
    hour = _hour(parts, piece)
    return minutes is not None and hour is not None and parts.put(clock=(hour, minutes))


def _hour(parts: Parts, piece: Piece) -> int | None:
    """Return the hour behind "past" or "to", which noon and midnight may say."""
    last = piece.values[-1]
    if piece.kinds[-1] == "P":
        parts.sure = True
        to = "t" in piece.kinds
        last = {"noon": 12, "midnight": 24 if to else 0}.get(last)
    hour: int | None = last
    return hour


def _to(parts: Parts, piece: Piece) -> bool:
    at = len(piece.kinds) - 2
    first = Piece(piece.kinds[:at], piece.values[:at], piece.texts[:at])
    minutes = _minutes(first)
    hour = _hour(parts, piece)
    if minutes is None or hour is None or not 1 <= hour <= 24:
        return False
    alone = first.kinds == "n" and piece.kinds[-1] == "n"
    if alone and (minutes not in _MINUTES or hour > 12):  # 8 to 10, 20 to 22
        return False
    return parts.put(clock=((hour - 1) or 12 if hour <= 12 else hour - 1, 60 - minutes))


def _hour_of_now(parts: Parts, piece: Piece) -> bool:
    """Take "ten past", where only now tells the hour."""
    minutes = _minutes(piece)
    if minutes is None or not 0 < minutes < 60:
        return False
    return parts.put(minute=60 - minutes if piece.kinds[-1] == "t" else minutes)


def _half(parts: Parts, piece: Piece) -> bool:
    return parts.put(clock=(piece.of("n")[0], 30))


def _chinese(parts: Parts, piece: Piece) -> bool:
    """Take 八点, 八点半, 八点一刻, 八点十分, 八点差十分, 差一刻八点."""
    kinds = piece.kinds
    at = kinds.index("h") - 1
    hour = piece.values[at]
    rest = Piece(kinds[at + 2 :], piece.values[at + 2 :], piece.texts[at + 2 :])
    if kinds[0] == "X":
        rest = Piece(kinds[:at], piece.values[:at], piece.texts[:at])
    minute = 0
    numbers = rest.of("n")
    if "H" in rest.kinds:
        minute = 30
    elif numbers:
        minute = numbers[0] * (15 if "Q" in rest.kinds or "q" in rest.values else 1)
    if "X" in kinds and minute:
        if minute >= 60:
            return False
        hour, minute = ((hour - 1) or 12 if hour <= 12 else hour - 1), 60 - minute
    parts.seconds = "s" in kinds
    if hour == 0:
        parts.sure = True
    return parts.put(clock=(hour, minute))


def _meridiem(parts: Parts, piece: Piece) -> bool:
    return parts.meridiem == piece.values[0] or parts.put(meridiem=piece.values[0])


def _part(parts: Parts, piece: Piece) -> bool:
    name = piece.values[-1]
    if {name, parts.part} in ({"midnight", "tonight"}, {"midnight", "night"}):
        parts.part = None
        if name == "tonight" and not parts.has_day:
            parts.today = 0
        return parts.put(clock=(24, 0))
    if piece.kinds[0] == "E":
        name = {-1: "early ", 0: "mid", 1: "late "}[piece.values[0]] + name
    if name == "tonight" and parts.today is None and not parts.has_day:
        parts.today, name = 0, "tonight"
    elif name == "this morning" and parts.today is None:
        parts.today, name = 0, "morning"
    return parts.put(part=name)


CLOCK_RULES: list[tuple[str, str, Rule]] = [
    ("n", r"nCn(?:Cn)?", _clock),
    ("nxHQ", r"(?:x?H|[nx]?Q|nU?)p[nP]", _past),
    ("nxQ", r"(?:[nx]?Q|n)Fn", _past),
    ("nxQ", r"(?:[nx]?Q|nU?)t(?:n(?![CdmM])|P)", _to),
    ("nxQ", r"(?:[nx]?Q|n)Bn", _to),
    ("nxHQ", r"(?:x?H|[nx]?Q|nU?)p$", _hour_of_now),
    ("nxQ", r"(?:[nx]?Q|nU?)t$", _hour_of_now),
    ("n", r"nVn(?=a)", _clock),
    ("n", r"nnk?(?=a)", _clock),
    ("nyN", r"[nyN]k?(?=a)", _clock),
    ("n", r"nk", _clock),
    ("n", r"njn?", _clock),
    ("yN", r"[yN][Uj]", _hundred_hours),
    ("jU", r"[jU]", _hours),
    ("H", r"Hn(?![UGY])", _half),
    ("n", r"nhXn[uQU]?", _chinese),
    ("X", r"Xn[uQU]?k?nh", _chinese),
    ("n", r"nh(?:H|i?nQ|i?n(?:u(?:ns)?)?(?![hUGdmY]))?k?", _chinese),
    ("E", r"EP", _part),
    ("P", r"P", _part),
    ("a", r"a", _meridiem),
]
# Two words that a date may have for a year.
SPOKEN_RULES: list[tuple[str, str, Rule]] = [
    ("n", r"nn(?![UGYdmhCSKVaM])", _spoken),
    ("n", r"nVn(?!V)", _dotted),
]
# A number alone is a time where nothing but a time is asked for.
TIME_RULES: list[tuple[str, str, Rule]] = [
    ("n", r"nVn(?!V)", _clock),
    ("n", r"nn(?![UGYdmhCSKV])", _clock),
    ("yN", r"[yN](?![SKVYM])", _clock),
]
