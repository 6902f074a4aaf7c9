"""A terminal that gives key after key and shows what is drawn on it; of Unix."""

from __future__ import annotations

import codecs
import os
import re
import select
import signal
import sys
import termios
import tty
from collections.abc import Iterable
from contextlib import suppress
from types import FrameType

_KEY = re.compile(r"\x1b\[[0-9;]*[A-Za-z~]|\x1bO[A-Z]|.", re.DOTALL)
_UNFINISHED = re.compile(r"\x1b(\[[0-9;]*|O)?\Z")
_NAMES = {
    **dict.fromkeys(("\x1b[C", "\x1bOC"), "right"),
    **dict.fromkeys(("\x1b[D", "\x1bOD"), "left"),
    **dict.fromkeys(("\x1b[H", "\x1bOH", "\x1b[1~"), "home"),
    **dict.fromkeys(("\x1b[F", "\x1bOF", "\x1b[4~"), "end"),
    **{"\x1b[1;2C": "extend right", "\x1b[1;2D": "extend left", "\x1b[3~": "delete"},
    **{"\r": "enter", "\n": "enter", "\t": "tab", "\x7f": "backspace", "\x08": "backspace"},
    "\x1b": "escape",
}
_WHOLE = 0.05  # seconds in which the rest of a key's bytes comes
_BEGIN, _END = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"  # a page of its own, no cursor


def keys_of(text: str) -> list[str]:
    r"""Cut what a terminal sends into keys: characters, and names of others.

    Examples
    --------
    >>> keys_of("a\x1b[C台\r\x1b[20~")
    ['a', 'right', '台', 'enter']
    """
    found = (_NAMES.get(key, key) for key in _KEY.findall(text))
    return [key for key in found if not key.startswith("\x1b")]


def _end(number: int, frame: FrameType | None) -> None:
    raise EOFError


class Screen:
    """The terminal, while the context is open: keys come at once and are not shown."""

    def __init__(self) -> None:
        self._fd = sys.stdin.fileno()
        self._decode = codecs.getincrementaldecoder("utf-8")("ignore").decode

    def __enter__(self) -> Screen:
        self._hang_up = signal.signal(signal.SIGHUP, _end)
        self._before = termios.tcgetattr(self._fd)
        tty.setcbreak(self._fd)
        mode = termios.tcgetattr(self._fd)
        mode[6][termios.VSUSP] = b"\0"  # Ctrl-Z, after which the modes would be others
        termios.tcsetattr(self._fd, termios.TCSANOW, mode)
        self._write(_BEGIN)
        return self

    def __exit__(self, *problem: object) -> None:
        with suppress(OSError, termios.error):  # where the terminal is gone
            termios.tcsetattr(self._fd, termios.TCSAFLUSH, self._before)
            self._write(_END)
        signal.signal(signal.SIGHUP, self._hang_up)

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    def draw(self, lines: Iterable[str]) -> None:
        """Show lines, and nothing else."""
        self._write("\x1b[H" + "\x1b[K\n".join(lines) + "\x1b[J")

    def read(self, seconds: float) -> list[str]:
        """Wait so long for keys; none may come.

        Raises
        ------
        EOFError
            If the terminal is gone.
        """
        text = self._some(seconds)
        while _UNFINISHED.search(text) and (more := self._some(_WHOLE)):
            text += more
        return keys_of(text)

    def _some(self, seconds: float) -> str:
        """Read what there is within some seconds."""
        if not select.select([self._fd], [], [], seconds)[0]:
            return ""
        try:
            data = os.read(self._fd, 4096)
        except OSError:
            data = b""
        if not data:
            raise EOFError
        return self._decode(data)
