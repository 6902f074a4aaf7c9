"""Which column of a file holds the token and which the tag, told from what stands in them.

A column of tags holds nothing else in nine lines of ten. Of several the last one is taken, but
where it has the labels of the one before, it is what a tagger predicted beside what is right. In
CoNLL-U the tag may be a feature (``Tag=B-LOC``), in CoNLL-2012 it is a bracket, ``(GPE*``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from operator import eq
from typing import NamedTuple

from slotkit.corpus.formats.rows import check_tag

_PREFIXED = re.compile(r"[bieslum]-\S+|o")
_FEATURE = re.compile(r"(?:^|\|)\w+=(O|[BIESLUM]-[^|\s]+)(?=\||$)", re.IGNORECASE)
_BRACKET = re.compile(r"\*|\(?[^()*\s]*\*?\)?")
_NUMBERED = re.compile(r".[0-9]")  # a character with its place in the word, of Weibo
_COUNT = re.compile("[0-9]{1,9}")
NO_TOKEN = re.compile(r"[0-9]+[-.][0-9]+")  # the number of a word of several tokens, or of none
_NUMBER = re.compile(r"[0-9]+[.):]?")
_LANGUAGE = re.compile("([a-z]{2,3}):.")  # before each token, as in WikiAnn
_MOSTLY = 0.9


class Layout(NamedTuple):
    """Where a line has its token and its tag, and how the tag is written.

    Parameters
    ----------
    token, tag : int
        Columns, from 0; from -1 at the end.
    style : str
        ``tag``, ``feature`` or ``bracket``.
    numbered : bool
        Whether the first column counts the tokens.
    placed : bool
        Whether each token is a character and a digit for its place in a word.
    language : str
        What stands before each token, as ``en:``.
    width : int
        The usual number of columns; 0 where they are given.
    tabs : bool
        Whether tabs separate them.
    sure : bool
        Whether a column holds tags and nothing else.
    said : str
        What was taken, where it is not plain; else empty.
    """

    token: int = 0
    tag: int = -1
    style: str = "tag"
    numbered: bool = False
    placed: bool = False
    sure: bool = False
    said: str = ""
    language: str = ""
    width: int = 0
    tabs: bool = False


def upper(tag: str) -> str:
    """Write the prefix of a tag in upper case: ``b-loc`` becomes ``B-loc``."""
    return tag[0].upper() + tag[1:] if _PREFIXED.fullmatch(tag) else tag


def is_tag(value: str) -> bool:
    """Tell whether a value is a tag of some scheme, its prefix in either case."""
    try:
        check_tag(upper(value))
    except ValueError:
        return False
    return True


def feature(value: str) -> str:
    """Return the tag among features, O where there is none.

    Examples
    --------
    >>> feature("SpaceAfter=No|Tag=B-LOC"), feature("_")
    ('B-LOC', 'O')
    """
    found = _FEATURE.search(value)
    return found[1] if found else "O"


def is_bracket(value: str) -> bool:
    """Tell whether a value is a bracket of CoNLL-2012, or the star between two."""
    return value != "" and _BRACKET.fullmatch(value) is not None


def of_bracket(value: str, inside: str) -> tuple[str, str]:
    """Return the tag that a bracket stands for, and the slot that stays open behind it.

    Examples
    --------
    >>> of_bracket("(GPE*", ""), of_bracket("*)", "GPE"), of_bracket("(PERSON)", "")
    (('B-GPE', 'GPE'), ('I-GPE', ''), ('B-PERSON', ''))
    """
    name = value.strip("()*")
    tag = f"B-{name}" if name else f"I-{inside}" if inside else "O"
    return tag, "" if value.endswith(")") else name or inside


def find_layout(
    lines: Sequence[Sequence[str]],
    columns: tuple[int, int] | None = None,
    *,
    tabs: bool = False,
) -> Layout:
    """Find where lines have their token and tag.

    Parameters
    ----------
    lines : sequence of sequence of str
        The first lines of a file, cut into their columns; no comments.
    columns : (int, int), optional
        Of token and tag if they are given, counted from 1, or from -1 at the end.
    tabs : bool
        Whether tabs separate columns.
    """
    width = Counter(map(len, lines)).most_common(1)[0][0] if lines else 0
    usual = [line for line in lines if len(line) == width]
    if columns is not None:
        token, tag = (one - 1 if one > 0 else one for one in columns)
        there = [line[tag] for line in lines if -len(line) <= tag < len(line)]
        return Layout(token, tag, _style(there), placed=_is_placed(usual, token))
    if width < 2:
        return Layout()
    values = [[line[place] for line in usual] for place in range(width)]
    numbered = width > 2 and _counts(values[0])
    tag, style, more = _find_tag(values)
    token = _find_token(values, tag)
    if _is_of_2012(usual):
        token, numbered = 3, False
    placed = _is_placed(usual, token)
    said = ""
    if width > 2 or tag == 0:
        said = f"of {width} columns, {token + 1} is read as the token and {tag + 1} as the tag"
        said += f"{more}; --columns overrules"
    sure = _share(values[tag], is_tag) >= _MOSTLY
    place = -1 if tag == width - 1 else tag
    languages = {match[1] for match in map(_LANGUAGE.match, values[token]) if match}
    same = len(languages) == 1 and all(map(_LANGUAGE.match, values[token]))
    language = f"{languages.pop()}:" if same and len(usual) > 1 else ""
    return Layout(token, place, style, numbered, placed, sure, said, language, width, tabs)


def _is_number(value: str) -> bool:
    """Tell whether a value is the number of a token, or of a sentence."""
    return bool(_NUMBER.fullmatch(value) or NO_TOKEN.fullmatch(value))


def _find_token(values: Sequence[Sequence[str]], tag: int) -> int:
    """Find the column of the token: the first that neither numbers nor names what lines are of."""
    others = [
        place
        for place in range(len(values))
        if place != tag and (len(values) == 2 or _share(values[place], is_tag) < _MOSTLY)
    ] or [int(tag == 0)]
    for place in others[:-1]:
        same = sum(map(eq, values[place], values[place][1:]))
        named = len(values) > 2 and 2 * same >= len(values[place]) > 1
        if _share(values[place], _is_number) < _MOSTLY and (not named or place > tag >= 0):
            return place
        if place > tag:
            break
    return next((place for place in reversed(others) if place < tag), others[0])


def _find_tag(values: Sequence[Sequence[str]]) -> tuple[int, str, str]:
    """Find the column of the tag, how it is written, and what else might have been it."""
    width = len(values)
    tags = [place for place in range(width) if _share(values[place], is_tag) >= _MOSTLY]
    if len(tags) == width == 2:
        tags = [1]
    if len(tags) > 1 and (more := _predicted(values, tags[-2], tags[-1])):
        return tags[-2], "tag", more
    if tags:
        others = ", ".join(str(place + 1) for place in tags[:-1])
        return tags[-1], "tag", f" (tags stand in {others} too)" if others else ""
    for place in reversed(range(1, width)):
        if any(map(_FEATURE.search, values[place])):
            return place, "feature", ""
    usual = list(zip(*values, strict=True))
    if _is_of_2012(usual):
        return 10, "bracket", ""
    for place in reversed(range(1, width)):
        if _share(values[place], is_bracket) == 1 and "*" in values[place]:
            return place, "bracket", ""
    return width - 1, "tag", ""


def _predicted(values: Sequence[Sequence[str]], one: int, other: int) -> str:
    """Say so where the later of two columns of tags holds predictions for the first."""
    first, last = ({value.partition("-")[2] for value in values[k]} - {""} for k in (one, other))
    if other != one + 1 or not first & last or 2 * len(first & last) < min(len(first), len(last)):
        return ""
    return f" ({other + 1} has the same labels: predictions)"


def _is_of_2012(lines: Sequence[Sequence[str]]) -> bool:
    """Tell whether lines are those of CoNLL-2012: document, part, number, word, ..., brackets."""
    return bool(lines) and all(
        len(line) >= 12 and line[1].isdecimal() and line[2].isdecimal() for line in lines
    )


def _style(values: Sequence[str]) -> str:
    """Tell how the tags of a column are written."""
    if _share(values, is_tag) >= _MOSTLY or not values:
        return "tag"
    if any(map(_FEATURE.search, values)):
        return "feature"
    return "bracket" if _share(values, is_bracket) == 1 and "*" in values else "tag"


def _share(values: Sequence[str], holds: Callable[[str], bool]) -> float:
    """Return of how many values something holds."""
    return sum(map(holds, values)) / max(1, len(values))


def _counts(values: Sequence[str]) -> bool:
    """Tell whether values count: each is one more than the one before it, or begins anew."""
    values = [value for value in values if not NO_TOKEN.fullmatch(value)]
    numbers = [int(value) for value in values if _COUNT.fullmatch(value)]
    if not numbers:
        return False
    if len(numbers) < _MOSTLY * len(values):
        return False
    return all(later in (earlier + 1, 0, 1) for earlier, later in pairwise([0, *numbers]))


def _is_placed(lines: Sequence[Sequence[str]], token: int) -> bool:
    """Tell whether all tokens are a character and a digit for its place in a word."""
    tokens = [line[token] for line in lines if -len(line) <= token < len(line)]
    digits = {one[-1:] for one in tokens}
    return "0" in digits and all(map(_NUMBERED.fullmatch, tokens))
