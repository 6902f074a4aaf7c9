"""A language model's tool calls, described and checked by the frames of a bot.

    python tool_call.py --tools > tools.json
    python tool_call.py --now 2026-11-02 < calls.jsonl

The first gives what a language model is told of the tools that it may call. The second answers
each call, a line of JSON with its name and arguments, by a line with the typed values, or with the
problems, which go back to the language model so that it asks the user. Nothing here talks to one:
that is the part that differs from one provider to the next.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime
from typing import Any

from slotkit.frames import Frames, read_frames
from slotkit.frames.schema import check_arguments, tool_schema


def main() -> None:
    """Print the tools, or answer the calls of standard input."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tools", action="store_true", help="print the tools and end")
    parser.add_argument("--language", default="en", choices=["en", "zh"])
    parser.add_argument("--now", type=datetime.fromisoformat, default=datetime.now())
    given = parser.parse_args()
    frames = read_frames()
    if given.tools:
        tools = [tool_schema(frames, frame.name, given.language) for frame in frames]
        print(json.dumps(tools, ensure_ascii=False, indent=1))
        return
    for line in sys.stdin:
        answered = answer(frames, read(line), given.now, given.language)
        print(json.dumps(answered, ensure_ascii=False), flush=True)


def read(line: str) -> dict[str, Any]:
    """Read a call; its arguments may be JSON within the JSON, as some providers write them."""
    try:
        call = json.loads(line)
        arguments = call["arguments"]
        if isinstance(arguments, str):
            arguments = json.loads(arguments)
        if isinstance(call["name"], str) and isinstance(arguments, dict):
            return {"name": call["name"], "arguments": arguments}
    except (ValueError, TypeError, KeyError):
        pass
    return {}


def answer(frames: Frames, call: dict[str, Any], now: datetime, language: str) -> dict[str, Any]:
    """Return what a tool call comes to: the values, and no problems where it can be done."""
    if not call:
        return {"values": {}, "problems": ['expected {"name": "...", "arguments": {...}}']}
    try:
        values, problems = check_arguments(
            frames, call["name"], call["arguments"], now=now, language=language
        )
    except ValueError as error:  # of a tool that there is not
        return {"values": {}, "problems": [str(error)]}
    return {"values": values, "problems": [f"{one.slot}: {one.message}" for one in problems]}


if __name__ == "__main__":
    main()
