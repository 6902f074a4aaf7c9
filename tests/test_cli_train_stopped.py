"""``slotkit train``: how it stops, and how it goes on."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from slotkit.model.file import load_model, save_model
from train_command import EPOCH, ROWS, SLOTKIT, SMALL, kept, only_line, press_at, write_jsonl

pytestmark = pytest.mark.usefixtures("no_sync")


Command = Callable[..., Result]


def test_ctrl_c_in_the_first_epoch_keeps_nothing(
    cli: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    press_at(monkeypatch, 1)
    result = cli()

    assert result.exit_code == 130
    assert result.stderr.splitlines()[-1] == (
        "stopped before the first epoch ended; nothing is kept"
    )
    assert not (tmp_path / "model").exists()


def test_overwriting_keeps_the_old_model_until_the_first_epoch_is_done(
    cli: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "model"
    cli()
    before = kept(model)
    with monkeypatch.context() as patch:
        press_at(patch, 1)
        assert cli("--overwrite", "--seed", 2).exit_code == 130
    assert kept(model) == before

    with monkeypatch.context() as patch:
        press_at(patch, 2)
        assert cli("--overwrite", "--seed", 2).exit_code == 130
    assert load_model(model).training["recipe"]["seed"] == 2


def test_what_is_stopped_says_how_to_go_on(
    cli: Command, slotkit_command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "model"
    with monkeypatch.context() as patch:
        press_at(patch, 2)
        result = cli("--seed", 3)
    assert result.exit_code == 130
    assert (
        result.stderr.splitlines()[-1] == f"stopped; go on with: slotkit train --resume -o {model}"
    )

    # A new training does not begin by mistake, and one that is stopped at once is not taken
    # for the one that was there.
    assert only_line(cli()) == (
        f"{model}: exists; --resume goes on with its training, --overwrite replaces it"
    )
    with monkeypatch.context() as patch:
        press_at(patch, 1)
        assert "what was there before is kept" in cli("--overwrite", "--seed", 4).stderr

    # Stopped before the first epoch after it, a resumed training can still be resumed.
    with monkeypatch.context() as patch:
        press_at(patch, 2)
        again = slotkit_command("train", "--resume", "-o", model)
    assert again.exit_code == 130
    assert "stopped; go on with" in again.stderr
    done = slotkit_command("train", "--resume", "-o", model)
    assert done.exit_code == 0
    assert "seed 3" in done.stderr
    assert [line[:9] for line in done.stderr.splitlines() if EPOCH.fullmatch(line)] == ["epoch   2"]


def test_the_folder_to_go_on_with_is_quoted(
    slotkit_command: Command, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    press_at(monkeypatch, 2)
    result = slotkit_command("train", corpus, *SMALL, "-o", tmp_path / "my model")

    assert result.stderr.splitlines()[-1].endswith(f"--resume -o '{tmp_path / 'my model'}'")


def test_a_second_ctrl_c_ends_at_once(cli: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes while the command says how to go on."""
    from rich.console import Console

    said = Console.print

    def pressed(console: Console, *what: Any, **options: Any) -> None:
        if str(what[0]).startswith("stopped"):
            raise KeyboardInterrupt
        said(console, *what, **options)

    press_at(monkeypatch, 2)
    monkeypatch.setattr(Console, "print", pressed)
    assert cli().exit_code == 130


def test_a_second_ctrl_c_while_python_winds_up_ends_without_a_traceback() -> None:
    code = """
import atexit, os, signal
from importlib.metadata import entry_points
(installed,) = entry_points(group="console_scripts", name="slotkit")
main = installed.load()
command = main.get_command(None, "taggers")

def interrupt(**options):
    raise KeyboardInterrupt

command.callback = interrupt
atexit.register(os.kill, os.getpid(), signal.SIGINT)
main(["taggers"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True)

    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, b"", b"")


@pytest.mark.parametrize(
    "options",
    [["--epochs", 3], ["--tagger", "elman"], ["--seed", 1], ["--device", "cpu"]],
)
def test_resuming_takes_no_options(
    options: list[object], slotkit_command: Command, tmp_path: Path
) -> None:
    result = slotkit_command("train", "--resume", "-o", tmp_path / "model", *options)

    assert result.exit_code == 2
    assert f"--resume takes {options[0]} from the checkpoint; leave it out" in result.stderr


def test_resuming_takes_no_corpus(slotkit_command: Command, tmp_path: Path) -> None:
    result = slotkit_command("train", "ticket_booking", "--resume", "-o", tmp_path)

    assert result.exit_code == 2
    assert "--resume takes CORPUS from the checkpoint; leave it out" in result.stderr


def test_resuming_without_a_checkpoint(
    cli: Command, slotkit_command: Command, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    resume = ["train", "--resume", "-o", model]
    assert only_line(slotkit_command(*resume)) == f"{model}: no unfinished training to resume"
    cli()
    assert only_line(slotkit_command(*resume)) == f"{model}: no unfinished training to resume"
    (model / "checkpoint.json").write_text("{")
    assert only_line(slotkit_command(*resume)) == (
        f"{model / 'checkpoint.json'}: damaged; train anew with --overwrite"
    )


def test_resuming_on_a_changed_corpus(
    slotkit_command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, model = tmp_path / "train.jsonl", tmp_path / "model"
    write_jsonl(path, ROWS)
    with monkeypatch.context() as patch:
        press_at(patch, 2)
        slotkit_command("train", path, *SMALL, "--epochs", 3, "-o", model)
    write_jsonl(path, ROWS[::-1])

    said = only_line(slotkit_command("train", "--resume", "-o", model))
    assert said.startswith("the corpus has changed since; training cannot resume; --corpus names")


def test_a_corpus_that_has_moved_is_found_or_named(
    slotkit_command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its full path from another folder; on resuming by --corpus."""
    model, here, there = tmp_path / "model", tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    write_jsonl(here / "train.jsonl", ROWS * 2)
    write_jsonl(there / "train.jsonl", ROWS[:2])  # another of that name
    monkeypatch.chdir(here)
    with monkeypatch.context() as patch:
        press_at(patch, 2)
        slotkit_command("train", "train.jsonl", *SMALL, "--epochs", 2, "-o", model)
    monkeypatch.chdir(there)
    evaluated = slotkit_command("evaluate", model, "--split", "train")
    assert f"{here}/train.jsonl, train: 12 utterances" in evaluated.stdout
    (here / "train.jsonl").rename(tmp_path / "moved.jsonl")
    evaluated = slotkit_command("evaluate", model, "--split", "train")
    assert "train.jsonl: is not as it was when the model was trained on it" in evaluated.stderr

    refused = slotkit_command("train", "--resume", "-o", model)
    assert "the corpus has changed since" in only_line(refused)
    resumed = slotkit_command(
        "train", "--resume", "--corpus", tmp_path / "moved.jsonl", "-o", model
    )
    assert resumed.exit_code == 0, resumed.stderr
    fresh = slotkit_command("train", "train.jsonl", "--corpus", "x", "-o", model)
    assert fresh.exit_code == 2
    assert "--corpus is for --resume" in fresh.stderr


