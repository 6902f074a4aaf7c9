"""Everything that decides a training run beside its data, free of torch."""

from __future__ import annotations

import math
import warnings
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from slotkit.encoders.table import NEEDS
from slotkit.model.model import Model
from slotkit.taggers.option import MOST_LAYERS, Option
from slotkit.taggers.table import DECODERS, get_architecture
from slotkit.text.edges import EDGES
from slotkit.text.tokenizer import TOKENIZERS
from slotkit.training.start import check_start, shared_options

MOST_SEED = 2**63 - 1  # what torch takes
# Fields by the names that they had in slotkit 0.1.0.
OLD_NAMES = {"members": "ensemble_size", "average": "ema_decay", "clip": "max_grad_norm"}


def _option(default: Any, help: str, **limits: Any) -> Any:  # noqa: A002 (as of an `Option`)
    """Make a field that is an option of training."""
    return field(default=default, metadata={"help": help, **limits})


_SHARE: dict[str, Any] = {"least": 0, "most": 1, "open": True}
_AMOUNT: dict[str, Any] = {"least": 0, "most": math.inf}


@dataclass(frozen=True)
class Recipe:
    """A training run: what is trained, and how; each field says what it is.

    The fields but the first two are the options of ``slotkit train``, by the same names.
    """

    tagger: str = "bidirectional"  # a name of `slotkit.taggers.table.ARCHITECTURES`
    arguments: dict[str, Any] = field(default_factory=dict)  # the architecture's own options
    ensemble_size: int = _option(
        1, "Taggers that tag together, each trained with a loss of its own.", most=MOST_LAYERS
    )
    decoder: str = _option(
        "softmax", "How tags are chosen: word by word, or by a CRF.", choices=DECODERS
    )
    intent: bool = _option(False, "Learn the intent of utterances along with their slots.")
    augment: float = _option(
        0.0,
        "Share of utterances whose values are exchanged for others of their kind, and some of "
        "whose words get a typo; 0 for none.",
        least=0,
        most=1,
    )
    values: list[str] = field(default_factory=list)  # word lists with more values, slot=FILE each
    tokenizer: str | None = _option(
        None,
        "How text is cut; by default what gives the corpus' tokens back.",
        choices=tuple(TOKENIZERS),
    )
    encoder: str = _option(
        "other+hashing",
        "one-of-n, other, hashing, shape, or several joined by +; --vectors, --values add theirs.",
    )
    lower_case: bool = _option(True, "Look words up in lower case.")
    fold_digits: bool = _option(True, "Look every digit up as 0.")
    min_count: int = _option(2, 'other: rarer words fall into "other".')
    letters: int = _option(3, "hashing: letters of a piece.")
    vectors: str = _option("", "Word vectors: a file, or the name of a package that has some.")
    vector_megabytes: float = _option(
        4.0, "vectors: room for words beyond those of training.", **_AMOUNT
    )
    start: str = _option(
        "", "Folder of a trained model to begin from, by the names of its words and tags."
    )
    unlabelled: str = _option(
        "", "File with an utterance a line, without tags, whose words are learned first."
    )
    out_of_scope: str = _option(
        "", "File with an utterance a line that is none of the tagger's business."
    )
    embedding_size: int = _option(100, "Length of a word's vector.")
    hidden_size: int = _option(150, "Units of a hidden layer (of each direction).")
    window_size: int = _option(0, "Words on each side that a word sees.", least=0)
    edges: str | None = _option(None, "attention along a graph: its edges.", choices=EDGES)
    optimizer: str = _option(
        "adamw",
        "How gradients become steps; rms is the root mean square of all past gradients.",
        choices=("sgd", "momentum", "rms", "adagrad", "rmsprop", "adam", "adamw"),
    )
    schedule: str = _option(
        "cosine", "How the learning rate falls.", choices=("constant", "step", "linear", "cosine")
    )
    # None of `BY_SIZE`: what the size of the corpus asks for, see `slotkit.training.size`.
    learning_rate: float | None = _option(0.004, "The highest step.", **_AMOUNT)
    warmup: float = _option(1.0, "Epochs over which the learning rate first climbs.", **_AMOUNT)
    weight_decay: float = _option(0.01, "Pull of the weights towards zero.", **_AMOUNT)
    epochs: int | None = _option(30, "Most epochs.")
    patience: int | None = _option(
        10, "Epochs without a better validation F1 that end the training."
    )
    batch_size: int | None = _option(32, "Utterances of a step.")
    max_grad_norm: float = _option(
        5.0, "Longest gradient (L2 norm over all weights); 0 for any.", **_AMOUNT
    )
    input_dropout: float | None = _option(0.3, "Share of the word vectors set to zero.", **_SHARE)
    dropout: float | None = _option(0.3, "Share of hidden layers set to zero.", **_SHARE)
    word_dropout: float = _option(0.1, 'Chance of a word to be taken for an "other" one.', **_SHARE)
    keep_known: float | None = _option(
        1.0,
        "Chance of an utterance to be taken in an epoch where its tags had a probability of 0.9 "
        "the last two times; 1 for all.",
        least=0,
        most=1,
    )
    adversarial: float | None = _option(
        0.0,
        "Learn also at words moved so far, by their length, to where they are hardest; 0 for none.",
        least=0,
        most=1,
    )
    ema_decay: float | None = _option(
        0.998, "Share of the past in the running mean of weights, a step; 0 for none.", **_SHARE
    )
    refit: bool = _option(False, "Train once more on train + validation, as long as was best.")
    seed: int = _option(1, "For all random numbers.", least=0, most=MOST_SEED)
    threads: int = _option(
        1, "Threads of torch; equal seeds and threads give equal models.", most=1024
    )
    device: str = "cpu"  # or cuda

    def to_config(self) -> dict[str, Any]:
        """Return the recipe as JSON."""
        return asdict(self)


