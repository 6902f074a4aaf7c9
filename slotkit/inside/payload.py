"""What the page needs of a model to run it, as JSON.

Weights go as halves where these hold all of their numbers exactly, which is so in every model that
`slotkit.train` wrote, and as single floats otherwise: nothing is rounded. The page computes sums in
doubles and keeps each tensor in single floats, so that its logits differ from NumPy's by rounding.

What the page does not run is left out: intents and scope, what a question says of its answer, and
thresholds.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from slotkit.model.file import load_model
from slotkit.model.model import Model
from slotkit.taggers.blocks.numpy_layers import under
from slotkit.taggers.table import get_architecture

_PARTS = ("input.", "network.")  # of the weights, which a member runs


def make_payload(model: Model | str | Path, name: str | None = None) -> dict[str, Any]:
    """Write down what the page needs of a model.

    Parameters
    ----------
    model : Model or path
        A model, or the folder of one.
    name : str, optional
        What the page calls it; that of the folder unless given.

    Returns
    -------
    dict
        JSON values. An array is ``{"shape", "dtype", "data"}``: its numbers row by row, the lowest
        byte first, in base64.

    Raises
    ------
    ModelFileError
        If the folder is missing, damaged, or from a newer format.
    """
    if not isinstance(model, Model):
        name = Path(model).resolve().name if name is None else name
        model = load_model(model)
    members = model.of_members()
    crf = [under(weights, "crf") for weights in members]
    means = {part: np.mean([one[part] for one in crf], axis=0) for part in crf[0]}
    return {
        "name": model.architecture if name is None else name,
        "architecture": model.architecture,
        "arguments": model.arguments,
        "reach": get_architecture(model.architecture).reach(model.arguments)._asdict(),
        "tags": list(model.tags),
        "tokenizer": model.tokenizer,
        "marked_words": list(model.marked_words),
        "value_marks": model.value_marks,
        "encoder": model.encoder.to_config(),
        "encoder_arrays": arrays_to_json(model.encoder.arrays),
        "embedding_size": model.embedding_size,
        "window_size": model.window_size,
        "edges": model.edges,
        "temperature": model.temperature,
        "longest": model.training.get("longest"),
        "members": [
            arrays_to_json({name: w for name, w in own.items() if name.startswith(_PARTS)})
            for own in members
        ],
        "crf": arrays_to_json(means) if means else None,
    }


def arrays_to_json(arrays: dict[str, npt.NDArray[Any]]) -> dict[str, dict[str, Any]]:
    """Write arrays as JSON values."""
    return {name: _array_to_json(array) for name, array in arrays.items()}


def _array_to_json(array: npt.NDArray[Any]) -> dict[str, Any]:
    """Write an array as JSON values."""
    if array.dtype.kind == "f":
        array = array.astype(np.float32)
        with np.errstate(over="ignore"):
            halves = array.astype(np.float16)
        array = halves if np.array_equal(halves.astype(np.float32), array) else array
    exact = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    return {
        "shape": list(array.shape),
        "dtype": array.dtype.name,
        "data": base64.b64encode(exact.tobytes()).decode("ascii"),
    }
