"""Text to tokens, with the offsets of each in the text as given.

The `words` tokenizer keeps runs of letters and digits together in scripts that put blanks
between words, and makes a token of every character in those that do not (Chinese, Japanese,
Thai, Lao, Khmer, Burmese). Nothing but blanks is dropped: ``text[start:end] == token`` always.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple


class Tokens(NamedTuple):
    """The tokens of a text and where each stands in it.

    Parameters
    ----------
    words : list of str
        The tokens, T of them.
    offsets : list of (int, int)
        Start and exclusive end of each, in characters.
    """

    words: list[str]
    offsets: list[tuple[int, int]]


# Scripts without blanks between words: first and last code points of their blocks.
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # CJK radicals
    (0x3005, 0x3007),  # iteration mark, closing mark, zero
    (0x3021, 0x312F),  # numerals, Hiragana, Katakana, Bopomofo
    (0x31F0, 0x31FF),  # Katakana extensions
    (0x3400, 0x9FFF),  # CJK
    (0xF900, 0xFAFF),  # CJK compatibility
    (0xFF66, 0xFF9F),  # half-width Katakana
    (0x20000, 0x3FFFF),  # CJK extensions B and later
)


class _Classes(dict[int, str]):
    """The class of a character by its code point, found when first met (for `str.translate`)."""

    def __missing__(self, code: int) -> str:
        self[code] = found = self._find(chr(code))
        return found

    @staticmethod
    def _find(character: str) -> str:
        code, category = ord(character), unicodedata.category(character)
        if character in "'\u2019":
            return "'"  # stands inside words
        if character == ".":
            return "."
        if character in ":,":
            return ":"  # stands inside numbers, as the stop does
        if character == "\u200d":
            return "J"  # joins emoji
        if character.isspace():
            return " "
        if category[0] == "M" or category == "Cf" or 0x1F3FB <= code <= 0x1F3FF:
            return "M"  # modifies the character before it: accent, variant, skin tone
        if category[0] in "LN" and any(first <= code <= last for first, last in _UNSPACED):
            return "U"
        if category[0] == "N":
            return "D"
        if category[0] == "L" or character == "_":
            return "L"
        return "F" if 0x1F1E6 <= code <= 0x1F1FF else "X"  # half a flag; anything else


_CLASSES = _Classes()

# Over classes, one letter a character: an abbreviation (a.m.), not sought again inside a run of
# letters and stops that was none, which would take quadratic time; a word or number with its inner
# apostrophes (o'clock), stops, colons and commas (7:30pm, 1,000); a flag; one character with
# its marks, and the emoji joined to it.
_TOKEN = re.compile(
    r"(?<![LMJ]\.)(?:L[MJ]*\.){2,}(?![LD])"
    r"|(?:[LD][MJ]*)+(?:'(?:L[MJ]*)+|(?<=D)[.:](?:D[MJ]*)(?:[LD][MJ]*)*)*"
    r"|FF[MJ]*"
    r"|X[M]*(?:JXM*)*"
    r"|[^ ][MJ]*"
)
_NO_BLANKS = re.compile(r"\S+")


def _words(text: str) -> Tokens:
    """Find words where the script has blanks, characters where it has none."""
    offsets = [match.span() for match in _TOKEN.finditer(text.translate(_CLASSES))]
    return Tokens([text[start:end] for start, end in offsets], offsets)


def _whitespace(text: str) -> Tokens:
    """Find what stands between blanks."""
    words, offsets, end = text.split(), [], -1
    if sum(map(len, words)) + len(words) - 1 != len(text):  # there are more blanks
        return Tokens(words, [match.span() for match in _NO_BLANKS.finditer(text)])
    for word in words:
        start = end + 1
        end = start + len(word)
        offsets.append((start, end))
    return Tokens(words, offsets)


def _characters(text: str) -> Tokens:
    """Find every character that is no blank."""
    found = [(i, character) for i, character in enumerate(text) if not character.isspace()]
    return Tokens([character for _, character in found], [(i, i + 1) for i, _ in found])


TOKENIZERS = {"words": _words, "whitespace": _whitespace, "characters": _characters}
_CHECKED = 10_000  # utterances on which the tokenizer of a corpus is found


def tokenize(text: str, tokenizer: str = "words") -> Tokens:
    """Split a text into tokens.

    Parameters
    ----------
    text : str
        Any text; the empty one has no tokens.
    tokenizer : str
        A key of `TOKENIZERS`: ``words`` (see the module), ``whitespace`` or ``characters``.

    Returns
    -------
    Tokens
        With ``text[start:end] == word`` for every word.

    Examples
    --------
    >>> tokenize("Leave at 7:30pm, o'clock?").words
    ['Leave', 'at', '7:30pm', ',', "o'clock", '?']
    >>> tokenize("11月2日到達台北").words
    ['11', '月', '2', '日', '到', '達', '台', '北']
    """
    return TOKENIZERS[tokenizer](text)


def find_tokenizer(texts: Sequence[str], tokens: Sequence[list[str]]) -> tuple[str, float]:
    """Find the tokenizer that gives a corpus' tokens back from its texts.

    Parameters
    ----------
    texts, tokens
        Of each utterance; the first 10,000 are looked at.

    Returns
    -------
    str
        A key of `TOKENIZERS`; the first of the best.
    float
        The share of utterances whose tokens it gives; 0.0 of none.

    Examples
    --------
    >>> find_tokenizer(["to St. Louis", "to Rome"], [["to", "St.", "Louis"], ["to", "Rome"]])
    ('whitespace', 1.0)
    """
    pairs = list(zip(texts[:_CHECKED], tokens[:_CHECKED], strict=True))
    given = {
        name: sum(tokenize(text, name).words == words for text, words in pairs)
        for name in TOKENIZERS
    }
    best = max(given, key=lambda name: given[name])
    return best, given[best] / max(1, len(pairs))
