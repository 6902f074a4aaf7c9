"""From a text to words of known kinds: the letters that the grammar of dates reads."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from slotkit.values import words_en, words_zh
from slotkit.values.numerals import chinese_number, english_number, is_vague
from slotkit.values.repair import closest_word, split_word
from slotkit.values.words_en import Token

_SIGNS = {"/": "S", ".": "V", ":": "C", "-": "K", "–": "K", "—": "K", "~": "K", "&": "e", "@": "w"}
_SILENT = frozenset(',;!?。、()[]"“”')
_MOST_DIGITS = 12  # of a number that is read
_PHRASES: dict[str, list[tuple[list[str], Token]]] = {}  # first word -> phrases, the longest first


class Tokens(NamedTuple):
    """What a text is made of.

    Parameters
    ----------
    kinds : str
        A letter a token; see `words_en`. "!" is a word that nobody knows.
    values : list
        The value of each.
    texts : list of str
        Each as it was read.
    notes : list of str
        What was assumed, as a word that was misspelt.
    """

    kinds: str
    values: list[object]
    texts: list[str]
    notes: list[str]


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Return the patterns of "p. m.", 周5, 2day and one token, compiled for the first text."""
    meridiem = re.compile(r"(?:(?<![a-z])([ap])(?:\. ?| )?m|(?<=\d)([ap]))\b\.?")
    weekday = re.compile(r"(周|星期|礼拜) ?([1-7])(?![\d:点點时時月号號日/.-])")
    to = re.compile(r"\b2(?:(morr?ow?|mrw|mro)\b|(?=(?:day|nite|night)\b))")
    token = re.compile(r"\d+|[a-z]+|[\u4e00-\u9fff〇]+|[^\s\w]|\w")
    return meridiem, weekday, to, token


@cache
def _vocabulary() -> frozenset[str]:
    """Return the English words that a misspelt or glued word may be."""
    words = set(words_en.WORDS) | words_en.FILLERS
    for phrase, token in words_en.PHRASES.items():
        parts = phrase.split()
        words.update(parts)
        _PHRASES.setdefault(parts[0], []).append((parts, token))
    for found in _PHRASES.values():
        found.sort(key=lambda one: -len(one[0]))
    return frozenset(words) | {"hundred", "thousand"}


def read_tokens(text: str) -> Tokens:
    """Read the tokens of a folded text; what says nothing is left out.

    Examples
    --------
    >>> read_tokens("the 5th of next month").kinds
    'orU'
    >>> read_tokens("下个月5号").kinds
    'rGmnd'
    """
    vocabulary = _vocabulary()
    meridiem, weekday, to, pattern = _patterns()
    text = meridiem.sub(lambda match: f"{match[1] or match[2]}m ", text)
    text = weekday.sub(lambda match: match[1] + "一二三四五六日"[int(match[2]) - 1], text)
    text = to.sub(lambda match: "tomorrow" if match[1] else "to", text)
    text = text.replace("'", "").replace("\u2019", "")
    raw = pattern.findall(text)
    notes: list[str] = []
    words: list[str] = []
    for one in raw:
        if one.isascii() and one.isalpha() and one not in vocabulary and len(one) > 1:
            known, mended = _known(one)
            words += known
            if mended:
                notes.append(f"{one!r} read as {known[0]!r}")
        else:
            words.append(one)
    if "-" in words:
        words = _without_hyphens(words)
    kinds: list[str] = []
    values: list[object] = []
    texts: list[str] = []

    def add(kind: str, value: object, said: str) -> None:
        kinds.append(kind)
        values.append(value)
        texts.append(said)

    place, count = 0, len(words)
    while place < count:
        word = words[place]
        if word[0].isdecimal():
            follows = words[place + 1] if place + 1 < count else ""
            if follows in ("st", "nd", "rd", "th") and len(word) <= 2:
                add("o", int(word), word + follows)
                place += 2
                continue
            kind = "n" if len(word) <= 2 else "y" if len(word) == 4 else "N"
            if len(word) > _MOST_DIGITS:
                add("!", None, word)
            else:
                add(kind, int(word), word)
        elif word[0] > "\u2e80":
            for kind, value, said in _chinese(word):
                add(kind, value, said)
        elif word in _PHRASES and (
            found := next(
                (one for one in _PHRASES[word] if words[place : place + len(one[0])] == one[0]),
                None,
            )
        ):
            add(*found[1], " ".join(found[0]))
            place += len(found[0])
            continue
        elif (number := _spoken(words, place)) is not None:
            (kind, value), end = number
            if kind == "n" and kinds and kinds[-1] == "x":  # "a few", "a couple"
                kinds.pop(), values.pop(), texts.pop()
            if word == "second" and kinds and kinds[-1] in "nx":
                kind, value = "U", "s"
            add(kind, value, " ".join(words[place:end]))
            place = end
            continue
        elif word in words_en.WORDS:
            add(*words_en.WORDS[word], word)
        elif word in _SIGNS:
            before = words[place - 1] if place else ""
            after = words[place + 1] if place + 1 < count else ""
            if word != "." or (before.isdecimal() and after.isdecimal()):
                add(_SIGNS[word], None, word)
        elif word not in words_en.FILLERS and word not in _SILENT:
            add("!", None, word)
        place += 1
    return Tokens("".join(kinds), values, texts, notes)


