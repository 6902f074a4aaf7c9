"""The file of a model's weights: safetensors, in half precision where that loses nothing."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save

from slotkit.model.config import check_keys

ARRAY = "encoder."  # before the names of what an encoder keeps in the weights' file

_LONGEST_HEADER = 4 << 20  # bytes before the numbers of a weights' file
_LONGEST_ENTRY = 1 << 10  # bytes of a tensor in it
_DTYPES = (np.dtype(np.float32), np.dtype(np.float16))  # of weights in the file

Shapes = Mapping[str, tuple[int, ...]]
ArrayShapes = Mapping[str, tuple[tuple[int, ...], str]]  # as `Encoder.array_shapes` gives them
Arrays = Mapping[str, npt.NDArray[Any]]


def pack_weights(weights: Arrays, shapes: Shapes, arrays: Arrays) -> bytes:
    """Return the content of a weights' file.

    Parameters
    ----------
    weights : mapping of str to array of float32
    shapes : mapping of str to tuple of int
        What they must be, as `slotkit.model.model.weight_shapes` says.
    arrays : mapping of str to array
        What the encoder keeps beside them.

    Raises
    ------
    ValueError
        If these are not the expected weights, of finite numbers.
    """
    _check_weights(weights, shapes)
    # safetensors reads the memory as it lies, so it must lie in rows.
    tensors = {name: np.ascontiguousarray(_shorten(weights[name])) for name in shapes}
    return save(tensors | {ARRAY + name: array for name, array in arrays.items()})


def round_to_half(weight: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Round numbers to half precision, in which they take half the room, if it can hold them."""
    with np.errstate(over="ignore"):
        rounded = weight.astype(np.float16).astype(np.float32)
    return rounded if np.isfinite(rounded).all() else weight


def _shorten(weight: npt.NDArray[np.float32]) -> npt.NDArray[np.floating[Any]]:
    """Return a weight in half precision where that loses nothing."""
    rounded = round_to_half(weight)
    return weight.astype(np.float16) if np.array_equal(rounded, weight) else weight


def _check_weights(weights: Arrays, shapes: Shapes) -> None:
    """Raise ValueError unless these are the expected weights, of finite numbers."""
    check_keys("", dict(weights), tuple(shapes))
    for name, shape in shapes.items():
        weight = weights[name]
        if weight.dtype not in _DTYPES or weight.shape != shape:
            raise ValueError(
                f"{name} must be float32 {list(shape)}, got {weight.dtype} {list(weight.shape)}"
            )
        if not np.isfinite(weight).all():
            raise ValueError(f"{name} holds what is no finite number")


def read_weights(
    path: str, shapes: Shapes, arrays: ArrayShapes, sha256: str, where: str
) -> dict[str, npt.NDArray[Any]]:
    """Read a weights' file, whose size, hash and content must be the expected ones.

    Parameters
    ----------
    path : str
    shapes, arrays : mapping
        What it must hold.
    sha256, where : str
        The hash that it must have, and the file that names it.

    Returns
    -------
    dict of str to array
        The weights in float32, and what the encoder keeps, its names behind `ARRAY`.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is anything else.
    """
    numbers = sum(math.prod(shape) for shape in shapes.values())
    beside = sum(math.prod(shape) * np.dtype(dtype).itemsize for shape, dtype in arrays.values())
    least, most = 2 * numbers + beside, 4 * numbers + beside
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if not least < size <= most + _LONGEST_HEADER:
            raise ValueError(
                f"must be {least} to {most} bytes and a header, got {size} bytes: "
                "cut short or altered"
            )
        content = file.read(size)
    return parse_weights(content, shapes, arrays, sha256, where)


def parse_weights(
    content: bytes, shapes: Shapes, arrays: ArrayShapes, sha256: str, where: str
) -> dict[str, npt.NDArray[Any]]:
    """Read the content of a weights' file, as `read_weights` does."""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ValueError(f"altered: its SHA-256 is not the one that {where} names")
    kept = {ARRAY + name: wanted for name, wanted in arrays.items()}
    header = int.from_bytes(content[:8], "little")
    tensors = len(shapes) + len(kept)
    if header > _LONGEST_ENTRY * (1 + tensors):  # each name of a tensor takes memory
        raise ValueError(f"not safetensors: a header of {header:,} bytes for {tensors} tensors")
    try:
        found = load(content)
    except (SafetensorError, KeyError) as error:  # KeyError: a type that NumPy has not
        raise ValueError(f"not safetensors: {error}") from error
    check_keys("", found, (*shapes, *kept))
    for name, (shape, dtype) in kept.items():
        if found[name].dtype != dtype or found[name].shape != shape:
            raise ValueError(f"{name} must be {dtype} {list(shape)}")
    weights = {name: found[name] for name in shapes}
    _check_weights(weights, shapes)
    whole = {name: weight.astype(np.float32, copy=False) for name, weight in weights.items()}
    return whole | {name: found[name] for name in kept}
