"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path  # slow to import, and tagging does without

UNFINISHED = ".slotkit-tmp"  # how the name of a file ends that is not written whole


def write_file(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Write a file under another name beside it, sync it, then rename: all of it or nothing.

    A link stays one; what is no file, as ``/dev/stdout``, is written directly.

    Raises
    ------
    OSError
        If it cannot be written; what was there before is still there.
    """
    lines = [content] if isinstance(content, bytes) else content
    if path.exists() and not path.is_file():
        with path.open("wb") as device:
            device.writelines(lines)
        return
    path = path.resolve()
    beside = path.with_name(f".{path.name}{UNFINISHED}")
    try:
        with beside.open("wb") as file:
            file.writelines(lines)
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
