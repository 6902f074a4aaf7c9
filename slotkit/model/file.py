"""The model folder: ``config.json`` and the ``weights-<hash>.safetensors`` that it names.

Saving writes the weights under a name made of their hash, then replaces ``config.json``: that one
rename makes the new model the one that loads, and until then the old one does. Loading trusts
nothing: unknown keys are refused by name, hashes of both files are checked, and no number of the
configuration allocates memory before the size of the weights' file has confirmed it.
"""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from slotkit.errors import ModelFileError
from slotkit.files import UNFINISHED, claimed, write_file
from slotkit.model.config import (
    Config,
    from_config,
    old_names,
    parse_config,
    to_config,
    to_json,
)
from slotkit.model.model import Model, weight_shapes
from slotkit.model.weights import ARRAY, pack_weights, parse_weights, read_weights

if TYPE_CHECKING:
    from pathlib import Path  # slow to import, and tagging does without

CONFIG = "config.json"

_WEIGHTS_NAME = re.compile(r"weights-[0-9a-f]{16}\.safetensors")
_BYTES_OF_VALUE = 64
_FREE = 16 << 20  # bytes that a model may take beyond a multiple of its folder
_LARGEST_CONFIG = 16 << 20  # bytes
_LEAST_OF_LAYER = 20  # bytes in the weights' file, which names every tensor
_WAIT = 10.0  # seconds for another who saves into the same folder


def save_model(model: Model, folder: str | Path) -> None:
    """Write a model folder; equal models give equal files.

    Whatever happens meanwhile, the folder holds the old model or the new one. Files that are no
    part of a model are left alone.

    Parameters
    ----------
    model : Model
    folder : str or Path
        Made if it is not there.

    Raises
    ------
    ModelFileError
        If it cannot be written, or is no model that `load_model` would read.
    """
    from pathlib import Path

    folder = Path(folder)
    try:
        config, content = _pack(model)
    except (ValueError, TypeError) as error:
        raise ModelFileError(f"{folder}: cannot be saved: {one_line(error)}") from error
    weights = config["weights"]["file"]
    try:
        with claimed(folder, wait=_WAIT):
            write_file(folder / weights, content)
            write_file(folder / CONFIG, to_json(config, indent=1) + b"\n")
            with suppress(OSError):
                for path in folder.iterdir():
                    stale = _WEIGHTS_NAME.fullmatch(path.name) and path.name != weights
                    if stale or path.name.endswith(UNFINISHED):
                        path.unlink()
    except OSError as error:
        raise ModelFileError(f"{folder}: cannot be written: {error.strerror or error}") from error


def _pack(model: Model) -> tuple[Config, bytes]:
    """Return the values of ``config.json`` and the content of the weights' file."""
    content = pack_weights(model.weights, weight_shapes(model), model.encoder.arrays)
    config = to_config(model, hashlib.sha256(content).hexdigest())
    from_config(config)
    return config, content


def to_bytes(model: Model) -> tuple[bytes, bytes]:
    """Return the content of the two files of a model folder."""
    config, content = _pack(model)
    return to_json(config), content


def from_bytes(config: bytes, content: bytes) -> Model:
    """Read a model from what `to_bytes` gives; raises ValueError if it is anything else."""
    values = parse_config(config)
    model = from_config(values)
    shapes, arrays = weight_shapes(model), model.encoder.array_shapes()
    found = parse_weights(content, shapes, arrays, values["weights"]["sha256"], CONFIG)
    return _with_arrays(model, found)


def load_model(folder: str | Path) -> Model:
    """Read a model folder.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    Model

    Raises
    ------
    ModelFileError
        If it is missing, cut short, altered, or from a newer format.
    """
    before = b""
    while True:
        try:
            return _load(os.fspath(folder))
        except _Replaced as replaced:
            # Another has saved meanwhile; unless nothing has changed, and the file is just missing.
            if replaced.config == before:
                raise ModelFileError(str(replaced)) from None
            before = replaced.config


class _Replaced(Exception):  # noqa: N818 - no error yet: reading again may do
    """The weights that a configuration names are not there."""

    def __init__(self, message: str, config: bytes) -> None:
        super().__init__(message)
        self.config = config


def _load(folder: str) -> Model:
    """Read a model folder once."""
    content = b""
    path = os.path.join(folder, CONFIG)
    try:
        if not os.path.isfile(path):
            raise ModelFileError(f"no model in {one_line(folder)}: `slotkit train` makes one")
        if os.path.getsize(path) > _LARGEST_CONFIG:
            raise ValueError(f"has more than {_LARGEST_CONFIG:,} bytes, which no model needs")
        with open(path, "rb") as file:
            content = file.read()
        _check_values(content, folder)
        config = parse_config(content)
        model = from_config(config)
        path = os.path.join(folder, config["weights"]["file"])
        layers = model.ensemble_size * int(model.arguments.get("num_layers", 1))
        if layers * _LEAST_OF_LAYER > os.path.getsize(path):  # before all are named
            raise ValueError(f"is too short for {layers:,} layers: cut short or altered")
        shapes, names = weight_shapes(model), old_names(config["format"])
        written = {names.get(name, name): shape for name, shape in shapes.items()}
        absent = written.pop("", ())
        arrays, digest = model.encoder.array_shapes(), config["weights"]["sha256"]
        found = read_weights(path, written, arrays, digest, CONFIG)
        model = _with_arrays(model, found)
        found[""] = np.zeros(absent, dtype=np.float32)  # what the format has not got says nothing
        weights = {name: found[names.get(name, name)] for name in shapes}
    except FileNotFoundError:
        raise _Replaced(f"{one_line(path)}: no such file", content) from None
    except OSError as error:
        why = f"cannot be read: {error.strerror or error}"
    except (ValueError, RecursionError) as error:
        why = one_line(error)
    else:
        return model._replace(weights=weights)
    raise ModelFileError(f"{one_line(path)}: {why}")


def _check_values(content: bytes, folder: str) -> None:
    """Raise ValueError where a configuration holds so many values that they take too much memory.

    Each takes 64 bytes and more, and a word of a vocabulary has a row of weights beside it.
    """
    values = sum(map(content.count, (b",", b":", b"[", b"{")))
    size = 0
    for name in os.listdir(folder):
        with suppress(OSError):  # another who saves may have taken it away
            size += os.path.getsize(os.path.join(folder, name))
    if _BYTES_OF_VALUE * values > 4 * size + _FREE:
        raise ValueError(f"holds {values:,} values, which no model of its size needs")


def one_line(message: object) -> str:
    """Write what may hold names from a damaged file as a short line that any terminal can show."""
    line = "".join(c if c.isprintable() else " " for c in str(message))
    return line if len(line) <= 300 else line[:300] + "…"


def _with_arrays(model: Model, found: dict[str, npt.NDArray[Any]]) -> Model:
    """Return a model with the weights among what was found, and hand its encoder the rest."""
    names = [name for name in found if name.startswith(ARRAY)]
    model.encoder.take({name.removeprefix(ARRAY): found.pop(name) for name in names})
    return model._replace(weights=found)
