"""Multi-head self-attention word by word.

    a(t, s) = softmax over s of q(t) . k(s) / sqrt(d),  head(t) = sum over s of a(t, s) v(s)

What a head adds to x(t) is its share of W_o [head 1; ...; head n]; around it stand the norms and
the layer W_2 relu(W_1 x + b_1) + b_2, as in the runtime.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from slotkit.taggers.attention import read_range
from slotkit.taggers.attention.runtime import norm, positions_of
from slotkit.taggers.blocks.numpy_layers import Array, Weights, relu, softmax, under
from slotkit.taggers.blocks.word_by_word import Probe, read_out


def trace(
    weights: Weights,
    x: Array,
    probe: Probe,
    *,
    num_layers: int,
    heads: int,
    positions: str,
    attend: str,
    max_length: int,
    edges: npt.NDArray[np.bool_] | None = None,
    **sizes: int,
) -> tuple[Array, Array]:
    """Run the network: (T, D) to the hidden layer, (T, H), and the logits, (T, K).

    Raises
    ------
    ValueError
        If edits leave a word without any to attend to.
    UtteranceError
        If the utterance is longer than the table of learned positions.
    """
    W, b = weights["input.weight"], weights["input.bias"]
    places = positions_of(weights, positions, (len(x), len(b)), max_length)
    scale = np.float32(math.sqrt(len(b)))  # as in the paper, section 3.4
    rows = [(W @ word + b) * scale + probe("position", t, places[t]) for t, word in enumerate(x)]
    x = np.stack([probe("x", t, row) for t, row in enumerate(rows)])
    seen = _mask(len(x), attend, edges)
    allowed = np.stack([probe("mask", t, row) for t, row in enumerate(seen)]) > 0
    if not allowed.any(axis=1).all():
        raise ValueError("an edit of mask leaves a word without any to attend to")
    for layer in range(num_layers):
        x = _layer(under(weights, f"layers.{layer}"), x, probe, f"{layer}.", heads, allowed)
    normed = _norm(weights, "norm", x)
    hidden = np.stack([probe("hidden", t, row) for t, row in enumerate(normed)])
    return hidden, read_out(weights, hidden, probe)


def _mask(length: int, attend: str, edges: npt.NDArray[np.bool_] | None) -> Array:
    """Return 1 where word t may attend to word s, (T, T)."""
    if edges is not None:
        return edges.astype(np.float32)
    r = read_range(attend)
    place = np.arange(length)
    near: Array = (np.abs(place[:, None] - place) <= (length if r is None else r)).astype("f4")
    return near


def _layer(
    own: Weights, x: Array, probe: Probe, name: str, heads: int, allowed: npt.NDArray[np.bool_]
) -> Array:
    """Run a layer, (T, H) to (T, H)."""
    normed = _norm(own, "norm_1", x)
    q, k, v = (  # (T, heads, d)
        np.stack(
            [
                probe(name + part[0], t, (own[f"{part}.weight"] @ row).reshape(heads, -1))
                for t, row in enumerate(normed)
            ]
        )
        for part in ("query", "key", "value")
    )
    shares = own["out.weight"].reshape(x.shape[1], heads, -1)  # (H, heads, d)
    rows = []
    for t, row in enumerate(x):
        scores = np.einsum("hd,shd->hs", q[t], k) / np.float32(math.sqrt(q.shape[2]))
        scores = probe(name + "scores", t, scores)
        a = probe(name + "weights", t, softmax(np.where(allowed[t], scores, -np.inf)))
        head = probe(name + "head", t, np.einsum("hs,shd->hd", a, v))
        part = probe(name + "part", t, np.einsum("Hhd,hd->hH", shares, head))
        attended = probe(name + "attended", t, row + part.sum(axis=0))
        normed_again = _norm(own, "norm_2", attended)
        up = probe(name + "up", t, relu(own["up.weight"] @ normed_again + own["up.bias"]))
        made = attended + own["down.weight"] @ up + own["down.bias"]
        rows.append(probe(name + "x", t, made))
    return np.stack(rows)


def _norm(own: Weights, name: str, x: Array) -> Array:
    """Bring every word to mean 0 and variance 1, then scale and shift it."""
    normed = np.empty_like(x)
    norm(x, own[f"{name}.weight"], own[f"{name}.bias"], normed)
    return normed
