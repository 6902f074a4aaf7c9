"""Text to tokens, with the offsets of each in the text as given.

The `words` tokenizer keeps runs of letters and digits together in scripts that put blanks
between words, and makes a token of every character in those that do not (Chinese, Japanese,
Thai, Lao, Khmer, Burmese). Nothing is dropped but blanks, and what nobody sees that stands for one
or for the direction of writing: ``text[start:end] == token`` always.
The `peeled` one drops marks too that training has never had for a token, so that a tagger of a
corpus without punctuation reads what people type.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
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


# The space without width, the marks of direction and of byte order.
_UNSEEN = frozenset(
    "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)


def is_blank(character: str) -> bool:
    """Tell whether a character stands between tokens and is part of none."""
    return character.isspace() or character in _UNSEEN


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
        if is_blank(character):
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


def _words(text: str, *, apart: bool = False) -> Tokens:
    """Find words where the script has blanks, characters where it has none."""
    classes = text.translate(_CLASSES)
    if apart:
        classes = classes.replace("'", "X")
    offsets = [match.span() for match in _TOKEN.finditer(classes)]
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
    found = [(i, character) for i, character in enumerate(text) if not is_blank(character)]
    return Tokens([character for _, character in found], [(i, i + 1) for i, _ in found])


def _peeled(text: str, marked: Collection[str]) -> Tokens:
    """Take marks off the ends of what stands between blanks; those that no token is are dropped."""
    if not _AT_AN_END.search(text):
        return _whitespace(text)
    offsets = []
    longest = max(map(len, marked), default=0)  # of many marks not each rest is looked up
    for match in _NO_BLANKS.finditer(text):
        start, end = match.span()
        behind = []
        while start < end and (end - start > longest or text[start:end].lower() not in marked):
            if _is_mark(text[start]):
                offsets.append((start, start + 1))
                start += 1
            elif _is_mark(text[end - 1]):
                end -= 1
                behind.append((end, end + 1))
            else:
                break
        offsets += [(start, end)] if start < end else []
        offsets += reversed(behind)
    kept = [
        (start, end)
        for start, end in offsets
        if end > start + 1 or not _is_mark(text[start]) or text[start] in marked
    ]
    return Tokens([text[start:end] for start, end in kept], kept)


_AT_AN_END = re.compile(r"(?<!\S)[^\w\s]|[^\w\s](?!\S)")  # of a piece: what may be a mark


@lru_cache(maxsize=4096)
def _is_mark(character: str) -> bool:
    """Tell whether a character stands beside words: punctuation, a picture, what has no width."""
    category = unicodedata.category(character)
    return category in _MARKS and character not in _OF_WORDS


_MARKS = ("Ps", "Pe", "Pi", "Pf", "Po", "Cf", "So")
_OF_WORDS = "#%&@/\\"  # C#, 5%, R&B


def marked_words(tokens: Iterable[Sequence[str]]) -> list[str]:
    """Return the words that begin or end with a mark, in lower case and order: ``st.``, ``,``."""
    words = {word for several in tokens for word in several}
    return sorted({word.lower() for word in words if _is_mark(word[0]) or _is_mark(word[-1])})


# The first of the best is taken.
TOKENIZERS: dict[str, Callable[[str, Collection[str]], Tokens]] = {
    "words": lambda text, marked: _words(text),
    "apart": lambda text, marked: _words(text, apart=True),
    "peeled": _peeled,
    "whitespace": lambda text, marked: _whitespace(text),
    "characters": lambda text, marked: _characters(text),
}
_CHECKED = 10_000  # utterances on which the tokenizer of a corpus is found
_CLOSING = frozenset(".,;:!?…)]}»”’%。，、；：！？）」』》")
_CLITIC = re.compile(r"['\u2019](s|re|ve|ll|d|m)|n['\u2019]t", re.IGNORECASE)
_OPENING = frozenset("([{«“‘¿¡（「『《")


def tokenize(text: str, tokenizer: str = "words", marked: Collection[str] = ()) -> Tokens:
    """Split a text into tokens.

    Parameters
    ----------
    text : str
        Any text; the empty one has no tokens.
    tokenizer : str
        A key of `TOKENIZERS`: ``words`` (see the module); ``apart``, for which an apostrophe is a
        token of its own; ``whitespace``; ``peeled``, which takes
        marks off the ends of what stands between blanks; or ``characters``.
    marked : collection of str
        For ``peeled``: the words with marks at their ends that are tokens, as `marked_words` gives
        them; any other mark at an end is no part of a word, and no token.

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
    >>> tokenize("to (St. Louis), please.", "peeled", ["st.", ","]).words
    ['to', 'St.', 'Louis', ',', 'please']
    """
    return TOKENIZERS[tokenizer](text, marked)


def as_written(words: Sequence[str]) -> str:
    """Write tokens as people would: no blank before a comma, nor in scripts that have none.

    Examples
    --------
    >>> as_written(["to", "Rome", ",", "please", "."]), as_written(["我", "11", "月", "去"])
    ('to Rome, please.', '我11月去')
    """
    text = ""
    for word in words:
        beside = text[-1:] + word[:1]
        unspaced = any(_CLASSES[ord(character)] == "U" for character in beside)
        apart = text and not unspaced and word[0] not in _CLOSING and text[-1] not in _OPENING
        apart = apart and not _CLITIC.fullmatch(word)
        text += f" {word}" if apart else word
    return text


class Found(NamedTuple):
    """The tokenizer of a corpus.

    Parameters
    ----------
    name : str
        A key of `TOKENIZERS`; the first of the best.
    rate : float
        The fraction of utterances whose tokens it gives; 0.0 of none.
    written : bool
        Whether the corpus has no text of its own, so that it was tried on `as_written`.
    """

    name: str
    rate: float
    written: bool


def find_tokenizer(
    texts: Sequence[str], tokens: Sequence[list[str]], name: str | None = None
) -> Found:
    """Find the tokenizer that gives a corpus' tokens back from its texts.

    Where the texts are but the tokens joined by blanks, on which blanks always seem to do, it is
    looked for on the tokens as people would write them.

    Parameters
    ----------
    texts, tokens
        Of each utterance; the first 10,000 are looked at.
    name : str, optional
        Which to take whatever it gives.

    Examples
    --------
    >>> find_tokenizer(["to St. Louis", "to Rome"], [["to", "St.", "Louis"], ["to", "Rome"]]).name
    'peeled'
    """
    pairs = list(zip(texts[:_CHECKED], tokens[:_CHECKED], strict=True))
    written = all(text == " ".join(words) for text, words in pairs)
    if written:
        pairs = [(as_written(words), words) for _, words in pairs]
    marked = marked_words(words for _, words in pairs)
    given = {
        one: sum(tokenize(text, one, marked).words == words for text, words in pairs)
        for one in ([name] if name else TOKENIZERS)
    }
    best = max(given, key=lambda one: given[one])
    return Found(best, given[best] / max(1, len(pairs)), written)
