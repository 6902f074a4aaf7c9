"""Types of slots: what kind of value each holds, from a TOML file or from Python."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from slotkit.errors import CorpusError
from slotkit.values.fold import fold

if TYPE_CHECKING:
    from pathlib import Path  # slow to import, and reading a value does without

KINDS = (
    "choice", "code", "date", "datetime", "duration", "money", "number", "ordinal", "person",
    "place", "text", "time",
)  # fmt: skip
_OPTIONS = {"values": ("choice", "place"), "pattern": ("choice", "code"), "currency": ("money",)}
_TICKETS = os.path.join(os.path.dirname(__file__), "tickets.toml")


class Type:
    """What a slot holds.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    values : mapping of str to sequence of str
        Of a choice or place: each value with its other names.
    pattern : str, optional
        Of a code, or of what a choice may be besides its values: a regular expression that the
        whole text must match, in upper case and without blanks and hyphens.
    currency : str, optional
        Of money, where none is said.

    Raises
    ------
    ValueError
        If there is no such kind, or an option does not go with it.

    Examples
    --------
    >>> Type("choice", values={"window": ["by the window"]}).names["by the window"]
    'window'
    """

    def __init__(
        self,
        kind: str,
        values: Mapping[str, Sequence[str]] | None = None,
        pattern: str | None = None,
        currency: str | None = None,
    ) -> None:
        self.kind = kind
        self.values = values or {}
        self.pattern = pattern
        self.currency = currency
        if kind not in KINDS:
            raise ValueError(f"unknown kind {kind!r}; choose from {', '.join(KINDS)}")
        for name, kinds in _OPTIONS.items():
            if getattr(self, name) and kind not in kinds:
                raise ValueError(f"{name} goes with {' and '.join(kinds)}, not with {kind}")
        if kind == "choice" and not self.values:
            raise ValueError("a choice needs values")
        if pattern is not None:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"pattern is no regular expression: {error}") from None

    @cached_property
    def names(self) -> dict[str, str]:
        """Every folded name of a value -> the value."""
        found: dict[str, str] = {}
        for value, others in self.values.items():
            for name in (value, *others):
                found.setdefault(fold(name), value)
        return found


def read_types(path: str | Path = _TICKETS) -> dict[str, Type]:
    """Read the types of slots from a TOML file; by default those of the ticket corpora.

    A slot's type is a kind, ``departure = "place"``, or a table with its options::

        [class]
        type = "choice"
        values.economy = ["economy class", "经济舱"]

    Raises
    ------
    CorpusError
        If it is no TOML, or a type is not what it must be, with the line.
    OSError
        If the file cannot be read.

    Examples
    --------
    >>> read_types()["departure"].kind
    'place'
    """
    import tomllib  # slow to import, and reading a value does without

    with open(path, "rb") as file:
        text = file.read()
    try:
        tables = tomllib.loads(text.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise CorpusError("expected UTF-8", path) from None
    except tomllib.TOMLDecodeError as error:
        what, _, place = str(error).partition(" (at ")
        number = re.match(r"line (\d+)", place)
        line = int(number[1]) if number else text.count(b"\n") + 1
        raise CorpusError(f"no TOML: {what.lower()}", path, line) from None
    types: dict[str, Type] = {}
    for slot, table in tables.items():
        try:
            types[slot] = make_type(table)
        except ValueError as error:
            raise CorpusError(f"{slot}: {error}", path, _line(text.decode(), slot)) from None
    return types


def make_type(table: Any) -> Type:
    """Make a type of a kind's name, or of a mapping such as a table of TOML.

    Raises
    ------
    ValueError
        If it is neither, or not what it must be.

    Examples
    --------
    >>> make_type({"type": "money", "currency": "EUR"}).currency
    'EUR'
    """
    if isinstance(table, str):
        table = {"type": table}
    if not isinstance(table, Mapping):
        raise ValueError(f"expected a kind or a table, got {table!r}")
    options = dict(table)
    kind = options.pop("type", None)
    if kind is None:
        raise ValueError(f"type is missing; choose from {', '.join(KINDS)}")
    unknown = sorted(set(options) - set(_OPTIONS))
    if unknown:
        raise ValueError(f"unknown option {unknown[0]!r}; choose from {', '.join(_OPTIONS)}")
    values = options.get("values", {})
    if isinstance(values, list):
        values = {one: [] for one in values if isinstance(one, str)}
    if not isinstance(values, Mapping) or not all(
        isinstance(names, list) and all(isinstance(one, str) for one in names)
        for names in values.values()
    ):
        raise ValueError("values must be a list, or each value with a list of its other names")
    for name in ("pattern", "currency"):
        if not isinstance(options.get(name, ""), str):
            raise ValueError(f"{name} must be a text, got {options[name]!r}")
    return Type(str(kind), values, options.get("pattern"), options.get("currency"))


def _line(text: str, slot: str) -> int | None:
    """Return the line where a slot's type begins."""
    name = rf"\"?{re.escape(slot)}\"?"
    start = re.compile(rf"\s*(?:\[{name}[\].]|{name}\s*[=.])")
    lines = (number for number, line in enumerate(text.splitlines(), 1) if start.match(line))
    return next(lines, None)
