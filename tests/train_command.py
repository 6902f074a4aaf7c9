"""What the tests of `slotkit train` share: a tiny corpus, and what a run leaves."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from slotkit.training.epoch import Steps
from slotkit.training.run import Run

SLOTKIT = Path(sys.executable).with_name("slotkit")
ROWS = [
    ("leave Taipei for Rome", "O B-from O B-to"),
    ("leave Oslo for New York", "O B-from O B-to I-to"),
    ("arrive in Lima on Monday", "O O B-to O B-date"),
    ("book two seats for Rome", "O B-number O O B-to"),
    ("from Taipei to Lima on May second", "O B-from O B-to O B-date I-date"),
    ("what does it cost", "O O O O"),
]
SMALL = ["--embedding-size", 8, "--hidden-size", 8, "--batch-size", 2, "--threads", 1]
EPOCH = re.compile(r"epoch +\d+  loss \d+\.\d{4}  F1 +\d+\.\d\d +\d+\.\d s(  best)?")


def write_jsonl(path: Path, rows: list[tuple[str, str]]) -> None:
    """Write utterances and their tags as JSON lines."""
    lines = ({"tokens": text.split(), "tags": tags.split()} for text, tags in rows)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def press_at(monkeypatch: pytest.MonkeyPatch, epoch: int) -> None:
    """Let Ctrl-C be pressed in an epoch, counted from 1."""
    train_epoch = Run.train_epoch

    def pressed(run: Run, number: int, *rest: Any) -> Steps:
        if number == epoch - 1:
            raise KeyboardInterrupt
        return train_epoch(run, number, *rest)

    monkeypatch.setattr(Run, "train_epoch", pressed)


def kept(folder: Path) -> dict[str, bytes]:
    """Return the files that equal runs make equal."""
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    del files["history.jsonl"]
    return files


def only_line(result: Result) -> str:
    """Return the one line that a failed command says."""
    assert result.exit_code == 1
    assert result.stdout == ""
    said = result.stderr.splitlines()[-1]
    assert said.startswith("Error: ")
    assert "Traceback" not in result.stderr
    return said.removeprefix("Error: ")
