"""What a training did to sentences: what the tagger of each kept epoch says of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from slotkit.errors import ModelFileError
from slotkit.model.file import load_model, one_line
from slotkit.model.snapshots import each_snapshot
from slotkit.tagging.filler import SlotFiller
from slotkit.tagging.trace import Trace
from slotkit.training.folder import HISTORY

_SHOWN = 3  # tags a word
_CURVES = ("loss", "f1", "learning_rate", "gradient_norm")


def epochs(folder: str | Path, texts: Sequence[str], *, member: int = 0) -> dict[str, Any]:
    """Tag sentences with the weights of every kept epoch.

    Parameters
    ----------
    folder : str or Path
        A model folder, trained with ``--snapshots``.
    texts : sequence of str
    member : int
        Of an ensemble, whose numbers.

    Returns
    -------
    dict
        JSON values:

        ``kept``
            The epoch whose weights the model has, or None.
        ``columns``
            The K tags.
        ``history``
            Of every epoch of the training that made the model: ``epoch``, from 1, ``loss``,
            ``f1``, ``learning_rate``, ``gradient_norm``, None where it is not known.
        ``texts``
            Each text and its ``tokens``.
        ``epochs``
            Of every kept one ``epoch`` and ``texts``: the ``tags`` of each, and for each word
            the likeliest tags, ``[tag number, probability]``, by ``softmax`` and ``joint``: with
            what is legal and the CRF if there is one. Empty where nothing was kept.

    Raises
    ------
    ModelFileError
        If the model, a snapshot or the history cannot be read.
    UtteranceError, ValueError
        As `SlotFiller.trace`.

    Examples
    --------
    ::

        found = epochs("slotkit-model", ["leave Taipei on November 2nd"])
        [one["texts"][0]["tags"] for one in found["epochs"]]
    """
    folder = Path(folder)
    model = load_model(folder)
    kind = "refit" if model.training.get("refit") else "validation"
    traced = SlotFiller(model)
    return {
        "kept": model.training.get("epoch"),
        "columns": list(model.tags),
        "history": [
            {"epoch": row["epoch"], **{name: row.get(name) for name in _CURVES}}
            for row in read_history(folder)
            if row["kind"] == kind
        ],
        "texts": [
            {"text": text, "tokens": traced.trace(text, member=member).tokens} for text in texts
        ],
        "epochs": [
            {
                "epoch": epoch,
                "texts": [_said(SlotFiller(one).trace(text, member=member)) for text in texts],
            }
            for epoch, one in each_snapshot(folder)
        ],
    }


def read_history(folder: str | Path) -> list[dict[str, Any]]:
    """Read the epochs of a training; none where the folder does not tell.

    Raises
    ------
    ModelFileError
        If the file cannot be read, or a line is no epoch.
    """
    path = Path(folder) / HISTORY
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        why = f"cannot be read: {error.strerror or error}"
        raise ModelFileError(f"{one_line(path)}: {why}") from error
    return [_row(line, f"{one_line(path)}:{number}") for number, line in enumerate(lines, 1)]


def _row(line: bytes, where: str) -> dict[str, Any]:
    """Read an epoch of the history."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    known = isinstance(row, dict) and isinstance(row.get("kind"), str)
    if not known or type(row.get("epoch")) is not int:
        raise ModelFileError(f"{where}: not an epoch as JSON")
    numbers = (row.get(name) for name in _CURVES)
    if not all(one is None or type(one) in (int, float) for one in numbers):
        raise ModelFileError(f"{where}: {', '.join(_CURVES)} must be numbers")
    return dict(row)


def _said(traced: Trace) -> dict[str, Any]:
    """Write down what a tagger says of a sentence."""
    joint = traced.legal if traced.crf is None else traced.crf
    return {"tags": traced.tags, "softmax": _best(traced.softmax), "joint": _best(joint)}


def _best(shares: npt.NDArray[np.float32]) -> list[list[list[float]]]:
    """Return the likeliest tags of each word, by their numbers, and their probabilities."""
    found = np.argsort(-shares, axis=1, kind="stable")[:, :_SHOWN]
    return [
        [[k, round(float(row[k]), 4)] for k in best.tolist()]
        for row, best in zip(shares, found, strict=True)
    ]
