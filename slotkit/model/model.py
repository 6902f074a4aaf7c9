"""All that tagging needs, and the names and shapes of a model's weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from slotkit.decoding import intents
from slotkit.encoders.encoder import Encoder
from slotkit.taggers.runtimes import get_runtime, states_size

BY_SLOT = "intents.by_slot"  # the weight that `slotkit.decoding.intents.weigh_slots` measures


@dataclass(frozen=True, eq=False)
class Model:
    """All that tagging needs, and how it came about.

    Parameters
    ----------
    tokenizer : str
        A key of `slotkit.text.tokenizer.TOKENIZERS`.
    encoder : Encoder
        Fitted.
    embedding_size, window_size : int
        Length of a word's vector, E, and words on each side that a word sees.
    architecture : str
        A key of `slotkit.taggers.table.ARCHITECTURES`.
    arguments : dict
        The network's flat arguments: its sizes and all options of the architecture.
    tags : list of str
        The K tags in the order of the logits.
    edges : str or None
        With attention along a graph, ``corpus`` or a key of `slotkit.text.edges.EDGE_RULES`.
    training : dict
        How it was trained, as JSON.
    weights : dict of str to array of float32
        Named and shaped as `weight_shapes` says.
    members : int
        Taggers that tag together, by the mean of their scores.
    decoder : str
        ``softmax`` or ``crf``.
    intents : list of str
        The single intents, if it tells them.
    most_intents : int
        How many stand together at most; 0 without intents.
    temperature, intent_temperature : float
        What divides the scores of tag sequences, and of intents, before they become
        probabilities.
    slot_share : float
        How much of what slots say of intents counts: from 0, nothing, to 1, as if it and the
        network's own scores knew nothing of each other.
    thresholds : dict of str to float
        The least confidence of slots that are to be trusted.
    """

    tokenizer: str
    encoder: Encoder
    embedding_size: int
    window_size: int
    architecture: str
    arguments: dict[str, Any]
    tags: list[str]
    edges: str | None
    training: dict[str, Any]
    weights: dict[str, npt.NDArray[np.float32]]
    members: int = 1
    decoder: str = "softmax"
    intents: list[str] = field(default_factory=list)
    most_intents: int = 0
    temperature: float = 1.0
    intent_temperature: float = 1.0
    slot_share: float = 0.0
    thresholds: dict[str, float] = field(default_factory=dict)

    def of_members(self) -> list[dict[str, npt.NDArray[np.float32]]]:
        """Return the weights of each member, by their own names."""
        return [
            {
                name.removeprefix(prefix): weight
                for name, weight in self.weights.items()
                if name.startswith(prefix) and name != BY_SLOT
            }
            for prefix in member_prefixes(self.members)
        ]


def weight_shapes(model: Model) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight of a model, in order.

    Returns
    -------
    dict of str to tuple of int
        ``input.embedding.weight``, shape (dimensions, E), then ``network.`` and each name of the
        architecture's own, ``crf.`` and ``intent.`` where there are these; before that
        ``members.0.`` and so on where there are several. Of all members is ``intents.by_slot``.
    """
    own = get_runtime(model.architecture).shapes(**model.arguments)
    shapes: dict[str, tuple[int, ...]] = {
        "input.embedding.weight": (model.encoder.dimensions, model.embedding_size),
        **{f"network.{name}": shape for name, shape in own.items()},
    }
    K = len(model.tags)
    if model.decoder == "crf":
        shapes |= {"crf.transitions": (K, K), "crf.start": (K,), "crf.end": (K,)}
    if model.intents:
        size = states_size(model.architecture, model.arguments["hidden_size"])
        head = intents.shapes(len(model.intents), model.most_intents, size)
        shapes |= {f"intent.{name}": shape for name, shape in head.items()}
    prefixes = member_prefixes(model.members)
    of_all = {BY_SLOT: (len(model.intents), K)} if model.intents else {}
    return {prefix + name: shape for prefix in prefixes for name, shape in shapes.items()} | of_all


def member_prefixes(members: int) -> list[str]:
    """Return what the names of each member's weights begin with; nothing where it is alone."""
    return [""] if members == 1 else [f"members.{number}." for number in range(members)]
