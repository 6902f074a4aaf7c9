"""Finding a corpus and its splits: which file or folder holds which, and in which format.

One idea in one file: what a name and a first look tell.
"""

from __future__ import annotations

import importlib.resources
import json
import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from slotkit.corpus.formats import FORMATS, hub, jsonl
from slotkit.corpus.formats.document import Broken, load, unknown
from slotkit.corpus.formats.lines import peek, read_lines
from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.formats.rows import Row
from slotkit.corpus.formats.saved import rows_of
from slotkit.corpus.toys import SIZES, TOYS, is_toy, make_rows, read_name
from slotkit.errors import CorpusError
from slotkit.text.tags import split_tag

SPLITS = ("train", "validation", "test")
_NAMES = (
    dict.fromkeys(("train", "trainset"), "train")
    | dict.fromkeys(("valid", "dev", "validation", "devset", "testa", "validate"), "validation")
    | dict.fromkeys(("test", "testset", "testb"), "test")  # testa and testb: of CoNLL-2003
)
_OWN = {"seq", "datasets", "jsonl", "bos", "conll"}  # read without a word
_IN_SEVERAL = {"rasa", "snips", "json", "inline"}  # of which a corpus has a file an intent
_ASKED = "train, test, valid, dev, validation"


class Part(NamedTuple):
    """A split of a corpus, found but not read.

    Parameters
    ----------
    format : str
        A key of `FORMATS`, ``hf``, or ``toy``.
    place : Path or str
        Where it was found, as messages name it.
    files : list of Path
        What it is made of; empty for the hub.
    content : callable
        Yields the bytes that it is made of.
    rows : callable
        Yields its rows; what is wrong goes to `Reading`.
    """

    format: str
    place: Path | str
    files: list[Path]
    content: Callable[[], Iterator[bytes]]
    rows: Callable[[Reading], Iterator[Row]]


def bundled() -> dict[str, Path]:
    """Find the corpora that are part of slotkit.

    Returns
    -------
    dict of str to Path
        The folder of each, by name.
    """
    try:
        entries = importlib.resources.files("slotkit.corpora").iterdir()
    except ModuleNotFoundError:  # imported from its sources, which are not installed
        return {}
    folders = sorted(Path(str(entry)) for entry in entries)
    return {folder.name: folder for folder in folders if (folder / "train.jsonl").is_file()}


class Description(NamedTuple):
    """What a corpus holds.

    Parameters
    ----------
    sizes : dict of str to int
        The number of utterances of each split.
    slots : list of str
        The slots of all splits, sorted.
    """

    sizes: dict[str, int]
    slots: list[str]


def describe(source: str | Path) -> Description:
    """Read what a corpus holds, without the `datasets` library where its format needs none.

    Raises
    ------
    CorpusError
        If there is no such corpus, or anything is wrong with it.
    """
    reading = Reading()
    sizes: dict[str, int] = {}
    slots: set[str] = set()
    for split, part in find_parts(source).items():
        sizes[split] = 0
        for row in part.rows(reading):
            sizes[split] += 1
            slots.update(split_tag(tag)[1] for tag in row["tags"])
    reading.check()
    return Description(sizes, sorted(slots - {""}))


