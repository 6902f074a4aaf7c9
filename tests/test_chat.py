"""The verb `chat`: lines in, answers out, and a transcript."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from scripted import Scripted
from slotkit.tagging.filler import SlotFiller

Command = Callable[..., Result]
SCRIPT = {
    "two from Milan to Rome on Friday": (
        "!book tickets=two departure=Milan destination=Rome departure_date=Friday"
    ),
    "去罗马": "!book destination=罗马",
}


@pytest.fixture(autouse=True)
def _scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every model folder be the scripted filler."""
    monkeypatch.setattr(SlotFiller, "load", lambda folder: Scripted(SCRIPT))


def test_each_line_is_answered_by_one(slotkit_command: Command) -> None:
    said = slotkit_command(
        *("chat", "--now", "2026-11-02T10:30"),
        stdin="two from Milan to Rome on Friday\n\nyes\n",
    )

    assert said.exit_code == 0
    assert said.stdout.splitlines() == [
        "From Milan to Rome on Friday 6 November 2026, tickets: 2. Is that right?",
        "Thank you, your tickets to Rome are ordered.",
    ]


def test_the_language_may_be_given(slotkit_command: Command) -> None:
    said = slotkit_command("chat", "--language", "zh", stdin="hello\n")

    assert said.stdout.startswith("您好！我可以帮您订票、改签或退订。")


def test_a_transcript_has_every_turn(slotkit_command: Command, tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    for text in ("去罗马\n取消\n", "help\n"):
        slotkit_command("chat", "--transcript", path, stdin=text)

    turns = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [turn["user"] for turn in turns] == ["去罗马", "取消", "help"]
    assert turns[0]["frame"] == {"destination": "Rome"}
    assert turns[0]["ask"] == {"kind": "slot", "slot": "departure"}
    assert turns[0]["state"]["version"] == 1


def test_frames_of_ones_own(slotkit_command: Command, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        """
languages = ["en"]
[slots.tickets]
called.en = "seats"
ask.en = "How many?"
[frames.reserve]
intents = ["book"]
title.en = "reserve seats"
required = ["tickets"]
confirm.en = "{tickets}?"
done.en = "Done."
""",
        encoding="utf-8",
    )
    said = slotkit_command("chat", "--frames", path, stdin="hello\n2\nyes\n")

    assert said.stdout.splitlines() == ["Hello. How many?", "2?", "Done."]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--language", "fr"], "Error: language: unknown 'fr'; choose from en, zh"),
        (
            ["--now", "soon"],
            "expected a day or a day and a time as 2026-11-28T10:00, or now, got 'soon'",
        ),
        (["--frames", "none.toml"], "Error: none.toml: cannot be read: No such file or directory"),
        (["--transcript", "none/talk"], "none/talk: No such file or directory"),
    ],
)
def test_bad_options_give_one_line(
    slotkit_command: Command, arguments: list[str], said: str
) -> None:
    result = slotkit_command("chat", *arguments, stdin="hello\n")

    assert result.exit_code in (1, 2)
    assert said in result.stderr


def test_a_line_that_is_no_utf8_is_named(slotkit_command: Command) -> None:
    result = slotkit_command("chat", stdin=b"hello\n\xff\n")

    assert result.exit_code == 1
    assert "line 2: not UTF-8 at byte 1" in result.stderr


def test_what_would_command_the_terminal_is_escaped(
    slotkit_command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = {"to \x1b[2J": "!book destination?=\x1b[2J"}
    monkeypatch.setattr(SlotFiller, "load", lambda folder: Scripted(script))

    assert "\\x1b[2J" in slotkit_command("chat", stdin="to \x1b[2J\n").stdout


def test_the_frames_may_be_what_the_model_does_not_fill(
    slotkit_command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    filler = Scripted({})
    filler.tags = ["O", "B-city"]
    monkeypatch.setattr(SlotFiller, "load", lambda folder: filler)

    result = slotkit_command("chat", stdin="hello\n")

    assert result.exit_code == 1
    assert "the model does not fill destination, departure, " in result.stderr
    assert "it fills city" in result.stderr
