"""Multi-head scaled dot-product self-attention in NumPy.

    q = W_q x, k = W_k x, v = W_v x,  a(t, s) = softmax over s of q(t) . k(s) / sqrt(d)
    head(t) = sum over s of a(t, s) v(s),  output = W_o [head 1; ...; head n]

Around it, as layers: x + attention(norm(x)), then x + W_2 relu(W_1 norm(x) + b_1) + b_2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from slotkit.errors import UtteranceError
from slotkit.runtime.layers import Array, Output, Weights, relu, softmax, transposed, under

_SCORES = 2**22  # that are in memory at once: memory grows linearly in T, not with its square


def reach(attend: str) -> int | None:
    """Read R of ``range:R``; None for ``all`` and ``graph``.

    Raises
    ------
    ValueError
        If `attend` is none of the three.
    """
    if attend in ("all", "graph"):
        return None
    kind, _, number = attend.partition(":")
    if kind != "range" or not number.isdecimal():
        raise ValueError(f"attend must be all, range:R or graph, got {attend!r}")
    return int(number)


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
        out[..., some, :] = softmax(scores) @ values
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
    weights = softmax(np.where((position >= 0) & (position < length), scores, -np.inf))
    shares: Array = np.einsum("...tw,...tdw->...td", weights.astype(values.dtype), near_values)
    return shares


def _norm(x: Array, weights: Weights, name: str) -> Array:
    """Bring every word to mean 0 and variance 1, then scale and shift."""
    size = np.float32(x.shape[-1])
    centred: Array = x - x.sum(axis=-1, keepdims=True) / size
    spread = np.sqrt(np.square(centred).sum(axis=-1, keepdims=True) / size + np.float32(1e-5))
    centred /= spread
    centred *= weights[f"{name}.weight"]
    centred += weights[f"{name}.bias"]
    return centred


def shapes(
    *,
    input_size: int,
    hidden_size: int,
    num_tags: int,
    num_layers: int = 2,
    heads: int = 4,
    positions: str = "sinusoidal",
    attend: str = "all",
    max_length: int = 128,
) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight."""
    H = hidden_size
    named: dict[str, tuple[int, ...]] = {}
    if positions == "learned":
        named["position"] = (max_length, H)
    named |= {"input.weight": (H, input_size), "input.bias": (H,)}
    for layer in range(num_layers):
        own: dict[str, tuple[int, ...]] = {
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
    return named | {"output.weight": (num_tags, H), "output.bias": (num_tags,)}


def project(weights: Weights, inputs: Array) -> Array:
    """Bring the inputs to the width of the layers: (N, D) to (N, H)."""
    return inputs @ weights["input.weight"].T + weights["input.bias"]


def bind(
    weights: Weights,
    *,
    num_layers: int = 2,
    heads: int = 4,
    positions: str = "sinusoidal",
    attend: str = "all",
    max_length: int = 128,
    **sizes: int,
) -> Callable[..., tuple[Array, Array]]:
    """Return what computes the hidden layer and the logits, (..., T, H) and (..., T, K).

    With ``graph`` it also takes ``edges``, an array of bool, shape (T, T): who may attend to whom,
    true on the diagonal. It raises `UtteranceError` if an utterance is longer than the table of
    learned positions, and `ValueError` if there should be edges and are none.
    """
    r = reach(attend)
    layers = [under(weights, f"layers.{layer}") for layer in range(num_layers)]
    products = [
        {
            "query, key, value": transposed(
                np.concatenate([own[f"{part}.weight"] for part in ("query", "key", "value")])
            ),
            **{part: transposed(own[f"{part}.weight"]) for part in ("out", "up", "down")},
        }
        for own in layers
    ]
    output = Output(weights)

    def place(x: Array) -> Array:
        """Add the positions to (..., T, H)."""
        length, size = x.shape[-2:]
        if positions == "sinusoidal":
            return x + sinusoids(length, size)
        if positions == "learned":
            if length > max_length:
                raise UtteranceError(
                    f"an utterance has {length} words, but the learned positions end at "
                    f"{max_length}; cut it, or train with sinusoidal positions"
                )
            return x + weights["position"][:length]
        return x

    def run(projected: Array, *, edges: npt.NDArray[np.bool_] | None = None) -> tuple[Array, Array]:
        *several, length, size = projected.shape
        if attend == "graph" and edges is None:
            raise ValueError("attention along a graph needs edges")
        allowed = edges if attend == "graph" else None
        x = place(projected * np.float32(math.sqrt(size)))  # as in the paper, section 3.4
        for own, W in zip(layers, products, strict=True):
            qkv = _norm(x, own, "norm_1") @ W["query, key, value"]
            qkv = qkv.reshape(*several, length, 3, heads, -1)
            q, k, v = (qkv[..., part, :, :].swapaxes(-3, -2) for part in range(3))
            mixed = _attend(q, k, v, allowed=allowed) if r is None else attend_range(q, k, v, r)
            joined = mixed.swapaxes(-3, -2).reshape(*several, length, size)
            x = x + joined @ W["out"]
            raised = relu(_norm(x, own, "norm_2") @ W["up"] + own["up.bias"])
            x = x + raised @ W["down"] + own["down.bias"]
        hidden = _norm(x, weights, "norm")
        return hidden, output(hidden)

    return run


_attend = attend  # `attend` is also the name of the option
