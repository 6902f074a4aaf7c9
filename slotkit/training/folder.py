"""The folder that a training writes into: what is there before, and whether it moved on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from slotkit.errors import TrainingError
from slotkit.files import claimed

STATE = "checkpoint.json"
HISTORY = "history.jsonl"  # for people and plots: a line an epoch


def check_free(folder: Path) -> None:
    """Check that there is nothing in a folder that a training would replace.

    Raises
    ------
    TrainingError
        If there is anything.
    """
    if folder.exists() and any(folder.iterdir()):
        hint = "--resume goes on with its training, " if stamp(folder) else ""
        raise TrainingError(f"{folder}: exists; {hint}--overwrite replaces it")


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Be the only training that writes into a folder.

    Raises
    ------
    TrainingError
        If another does, or the folder cannot be made.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(claimed(folder))
        except OSError as error:
            raise TrainingError(f"{folder}: {error.strerror or error}") from error
        yield


def stamp(folder: Path) -> tuple[int, int] | None:
    """Tell the folder's checkpoint from others, by place and time; None where there is none."""
    path = folder / STATE
    if not path.exists():
        return None
    found = path.stat()
    return found.st_ino, found.st_mtime_ns
