"""Tiny models with random weights."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from slotkit.encoders.table import make_encoder
from slotkit.model.model import Model, weight_shapes
from slotkit.taggers.table import get_architecture

WORDS = ["arrive", "leave", "to", "from", "Taipei", "Tokyo", "Paris", "on", "2nd", "please", "台"]
TAGS = ["O", "B-date", "I-date", "B-destination", "I-destination"]


def make_model(
    architecture: str = "bidirectional",
    *,
    encoder: str = "other+hashing",
    tokenizer: str = "words",
    tags: list[str] | None = None,
    edges: str | None = None,
    window_size: int = 1,
    hidden_size: int = 4,
    scale: float = 1.0,
    seed: int = 0,
    decoder: str = "softmax",
    ensemble_size: int = 1,
    intents: list[str] | None = None,
    most_intents: int | None = None,
    scope: dict[str, float] | None = None,
    **options: Any,
) -> Model:
    """Make a tiny model with random weights, equal for equal arguments."""
    fitted = make_encoder(encoder)
    fitted.fit(Counter(WORDS * 2))
    arguments = get_architecture(architecture).defaults | options
    if arguments.get("attend") == "graph":
        edges = edges or "neighbours+repeats"
    model = Model(
        tokenizer=tokenizer,
        encoder=fitted,
        embedding_size=3,
        window_size=window_size,
        architecture=architecture,
        arguments={
            "input_size": (2 * window_size + 1) * 3,
            "hidden_size": hidden_size,
            "num_tags": len(tags or TAGS),
            **arguments,
        },
        tags=list(tags or TAGS),
        edges=edges,
        training={"seed": seed},
        weights={},
        decoder=decoder,
        ensemble_size=ensemble_size,
        intents=list(intents or []),
        most_intents=min(1, len(intents or [])) if most_intents is None else most_intents,
        scope=scope,
    )
    random = np.random.default_rng(seed)
    for name, shape in weight_shapes(model).items():
        model.weights[name] = (scale * random.standard_normal(shape)).astype(np.float32)
    return model
