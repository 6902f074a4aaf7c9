"""Folders that ``save_to_disk`` of the `datasets` library writes.

The columns are ``tokens`` and ``tags`` (or ``ner_tags``), strings or class labels, and where
they are there ``text``, ``intent`` (a string or a class label), ``edges`` and ``asked``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.formats.rows import BESIDE, Format, Row, make_row
from slotkit.errors import CorpusError
from slotkit.extras import extra

if TYPE_CHECKING:
    import datasets

_BATCH = 1000  # rows in memory at a time


def detect(path: Path) -> bool:
    """Tell whether a folder holds a saved dataset."""
    return (path / "state.json").is_file() and (path / "dataset_info.json").is_file()


def files(path: Path) -> list[Path]:
    """Give the two descriptions and the Arrow files."""
    return sorted([*path.glob("*.json"), *path.glob("*.arrow")])


def read(path: Path, reading: Reading) -> Iterator[Row]:
    """Read the utterances of a folder.

    Its Arrow files are read, not mapped into memory, where damage would end the program, and each
    piece of them is checked. Only files of the folder itself are opened.

    Raises
    ------
    CorpusError
        If it is damaged.
    """
    with extra("train"):
        import datasets
        import pyarrow as pa

    try:
        names = [one["filename"] for one in _state(path)["_data_files"]]
        inside = {file.name: file for file in files(path) if not file.is_symlink()}
        for name in names:
            if name not in inside:
                raise ValueError(f"state.json names {name!r}, which is no file of this folder")
        schemas = []
        for name in names:
            with pa.OSFile(str(inside[name])) as source, pa.ipc.open_stream(source) as stream:
                schemas.append(stream.schema)
        if not schemas:
            raise ValueError("there are no rows")
        features = datasets.Features.from_arrow_schema(schemas[0])
    except Exception as error:  # whatever a damaged folder makes the library raise
        raise CorpusError(f"cannot be read as a saved dataset: {_line(error)}", path) from error
    yield from _rows(features, _each_row([inside[name] for name in names], path), path, reading)


def _state(path: Path) -> dict[str, Any]:
    """Read which files a folder says it is made of."""
    state: dict[str, Any] = json.loads((path / "state.json").read_bytes())
    if state.get("_indices_data_files"):
        raise ValueError("it is a selection of rows: save it after flatten_indices()")
    return state


def _each_row(arrows: Iterable[Path], place: Path) -> Iterator[dict[str, Any]]:
    """Give the rows of Arrow files, piece by piece, after each has been checked."""
    import pyarrow as pa

    try:
        for file in arrows:
            with pa.OSFile(str(file)) as source, pa.ipc.open_stream(source) as stream:
                for batch in stream:
                    batch.validate(full=True)
                    yield from batch.to_pylist()
    except Exception as error:  # whatever damaged files make the library raise
        raise CorpusError(f"cannot be read as a saved dataset: {_line(error)}", place) from error


def rows_of(dataset: datasets.Dataset, place: Path | str, reading: Reading) -> Iterator[Row]:
    """Read the rows of a dataset; a row, counted from 1, is its line in messages.

    Raises
    ------
    CorpusError
        If it does not have the columns.
    """
    return _rows(dataset.features, dataset.with_format(None), place, reading)


def _rows(
    features: datasets.Features,
    rows: Iterable[dict[str, Any]],
    place: Path | str,
    reading: Reading,
) -> Iterator[Row]:
    """Read rows with the columns of some features."""
    columns = list(features)
    tags = "tags" if "tags" in columns else "ner_tags"
    if "tokens" not in columns or tags not in columns:
        names = ", ".join(columns)
        raise CorpusError(f"expected columns tokens and tags (or ner_tags), got {names}", place)
    tag_names = _labels(features[tags])
    intent_names = _labels(features.get("intent"))
    for number, found in enumerate(rows, 1):
        try:
            names = _named(found[tags], tag_names, "tags")
            intent = _named([found.get("intent")], intent_names, "intent")[0]
            more = {name: found.get(name) for name in ("text", *BESIDE)}
            yield make_row(found["tokens"], names, intent=intent, **more)
        except ValueError as error:
            reading.add(place, number, error)


def _labels(feature: Any) -> list[str] | None:
    """Give the names of a column of class labels, alone or in lists."""
    if isinstance(feature, list):
        feature = feature[0]
    feature = getattr(feature, "feature", feature)
    return getattr(feature, "names", None)


def _named(values: Any, names: list[str] | None, column: str) -> Any:
    """Turn class labels into their names; missing ones stay what they are."""
    if names is None or values is None:
        return values
    if any(value is not None and not 0 <= value < len(names) for value in values):
        raise ValueError(f"{column} must be labels from 0 to {len(names) - 1}, got {values}")
    return [None if value is None else names[value] for value in values]


def write_arrow(rows: Iterable[Row], path: Path, beside: Collection[str] = ()) -> int:
    """Write rows to an Arrow file, some at a time.

    Parameters
    ----------
    rows : iterable of Row
        Any number.
    path : Path
        The file, which `datasets.Dataset.from_file` then maps into memory.
    beside : collection of str
        Which of `BESIDE` have a column.

    Returns
    -------
    int
        The number of rows.
    """
    with extra("train"):
        import datasets
        import pyarrow as pa

    string, index = datasets.Value("string"), datasets.Value("int32")
    features = {"text": string, "tokens": [string], "tags": [string], "intent": string}
    more = {"edges": [[index]], "asked": [string]}
    features |= {name: more[name] for name in BESIDE if name in beside}
    schema = datasets.Features(features).arrow_schema
    count = 0
    remaining = iter(rows)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, schema) as stream:
        while batch := list(islice(remaining, _BATCH)):
            stream.write_batch(pa.RecordBatch.from_pylist(batch, schema=schema))
            count += len(batch)
    return count


def write(rows: Iterable[Row], path: Path) -> None:
    """Write utterances to a new folder, with those columns of `BESIDE` that the first has."""
    with extra("train"):
        import datasets

    remaining = iter(rows)
    head = list(islice(remaining, 1))
    with TemporaryDirectory(dir=path.parent, prefix="arrow-") as folder:
        arrow = Path(folder, "rows.arrow")
        beside = {name for row in head for name in BESIDE if name in row}
        write_arrow((row for part in (head, remaining) for row in part), arrow, beside)
        with quiet():
            datasets.Dataset.from_file(str(arrow)).save_to_disk(str(path))


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the progress bars of `datasets` from the terminal inside the block."""
    import datasets

    forced = os.environ.get("HF_DATASETS_DISABLE_PROGRESS_BARS")  # then nothing can change them
    if forced or datasets.are_progress_bars_disabled():
        yield
        return
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        datasets.enable_progress_bars()


def _line(error: Exception) -> str:
    """Give the first line of another library's message."""
    return next(iter(str(error).splitlines()), type(error).__name__)


FORMAT = Format(
    suffix="",
    detect=detect,
    read=read,
    write=write,
    keeps=frozenset({"text", "tokens", "intent", "edges", "asked"}),
    listing="dataset_dict.json",
    files=files,
)
