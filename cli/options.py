"""Arguments and options that several verbs share, each written once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from slotkit.corpus.formats import FORMATS
from slotkit.corpus.formats.find import SPLITS
from slotkit.corpus.formats.hub import PREFIX
from slotkit.corpus.toys import is_toy, read_name
from slotkit.files import write_file
from slotkit.text.tags import SCHEMES
from slotkit.text.tokenizer import TOKENIZERS

_USUAL = "ticket_booking"
Command = TypeVar("Command", bound=Callable[..., Any])

model_argument = click.argument("model", type=click.Path(path_type=Path))


def _corpus(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Check the name of a toy corpus; of all others reading says what is wrong."""
    if value is not None and is_toy(value) and not Path(value).exists():
        try:
            read_name(value)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error
    return value


corpus_argument = click.argument("corpus", default=_USUAL, callback=_corpus)
# See `trained_corpus`.
trained_corpus_argument = click.argument("corpus", required=False, callback=_corpus)


def _columns(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Check that columns are two numbers."""
    if value is not None and not re.fullmatch(r"-?[1-9][0-9]{0,3},-?[1-9][0-9]{0,3}", value):
        raise click.BadParameter("expected two columns as 1,-1: of the token and of the tag")
    return value


_READING = [
    click.option(
        "--format",
        "format_",
        type=click.Choice(list(FORMATS)),
        help="Format of the corpus; by default told from its content.",
    ),
    click.option(
        "--columns",
        metavar="TOKEN,TAG",
        callback=_columns,
        help="Their columns, from 1, or from -1 at the end; by default told from what is in them.",
    ),
    click.option(
        "--scheme",
        type=click.Choice(list(SCHEMES)),
        help="Scheme of the tags; by default that of nearly all utterances.",
    ),
    click.option(
        "--strict",
        is_flag=True,
        help="Refuse what else is mended and counted, as slots that cut a token.",
    ),
    click.option(
        "--skip-bad", is_flag=True, help="Leave out, and count, utterances that cannot be read."
    ),
]


def reading_options(command: Command) -> Command:
    """Make the options of how a corpus is read; the command gets them as one, `how`."""

    @wraps(command)
    def packed(*args: Any, **given: Any) -> Any:
        how = {name: given.pop(name) for name in ("columns", "scheme", "strict", "skip_bad")}
        if how["columns"] is not None:
            how["columns"] = tuple(map(int, how["columns"].split(",")))
        how["format"] = given.pop("format_")
        return command(*args, how=how, **given)

    made: Any = packed
    for option in reversed(_READING):
        made = option(made)
    return made  # type: ignore[no-any-return]


tokenizer_option = click.option(
    "--tokenizer",
    type=click.Choice(list(TOKENIZERS)),
    help="What cuts texts whose slots are given by characters; by default words or apart.",
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
    how: dict[str, Any],
    split: str | None,
    usual: str,
    tokenizer: str | None = None,
) -> tuple[str, Any, str]:
    """Load the corpus that is asked for, else the one of a training, and choose a part of it.

    `tokenizer` is that of the model, which cuts texts whose slots are given by characters.

    Returns
    -------
    str, DatasetDict, str
        The corpus, its parts, and the name of the chosen one.
    """
    from slotkit.corpus import load_corpus
    from slotkit.corpus.hold_out import hold_out

    its_own = corpus is None
    corpus, how = trained_corpus(corpus, how, training)
    loaded = load_corpus(corpus, **how, tokenizer=None if tokenizer == "peeled" else tokenizer)
    notes, splits = list(loaded.notes), dict(loaded.splits)
    as_it_was = training.get("fingerprint") == loaded.fingerprint
    recipe = training.get("recipe")
    if its_own and not as_it_was and isinstance(recipe, dict) and not recipe.get("values"):
        notes.append(f"{corpus}: is not as it was when the model was trained on it")
    parted = not {usual, "validation"}.isdisjoint(splits)
    if its_own and not as_it_was and split is None and not parted:
        raise click.ClickException(
            f"{corpus}: is not as it was when the model was trained on it, so that what training "
            "held out is not known: give another corpus, or --split train"
        )
    if (its_own or as_it_was) and split is None and {usual, "validation"}.isdisjoint(splits):
        # What training held out of train is all that it has not seen.
        if training.get("refit"):
            raise click.ClickException(
                f"{corpus}: the model was trained on all of it, so that it would tell "
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
    corpus: str | None, how: dict[str, Any], training: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Return the corpus that is asked for, else the one that a model was trained on, and how.

    Raises
    ------
    click.ClickException
        If the one of the model is on the hub: what a model folder names alone is not asked there.
    """
    if corpus is not None:
        return corpus, how
    source = training.get("source")
    known = source if isinstance(source, dict) else {}
    given = {name: value for name, value in how.items() if value}
    try:
        own = how_of(known)
    except (TypeError, ValueError) as error:
        raise click.ClickException(
            f"the model does not say how its corpus is read: {error}"
        ) from None
    found = place_of(known)
    if found.startswith(PREFIX):
        raise click.ClickException(
            f"the model was trained on {found}: name that as CORPUS if the hub is to be asked"
        )
    return found, own | given


def place_of(source: Mapping[str, Any]) -> str:
    """Return where the corpus of a training is: by its full path where that is still there."""
    full, given = source.get("path"), str(source.get("corpus", _USUAL))
    if isinstance(full, str) and Path(full).exists():
        return full
    return given


def how_of(source: Mapping[str, Any]) -> dict[str, Any]:
    """Return how the corpus of a training was read.

    Raises
    ------
    TypeError, ValueError
        If a model folder says something that is no such thing.
    """
    told = source.get("how")
    told = told if isinstance(told, dict) else {}
    how: dict[str, Any] = {
        "format": source.get("format"),
        "columns": told.get("columns"),
        "strict": False,
    }
    how |= {"scheme": told.get("scheme"), "skip_bad": bool(told.get("skip_bad"))}
    if how["columns"] is not None:
        token, tag = map(int, how["columns"])
        how["columns"] = (token, tag)
    for name, known in ("format", FORMATS), ("scheme", SCHEMES):
        if how[name] is not None and how[name] not in known:
            how[name] = None
    return how


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
