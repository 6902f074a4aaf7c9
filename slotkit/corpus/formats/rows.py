"""The row of a corpus, what must hold for it, and what a format is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, TypedDict

from slotkit.corpus.formats.lines import read_lines, unfit
from slotkit.corpus.formats.reading import Reading
from slotkit.text.tokenizer import is_blank

# What rows may have beside their tags, where a corpus has any.
BESIDE: tuple[Literal["edges", "asked"], ...] = ("edges", "asked")


class Row(TypedDict):
    """A labelled utterance of T tokens, its tags in the scheme of the file.

    ``text`` is as given where the format has it, else the tokens joined by one blank.
    ``intent`` is empty where there is none, ``edges`` (pairs of token indices) too, and ``asked``
    where the utterance does not answer a question, which was after these slots.
    """

    text: str
    tokens: list[str]
    tags: list[str]
    intent: str
    edges: list[list[int]]
    asked: list[str]


class Format(NamedTuple):
    """How one format stores a split of a corpus.

    Parameters
    ----------
    suffix : str
        The end of the name of a split's file; empty where a split is a folder.
    detect : callable
        Tells from the content whether a path is a split in this format.
    read : callable
        Yields the rows of a split; what is wrong goes to `Reading`.
    write : callable, optional
        Writes rows to a path at which nothing stands yet; None for what is only read.
    keeps : frozenset of str
        Which of ``text``, ``tokens``, ``intent``, ``edges`` and ``asked`` what is written holds
        besides the slots.
    listing : str
        The name of a JSON file that lists the splits, in the folder above them; empty for none.
    no_intent : str
        What stands for no intent where a format wants one for every utterance.
    files : callable
        Gives the files that make up a split, in a fixed order.
    """

    suffix: str
    detect: Callable[[Path], bool]
    read: Callable[[Path, Reading], Iterator[Row]]
    write: Callable[[Iterable[Row], Path], None] | None = None
    keeps: frozenset[str] = frozenset()
    listing: str = ""
    no_intent: str = ""
    files: Callable[[Path], list[Path]] = lambda path: [path]


# The prefixes of all schemes that are read: IOB1, IOB2, IOBES, BMES and BILOU.
_TAG = re.compile(r"O|[BIESLUM]-\S+")
_LINE_BREAKS = str.maketrans("\r\n", "  ")


def one_line(text: str) -> str:
    """Write a text on one line: a line break in it becomes a blank."""
    return text.translate(_LINE_BREAKS)


def check_tag(tag: str) -> None:
    """Check that a tag belongs to one of the schemes.

    Raises
    ------
    ValueError
        If it does not.
    """
    if not _TAG.fullmatch(tag):
        raise ValueError(f"unknown tag {shown(tag)}; tags are O, B-slot or I-slot")


def make_row(
    tokens: object,
    tags: object,
    *,
    text: object = None,
    intent: object = "",
    edges: object = None,
    asked: object = None,
) -> Row:
    """Check the parts of a row and put them together.

    Parameters
    ----------
    tokens, tags : list of str
        T of each.
    text : str, optional
        The utterance as given; a line break in it becomes a blank, so that it fits on a line.
    intent : str, optional
        Its outer blanks are dropped.
    edges : list of pairs of int, optional
        Token indices.
    asked : str or list of str, optional
        The slots that a question was after, which the utterance answers.

    Raises
    ------
    ValueError
        If a part is of another type, there are no tokens, or not as many tags, a token is empty
        or holds a blank, a tag is of no scheme, an edge leaves the utterance, or a character is
        one that no corpus may hold.
    """
    words, names = _strings(tokens, "tokens"), _strings(tags, "tags")
    if not words:
        raise ValueError("an utterance must have at least one token")
    if len(words) != len(names):
        raise ValueError(f"expected a tag for each token, got {len(names)} for {len(words)}")
    joined = " ".join(words)
    if "" in words or joined.count(" ") >= len(words) or "\t" in joined:
        bad = next(word for word in words if not word or " " in word or "\t" in word)
        raise ValueError(f"a token must not be empty or hold a blank, got {shown(bad)}")
    for tag in names:
        check_tag(tag)
    if text is None or text == "":
        text = joined
    if not isinstance(text, str):
        raise ValueError("text must be a string")
    if not isinstance(intent or "", str):
        raise ValueError("intent must be a string")
    row = Row(
        text=one_line(text),
        tokens=words,
        tags=names,
        intent=str(intent or "").strip(),
        edges=_edges(edges, len(words)),
        asked=_strings([asked] if isinstance(asked, str) else asked or [], "asked"),
    )
    parts = {"tokens": joined, "text": row["text"], "intent": row["intent"]}
    for name, value in (*parts.items(), *(("asked", slot) for slot in row["asked"])):
        if message := unfit(value):
            raise ValueError(f"{name}: {message}")
    return row


def read_rows(
    path: Path, reading: Reading, parse: Callable[[str, int], Row | None]
) -> Iterator[Row]:
    """Read a file with an utterance a line, parsed with its number.

    Blank lines are passed over, and those of which nothing comes (None).
    """
    for number, line in read_lines(path, reading):
        if line.strip():
            try:
                row = parse(line, number)
            except ValueError as error:
                reading.add(path, number, error)
                continue
            if row is not None and not reading.is_bad(path, number):
                yield row


def _strings(value: object, name: str) -> list[str]:
    """Check that a value is a list of strings."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{name} must be a list of strings")
    return value


def _edges(value: object, length: int) -> list[list[int]]:
    """Check that a value is a list of pairs of token indices."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(
        isinstance(edge, list) and [type(end) for end in edge] == [int, int] for edge in value
    ):
        raise ValueError("edges must be a list of pairs of token indices")
    for edge in value:
        if not all(0 <= end < length for end in edge):
            raise ValueError(f"edges must lie within the {length} tokens, got {edge}")
    return value


def offsets_of(text: str, tokens: Sequence[str]) -> list[tuple[int, int]] | None:
    """Find where each token stands in the text that they were cut from.

    Returns
    -------
    list of (int, int) or None
        Start and exclusive end of each; None where the text is not the tokens with nothing but
        blanks between them.

    Examples
    --------
    >>> offsets_of("7:30 pm.", ["7:30", "pm", "."])
    [(0, 4), (5, 7), (7, 8)]
    >>> offsets_of("half past", ["half"]) is None
    True
    """
    offsets = []
    position = 0
    for token in tokens:
        while not text.startswith(token, position):
            if position >= len(text) or not is_blank(text[position]):
                return None
            position += 1
        offsets.append((position, position + len(token)))
        position += len(token)
    return offsets if all(map(is_blank, text[position:])) else None


def shown(value: str) -> str:
    """Quote a value for a message, cut where it is long."""
    return repr(value) if len(value) <= 60 else f"{value[:60]!r}..."
