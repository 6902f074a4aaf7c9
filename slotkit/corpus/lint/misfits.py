"""Spans that do not begin and end where tokens do, and those that are meant."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from slotkit.corpus.formats.find import find_parts
from slotkit.corpus.formats.lines import read_lines
from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.lint.findings import Finding
from slotkit.corpus.lint.spots import Spot, Utterance, report
from slotkit.text.spans import characters_of, whole_tokens
from slotkit.text.tokenizer import Tokens, find_tokenizer, marked_words, tokenize


def find_misfits(
    source: str | Path,
    *,
    format: str | None = None,  # noqa: A002 (as on the command line)
) -> list[Finding]:
    """Find the slots of a corpus that cannot be read since they do not fit its texts.

    Such are in JSON lines that hold a text with slots by characters: a slot that does not begin
    and end where tokens do, leaves the text, or has another value than stands there.

    Parameters
    ----------
    source, format
        As in `find_parts`, errors too.

    Returns
    -------
    list of Finding
        Of the kind ``misfit``, each with its file and line and, where there is one, the span
        that fits.
    """
    return [
        Finding(kind="misfit", message=message, fix=fix, file=str(file), line=number)
        for part in find_parts(source, format=format).values()
        if part.format == "jsonl"
        for file in part.files
        for number, line in read_lines(file, Reading())
        for message, fix in _misfits(line)
    ]


def _misfits(line: str) -> Iterator[tuple[str, str]]:
    """Give what is wrong with the slots of a line of JSON, and the span that fits."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return
    match found:
        case {"text": str(text), "slots": list(slots)} if "tokens" not in found:
            tokens = tokenize(text)
        case _:
            return
    for slot in slots:
        match slot:
            case {"name": str(name), "start": int(start), "end": int(end)}:
                there, value = text[max(0, start) : max(0, end)], slot.get("value")
            case _:
                continue
        if _fits(tokens, start, end) and value in (None, there):
            continue
        message, span = f"{name} at {start}..{end} is {there!r}", _fit(tokens, start, end)
        if isinstance(value, str) and value != there:
            message += f", its value {value!r}"
            at = text.find(value)
            if text.count(value) == 1 and _fits(tokens, at, at + len(value)):
                span = at, at + len(value)
        fix = f"{span[0]}..{span[1]}, {text[span[0] : span[1]]!r}" if span else ""
        yield f"{message}, in {text!r}", fix


def find_cut_tokens(utterances: Sequence[Utterance]) -> Iterator[Finding]:
    """Find the spans whose border lies inside a token that a model of this corpus would see."""
    rows = [one.row for one in utterances]
    cut = [row["tokens"] for row in rows]
    tokenizer, marked = find_tokenizer([row["text"] for row in rows], cut).name, marked_words(cut)
    for one in utterances:
        text = one.row["text"]
        tokens = tokenize(text, tokenizer, marked)
        for span in one.spans if tokens.words != one.row["tokens"] else []:
            spot = Spot(one, [span])
            [(start, end)] = spot.characters()
            if not _fits(tokens, start, end):
                message = f"{span.slot} is {spot.text!r}, which cuts a token of the text"
                first, last = _fit(tokens, start, end) or (start, end)
                yield report("misfit", message, [spot], repr(text[first:last]))


def _fits(tokens: Tokens, start: int, end: int) -> bool:
    """Tell whether characters begin and end where tokens do."""
    begins = any(start == first for first, _ in tokens.offsets)
    return start < end and begins and any(end == last for _, last in tokens.offsets)


def _fit(tokens: Tokens, start: int, end: int) -> tuple[int, int] | None:
    """Find the characters of the whole tokens that are meant."""
    place = whole_tokens(tokens, start, end)
    return characters_of(tokens.offsets, *place) if place else None
