"""Multi-head scaled dot-product self-attention in NumPy.

    q = W_q x, k = W_k x, v = W_v x,  a(t, s) = softmax over s of q(t) . k(s) / sqrt(d)
    head(t) = sum over s of a(t, s) v(s),  output = W_o [head 1; ...; head n]

Around it, as layers: x + attention(norm(x)), then x + W_2 relu(W_1 norm(x) + b_1) + b_2.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from slotkit.errors import UtteranceError
from slotkit.loops import interruptible, loop, run
from slotkit.taggers.attention import read_range
from slotkit.taggers.blocks import numpy_layers as blocks
from slotkit.taggers.blocks.numpy_layers import Affine, Array, Forward, Shapes, Weights

_LONG = 4096  # words that attend to all: beyond, a layer takes a second and more
_SCORES = 2**22  # that are in memory at once: memory grows linearly in T, not with its square


@lru_cache(maxsize=64)
def sinusoids(length: int, size: int) -> Array:
    """Compute the sinusoidal positions, sine and cosine interleaved, from position 0.

    Returns
    -------
    array of float32, shape (length, size)
        sin(t / 10000^(2i / size)) at 2i, the cosine of the same at 2i + 1.

    References
    ----------
    Vaswani et al. 2017, Attention is all you need, section 3.5. (The lectures count from 1.)
    """
    pairs = np.arange(0, size, 2) / size
    angles = np.arange(length)[:, None] / 10000.0**pairs
    table = np.stack([np.sin(angles), np.cos(angles)], axis=2).reshape(length, -1)
    return table[:, :size].astype(np.float32)


def positions_of(
    weights: Weights, positions: str, shape: tuple[int, int], max_length: int
) -> Array:
    """Return the vectors of the positions, of a shape (T, H); zeros where there are none.

    Raises
    ------
    UtteranceError
        If the utterance is longer than the table of learned positions.
    """
    length, size = shape
    if positions == "sinusoidal":
        return sinusoids(length, size)
    if positions == "none":
        return np.zeros(shape, dtype=np.float32)
    if length > max_length:
        raise UtteranceError(
            f"an utterance has {length} words, but the learned positions end at "
            f"{max_length}; cut it, or train with sinusoidal positions"
        )
    return weights["position"][:length]


def attend(
    queries: Array,
    keys: Array,
    values: Array,
    *,
    allowed: npt.NDArray[np.bool_] | None = None,
    scale: float | None = None,
) -> Array:
    """Let every word take the mean of all values, weighed by how its query meets their keys.

    Parameters
    ----------
    queries, keys : array of float, shape (..., T, d)
    values : array of float, shape (..., T, e)
    allowed : array of bool, shape (T, T), optional
        True where word t may attend to word s; all may unless given.
    scale : float, optional
        What scores are multiplied by; 1 / sqrt(d) unless given.

    Returns
    -------
    array of float, shape (..., T, e)
    """
    scale = 1 / math.sqrt(queries.shape[-1]) if scale is None else scale
    out = np.empty((*queries.shape[:-1], values.shape[-1]), dtype=values.dtype)
    per_query = math.prod(queries.shape[:-2]) * keys.shape[-2]
    block = max(1, _SCORES // per_query)  # queries
    for first in range(0, queries.shape[-2], block):
        some = slice(first, first + block)
        scores = queries[..., some, :] @ keys.swapaxes(-1, -2) * values.dtype.type(scale)
        if allowed is not None:
            scores = np.where(allowed[some], scores, -np.inf)
        out[..., some, :] = blocks.softmax(scores) @ values
    return out


def attend_range(queries: Array, keys: Array, values: Array, r: int) -> Array:
    """Let every word attend to the words at most `r` away, in time and memory linear in T.

    Parameters
    ----------
    queries, keys, values : array of float, shape (..., T, d)
    r : int
        Words on each side.

    Returns
    -------
    array of float, shape (..., T, d)
    """
    *several, length, size = queries.shape
    r = min(r, length - 1)
    width = 2 * r + 1
    around = (*((0, 0) for _ in several), (r, r), (0, 0))
    near_keys = np.lib.stride_tricks.sliding_window_view(np.pad(keys, around), width, axis=-2)
    near_values = np.lib.stride_tricks.sliding_window_view(np.pad(values, around), width, axis=-2)
    position = np.arange(length)[:, None] + np.arange(-r, r + 1)  # (T, width)
    scores = np.einsum("...td,...tdw->...tw", queries, near_keys) / math.sqrt(size)
    weights = blocks.softmax(np.where((position >= 0) & (position < length), scores, -np.inf))
    mixed: Array = np.einsum("...tw,...tdw->...td", weights.astype(values.dtype), near_values)
    return mixed


@loop
def norm(x: Array, scale: Array, shift: Array, y: Array) -> None:
    """Write every word into y with mean 0 and variance 1, then scaled and shifted."""
    size = np.float32(x.shape[-1])
    np.subtract(x, x.sum(axis=-1, keepdims=True) / size, out=y)
    y /= np.sqrt(np.square(y).sum(axis=-1, keepdims=True) / size + np.float32(1e-5))
    y *= scale
    y += shift


class _Layer(NamedTuple):
    """The weights of a layer, matrices laid out for x M."""

    scale_1: Array
    shift_1: Array
    query_key_value: Array  # (H, 3H)
    out: Array
    scale_2: Array
    shift_2: Array
    up: Array
    up_bias: Array
    down: Array
    down_bias: Array

    @classmethod
    def of(cls, own: Weights) -> _Layer:
        """Lay the weights of a layer out."""
        qkv = np.concatenate([own[f"{part}.weight"] for part in ("query", "key", "value")])
        return cls(
            scale_1=blocks.floats(own["norm_1.weight"]),
            shift_1=blocks.floats(own["norm_1.bias"]),
            query_key_value=blocks.transposed(qkv),
            out=blocks.transposed(own["out.weight"]),
            scale_2=blocks.floats(own["norm_2.weight"]),
            shift_2=blocks.floats(own["norm_2.bias"]),
            up=blocks.transposed(own["up.weight"]),
            up_bias=blocks.floats(own["up.bias"]),
            down=blocks.transposed(own["down.weight"]),
            down_bias=blocks.floats(own["down.bias"]),
        )


@loop
def attention(
    x: Array, heads: int, reach: int, allowed: npt.NDArray[np.bool_] | None, *layer: Array
) -> None:
    """Run a layer over the words, (B, T, H), in place.

    Words are attended to that are at most `reach` away, and `allowed`.
    """
    own = _Layer(*layer)
    size, length, _ = x.shape
    normed = np.empty_like(x)
    norm(x, own.scale_1, own.shift_1, normed)
    qkv = (normed @ own.query_key_value).reshape(size, length, 3, heads, -1)
    q, k, v = (qkv[:, :, part].swapaxes(1, 2) for part in range(3))  # (B, heads, T, d)
    far = reach >= length
    mixed = attend(q, k, v, allowed=allowed) if far else attend_range(q, k, v, reach)
    x += mixed.swapaxes(1, 2).reshape(x.shape) @ own.out
    norm(x, own.scale_2, own.shift_2, normed)
    x += blocks.relu(normed @ own.up + own.up_bias) @ own.down + own.down_bias


def shapes(
    *,
    input_size: int,
    hidden_size: int,
    num_tags: int,
    num_layers: int,
    positions: str,
    max_length: int,
    **others: Any,
) -> Shapes:
    """Return the name and shape of every weight."""
    H = hidden_size
    named: Shapes = {}
    if positions == "learned":
        named["position"] = (max_length, H)
    named |= {"input.weight": (H, input_size), "input.bias": (H,)}
    for layer in range(num_layers):
        own: Shapes = {
            "norm_1.weight": (H,),
            "norm_1.bias": (H,),
            "query.weight": (H, H),
            "key.weight": (H, H),
            "value.weight": (H, H),
            "out.weight": (H, H),
            "norm_2.weight": (H,),
            "norm_2.bias": (H,),
            "up.weight": (2 * H, H),
            "up.bias": (2 * H,),
            "down.weight": (H, 2 * H),
            "down.bias": (H,),
        }
        named |= {f"layers.{layer}.{name}": shape for name, shape in own.items()}
    named |= {"norm.weight": (H,), "norm.bias": (H,)}
    return named | blocks.output_shapes(num_tags, H)


def project(weights: Weights, inputs: Array, **arguments: Any) -> Array:
    """Bring the inputs to the width of the layers: (N, D) to (N, H)."""
    return inputs @ weights["input.weight"].T + weights["input.bias"]


def bind(
    weights: Weights,
    *,
    num_layers: int,
    heads: int,
    positions: str,
    attend: str,
    max_length: int,
    **sizes: int,
) -> Forward:
    """Return what computes the hidden layer and the logits, (B, T, H) and (B, T, K).

    With ``graph`` it also takes ``edges``, an array of bool, shape (T, T): who may attend to whom,
    true on the diagonal. It raises `UtteranceError` if an utterance is longer than the table of
    learned positions, and `ValueError` if there should be edges and are none.
    """
    r = read_range(attend)
    layers = [_Layer.of(blocks.under(weights, f"layers.{layer}")) for layer in range(num_layers)]
    final = blocks.floats(weights["norm.weight"]), blocks.floats(weights["norm.bias"])
    output = Affine.output(weights)

    def forward(
        projected: Array, *, edges: npt.NDArray[np.bool_] | None = None
    ) -> tuple[Array, Array]:
        length, size = projected.shape[1:]
        if attend == "graph" and edges is None:
            raise ValueError("attention along a graph needs edges")
        allowed = np.ascontiguousarray(edges) if attend == "graph" else None
        with np.errstate(over="ignore", invalid="ignore"):  # looked for in the logits
            x = projected * np.float32(math.sqrt(size))  # as in the paper, section 3.4
            if positions != "none":
                x = x + positions_of(weights, positions, (length, size), max_length)
        x = blocks.floats(x)
        for layer in layers:
            arguments = (x, heads, length if r is None else r, allowed, *layer)
            if r is None and length > _LONG:
                interruptible(run.attention, *arguments)
            else:
                run.attention(*arguments)
        hidden = np.empty_like(x)
        run.norm(x, *final, hidden)
        return hidden, output(hidden)

    return forward
