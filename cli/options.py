"""Arguments and options that several verbs share, each written once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from slotkit.corpus.formats import FORMATS

_USUAL = "ticket_booking"

corpus_argument = click.argument("corpus", default=_USUAL)
trained_corpus_argument = click.argument("corpus", required=False)  # see `trained_corpus`
format_option = click.option(
    "--format",
    "format_",
    type=click.Choice(list(FORMATS)),
    help="Format of the corpus; by default told from its content.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


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
