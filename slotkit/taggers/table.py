"""The table of tagger architectures: what each is, its options, and how it trains best.

Free of torch, so that help texts and the tagging path can read it. The networks themselves are
``taggers/<name>.py`` (torch: `Network`) and the twin ``runtime/<name>.py`` (NumPy).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

DECODERS = ("softmax", "crf")


class Architecture(NamedTuple):
    """An entry of the table.

    Parameters
    ----------
    summary : str
        What it is, in a line.
    recurrence : str
        Its equation, as in the lectures.
    source : str
        The paper.
    options : mapping of str to value
        The network's own arguments and their defaults, beside its sizes.
    choices : mapping of str to tuple of str
        What an option that is a name may be.
    training : mapping of str to value
        Where its training options depart from `slotkit.training.recipe.Recipe`.
    """

    summary: str
    recurrence: str
    source: str
    options: Mapping[str, Any]
    choices: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    training: Mapping[str, Any] = MappingProxyType({})


ARCHITECTURES: dict[str, Architecture] = {
    "feedforward": Architecture(
        summary="each word alone, then a distribution over slots",
        recurrence="h(t) = relu(W x(t) + b)",
        source="Rumelhart et al. 1986",
        options={"num_layers": 1},
        training={"window_size": 4, "hidden_size": 300},
    ),
    "elman": Architecture(
        summary="memory holds the hidden layer",
        recurrence="h(t) = f(W x(t) + U h(t-1) + b)",
        source="Elman 1990",
        options={"num_layers": 1, "activation": "tanh"},
        choices={"activation": ("tanh", "relu", "linear")},
        training={"window_size": 4, "hidden_size": 200},
    ),
    "jordan": Architecture(
        summary="memory holds the output distribution",
        recurrence="h(t) = tanh(W x(t) + V y(t-1) + b)",
        source="Jordan 1986",
        options={"num_layers": 1, "feedback": "output"},
        choices={"feedback": ("output", "target", "scheduled")},
        training={"window_size": 4, "hidden_size": 200},
    ),
    "bidirectional": Architecture(
        summary="two networks, one a direction, joined at the output layer",
        recurrence="logits(t) = O [a(t); b(t)] + c",
        source="Schuster and Paliwal 1997",
        options={"num_layers": 1, "cell": "lstm"},
        choices={"cell": ("elman", "jordan", "lstm")},
        training={
            "window_size": 1,
            "embedding_size": 64,
            "hidden_size": 100,
            "encoder": "other+hashing+shape",
            "decoder": "crf",
            "augment": 0.5,
            "epochs": 24,
        },
    ),
    "lstm": Architecture(
        summary="a cell that gates write, keep and read",
        recurrence="c(t) = s(f) c(t-1) + s(i) g(z), out(t) = s(o) h(c(t))",
        source="Hochreiter and Schmidhuber 1997",
        options={"num_layers": 1, "gates": "xh", "activation": "tanh"},
        choices={"gates": ("x", "xh", "xhc", "xhc-diagonal"), "activation": ("tanh", "linear")},
        training={"window_size": 4, "hidden_size": 150},
    ),
    "attention": Architecture(
        summary="every word asks all others at once",
        recurrence="head(t) = sum_s softmax_s(q(t).k(s) / sqrt(d)) v(s)",
        source="Vaswani et al. 2017",
        options={
            "num_layers": 2,
            "heads": 4,
            "positions": "sinusoidal",
            "attend": "all",
            "max_length": 128,
        },
        choices={"positions": ("sinusoidal", "learned", "none")},
        training={
            "window_size": 2,
            "hidden_size": 128,
            "learning_rate": 0.002,
            "dropout": 0.2,
            "batch_size": 16,
        },
    ),
    "convolution": Architecture(
        summary="a fixed window of words a layer, for comparison",
        recurrence="h(t) = relu(sum_d W_d x(t+d) + b)",
        source="Collobert et al. 2011",
        options={"num_layers": 3, "width": 5},
        training={
            "hidden_size": 200,
            "learning_rate": 0.003,
            "dropout": 0.5,
            "epochs": 40,
        },
    ),
}
