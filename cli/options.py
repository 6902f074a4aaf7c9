"""Arguments and options that several verbs share, each written once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from slotkit.corpus.formats import FORMATS
from slotkit.corpus.formats.find import SPLITS
from slotkit.files import write_file

_USUAL = "ticket_booking"
Command = TypeVar("Command", bound=Callable[..., Any])

model_argument = click.argument("model", type=click.Path(path_type=Path))
corpus_argument = click.argument("corpus", default=_USUAL)
trained_corpus_argument = click.argument("corpus", required=False)  # see `trained_corpus`
format_option = click.option(
    "--format",
    "format_",
    type=click.Choice(list(FORMATS)),
    help="Format of the corpus; by default told from its content.",
)


def split_option(purpose: str, usual: str) -> Callable[[Command], Command]:
    """Make the option of the part of a corpus to work on."""
    return click.option(
        "--split",
        type=click.Choice(SPLITS),
        help=f"Part to {purpose}; by default {usual}, else the only part there is.",
    )


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def open_split(
    training: Mapping[str, Any],
    corpus: str | None,
    format_: str | None,
    split: str | None,
    usual: str,
) -> tuple[str, Any, str]:
    """Load the corpus that is asked for, else the one of a training, and choose a part of it.

    Returns
    -------
    str, DatasetDict, str
        The corpus, its parts, and the name of the chosen one.
    """
    from slotkit.corpus import load_corpus
    from slotkit.corpus.hold_out import hold_out

    its_own = corpus is None
    corpus, format_ = trained_corpus(corpus, format_, training)
    loaded = load_corpus(corpus, format=format_)
    notes, splits = list(loaded.notes), dict(loaded.splits)
    as_it_was = training.get("fingerprint") == loaded.fingerprint
    recipe = training.get("recipe")
    if its_own and not as_it_was and isinstance(recipe, dict) and not recipe.get("values"):
        notes.append(f"{corpus}: is not as it was when the model was trained on it")
    if (its_own or as_it_was) and split is None and {usual, "validation"}.isdisjoint(splits):
        # What training held out of train is all that it has not seen.
        if training.get("refit"):
            raise click.ClickException(
                f"{corpus}: the model was trained on all of it (--refit), so that it would tell "
                "nothing: give another corpus, or --split train"
            )
        splits["train"], splits["validation"] = hold_out(loaded.splits)
        notes.append(
            f"{corpus}: has no part but train; of it what training held out is looked at, "
            f"{len(splits['validation']):,} utterances; --split train takes all of it"
        )
        split = "validation"
    for note in notes:
        click.echo(note, err=True)
    return corpus, splits, choose_split(split, list(splits), usual)


def write(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Write a file that was asked for.

    Raises
    ------
    click.ClickException
        If it cannot be written; what was there before is still there.
    """
    try:
        write_file(path, content)
    except OSError as error:
        raise click.ClickException(f"{path}: cannot be written: {error.strerror}") from error


def trained_corpus(
    corpus: str | None, format_: str | None, training: Mapping[str, Any]
) -> tuple[str, str | None]:
    """Return the corpus that is asked for, else the one that a model was trained on; its format."""
    if corpus is not None:
        return corpus, format_
    source = training.get("source")
    known = source if isinstance(source, dict) else {}
    own = known.get("format")
    return str(known.get("corpus", _USUAL)), format_ or (own if own in list(FORMATS) else None)


def choose_split(split: str | None, there: list[str], usual: str) -> str:
    """Choose the part of a corpus to work on: the one asked for, the only one, or the usual one.

    Raises
    ------
    click.BadParameter
        If the corpus has no such part.
    """
    if split is None:
        split = there[0] if len(there) == 1 else usual
    if split not in there:
        raise click.BadParameter(
            f"the corpus has no part {split!r}; choose from {', '.join(there)}",
            param_hint="'--split'",
        )
    return split
