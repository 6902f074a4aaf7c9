"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

UNFINISHED = ".slotkit-tmp"  # how the name of a file ends that is not written whole


def write_file(path: Path, content: bytes) -> None:
    """Write a file under another name beside it, sync it, then rename: all of it or nothing.

    Raises
    ------
    OSError
        If it cannot be written; what was there before is still there.
    """
    beside = path.with_name(f".{path.name}{UNFINISHED}")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    if os.name == "posix":  # elsewhere a folder cannot be opened
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
