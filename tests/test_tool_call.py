"""The example of a language model's tool calls, as a program that is run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "examples" / "tool_call"


def run(*arguments: str, stdin: str = "") -> str:
    """Run the example."""
    words = [sys.executable, str(FOLDER / "tool_call.py"), *arguments]
    done = subprocess.run(words, input=stdin, capture_output=True, check=True, encoding="utf-8")
    return done.stdout


def test_the_tools_are_those_of_the_bundled_frames() -> None:
    tools = json.loads(run("--tools"))

    assert [tool["name"] for tool in tools] == ["book", "change", "cancel"]


def test_each_call_is_answered() -> None:
    calls = (FOLDER / "calls.jsonl").read_text(encoding="utf-8")
    answers = [json.loads(line) for line in run("--now", "2026-11-02", stdin=calls).splitlines()]

    assert answers[0]["values"]["departure_date"] == "2026-11-03"
    assert answers[0]["problems"] == []
    assert answers[1]["values"] == {"destination": "Rome"}
    assert [problem.partition(":")[0] for problem in answers[1]["problems"]] == [
        *("departure_date", "tickets", "departure"),
    ]
    assert answers[2] == {"values": {"booking": "X7KP4Q"}, "problems": []}
    assert answers[3]["problems"] == ["unknown frame 'fly'; choose from book, change, cancel"]


def test_what_is_no_call_is_answered_too() -> None:
    lines = [
        "{",
        "[]",
        '{"name": "book"}',
        '{"name": "book", "arguments": "{"}',
        '{"name": "cancel", "arguments": "{\\"booking\\": \\"X7KP4Q\\"}"}',
    ]
    answers = [json.loads(line) for line in run(stdin="\n".join(lines) + "\n").splitlines()]

    assert all("expected" in one["problems"][0] for one in answers[:4])
    assert answers[4] == {"values": {"booking": "X7KP4Q"}, "problems": []}
