"""Seeing inside a tagger: every number on the way from words to tags, and what changing one does.

The network runs as a plain loop over the words (``trace.py`` of each architecture), so that each
tensor can be looked at and edited where it is made. The fast path knows nothing of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt

from slotkit.decoding.decoder import Decoder
from slotkit.decoding.lattice import lattices
from slotkit.decoding.marks import ValueMarks
from slotkit.errors import UtteranceError
from slotkit.model.model import Model
from slotkit.taggers.blocks.numpy_layers import softmax, under
from slotkit.taggers.table import get_runtime, get_trace
from slotkit.tagging.edits import Edit, Recorder

Array = npt.NDArray[np.float32]

_DECIMALS = 6  # in JSON
_SHOWN = 3  # tags a word in a notebook


@dataclass(frozen=True, eq=False)
class Trace:
    """Every number on the way from the T words of an utterance to its tags.

    Attributes
    ----------
    text : str
    tokens : list of str
        The T words.
    active : list of list of str
        What the dimensions of each word that are 1 stand for.
    tensors : dict of str to array of float32, shape (T, ...)
        In the order in which they are made; `trace[name]` is short for it.
    axes : dict of str to tuple of str
        What the axes of each are.
    columns : list of str
        The K tags.
    logits : array of float32, shape (T, K)
        As `SlotFiller.score` gives them: marks are kept off the ends of values.
    softmax : array of float32, shape (T, K)
        Of the logits.
    legal : array of float32, shape (T, K)
        Each word's share of all legal tag sequences, transitions at zero.
    crf : array of float32, shape (T, K), or None
        The same with the transitions of the CRF.
    tags : list of str
        The best legal tag sequence.
    """

    text: str
    tokens: list[str]
    active: list[list[str]]
    tensors: dict[str, Array] = field(repr=False)
    axes: dict[str, tuple[str, ...]] = field(repr=False)
    columns: list[str] = field(repr=False)
    logits: Array = field(repr=False)
    softmax: Array = field(repr=False)
    legal: Array = field(repr=False)
    crf: Array | None = field(repr=False)
    tags: list[str]

    def __getitem__(self, name: str) -> Array:
        """Return a tensor by its name.

        Raises
        ------
        ValueError
            If there is none of that name.
        """
        if name not in self.tensors:
            raise ValueError(f"no tensor {name!r}; choose from {', '.join(self.tensors)}")
        return self.tensors[name]

    def to_json(self) -> dict[str, Any]:
        """Return all of it as JSON values, numbers rounded to 6 decimals."""
        named = {"logits": self.logits, "softmax": self.softmax, "legal": self.legal}
        if self.crf is not None:
            named["crf"] = self.crf
        return {
            "text": self.text,
            "tokens": self.tokens,
            "active": self.active,
            "tags": self.tags,
            "columns": self.columns,
            **{name: _rounded(array) for name, array in named.items()},
            "tensors": {
                name: {"axes": list(self.axes[name]), "values": _rounded(array)}
                for name, array in self.tensors.items()
            },
        }

    def _repr_html_(self) -> str:
        """Show it in a notebook: the likeliest tags of each word, and what tensors there are."""
        last = self.legal if self.crf is None else self.crf
        head = "<tr><th>word</th><th>tag</th><th>softmax</th><th>with what is legal{}</th></tr>"
        rows = [
            f"<tr><td>{escape(word)}</td><td>{escape(tag)}</td>"
            f"<td>{self._likeliest(alone)}</td><td>{self._likeliest(joint)}</td></tr>"
            for word, tag, alone, joint in zip(
                self.tokens, self.tags, self.softmax, last, strict=True
            )
        ]
        named = [
            f"<code>{escape(name)}</code> {' × '.join(map(str, array.shape))} "
            f"({', '.join(self.axes[name])})"
            for name, array in self.tensors.items()
        ]
        title = head.format("" if self.crf is None else " and the CRF")
        return f"<table>{title}{''.join(rows)}</table><p>{'; '.join(named)}</p>"

    def _likeliest(self, row: Array) -> str:
        """Write the likeliest tags of a word."""
        best = np.argsort(-row, kind="stable")[:_SHOWN].tolist()
        return ", ".join(f"{escape(self.columns[k])} {row[k]:.3f}" for k in best)


def trace(
    model: Model,
    decoder: Decoder,
    marks: ValueMarks,
    text: str,
    words: list[str],
    edits: Sequence[Edit],
    member: int,
    **extras: Any,
) -> Trace:
    """Trace an utterance; see `SlotFiller.trace`."""
    K = len(model.tags)
    probe = Recorder(len(words), edits)
    logits = np.zeros((0, K), dtype=np.float32)
    if words:
        weights = model.of_members()[member]
        with np.errstate(over="ignore", invalid="ignore"):  # looked for in the logits
            vectors = embed(model, weights, words)
            vectors = np.stack([probe("word", t, vector) for t, vector in enumerate(vectors)])
            around = windows(vectors, model.window_size)
            around = np.stack([probe("window", t, row) for t, row in enumerate(around)])
            inputs, own = around.reshape(len(words), -1), under(weights, "network")
            run = get_trace(model.architecture)
            logits = run(own, inputs, probe, **model.arguments, **extras)[1].copy()
        if not np.isfinite(logits).all():
            raise UtteranceError(f"the tagger's numbers overflow on these {len(words)} words")
        probe.check()
        marks.keep_off(logits[None], [words], decoder.decode)
    plain = decoder if decoder.chain.plain else Decoder(model.tags)
    legal = _marginals(plain, logits, model.temperature)
    crf = None if decoder.chain.plain else _marginals(decoder, logits, model.temperature)
    return Trace(
        text=text,
        tokens=words,
        active=[[model.encoder.describe(d) for d in model.encoder.active(w)] for w in words],
        tensors=probe.tensors(),
        axes=probe.axes(),
        columns=list(model.tags),
        logits=logits,
        softmax=softmax(logits) if words else logits,
        legal=legal,
        crf=crf,
        tags=[model.tags[k] for k in decoder.decode(logits).tolist()],
    )


def influence(model: Model, words: Sequence[str], member: int, **extras: Any) -> Array:
    """Measure what each word does to the logits of each; see `SlotFiller.influence`.

    What words give to the first layer is added up alike in every run, so that a word that cannot
    be reached has exactly the same logits.
    """
    if not words:
        return np.zeros((0, 0), dtype=np.float32)
    weights = model.of_members()[member]
    own, runtime = under(weights, "network"), get_runtime(model.architecture)
    forward = runtime.bind(own, **model.arguments)
    vectors = embed(model, weights, words)
    nothing = np.zeros_like(vectors[:1])

    def run(vectors: Array) -> Array:
        around = windows(vectors, model.window_size).reshape(len(words), 1, -1)
        rows = [runtime.project(own, row, **model.arguments) for row in around]
        logits: Array = forward(np.stack(rows, axis=1).astype(np.float32), **extras)[1][0]
        return logits

    with np.errstate(over="ignore", invalid="ignore"):
        usual = run(vectors)
        without = [
            run(np.concatenate([vectors[:j], nothing, vectors[j + 1 :]])) for j in range(len(words))
        ]
    found: Array = np.abs(np.stack(without, axis=1) - usual[:, None]).max(axis=2)
    return found


def embed(model: Model, weights: dict[str, Array], words: Sequence[str]) -> Array:
    """Make the vector of each word, (T, E), with what depends on the others."""
    vectors = np.zeros((len(words), model.embedding_size), dtype=np.float32)
    encoder, own = model.encoder, under(weights, "input")
    if "embedding.weight" in own:
        for t, word in enumerate(words):
            vectors[t] += own["embedding.weight"][list(encoder.active(word))].sum(axis=0)
    if "features.weight" in own:
        vectors += encoder.features(words) @ own["features.weight"].T
    if "context.weight" in own:
        vectors += encoder.context(words) @ own["context.weight"].T
    return vectors


def windows(vectors: Array, size: int) -> Array:
    """Put the vectors of the words around each word side by side, (T, 2w + 1, E)."""
    padded = np.pad(vectors, ((size, size), (0, 0)))
    return np.stack([padded[place : place + len(vectors)] for place in range(2 * size + 1)], axis=1)


def _marginals(decoder: Decoder, logits: Array, temperature: float) -> Array:
    """Compute each word's distribution over the tags of all legal sequences, (T, K)."""
    if not len(logits):
        return logits
    return lattices(decoder.chain, logits[None], temperature)[0].marginals()


def _rounded(array: Array) -> Any:
    return np.round(array.astype(np.float64), _DECIMALS).tolist()
