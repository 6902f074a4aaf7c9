r"""Two columns, a token and its tag a line; a blank line ends the utterance.

::

    # intent: book
    arrive  O
    Taipei  B-destination

Columns are separated by tabs where a line has any, else by blanks; the first is the token, the
last the tag, those between (parts of speech) are passed over. Lines ``# intent: ...``,
``# text: ...`` and ``# edges: [[0, 1]]`` belong to the utterance that they stand in; other lines
that begin with ``#`` and a blank, and do not end in a tag, are comments, and so are those like
``# key = value``, whatever they end in. ``-DOCSTART-`` lines end an utterance and are passed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from slotkit.corpus.formats.lines import Problems, columns, peek, read_lines
from slotkit.corpus.formats.rows import Format, Row, check_tag, make_row, shown
from slotkit.errors import CorpusError

_METADATA = re.compile(r"# (intent|text|edges): ?(.*)")
_KEY = re.compile(r"#\s*[\w.:-]+\s+=\s")  # of CoNLL-U: # sent_id = S-12
_DOCUMENT = "-DOCSTART-"


def _columns(line: str) -> list[str]:
    """Cut a line into its columns."""
    if "\t" not in line:
        return columns(line)
    return [column.strip(" ") for column in line.strip(" \t").split("\t")]


def _is_tagged(line: str) -> bool:
    """Tell whether a line is a token and its tag."""
    cut = _columns(line)
    try:
        check_tag(cut[-1] if len(cut) > 1 else "")
    except ValueError:
        return False
    return True


def _is_comment(line: str) -> bool:
    """Tell whether a line, no metadata, is a comment."""
    if _KEY.match(line):
        return True
    return (line == "#" or line.startswith("# ")) and not _is_tagged(line)


def detect(path: Path) -> bool:
    """Tell whether one of the first lines is a token and its tag."""
    return any(_is_tagged(line) for line in peek(path) if not _METADATA.fullmatch(line))


class _Utterance:
    """The utterance being read: its tokens, tags and metadata, and the line of its first."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.tags: list[str] = []
        self.metadata: dict[str, str] = {}
        self.line = 0
        self.spoilt = False

    def add(self, line: str) -> None:
        """Add a token and its tag, or metadata."""
        found = _METADATA.fullmatch(line)
        if found:
            self.metadata[found[1]] = found[2]
            return
        cut = _columns(line)
        if len(cut) < 2 or " " in cut[0]:
            raise ValueError(f'expected "token tag", got {shown(line)}')
        check_tag(cut[-1])
        self.tokens.append(cut[0])
        self.tags.append(cut[-1])

    def row(self) -> Row:
        """Put the row together."""
        edges = self.metadata.pop("edges", "[]")
        try:
            pairs = json.loads(edges)
        except (ValueError, RecursionError):
            raise ValueError(f"edges must be pairs as [[0, 1]], got {shown(edges)}") from None
        return make_row(self.tokens, self.tags, edges=pairs, **self.metadata)


def read(path: Path, problems: Problems) -> Iterator[Row]:
    """Read the utterances of a file."""
    utterance = _Utterance()

    def finished() -> Iterator[Row]:
        if utterance.tokens and not utterance.spoilt:
            try:
                yield utterance.row()
            except ValueError as error:
                problems.add(path, utterance.line, str(error))
        elif utterance.metadata and not utterance.spoilt:
            problems.add(path, utterance.line, "an utterance must have at least one token")

    for number, line in read_lines(path, problems):
        if not line.strip(" \t") or _columns(line)[0] == _DOCUMENT:
            yield from finished()
            utterance = _Utterance()
        elif not _METADATA.fullmatch(line) and _is_comment(line):
            continue
        else:
            utterance.line = utterance.line or number
            try:
                utterance.add(line)
            except ValueError as error:
                problems.add(path, number, str(error))
                utterance.spoilt = True
    yield from finished()


def write(rows: Iterable[Row], path: Path) -> None:
    """Write utterances with a tab between the columns.

    Raises
    ------
    CorpusError
        If a token is one that the format has another meaning for.
    """
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            if _DOCUMENT in row["tokens"]:
                raise CorpusError(f"conll cannot hold the token {_DOCUMENT!r}")
            if row["intent"]:
                file.write(f"# intent: {row['intent']}\n")
            if row["text"] != " ".join(row["tokens"]):
                file.write(f"# text: {row['text']}\n")
            if edges := row.get("edges"):
                file.write(f"# edges: {json.dumps(edges)}\n")
            pairs = zip(row["tokens"], row["tags"], strict=True)
            file.writelines(f"{token}\t{tag}\n" for token, tag in pairs)
            file.write("\n")


FORMAT = Format(
    suffix=".conll",
    keeps=frozenset({"text", "edges"}),
    listing="",
    detect=detect,
    files=lambda path: [path],
    read=read,
    write=write,
)
