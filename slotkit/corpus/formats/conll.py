r"""A token and its tag a line, in columns; a blank line ends the utterance.

::

    # intent: book
    arrive  O
    Taipei  B-destination

Columns are separated by tabs where a line has any, else by blanks; which hold the token and the
tag is told from what stands in them. Lines ``# intent: ...``, ``# text: ...`` and
``# edges: [[0, 1]]`` belong to the utterance that they stand in; other lines that begin with ``#``
and a blank or another ``#``, and do not end in a tag, are comments, and so are those like
``# key = value``, whatever they end in. ``-DOCSTART-`` lines end an utterance and are passed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path

from slotkit.corpus.formats.columns import (
    NO_TOKEN,
    Layout,
    feature,
    find_layout,
    is_bracket,
    is_tag,
    of_bracket,
    upper,
)
from slotkit.corpus.formats.lines import columns, peek, read_lines, text_file
from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.formats.rows import Format, Row, check_tag, make_row, shown
from slotkit.errors import CorpusError

_METADATA = re.compile(r"# (intent|text|edges): ?(.*)")
_KEY = re.compile(r"#\s*[\w.:-]+\s+=\s")  # of CoNLL-U: # sent_id = S-12
_TEXT = re.compile(r"#\s*text\s+=\s(.*)")
_MARK = re.compile(r"#(begin|end) document\b.*")
_DOCUMENT = "-DOCSTART-"
_LOOKED_AT = 1000  # lines


def _columns(line: str) -> list[str]:
    """Cut a line into its columns; a blank before the first tab is a token too."""
    if "\t" not in line:
        return columns(line)
    return [column.strip(" ") for column in line.rstrip(" \t").split("\t")]


def _is_tagged(line: str, layout: Layout | None = None) -> bool:
    """Tell whether a line is a token and its tag."""
    cut = _columns(line)
    if len(cut) < 2:
        return False
    if layout is None:
        return is_tag(cut[0]) or any(map(is_tag, cut[1:]))
    return -len(cut) <= layout.tag < len(cut) and is_tag(cut[layout.tag])


def _is_comment(line: str, layout: Layout | None = None) -> bool:
    """Tell whether a line, no metadata, is a comment."""
    if _KEY.match(line) or _MARK.fullmatch(line):
        return True
    if layout and layout.width and line.startswith("# "):
        other = len(_columns(line)) != layout.width or ("\t" in line) != layout.tabs
        if other:
            return True
    return (line == "#" or line.startswith(("# ", "##"))) and not _is_tagged(line, layout)


def _lines_of_tokens(lines: Iterable[str]) -> list[list[str]]:
    """Cut the lines that are neither blank nor about others."""
    return [
        _columns(line)
        for line in lines
        if line.strip(" \t")
        and not _METADATA.fullmatch(line)
        and not _is_comment(line)
        and not _columns(line)[0].startswith(_DOCUMENT)
    ]


def detect(path: Path) -> bool:
    """Tell whether one of the first lines is a token and its tag."""
    lines = _lines_of_tokens(peek(path))
    layout = find_layout(lines)
    tags = [cut[layout.tag] for cut in lines if len(cut) > 1 and -len(cut) <= layout.tag < len(cut)]
    return layout.style != "tag" or (layout.sure and bool(tags)) or any(map(_is_exact, tags))


def _is_exact(tag: str) -> bool:
    """Tell whether a tag has its prefix in upper case, as a word in prose has not."""
    return is_tag(tag) and upper(tag) == tag


@lru_cache(maxsize=10_000)
def _checked(value: str) -> str:
    """Return a tag with its prefix in upper case; raises ValueError if it is of no scheme."""
    tag = upper(value)
    check_tag(tag)
    return tag


class _Utterance:
    """The utterance being read: its tokens, tags and metadata, and the line of its first."""

    def __init__(self, layout: Layout, reading: Reading) -> None:
        self.layout, self.reading = layout, reading
        self.tokens: list[str] = []
        self.tags: list[str] = []
        self.pieces: list[str] = []  # of the text, where there are tokens that are blank
        self.metadata: dict[str, str] = {}
        self.inside = ""
        self.line = 0
        self.spoilt = False

    def add(self, line: str, cut: list[str]) -> None:
        """Add a token and its tag, from the columns of a line."""
        layout = self.layout
        if layout.numbered and NO_TOKEN.fullmatch(cut[0]):
            return
        there = all(-len(cut) <= place < len(cut) for place in (layout.token, layout.tag))
        token = cut[layout.token] if there else ""
        if not there or len(cut) < 2 or " " in token:
            raise ValueError(f'expected "token tag", got {shown(line)}')
        tag = self._tag(cut[layout.tag])
        token = token.removeprefix(layout.language)
        if layout.placed:
            token = token[:-1]
        if not token.strip(" "):
            self.reading.count("tokens that are blank, joined to the one before")
            self.pieces.append(" ")
            return
        self.tokens.append(token)
        self.tags.append(tag)
        self.pieces.append(token)

    def _tag(self, value: str) -> str:
        """Read a tag as it is written in this file."""
        if self.layout.style == "feature":
            value = feature(value)
        elif self.layout.style == "bracket":
            if not is_bracket(value):
                raise ValueError(f"expected a bracket as (slot*, * or *), got {shown(value)}")
            value, self.inside = of_bracket(value, self.inside)
        tag = _checked(value)
        if tag != value:
            self.reading.count("tags with their prefix in lower case, read as in upper")
        return tag

    def row(self) -> Row:
        """Put the row together."""
        edges = self.metadata.pop("edges", "[]")
        try:
            pairs = json.loads(edges)
        except (ValueError, RecursionError):
            raise ValueError(f"edges must be pairs as [[0, 1]], got {shown(edges)}") from None
        if len(self.pieces) > len(self.tokens):
            self.metadata.setdefault("text", "".join(self.pieces).strip())
        return make_row(self.tokens, self.tags, edges=pairs, **self.metadata)


def read(path: Path, reading: Reading) -> Iterator[Row]:
    """Read the utterances of a file."""
    first = islice((line for _, line in read_lines(path, Reading())), _LOOKED_AT)
    looked_at = list(first)
    tabs = sum("\t" in line for line in looked_at) > len(looked_at) / 3
    layout = find_layout(_lines_of_tokens(looked_at), reading.how.columns, tabs=tabs)
    if layout.said:
        reading.take(path, layout.said)
    if layout.placed:
        reading.take(path, "the digit behind each character is taken off")
    if layout.language:
        reading.take(path, f"{layout.language} before each token is taken off")
    utterance = _Utterance(layout, reading)

    def finished() -> Iterator[Row]:
        if utterance.tokens and not utterance.spoilt:
            try:
                yield utterance.row()
            except ValueError as error:
                reading.add(path, utterance.line, error)
        elif set(utterance.metadata) - {"text"} and not utterance.spoilt:
            reading.add(path, utterance.line, "an utterance must have at least one token")

    for number, line in read_lines(path, reading):
        cut = _columns(line) if line.strip(" \t") else []
        if not cut or cut[0] == _DOCUMENT:
            yield from finished()
            utterance = _Utterance(layout, reading)
        elif line[0] == "#" and (found := _METADATA.fullmatch(line)):
            utterance.line = utterance.line or number
            utterance.metadata[found[1]] = found[2]
        elif line[0] == "#" and _is_comment(line, layout):
            if text := _TEXT.match(line):
                utterance.metadata["text"] = text[1]
        else:
            utterance.line = utterance.line or number
            try:
                utterance.add(line, cut)
            except ValueError as error:
                reading.add(path, number, error)
        utterance.spoilt |= reading.is_bad(path, number)
    yield from finished()


def write(rows: Iterable[Row], path: Path) -> None:
    """Write utterances with a tab between the columns.

    Raises
    ------
    CorpusError
        If a token is one that the format has another meaning for.
    """
    with text_file(path) as write_line:
        for row in rows:
            if _DOCUMENT in row["tokens"]:
                raise CorpusError(f"conll cannot hold the token {_DOCUMENT!r}")
            if row["intent"]:
                write_line(f"# intent: {row['intent']}")
            if row["text"] != " ".join(row["tokens"]):
                write_line(f"# text: {row['text']}")
            if edges := row.get("edges"):
                write_line(f"# edges: {json.dumps(edges)}")
            for token, tag in zip(row["tokens"], row["tags"], strict=True):
                write_line(f"{token}\t{tag}")
            write_line("")


FORMAT = Format(
    suffix=".conll",
    detect=detect,
    read=read,
    write=write,
    keeps=frozenset({"text", "tokens", "intent", "edges"}),
)
