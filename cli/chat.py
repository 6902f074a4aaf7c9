"""`slotkit chat`: a conversation that fills a frame, in the terminal."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

import click

from .asking import now_option, own_model_option
from .paint import shown

_PROMPT = "> "
_encode = json.JSONEncoder(ensure_ascii=False).encode


@click.command("chat")
@own_model_option
@click.option(
    "--frames",
    type=click.Path(path_type=Path),
    help="File of what there is to ask for; by default that for tickets.",
)
@click.option(
    "--language",
    metavar="LANGUAGE",
    help="Language of the bot, one of the frames'; by default told from the first text.",
)
@now_option("The moment from which days are counted, as 2026-11-02T10:30; by default now.")
@click.option(
    "--transcript",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to which every turn is added, as a line of JSON.",
)
def command(
    model: str,
    frames: Path | None,
    language: str | None,
    now: datetime | None,
    transcript: Path | None,
) -> None:
    """Talk with a bot that fills a frame: it asks for what is missing and confirms at the end.

    Each line is what the user says. Through a pipe each line of standard input is answered by one
    line, so that conversations can be tried by programs. The file of --frames says what is asked,
    and in which words; docs/bot.md describes it.

    \b
    Example:
      $ printf 'two tickets to Lyon\\nParis\\n' | slotkit chat --now 2026-11-02
      Where do you start from?
      On which day?
    """
    from slotkit.frames.dialogue import Dialogue
    from slotkit.frames.read import BUNDLED, read_frames
    from slotkit.tagging.filler import SlotFiller

    if sys.stdin is None:
        raise click.UsageError("standard input is closed")
    read = read_frames(frames or BUNDLED)
    filler = SlotFiller.load(os.path.expanduser(model))  # SLOTKIT_MODEL does not pass a shell
    try:
        dialogue = Dialogue(filler, read, language)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    with transcript.open("a", encoding="utf-8") if transcript else nullcontext() as file:
        state = None
        for text in _texts():
            turn = dialogue.turn(state, text, now=now)
            state = turn.state
            click.echo(shown(turn.say))
            if file is not None:
                file.write(_encode({"user": text} | turn._asdict()) + "\n")
                file.flush()


def _texts() -> Iterator[str]:
    """Yield what the user says, blank lines passed over; a terminal is asked for it."""
    if sys.stdin.isatty():
        while True:
            try:
                text = input(_PROMPT)
            except EOFError:
                click.echo()
                return
            if text.strip():
                yield text
    for number, raw in enumerate(sys.stdin.buffer, start=1):
        try:
            text = raw.decode().rstrip("\r\n")
        except UnicodeDecodeError as error:
            message = f"line {number}: not UTF-8 at byte {error.start + 1}"
            raise click.ClickException(message) from None
        if text.strip():
            yield text