def find_parts(
    source: str | Path,
    *,
    format: str | None = None,  # noqa: A002 (as on the command line)
) -> dict[str, Part]:
    """Find the splits of a corpus, without reading them.

    Parameters
    ----------
    source : str or Path
        A path if it exists, else the name of a bundled corpus, else ``hf:`` and a name on the
        hub, else the name of a toy, such as ``recall:8``. A path is one split, or a folder with
        one for each; its split is the one that stands in its name as a word (``valid`` and
        ``dev`` mean validation), for one alone else train.
    format : str, optional
        A key of `FORMATS`; found from the content where none is given.

    Returns
    -------
    dict of str to Part
        In the order of `SPLITS`.

    Raises
    ------
    CorpusError
        If there is no such corpus, it has no split or two of the same name, or its format cannot
        be told.
    ValueError
        If there is no such format.
    """
    if format is not None and format not in FORMATS:
        raise ValueError(f"unknown format {format!r}; choose from {', '.join(FORMATS)}")
    path = Path(source)
    if not _exists(path):
        if str(source) in bundled():
            path = bundled()[str(source)]
        elif str(source).startswith(hub.PREFIX):
            return _parts_of_hub(str(source))
        elif is_toy(str(source)):
            return _parts_of_toy(str(source))
        else:
            names = ", ".join(bundled()) or "none"
            raise CorpusError(
                f"no corpus {str(source)!r}: expected a path, {hub.PREFIX}NAME for the hub, or "
                f"one of those bundled: {names}; or a toy: "
                + ", ".join(toy.example for toy in TOYS.values())
            )
    if not path.is_file() and not path.is_dir():
        raise CorpusError("neither a file nor a folder: a corpus is read more than once", path)
    own = _format_of(path, format)
    if path.is_file() or (own and not (own == "brat" and _splits_named(path))):
        return _partitions(path, format) or {
            _split_of(path) or "train": _part(path, format),
        }
    found = _splits_in(path)
    return {split: _joined(path, found[split], format) for split in SPLITS if split in found}


def _exists(path: Path) -> bool:
    """Tell whether there is such a path; a name that is too long is none."""
    try:
        return path.exists()
    except OSError:
        return False


def _splits_in(folder: Path) -> dict[str, list[Path]]:
    """Find which files or folders in a folder hold which split; several where they are joined."""
    found: dict[str, list[Path]] = {}
    for child in _children(folder):
        split = _split_of(child)
        if split is None:
            continue
        before = found.get(split, [])
        formats = {_format_of(one, None) for one in [*before, child]} if before else {None}
        if None not in formats and not (len(formats) == 1 and formats <= _IN_SEVERAL):
            raise CorpusError(f"two are named {split}: {before[0].name}, {child.name}", folder)
        if not before or _format_of(child, None):
            # Of two the one that is no corpus, as train_notes.md, yields.
            found[split] = [*filter(lambda one: _format_of(one, None), before), child]
    if not found:
        several = [child for child in _children(folder) if _format_of(child, None) in _IN_SEVERAL]
        if len({_format_of(child, None) for child in several}) == 1:
            found["train"] = several
    if not found:
        raise CorpusError(f"expected a file or folder named one of {_ASKED}", folder)
    return found


def _splits_named(folder: Path) -> set[str | None]:
    """Return the splits that the names in a folder hold."""
    return {_split_of(child) for child in _children(folder)} - {None}


def _joined(folder: Path, paths: list[Path], asked: str | None) -> Part:
    """Describe a split that is one file or folder, or several that belong together."""
    if len(paths) == 1:
        return _part(paths[0], asked)
    parts = [_part(path, asked) for path in paths]

    def rows(reading: Reading) -> Iterator[Row]:
        names = ", ".join(path.name for path in paths)
        reading.take(folder, f"{len(paths)} files are read as one part: {names}")
        for part in parts:
            yield from part.rows(reading)

    files = [file for part in parts for file in part.files]
    return Part(parts[0].format, folder, files, partial(_bytes_of, files), rows)


def passed_over(source: str | Path) -> list[str]:
    """Name what lies beside the splits of a folder, could be read, and is named for none."""
    path = Path(source)
    if not path.is_dir() or _format_of(path, None):
        return []
    others = [child for child in _children(path) if _split_of(child) is None]
    listings = {form.listing for form in FORMATS.values()}
    others = [one for one in others if one.name not in listings and _format_of(one, None)]
    read = {file for several in _splits_in(path).values() for file in several}
    return [child.name for child in others if child not in read]


def _children(folder: Path) -> list[Path]:
    """List a folder, but what is hidden, in the order of names."""
    return [child for child in sorted(folder.iterdir()) if not child.name.startswith(".")]


def _split_of(path: Path) -> str | None:
    """Tell which split a file or folder holds, by the words in its name."""
    words = re.findall("[a-z]+", path.absolute().name.lower())
    splits = sorted({_NAMES[word] for word in words if word in _NAMES})
    if len(splits) > 1:
        raise CorpusError(f"the name must hold one split, got {', '.join(splits)}", path)
    return splits[0] if splits else None


