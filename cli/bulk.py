"""Standard input in, in chunks, through one tagger or several processes, and out in order.

A chunk is what is there to be read: many lines of a file, one of somebody who types. So large
inputs are tagged many utterances at a time, and nobody waits for an answer.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from multiprocessing.connection import Connection
from queue import Queue
from typing import Any, NamedTuple

import numpy as np

from slotkit.errors import CorpusError, SlotkitError

STDIN = "standard input"

_READ = 1 << 16  # bytes at once: about a thousand utterances
_KEPT = 31 << 20  # bytes; glibc looks at no block of more than 32 MiB
_AHEAD = 2  # chunks that wait for each worker


class Chunk(NamedTuple):
    """Lines of standard input as they were read, and the number of the first."""

    first: int
    lines: list[bytes]


class Tagged(NamedTuple):
    """What comes of a chunk: what is to be printed, and what is wrong after that, if anything.

    Line 0 stands for no line of the input.
    """

    text: str
    utterances: int
    error: str = ""
    line: int = 0


Work = Callable[[Chunk], Tagged]


def read_chunks() -> Iterator[Chunk]:
    """Read standard input as it comes."""
    try:  # past the buffer, whose lock a thread that waits for input would keep at the end
        read: Callable[[int], bytes] = partial(os.read, sys.stdin.fileno())
    except OSError:  # it is no file: in a test
        read = sys.stdin.buffer.read
    number, rest = 1, [b""]
    while data := read(_READ):
        *lines, last = data.split(b"\n")
        if lines:
            lines[0] = b"".join([*rest, lines[0]])
            rest = []
            if number == 1:
                lines[0] = lines[0].removeprefix(b"\xef\xbb\xbf")
            yield Chunk(number, lines)
            number += len(lines)
        rest.append(last)
    if left := b"".join(rest):
        yield Chunk(number, [left.removeprefix(b"\xef\xbb\xbf") if number == 1 else left])


def _keep_memory() -> None:
    """Let what a batch frees serve the next one, and not go back to the system in between.

    The allocator of glibc gives large blocks back at once, until it has seen a larger one freed
    (mallopt(3), M_MMAP_THRESHOLD): one that is never touched costs nothing. Else a seventh of the
    time goes into fresh pages.
    """
    np.empty(_KEPT, dtype=np.uint8)


def tag_chunks(make_work: Callable[[], Work], workers: int) -> Iterator[Tagged]:
    """Tag standard input chunk by chunk, in order.

    Parameters
    ----------
    make_work : callable
        Called once in every process: loads the tagger, and returns what tags a chunk.
    workers : int
        Processes; with 1 the work is done in this one.

    Raises
    ------
    CorpusError
        If a line cannot be tagged, or a worker died over it; all before it has been yielded.
    """
    if workers == 1:
        _keep_memory()
        found: Iterator[Tagged] = map(make_work(), read_chunks())
    else:
        found = _in_parallel(make_work, workers)
    for tagged in found:
        yield tagged
        if tagged.error and not tagged.line:
            raise SlotkitError(tagged.error)
        if tagged.error:
            raise CorpusError(tagged.error, STDIN, tagged.line)


def _in_parallel(make_work: Callable[[], Work], workers: int) -> Iterator[Tagged]:
    """Deal chunks out to workers in turn, and collect what they make of them in the same turn.

    A thread of this process reads and deals out, at most `_AHEAD` chunks a worker before what is
    collected, so that memory is bounded and no worker waits for input.
    """
    ways = ("fork", "spawn")  # the first is quicker, where there is one
    context: Any = multiprocessing.get_context(
        next(way for way in ways if way in multiprocessing.get_all_start_methods())
    )
    ours: list[Connection] = []
    processes = []
    for _ in range(workers):
        mine, theirs = context.Pipe()
        ours.append(mine)
        process = context.Process(target=_serve, args=(theirs, ours, make_work), daemon=True)
        process.start()
        theirs.close()
        processes.append(process)
    dealt: Queue[Chunk | BaseException | None] = Queue(_AHEAD * workers)

    def deal() -> None:
        last: BaseException | None = None
        try:
            for number, chunk in enumerate(read_chunks()):
                dealt.put(chunk)
                try:
                    ours[number % workers].send(chunk)
                except OSError:  # it is dead, which is seen where its work is collected
                    return
        except BaseException as error:
            last = error
        dealt.put(last)

    threading.Thread(target=deal, daemon=True).start()
    number = 0
    while (chunk := dealt.get()) is not None:
        if isinstance(chunk, BaseException):
            raise chunk
        worker = number % workers
        try:
            tagged: Tagged = ours[worker].recv()
        except (EOFError, OSError):
            processes[worker].join()
            how = _ending(processes[worker].exitcode)
            last_line = chunk.first + len(chunk.lines) - 1
            held = f", which held lines {chunk.first} to {last_line}"
            yield Tagged("", 0, f"a worker {how}{held}", chunk.first)
            return
        yield tagged
        number += 1
    for connection in ours:
        connection.close()
    for process in processes:
        process.join()


def _ending(code: int | None) -> str:
    """Say how a process ended."""
    if code is not None and code < 0:
        return f"was ended by signal {-code} ({signal.Signals(-code).name})"
    return f"ended with exit code {code}"


def _serve(
    connection: Connection, of_parent: Sequence[Connection], make_work: Callable[[], Work]
) -> None:
    """Tag chunks until there are no more; the body of a worker.

    The parent's ends, which were there when this process began, are closed in it: else nobody
    would see that the parent has closed them.
    """
    for other in of_parent:
        other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends on Ctrl-C, and so do we
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _keep_memory()
    try:
        work = make_work()
        while True:
            connection.send(work(connection.recv()))
    except SlotkitError as error:
        connection.send(Tagged("", 0, str(error)))
    except (EOFError, OSError):  # the parent has no more, or is gone
        pass
