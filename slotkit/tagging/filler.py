"""Text in, slots out: a saved model at work, on NumPy alone.

`SlotFiller` is what users hold, so that all that it answers stands in one file; what it is made of
is in the files beside.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from slotkit.decoding.asked import length_of, shift_of, shifted
from slotkit.decoding.decoder import Decoder, Ranked
from slotkit.decoding.intents import Intent, IntentSets, slot_evidence, slot_factors
from slotkit.decoding.lattice import Lattice, lattices
from slotkit.decoding.marks import ROUNDS, ValueMarks
from slotkit.decoding.scope import probability
from slotkit.errors import UtteranceError
from slotkit.model.file import from_bytes, load_model, to_bytes
from slotkit.model.model import SLOT_INTENT_PMI, Model
from slotkit.taggers.blocks.numpy_layers import under
from slotkit.tagging.asking import Asking
from slotkit.tagging.result import Slot, Tagging
from slotkit.tagging.scorer import Array, Edges, Scorer, Scores
from slotkit.tagging.word_cache import CacheInfo
from slotkit.text.spans import characters_of
from slotkit.text.tokenizer import Tokens, tokenize

if TYPE_CHECKING:
    from datetime import datetime  # slow to import, and tagging does without
    from pathlib import Path

    from slotkit.tagging.edits import Edit  # which taggers do without
    from slotkit.tagging.trace import Trace
    from slotkit.values import Resolved, Type

Names = str | Iterable[str]  # one of slots or intents, or several

_CACHED_WORDS = 2_000  # for which is kept what they give to the first layer: 19 MB by the default
_MAX_WORDS = (5_000, 2_000)  # of a text; the second where all words attend to all
_QUESTIONS = 256  # of which is kept how their answers are decoded
_TOGETHER = 512  # words of a batch, more or less


class SlotFiller:
    """A tagger that fills the slots of utterances; any number of threads may share one.

    Parameters
    ----------
    model : Model
    cached_words : int
        Words for which is kept what they give to the first layer.
    max_words : int, optional
        Words of the longest text that is tagged; 5,000 unless given, and 2,000 where all words
        attend to all, which takes the square of them. What is cut into tokens already has no end.
    types : mapping of str to Type, optional
        What each slot holds, as `slotkit.values.read_types` reads it; by default what it reads for
        slots that are named as those of the bundled corpora.

    Attributes
    ----------
    tags : list of str
        The K tags that it knows.
    edges : str or None
        Whose edges it was trained on, for attention along a graph: ``corpus``, or a rule.
    crf : dict of str to array, or None
        The mean of the members' CRFs.
    decoder : Decoder
        From the logits to tags.
    decoder_for : callable
        Of slots that were asked after and a number of words, the decoder of answers.
    tokenizer : str
        How it cuts text, a key of `slotkit.text.tokenizer.TOKENIZERS`.
    intents : IntentSets
        What it tells of intents; empty where it tells none.

    Raises
    ------
    ValueError
        If `cached_words` or `max_words` is less than 1.
    """

    def __init__(
        self,
        model: Model,
        *,
        cached_words: int = _CACHED_WORDS,
        max_words: int | None = None,
        types: Mapping[str, Type] | None = None,
    ) -> None:
        if max_words is None:
            max_words = _MAX_WORDS[model.arguments.get("attend") == "all"]
        for name, number in (("cached_words", cached_words), ("max_words", max_words)):
            if number < 1:
                raise ValueError(f"{name} must be >= 1, got {number}")
        self.max_words = max_words
        self.tags = list(model.tags)
        self.edges, self.tokenizer = model.edges, model.tokenizer
        self._model, self.types = model, types
        self._marked = frozenset(model.marked_words)
        self._scorer = Scorer(model, cached_words)
        crf = [under(weights, "crf") for weights in model.of_members()]
        self.crf = {name: np.mean([w[name] for w in crf], axis=0) for name in crf[0]} or None
        self.decoder = Decoder(model.tags, self.crf)
        self.decoder_for = lru_cache(maxsize=_QUESTIONS)(self._decoder_for)
        self._value_marks = ValueMarks(model.tags, model.value_marks)
        self.intents = IntentSets(model.intents, model.most_intents)
        if model.intents:
            self._factors = slot_factors(model.weights[SLOT_INTENT_PMI])

    @classmethod
    def load(
        cls,
        folder: str | Path,
        *,
        cached_words: int = _CACHED_WORDS,
        max_words: int | None = None,
        types: Mapping[str, Type] | None = None,
    ) -> SlotFiller:
        """Read a model folder; the options are those of the class.

        Raises
        ------
        ModelFileError
            If it is missing, damaged, or from a newer format.
        """
        model = load_model(folder)
        return cls(model, cached_words=cached_words, max_words=max_words, types=types)

    def __reduce__(self) -> tuple[Any, ...]:
        """Go to other processes as the bytes of a model folder; the cache is empty there."""
        options = {
            "cached_words": self.cache.capacity,
            "max_words": self.max_words,
            "types": self.types,
        }
        return _unpack, (*to_bytes(self._model), options)

    @property
    def cache(self) -> CacheInfo:
        """How often words were in the cache, and how full it is."""
        return self._scorer.cache.info

    def tag(
        self,
        text: str,
        *,
        edges: Edges | None = None,
        min_confidence: float | None = None,
        expect: Names | None = None,
        allow: Names | None = None,
        intents: Names | None = None,
        now: datetime | str | None = None,
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
        expect : str or iterable of str, optional
            The slots that a question was after, which this utterance may answer: they become
            likelier, as `slotkit.decoding.asked` says.
        allow : str or iterable of str, optional
            The slots that may be filled; all, unless given.
        intents : str or iterable of str, optional
            The intents that the utterance may have; all, unless given.
        now : datetime or str, optional
            The moment of speaking, also in ISO 8601: then each slot whose type is known (`types`)
            is resolved to a typed value, as `slotkit.values.resolve` does.

        Returns
        -------
        Tagging

        Raises
        ------
        UtteranceError
            If the text is longer than `max_words`; if the tagger takes no edges, needs them, or
            they are no pairs of token indices; if the utterance is too long for learned positions
            or a graph, or its numbers overflow.
        TypeError
            If the text is no string.
        ValueError
            If `min_confidence` is not between 0 and 1, the model has no such slot or intent, or
            `now` is no moment.
        """
        asking = Asking.check(self._model, expect, allow, intents, min_confidence, now)
        return self._tag_n_best(text, 1, edges, asking)[0]

    def tag_n_best(
        self,
        text: str,
        n: int,
        *,
        edges: Edges | None = None,
        min_confidence: float | None = None,
        expect: Names | None = None,
        allow: Names | None = None,
        intents: Names | None = None,
        now: datetime | str | None = None,
    ) -> list[Tagging]:
        """Find the n likeliest taggings of an utterance, likeliest first, as `tag` finds one."""
        asking = Asking.check(self._model, expect, allow, intents, min_confidence, now)
        return self._tag_n_best(text, n, edges, asking)

    def _tag_n_best(self, text: str, n: int, edges: Edges | None, asking: Asking) -> list[Tagging]:
        """Tag an utterance."""
        _check(text)
        tokens = self._cut(text)
        if not tokens.words:
            self._scorer.extras(tokens.words, edges)  # which are looked at all the same
            return [self._nothing(text)]
        scores = self._scorer.score([tokens.words], edges, asking.expect)
        return self._read([text], [tokens], scores, n, asking)[0]

    def tag_batch(
        self,
        texts: Iterable[str],
        *,
        min_confidence: float | None = None,
        expect: Names | None = None,
        allow: Names | None = None,
        intents: Names | None = None,
        now: datetime | str | None = None,
    ) -> list[Tagging]:
        """Find the slots of many utterances, each as `tag` finds them.

        What was asked, and what may be found, is the same for all. Utterances of one length go
        through the network together, which is several times faster.

        Raises
        ------
        UtteranceError
            As `tag`, with the number of the utterance.
        TypeError, ValueError
            As `tag`, and TypeError if `texts` is one string.
        """
        if isinstance(texts, str):
            raise TypeError("texts must be several, got one string: tag takes one")
        texts = list(texts)
        _check(next((text for text in texts if not isinstance(text, str)), ""))
        asking = Asking.check(self._model, expect, allow, intents, min_confidence, now)
        tokens = [tokenize(text, self._model.tokenizer, self._marked) for text in texts]
        for number, one in enumerate(tokens, start=1):
            if len(one.words) > self.max_words:
                raise self._too_long(one, f"utterance {number}: ")
        return self._fill(texts, tokens, asking)

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
        for rows, scores in self._scored(several, edges, ()):
            if scores is not None:
                words = [several[row].words for row in rows]
                self._value_marks.keep_off(scores.logits, words, self.decoder.decode)
                for row, best in zip(rows, self.decoder.decode_batch(scores.logits), strict=True):
                    tagged[row] = [self.tags[k] for k in best.tolist()]
        return tagged

    def fill_tokens(
        self,
        sequences: Iterable[Sequence[str]],
        edges: Iterable[Edges] | None = None,
        expect: Names | None = None,
    ) -> list[Tagging]:
        """Fill the slots of utterances that are cut into tokens already, as `tag` does.

        Parameters
        ----------
        sequences, edges
            As in `tag_tokens`.
        expect : str or iterable of str, optional
            What was asked before all of them.

        Returns
        -------
        list of Tagging
            Their texts are the tokens joined by one blank.

        Raises
        ------
        UtteranceError
            As `tag`, with the number of the utterance.
        """
        asking = Asking.check(self._model, expect, None, None, None)
        texts, tokens = [], []
        for words in map(list, sequences):
            ends = list(accumulate(len(word) + 1 for word in words))
            offsets = [(end - 1 - len(w), end - 1) for w, end in zip(words, ends, strict=True)]
            texts.append(" ".join(words))
            tokens.append(Tokens(words, offsets))
        return self._fill(texts, tokens, asking, edges)

    def trace(
        self,
        text: str,
        edits: Sequence[Edit] = (),
        *,
        edges: Edges | None = None,
        member: int = 0,
    ) -> Trace:
        """Compute every number on the way from an utterance to its tags.

        Parameters
        ----------
        text : str
        edits : sequence of Edit
            Tensors that are set where they are made: to zero, to any number, or to the rows of
            another trace.
        edges : sequence of (int, int), optional
            As in `tag`.
        member : int
            Of an ensemble, whose numbers.

        Returns
        -------
        Trace

        Raises
        ------
        UtteranceError, TypeError
            As `tag`.
        ValueError
            If there is no such member, or an edit fits no tensor.

        Examples
        --------
        The forget gates of a word, in two lines::

            trace = slotkit.load("slotkit-model").trace("arrive Taipei on November 2nd")
            trace["ahead.0.f"][trace.tokens.index("Taipei")]
        """
        from slotkit.tagging.trace import trace

        words, extras = self._looked_at(text, edges, member)
        model, marks = self._model, self._value_marks
        return trace(model, self.decoder, marks, text, words, edits, member, **extras)

    def influence(self, text: str, *, edges: Edges | None = None, member: int = 0) -> Array:
        """Measure what each word of an utterance does to the logits of each.

        Parameters
        ----------
        text, edges, member
            As in `trace`.

        Returns
        -------
        array of float32, shape (T, T)
            In row i and column j the largest change of a logit of word i where the vector of word
            j is set to zeros; exactly 0 where j cannot reach i.

        Raises
        ------
        UtteranceError, TypeError, ValueError
            As `trace`.
        """
        from slotkit.tagging.trace import influence

        words, extras = self._looked_at(text, edges, member)
        return influence(self._model, words, member, **extras)

    def _looked_at(
        self, text: str, edges: Edges | None, member: int
    ) -> tuple[list[str], dict[str, Any]]:
        """Return the words of a text that is looked at, and its edges as the network takes them."""
        _check(text)
        count = self._model.ensemble_size
        if not 0 <= member < count:
            raise ValueError(f"member must be from 0 to {count - 1}, got {member}")
        words = self._cut(text).words
        return words, self._scorer.extras(words, edges)

    def _cut(self, text: str) -> Tokens:
        """Cut a text into tokens as training's were."""
        tokens = tokenize(text, self._model.tokenizer, self._marked)
        if len(tokens.words) > self.max_words:
            raise self._too_long(tokens)
        return tokens

    def _too_long(self, tokens: Tokens, which: str = "") -> UtteranceError:
        """Say that there are too many words."""
        count = len(tokens.words)
        return UtteranceError(f"{which}{count:,} words are more than max_words, {self.max_words:,}")

    def _fill(
        self,
        texts: Sequence[str],
        tokens: Sequence[Tokens],
        asking: Asking,
        edges: Iterable[Edges] | None = None,
    ) -> list[Tagging]:
        """Fill the slots of many utterances."""
        found: dict[int, Tagging] = {}
        for rows, scores in self._scored(tokens, edges, asking.expect):
            some = [texts[row] for row in rows]
            if scores is None:
                found.update(zip(rows, map(self._nothing, some), strict=True))
                continue
            cut = [tokens[row] for row in rows]
            for row, (best,) in zip(rows, self._read(some, cut, scores, 1, asking), strict=True):
                found[row] = best
        return [found[row] for row in range(len(texts))]

    def _scored(
        self, tokens: Sequence[Tokens], edges: Iterable[Edges] | None, asked: Sequence[str]
    ) -> Iterator[tuple[list[int], Scores | None]]:
        """Yield the numbers of utterances of one length, and their scores if they have words.

        An error names the number of its utterance, the first of that length which has one.
        """
        for rows, some in self._together(tokens, edges):
            several = [tokens[row].words for row in rows]
            if not several[0]:
                yield rows, None
                continue
            try:
                scores = self._scorer.score(several, some, asked)
            except UtteranceError:
                for row, words in zip(rows, several, strict=True):  # of which one is to blame
                    try:
                        self._scorer.score([words], some, asked)
                    except UtteranceError as error:
                        raise UtteranceError(f"utterance {row + 1}: {error}") from error
                raise
            yield rows, scores

    def _together(
        self, tokens: Sequence[Tokens], edges: Iterable[Edges] | None
    ) -> Iterator[tuple[list[int], Edges | None]]:
        """Yield the numbers of utterances that go through the network together: of one length.

        An utterance goes alone where it may have edges of its own, and where it fills a batch.
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
        asking: Asking,
    ) -> list[list[Tagging]]:
        """Read the n likeliest taggings of utterances of one length off their scores."""
        model = self._model
        decoder = self.decoder
        if asking.expect:
            decoder = self.decoder_for(asking.expect, length_of(len(tokens[0].words)))
        forbidden, shift_of_sets = asking.forbidden(model), asking.shift_of_intents(self.intents)
        if forbidden is not None:
            scores = scores._replace(logits=scores.logits + forbidden)
        words = [one.words for one in tokens]
        marks = self._value_marks.lower_beginnings(scores.logits, words)
        sums = lattices(decoder.chain, scores.logits, model.temperature)
        ranked = [[best] for best in decoder.rank_batch(scores.logits, sums)]
        for row, places in marks.items():
            for _ in range(ROUNDS):
                own, best = scores.logits[row : row + 1], ranked[row][0].tags
                if not self._value_marks.lower_ends(own[0], words[row], places, best):
                    break
                sums[row : row + 1] = lattices(decoder.chain, own, model.temperature)
                ranked[row] = decoder.rank_batch(own, sums[row : row + 1])
        if n > 1:
            ranked = [decoder.n_best(logits, n) for logits in scores.logits]
        intents: list[list[Intent]] = [[] for _ in texts]
        if scores.intents is not None:
            for b, lattice in enumerate(sums):
                single = scores.intents[b]
                if model.slot_evidence_weight:
                    single = single + model.slot_evidence_weight * self.slot_evidence(lattice)
                of_sets = self.intent_logits(single) / model.intent_temperature
                if shift_of_sets is not None:
                    of_sets = of_sets + shift_of_sets
                likeliest = self.intents.choose(single, of_sets)
                intents[b] = [likeliest, *self.intents.rank(of_sets)]
        in_scope: list[float | None] = [None] * len(texts)
        if scores.scope is not None and model.scope is not None:
            heat = model.scope["temperature"]
            in_scope = [probability(score, heat) for score in scores.scope.tolist()]
        return [
            self._taggings(*one, asking)
            for one in zip(
                texts, tokens, ranked, sums, zip(intents, in_scope, strict=True), strict=True
            )
        ]

    def _taggings(
        self,
        text: str,
        tokens: Tokens,
        ranked: Sequence[Ranked],
        lattice: Lattice,
        told: tuple[list[Intent], float | None],
        asking: Asking,
    ) -> list[Tagging]:
        """Write the likeliest tag sequences of an utterance as taggings."""
        words, offsets = tokens
        intents, in_scope = told
        scope = self._model.scope
        rejected = in_scope is not None and scope is not None and in_scope < scope["threshold"]
        names, thresholds = self.tags, self._model.thresholds
        probabilities = lattice.marginals()
        found = []
        for numbers, score in ranked:
            slots: list[Slot] = []
            unsure: list[Slot] = []
            for first, last, name, confidence in lattice.spans(numbers):
                start, end = characters_of(offsets, first, last)
                least = asking.min_confidence
                if least is None:
                    least = thresholds.get(name, 0.0)
                kept = slots if confidence >= least and not rejected else unsure
                resolved = self._resolve(name, text[start:end], asking)
                kept.append(Slot(name, text[start:end], start, end, confidence, resolved))
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
                    intent=intents[0] if intents else None,
                    intents=intents[1:],
                    in_scope=in_scope,
                    rejected=rejected,
                )
            )
        return found

    def _decoder_for(self, asked: tuple[str, ...], words: int) -> Decoder:
        """Return the decoder of answers of so many words to a question after some slots."""
        if self._model.asked is None:
            return self.decoder
        shift = shift_of(self.tags, self._model.asked, asked, words)
        return Decoder(self.tags, shifted(self.tags, self.crf, shift, self._model.temperature))

    def _resolve(self, slot: str, value: str, asking: Asking) -> Resolved | None:
        """Make a typed value of what fills a slot, where that is asked for and its type known."""
        if asking.now is None:
            return None
        from slotkit.values import read_types, resolve

        if self.types is None:
            self.types = read_types()
        kind = self.types.get(slot)
        return None if kind is None else resolve(value, kind, now=asking.now)

    def score(
        self, words: Sequence[str], edges: Edges | None = None, asked: Sequence[str] = ()
    ) -> Scores:
        """Run the networks over the words of an utterance, of which there is at least one.

        What was asked before it is for the networks alone: `decoder_for` adds its own.

        Raises
        ------
        UtteranceError
            As `tag`.
        """
        logits, intents, scope = self._scorer.score([words], edges, asked)
        self._value_marks.keep_off(logits, [words], self.decoder.decode)
        return Scores(logits[0], _first(intents), _first(scope))

    def slot_evidence(self, lattice: Lattice) -> Array:
        """Compute what the slots of an utterance say of single intents, (I,)."""
        return slot_evidence(self._factors, lattice.marginals())

    def intent_logits(self, scores: Array) -> Array:
        """Turn the scores of single intents, (I,), into those of the sets of them, (C,)."""
        by_size = [head["by_size"] for head in self._scorer.heads]
        return self.intents.logits(scores, np.mean(by_size, axis=0, dtype=np.float32))


def _unpack(config: bytes, weights: bytes, options: dict[str, Any]) -> SlotFiller:
    """Make the tagger of a model that has come from another process."""
    return SlotFiller(from_bytes(config, weights), **options)


def _first(several: Array | None) -> Array | None:
    """Return what is said of the first of several utterances, if anything."""
    return None if several is None else several[0]


def _check(text: object) -> None:
    """Check what a user gives."""
    if not isinstance(text, str):
        raise TypeError(f"text must be a string, got {text!r}")
