"""A labelled corpus as a `datasets.DatasetDict`: found, read, repaired, kept, written.

A corpus is read in two passes over its files, a row at a time: the first finds everything that is
wrong and in which scheme the tags are, the second writes Arrow files of IOB2 rows. They are kept
in a cache and mapped into memory, so that a corpus may be larger than that. The name of what is
kept is a digest of the content of the files and of the code that read them, never of their path:
a changed file is another corpus.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from operator import ne
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from slotkit.corpus.cache import cache_folder, commit
from slotkit.corpus.formats.find import SPLITS, Part, bundled, find_parts, passed_over
from slotkit.corpus.formats.lines import Problems
from slotkit.corpus.formats.rows import Row, describe_changes, offsets_of
from slotkit.corpus.formats.saved import write_arrow
from slotkit.errors import CorpusError
from slotkit.extras import extra
from slotkit.text.tags import SCHEMES, find_scheme, spans_of, tags_of

if TYPE_CHECKING:
    import datasets

__all__ = ["SPLITS", "Corpus", "bundled", "find_parts", "load_corpus"]


class Corpus(NamedTuple):
    """A corpus that has been read.

    Parameters
    ----------
    splits : datasets.DatasetDict
        Of the keys in `SPLITS` those that the corpus has. Columns: ``text`` str, ``tokens`` and
        ``tags`` (legal IOB2) lists of T str, ``intent`` str (empty for none), and only where the
        corpus has any ``edges``, a list of pairs of token indices.
    notes : list of str
        What reading turned or repaired, a line each.
    fingerprint : str
        SHA-256 over the content of the files, in hexadecimal.
    """

    splits: datasets.DatasetDict
    notes: list[str]
    fingerprint: str


def load_corpus(
    source: str | Path,
    *,
    format: str | None = None,  # noqa: A002 (as on the command line)
) -> Corpus:
    """Read a corpus, from the cache where its content is known.

    Parameters
    ----------
    source, format
        As in `find_parts`.

    Returns
    -------
    Corpus
        Mapped into memory.

    Raises
    ------
    CorpusError
        If there is no such corpus, or anything is wrong with it: then the message names the first
        lines, each with its path and number.
    MissingExtraError
        If the `datasets` library is not installed.
    ValueError
        If there is no such format.
    """
    with extra("train"):
        import datasets  # noqa: F401
    parts = find_parts(source, format=format)
    others = passed_over(source)
    note = f"passed over, for their names hold none of the splits: {', '.join(others)}"
    beside = [note] if others else []
    fingerprint = _fingerprint(parts)
    formats = ",".join(part.format for part in parts.values())
    key = hashlib.sha256(f"{fingerprint} {formats} {_code()}".encode()).hexdigest()
    folder = cache_folder()
    try:
        return _open(folder / key, fingerprint, beside)
    except (OSError, ValueError, KeyError, TypeError):  # not there, or damaged
        pass
    work = Path(tempfile.mkdtemp(dir=folder, prefix="tmp-"))
    try:
        _build(parts, work)
        if _fingerprint(parts) != fingerprint:
            raise CorpusError("the corpus changed while it was read", source)
        commit(work, folder / key)
    except OSError as error:
        raise CorpusError(f"cannot be written: {error.strerror or error}", folder) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return _open(folder / key, fingerprint, beside)


def _fingerprint(parts: Mapping[str, Part]) -> str:
    """Digest the content of all splits."""
    digest = hashlib.sha256()
    for split, part in parts.items():
        digest.update(f"{split}\n".encode())
        for block in part.content():
            digest.update(block)
    return digest.hexdigest()


@lru_cache(maxsize=1)
def _code() -> str:
    """Digest the code that decides what is read from a file."""
    here = Path(__file__)
    text = [here.parent.parent / "text" / f"{name}.py" for name in ("tags", "tokenizer")]
    digest = hashlib.sha256()
    for path in [here, *text, *sorted((here.parent / "formats").glob("*.py"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _open(entry: Path, fingerprint: str, notes: list[str]) -> Corpus:
    """Map what is kept into memory, if it is what was written."""
    import datasets

    kept = json.loads((entry / "corpus.json").read_text(encoding="utf-8"))
    splits = datasets.DatasetDict()
    for split, count in kept["sizes"].items():
        if _digest_of(entry / f"{split}.arrow") != kept["sha256"][split]:
            raise ValueError(f"{split}: damaged")
        splits[split] = datasets.Dataset.from_file(str(entry / f"{split}.arrow"), split=split)
        if len(splits[split]) != count:
            raise ValueError(f"expected {count} rows, got {len(splits[split])}")
    return Corpus(splits, notes + kept["notes"], fingerprint)


def _digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _build(parts: Mapping[str, Part], folder: Path) -> None:
    """Read all splits and write what `_open` reads."""
    problems = Problems()
    schemes: dict[str, str] = {}
    edges = False
    for split, part in parts.items():
        scan = _Scan(part, problems)
        try:
            schemes[split] = find_scheme(scan)
        except ValueError as error:
            problems.add(part.place, None, str(error))
        edges |= scan.edges
    problems.check()
    sizes: dict[str, int] = {}
    notes: list[str] = []
    for split, part in parts.items():
        changes: Counter[str] = Counter()
        rows = _repaired(part.rows(problems), schemes[split], changes)
        sizes[split] = write_arrow(rows, folder / f"{split}.arrow", edges=edges)
        notes += describe_changes(split, changes)
    digests = {split: _digest_of(folder / f"{split}.arrow") for split in sizes}
    kept = json.dumps({"sizes": sizes, "notes": notes, "sha256": digests})
    (folder / "corpus.json").write_text(kept, encoding="utf-8")


class _Scan:
    """The tags of a split, and on the way whether it has edges, or nothing at all."""

    def __init__(self, part: Part, problems: Problems) -> None:
        self._part, self._problems = part, problems
        self.edges = False

    def __iter__(self) -> Iterator[list[str]]:
        empty, before = True, len(self._problems)
        for row in self._part.rows(self._problems):
            empty = False
            self.edges |= bool(row["edges"])
            yield row["tags"]
        if empty and len(self._problems) == before:
            self._problems.add(self._part.place, None, "holds no utterances")


def _repaired(rows: Iterable[Row], scheme: str, changes: Counter[str]) -> Iterator[Row]:
    """Turn tags into legal IOB2, give a text to tokens that theirs does not hold, and count."""
    convert = SCHEMES[scheme]
    for row in rows:
        tags = convert(row["tags"])
        legal = tags_of(spans_of(tags), len(tags))
        changes[f"tags read from {scheme}"] += sum(map(ne, row["tags"], tags))
        changes["I- tags that continue nothing read as B-"] += sum(map(ne, tags, legal))
        row["tags"] = legal
        joined = " ".join(row["tokens"])
        if row["text"] != joined and offsets_of(row["text"], row["tokens"]) is None:
            changes["texts that are not their tokens replaced by these"] += 1
            row["text"] = joined
        yield row
