"""spaCy's ``.spacy`` files: documents with their tokens, spans and, as a category, the intent."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.formats.rows import Format, Row, make_row, offsets_of
from slotkit.errors import CorpusError
from slotkit.extras import extra
from slotkit.text.spans import tokens_between
from slotkit.text.tags import Span, spans_of, tags_of

_LEAST = 8  # bytes


def detect(path: Path) -> bool:
    """Tell whether a file begins as those do that zlib has made smaller."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(4096)
    try:
        zlib.decompressobj().decompress(start)
    except zlib.error:
        return False
    return len(start) >= _LEAST


def read(path: Path, reading: Reading) -> Iterator[Row]:
    """Read the documents of a file; a document, counted from 1, is its line in messages.

    Raises
    ------
    CorpusError
        If it is damaged.
    MissingExtraError
        If spaCy is not installed.
    """
    with extra("spacy"):
        from spacy.tokens import DocBin
        from spacy.vocab import Vocab

    try:
        documents = DocBin().from_bytes(path.read_bytes()).get_docs(Vocab())
        for number, document in enumerate(documents, 1):
            try:
                yield _row(document, reading)
            except ValueError as error:
                reading.add(path, number, error)
    except Exception as error:  # whatever a damaged file makes the library raise
        message = next(iter(str(error).splitlines()), type(error).__name__)
        raise CorpusError(f"cannot be read as documents of spaCy: {message}", path) from error


def _row(document: Any, reading: Reading) -> Row:
    """Read a document; a token that is blank joins the one before."""
    words = [(token.text, token.i) for token in document if token.text.strip()]
    if len(words) < len(document):
        reading.count("tokens that are blank, joined to the one before", len(document) - len(words))
    offsets = [(document[i].idx, document[i].idx + len(word)) for word, i in words]
    spans = []
    for entity in document.ents:
        place = tokens_between(offsets, entity.start_char, entity.end_char)
        if place is not None:
            spans.append(Span(*place, "_".join(entity.label_.split())))
    for name in document.spans:
        reading.leave("groups of spans", name)
    cats = {name: value for name, value in document.cats.items() if value > 0}
    intent = max(cats, key=lambda name: cats[name]) if cats else ""
    tags = tags_of(spans, len(words))
    return make_row([word for word, _ in words], tags, text=document.text, intent=intent)


def write(rows: Iterable[Row], path: Path) -> None:
    """Write utterances, each as a document.

    Raises
    ------
    MissingExtraError
        If spaCy is not installed.
    """
    with extra("spacy"):
        from spacy.tokens import Doc, DocBin
        from spacy.tokens import Span as Entity
        from spacy.vocab import Vocab

    vocab, documents = Vocab(), DocBin()
    for row in rows:
        text, tokens = row["text"], row["tokens"]
        offsets = offsets_of(text, tokens) or []
        words: list[str] = []
        places: list[int] = []
        spaces: list[bool] = []
        done = 0
        for token, (start, end) in zip(tokens, offsets, strict=True):
            if gap := text[done:start].removeprefix(" " if words else ""):
                words.append(gap)  # more than one blank is a token of its own
                spaces.append(False)
            places.append(len(words))
            words.append(token)
            spaces.append(text[end : end + 1] == " ")
            done = end
        if rest := text[done:].removeprefix(" "):
            words.append(rest)
            spaces.append(False)
        document = Doc(vocab, words=words, spaces=spaces)
        document.ents = [
            Entity(document, places[first], places[last - 1] + 1, label=name)
            for first, last, name in spans_of(row["tags"])
        ]
        if row["intent"]:
            document.cats = {row["intent"]: 1.0}
        documents.add(document)
    path.write_bytes(documents.to_bytes())


FORMAT = Format(
    suffix=".spacy",
    detect=detect,
    read=read,
    write=write,
    keeps=frozenset({"text", "tokens", "intent"}),
)
