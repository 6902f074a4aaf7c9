"""`slotkit train`."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from itertools import chain
from pathlib import Path
from statistics import mean, stdev
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from slotkit.encoders.table import ENCODER_OPTIONS, make_encoder
from slotkit.errors import TrainingError
from slotkit.extras import extra
from slotkit.taggers.table import ARCHITECTURES, DECODERS
from slotkit.training.recipe import EDGES, PRESETS, Recipe, make_recipe

from .number import Number
from .options import corpus_argument, format_option

if TYPE_CHECKING:
    from slotkit.corpus import Corpus
    from slotkit.training.run import Epoch

    from .progress import Display


# Options that are no field of the recipe.
_OWN = (
    "corpus",
    "format_",
    "output",
    "overwrite",
    "resume",
    "quiet",
    "seeds",
    "tensorboard",
    "device",
)

# Options that do not decide what is trained, so that a resumed training takes them too.
_FREE = ("resume", "output", "quiet", "tensorboard")


def _field(name: str, kind: Any, text: str) -> Callable[..., Any]:
    """Make the option of a recipe's field; not given means what suits the tagger."""
    general = Recipe.__dataclass_fields__[name].default
    flag = isinstance(general, bool)
    shown = None if general is None else ("on" if general else "off") if flag else str(general)
    option = "--" + name.replace("_", "-")
    names = (f"{option}/--no-{option[2:]}",) if flag and general else (option,)
    if flag and not general:
        return click.option(*names, name, is_flag=True, default=None, help=text)
    return click.option(*names, name, type=kind, default=None, show_default=shown, help=text)


def _choice(name: str, text: str) -> Callable[..., Any]:
    """Make the option of an architecture's own argument, with what any of them has to choose."""
    every = (entry.choices.get(name, ()) for entry in ARCHITECTURES.values())
    choices = list(dict.fromkeys(chain.from_iterable(every)))
    return click.option(f"--{name}", type=click.Choice(choices), help=text)


def _spelt(options: dict[str, Any]) -> str:
    """Write options as they are given to the command."""
    return " ".join(f"--{name.replace('_', '-')} {value}" for name, value in options.items())


