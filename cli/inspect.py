"""`slotkit inspect`: a page in which a trained tagger runs, and shows what it does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import json_option, model_argument, open_split, write

if TYPE_CHECKING:
    from slotkit.model.model import Model
    from slotkit.tagging.filler import SlotFiller

# Views that need what the page cannot compute.
_PREPARED = {"match": "--match CORPUS", "epochs": "a model that was trained with --snapshots"}


@click.command("inspect")
@model_argument
@click.argument("texts", nargs=-1, metavar="[TEXT [TEXT2]]")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default="inspect.html",
    show_default=True,
    help="The page to write.",
)
@click.option(
    "--language",
    type=click.Choice(["en", "zh"]),
    help="In which the page opens; by default that of the model's words.",
)
@click.option(
    "--match",
    "corpus",
    metavar="CORPUS",
    help="Show also what moves each unit most, in the validation part of a corpus.",
)
@click.option("--view", "views", multiple=True, metavar="NAME", help="Show only this view.")
@json_option
def command(
    model: Path,
    texts: tuple[str, ...],
    output: Path,
    language: str | None,
    corpus: str | None,
    views: tuple[str, ...],
    as_json: bool,
) -> None:
    """Write a page in which the tagger of MODEL itself runs.

    Type a sentence and every view follows: tags and probabilities, what each word becomes, who
    influences whom, memory and gates or attention, and what happens when a number is changed.
    With TEXT2 two sentences are compared; of a model that was trained with --snapshots, at every
    epoch that was kept. The page is one file that asks for nothing from outside;
    it takes what it shows along in its address. --json prints the numbers instead, as
    `slotkit tag --json --trace` does, for TEXT and TEXT2.

    \b
    Example:
      $ slotkit inspect slotkit-model "arrive Taipei on November 2nd" "leave Taipei on November 2nd"
      inspect.html: tags, word, influence, memory, gates, intervene (2.6 MB); open it in a browser
    """
    from slotkit.inside import record
    from slotkit.inside.epochs import epochs
    from slotkit.inside.page import LARGEST, make_page, write_page
    from slotkit.inside.views import choose_views, first_texts, language_of
    from slotkit.model.file import load_model
    from slotkit.tagging.filler import SlotFiller

    if len(texts) > 2:
        raise click.UsageError(f"two sentences at most are compared, got {len(texts)}")
    if as_json and (corpus is not None or views):
        raise click.UsageError("--json has the numbers of sentences: leave out --match and --view")
    loaded = load_model(model)
    filler = SlotFiller(loaded)
    try:
        chosen = choose_views(loaded, views)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    spoken = language or language_of(loaded)
    shown = texts or first_texts(spoken)
    for text in shown:
        filler.tag(text)  # what cannot be tagged is said as `tag` says it
    if as_json:
        click.echo(json.dumps(_numbers(filler, shown, chosen), ensure_ascii=False))
        return
    name = model.resolve().name
    parts = {}
    if corpus is not None:
        parts["match"] = _match(filler, loaded, corpus)
    kept = epochs(model, shown)
    if kept["epochs"]:
        parts["epochs"] = kept
    for view, needs in _PREPARED.items():
        if view in views and view not in parts:
            raise click.UsageError(f"--view {view} needs {needs}")
    chosen = [view for view in chosen if view in parts or view not in _PREPARED]
    options: dict[str, Any] = {"language": spoken, "parts": parts}
    content = make_page(loaded, name, shown, views=chosen, **options).encode()
    if len(content) > LARGEST:
        click.echo(
            f"{model}: {len(content) / 1e6:.1f} MB as a page, where {LARGEST / 1e6} MB are the "
            "most: it holds what the tagger says of its sentences instead, and takes no others",
            err=True,
        )
        chosen = [view for view in chosen if view in record.VIEWS]
        payload = record.record(loaded, name, shown)
        content = write_page(payload, shown, chosen, **options).encode()
    write(output, [content])
    size = len(content) / 1e6
    click.echo(f"{output}: {', '.join(chosen)} ({size:.1f} MB); open it in a browser", err=True)
    if not texts:
        quoted = " ".join(json.dumps(text, ensure_ascii=False) for text in shown)
        click.echo(f"it opens with {quoted}; give sentences of your own behind MODEL", err=True)


def _match(filler: SlotFiller, model: Model, corpus: str) -> dict[str, Any]:
    """Find what moves the units of a tagger in a corpus."""
    from slotkit.inside.match import match

    _, splits, name = open_split(model.training, corpus, {}, None, "validation", model.tokenizer)
    try:
        return match(filler, splits[name]["text"][:])
    except ValueError as error:
        raise click.ClickException(f"{corpus}, {name}: {error}") from None


def _numbers(filler: SlotFiller, texts: tuple[str, ...], views: list[str]) -> dict[str, Any]:
    """Return what the page shows first, as JSON values."""
    looked_at = [
        filler.trace(text).to_json() | {"influence": filler.influence(text).tolist()}
        for text in texts
    ]
    return {"views": views, "texts": looked_at}
