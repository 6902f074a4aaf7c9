"""Text in, slots out: a saved model at work, on NumPy alone."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import accumulate, repeat
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from slotkit.decoding import Decoder, Lattice, Ranked
from slotkit.errors import UtteranceError
from slotkit.graph import EDGE_RULES, adjacency
from slotkit.intents import Intent, IntentSets, score_intents
from slotkit.model_file import Model, load_model
from slotkit.runtime import get_runtime
from slotkit.runtime.input import window
from slotkit.runtime.layers import under
from slotkit.tags import spans_of
from slotkit.tokenizer import tokenize

Array = npt.NDArray[np.float32]
Edges = Sequence[Sequence[int]]
T = TypeVar("T")

_KEPT_WORDS = 10_000  # words whose vectors are kept
_LONGEST_KEPT = 64  # characters of a word that is kept
_LONGEST_GRAPH = 16_384  # words of an utterance with edges: a matrix of 256 MiB
_DECIMALS = 6  # of confidences and probabilities in JSON
_SUREST = 0.999999


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
        The probability that exactly this span is in the tagging: the share of all tag sequences,
        each weighed by its probability, that hold it with these borders.
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
    unsure : list of Slot
        Those of less confidence than was asked for, which are not among `slots`.
    confidence : float
        The probability of the tags, all of them.
    intent : Intent or None
        None from a model that tells none, and of a text without words.
    """

    text: str
    tokens: list[str]
    tags: list[str]
    probabilities: Array
    columns: list[str]
    slots: list[Slot]
    unsure: list[Slot] = field(default_factory=list)
    confidence: float = 1.0
    intent: Intent | None = None

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
            JSON values; confidences and probabilities are rounded to 6 decimals. ``intent`` is
            there where the model tells it.
        """
        found: dict[str, Any] = {
            "text": self.text,
            "tokens": self.tokens,
            "tags": self.tags,
            "confidence": _shown(self.confidence),
            "slots": [_rounded(asdict(slot)) for slot in self.slots],
            "unsure": [_rounded(asdict(slot)) for slot in self.unsure],
            "frame": self.frame,
        }
        if self.intent is not None:
            found["intent"] = _rounded(self.intent._asdict())
        if probabilities:
            found["probabilities"] = [
                {tag: round(p, _DECIMALS) for tag, p in zip(self.columns, row, strict=True)}
                for row in self.probabilities.tolist()
            ]
        return found


def _rounded(found: dict[str, Any]) -> dict[str, Any]:
    """Round the confidence of what goes into JSON."""
    return found | {"confidence": _shown(found["confidence"])}


def _shown(confidence: float) -> float:
    """Round a confidence, and never up to 1: no model is certain."""
    return min(round(confidence, _DECIMALS), _SUREST)


def _mean(arrays: list[Array]) -> Array:
    """Return the mean of what the members say."""
    return arrays[0] if len(arrays) == 1 else np.mean(arrays, axis=0, dtype=np.float32)


class Scores(NamedTuple):
    """What the network says of an utterance of T words.

    Parameters
    ----------
    logits : array of float32, shape (T, K)
    intents : array of float32, shape (I,), or None
        Scores of single intents; None from a model that tells none.
    """

    logits: Array
    intents: Array | None


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
    decoder : Decoder
        From the logits to tags.
    intents : IntentSets
        What it tells of intents; empty where it tells none.
    """

    def __init__(self, model: Model) -> None:
        self.tags = list(model.tags)
        self.edges = model.edges
        self._model = model
        self._runtime = get_runtime(model.architecture)
        members = model.of_members()
        self._embeddings = [weights["input.embedding.weight"] for weights in members]
        self._networks = [under(weights, "network") for weights in members]
        crf = [under(weights, "crf") for weights in members]
        self.decoder = Decoder(
            model.tags, {name: np.mean([w[name] for w in crf], axis=0) for name in crf[0]} or None
        )
        self._heads = [under(weights, "intent") for weights in members]
        self.intents = IntentSets(model.intents, model.most_intents)
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
        words, offsets = tokenize(text, self._model.tokenizer)
        return self._taggings(text, words, offsets, edges, n, min_confidence)

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
            As `tag`, with the number of the utterance.
        """

        def tags(words: list[str], some: Edges | None) -> list[str]:
            if not words:
                return []
            return [self.tags[k] for k in self.decoder.decode(self.score(words, some).logits)]

        return list(self._each(tags, sequences, edges))

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

        def fill(words: list[str], some: Edges | None) -> Tagging:
            ends = list(accumulate(len(word) + 1 for word in words))
            offsets = [(end - 1 - len(w), end - 1) for w, end in zip(words, ends, strict=True)]
            return self._taggings(" ".join(words), words, offsets, some, 1, None)[0]

        return list(self._each(fill, sequences, edges))

    def _each(
        self,
        function: Callable[[list[str], Edges | None], T],
        sequences: Iterable[Sequence[str]],
        edges: Iterable[Edges] | None,
    ) -> Iterator[T]:
        """Go through utterances; what is wrong with one is said with its number."""
        own = edges if edges is not None and self.edges == "corpus" else repeat(None)
        for number, (words, some) in enumerate(zip(sequences, own, strict=False), start=1):
            try:
                yield function(list(words), some)
            except UtteranceError as error:
                raise UtteranceError(f"utterance {number}: {error}") from error

    def _taggings(
        self,
        text: str,
        words: list[str],
        offsets: Sequence[tuple[int, int]],
        edges: Edges | None,
        n: int,
        min_confidence: float | None,
    ) -> list[Tagging]:
        """Return the n likeliest taggings of words that stand at these places of a text."""
        if not words:
            self._extras(words, edges)  # which are looked at all the same
            nothing = np.zeros((0, len(self.tags)), dtype=np.float32)
            return [Tagging(text, words, [], nothing, list(self.tags), [])]
        logits, scores = self.score(words, edges)
        lattice = Lattice(self.decoder, logits, self._model.temperature)
        probabilities, intent = lattice.marginals(), None
        if scores is not None:
            logits_of_sets = self.intent_logits(scores) / self._model.intent_temperature
            intent = self.intents.choose(scores, logits_of_sets)
        if n == 1:
            chosen = self.decoder.decode(logits)
            ranked = [Ranked(chosen, self.decoder.score(logits, chosen))]
        else:
            ranked = self.decoder.n_best(logits, n)
        found = []
        for numbers, score in ranked:
            tags = [self.tags[k] for k in numbers]
            slots: list[Slot] = []
            unsure: list[Slot] = []
            for first, last, name in spans_of(tags):
                start, end = offsets[first][0], offsets[last - 1][1]
                confidence = lattice.span(first, last, name)
                least = self._model.thresholds.get(name, 0.0)
                least = least if min_confidence is None else min_confidence
                kept = slots if confidence >= least else unsure
                kept.append(Slot(name, text[start:end], start, end, confidence))
            found.append(
                Tagging(
                    text=text,
                    tokens=words,
                    tags=tags,
                    probabilities=probabilities,
                    columns=list(self.tags),
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
        extras = self._extras(words, edges)
        arguments = self._model.arguments
        vectors = np.stack([self._vector(word) for word in words], axis=1)  # (members, T, E)
        states = []
        with np.errstate(over="ignore", invalid="ignore"):
            for weights, own in zip(self._networks, vectors, strict=True):
                inputs = window(own, self._model.window_size)  # (T, D)
                projected = self._runtime.project(weights, inputs)
                states.append(self._runtime.forward(weights, projected, **arguments, **extras))
        logits = _mean([logits for _, logits in states])
        if not np.isfinite(logits).all():
            raise UtteranceError(f"the tagger's numbers overflow on these {len(words)} words")
        if not self._model.intents:
            return Scores(logits, None)
        heads = zip(self._heads, states, strict=True)
        return Scores(logits, _mean([score_intents(head, hidden) for head, (hidden, _) in heads]))

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

    def _vector(self, word: str) -> Array:
        """Return the sum of the rows of a word's active dimensions, (members, E)."""
        vector = self._vectors.get(word)
        if vector is None:
            active = np.array(self._model.encoder.active(word), dtype=np.intp)
            vector = np.stack([rows[active].sum(axis=0) for rows in self._embeddings])
            if len(word) <= _LONGEST_KEPT:
                if len(self._vectors) >= _KEPT_WORDS:
                    self._vectors.clear()
                self._vectors[word] = vector
        return vector
