"""A labelled corpus as a `datasets.DatasetDict`: found, read, repaired, kept, written.

A corpus is read in two passes over its files, a row at a time: the first finds everything that is
wrong and in which scheme the tags are, the second writes Arrow files of IOB2 rows. They are kept
in a cache and mapped into memory, so that a corpus may be larger than that. The name of what is
kept is a digest of the content of the files and of the code that read them, never of their path:
a changed file is another corpus.

The cache is ``$SLOTKIT_CACHE``, else ``slotkit`` in ``$XDG_CACHE_HOME``, else ``~/.cache/slotkit``;
where it cannot be written, a folder that goes when the program ends.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from operator import ne
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from slotkit.errors import CorpusError
from slotkit.extras import extra
from slotkit.formats import FORMATS
from slotkit.formats.find import SPLITS, Part, bundled, find_parts
from slotkit.formats.lines import Problems
from slotkit.formats.rows import Row, offsets_of
from slotkit.formats.saved import write_arrow
from slotkit.tags import SCHEMES, find_scheme, spans_of, tags_of

if TYPE_CHECKING:
    import datasets

__all__ = ["SPLITS", "Corpus", "bundled", "find_parts", "load_corpus", "save_corpus"]

_DAY = 24 * 60 * 60  # seconds


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
    fingerprint = _fingerprint(parts)
    formats = ",".join(part.format for part in parts.values())
    key = hashlib.sha256(f"{fingerprint} {formats} {_code()}".encode()).hexdigest()
    folder = _cache_folder()
    try:
        return _open(folder / key, fingerprint)
    except (OSError, ValueError, KeyError, TypeError):  # not there, or damaged
        pass
    work = Path(tempfile.mkdtemp(dir=folder, prefix="tmp-"))
    try:
        _build(parts, work)
        if _fingerprint(parts) != fingerprint:
            raise CorpusError("the corpus changed while it was read", source)
        _commit(work, folder / key)
    except OSError as error:
        raise CorpusError(f"cannot be written: {error.strerror or error}", folder) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return _open(folder / key, fingerprint)


def _fingerprint(parts: Mapping[str, Part]) -> str:
    """Digest the content of all splits."""
    digest = hashlib.sha256()
    for split, part in parts.items():
        digest.update(f"{split}\n".encode())
        for block in part.content():
            digest.update(block)
    return digest.hexdigest()


@cache
def _code() -> str:
    """Digest the code that decides what is read from a file."""
    folder = Path(__file__).parent
    names = [folder / f"{name}.py" for name in ("corpus", "tags", "tokenizer")]
    digest = hashlib.sha256()
    for path in [*names, *sorted((folder / "formats").glob("*.py"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _cache_folder() -> Path:
    """Find the folder of the cache, or make one for this process where it cannot be written."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(os.environ.get("SLOTKIT_CACHE") or Path(base, "slotkit"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.rmdir(tempfile.mkdtemp(dir=folder, prefix="tmp-"))
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="slotkit-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _commit(work: Path, entry: Path) -> None:
    """Put what was built where it is looked for, whole or not at all."""
    for left in entry.parent.glob("tmp-*"):  # by programs that were killed
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _DAY:
                shutil.rmtree(left)
    try:
        work.rename(entry)
    except OSError:
        if not entry.is_dir():
            raise
        for file in work.iterdir():  # another process was faster, or the entry is damaged
            file.replace(entry / file.name)


def _open(entry: Path, fingerprint: str) -> Corpus:
    """Map what is kept into memory."""
    import datasets

    kept = json.loads((entry / "corpus.json").read_text(encoding="utf-8"))
    splits = datasets.DatasetDict()
    for split, count in kept["sizes"].items():
        splits[split] = datasets.Dataset.from_file(str(entry / f"{split}.arrow"), split=split)
        if len(splits[split]) != count:
            raise ValueError(f"expected {count} rows, got {len(splits[split])}")
    return Corpus(splits, kept["notes"], fingerprint)


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
        notes += _notes(split, changes)
    kept = json.dumps({"sizes": sizes, "notes": notes})
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


