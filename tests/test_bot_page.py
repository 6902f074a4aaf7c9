"""`docs/bot.md`: what it shows runs, in its order, with a tagger that is quickly trained."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

import slotkit
from slotkit.frames import Dialogue, read_frames

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "bot.md").read_text(encoding="utf-8")
QUICK = ["--epochs", "4", "--embedding-size", "32", "--hidden-size", "48"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the page's training, with a smaller tagger; return where its model stands."""
    place = tmp_path_factory.mktemp("bot")
    words = re.findall(r"^\$ slotkit (train .*)$", PAGE, re.MULTILINE)
    assert len(words) == 1
    run(["-m", "slotkit", *shlex.split(words[0]), *QUICK, "-q"], place)
    return place


def run(words: list[str], folder: Path, text: str = "") -> str:
    """Run Python in a folder, and return what it prints."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        input=text,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_conversation_at_the_top_is_answered_line_by_line(folder: Path) -> None:
    console = PAGE.partition("```console\n")[2].partition("```")[0]
    said = [line[2:] for line in console.splitlines() if line.startswith("> ")]
    assert len(said) == 4
    command = re.findall(r"^\$ slotkit (chat.*)$", console, re.MULTILINE)[0]

    printed = run(["-m", "slotkit", *shlex.split(command)], folder, "\n".join(said) + "\n")
    assert len(printed.splitlines()) == len(said)
    assert "Traceback" not in printed


def test_the_lines_of_python_run(folder: Path) -> None:
    code = PAGE.partition("```python\n")[2].partition("```")[0]
    run(["-c", code], folder)


def test_the_bot_answers_over_http(folder: Path) -> None:
    pytest.importorskip("uvicorn")
    pytest.importorskip("sqlalchemy")
    (folder / "examples").symlink_to(ROOT / "examples")
    server = re.findall(r"^\$ SLOTKIT_MODEL=(\S+) BOT_DATABASE=(\S+) uvicorn (.*)$", PAGE, re.M)
    model, database, words = server[0]
    asked = re.findall(r"^\$ curl -d '(.*)' \$ADDRESS(/\S+)$", PAGE, re.MULTILINE)
    gone = re.findall(r"^\$ curl -X DELETE \$ADDRESS(/\S+)$", PAGE, re.MULTILINE)
    assert len(asked) == 2
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", *shlex.split(words), "--port", str(port)]
    environment = os.environ | {"SLOTKIT_MODEL": model, "BOT_DATABASE": database}
    process = subprocess.Popen([*command, "--host", "127.0.0.1"], cwd=folder, env=environment)
    try:
        for body, path in asked:
            answer = json.loads(fetch(f"http://127.0.0.1:{port}{path}", "POST", body))
            assert set(answer) == {"say", "frame", "missing", "done"}
            assert answer["say"]
        assert fetch(f"http://127.0.0.1:{port}{gone[0]}", "DELETE") == ""
    finally:
        process.terminate()
        process.wait()


def fetch(url: str, method: str, body: str | None = None) -> str:
    """Ask a server, which may still have to start."""
    request = Request(url, data=None if body is None else body.encode(), method=method)
    for _ in range(600):
        try:
            with urlopen(request) as response:
                found: str = response.read().decode()
                return found
        except URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError):
                raise
            time.sleep(0.1)
    raise AssertionError("the server does not start")


def test_a_text_over_the_limit_is_answered_and_changes_nothing(folder: Path) -> None:
    dialogue = Dialogue(slotkit.load(folder / "slotkit-model"), read_frames())
    before = dialogue.turn(None, "hello", now="2026-11-02T10:00")
    after = dialogue.turn(before.state, "word " * 20_000, now="2026-11-02T10:00")

    assert "5,000" in after.say
    assert after.state == before.state
