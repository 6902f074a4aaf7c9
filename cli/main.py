"""The `slotkit` command: a group that imports a verb only when it is asked for."""

from __future__ import annotations

import atexit
import errno
import gc
import io
import os
import signal
import sys
import threading
from contextlib import suppress
from importlib import import_module
from types import FrameType
from typing import Any

import click

import slotkit
from slotkit.errors import SlotkitError

# Verb -> the line of `slotkit --help`; the file beside this one has the verb's name and defines
# `command`.
VERBS = {
    "train": "Train a tagger on a corpus.",
    "tag": "Fill the slots of an utterance.",
    "chat": "Talk with a bot that asks for the slots of a frame.",
    "resolve": "Read a span as a typed value: a date, a time, a number.",
    "inspect": "Write a page in which a tagger runs and shows what it does.",
    "evaluate": "Score a model on a labelled corpus.",
    "stress": "Try a model on minimal pairs, typos and changed case.",
    "thresholds": "Choose the least confidence of each slot for a wanted precision.",
    "exchange": "Exchange the lists of values of a model.",
    "validate": "Look for mistakes in a labelled corpus.",
    "annotate": "Label utterances in the terminal, the most doubtful first.",
    "generate": "Make labelled utterances from a grammar.",
    "convert": "Write a corpus in another format.",
    "corpora": "List the bundled corpora and the toys.",
    "encoders": "List the encoders, or show what they make of a word.",
    "taggers": "List the taggers and their options.",
    "worked": "Compute a worked example of the lectures, step by step.",
}


# After so many new objects Python looks for unused circles of them, usually after 700. A start
# keeps most of what it makes: looking takes a twentieth of its time.
_NEW_OBJECTS = 50_000


class _Terminated(KeyboardInterrupt):
    """SIGTERM, raised like Ctrl-C so that work is put down in the same way."""


def _terminate(number: int, frame: FrameType | None) -> None:
    raise _Terminated


def _use_one_thread() -> None:
    """Let NumPy's products run on one thread, unless the user has asked for more.

    They are small here: threads would only wait for each other. NumPy reads this when it is first
    imported. PyTorch's threads are those of the recipe.
    """
    threads = os.environ.get("OMP_NUM_THREADS", "1")
    for library in ("OPENBLAS", "OMP", "MKL", "BLIS", "VECLIB_MAXIMUM"):
        os.environ.setdefault(f"{library}_NUM_THREADS", threads)


class _Verbs(click.Group):
    """A group over `VERBS`, with slotkit's errors and exit codes in one place."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        if sys.stderr is None:  # closed: Click would write errors among the answers
            sys.stderr = open(os.devnull, "w")  # noqa: SIM115 (until the end)
        return super().main(*arguments, **options)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f".{cmd_name}", __package__).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in VERBS and args[0][:1].isalpha():
            from difflib import get_close_matches

            near = get_close_matches(args[0], VERBS, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Choose from {', '.join(VERBS)}."
            ctx.fail(f"No such command {args[0]!r}. {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))  # without importing any of them

    def invoke(self, ctx: click.Context) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # Whatever the locale; what UTF-8 has not, lone surrogates, is escaped.
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        _use_one_thread()
        gc.set_threshold(_NEW_OBJECTS)
        atexit.register(gc.freeze)  # Python looks once more in the end: with torch, for seconds
        alone = threading.current_thread() is threading.main_thread()  # which hears signals
        before = signal.getsignal(signal.SIGTERM)
        if alone:
            signal.signal(signal.SIGTERM, _terminate)
        try:
            return super().invoke(ctx)
        except SlotkitError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            if error.errno == errno.EPIPE:  # which click ends quietly
                raise
            if error.filename is None:  # a stream that is open: what it still holds goes nowhere
                with suppress(OSError, ValueError):
                    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            what = error.filename or "cannot read or write"
            raise click.ClickException(f"{what}: {error.strerror or error}") from error
        except _Terminated:
            raise click.exceptions.Exit(143) from None
        except KeyboardInterrupt:
            # Pressed again while Python winds up, it ends the program without a traceback.
            atexit.register(signal.signal, signal.SIGINT, signal.SIG_DFL)
            raise click.exceptions.Exit(130) from None
        finally:
            if alone:
                signal.signal(signal.SIGTERM, before)


def _show_version(ctx: click.Context, param: click.Parameter, asked: bool) -> None:
    """Tell the version, and what runs the loops over words, which decides how fast tagging is."""
    if asked and not ctx.resilient_parsing:
        loops = slotkit.loops_in_use()
        how = {"NumPy": "NumPy, for none are compiled", "C": "C"}.get(loops, f"C for {loops}")
        click.echo(f"slotkit, version {slotkit.__version__}\nloops over words: {how}")
        ctx.exit()


@click.group(
    cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "show_default": True}
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Show the version, and which loops run, and exit.",
)
def main() -> None:
    """Train and use slot-filling taggers that are small, fast and understandable.

    \b
    Example:
      $ slotkit train
      $ slotkit tag "arrive Taipei on November 2nd"
    """
