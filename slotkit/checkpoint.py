"""Where training stands at the end of an epoch, on disk: safetensors and JSON, no pickle.

The tensors are written under a name made of their hash, then `checkpoint.json`, which names
them, is replaced: that one rename makes the new state the one to resume from.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from safetensors.torch import load, save
from torch import Tensor

from slotkit.errors import TrainingError
from slotkit.model_file import write_file

STATE = "checkpoint.json"
HISTORY = "history.jsonl"  # for people and plots: a line an epoch


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
    history = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in state["history"])
    named = state | {"tensors": name, "sha256": digest}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_file(folder / HISTORY, history.encode())
        write_file(folder / name, content)
        write_file(folder / STATE, json.dumps(named, ensure_ascii=False, indent=1).encode())
        for old in folder.glob("checkpoint-*.safetensors"):
            if old.name != name:
                old.unlink()
    except OSError as error:
        raise TrainingError(f"{folder}: cannot be written: {error.strerror or error}") from error


def load_checkpoint(folder: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read the newest state.

    Raises
    ------
    TrainingError
        If there is none, or it is damaged.
    """
    try:
        state = json.loads((folder / STATE).read_bytes())
        content = (folder / state["tensors"]).read_bytes()
    except FileNotFoundError:
        raise TrainingError(f"{folder}: no unfinished training to resume") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise TrainingError(f"{folder / STATE}: damaged; train anew with --overwrite") from None
    if hashlib.sha256(content).hexdigest() != state.get("sha256"):
        raise TrainingError(f"{folder / state['tensors']}: damaged; train anew with --overwrite")
    return state, load(content)


def remove_checkpoint(folder: Path) -> None:
    """Forget the state: training is finished."""
    (folder / STATE).unlink(missing_ok=True)
    for old in folder.glob("checkpoint-*.safetensors"):
        old.unlink()
