"""Text in, slots out: a saved model at work, on NumPy alone."""

from __future__ import annotations

import reprlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, repeat
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from slotkit import loops as compiled
from slotkit.decoding.decoder import Decoder, Ranked
from slotkit.decoding.intents import Intent, IntentSets, ask_slots, score_intents, slot_factors
from slotkit.decoding.lattice import Lattice, lattices
from slotkit.errors import UtteranceError
from slotkit.model.file import load_model
from slotkit.model.model import BY_SLOT, Model
from slotkit.taggers.blocks.numpy_layers import quiet, under
from slotkit.taggers.runtimes import get_runtime
from slotkit.tagging.result import Slot, Tagging
from slotkit.tagging.word_cache import CacheInfo, WordCache
from slotkit.text.edges import EDGE_RULES, adjacency
from slotkit.text.tokenizer import Tokens, tokenize

Array = npt.NDArray[np.float32]
Edges = Sequence[Sequence[int]]

_CACHED_WORDS = 2_000  # whose share in the first layer is kept: 19 MB of the default tagger
_TOGETHER = 512  # words of a batch, more or less
_LONGEST_GRAPH = 16_384  # words of an utterance with edges: a matrix of 256 MiB


def _mean(arrays: list[Array]) -> Array:
    """Return the mean of what the members say."""
    if len(arrays) == 1:
        return arrays[0]
    with quiet():
        mean: Array = np.mean(arrays, axis=0, dtype=np.float32)
    return mean


def _finite(logits: Array) -> bool:
    """Tell whether no number of (B, T, K) is infinite or NaN."""
    if compiled.loops is not None:
        return compiled.loops.all_finite(logits)
    return bool(np.isfinite(logits).all())


class Scores(NamedTuple):
    """What the network says of an utterance of T words, or of several.

    Parameters
    ----------
    logits : array of float32, shape (..., T, K)
    intents : array of float32, shape (..., I), or None
        Scores of single intents; None from a model that tells none.
    """

    logits: Array
    intents: Array | None