def test_a_hub_that_only_a_model_names_is_not_asked(
    cli: Command, slotkit_command: Command, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    cli()
    trained = load_model(model)
    trained.training["source"] = {"corpus": "hf:some/name", "format": None}
    save_model(trained, model)

    for verb in ["evaluate"], ["stress"], ["thresholds", "--precision", "0.9"]:
        assert "the model was trained on hf:some/name: name that as CORPUS" in only_line(
            slotkit_command(verb[0], model, *verb[1:])
        )


def test_how_a_corpus_was_read_is_kept(slotkit_command: Command, tmp_path: Path) -> None:
    path, model = tmp_path / "x.txt", tmp_path / "model"
    path.write_text("to O O\nVoss B-a B-b\n\nat O O\nMoss B-a B-b\n\nbad\n\n" * 3)
    done = slotkit_command(
        *("train", path, *SMALL, "--epochs", 1, "-o", model, "--columns", "1,-1", "--skip-bad")
    )

    assert done.exit_code == 0, done.stderr
    assert load_model(model).tags == ["O", "B-b"]
    again = slotkit_command("evaluate", model, "--split", "train")
    assert again.exit_code == 0, again.stderr
    assert "x.txt, train: 6 utterances" in again.stdout
    other = slotkit_command("evaluate", model, path, "--columns", "1,2", "--skip-bad", "--json")
    assert other.exit_code == 0, other.stderr


LONG = ["--tagger", "lstm", "--gates", "xhc", "--epochs", 25, "--patience", 25]


def start(*words: object, **options: Any) -> subprocess.Popen[bytes]:
    """Start the command that is installed."""
    return subprocess.Popen(
        [SLOTKIT, *map(str, words)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        **options,
    )


def test_a_real_ctrl_c_resumes_to_equal_bytes(
    slotkit_command: Command, corpus: Path, tmp_path: Path
) -> None:
    words = ["train", corpus, *SMALL, *LONG, "-o"]
    process = start(*words, tmp_path / "parts", stderr=subprocess.PIPE)
    assert process.stderr is not None
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line.decode())
        if lines[-1].startswith("epoch   1"):
            process.send_signal(signal.SIGINT)
            break
    stdout, stderr = process.communicate(timeout=60)

    assert (process.returncode, stdout) == (130, b""), "".join(lines) + stderr.decode()
    assert stderr.decode().splitlines()[-1] == (
        f"stopped; go on with: slotkit train --resume -o {tmp_path / 'parts'}"
    )
    assert slotkit_command("train", "--resume", "-o", tmp_path / "parts").exit_code == 0
    assert slotkit_command(*words, tmp_path / "whole").exit_code == 0
    assert kept(tmp_path / "parts") == kept(tmp_path / "whole")


def read_all(descriptor: int) -> Iterator[bytes]:
    """Read what comes over a terminal until its other end is closed."""
    while True:
        try:
            yield os.read(descriptor, 4096)
        except OSError:
            return


def test_on_a_terminal_there_is_a_bar_and_sigterm_ends_as_ctrl_c_does(
    corpus: Path, tmp_path: Path
) -> None:
    ours, theirs = pty.openpty()
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    words = ["train", corpus, *SMALL, *LONG, "-o", tmp_path / "model"]
    process = start(*words, stderr=theirs, env=environment | {"TERM": "xterm", "COLUMNS": "100"})
    os.close(theirs)
    seen = b""
    for piece in read_all(ours):
        before, seen = seen, seen + piece
        if b"epoch   1" in seen and b"epoch   1" not in before:
            process.send_signal(signal.SIGTERM)
    stdout, _ = process.communicate(timeout=60)
    os.close(ours)

    shown = seen.decode()
    assert (process.returncode, stdout) == (143, b""), shown
    assert "━" in shown
    assert re.search(r"loss \d\.\d{4}  F1", shown)
    assert re.search(r"\d:\d\d:\d\d", shown)  # the time left
    assert "stopped; go on with: slotkit train --resume" in shown
    assert shown.rfind("\x1b[?25h") > shown.rfind("\x1b[?25l")  # the cursor is back
    assert (tmp_path / "model" / "checkpoint.json").exists()
