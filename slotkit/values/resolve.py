"""From a span to a typed value: one function for all kinds."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from slotkit.errors import MissingExtraError
from slotkit.values.fold import fold, is_chinese
from slotkit.values.result import Resolved, Unreadable
from slotkit.values.types import Type

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

_LANGUAGES = ("en", "zh")
_MOMENTS = ("date", "time", "datetime")
_LONGEST = 200  # characters of a span; what is longer is no value


def resolve(
    text: str,
    kind: str | Type,
    *,
    now: datetime | str | None = None,
    language: str | None = None,
    time_zone: tzinfo | str | None = None,
    first_weekday: int = 0,
    future: bool = True,
    day_first: bool | None = None,
) -> Resolved:
    """Read a span as a typed value; docs/values.md says what each kind reads.

    Parameters
    ----------
    text : str
        The span, as it was said.
    kind : str or Type
        A kind's name, or a type with its values, pattern or currency.
    now : datetime or str, optional
        The moment of speaking, also in ISO 8601. Without it, what needs it cannot be read.
    language : str, optional
        ``en`` or ``zh``; None tells it from the script.
    time_zone : tzinfo or str, optional
        The zone, or its IANA name, that a `now` with an offset is brought to.
    first_weekday : int
        With which day a week begins, 0 Monday.
    future : bool
        Whether what may lie ahead or behind ("friday") lies ahead.
    day_first : bool, optional
        Whether 5/12 is in December; None takes what is usual in the language.

    Returns
    -------
    Resolved
        Its `value` is None where the span cannot be read, and `reason` says why.

    Raises
    ------
    ValueError
        If there is no such kind, language or time zone, or `now` is no moment.

    Examples
    --------
    >>> resolve("half past eight in the evening", "time").value
    '20:30'
    >>> resolve("下周五", "date", now="2026-11-28T12:00").value
    '2026-12-04'
    >>> resolve("February 30", "date", now="2026-11-28").reason
    'February has no day 30'
    """
    type_ = _plain_type(kind) if isinstance(kind, str) else kind
    if language is not None and language not in _LANGUAGES:
        raise ValueError(f"unknown language {language!r}; choose from {', '.join(_LANGUAGES)}")
    if not 0 <= first_weekday <= 6:
        raise ValueError(f"first_weekday must be 0 to 6, got {first_weekday}")
    moment = to_moment(now, time_zone)
    try:
        if len(text) > _LONGEST:
            raise Unreadable(f"longer than {_LONGEST} characters")
        if type_.kind in _MOMENTS:
            return _read_moment(
                text, type_.kind, moment, language, day_first, first_weekday, future=future
            )
        return _READERS.get(type_.kind, _read_text)(text, type_, language)
    except MissingExtraError as error:
        return Resolved(type_.kind, None, [], str(error))
    except Unreadable as error:
        return Resolved(type_.kind, None, error.alternatives, error.reason)


@cache
def _plain_type(kind: str) -> Type:
    """Return the type of a kind without parameters."""
    return Type(kind)


# Each kind imports what reads it when the first text of it is read: that keeps the import fast.


def _read_moment(
    text: str,
    kind: str,
    now: datetime | None,
    language: str | None,
    day_first: bool | None,
    first_weekday: int,
    *,
    future: bool,
) -> Resolved:
    from slotkit.values.calendar import Context
    from slotkit.values.moments import read_moment

    chinese = _speaks_chinese(text, language)
    return read_moment(fold(text), Context(kind, now, chinese, day_first, first_weekday, future))


def _speaks_chinese(text: str, language: str | None) -> bool:
    return is_chinese(text) if language is None else language == "zh"


def _read_number(text: str, type_: Type, language: str | None) -> Resolved:
    from slotkit.values.amounts import read_number

    return _found(type_, *read_number(fold(text)))


def _read_ordinal(text: str, type_: Type, language: str | None) -> Resolved:
    from slotkit.values.amounts import read_ordinal

    return _found(type_, read_ordinal(fold(text)), [])


def _read_money(text: str, type_: Type, language: str | None) -> Resolved:
    from slotkit.values.amounts import read_money

    value, others, notes = read_money(
        fold(text),
        type_.currency,
        chinese=_speaks_chinese(text, language),
        traditional=any(c in text for c in "塊圓幣錢"),
    )
    return _found(type_, value, notes, others)


def _read_duration(text: str, type_: Type, language: str | None) -> Resolved:
    from slotkit.values.durations import read_duration

    return _found(type_, *read_duration(fold(text)))


def _read_choice(text: str, type_: Type, language: str | None) -> Resolved:
    from slotkit.values.names import read_choice

    return _found(type_, *read_choice(text, type_))


def _read_place(text: str, type_: Type, language: str | None) -> Resolved:
    from slotkit.values.names import read_place

    return _found(type_, *read_place(text, type_))


def _read_code(text: str, type_: Type, language: str | None) -> Resolved:
    from slotkit.values.names import read_code

    return _found(type_, read_code(text, type_), [])


def _read_text(text: str, type_: Type, language: str | None) -> Resolved:
    """Read a person or a text: as it is, blanks squeezed."""
    value = " ".join(text.split())
    if not value:
        raise Unreadable("nothing is said")
    return _found(type_, value, [])


def _found(type_: Type, value: Any, notes: list[str], others: list[Any] | None = None) -> Resolved:
    return Resolved(type_.kind, value, others or [], "; ".join(notes) or None)


_READERS = {
    "number": _read_number,
    "ordinal": _read_ordinal,
    "money": _read_money,
    "duration": _read_duration,
    "choice": _read_choice,
    "place": _read_place,
    "code": _read_code,
}


def to_moment(now: datetime | str | None, zone: tzinfo | str | None = None) -> datetime | None:
    """Return the moment of speaking without a zone, as a clock in the zone shows it.

    Raises
    ------
    ValueError
        If it is no moment in ISO 8601, or there is no such zone.
    """
    if isinstance(now, str):
        from datetime import datetime

        try:
            now = datetime.fromisoformat(now)
        except ValueError:
            raise ValueError(f"now must be a moment in ISO 8601, got {now!r}") from None
    if isinstance(zone, str):
        from zoneinfo import ZoneInfo

        try:
            zone = ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"unknown time zone {zone!r}; expected one as Asia/Taipei") from None
    if now is not None and not hasattr(now, "tzinfo"):
        raise ValueError(f"now must be a datetime, or one in ISO 8601, got {now!r}")
    if now is None or now.tzinfo is None:
        return now
    return (now if zone is None else now.astimezone(zone)).replace(tzinfo=None)