_NUMBER_WORDS = frozenset(
    [*words_en.NUMBERS, *words_en.ORDINALS, "oh", "o", "a", "hundred", "thousand", "million"]
)
_SPOKEN = {word for word, number in words_en.NUMBERS.items() if number >= 10}
_SPOKEN |= {"quarter", "quarters"}
_HYPHENED = frozenset([*words_en.TENS, "mid", "early", "late", "half", "day", "new", "on", "o"])


def _without_hyphens(words: list[str]) -> list[str]:
    """Leave out the hyphens within words: twenty-one, mid-day, 11-ish, seven-thirty."""
    kept: list[str] = []
    for place, word in enumerate(words):
        if word == "-" and 0 < place < len(words) - 1:
            before, after = words[place - 1], words[place + 1]
            spoken = after in _SPOKEN and before in words_en.NUMBERS
            if after == "ish" or spoken or (before in _HYPHENED and after.isalpha()):
                continue
        kept.append(word)
    return kept


def _spoken(words: list[str], place: int) -> tuple[Token, int] | None:
    """Read a number in words: its token, and where it ends."""
    word = words[place]
    if word not in _NUMBER_WORDS:
        return None
    if word in ("oh", "o") and place + 1 < len(words) and words[place + 1] in words_en.UNITS:
        return ("n", words_en.NUMBERS[words[place + 1]]), place + 2
    found = english_number(words[place : place + 12])
    if found is None or found[2] == 0:
        return None
    value, ordinal, used = found
    end = place + used
    kind = "o" if ordinal else "n" if value < 100 else "y" if 1000 <= value < 3000 else "N"
    return (kind, value), end


@lru_cache(maxsize=4096)
def _known(word: str) -> tuple[list[str], bool]:
    """Return the known words that an unknown one is made of or misspelt for, or itself.

    The second tells whether it was misspelt.
    """
    parts = split_word(word, _vocabulary())
    if parts:
        return parts, False
    closest = closest_word(word, _vocabulary())
    return ([closest], True) if closest else ([word], False)


def _chinese(text: str) -> list[tuple[str, object, str]]:
    """Read characters: the longest word of the table first, or the longest number."""
    found: list[tuple[str, object, str]] = []
    place = 0
    while place < len(text):
        end = place
        while end < len(text) and text[end] in words_zh.NUMERALS:
            end += 1
        word = ""
        for length in range(min(words_zh.LONGEST, len(text) - place), 0, -1):
            candidate = text[place : place + length]
            if candidate in words_zh.WORDS or candidate in words_zh.FILLERS:
                word = candidate
                break
        if word and len(word) >= end - place:
            if word in words_zh.WORDS:
                found.append((*words_zh.WORDS[word], word))
            place += len(word)
            continue
        if text[place] == "第":
            end = place + 1
            while end < len(text) and text[end] in words_zh.NUMERALS:
                end += 1
            number = chinese_number(text[place + 1 : end])
            found.append(("o", number, text[place:end]) if number else ("!", None, text[place]))
            place = max(end, place + 1)
        elif end > place:
            said = text[place:end]
            number = chinese_number(said)
            year = text[end : end + 1] == "年" and text[end + 1 : end + 2] in words_zh.NUMERALS
            if number is None or (is_vague(said) and not year):
                found.append(("!", None, said))
            elif number < 100 and (len(said) < 3 or any(c in words_zh.SCALES for c in said)):
                found.append(("n", number, said))
            else:
                found.append(("y" if 1000 <= number < 3000 else "N", number, said))
            place = end
        else:
            found.append(("!", None, text[place]))
            place += 1
    return found