class SlotFiller:
    """A tagger that fills the slots of utterances; any number of threads may share one.

    Parameters
    ----------
    model : Model
    cached_words : int
        Words whose share in the first layer is kept.

    Attributes
    ----------
    tags : list of str
        The K tags that it knows.
    edges : str or None
        Whose edges it was trained on, for attention along a graph: ``corpus``, or a rule.
    decoder : Decoder
        From the logits to tags.
    intents : IntentSets
        What it tells of intents; empty where it tells none.

    Raises
    ------
    ValueError
        If `cached_words` is less than 1.
    """

    def __init__(self, model: Model, *, cached_words: int = _CACHED_WORDS) -> None:
        if cached_words < 1:
            raise ValueError(f"cached_words must be >= 1, got {cached_words}")
        self.tags = list(model.tags)
        self.edges = model.edges
        self._model = model
        self._runtime = get_runtime(model.architecture)
        members = model.of_members()
        self._runs: list[Callable[..., tuple[Array, Array]]] = []  # made when first needed
        self._embeddings = [weights["input.embedding.weight"] for weights in members]
        self._networks = [under(weights, "network") for weights in members]
        crf = [under(weights, "crf") for weights in members]
        self.decoder = Decoder(
            model.tags, {name: np.mean([w[name] for w in crf], axis=0) for name in crf[0]} or None
        )
        self._heads = [under(weights, "intent") for weights in members]
        self.intents = IntentSets(model.intents, model.most_intents)
        if model.intents:
            self._factors = slot_factors(model.weights[BY_SLOT])
        width = (2 * model.window_size + 1) * model.embedding_size
        nothing = np.zeros((1, width), dtype=np.float32)
        self._biases = [self._runtime.project(weights, nothing) for weights in self._networks]
        self._places = 2 * model.window_size + 1
        shape = (len(members), self._places, self._biases[0].shape[1])
        self._cache = WordCache(self._share, shape, cached_words)

    @classmethod
    def load(cls, folder: str | Path, *, cached_words: int = _CACHED_WORDS) -> SlotFiller:
        """Read a model folder; `cached_words` as of the class.

        Raises
        ------
        ModelFileError
            If it is missing, damaged, or from a newer format.
        """
        return cls(load_model(folder), cached_words=cached_words)

    @property
    def cache(self) -> CacheInfo:
        """How often words were in the cache, and how full it is."""
        return self._cache.info

    def tag(
        self, text: str, *, edges: Edges | None = None, min_confidence: float | None = None
    ) -> Tagging:
        """Find the slots of an utterance.

        Parameters
        ----------
        text : str
            Any text; one without words has no slots.
        edges : sequence of (int, int), optional
            For attention along a graph: pairs of token indices, instead of those of the rule that
            the tagger was trained with. A tagger trained on a corpus' own edges needs them.
        min_confidence : float, optional
            Slots of less confidence are told apart as `unsure`. Unless given, the thresholds that
            the model has of some slots.

        Returns
        -------
        Tagging

        Raises
        ------
        UtteranceError
            If the tagger takes no edges, needs them, or they are no pairs of token indices; if
            the utterance is too long for learned positions or a graph, or its numbers overflow.
        """
        return self.tag_n_best(text, 1, edges=edges, min_confidence=min_confidence)[0]

    def tag_n_best(
        self,
        text: str,
        n: int,
        *,
        edges: Edges | None = None,
        min_confidence: float | None = None,
    ) -> list[Tagging]:
        """Find the n likeliest taggings of an utterance, likeliest first, as `tag` finds one."""
        tokens = tokenize(text, self._model.tokenizer)
        if not tokens.words:
            self._extras(tokens.words, edges)  # which are looked at all the same
            return [self._nothing(text)]
        scores = self._score([tokens.words], edges)
        return self._read([text], [tokens], scores, n, min_confidence)[0]

    def tag_batch(
        self, texts: Iterable[str], *, min_confidence: float | None = None
    ) -> list[Tagging]:
        """Find the slots of many utterances, each as `tag` finds them.

        Utterances of one length go through the network together, which is several times faster.

        Raises
        ------
        UtteranceError
            As `tag`, with the number of the utterance.
        """
        texts = list(texts)
        tokens = [tokenize(text, self._model.tokenizer) for text in texts]
        return self._fill(texts, tokens, min_confidence)

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
            As `tag`, with the number of the utterance.
        """
        several = [Tokens(list(words), []) for words in sequences]
        tagged: list[list[str]] = [[] for _ in several]
        for rows, scores in self._scored(several, edges):
            if scores is not None:
                for row, best in zip(rows, self.decoder.decode_batch(scores.logits), strict=True):
                    tagged[row] = [self.tags[k] for k in best.tolist()]
        return tagged

    def fill_tokens(
        self, sequences: Iterable[Sequence[str]], edges: Iterable[Edges] | None = None
    ) -> list[Tagging]:
        """Fill the slots of utterances that are cut into tokens already, as `tag` does.

        Parameters
        ----------
        sequences, edges
            As in `tag_tokens`.

        Returns
        -------
        list of Tagging
            Their texts are the tokens joined by one blank.

        Raises
        ------
        UtteranceError
            As `tag`, with the number of the utterance.
        """
        texts, tokens = [], []
        for words in map(list, sequences):
            ends = list(accumulate(len(word) + 1 for word in words))
            offsets = [(end - 1 - len(w), end - 1) for w, end in zip(words, ends, strict=True)]
            texts.append(" ".join(words))
            tokens.append(Tokens(words, offsets))
        return self._fill(texts, tokens, None, edges)

    def _fill(
        self,
        texts: Sequence[str],
        tokens: Sequence[Tokens],
        min_confidence: float | None,
        edges: Iterable[Edges] | None = None,
    ) -> list[Tagging]:
        """Fill the slots of many utterances."""
        found: dict[int, Tagging] = {}
        for rows, scores in self._scored(tokens, edges):
            some = [texts[row] for row in rows]
            if scores is None:
                found.update(zip(rows, map(self._nothing, some), strict=True))
                continue
            cut = [tokens[row] for row in rows]
            for row, (best,) in zip(
                rows, self._read(some, cut, scores, 1, min_confidence), strict=True
            ):
                found[row] = best
        return [found[row] for row in range(len(texts))]

    def _scored(
        self, tokens: Sequence[Tokens], edges: Iterable[Edges] | None
    ) -> Iterator[tuple[list[int], Scores | None]]:
        """Yield the numbers of utterances of one length, and their scores if they have words.

        What is wrong with one is said with its number, the first of its length.
        """
        for rows, some in self._together(tokens, edges):
            several = [tokens[row].words for row in rows]
            if not several[0]:
                yield rows, None
                continue
            try:
                scores = self._score(several, some)
            except UtteranceError:
                for row, words in zip(rows, several, strict=True):  # of which one is to blame
                    try:
                        self._score([words], some)
                    except UtteranceError as error:
                        raise UtteranceError(f"utterance {row + 1}: {error}") from error
                raise
            yield rows, scores

    def _together(
        self, tokens: Sequence[Tokens], edges: Iterable[Edges] | None
    ) -> Iterator[tuple[list[int], Edges | None]]:
        """Yield the numbers of utterances that go through the network together: of one length.

        Alone where each may have edges of its own, or is too long for others beside it.
        """
        if self.edges is not None:
            own = edges if edges is not None and self.edges == "corpus" else repeat(None)
            yield from (([row], some) for row, some in zip(range(len(tokens)), own, strict=False))
            return
        by_length: defaultdict[int, list[int]] = defaultdict(list)
        for row, (words, _) in enumerate(tokens):
            by_length[len(words)].append(row)
        for length, rows in by_length.items():
            size = max(1, _TOGETHER // max(length, 1))
            for first in range(0, len(rows), size):
                yield rows[first : first + size], None

    def _nothing(self, text: str) -> Tagging:
        """Return the tagging of a text without words."""
        nothing = np.zeros((0, len(self.tags)), dtype=np.float32)
        return Tagging(text, [], [], nothing, self.tags, [], [])

    def _read(
        self,
        texts: Sequence[str],
        tokens: Sequence[Tokens],
        scores: Scores,
        n: int,
        min_confidence: float | None,
    ) -> list[list[Tagging]]:
        """Read the n likeliest taggings of utterances of one length off their scores."""
        decoder, model = self.decoder, self._model
        sums = lattices(decoder.chain, scores.logits, model.temperature)
        if n == 1:
            ranked = [[best] for best in decoder.rank_batch(scores.logits, sums)]
        else:
            ranked = [decoder.n_best(logits, n) for logits in scores.logits]
        intents: list[Intent | None] = [None] * len(texts)
        if scores.intents is not None:
            for b, lattice in enumerate(sums):
                single = scores.intents[b]
                if model.slot_share:
                    single = single + model.slot_share * self.ask_slots(lattice)
                of_sets = self.intent_logits(single) / model.intent_temperature
                intents[b] = self.intents.choose(single, of_sets)
        return [
            self._taggings(*one, min_confidence)
            for one in zip(texts, tokens, ranked, sums, intents, strict=True)
        ]

    def _taggings(
        self,
        text: str,
        tokens: Tokens,
        ranked: Sequence[Ranked],
        lattice: Lattice,
        intent: Intent | None,
        min_confidence: float | None,
    ) -> list[Tagging]:
        """Write the likeliest tag sequences of an utterance as taggings."""
        words, offsets = tokens
        names, thresholds = self.tags, self._model.thresholds
        probabilities = lattice.marginals()
        found = []
        for numbers, score in ranked:
            slots: list[Slot] = []
            unsure: list[Slot] = []
            for first, last, name, confidence in lattice.spans(numbers):
                start, end = offsets[first][0], offsets[last - 1][1]
                least = min_confidence
                if least is None:
                    least = thresholds.get(name, 0.0)
                kept = slots if confidence >= least else unsure
                kept.append(Slot(name, text[start:end], start, end, confidence))
            found.append(
                Tagging(
                    text=text,
                    tokens=words,
                    tags=[names[k] for k in numbers],
                    probabilities=probabilities,
                    columns=names,
                    slots=slots,
                    unsure=unsure,
                    confidence=lattice.sequence(score),
                    intent=intent,
                )
            )
        return found

    def score(self, words: Sequence[str], edges: Edges | None = None) -> Scores:
        """Run the network over the words of an utterance, of which there is at least one.

        Raises
        ------
        UtteranceError
            As `tag`.
        """
        logits, intents = self._score([words], edges)
        return Scores(logits[0], None if intents is None else intents[0])

    def _score(self, several: Sequence[Sequence[str]], edges: Edges | None = None) -> Scores:
        """Run the network over utterances of one length; with edges there is one of them."""
        length = len(several[0])
        extras = self._extras(several[0], edges)
        table, rows = self._cache.look_up([word for words in several for word in words])
        shape = (len(several), length)
        states = []
        for m, run in enumerate(self._bound()):
            states.append(run(self._add_up(table, m, rows, shape), **extras))
        logits = _mean([logits for _, logits in states])
        if not _finite(logits):
            raise UtteranceError(f"the tagger's numbers overflow on these {length} words")
        if not self._model.intents:
            return Scores(logits, None)
        heads = zip(self._heads, states, strict=True)
        return Scores(logits, _mean([score_intents(head, hidden) for head, (hidden, _) in heads]))

    def _bound(self) -> list[Callable[..., tuple[Array, Array]]]:
        """Return the networks with their weights laid out."""
        if not self._runs:
            self._runs = [
                self._runtime.bind(weights, **self._model.arguments) for weights in self._networks
            ]
        return self._runs

    def _add_up(self, table: Array, member: int, rows: list[int], shape: tuple[int, int]) -> Array:
        """Compute a member's projections: what a word and those around it give, added up.

        Parameters
        ----------
        table : array of float32, shape (rows, members, 2w + 1, P)
        member : int
        rows : list of int
            Of each word, one utterance behind the other.
        shape : (int, int)
            Utterances B, and words T of each.

        Returns
        -------
        array of float32, shape (B, T, P)
        """
        size, length = shape
        places, width = table.shape[2:]
        if compiled.loops is not None:
            total: Array = np.empty((size, length, width), dtype=np.float32)
            compiled.loops.add_up(table, rows, member, total)
            return total
        around = np.zeros((size, length + places - 1), dtype=np.intp)  # row 0 beyond the ends
        around[:, places // 2 : places // 2 + length] = np.reshape(rows, shape)
        total = table[around[:, :length], member, 0]
        with quiet():
            for place in range(1, places):
                total += table[around[:, place : place + length], member, place]
        return total

    def ask_slots(self, lattice: Lattice) -> Array:
        """Compute what the slots of an utterance say of single intents, (I,)."""
        return ask_slots(self._factors, lattice.marginals())

    def intent_logits(self, scores: Array) -> Array:
        """Turn the scores of single intents, (I,), into those of the sets of them, (C,)."""
        return self.intents.logits(scores, _mean([head["by_size"] for head in self._heads]))

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

    def _share(self, word: str) -> Array:
        """Return what a word gives to the projections of the words around it.

        Returns
        -------
        array of float32, shape (members, 2w + 1, P)
            Projections of inputs that hold nothing but this word, in each place of the window.
        """
        active = np.array(self._model.encoder.active(word), dtype=np.intp)
        places = self._places
        shares = []
        for rows, weights, bias in zip(self._embeddings, self._networks, self._biases, strict=True):
            vector = rows[active].sum(axis=0)  # (E,)
            inputs = np.zeros((places, places, len(vector)), dtype=np.float32)
            inputs[range(places), range(places)] = vector
            given = self._runtime.project(weights, inputs.reshape(places, -1))
            given[np.arange(places) != places // 2] -= bias  # which the word itself brings
            shares.append(given)
        return np.stack(shares)
