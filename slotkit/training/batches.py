"""Utterances as arrays, and batches of utterances of like length; no Python per token.

A split becomes one flat array of word numbers and one of tag numbers. Each different word of the
split is encoded once; a batch looks up the words that occur in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from datasets import Dataset
from torch import Tensor

from slotkit.corpus.columns import number_strings, read_arrays
from slotkit.decoding.intents import IntentSets
from slotkit.decoding.scope import OUT_OF_SCOPE
from slotkit.encoders.encoder import Encoder
from slotkit.text.edges import EDGE_RULES, check_edges
from slotkit.training.augment import Swapper
from slotkit.training.order import draw_batches

IGNORED = -100  # target at padding, and for tags that the model does not have

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Batch:
    """What a tagger takes, for B utterances of at most T words.

    Parameters
    ----------
    active : Tensor of int, shape (A,)
        Active dimensions of the batch's U different words, one word after the other.
    starts : Tensor of int, shape (U,)
        Where each of them begins.
    words : Tensor of int, shape (B, T)
        Which of the U words each token is; 0 at padding.
    mask : Tensor of bool, shape (B, T)
        True at tokens.
    targets : Tensor of int, shape (B, T)
        Tag numbers, `IGNORED` at padding and for unknown tags.
    edges : Tensor of bool, shape (B, T, T), or None
        Who may attend to whom.
    intents : Tensor of int, shape (B,)
        Numbers of sets of intents, `IGNORED` where there is none, where it is unknown, and where
        values have been exchanged.
    rows : array of int, shape (B,)
        Which utterances of the split these are.
    in_scope : Tensor of float, shape (B,)
        0 where an utterance is out of scope, else 1.
    features : Tensor of float, shape (U, F), or None
        Dense numbers of the words, where the encoder has them.
    context : Tensor of float, shape (B, T, C), or None
        Numbers of each token that depend on its utterance, where the encoder has them; 0 at
        padding.
    """

    active: Tensor
    starts: Tensor
    words: Tensor
    mask: Tensor
    targets: Tensor
    edges: Tensor | None
    intents: Tensor
    rows: Ints
    in_scope: Tensor
    features: Tensor | None = None
    context: Tensor | None = None

    def to(self, device: torch.device) -> Batch:
        """Return the batch on another device."""
        tensors = {name: t.to(device) for name, t in vars(self).items() if isinstance(t, Tensor)}
        return replace(self, **tensors)  # type: ignore[arg-type]  # rows is no tensor

    def inputs(self) -> dict[str, Tensor | None]:
        """Return what every tagger takes: the arguments of `slotkit.network.input.InputLayer`."""
        names = ("active", "starts", "words", "mask", "features", "context")
        return {name: getattr(self, name) for name in names}

    def extras(self, names: Sequence[str], progress: float) -> dict[str, Any]:
        """Return what a tagger asks for beside: `targets`, `edges`, `progress` of training."""
        all_of_them = {"targets": self.targets, "edges": self.edges, "progress": progress}
        return {name: all_of_them[name] for name in names}


class Split:
    """A split of a corpus, encoded.

    Parameters
    ----------
    dataset : Dataset
        With `tokens` and `tags`, `intent` where it has any, and `edges` where the tagger uses the
        corpus' own.
    encoder : Encoder
        Fitted.
    tags : sequence of str
        The model's tags, in the order of its logits.
    edges : str, optional
        A key of `EDGE_RULES`, or ``corpus`` for the edges that the corpus holds; none unless
        given.
    intents : IntentSets, optional
        The sets of intents that the model tells apart.
    make_swapper : callable, optional
        Given the list of the split's different words, returns what exchanges values in shuffled
        batches, and adds its own words to the list.

    Attributes
    ----------
    answers : array of bool, shape (N,), or None
        Which utterances answer a question, where any do, see `slotkit.training.questions`.
    chances : array of float64, shape (N,), or None
        Of each utterance to be taken in an epoch, where they differ.
    """

    def __init__(
        self,
        dataset: Dataset,
        encoder: Encoder,
        tags: Sequence[str],
        edges: str | None = None,
        make_swapper: Callable[[list[str]], Swapper] | None = None,
        intents: IntentSets | None = None,
    ) -> None:
        lengths = [
            lists.value_lengths().to_numpy(False) for lists in read_arrays(dataset, "tokens")
        ]
        self.starts: Ints = np.cumsum(np.concatenate([[0], *lengths]), dtype=np.int64)
        vocabulary, self.words = number_strings(
            lists.flatten() for lists in read_arrays(dataset, "tokens")
        )
        self._swapper = None if make_swapper is None else make_swapper(vocabulary)
        self._encoder, self._vocabulary = encoder, vocabulary
        self._features = None  # of each word
        if encoder.feature_size:
            self._features = encoder.features(vocabulary)
        self._context: npt.NDArray[np.float32] | None = None  # (tokens, C)
        if encoder.context_size:
            sizes_of = [encoder.context(words) for words in dataset["tokens"]]
            self._context = np.concatenate([np.zeros((0, encoder.context_size), "f4"), *sizes_of])
        # Each word twice: as it is, and behind all of these as if training had not seen it.
        self.num_words = len(vocabulary)
        sizes = []

        def dimensions() -> Iterator[int]:
            for active in encoder.active, encoder.unknown:
                for word in vocabulary:
                    bag = active(word)
                    sizes.append(len(bag))
                    yield from bag

        self._active = np.fromiter(dimensions(), dtype=np.int32)
        self._bag_sizes = np.array(sizes, dtype=np.int64)
        self._bag_starts = np.cumsum(self._bag_sizes) - self._bag_sizes

        names, codes = number_strings(lists.flatten() for lists in read_arrays(dataset, "tags"))
        smallest = np.min_scalar_type(min(IGNORED, -len(tags)))
        numbers: Mapping[str, int] = {tag: i for i, tag in enumerate(tags)}
        self.targets = np.array([numbers.get(tag, IGNORED) for tag in names], dtype=smallest)[codes]

        # Of each different label of intents its number and its scope, and which label each has.
        labels, self._labels = [""], np.zeros(len(self), dtype=np.uint8)
        if "intent" in dataset.column_names:
            labels, self._labels = number_strings(read_arrays(dataset, "intent"))
        chosen = [None if intents is None else intents.number(label) for label in labels]
        self._intents = np.array([IGNORED if n is None else n for n in chosen], dtype=np.int64)
        self._in_scope = np.array([label != OUT_OF_SCOPE for label in labels], dtype=np.float32)

        self.answers = self.chances = None
        if "answers" in dataset.column_names:
            self.answers = np.array(dataset["answers"], dtype=np.bool_)
            self.chances = np.array(dataset["chance"], dtype=np.float64)

        self._edges: Ints | None = None  # (E, 2), of one utterance after the other
        if edges is not None:
            rule = EDGE_RULES.get(edges)
            own = dataset["edges"] if rule is None else map(rule, dataset["tokens"])
            pairs = [check_edges(row, int(n)) for row, n in zip(own, self.lengths, strict=True)]
            self._edge_starts = np.concatenate([[0], np.cumsum([len(row) for row in pairs])])
            self._edges = np.array([e for row in pairs for e in row], dtype=np.int64).reshape(-1, 2)

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> Ints:
        """Words of each utterance, shape (N,)."""
        return np.diff(self.starts)

    def batch(
        self, rows: Ints, *, word_dropout: float = 0.0, random: np.random.Generator | None = None
    ) -> Batch:
        """Put utterances into a batch.

        Parameters
        ----------
        rows : array of int, shape (B,)
            Their numbers in the split.
        word_dropout : float
            Chance of each token to be encoded as if training had not seen its word.
        random : Generator, optional
            Needed for `word_dropout` and for exchanging values; without it the utterances are
            taken as they are.
        """
        lengths = self.starts[rows + 1] - self.starts[rows]
        flat = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        flat += np.repeat(self.starts[rows], lengths)  # places of the tokens in the split
        intents = self._intents[self._labels[rows]]
        numbers, wanted = self.words[flat].astype(np.int64), self.targets[flat].astype(np.int64)
        context = None if self._context is None else self._context[flat]
        if random is not None and self._swapper is not None:
            swapped = self._swapper.swap(numbers, wanted, lengths, random, context)
            numbers, wanted, lengths, changed, context = swapped
            intents[changed] = IGNORED  # a film, where the intent asks for a book
        if random is not None and word_dropout:
            numbers = numbers + self.num_words * (random.random(len(numbers)) < word_dropout)
        mask = np.arange(lengths.max(initial=1)) < lengths[:, None]  # (B, T)
        different, place = np.unique(numbers, return_inverse=True)
        words = np.zeros(mask.shape, dtype=np.int64)
        words[mask] = place
        targets = np.full(mask.shape, IGNORED, dtype=np.int64)
        targets[mask] = wanted

        sizes = self._bag_sizes[different]
        starts = np.cumsum(sizes) - sizes
        inside = np.arange(sizes.sum()) - np.repeat(starts, sizes)
        active = self._active[inside + np.repeat(self._bag_starts[different], sizes)]
        features = laid_out = None
        if self._features is not None:
            features = torch.from_numpy(self._features[different % self.num_words])
        if context is not None:
            laid_out = np.zeros((*mask.shape, context.shape[1]), dtype=np.float32)
            laid_out[mask] = context
        edges = None
        if self._edges is not None:
            joined = np.tile(np.eye(mask.shape[1], dtype=bool), (len(rows), 1, 1))
            counts = self._edge_starts[rows + 1] - self._edge_starts[rows]
            places = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
            i, j = self._edges[places + np.repeat(self._edge_starts[rows], counts)].T
            b = np.repeat(np.arange(len(rows)), counts)
            joined[b, i, j] = joined[b, j, i] = True
            edges = torch.from_numpy(joined)
        return Batch(
            active=torch.from_numpy(active.astype(np.int64)),
            starts=torch.from_numpy(starts),
            words=torch.from_numpy(words),
            mask=torch.from_numpy(mask),
            targets=torch.from_numpy(targets),
            edges=edges,
            intents=torch.from_numpy(intents),
            rows=rows,
            in_scope=torch.from_numpy(self._in_scope[self._labels[rows]]),
            features=features,
            context=None if laid_out is None else torch.from_numpy(laid_out),
        )

    def in_order(self, batch_size: int) -> Iterator[Batch]:
        """Go through the split once, by length, for scoring."""
        order = np.argsort(self.lengths, kind="stable")
        for first in range(0, len(order), batch_size):
            yield self.batch(order[first : first + batch_size])

    def tokens(self, row: int) -> list[str]:
        """Return the words of an utterance."""
        codes = self.words[self.starts[row] : self.starts[row + 1]]
        return [self._vocabulary[code] for code in codes]

    def shuffled(
        self, batch_size: int, random: np.random.Generator, *, word_dropout: float = 0.0
    ) -> Iterator[Batch]:
        """Go through the split once in random order, in batches of utterances of like length."""
        for rows in draw_batches(self.lengths, batch_size, random):
            yield self.batch(rows, word_dropout=word_dropout, random=random)
