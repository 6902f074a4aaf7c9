"""Training that begins from a trained model: what both must have alike, and weights by name.

A new corpus has other words and other tags than the one that the model was trained on, so that
the same number of a row means something else. So each axis of each weight has names: dimensions
of the encoder, tags, intents, and plain numbers where units are all that lies along it. A weight
is taken over where the model has one with the same names; all others stay as they began.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from slotkit.model.model import Model, weight_shapes
from slotkit.taggers.table import get_architecture

Names = tuple[Sequence[Hashable], ...]  # of a weight: those of each axis


def shared_options(start: Model) -> dict[str, Any]:
    """Return the options of training that must be as the model to begin from has them."""
    parts = getattr(start.encoder, "parts", [start.encoder])
    options: dict[str, Any] = {
        "tagger": start.architecture,
        "tokenizer": start.tokenizer,
        "encoder": start.encoder.name,
        "embedding_size": start.embedding_size,
        "hidden_size": start.arguments["hidden_size"],
        "window_size": start.window_size,
        "edges": start.edges,
    }
    for name in get_architecture(start.architecture).defaults:
        options[name] = start.arguments[name]
    for part in parts:
        kept = part.to_config()
        plain = (name for name in part.options if isinstance(kept.get(name), int | str))
        options |= {name: getattr(part, name) for name in plain}
    return options


def check_start(folder: str, start: Model, recipe: Mapping[str, Any]) -> None:
    """Check that a recipe makes a tagger that can begin from a model.

    Parameters
    ----------
    folder : str
        Of the model, for the message.
    start : Model
    recipe : mapping of str to JSON value
        As `slotkit.training.recipe.Recipe.to_config` gives it.

    Raises
    ------
    ValueError
        If an option differs that decides what the weights mean, or the model is an ensemble of
        fewer taggers than the recipe asks for.
    """
    ours = {**recipe, **recipe["arguments"]}
    wanted = shared_options(start)
    if 1 < start.ensemble_size < ours["ensemble_size"]:
        wanted["ensemble_size"] = start.ensemble_size
    for name, value in wanted.items():
        if ours.get(name) != value:
            raise ValueError(
                f"--start {folder}: its {name} is {value}, this training has {ours.get(name)}"
            )


def name_axes(model: Model) -> dict[str, Names]:
    """Name what lies along each axis of the weights of one tagger of a model.

    An axis is of tags, or of intents, if it is longer where there is one more of them: that holds
    in every architecture, wherever its tags are.

    Returns
    -------
    dict of str to tuple of sequences
        By the names of the weights.
    """
    alone = model._replace(ensemble_size=1)
    more: list[tuple[Sequence[str], Model]] = [
        (model.tags, alone._replace(tags=[*model.tags, ""], arguments=_one_tag_more(model)))
    ]
    if model.intents:
        more.append((model.intents, alone._replace(intents=[*model.intents, ""])))
    axes: dict[str, list[Sequence[Hashable]]] = {
        name: [range(size) for size in shape] for name, shape in weight_shapes(alone).items()
    }
    for names, longer in more:
        shapes = weight_shapes(longer)
        for name, own in axes.items():
            for axis, size in enumerate(shapes[name]):
                if size != len(own[axis]):
                    own[axis] = names
    for kind, names in model.encoder.names().items():
        weight = axes[f"input.{kind}.weight"]
        weight[0 if kind == "embedding" else 1] = names
    return {name: tuple(own) for name, own in axes.items()}


def take_over(
    weights: Sequence[Mapping[str, npt.NDArray[Any]]], model: Model, start: Model
) -> None:
    """Write into the weights of new taggers those that a trained model has by the same names.

    Parameters
    ----------
    weights : sequence of mapping of str to array of float32
        Of each tagger, by their own names; changed in place. Each begins from the tagger of the
        same number, or from the only one.
    model : Model
        What the weights are of.
    start : Model
        The trained one.
    """
    ours, theirs, trained = name_axes(model), name_axes(start), start.of_members()
    places = {
        name: [_common(*pair) for pair in zip(ours[name], theirs[name], strict=True)]
        for name in ours.keys() & theirs.keys()
    }
    for number, new in enumerate(weights):
        old = trained[number if len(trained) > 1 else 0]
        for name in new.keys() & old.keys():
            into, out_of = zip(*places[name], strict=True)
            new[name][np.ix_(*into)] = old[name][np.ix_(*out_of)]


def _one_tag_more(model: Model) -> dict[str, Any]:
    """Return the arguments of a model with one more tag."""
    return model.arguments | {"num_tags": len(model.tags) + 1}


def _common(new: Sequence[Hashable], old: Sequence[Hashable]) -> tuple[list[int], list[int]]:
    """Return where those names stand that two axes share, in the first and in the second."""
    numbers = {name: number for number, name in enumerate(old)}
    pairs = [(n, numbers[name]) for n, name in enumerate(new) if name in numbers]
    return [n for n, _ in pairs], [number for _, number in pairs]
