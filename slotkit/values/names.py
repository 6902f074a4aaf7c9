"""Values by name: choices, places, persons, codes."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cache

from slotkit.values.fold import fold
from slotkit.values.repair import closest_word
from slotkit.values.result import Unreadable
from slotkit.values.types import Type

_PLACES = os.path.join(os.path.dirname(__file__), "places.toml")


_NOT = {"not", "no", "dont", "don't", "except", "never", "without", "but"}


def squeeze(text: str) -> str:
    """Return a text with single blanks and none around it."""
    return " ".join(text.split())


def read_choice(text: str, type_: Type) -> tuple[str, list[str]]:
    """Read a text as one of the values of a choice; return it, and what was assumed.

    Raises
    ------
    Unreadable
        If it is none of them, or several.

    Examples
    --------
    >>> read_choice("a window seat please", Type("choice", {"window": [], "aisle": []}))
    ('window', [])
    """
    folded = fold(text)
    names = type_.names
    if folded in names:
        return names[folded], []
    if type_.pattern is not None:
        code = make_code(text)
        if re.fullmatch(type_.pattern, code):
            return code, []
    said = _contained(folded, names)
    if said and (_NOT & set(folded.split()) or any(one in folded for one in "不别非")):
        raise Unreadable("it is said what is not wanted")
    if len(said) == 1:
        return said[0], []
    if len(said) > 1:
        raise Unreadable("more than one of them is said", list(said))
    closest = closest_word(folded, names)
    if closest is not None:
        return names[closest], [f"{folded!r} read as {closest!r}"]
    raise Unreadable(f"choose from {', '.join(type_.values)}")


def _contained(text: str, names: Mapping[str, str]) -> list[str]:
    """Return the values whose names stand in a text, as words; of names in names the longest."""
    found: list[str] = []
    padded = " " + re.sub(r"[^\w]+", " ", text) + " "
    for name in sorted(names, key=len, reverse=True):
        key = f" {name} " if name.isascii() else name
        if key in padded:
            padded = padded.replace(key, " | ")
            if names[name] not in found:
                found.append(names[name])
    return found


@cache
def _common_places() -> dict[str, str]:
    """Return the bundled names of places, folded -> the place."""
    import tomllib  # slow to import

    with open(_PLACES, "rb") as file:
        places = tomllib.load(file)
    return Type("place", places).names


def read_place(text: str, type_: Type) -> tuple[str, list[str]]:
    """Read a text as a place; one that no list has stays as it is.

    Examples
    --------
    >>> read_place("nyc", Type("place"))
    ('New York', [])
    """
    folded = fold(text)
    for names in (type_.names, _common_places()):
        if folded in names:
            return names[folded], []
    closest = closest_word(folded, type_.names)
    if closest is not None:
        return type_.names[closest], [f"{folded!r} read as {closest!r}"]
    if not folded:
        raise Unreadable("nothing is said")
    return squeeze(text), ["in no list of places: as it was said"]


def make_code(text: str) -> str:
    """Return a code in upper case, without blanks and hyphens.

    Examples
    --------
    >>> make_code("ba 249")
    'BA249'
    """
    return re.sub(r"[\s\-–—]+", "", fold(text).upper())


def read_code(text: str, type_: Type) -> str:
    """Read a text as a code.

    Raises
    ------
    Unreadable
        If it does not match the pattern; without one, if it is not of letters and digits alone.
    """
    code = make_code(text)
    pattern = type_.pattern or r"[A-Z0-9]+"
    if not re.fullmatch(pattern, code):
        code = re.sub(r"[\u4e00-\u9fff]", "", code)  # 订单30701, G102次
    if not re.fullmatch(pattern, code):
        raise Unreadable(f"{code!r} does not look like a code")
    return code
