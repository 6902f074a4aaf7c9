"""Everything that decides a training run beside its data, free of torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from slotkit.taggers.table import ARCHITECTURES
from slotkit.text.edges import EDGE_RULES

EDGES = ("corpus", *EDGE_RULES)


@dataclass(frozen=True)
class Recipe:
    """A training run.

    Parameters
    ----------
    tagger : str
        A name of `slotkit.taggers.table.ARCHITECTURES`.
    arguments : dict
        The architecture's own options; those left out have the table's defaults.
    members : int
        Taggers that tag together, each trained with a loss of its own.
    decoder : str
        Of `slotkit.taggers.table.DECODERS`: every word by itself, or a CRF over the whole sequence.
    intent : bool
        Learn what an utterance wants along with its slots.
    augment : float
        Share of the utterances of a step whose values are exchanged for others of their kind.
    values : list of str
        Word lists with more values, ``slot=FILE`` each.
    encoder : str
        Names of `slotkit.encoders.table.ENCODERS` joined by ``+``.
    lower_case, fold_digits : bool
        How encoders look words up.
    min_count : int
        Rarer words fall into "other".
    letters : int
        Letters of a piece of word hashing.
    embedding_size, hidden_size, window_size : int
        Sizes of a word's vector and of hidden layers; words on each side that a word sees.
    edges : str or None
        For attention along a graph: ``corpus``, or a rule of `slotkit.text.edges.EDGE_RULES`.
    optimizer, schedule : str
        Names of `slotkit.training.optimizers`.
    learning_rate : float
        Its highest value.
    warmup : float
        Epochs over which the rate climbs.
    weight_decay : float
        Pull of the weights towards zero.
    epochs, patience : int
        Most epochs, and how many without a better validation F1 end the training.
    batch_size : int
        Utterances.
    clip : float
        Longest gradient (L2 norm over all weights); 0 for any.
    input_dropout, dropout : float
        Share of the word vectors, and of hidden layers, that is set to zero.
    word_dropout : float
        Chance of a word to be encoded as if training had not seen it.
    adversarial : float
        Length, as a share of theirs, of the move of the word vectors at which each loss is taken
        once more; 0 for none. See `slotkit.training.adversarial`.
    average : float
        Share of the past in the running mean of the weights, at each step; 0 for none. On a small
        corpus less, so that the mean looks back over four epochs at most.
    refit : bool
        Train once more on train and validation, for the number of epochs that was best.
    seed : int
        For all random numbers.
    threads : int
        Of torch; the same seed and threads give the same weights.
    device : str
        ``cpu`` or ``cuda``.
    """

    tagger: str = "bidirectional"
    arguments: dict[str, Any] = field(default_factory=dict)
    members: int = 1
    decoder: str = "softmax"
    intent: bool = False
    augment: float = 0.0
    values: list[str] = field(default_factory=list)
    encoder: str = "other+hashing"
    lower_case: bool = True
    fold_digits: bool = True
    min_count: int = 2
    letters: int = 3
    embedding_size: int = 100
    hidden_size: int = 150
    window_size: int = 0
    edges: str | None = None
    optimizer: str = "adamw"
    schedule: str = "cosine"
    learning_rate: float = 0.004
    warmup: float = 1.0
    weight_decay: float = 0.01
    epochs: int = 30
    patience: int = 10
    batch_size: int = 32
    clip: float = 5.0
    input_dropout: float = 0.3
    dropout: float = 0.3
    word_dropout: float = 0.1
    adversarial: float = 0.0
    average: float = 0.998
    refit: bool = False
    seed: int = 1
    threads: int = 1
    device: str = "cpu"

    def to_config(self) -> dict[str, Any]:
        """Return the recipe as JSON."""
        return asdict(self)


PRESETS: dict[str, dict[str, Any]] = {
    "accurate": {"members": 3, "adversarial": 0.1},
}


def make_recipe(tagger: str = "bidirectional", preset: str | None = None, **given: Any) -> Recipe:
    """Fill a recipe: what is given, else what the preset or the architecture has.

    Parameters
    ----------
    tagger : str
        A name of `ARCHITECTURES`.
    preset : str, optional
        A name of `PRESETS`: options that go together.
    **given
        Fields of `Recipe`, and the architecture's own options by their names.

    Raises
    ------
    ValueError
        If the tagger is unknown, or does not have an option that is given.
    """
    if tagger not in ARCHITECTURES:
        raise ValueError(f"unknown tagger {tagger!r}; choose from {', '.join(ARCHITECTURES)}")
    architecture = ARCHITECTURES[tagger]
    fields = Recipe.__dataclass_fields__
    arguments = dict(architecture.options)
    training = {}
    chosen = PRESETS[preset] if preset else {}
    for name, value in (dict(architecture.training) | chosen | given).items():
        if name in arguments:
            arguments[name] = value
        elif name in fields:
            training[name] = value
        else:
            takes = ", ".join(arguments)
            raise ValueError(f"tagger {tagger!r} has no option {name!r}; it has {takes}")
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
    for item in training.get("values", ()):
        slot, _, name = item.partition("=")
        if not slot or not name:
            raise ValueError(f"values must be slot=FILE, got {item!r}")
    return Recipe(tagger=tagger, arguments=arguments, **training)
