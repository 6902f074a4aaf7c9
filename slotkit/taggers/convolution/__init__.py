"""Convolution over words: the fixed receptive field that self-attention is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slotkit.taggers.option import NUM_LAYERS, Architecture, Option, Reach


def _is_odd(width: int) -> None:
    """Raise ValueError unless as many words lie on both sides."""
    if width % 2 == 0:
        raise ValueError(f"width must be odd, got {width}")


def _reach(arguments: Mapping[str, Any]) -> Reach:
    """Add up what each layer reaches."""
    far = arguments["num_layers"] * (arguments["width"] - 1) // 2
    return Reach(before=far, after=far)


ENTRY = Architecture(
    summary="a fixed window of words a layer, for comparison",
    recurrence="h(t) = relu(sum_d W_d x(t+d) + b)",
    source="Collobert et al. 2011",
    options=(
        NUM_LAYERS._replace(default=3),
        Option("width", 5, "Words that a layer sees; odd.", fits=_is_odd, examples=(1, 3, 5)),
    ),
    reach=_reach,
    training={"hidden_size": 200, "learning_rate": 0.003, "dropout": 0.5, "epochs": 40},
)
