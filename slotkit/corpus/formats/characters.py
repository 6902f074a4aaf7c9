"""Utterances whose slots are given by characters of a text: cut into tokens, slots put on them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.formats.rows import Row, make_row, offsets_of, shown
from slotkit.text.spans import characters_of, tokens_between, whole_tokens
from slotkit.text.tags import Span, spans_of, tags_of
from slotkit.text.tokenizer import Tokens, tokenize


class Marked(NamedTuple):
    """A slot in a text: its characters, `end` exclusive, and the value, where it is told too."""

    start: int
    end: int
    name: str
    value: str | None = None


def _in_utf16(text: str) -> Callable[[int], int | None]:
    """Return what turns an offset in UTF-16 units into one in characters; None for no border."""
    return _borders([1 + (ord(character) > 0xFFFF) for character in text])


def _in_bytes(text: str) -> Callable[[int], int | None]:
    """Return what turns an offset in bytes of UTF-8 into one in characters; None for no border."""
    return _borders([len(character.encode(errors="replace")) for character in text])


def _borders(widths: Iterable[int]) -> Callable[[int], int | None]:
    """Return what finds the character at an offset, from the width of each."""
    starts = [0]
    for width in widths:
        starts.append(starts[-1] + width)

    def at(offset: int) -> int | None:
        place = bisect_left(starts, offset)
        return place if place < len(starts) and starts[place] == offset else None

    return at


# In what tools count offsets, where a character may take several.
_UNITS = {"UTF-16 units": _in_utf16, "bytes of UTF-8": _in_bytes}


def row_of(
    text: object,
    marked: Sequence[Marked],
    reading: Reading,
    path: Path | str,
    line: int | None,
    *,
    intent: object = "",
    edges: object = None,
    asked: object = None,
) -> Row:
    """Cut a text into tokens and put slots on them.

    A slot that does not begin and end where tokens do is put on the whole tokens that it covers,
    most of each; of two that overlap the longer is kept. Both are noted in `reading`. Offsets that
    fit in UTF-16 units or bytes alone are taken for such.

    Raises
    ------
    ValueError
        If a slot leaves the text, or its value is not what stands there; or as `make_row`.
    """
    if not isinstance(text, str):
        raise ValueError("text must be a string")
    tokens = tokenize(text, reading.tokenizer)
    told = [_checked(one, text) for one in _counted(text, marked, tokens, reading)]
    for one in told:
        if (bare := _bare(one, text)) != one:
            message = f"slot {shown(one.name)} at {one.start}..{one.end} takes in blanks"
            fix = f"{bare.start}..{bare.end}, {text[bare.start : bare.end]!r}"
            reading.odd("slots that take in blanks, read without", path, line, message, fix)
    told = [_bare(one, text) for one in told]
    reading.spans += len(told)
    spans: list[tuple[Span, Marked]] = []
    for one in told:
        place = tokens_between(tokens.offsets, one.start, one.end)
        if place is None:
            place = _mended(one, text, tokens, reading, path, line)
        if place is not None:
            spans.append((Span(*place, one.name), one))
    kept = _apart(spans, text, reading, path, line)
    tags = tags_of(kept, len(tokens.words))
    return make_row(tokens.words, tags, text=text, intent=intent, edges=edges, asked=asked)


def _counted(
    text: str, marked: Sequence[Marked], tokens: Tokens, reading: Reading
) -> Sequence[Marked]:
    """Find in what the offsets are counted, and return them in characters."""
    if text.isascii() or not marked or _fit(text, marked, tokens):
        return marked
    for name, unit in _UNITS.items():
        at = unit(text)
        turned = [(at(one.start), at(one.end), one) for one in marked]
        found = [
            one._replace(start=start, end=end)
            for start, end, one in turned
            if start is not None and end is not None
        ]
        if len(found) == len(marked) and _fit(text, found, tokens):
            reading.count(f"utterances with offsets in {name}, read as such")
            return found
    return marked


def _fit(text: str, marked: Iterable[Marked], tokens: Tokens) -> bool:
    """Tell whether slots stand where their values do, and begin and end where tokens do."""
    return all(
        0 <= start < end <= len(text)
        and value in (None, text[start:end])
        and (value is not None or tokens_between(tokens.offsets, start, end) is not None)
        for start, end, _, value in marked
    )


def _checked(one: Marked, text: str) -> Marked:
    """Check that a slot stands in the text."""
    start, end, name, value = one
    where = f"slot {shown(name)} at {start}..{end}"
    if not 0 <= start < end <= len(text):
        raise ValueError(f"{where} leaves the text")
    there = text[start:end]
    if value is not None and value != there:
        raise ValueError(f"{where} is {shown(there)} in the text, but has the value {shown(value)}")
    if not there.strip():
        raise ValueError(f"{where} holds nothing but blanks")
    return one


def _bare(one: Marked, text: str) -> Marked:
    """Take the blanks at the ends of a slot off."""
    there = text[one.start : one.end]
    start = one.start + len(there) - len(there.lstrip())
    return one._replace(start=start, end=start + len(there.strip()))


def _mended(
    one: Marked, text: str, tokens: Tokens, reading: Reading, path: Path | str, line: int | None
) -> tuple[int, int] | None:
    """Put a slot that cuts a token on whole ones; None where the tokenizer drops all of it."""
    name, there = shown(one.name), shown(text[one.start : one.end])
    cut = tokenize(text, "apart").offsets if "'" in text or "\u2019" in text else []
    reading.apart += tokens_between(cut, one.start, one.end) is not None
    place = whole_tokens(tokens, one.start, one.end)
    message = f"slot {name} at {one.start}..{one.end}, {there}, does not begin and end where "
    if place is None:
        message += "tokens do: there are none"
        reading.odd("slots left out, of no token", path, line, f"{message}, in {text!r}", "")
        return None
    start, end = characters_of(tokens.offsets, *place)
    fix = f"{start}..{end}, {text[start:end]!r}"
    message += f"tokens do, in {text!r}"
    reading.odd("slots that cut a token, put on whole ones", path, line, message, fix)
    return place


def _apart(
    spans: Sequence[tuple[Span, Marked]],
    text: str,
    reading: Reading,
    path: Path | str,
    line: int | None,
) -> list[Span]:
    """Keep the longer of spans that overlap; of two as long the first."""
    kept: list[Span] = []
    for span, one in sorted(spans, key=lambda pair: -(pair[1].end - pair[1].start)):
        other = next((old for old in kept if old.start < span.end and span.start < old.end), None)
        if other is None:
            kept.append(span)
        elif other != span:
            message = f"slot {shown(one.name)} at {one.start}..{one.end} overlaps another"
            fix = f"the longer, {other.slot}"
            reading.odd("slots left out, which overlap a longer one", path, line, message, fix)
    return kept


def marked_of(row: Row) -> list[Marked]:
    """Give the slots of a row by the characters of its text.

    Raises
    ------
    ValueError
        If the text is not the tokens with blanks between them.
    """
    offsets = offsets_of(row["text"], row["tokens"])
    if offsets is None:
        raise ValueError(f"the tokens must make up the text, got {shown(row['text'])}")
    slots = []
    for first, last, name in spans_of(row["tags"]):
        start, end = characters_of(offsets, first, last)
        slots.append(Marked(start, end, name, row["text"][start:end]))
    return slots
