"""Writing a corpus: all of it or nothing."""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from slotkit.corpus.formats import FORMATS, WRITTEN
from slotkit.corpus.formats.find import find_parts
from slotkit.corpus.formats.reading import describe_changes
from slotkit.corpus.formats.rows import Row
from slotkit.errors import CorpusError
from slotkit.files import write_file


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
    ValueError
        If there is no such format, or it is only read.
    """
    write = FORMATS[format].write if format in FORMATS else None
    if write is None:
        raise ValueError(f"unknown format {format!r}; choose from {', '.join(WRITTEN)}")
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
                write(_kept(rows, format, changes), place)
                lost += describe_changes(split, changes)
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
    keeps, no_intent = FORMATS[name].keeps, FORMATS[name].no_intent
    for row in rows:
        if "text" not in keeps and row["text"] != " ".join(row["tokens"]):
            changes[f"texts left out, which {name} cannot hold"] += 1
        if "intent" not in keeps and row["intent"]:
            changes[f"intents left out, which {name} cannot hold"] += 1
        if no_intent and not row["intent"]:
            changes[f"utterances without an intent, which {name} wants: {no_intent!r}"] += 1
            row["intent"] = no_intent
        if "edges" not in keeps and row.get("edges"):
            changes[f"utterances without their edges, which {name} cannot hold"] += 1
        if "asked" not in keeps and row.get("asked"):
            changes[f"utterances without what was asked, which {name} cannot hold"] += 1
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


def save_lists(
    lists: Mapping[str, tuple[Sequence[str], Sequence[str]]], folder: Path, *, overwrite: bool
) -> list[str]:
    """Write lists of values into a folder, a file each, as ``slotkit train --values`` reads them.

    Parameters
    ----------
    lists : mapping of str to (sequence of str, sequence of str)
        As `Corpus.lists`: values, and the slots that take them, by the name of the list.
    folder : Path
        Made where there are any.
    overwrite : bool
        Whether to replace files that are there.

    Returns
    -------
    list of str
        What was written, a line each.

    Raises
    ------
    CorpusError
        If a file is there and is not to be overwritten, or it cannot be written.
    """
    said = []
    for name, (values, slots) in lists.items():
        path = folder / (re.sub(r"[^\w-]+", "_", name) + ".txt")
        if path.exists() and not overwrite:
            raise CorpusError("exists already; --overwrite replaces it", path)
        lines = dict.fromkeys(" ".join(value.split()) for value in values)
        try:
            folder.mkdir(exist_ok=True)
            write_file(path, "".join(f"{line}\n" for line in lines).encode())
        except OSError as error:
            raise CorpusError(f"cannot be written: {error.strerror or error}", path) from error
        options = " ".join(f"--values {slot}={path}" for slot in slots or ["SLOT"])
        said.append(f"list {name}: {len(lines)} values; slotkit train {options}")
    return said
