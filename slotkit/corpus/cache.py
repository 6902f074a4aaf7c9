"""Where corpora that have been read are kept.

``$SLOTKIT_CACHE``, else ``slotkit`` in ``$XDG_CACHE_HOME``, else ``~/.cache/slotkit``; where it
cannot be written, a folder that goes when the program ends.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

_DAY = 24 * 60 * 60  # seconds


def cache_folder() -> Path:
    """Find the folder of the cache, or make one for this process where it cannot be written."""
    try:
        given, base = os.environ.get("SLOTKIT_CACHE"), os.environ.get("XDG_CACHE_HOME")
        folder = Path(given) if given else Path(base or Path.home() / ".cache") / "slotkit"
        folder.mkdir(parents=True, exist_ok=True)
        os.rmdir(tempfile.mkdtemp(dir=folder, prefix="tmp-"))
    except (OSError, RuntimeError):  # RuntimeError: a user without a home
        folder = Path(tempfile.mkdtemp(prefix="slotkit-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def commit(work: Path, entry: Path) -> None:
    """Put what was built where it is looked for, whole or not at all."""
    for left in entry.parent.glob("tmp-*"):  # by programs that were killed
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _DAY:
                shutil.rmtree(left)
    try:
        work.rename(entry)
    except OSError:
        if not entry.is_dir():
            raise
        for file in work.iterdir():  # another process was faster, or the entry is damaged
            file.replace(entry / file.name)
