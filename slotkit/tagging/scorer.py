"""Words in, logits out: the networks of a model at work, with what is known of a word kept.

What a word gives to the projections of the words around it depends on the word alone, so it is
computed once and kept. An utterance then adds up what its words give, and runs the networks.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from slotkit.decoding.asked import question_words
from slotkit.decoding.intents import score_intents
from slotkit.decoding.pooling import pool
from slotkit.decoding.scope import score_scope
from slotkit.errors import UtteranceError
from slotkit.loops import loop, run
from slotkit.model.model import Model
from slotkit.taggers.blocks.numpy_layers import Forward, under
from slotkit.taggers.table import get_runtime
from slotkit.tagging.word_cache import WordCache
from slotkit.text.edges import EDGE_RULES, adjacency

Array = npt.NDArray[np.float32]
Edges = Sequence[Sequence[int]]

_LONGEST_GRAPH = 16_384  # words of an utterance with edges: a matrix of 256 MiB


class Scores(NamedTuple):
    """What the networks say of an utterance of T words, or of several.

    Parameters
    ----------
    logits : array of float32, shape (..., T, K)
    intents : array of float32, shape (..., I), or None
        Scores of single intents; None from a model that tells none.
    scope : array of float32, shape (...), or None
        Scores of being in scope; None from a model that does not tell.
    """

    logits: Array
    intents: Array | None
    scope: Array | None = None


_WINDOWS = 1 << 20  # numbers of windows that are projected at once
_CONTEXTS = 256  # different rows of context for which is kept what they give
_MOST_CACHED = 256 << 20  # bytes of a word cache, however many words it may hold


class Scorer:
    """The networks of a model; any number of threads may share one.

    Parameters
    ----------
    model : Model
    cached_words : int
        Words for which is kept what they give.

    Attributes
    ----------
    heads : list of dict of str to array
        The weights of each member that score intents; empty where there are none.
    scope_heads : list of dict of str to array
        The same of scope.
    """

    def __init__(self, model: Model, cached_words: int) -> None:
        self._model, self._encoder = model, model.encoder
        self._runtime = get_runtime(model.architecture)
        members = model.of_members()
        self.heads = [under(weights, "intent") for weights in members]
        self.scope_heads = [under(weights, "scope") for weights in members]
        self._inputs = [under(weights, "input") for weights in members]
        self._networks = [under(weights, "network") for weights in members]
        self._bound: list[Forward] = []  # laid out when first needed
        self._places = 2 * model.window_size + 1
        nothing = np.zeros((1, self._places * model.embedding_size), dtype=np.float32)
        self._biases = [self._project(m, nothing) for m in range(len(members))]
        shape = (len(members), self._places, self._biases[0].shape[1])
        most = max(1, _MOST_CACHED // (4 * max(1, math.prod(shape))))
        self.cache = WordCache(self._given_by, shape, min(cached_words, most))
        self._contexts = WordCache(self._given_by_context, shape, min(_CONTEXTS, most))

    def score(
        self,
        several: Sequence[Sequence[str]],
        edges: Edges | None = None,
        asked: Sequence[str] = (),
    ) -> Scores:
        """Run the networks over utterances of one length, T >= 1; with edges there is one of them.

        The question after some slots, which came before each of them, is read where the networks
        have learned to.

        Raises
        ------
        UtteranceError
            If the tagger takes no edges, needs them, or they are no pairs of token indices; if
            the utterance is too long for learned positions or a graph, or its numbers overflow.
        """
        question = question_words(asked, self._model.asked_slots)
        if question:
            several = [[*question, *words] for words in several]
        length = len(several[0])
        extras = self.extras(several[0], edges)
        of_words = self.cache.look_up([word for words in several for word in words])
        of_context = self._look_up_context(several) if self._encoder.context_size else None
        if not self._bound:
            arguments = self._model.arguments
            self._bound = [self._runtime.bind(own, **arguments) for own in self._networks]
        states = []
        for member, forward in enumerate(self._bound):
            shape = (len(several), length, of_words[0].shape[3])
            projected: Array = np.empty(shape, dtype=np.float32)
            run.add_up(*of_words, member, projected)
            if of_context is not None:
                given: Array = np.empty(shape, dtype=np.float32)
                run.add_up(*of_context, member, given)
                projected += given
            states.append(forward(projected, **extras))
        logits = _mean([logits for _, logits in states])
        if not run.all_finite(logits):
            raise UtteranceError(f"the tagger's numbers overflow on these {length} words")
        intents = scope = None
        if self._model.intents or self._model.scope is not None:
            pooled = [pool(hidden) for hidden, _ in states]
            if self._model.intents:
                intents = _mean(list(map(score_intents, self.heads, pooled)))
            if self._model.scope is not None:
                scope = _mean(list(map(score_scope, self.scope_heads, pooled)))
        return Scores(logits[:, len(question) :], intents, scope)

    def extras(self, words: Sequence[str], edges: Edges | None) -> dict[str, Any]:
        """Return the edges as the network takes them, if it does; raises as `score`."""
        wanted = self._model.edges
        if wanted is None:
            if edges is not None:
                raise UtteranceError("this tagger takes no edges; attention along a graph does")
            return {}
        if edges is None and wanted == "corpus":
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
            found = EDGE_RULES[wanted](words) if edges is None else edges
            return {"edges": adjacency(found, len(words))}
        except TypeError:
            raise UtteranceError(
                f"edges must be a list of pairs of token indices, got {reprlib.repr(edges)}"
            ) from None

    def _project(self, member: int, windows: Array) -> Array:
        """Project windows, (N, (2w + 1) E), as a member does: to (N, P)."""
        weights = self._networks[member]
        projected: Array = self._runtime.project(weights, windows, **self._model.arguments)
        return projected

    def _given_by(self, word: str) -> Array:
        """Compute what a word gives to the projections of the words around it.

        Returns
        -------
        array of float32, shape (members, 2w + 1, P)
            Projections of windows that hold nothing but this word, in each of their places.
        """
        active = np.array(self._encoder.active(word), dtype=np.intp)
        features = self._encoder.features([word])[0]
        vectors = []
        for own in self._inputs:
            vector = np.zeros(self._model.embedding_size, dtype=np.float32)  # (E,)
            if "embedding.weight" in own:
                vector += own["embedding.weight"][active].sum(axis=0)
            if "features.weight" in own:
                vector += own["features.weight"] @ features
            vectors.append(vector)
        return self._given_by_vectors(vectors, with_bias=True)

    def _given_by_context(self, key: str) -> Array:
        """Compute what the numbers of a token that depend on its utterance give, as `_given_by`."""
        context = np.frombuffer(key.encode("latin-1"), dtype=np.float32)
        vectors = [own["context.weight"] @ context for own in self._inputs]
        return self._given_by_vectors(vectors, with_bias=False)

    def _look_up_context(self, several: Sequence[Sequence[str]]) -> tuple[Array, list[int]] | None:
        """Look up what the context of tokens gives; None where it is zero for all of them."""
        rows = [row for words in several for row in self._encoder.context(words)]
        keys = [row.tobytes().decode("latin-1") for row in rows]
        nothing = "\0" * len(keys[0])
        different = {key for key in keys if key != nothing}
        if not different:
            return None
        kept = sorted(different)
        table, numbers = self._contexts.look_up(kept)
        number_of = dict(zip(kept, numbers, strict=True))
        return table, [number_of.get(key, 0) for key in keys]

    def _given_by_vectors(self, vectors: Sequence[Array], *, with_bias: bool) -> Array:
        """Compute what a vector of each member, (E,), gives in each place: (members, 2w + 1, P).

        The bias belongs to the word in the middle, and is part of what words give.
        """
        places, given = self._places, []
        without = np.arange(places) != (places // 2 if with_bias else -1)
        for member, (vector, bias) in enumerate(zip(vectors, self._biases, strict=True)):
            several = max(1, _WINDOWS // (places * max(1, len(vector))))
            projected = np.concatenate(
                [
                    self._project(member, _windows(vector, places, first, several))
                    for first in range(0, places, several)
                ]
            )
            projected[without] -= bias
            given.append(projected)
        return np.stack(given)


def _windows(vector: Array, places: int, first: int, several: int) -> Array:
    """Make windows that hold a vector in one place each, from the place `first` on."""
    rows = np.arange(min(several, places - first))
    windows = np.zeros((len(rows), places, len(vector)), dtype=np.float32)
    windows[rows, first + rows] = vector
    return windows.reshape(len(rows), -1)


@loop
def add_up(table: Array, rows: list[int], member: int, out: Array) -> None:
    """Add up what the words of a window give, as `Scorer` keeps it; row 0 beyond the ends."""
    size, length, width = out.shape
    _, members, places, _ = table.shape
    around = np.zeros((size, length + places - 1), dtype=np.intp)
    around[:, places // 2 : places // 2 + length] = np.reshape(rows, (size, length))
    index = np.stack([around[:, place : place + length] for place in range(places)])
    index *= members * places
    index += (member * places + np.arange(places))[:, None, None]
    np.add.reduce(table.reshape(-1, width).take(index, axis=0), axis=0, out=out)


@loop
def all_finite(logits: Array) -> bool:
    """Tell whether no number is infinite or NaN."""
    return bool(np.isfinite(logits).all())


def _mean(arrays: list[Array]) -> Array:
    """Return the mean of what the members of an ensemble say."""
    if len(arrays) == 1:
        return arrays[0]
    with np.errstate(over="ignore", invalid="ignore"):  # looked for in the logits
        mean: Array = np.mean(arrays, axis=0, dtype=np.float32)
    return mean
