"""Where training stands at the end of an epoch, on disk: safetensors and JSON, no pickle.

The tensors are written under a name made of their hash, then `checkpoint.json`, which names
them, is replaced: that one rename makes the new state the one to resume from.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor

from slotkit.errors import TrainingError
from slotkit.files import write_file
from slotkit.model.file import from_bytes, to_bytes
from slotkit.model.model import Model
from slotkit.training.folder import HISTORY, STATE
from slotkit.version import __version__

_FORMAT = 4  # of the state: 4 has all weights as one vector

_START = "start.config", "start.weights"  # tensors, of the bytes of a model folder's two files
_ANEW = "train anew with --overwrite"


def save_checkpoint(folder: Path, state: dict[str, Any], tensors: dict[str, Tensor]) -> None:
    """Make this the state that `load_checkpoint` returns.

    Parameters
    ----------
    folder : Path
        The model folder.
    state : dict
        JSON values; `history` is a list with an object for each epoch.
    tensors : dict of str to Tensor
        Weights and the optimizer's memory.

    Raises
    ------
    TrainingError
        If it cannot be written; the state before is still there.
    """
    content = save({name: tensor.detach().contiguous() for name, tensor in tensors.items()})
    digest = hashlib.sha256(content).hexdigest()
    name = f"checkpoint-{digest[:16]}.safetensors"
    kept = {
        "slotkit": __version__,
        "format": _FORMAT,
        "state": state,
        "tensors": {"file": name, "sha256": digest},
    }
    kept["sha256"] = _digest(kept)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_file(folder / name, content)
        write_file(folder / STATE, json.dumps(kept, indent=1).encode())
        write_history(folder, state)
        for old in folder.glob("checkpoint-*.safetensors"):
            if old.name != name:
                old.unlink()
    except OSError as error:
        raise TrainingError(f"{folder}: cannot be written: {error.strerror or error}") from error


def write_history(folder: Path, state: dict[str, Any]) -> None:
    """Write the epochs of a state for people, a line each.

    Raises
    ------
    OSError
        If they cannot be written.
    """
    history = "".join(json.dumps(row) + "\n" for row in state["history"])
    write_file(folder / HISTORY, history.encode())


def load_checkpoint(folder: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read the newest state.

    Raises
    ------
    TrainingError
        If there is none, it is damaged, or another version of slotkit wrote it.
    """
    path = folder / STATE
    try:
        kept = json.loads(path.read_bytes())
        if not isinstance(kept, dict) or kept.get("sha256") != _digest(kept):
            raise ValueError("altered")
        if kept["slotkit"] != __version__ or kept.get("format") != _FORMAT:
            raise TrainingError(
                f"{path}: written by slotkit {kept['slotkit']} in format {kept.get('format', 1)}, "
                f"this is {__version__} with format {_FORMAT}; {_ANEW}"
            )
        path = folder / kept["tensors"]["file"]
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != kept["tensors"]["sha256"]:
            raise ValueError("altered")
    except (ValueError, RecursionError):
        raise TrainingError(f"{path}: damaged; {_ANEW}") from None
    except OSError as error:
        if isinstance(error, FileNotFoundError) and path.name == STATE:
            raise TrainingError(f"{folder}: no unfinished training to resume") from None
        raise TrainingError(f"{path}: cannot be read: {error.strerror}; {_ANEW}") from error
    return kept["state"], load(content)


def digest_start(start: Model) -> str:
    """Return the SHA-256 that the configuration of a model names, as this slotkit writes it."""
    digest: str = json.loads(to_bytes(start)[0])["sha256"]
    return digest


def pack_start(start: Model | None) -> dict[str, Tensor]:
    """Write the model that a training began from as tensors, so that it can go on without it."""
    if start is None:
        return {}
    parts = zip(_START, to_bytes(start), strict=True)
    return {name: torch.frombuffer(bytearray(part), dtype=torch.uint8) for name, part in parts}


def unpack_start(tensors: dict[str, Tensor]) -> Model | None:
    """Take that model out of the tensors of a checkpoint; None where it began from none."""
    packed = [tensors.pop(name).numpy().tobytes() for name in _START if name in tensors]
    return from_bytes(*packed) if packed else None


def remove_checkpoint(folder: Path) -> None:
    """Forget the state: training is finished, or begins anew.

    Raises
    ------
    TrainingError
        If it cannot be removed.
    """
    try:
        (folder / STATE).unlink(missing_ok=True)
        for old in folder.glob("checkpoint-*.safetensors"):
            old.unlink()
    except OSError as error:
        raise TrainingError(f"{folder}: cannot be written: {error.strerror or error}") from error


def _digest(kept: dict[str, Any]) -> str:
    """Return the SHA-256 of all that `checkpoint.json` holds beside it."""
    rest = {key: value for key, value in kept.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
