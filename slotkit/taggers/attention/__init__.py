"""Multi-head self-attention: every word asks all others at once.

Words know where they stand by ``sinusoidal`` positions (at any length), ``learned`` ones (a table
of `max_length` rows), or not at all (``none``: they are a set). They attend to ``all`` words, to
those in ``range:R`` (R words on each side), or along the ``graph``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slotkit.taggers.option import NUM_LAYERS, Architecture, Option, Reach


def read_range(attend: str) -> int | None:
    """Read R of ``range:R``; None for ``all`` and ``graph``.

    Raises
    ------
    ValueError
        If `attend` is none of the three.
    """
    if attend in ("all", "graph"):
        return None
    kind, _, number = attend.partition(":")
    if kind != "range" or not number.isdecimal() or len(number) > 9:
        raise ValueError(f"attend must be all, range:R or graph, got {attend!r}")
    return int(number)


def _reach(arguments: Mapping[str, Any]) -> Reach:
    """Add up what each layer reaches."""
    if arguments["attend"] == "graph":
        return Reach(None, None, hops=arguments["num_layers"])
    r = read_range(arguments["attend"])
    far = None if r is None else r * arguments["num_layers"]
    return Reach(before=far, after=far)


def _fits(arguments: Mapping[str, Any]) -> None:
    """Raise ValueError unless the hidden layer can be cut into heads."""
    size, heads = arguments["hidden_size"], arguments["heads"]
    if size % heads:
        raise ValueError(f"hidden_size must be a multiple of heads, got {size}, {heads}")


ENTRY = Architecture(
    summary="every word asks all others at once",
    recurrence="head(t) = sum_s softmax_s(q(t).k(s) / sqrt(d)) v(s)",
    source="Vaswani et al. 2017",
    options=(
        NUM_LAYERS._replace(default=2, examples=(1, 2)),
        Option("heads", 4, "Heads of a layer.", examples=(1, 4)),
        Option(
            "positions",
            "sinusoidal",
            "How words know their place.",
            choices=("sinusoidal", "learned", "none"),
        ),
        Option(
            "attend",
            "all",
            "Whom a word may ask.",
            fits=read_range,
            form="all|range:R|graph",
            examples=("all", "range:0", "range:2", "graph"),
        ),
        Option("max_length", 128, "Rows of the learned positions.", examples=(16,)),
    ),
    reach=_reach,
    training={
        "window_size": 2,
        "hidden_size": 128,
        "learning_rate": 0.002,
        "dropout": 0.2,
        "batch_size": 16,
    },
    fits=_fits,
)
