"""Words to vectors: 1-of-N, 1-of-N with "other", word hashing, shape, and their sums.

These name the dimensions of a word that are 1; all others are 0. The dense vector of the
lectures is `vector`; the first layer of a tagger adds up the rows of its weight matrix that
`active` names, which gives the same numbers without building the vector. Beside them stand word
vectors, which are dense, and lists of values, which look at the whole utterance.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slotkit.encoders.encoder import Encoder, Sum
from slotkit.encoders.hashing import Hashing
from slotkit.encoders.lists import Lists
from slotkit.encoders.shape import Shape
from slotkit.encoders.vectors import Vectors
from slotkit.encoders.words import OneOfN, Other

ENCODERS: dict[str, type[Encoder]] = {
    "one-of-n": OneOfN,
    "other": Other,
    "hashing": Hashing,
    "shape": Shape,
    "vectors": Vectors,
    "lists": Lists,
}
# Encoders that need more than words, and the option of training that gives it.
NEEDS = {"vectors": "vectors", "lists": "values"}
ENCODER_OPTIONS = tuple(dict.fromkeys(o for encoder in ENCODERS.values() for o in encoder.options))


def make_encoder(spec: str, **options: Any) -> Encoder:
    """Build an encoder, not yet fitted, from its name or names joined by ``+``.

    Parameters
    ----------
    spec : str
        Such as ``other`` or ``other+hashing``.
    **options
        ``lower_case``, ``fold_digits``, ``min_count``, ``letters``, ``vectors``,
        ``vector_megabytes``; each goes to the parts that have it.

    Raises
    ------
    ValueError
        If a name is unknown or stands twice, or no part has an option.
    """
    names = spec.split("+")
    for name in names:
        if name not in ENCODERS:
            raise ValueError(
                f"unknown encoder {name!r}; choose from {', '.join(ENCODERS)}, or join them by +"
            )
        if names.count(name) > 1:
            raise ValueError(f"encoder {name!r} stands twice in {spec!r}")
    for option in options:
        if not any(option in ENCODERS[name].options for name in names):
            raise ValueError(f"encoder {spec!r} has no option {option!r}")
    parts = [
        ENCODERS[name](**{k: v for k, v in options.items() if k in ENCODERS[name].options})
        for name in names
    ]
    return parts[0] if len(parts) == 1 else Sum(parts)


def encoder_from_config(config: Mapping[str, Any]) -> Encoder:
    """Build a fitted encoder from what its `to_config` gave.

    Raises
    ------
    ValueError
        If the configuration is not one that `to_config` gives.
    """
    if config.get("name") == "sum":
        parts = config.get("parts")
        if set(config) != {"name", "parts"} or not isinstance(parts, list) or len(parts) < 2:
            raise ValueError("a sum of encoders has a name and two or more parts, and nothing else")
        if not all(isinstance(part, dict) and part.get("name") != "sum" for part in parts):
            raise ValueError("the parts of a sum of encoders must be encoders, and no sums")
        return Sum([encoder_from_config(part) for part in parts])
    name = config.get("name")
    if not isinstance(name, str) or name not in ENCODERS:
        raise ValueError(f"unknown encoder {name!r}")
    return ENCODERS[name].from_config(config)
