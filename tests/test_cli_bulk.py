"""``slotkit tag -`` on many lines: in order, in several processes, and when things go wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from slotkit.model.file import save_model
from slotkit.model.model import Model
from slotkit.tagging.filler import SlotFiller

MakeModel = Callable[..., Model]

CODE = """
import sys
from importlib.metadata import entry_points
(command,) = entry_points(group="console_scripts", name="slotkit")
sys.exit(command.load()())
"""
LINES = [
    f"{verb} {city} on {day}nd {'please ' * (day % 4)}"
    for day in range(500)
    for verb in ("arrive", "leave")
    for city in ("Taipei", "Tokyo", "台北", "")
]


@pytest.fixture(scope="module", params=["bidirectional", "feedforward"])
def folder(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, make_model: MakeModel
) -> Path:
    """Return the folder of a model, one with a CRF and one without."""
    place = tmp_path_factory.mktemp("bulk") / "model"
    decoder = "crf" if request.param == "bidirectional" else "softmax"
    save_model(make_model(request.param, scale=2.0, decoder=decoder), place)
    return place


def start(folder: Path, *options: str, code: str = CODE) -> subprocess.Popen[bytes]:
    """Start ``slotkit tag`` on what will be written to it."""
    return subprocess.Popen(
        [sys.executable, "-c", code, "tag", "-m", str(folder), "-", "--json", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def run(folder: Path, lines: Sequence[str | bytes], *options: str, **more: Any) -> Any:
    """Run ``slotkit tag`` on lines; return exit code, objects and standard error."""
    raw = [line if isinstance(line, bytes) else line.encode() for line in lines]
    process = start(folder, *options, **more)
    out, error = process.communicate(b"".join(line + b"\n" for line in raw))
    return process.returncode, [json.loads(line) for line in out.splitlines()], error.decode()


def test_any_number_of_workers_prints_what_one_tagger_says(folder: Path) -> None:
    code, one, error = run(folder, LINES)
    filler = SlotFiller.load(folder)

    assert (code, error) == (0, "")
    assert [row["text"] for row in one] == LINES
    assert [row["tags"] for row in one] == [filler.tag(line).tags for line in LINES]
    for workers in ("2", "3"):
        assert run(folder, LINES, "--workers", workers) == (0, one, "")


def test_workers_beyond_all_reason_are_refused(folder: Path) -> None:
    code, found, error = run(folder, LINES, "--workers", "100000")

    assert (code, found) == (2, [])
    assert "100000 is not in the range 1<=x<=64" in error


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_stands_before_a_bad_line_is_printed(folder: Path, workers: str) -> None:
    lines: list[str | bytes] = [*LINES[:3333], b"caf\xe9", *LINES[3333:]]

    code, found, error = run(folder, lines, "--workers", workers)

    assert code == 1
    assert error == "Error: standard input:3334: not UTF-8 at byte 4\n"
    assert [row["text"] for row in found] == LINES[:3333]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_answer_comes_before_the_next_question(folder: Path, workers: str) -> None:
    process = start(folder, "--workers", workers)
    assert process.stdin
    assert process.stdout
    for text in ("to Taipei", "to Tokyo", "台北"):
        process.stdin.write(f"{text}\n".encode())
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["text"] == text
    out, error = process.communicate(b"without a line end")
    assert json.loads(out)["text"] == "without a line end"
    assert (process.returncode, error) == (0, b"")


DYING = """
import os, signal, sys
from slotkit.tagging.filler import SlotFiller
whole = SlotFiller.tag_batch
def tag_batch(self, texts, **options):
    if "die" in texts:
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(self, texts, **options)
SlotFiller.tag_batch = tag_batch
"""


def test_a_worker_that_dies_is_named_with_the_lines_that_it_held(folder: Path) -> None:
    lines = [*LINES, "die", *LINES]

    code, found, error = run(folder, lines, "--workers", "2", code=DYING + CODE)

    assert code == 1
    assert error.startswith("Error: standard input:")
    assert "a worker was ended by signal 9 (SIGKILL), which held lines" in error
    assert error.count("\n") == 1
    first = int(error.split(":")[2])
    last = int(error.split()[-1])
    assert first <= lines.index("die") + 1 <= last
    assert [row["text"] for row in found] == lines[: first - 1]
    assert len(found) > 0


def test_a_worker_that_is_killed_while_it_waits_is_seen(folder: Path) -> None:
    process = start(folder, "--workers", "2")
    assert process.stdin
    assert process.stdout
    assert process.stderr
    process.stdin.write(b"to Taipei\n")
    process.stdin.flush()
    process.stdout.readline()
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        process.kill()
        pytest.skip("this system does not list the children of a process")
    for child in children.read_text().split():
        os.kill(int(child), signal.SIGTERM)
    time.sleep(0.2)
    process.stdin.write(b"to Tokyo\n")
    process.stdin.flush()
    error = process.stderr.read()

    assert process.wait() == 1
    assert error.startswith(b"Error: standard input:2: a worker was ended by signal 15 (SIGTERM)")
    for pipe in (process.stdin, process.stdout, process.stderr):
        pipe.close()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_pipe_that_is_closed_ends_it_quietly(folder: Path, workers: str) -> None:
    process = start(folder, "--workers", workers)
    assert process.stdin
    assert process.stdout
    assert process.stderr
    process.stdin.write("\n".join(LINES).encode() + b"\n")
    process.stdin.flush()
    process.stdout.readline()
    process.stdout.close()
    process.stdin.close()
    error = process.stderr.read()
    process.stderr.close()

    assert process.wait() in (0, 1)
    assert error == b""


def test_ctrl_c_ends_all_of_it(folder: Path) -> None:
    process = start(folder, "--workers", "2")
    assert process.stdin
    assert process.stdout
    process.stdin.write(b"to Taipei\n")
    process.stdin.flush()
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, error = process.communicate()

    assert process.returncode == 130
    assert b"Traceback" not in error


def test_workers_are_for_standard_input(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE, "tag", "-m", str(folder), "--workers", "2", "to", "Rome"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "--workers is for standard input: give - alone" in done.stderr


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_model_that_is_not_there_is_said_once(tmp_path: Path, workers: str) -> None:
    code, found, error = run(tmp_path / "none", LINES, "--workers", workers)

    assert (code, found) == (1, [])
    assert error.startswith("Error: ")
    assert "standard input" not in error
    assert error.count("\n") == 1


def test_tagging_runs_on_one_thread_unless_the_user_wants_more(folder: Path) -> None:
    code = "import os\n" + CODE.replace(
        "sys.exit(command.load()())",
        "command.load()(standalone_mode=False)\nprint(os.environ['OPENBLAS_NUM_THREADS'])",
    )
    command = [sys.executable, "-c", code, "tag", "-m", str(folder), "to", "Rome"]
    clean = {k: v for k, v in os.environ.items() if not k.endswith("NUM_THREADS")}
    for given, expected in (
        ({}, "1"),
        ({"OPENBLAS_NUM_THREADS": "2"}, "2"),
        ({"OMP_NUM_THREADS": "3"}, "3"),
    ):
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env=clean | given
        )
        assert done.stdout.splitlines()[-1] == expected
