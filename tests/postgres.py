"""A PostgreSQL of the tests' own, where its programs are installed."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def find_programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, of the newest version that is installed."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if on_path := shutil.which("initdb"):
        return Path(on_path).parent
    return max(found, key=lambda path: int(path.parts[-3])).parent if found else None


@contextmanager
def running(programs: Path) -> Iterator[str]:
    """Start a server of an empty database on this machine alone; give its URL, and end it.

    It does not run as root: there it takes the user `postgres`, or nobody.
    """
    names = {one.pw_name for one in pwd.getpwall()}
    user = "postgres" if "postgres" in names else "nobody"
    who: dict[str, Any] = {"user": user} if os.getuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="slotkit-postgresql-"))
    if who:
        shutil.chown(folder, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {folder}"
    data = folder / "data"

    def call(*words: object) -> None:
        """Run a program; what it prints goes nowhere, for a server holds pipes open."""
        subprocess.run(
            [str(word) for word in words],
            check=True,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **who,
        )

    try:
        call(programs / "initdb", "-D", data, "-U", "bot", "--auth=trust", "--no-sync")
        call(programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
        try:
            yield f"postgresql+psycopg://bot@127.0.0.1:{port}/postgres"
        finally:
            call(programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