def _notes(split: str, changes: Counter[str]) -> list[str]:
    """Say what was counted."""
    return [f"{split}: {count} {what}" for what, count in changes.items() if count]


# Writing


def save_corpus(
    splits: Mapping[str, Iterable[Row]],
    path: str | Path,
    *,
    format: str,  # noqa: A002 (as on the command line)
    overwrite: bool = False,
    alone: bool = False,
) -> list[str]:
    """Write a corpus, all of it or nothing.

    Parameters
    ----------
    splits : mapping of str to iterable of Row
        As `load_corpus` gives them.
    path : str or Path
        The folder of the splits.
    format : str
        A key of `FORMATS`.
    overwrite : bool
        Whether to replace the corpus that is there; what else stands in the folder is kept.
    alone : bool
        Whether `path` is the only split itself and not the folder above it.

    Returns
    -------
    list of str
        What the format does not hold, a line each.

    Raises
    ------
    CorpusError
        If something is there and is not to be overwritten, or is no corpus; if the format cannot
        hold a row; or if nothing can be written there.
    """
    path = Path(path)
    old = _files_of(path, overwrite)
    form = FORMATS[format]
    lost: list[str] = []
    try:
        with tempfile.TemporaryDirectory(dir=path.absolute().parent, prefix=".slotkit-") as folder:
            new = Path(folder, "new")
            if not alone:
                new.mkdir()
            for split, rows in splits.items():
                changes: Counter[str] = Counter()
                place = new if alone else new / f"{split}{form.suffix}"
                form.write(_kept(rows, format, changes), place)
                lost += _notes(split, changes)
            if form.listing and not alone:
                (new / form.listing).write_text(json.dumps({"splits": [*splits]}), encoding="utf-8")
            _replace(new, path, old)
    except OSError as error:
        raise CorpusError(f"cannot be written: {error.strerror or error}", path) from error
    return lost


def _files_of(path: Path, overwrite: bool) -> list[Path]:
    """Give the files of the corpus that stands where another is to be written."""
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return []
    if not overwrite:
        raise CorpusError("exists already; --overwrite replaces it", path)
    try:
        parts = find_parts(path).values()
    except CorpusError as error:
        raise CorpusError(f"is no corpus, and is not overwritten: {error}", path) from error
    listings = [path / form.listing for form in FORMATS.values() if form.listing]
    return [file for part in parts for file in part.files] + [p for p in listings if p.exists()]


def _kept(rows: Iterable[Row], name: str, changes: Counter[str]) -> Iterator[Row]:
    """Pass rows on and count what the format does not hold."""
    keeps = FORMATS[name].keeps
    for row in rows:
        if "text" not in keeps and row["text"] != " ".join(row["tokens"]):
            changes[f"texts left out, which {name} cannot hold"] += 1
        if "edges" not in keeps and row.get("edges"):
            changes[f"utterances without their edges, which {name} cannot hold"] += 1
        yield row


def _replace(new: Path, path: Path, old: Iterable[Path]) -> None:
    """Put what was written where it belongs, and take away what it replaces."""
    if not path.exists():
        new.rename(path)
        return
    if path.is_dir() != new.is_dir():
        kind = "a folder" if path.is_dir() else "a file"
        raise CorpusError(f"is {kind}, which this format does not write; remove it first", path)
    written = {path} if new.is_file() else set()
    if new.is_file():
        new.replace(path)
    for file in [file for file in new.rglob("*") if file.is_file()]:
        target = path / file.relative_to(new)
        target.parent.mkdir(parents=True, exist_ok=True)
        file.replace(target)
        written.add(target)
    for file in old:
        if file not in written:
            file.unlink()
            with suppress(OSError):  # the folder of a split, if nothing else stands in it
                file.parent.rmdir()
