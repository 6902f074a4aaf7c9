"""Files that are written whole or not at all, into folders that have one writer at a time."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
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
    # A name that nobody can have laid a link under.
    beside = path.with_name(f".{path.name}-{os.urandom(8).hex()}{UNFINISHED}")
    try:
        with beside.open("xb") as file:
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


_claims: dict[str, int] = {}  # folder -> the thread of this process that writes into it


@contextmanager
def claimed(folder: Path, wait: float = 0.0) -> Iterator[None]:
    """Be the only one who writes into a folder; within, the same thread may claim it again.

    It is made if it is not there, and then taken away if it is empty in the end. Where the system
    has no ``flock`` (Windows), threads of this process alone are kept apart.

    Parameters
    ----------
    folder : Path
    wait : float
        Seconds to wait for another writer.

    Raises
    ------
    BlockingIOError
        If another writes into it still.
    """
    name = os.path.realpath(folder)
    if _claims.get(name) == threading.get_ident():
        yield
        return
    there = folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + wait
    while (lock := _try_to_claim(name)) is None:
        if time.monotonic() >= until:
            raise BlockingIOError(errno.EWOULDBLOCK, "another process writes into it", str(folder))
        time.sleep(0.02)
    try:
        yield
    finally:
        if not there:
            with suppress(OSError):
                folder.rmdir()  # where it is empty
        del _claims[name]
        if lock >= 0:
            os.close(lock)


def _try_to_claim(name: str) -> int | None:
    """Lock a folder: return its descriptor, -1 where there are no locks, None if another has it."""
    me = threading.get_ident()
    if _claims.setdefault(name, me) != me:
        return None
    try:
        import fcntl
    except ImportError:
        return -1
    try:
        descriptor = os.open(name, os.O_RDONLY)
    except OSError:
        del _claims[name]
        raise
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        del _claims[name]
        return None
    except OSError:  # the file system has no locks
        os.close(descriptor)
        return -1
    return descriptor
