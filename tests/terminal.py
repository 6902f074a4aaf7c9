"""A pseudo-terminal for the one command that asks for keys."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path


class Terminal:
    """A pseudo-terminal in which ``slotkit annotate`` runs."""

    def __init__(self, *arguments: str, cwd: Path | None = None) -> None:
        import fcntl
        import pty
        import termios

        def control() -> None:
            """Make it the terminal whose Ctrl-C the command hears."""
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self._mine, its = pty.openpty()
        self.its, self.modes = its, termios.tcgetattr(its)
        words = [sys.executable, "-m", "slotkit", "annotate", *arguments]
        self.process = subprocess.Popen(
            words,
            stdin=its,
            stdout=its,
            stderr=its,
            start_new_session=True,
            preexec_fn=control,
            cwd=cwd,
        )
        self._unread = b""
        self.closed = False

    def wait(self, text: str) -> str:
        """Wait until a text is shown; return what was shown up to it."""
        wanted = text.encode()
        while wanted not in self._unread:
            ready = select.select([self._mine], [], [], 60)[0]
            assert ready, f"{text!r} is not shown, but {self._unread.decode()!r}"
            self._unread += os.read(self._mine, 1 << 16)
        shown, _, self._unread = self._unread.partition(wanted)
        return (shown + wanted).decode()

    def press(self, keys: str, shown: str) -> str:
        """Press keys and wait for what they show."""
        os.write(self._mine, keys.encode())
        return self.wait(shown)

    def quit(self, keys: str = "q") -> int:
        """Press the last keys; return the exit code."""
        self.press(keys, " left: ")
        return self.process.wait(60)

    def close(self) -> None:
        """Hang up, if nobody has."""
        if not self.closed:
            self.closed = True
            os.close(self._mine)
            os.close(self.its)
            try:
                self.process.wait(60)
            finally:
                self.process.kill()