def _format_of(path: Path, asked: str | None) -> str | None:
    """Tell the format of a split; None if it has none, or not the one that is asked for."""
    if asked is not None and path.is_file():
        return asked if FORMATS[asked].suffix else None
    names = FORMATS if asked is None else [asked]
    return next((name for name in names if FORMATS[name].detect(path)), None)


def _part(path: Path, asked: str | None) -> Part:
    """Describe a split that is a file or a folder."""
    found = _format_of(path, asked)
    if found:
        form = FORMATS[found]
        files = form.files(path)

        def rows(reading: Reading) -> Iterator[Row]:
            if asked is None and found not in _OWN:
                reading.take(path, f"read in the format {found}; --format overrules")
            return form.read(path, reading)

        return Part(found, path, files, partial(_bytes_of, files), rows)
    if asked is not None:
        kind = "file" if FORMATS[asked].suffix else "folder"
        raise CorpusError(f"not a {kind} in the format {asked}", path)
    if path.is_file() and not peek(path):
        raise CorpusError("holds no utterances", path)
    if path.is_file():  # what is wrong with its first lines says more than that nothing fits
        reading = Reading()
        deque(islice(read_lines(path, reading), 1000), maxlen=0)
        reading.check()
        found = load(path)
        if isinstance(found, Broken):
            raise CorpusError(found.message, path, found.line)
        if found is not None:
            raise CorpusError(unknown(found), path)
    raise CorpusError(f"cannot tell the format; choose from {', '.join(FORMATS)}", path)


def _partitions(path: Path, asked: str | None) -> dict[str, Part]:
    """Describe the splits of a file whose rows say of which they are; empty if they do not."""
    if _format_of(path, asked) != "jsonl":
        return {}
    named = {name: _NAMES[name] for name in jsonl.partitions(path) if name in _NAMES}
    if len(set(named.values())) < 2:
        return {}
    content = partial(_bytes_of, [path])
    parts: dict[str, Part] = {}
    for name, split in named.items():
        known = () if parts else set(named)  # the others are counted once
        rows = partial(jsonl.read, path, partition=name, known=known)
        parts[split] = Part("jsonl", path, [path], content, rows)
    return {split: parts[split] for split in SPLITS if split in parts}


def _bytes_of(paths: Iterable[Path]) -> Iterator[bytes]:
    """Read files, the size of each before its bytes."""
    for path in paths:
        try:
            with path.open("rb") as file:
                yield b"%d\n" % os.fstat(file.fileno()).st_size
                while block := file.read(1 << 20):
                    yield block
        except OSError as error:
            raise CorpusError(f"cannot be read: {error.strerror}", path) from error


def _parts_of_hub(source: str) -> dict[str, Part]:
    """Ask the hub."""
    found: dict[str, Part] = {}
    for name, dataset in hub.load(source).items():
        split = _NAMES.get(name)
        if split in found:
            raise CorpusError(f"two are named {split}", source)
        if split:
            rows = partial(rows_of, dataset, f"{source} {name}")
            found[split] = Part("hf", source, [], partial(_bytes_of_rows, rows), rows)
    if not found:
        raise CorpusError(f"expected a split named one of {_ASKED}", source)
    return {split: found[split] for split in SPLITS if split in found}


def _parts_of_toy(name: str) -> dict[str, Part]:
    """Generate a toy."""
    try:
        read_name(name)
    except ValueError as error:
        raise CorpusError(str(error)) from error
    found: dict[str, Part] = {}
    for split in SIZES:
        rows = partial(_rows_of_toy, name, split)
        found[split] = Part("toy", name, [], partial(_bytes_of_rows, rows), rows)
    return found


def _rows_of_toy(name: str, split: str, reading: Reading) -> Iterator[Row]:
    """Generate a split of a toy, in which nothing is wrong."""
    return make_rows(name, split)


def _bytes_of_rows(rows: Callable[[Reading], Iterator[Row]]) -> Iterator[bytes]:
    """Read rows as bytes; what is wrong with them is said when they are read as rows."""
    for row in rows(Reading()):
        yield json.dumps(row).encode() + b"\n"
