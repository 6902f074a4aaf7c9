"""`slotkit annotate`: label utterances in the terminal."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from slotkit.errors import UtteranceError

if TYPE_CHECKING:
    from slotkit.labelling.answers import Answers
    from slotkit.labelling.beside import Beside, Trained
    from slotkit.labelling.session import Session
    from slotkit.tagging.filler import SlotFiller

    from .desk import Desk

_LOOKED_AT = 0.2  # seconds between two looks at the training beside
_MODEL = ".model"  # what stands for .jsonl in the name of its folder


class _NoTerminalError(click.ClickException):
    """Nobody can press keys: wrong usage, in a line."""

    exit_code = 2


@click.command("annotate")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-m",
    "--model",
    type=click.Path(path_type=Path),
    help="Folder of the model that marks utterances first; by default the one trained beside.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="File of the answers; by default FILE with the end .jsonl.",
)
@click.option(
    "--every",
    type=click.IntRange(min=0),
    default=25,
    help="Train a tagger beside after so many more are labelled; 0 for never.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, help="Of the order, between equals.")
def command(file: Path, model: Path | None, output: Path | None, every: int, seed: int) -> None:
    """Label the utterances of FILE in the terminal, one a line.

    Slots that a model finds are marked already: it is enough to mend them. What is most doubtful
    and newest in wording comes first, and nothing like the last ten. ? shows the keys.

    Every answer is kept at once, in JSON lines that `slotkit train` and `slotkit validate` read;
    begun again, labelling goes on where it stopped. A tagger is trained beside from what is
    labelled, into OUTPUT with the end .model; when it is ready it marks and orders what is left.

    \b
    Example:
      $ slotkit annotate utterances.txt
      51 labelled, 2 skipped, 947 left: utterances.jsonl
      $ slotkit train utterances.jsonl
    """
    from slotkit.labelling.answers import Answers
    from slotkit.labelling.beside import Beside
    from slotkit.labelling.session import Session, read_utterances

    output = output or file.with_suffix(".jsonl")
    texts = read_utterances(file)
    if output.exists() and output.samefile(file):
        raise click.ClickException(f"{output}: holds the utterances; answers need another --output")
    answers = Answers(output)
    beside = Beside(output.with_suffix(_MODEL))
    if every and beside.taken:
        raise click.ClickException(
            f"{beside.folder}: holds a model that labelling has not made, which training would "
            "replace: name another --output, or no training with --every 0"
        )
    if model is not None and model.resolve() == beside.folder.resolve():
        model = None
    given = None if model is None else _load(model)
    earlier = None if given is not None else beside.load()
    filler = given or (earlier and earlier.filler)
    tokenizer = "words" if filler is None or filler.tokenizer == "peeled" else filler.tokenizer
    _check_terminal()
    session = Session(texts, answers, seed=seed, tokenizer=tokenizer)
    if filler is not None:
        session.start_with(filler)
    try:
        _label(session, answers, beside, given, earlier, every)
    finally:
        beside.stop()
        skipped = len(session.answers) - len(session.labelled)
        counts = f"{len(session.labelled)} labelled, {skipped} skipped, {session.left} left"
        with suppress(OSError):  # where the terminal is gone
            click.echo(f"{counts}: {output}")


def _load(folder: Path) -> SlotFiller:
    """Read the model that is given."""
    from slotkit.tagging.filler import SlotFiller

    filler = SlotFiller.load(folder)
    if filler.edges == "corpus":
        raise UtteranceError(f"{folder}: needs the edges of utterances, which plain ones have not")
    return filler


def _check_terminal() -> None:
    """Refuse to go on where nobody can press keys."""
    missing = ""
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout and sys.stdout.isatty()):
        missing = "labelling needs a terminal: standard input or output is none"
    elif sys.platform == "win32":
        missing = "labelling needs a terminal of Unix"
    if missing:
        raise _NoTerminalError(missing)


def _label(
    session: Session,
    answers: Answers,
    beside: Beside,
    given: SlotFiller | None,
    earlier: Trained | None,
    every: int,
) -> None:
    """Ask, show and train until it is enough."""
    from slotkit.labelling.beside import Trained

    from .desk import Desk
    from .screen import Screen

    desk = Desk(session)
    if earlier is not None:
        desk.notice = _describe(earlier)
    if answers.torn:
        desk.message = f"{answers.path}: its last line is not whole, and is taken off"
    with Screen() as screen, suppress(EOFError):
        on, drawn, keys = True, [""], [""]
        while on:
            if beside.is_due(session.labelled, every):
                _train(session, answers, beside, desk)
            if keys or desk.lines() != drawn:
                drawn = desk.lines()
                screen.draw(drawn)
            keys = screen.read(_LOOKED_AT)
            for key in keys:
                on = on and desk.press(key)
            found = beside.poll()
            if isinstance(found, Trained):
                given = _take(found, session, desk, given)
            elif found is not None:
                desk.notice = f"training failed: {found}"


def _train(session: Session, answers: Answers, beside: Beside, desk: Desk) -> None:
    """Begin a training."""
    labelled = len(session.labelled)
    try:
        beside.start(answers.content(), labelled)
    except OSError as error:
        beside.utterances = labelled  # not again at once
        desk.notice = f"training cannot begin: {error.filename}: {error.strerror}"
        return
    desk.notice = f"training from {labelled} ..."


def _take(
    found: Trained, session: Session, desk: Desk, given: SlotFiller | None
) -> SlotFiller | None:
    """Take a tagger over that was trained beside; return the given one if it stays."""
    from slotkit.labelling.prelabel import f1_of

    desk.notice = _describe(found)
    if given is not None:
        its = f1_of(given, session.labelled)
        if its > found.f1:
            desk.notice += f"; the model given has {100 * its:.1f} and stays"
            return given
    session.use(found.filler)
    desk.refresh()
    return None


def _describe(found: Trained) -> str:
    """Say how good a tagger is."""
    where = "what the folds held out" if found.folds else "what was held out"
    return f"trained from {found.utterances}, F1 {100 * found.f1:.1f} on {where}"