# What each field may be, by its name.
OPTIONS = {
    one.name: Option(one.name, one.default, **one.metadata)  # type: ignore[arg-type]
    for one in fields(Recipe)
    if one.metadata
}
BY_SIZE = (
    "epochs",
    "patience",
    "batch_size",
    "learning_rate",
    "ema_decay",
    "keep_known",
    "adversarial",
    "input_dropout",
    "dropout",
)  # may be None
PRESETS: dict[str, dict[str, Any]] = {"accurate": {"ensemble_size": 3, "adversarial": 0.1}}


def make_recipe(tagger: str | None = None, preset: str | None = None, **given: Any) -> Recipe:
    """Fill a recipe: what is given, else what the preset, a start or the architecture has.

    Parameters
    ----------
    tagger : str, optional
        A name of `ARCHITECTURES`; that of the model to start from, or ``bidirectional``.
    preset : str, optional
        A name of `PRESETS`: options that go together.
    **given
        Fields of `Recipe`, and the architecture's own options by their names. Those of `OLD_NAMES`
        are taken as well, with a `DeprecationWarning` that names the new one.

    Raises
    ------
    ValueError
        If the tagger is unknown or does not have an option that is given, or a value cannot be,
        or what is given contradicts the model to start from.
    ModelFileError
        If that cannot be read.
    """
    for old, new in OLD_NAMES.items():
        if old in given:
            warnings.warn(f"{old} is now {new}", DeprecationWarning, stacklevel=2)
            given[new] = given.pop(old)
    start = _read_start(given.get("start"))
    taken = {} if start is None else taken_over(start)
    tagger = tagger or taken.get("tagger", Recipe.tagger)
    if start is not None and tagger != start.architecture:
        taken = {}  # whose options another tagger has not got
    taken.pop("tagger", None)
    entry = get_architecture(tagger)
    arguments: dict[str, Any] = dict(entry.defaults)
    training = {}
    chosen = PRESETS[preset] if preset else {}
    for name, value in (dict(entry.training) | taken | chosen | given).items():
        if name in arguments:
            arguments[name] = value
        elif name in Recipe.__dataclass_fields__:
            training[name] = value
            if name in OPTIONS and not (value is None and name in BY_SIZE):
                OPTIONS[name].check(value)
        else:
            takes = ", ".join(arguments)
            raise ValueError(f"tagger {tagger!r} has no option {name!r}; it has {takes}")
    entry.check(arguments | {"hidden_size": training.get("hidden_size", Recipe.hidden_size)})
    if "max_length" in given and arguments.get("positions") != "learned":
        raise ValueError("max_length is for learned positions")
    if arguments.get("attend") == "graph":
        if training.get("augment"):
            raise ValueError("augment moves words, and so cannot keep the edges of a graph")
        training.setdefault("edges", "neighbours+repeats")
    elif training.get("edges") is not None:
        raise ValueError("edges are for the attention tagger with attend graph")
    if training.get("values") and not training.get("augment"):
        raise ValueError("values are for augment, which is 0")
    for needing, option in NEEDS.items():
        encoder = training.get("encoder", Recipe.encoder)
        if needing == "lists" and taken.get("encoder") == encoder:
            continue  # of a start, which decides it
        if training.get(option) and needing not in encoder.split("+"):
            training["encoder"] = f"{encoder}+{needing}"
        elif needing in encoder.split("+") and not training.get(option):
            raise ValueError(f"encoder {needing!r} needs {option}")
    for item in training.get("values", ()):
        slot, _, name = item.partition("=")
        if not slot or not name:
            raise ValueError(f"values must be slot=FILE, got {item!r}")
    recipe = Recipe(tagger=tagger, arguments=arguments, **training)
    if start is not None:
        check_start(recipe.start, start, recipe.to_config())
    return recipe


def taken_over(start: Model) -> dict[str, Any]:
    """Return the options that a training takes from the model to start from, unless given."""
    beside = {"decoder": start.decoder, "ensemble_size": start.ensemble_size}
    return {k: v for k, v in (shared_options(start) | beside).items() if v is not None}


def _read_start(folder: Any) -> Model | None:
    """Read the model to start from, if there is to be one."""
    if not folder:
        return None
    OPTIONS["start"].check(folder)
    from slotkit.model.file import load_model  # not at the top: it loads safetensors

    return load_model(folder)
