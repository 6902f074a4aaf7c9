"""Files that a command writes: all of a file or nothing of it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile

import click


def write_file(path: Path, lines: Iterable[bytes]) -> None:
    """Write under another name in the same folder, then rename; devices are written directly.

    Raises
    ------
    click.ClickException
        If it cannot be written; what was there before is still there.
    """
    try:
        if path.exists() and not path.is_file():  # /dev/stdout must not be renamed over
            with path.open("wb") as device:
                device.writelines(lines)
            return
        path = path.resolve()  # a link stays one
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            try:
                file.writelines(lines)
                file.flush()
                os.fsync(file.fileno())
                mask = os.umask(0)
                os.umask(mask)
                os.chmod(file.name, 0o666 & ~mask)  # as of a file that is simply opened
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise
    except OSError as error:
        raise click.ClickException(f"{path}: cannot be written: {error.strerror}") from error
