"""Snapshots: the weights of the epochs of a training, beside the model that it made.

The folder ``snapshots`` has a file of weights for each kept epoch, and ``snapshots.json``, which
names them by their hashes. A file is written before the index that names it, and removed after
the index that does not: whatever stops a training, the index names what is there. Of all else an
epoch is as the model in the folder.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from slotkit.errors import ModelFileError
from slotkit.files import UNFINISHED, write_file
from slotkit.model.config import check_keys, own_digest, parse_config, to_json
from slotkit.model.file import load_model, one_line
from slotkit.model.model import Model, weight_shapes
from slotkit.model.weights import pack_weights, read_weights
from slotkit.taggers.option import check_number

FOLDER, INDEX = "snapshots", "snapshots.json"
MOST = 30  # epochs that are kept, beside the best and the newest

_FORMAT = 1
_FILE = re.compile(r"epoch-[0-9]{3,}-[0-9a-f]{16}\.safetensors")
_LARGEST_INDEX = 1 << 20  # bytes
_MOST_EPOCHS = 2**31 - 1
# What a model says of its training that tells it from any other; where the corpus lies does not.
_TELLS = ("fingerprint", "recipe", "refit", "vectors", "out_of_scope", "start", "unlabelled")


def kept_epochs(newest: int, best: int | None) -> set[int]:
    """Return the epochs that are kept after an epoch.

    They are spread evenly: where there are more than `MOST`, every second, fourth and so on from
    the first; and with them the best and the newest.
    """
    stride = 1
    while newest > MOST * stride:
        stride *= 2
    return {*range(1, newest + 1, stride), newest, *([] if best is None else [best])}


def save_snapshot(folder: Path, model: Model, epoch: int, best: int | None) -> None:
    """Keep the weights of an epoch, and of those before only what `kept_epochs` says.

    Parameters
    ----------
    folder : Path
        The model folder.
    model : Model
        What the folder would hold if this epoch were the one.
    epoch : int
        From 1. What is kept of this epoch or later ones is replaced.
    best : int or None
        The epoch that the folder holds.

    Raises
    ------
    ModelFileError
        If it cannot be written, or is no model that `read_snapshots` would read.
    """
    place = folder / FOLDER
    try:
        content = pack_weights(model.weights, weight_shapes(model), {})
    except (ValueError, TypeError) as error:
        raise ModelFileError(f"{place}: cannot be saved: {one_line(error)}") from error
    digest = hashlib.sha256(content).hexdigest()
    wanted = kept_epochs(epoch, best)
    rows: list[tuple[int, str]] = []
    with suppress(ModelFileError):  # what is damaged goes, and need not stop a training
        rows = [row for row in _rows_of(folder, model) if row[0] in wanted and row[0] < epoch]
    rows.append((epoch, digest))
    index = {
        "format": _FORMAT,
        "training": _training_of(model),
        "epochs": [{"epoch": number, "sha256": sha256} for number, sha256 in rows],
    }
    index["sha256"] = own_digest(index)
    try:
        place.mkdir(parents=True, exist_ok=True)
        write_file(place / _name(epoch, digest), content)
        write_file(place / INDEX, to_json(index, indent=1) + b"\n")
        _remove_all_but(place, {INDEX, *(_name(*row) for row in rows)})
    except OSError as error:
        raise ModelFileError(f"{place}: cannot be written: {error.strerror or error}") from error


def remove_snapshots(folder: Path) -> None:
    """Remove the snapshots of a model folder, and nothing that is none.

    Raises
    ------
    ModelFileError
        If they cannot be removed.
    """
    place = folder / FOLDER
    try:
        (place / INDEX).unlink(missing_ok=True)
        if place.is_dir():
            _remove_all_but(place, set())
            with suppress(OSError):
                place.rmdir()  # where it is empty
    except OSError as error:
        raise ModelFileError(f"{place}: cannot be written: {error.strerror or error}") from error


def read_snapshots(folder: str | Path) -> list[tuple[int, Model]]:
    """Read the kept epochs of a model folder.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    list of (int, Model)
        Each kept epoch, from 1, in order, and the model with the weights that it had then: its
        numbers are those that the folder would hold, its temperatures those of the folder's. None
        where nothing was kept, and none of a training that has not yet replaced the model.

    Raises
    ------
    ModelFileError
        If the model or a snapshot is missing, cut short, altered, or from a newer format.

    Examples
    --------
    ::

        for epoch, model in read_snapshots("slotkit-model"):
            SlotFiller(model).tag("leave Taipei").tags
    """
    return list(each_snapshot(folder))


def each_snapshot(folder: str | Path) -> Iterator[tuple[int, Model]]:
    """Yield what `read_snapshots` returns, one after the other."""
    folder = Path(folder)
    model = load_model(folder)
    shapes = weight_shapes(model)
    for epoch, sha256 in _rows_of(folder, model):
        path = folder / FOLDER / _name(epoch, sha256)
        try:
            weights = read_weights(str(path), shapes, {}, sha256, INDEX)
        except FileNotFoundError:
            if (epoch, sha256) not in _rows_of(folder, model):
                continue  # a training goes on, and has let go of it meanwhile
            raise ModelFileError(f"{one_line(path)}: no such file") from None
        except OSError as error:
            why = f"cannot be read: {error.strerror or error}"
            raise ModelFileError(f"{one_line(path)}: {why}") from error
        except (ValueError, RecursionError) as error:
            raise ModelFileError(f"{one_line(path)}: {one_line(error)}") from None
        yield epoch, model._replace(weights=weights)


def _rows_of(folder: Path, model: Model) -> list[tuple[int, str]]:
    """Read the epochs and hashes of the index, if it is of the training that made a model."""
    path = folder / FOLDER / INDEX
    try:
        if path.stat().st_size > _LARGEST_INDEX:
            raise ValueError(f"has more than {_LARGEST_INDEX:,} bytes")
        index = parse_config(path.read_bytes())
        _check_index(index)
    except FileNotFoundError:
        return []
    except OSError as error:
        why = f"cannot be read: {error.strerror or error}"
        raise ModelFileError(f"{one_line(path)}: {why}") from error
    except ValueError as error:
        raise ModelFileError(f"{one_line(path)}: {one_line(error)}") from None
    if index["training"] != _training_of(model):
        return []
    return [(row["epoch"], row["sha256"]) for row in index["epochs"]]


def _check_index(index: dict[str, Any]) -> None:
    """Raise ValueError unless these are the values of an index."""
    newest = index.get("format")
    if type(newest) is int and newest > _FORMAT:
        raise ValueError(f"format {newest}; this slotkit reads {_FORMAT}: upgrade slotkit")
    check_keys("", index, ("format", "training", "epochs", "sha256"))
    if newest != _FORMAT:
        raise ValueError(f"format must be {_FORMAT}, got {newest!r}")
    if index["sha256"] != own_digest(index):
        raise ValueError("altered: its SHA-256 is not the one that it names")
    if not isinstance(index["epochs"], list):
        raise ValueError("epochs must be a list")
    before = 0
    for row in index["epochs"]:
        check_keys("epochs: ", row, ("epoch", "sha256"))
        check_number("epochs: epoch", row["epoch"], int, before + 1, _MOST_EPOCHS)
        before = row["epoch"]
        if not re.fullmatch("[0-9a-f]{64}", str(row["sha256"])):
            raise ValueError("epochs: sha256 must be 64 hexadecimal digits")


def _training_of(model: Model) -> str:
    """Return a digest that tells the training of a model from all others."""
    return hashlib.sha256(to_json({key: model.training.get(key) for key in _TELLS})).hexdigest()


def _name(epoch: int, sha256: str) -> str:
    """Return the name of the file of an epoch."""
    return f"epoch-{epoch:03}-{sha256[:16]}.safetensors"


def _remove_all_but(place: Path, names: set[str]) -> None:
    """Remove the snapshots of other names, and what a stopped training left unfinished."""
    for path in place.iterdir():
        old = _FILE.fullmatch(path.name) and path.name not in names
        if old or path.name.endswith(UNFINISHED):
            os.unlink(path)
