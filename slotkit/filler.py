"""Text in, slots out: a saved model at work, on NumPy alone."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from slotkit.decoding import Decoder, softmax
from slotkit.errors import UtteranceError
from slotkit.graph import EDGE_RULES, adjacency
from slotkit.model_file import Model, load_model
from slotkit.runtime import get_runtime
from slotkit.runtime.input import window
from slotkit.runtime.layers import under
from slotkit.tags import spans_of
from slotkit.tokenizer import tokenize

Array = npt.NDArray[np.float32]
Edges = Sequence[Sequence[int]]

_KEPT_WORDS = 10_000  # words whose vectors are kept
_LONGEST_KEPT = 64  # characters of a word that is kept
_LONGEST_GRAPH = 16_384  # words of an utterance with edges: a matrix of 256 MiB
_DECIMALS = 6  # of confidences and probabilities in JSON


@dataclass(frozen=True)
class Slot:
    """A slot and what fills it.

    Parameters
    ----------
    name : str
        Of the slot.
    value : str
        What fills it: ``text[start:end]``.
    start, end : int
        Where it stands in the text, in characters, `end` exclusive.
    confidence : float
        The product of its tokens' softmax probabilities of their tags. Not calibrated: of the
        slots with confidence 0.9, it need not be 90 % that are right.
    """

    name: str
    value: str
    start: int
    end: int
    confidence: float


@dataclass(frozen=True, eq=False)
class Tagging:
    """What a tagger finds in an utterance.

    Parameters
    ----------
    text : str
        As it was given.
    tokens : list of str
        Its T tokens.
    tags : list of str
        The tag of each, legal IOB2 together.
    probabilities : array of float32, shape (T, K)
        Each token's distribution over the model's tags.
    columns : list of str
        The K tags that the columns of `probabilities` are of.
    slots : list of Slot
        In the order of the text.
    """

    text: str
    tokens: list[str]
    tags: list[str]
    probabilities: Array
    columns: list[str]
    slots: list[Slot]

    @property
    def frame(self) -> dict[str, list[str]]:
        """The values of each slot, in the order of the text."""
        values: dict[str, list[str]] = {}
        for slot in self.slots:
            values.setdefault(slot.name, []).append(slot.value)
        return values

    def to_json(self, *, probabilities: bool = False) -> dict[str, Any]:
        """Return what ``slotkit tag --json`` prints.

        Parameters
        ----------
        probabilities : bool
            Add ``probabilities``: for each token an object from every tag of the model to its
            probability.

        Returns
        -------
        dict
            JSON values; confidences and probabilities are rounded to 6 decimals.
        """
        slots = [
            asdict(slot) | {"confidence": round(slot.confidence, _DECIMALS)} for slot in self.slots
        ]
        found: dict[str, Any] = {
            "text": self.text,
            "tokens": self.tokens,
            "tags": self.tags,
            "slots": slots,
            "frame": self.frame,
        }
        if probabilities:
            found["probabilities"] = [
                {tag: round(p, _DECIMALS) for tag, p in zip(self.columns, row, strict=True)}
                for row in self.probabilities.tolist()
            ]
        return found


class SlotFiller:
    """A tagger that fills the slots of utterances; any number of threads may share one.

    Parameters
    ----------
    model : Model

    Attributes
    ----------
    tags : list of str
        The K tags that it knows.
    edges : str or None
        Whose edges it was trained on, for attention along a graph: ``corpus``, or a rule.
    """

    def __init__(self, model: Model) -> None:
        self.tags = list(model.tags)
        self.edges = model.edges
        self._model = model
        self._runtime = get_runtime(model.architecture)
        self._embedding = model.weights["input.embedding.weight"]
        self._weights = under(model.weights, "network")
        self._decoder = Decoder(model.tags)
        self._vectors: dict[str, Array] = {}  # what words always give, so that threads may race

    @classmethod
    def load(cls, folder: str | Path) -> SlotFiller:
        """Read a model folder.

        Raises
        ------
        ModelFileError
            If it is missing, damaged, or from a newer format.
        """
        return cls(load_model(folder))

    def tag(self, text: str, *, edges: Edges | None = None) -> Tagging:
        """Find the slots of an utterance.

        Parameters
        ----------
        text : str
            Any text; one without words has no slots.
        edges : sequence of (int, int), optional
            For attention along a graph: pairs of token indices, instead of those of the rule that
            the tagger was trained with. A tagger trained on a corpus' own edges needs them.

        Returns
        -------
        Tagging

        Raises
        ------
        UtteranceError
            If the tagger takes no edges, needs them, or they are no pairs of token indices; if
            the utterance is too long for learned positions or a graph, or its numbers overflow.
        """
        words, offsets = tokenize(text, self._model.tokenizer)
        probabilities, chosen = self._fill(words, edges)
        tags = self._names(chosen)
        confidences = probabilities[np.arange(len(words)), chosen].astype(np.float64)  # (T,)
        slots = []
        for first, last, name in spans_of(tags):
            start, end = offsets[first][0], offsets[last - 1][1]
            confidence = float(confidences[first:last].prod())
            slots.append(Slot(name, text[start:end], start, end, confidence))
        return Tagging(text, words, tags, probabilities, list(self.tags), slots)

    def tag_batch(self, texts: Iterable[str]) -> list[Tagging]:
        """Find the slots of many utterances, each as `tag` finds them."""
        return [self.tag(text) for text in texts]

    def tag_tokens(
        self, sequences: Iterable[Sequence[str]], edges: Iterable[Edges] | None = None
    ) -> list[list[str]]:
        """Tag utterances that are cut into tokens already.

        Parameters
        ----------
        sequences : iterable of sequence of str
            The tokens of each.
        edges : iterable of sequence of (int, int), optional
            The edges of each, as a corpus has them; only a tagger that was trained on a corpus'
            own looks at them.

        Returns
        -------
        list of list of str
            The tags of each, legal IOB2.

        Raises
        ------
        UtteranceError
            As `tag`.
        """
        own = edges if edges is not None and self.edges == "corpus" else repeat(None)
        tagged = []
        for number, (words, some) in enumerate(zip(sequences, own, strict=False), start=1):
            try:
                tagged.append(self._names(self._fill(words, some)[1]))
            except UtteranceError as error:
                raise UtteranceError(f"utterance {number}: {error}") from error
        return tagged

    def _names(self, chosen: npt.NDArray[np.intp]) -> list[str]:
        """Return the tags of these numbers."""
        return [self.tags[k] for k in chosen]

    def _fill(
        self, words: Sequence[str], edges: Edges | None
    ) -> tuple[Array, npt.NDArray[np.intp]]:
        """Return the (T, K) probabilities of tokens and the (T,) numbers of their tags."""
        extras = self._extras(words, edges)
        if not words:
            return np.zeros((0, len(self.tags)), dtype=np.float32), np.zeros(0, dtype=np.intp)
        arguments = self._model.arguments
        vectors = np.stack([self._vector(word) for word in words])  # (T, E)
        inputs = window(vectors, self._model.window_size)  # (T, D)
        with np.errstate(over="ignore", invalid="ignore"):
            projected = self._runtime.project(self._weights, inputs)
            logits = self._runtime.forward(self._weights, projected, **arguments, **extras)
        if not np.isfinite(logits).all():
            raise UtteranceError(f"the tagger's numbers overflow on these {len(words)} words")
        return softmax(logits), self._decoder.decode(logits)

    def _extras(self, words: Sequence[str], edges: Edges | None) -> dict[str, Any]:
        """Return the edges as the network takes them, if it does."""
        if self.edges is None:
            if edges is not None:
                raise UtteranceError("this tagger takes no edges; attention along a graph does")
            return {}
        if edges is None and self.edges == "corpus":
            raise UtteranceError(
                "this tagger needs the edges of the utterance: pairs of token indices, "
                'as edges=[(0, 1), ...] or in JSON input {"text": "...", "edges": [[0, 1], ...]}'
            )
        if len(words) > _LONGEST_GRAPH:
            raise UtteranceError(
                f"an utterance has {len(words)} words, but attention along a graph takes at most "
                f"{_LONGEST_GRAPH}"
            )
        try:
            found = EDGE_RULES[self.edges](words) if edges is None else edges
            return {"edges": adjacency(found, len(words))}
        except TypeError:
            raise UtteranceError(
                f"edges must be a list of pairs of token indices, got {reprlib.repr(edges)}"
            ) from None

    def _vector(self, word: str) -> Array:
        """Return the sum of the rows of a word's active dimensions, (E,)."""
        vector = self._vectors.get(word)
        if vector is None:
            active = np.array(self._model.encoder.active(word), dtype=np.intp)
            vector = self._embedding[active].sum(axis=0)
            if len(word) <= _LONGEST_KEPT:
                if len(self._vectors) >= _KEPT_WORDS:
                    self._vectors.clear()
                self._vectors[word] = vector
        return vector
