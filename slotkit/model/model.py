"""All that tagging needs, and the names and shapes of a model's weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from slotkit.decoding import intents, scope
from slotkit.decoding.asked import Asked
from slotkit.encoders.encoder import Encoder
from slotkit.taggers.table import get_architecture, get_runtime

# The weight that `slotkit.decoding.intents.measure_pmi` measures, of all members of an ensemble.
SLOT_INTENT_PMI = "slot_intent_pmi"


class Model(NamedTuple):
    """All that tagging needs, and how it came about; what each field may be is in `config.py`.

    Parameters
    ----------
    tokenizer : str
        A key of `slotkit.text.tokenizer.TOKENIZERS`.
    encoder : Encoder
        Fitted.
    embedding_size, window_size : int
        Length of a word's vector, E, and words on each side that a word sees.
    architecture : str
        A name of `slotkit.taggers.table.ARCHITECTURES`.
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
    ensemble_size : int
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
    slot_evidence_weight : float
        How much of what slots say of intents counts: from 0, nothing, to 1, as if it and the
        network's own scores knew nothing of each other.
    thresholds : dict of str to float
        The least confidence of slots that are to be trusted.
    marked_words : list of str
        What ``peeled`` takes for tokens, see `slotkit.text.tokenizer.marked_words`.
    value_marks : dict of str to (list of str, list of str), or None
        The marks at which training values of each slot begin and end, see
        `slotkit.decoding.marks`; None of a model that does not know.
    scope : dict of str to float, or None
        Of a model that tells what is out of scope: the ``temperature`` that divides that score,
        and the ``threshold``, the least probability of an utterance to be in scope that is
        trusted.
    asked : Asked or None
        What a question after a slot says of its answer, see `slotkit.decoding.asked`.
    asked_slots : list of str
        The slots whose questions the network has learned to read, see `question_words` there.
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
    ensemble_size: int = 1
    decoder: str = "softmax"
    intents: list[str] = []  # noqa: RUF012 - never changed
    most_intents: int = 0
    temperature: float = 1.0
    intent_temperature: float = 1.0
    slot_evidence_weight: float = 0.0
    thresholds: dict[str, float] = {}  # noqa: RUF012
    marked_words: list[str] = []  # noqa: RUF012
    value_marks: Mapping[str, Sequence[list[str]]] | None = None
    scope: Mapping[str, float] | None = None
    asked: Asked | None = None
    asked_slots: list[str] = []  # noqa: RUF012

    def of_members(self) -> list[dict[str, npt.NDArray[np.float32]]]:
        """Return the weights of each member of the ensemble, by their own names."""
        return [
            {
                name.removeprefix(prefix): weight
                for name, weight in self.weights.items()
                if name.startswith(prefix) and name != SLOT_INTENT_PMI
            }
            for prefix in member_prefixes(self.ensemble_size)
        ]


def weight_shapes(model: Model) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight of a model, in order.

    Returns
    -------
    dict of str to tuple of int
        ``input.embedding.weight``, shape (dimensions, E), ``input.features.weight``, (E, F), and
        ``input.context.weight``, (E, C), where there are such; then ``network.`` and each name of
        the architecture's own, ``crf.``, ``intent.`` and ``scope.`` where there are these; before
        that ``members.0.`` and so on where there are several. Of all is ``slot_intent_pmi``.
    """
    own = get_runtime(model.architecture).shapes(**model.arguments)
    shapes: dict[str, tuple[int, ...]] = {}
    if model.encoder.dimensions:
        shapes["input.embedding.weight"] = (model.encoder.dimensions, model.embedding_size)
    if model.encoder.feature_size:
        shapes["input.features.weight"] = (model.embedding_size, model.encoder.feature_size)
    if model.encoder.context_size:
        shapes["input.context.weight"] = (model.embedding_size, model.encoder.context_size)
    shapes |= {f"network.{name}": shape for name, shape in own.items()}
    K = len(model.tags)
    if model.decoder == "crf":
        shapes |= {"crf.transitions": (K, K), "crf.start": (K,), "crf.end": (K,)}
    if model.intents:
        head = intents.shapes(len(model.intents), model.most_intents, states_size(model))
        shapes |= {f"intent.{name}": shape for name, shape in head.items()}
    if model.scope is not None:
        head = scope.shapes(states_size(model))
        shapes |= {f"scope.{name}": shape for name, shape in head.items()}
    prefixes = member_prefixes(model.ensemble_size)
    of_all = {SLOT_INTENT_PMI: (len(model.intents), K)} if model.intents else {}
    return {prefix + name: shape for prefix in prefixes for name, shape in shapes.items()} | of_all


def states_size(model: Model) -> int:
    """Return S, the width of the last hidden layer: both directions stand side by side."""
    directions = get_architecture(model.architecture).directions
    return directions * int(model.arguments["hidden_size"])


def member_prefixes(ensemble_size: int) -> list[str]:
    """Return what the names of each member's weights begin with; nothing where it is alone."""
    if ensemble_size == 1:
        return [""]
    return [f"members.{number}." for number in range(ensemble_size)]
