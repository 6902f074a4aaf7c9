"""What the rows of `torture.py` share: what they find, processes of their own, memory."""

from __future__ import annotations

import gc
import multiprocessing
import os
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from command import installed

TEXT = "leave Taipei for Paris on 2nd please"


class Found(NamedTuple):
    """What a row has found: whether what must happen has happened, and the figure."""

    holds: bool
    figure: str


Row = Callable[[bool, Path], Found]  # of whether it is the quick form, and an empty folder


def in_child(work: Callable[..., Any], *arguments: Any, seconds: float = 3600.0) -> Any:
    """Run in a forked process, and return what it returns; what it raises is raised in words."""
    fork = multiprocessing.get_context("fork")
    mine, theirs = fork.Pipe(duplex=False)

    def run() -> None:
        gc.freeze()  # what is there already is not gone through again
        try:
            theirs.send((True, work(*arguments)))
        except BaseException as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            name = f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}"
            theirs.send((False, f"{name}: {error}"[:300]))

    sys.stdout.flush()
    process = fork.Process(target=run)
    process.start()
    theirs.close()
    try:
        if not mine.poll(seconds):
            process.kill()
            raise RuntimeError(f"not done in {seconds:.0f} s")
        well, found = mine.recv()
    except EOFError:
        process.join()
        raise RuntimeError(f"the process ended with {process.exitcode}") from None
    process.join()
    if not well:
        raise RuntimeError(found)
    return found


def command(log: Path, *words: object) -> int:
    """Begin a command of slotkit in a forked process, with what it prints in a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with log.open("wb") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        installed().main([*map(str, words)], prog_name="slotkit")
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def wait(process: int, seconds: float = 60.0) -> int | None:
    """Wait for a process; return its exit code, or None for one that had to be killed."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return None


def megabytes(name: str) -> float:
    """Read a size of this process: VmRSS, or VmHWM, the highest since `Peak` began."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise SystemExit("this system does not tell the memory of a process")


class Peak:
    """How many MB a process has grown at most within the context."""

    def __enter__(self) -> Peak:
        gc.collect()
        Path("/proc/self/clear_refs").write_text("5")
        self._before = megabytes("VmRSS")
        return self

    def __exit__(self, *_: object) -> None:
        self.grown = megabytes("VmHWM") - self._before


def is_line(text: str) -> bool:
    """Tell whether a text is one line that tells an error, and no traceback."""
    lines = text.strip().splitlines()
    return len(lines) == 1 and "Traceback" not in text


def empty(folder: Path) -> Path:
    """Return an empty folder under this path."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