class _Attend(click.ParamType[str]):
    """``all``, ``range:R`` or ``graph``."""

    name = "all|range:R|graph"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from slotkit.taggers.attention.runtime import reach

        try:
            reach(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return value


_SHARE = Number(0, 1, max_open=True)
_AUGMENT = 0.5
_COUNT = click.IntRange(min=1)
_AMOUNT = Number(min=0)
_MOST_SEED = 2**63 - 1  # what torch takes
_SEED = click.IntRange(0, _MOST_SEED)
_SEVERAL = click.IntRange(1, 1000)  # what a model folder may hold

_OPTIONS = [
    _choice("activation", "elman, lstm: f; g and h of the cell."),
    _choice("feedback", "jordan: what training feeds back."),
    _choice("cell", "bidirectional: the network of each direction."),
    _choice("gates", "lstm: what the gates see."),
    click.option("--num-layers", type=_SEVERAL, help="Hidden layers (of each direction)."),
    click.option("--heads", type=_COUNT, help="attention: heads of a layer."),
    _choice("positions", "attention: how words know their place."),
    click.option("--attend", type=_Attend(), help="attention: whom a word may ask."),
    click.option("--max-length", type=_COUNT, help="attention: rows of the learned positions."),
    _field("members", _SEVERAL, "Taggers that tag together, each trained with a loss of its own."),
    _field("decoder", click.Choice(DECODERS), "How tags are chosen: word by word, or by a CRF."),
    _field("intent", bool, "Learn the intent of utterances along with their slots."),
    click.option(
        "--augment",
        type=Number(0, 1),
        is_flag=False,
        flag_value=_AUGMENT,
        help="Share of utterances whose values are exchanged for others of their kind; 0 for "
        f"none, {_AUGMENT} where no number follows.",
    ),
    click.option(
        "--values",
        multiple=True,
        metavar="SLOT=FILE",
        help="More values of a slot to exchange with, one a line; for several slots again.",
    ),
    _field("edges", click.Choice(EDGES), "attention along a graph: its edges."),
    click.option("--width", type=_COUNT, help="convolution: words that a layer sees; odd."),
    _field("encoder", str, "one-of-n, other, hashing, shape, or several joined by +."),
    _field("min_count", _COUNT, 'other: rarer words fall into "other".'),
    _field("letters", _COUNT, "hashing: letters of a piece."),
    _field("lower_case", bool, "Look words up in lower case."),
    _field("fold_digits", bool, "Look every digit up as 0."),
    _field("window_size", click.IntRange(min=0), "Words on each side that a word sees."),
    _field("embedding_size", _COUNT, "Length of a word's vector."),
    _field("hidden_size", _COUNT, "Units of a hidden layer (of each direction)."),
    _field(
        "optimizer",
        click.Choice(["sgd", "momentum", "rms", "adagrad", "rmsprop", "adam", "adamw"]),
        "How gradients become steps; rms is the root mean square of all past gradients.",
    ),
    _field("learning_rate", _AMOUNT, "The highest step."),
    _field(
        "schedule",
        click.Choice(["constant", "step", "linear", "cosine"]),
        "How the learning rate falls.",
    ),
    _field("warmup", _AMOUNT, "Epochs over which the learning rate first climbs."),
    _field("weight_decay", _AMOUNT, "Pull of the weights towards zero."),
    _field("epochs", _COUNT, "Most epochs."),
    _field("patience", _COUNT, "Epochs without a better validation F1 that end the training."),
    _field("batch_size", _COUNT, "Utterances of a step."),
    _field("clip", _AMOUNT, "Longest gradient; 0 for any."),
    _field("input_dropout", _SHARE, "Share of the word vectors set to zero."),
    _field("dropout", _SHARE, "Share of hidden layers set to zero."),
    _field("word_dropout", _SHARE, 'Chance of a word to be taken for an "other" one.'),
    _field(
        "adversarial",
        Number(0, 1),
        "Learn also at words moved so far, by their length, to where they are hardest; 0 for none.",
    ),
    _field("average", _SHARE, "Share of the past in the running mean of weights; 0 for none."),
    _field("refit", bool, "Train once more on train + validation, as long as was best."),
    _field("seed", _SEED, "For all random numbers."),
    click.option(
        "--seeds",
        type=_COUNT,
        default=1,
        help="Train so many, from --seed on, into folders of their own: mean and deviation.",
    ),
    _field(
        "threads",
        click.IntRange(1, 1024),
        "Threads of torch; equal seeds and threads give equal models.",
    ),
]


def _with_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command("train")
@corpus_argument
@format_option
@click.option(
    "--tagger",
    type=click.Choice(list(ARCHITECTURES)),
    default=Recipe.tagger,
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
    "--tensorboard",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write curves for TensorBoard into this folder.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@click.pass_context
def command(ctx: click.Context, /, corpus: str, **given: Any) -> None:
    """Train a tagger on CORPUS: a path, or the name of a bundled corpus.

    Options of an architecture that are not given have the values of `slotkit taggers`.

    \b
    Example:
      $ slotkit train ticket_booking --tagger elman -o elman-model
      5000 train and 700 validation utterances, 31 tags, 6012 dimensions (other+hashing)
      ...
      elman-model: validation epoch 20, F1 87.57 on validation (strict IOB2)
    """
    output: Path = given["output"]
    if given["resume"]:
        _only_output(ctx)
    elif not given["overwrite"] and output.exists() and any(output.iterdir()):
        hint = "--resume goes on with its training, " if _stamp(output) else ""
        raise click.ClickException(f"{output}: exists; {hint}--overwrite replaces it")
    with extra("train"):
        for module in ("datasets", "rich", "seqeval"):  # what is missing is said before any work
            import_module(module)
        import torch

        from slotkit.corpus import load_corpus
        from slotkit.network.build import make_network
        from slotkit.training.checkpoint import load_checkpoint

        from .progress import Display
    if given["resume"]:
        state, _ = load_checkpoint(output)
        recipe = Recipe(**state["recipe"])
        corpus, format_ = state["source"]["corpus"], state["source"]["format"]
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
            with _memory():
                make_network(recipe.tagger, **sizes, **recipe.arguments)
        except ValueError as error:
            raise click.UsageError(str(error), ctx) from error
        format_ = given["format_"]
    if recipe.device == "cuda" and not torch.cuda.is_available():
        remedy = "this training began on one" if given["resume"] else "use --device cpu"
        raise TrainingError(f"no CUDA device is there; {remedy}")
    loaded = load_corpus(corpus, format=format_)
    source = {"corpus": corpus, "format": format_, "command": _command(ctx)}
    seeds = range(recipe.seed, recipe.seed + given["seeds"])
    if seeds[-1] > _MOST_SEED:
        raise click.UsageError(f"--seeds goes on to {seeds[-1]}, but {_MOST_SEED} is the last", ctx)
    scores = []
    for seed in seeds:
        folder = output / f"seed-{seed}" if len(seeds) > 1 else output
        display = Display(replace(recipe, seed=seed), quiet=given["quiet"])
        if seed == seeds[0]:
            for note in loaded.notes:
                display.say(note)
            if "validation" not in loaded.splits:
                display.say("no validation part: every tenth utterance of train is held out")
        kept = _train(loaded, display, folder, source, given)
        f1 = "" if kept.f1 is None else f", F1 {100 * kept.f1:.2f} on validation (strict IOB2)"
        display.say(f"{folder}: {kept.kind} epoch {kept.epoch}{f1}")
        scores.append(100 * (kept.f1 or 0.0))
    if len(seeds) > 1 and not recipe.refit:
        display.say(
            f"{output}: F1 {mean(scores):.2f} ± {stdev(scores):.2f} on validation (strict IOB2), "
            f"mean and standard deviation of {len(seeds)} seeds; "
            f"the best is seed-{seeds[scores.index(max(scores))]}"
        )


def _train(
    corpus: Corpus, display: Display, folder: Path, source: dict[str, Any], given: dict[str, Any]
) -> Epoch:
    """Train with one seed and show how it goes."""
    from slotkit.training.loop import train

    from .progress import curves

    with display, curves(given["tensorboard"]) as draw:
        before = None if given["resume"] else _stamp(folder)

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
                    resume=given["resume"],
                    started=display.started,
                    each_batch=display.each_batch,
                    each_epoch=each_epoch,
                )
        except KeyboardInterrupt:
            if _stamp(folder) in (None, before):
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


def _stamp(output: Path) -> tuple[int, int] | None:
    """Tell the folder's checkpoint from others, by place and time; None where there is none."""
    path = output / "checkpoint.json"
    if not path.exists():
        return None
    found = path.stat()
    return found.st_ino, found.st_mtime_ns


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
