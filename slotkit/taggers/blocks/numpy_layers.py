"""Small functions that several runtimes use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from slotkit.loops import loop, run

Array = npt.NDArray[np.float32]
Weights = Mapping[str, Array]
Shapes = dict[str, tuple[int, ...]]
Forward = Callable[..., tuple[Array, Array]]  # projected to the last hidden layer and the logits


def relu(x: Array) -> Array:
    """Compute max(x, 0)."""
    positive: Array = np.maximum(x, 0)
    return positive


def softmax(x: Array) -> Array:
    """Compute the softmax over the last axis."""
    raised = np.exp(x - x.max(axis=-1, keepdims=True))
    p: Array = raised / raised.sum(axis=-1, keepdims=True)
    return p


ACTIVATIONS: dict[str, Callable[..., Array]] = {
    "tanh": np.tanh,
    "relu": relu,
    "linear": lambda x: x,
}


def floats(x: Array) -> Array:
    """Lay numbers out as single floats, row by row in memory."""
    return np.ascontiguousarray(x, dtype=np.float32)


def stacked(layers: list[dict[str, Array]], name: str) -> Array:
    """Lay a matrix of each direction out for x W: (W, rows, columns)."""
    return np.stack([transposed(own[name]) for own in layers])


def transposed(W: Array) -> Array:
    """Lay a matrix out for x W."""
    return floats(W.T)


class Affine:
    """W x + b of every word, the weights laid out for any number of calls."""

    def __init__(self, W: Array, b: Array) -> None:
        self._M, self._b = transposed(W), floats(b)

    @classmethod
    def output(cls, weights: Weights) -> Affine:
        """Return the output layer."""
        return cls(weights["output.weight"], weights["output.bias"])

    def __call__(self, x: Array) -> Array:
        """Compute (B, T, D) to (B, T, H)."""
        y = np.empty((*x.shape[:-1], len(self._b)), dtype=np.float32)
        run.affine(x, self._M, self._b, y)
        return y


@loop
def affine(x: Array, M: Array, b: Array, y: Array) -> None:
    """Write x(t) M + b into y."""
    np.matmul(x, M, out=y)
    y += b


class Cells:
    """The layers of a recurrent network, in one direction or several, for any number of runs.

    Parameters
    ----------
    ways : sequence of Weights
        Of each direction; layers are ``layers.0`` and so on, what each takes from the layer below
        is ``weight_x`` and ``bias``.
    num_layers : int
    lay_out : callable
        From the weights of a layer in each direction to what `recur` takes of them.
    recur : callable
        Runs a layer: it takes the projected words and the arrays that it writes the hidden layers
        into, of each direction, and what `lay_out` gave.
    """

    def __init__(
        self,
        ways: Sequence[Weights],
        num_layers: int,
        lay_out: Callable[[list[dict[str, Array]]], tuple[Any, ...]],
        recur: Callable[..., None],
    ) -> None:
        self._recur = recur
        layers = [[under(way, f"layers.{layer}") for way in ways] for layer in range(num_layers)]
        self._own = [lay_out(layer) for layer in layers]
        self._below = [[Affine(w["weight_x"], w["bias"]) for w in layer] for layer in layers[1:]]

    def __call__(self, projected: Sequence[Array], out: Sequence[Array]) -> None:
        """Run all layers over the words: of each direction (B, T, P) to (B, T, H) in `out`."""
        for depth, own in enumerate(self._own):
            if depth:
                pairs = zip(self._below[depth - 1], out, strict=True)
                projected = [project(floats(hidden)) for project, hidden in pairs]
            self._recur(projected, out, *own)


def cell_shapes(
    blocks: int,
    memory: Mapping[str, tuple[int, ...]],
    *,
    input_size: int,
    hidden_size: int,
    num_layers: int,
    **others: Any,
) -> Shapes:
    """Return the name and shape of the weights of layers whose cells have some blocks of units.

    Parameters
    ----------
    blocks : int
    memory : mapping of str to tuple of int
        The weights of a layer that act on its memory.
    """
    named: Shapes = {}
    for layer in range(num_layers):
        width = hidden_size if layer else input_size
        own = {"weight_x": (blocks * hidden_size, width), **memory, "bias": (blocks * hidden_size,)}
        named |= {f"layers.{layer}.{name}": shape for name, shape in own.items()}
    return named


def project_words(weights: Weights, inputs: Array, **arguments: Any) -> Array:
    """Compute W x + b of the first layer: (N, D) to (N, P)."""
    return inputs @ weights["layers.0.weight_x"].T + weights["layers.0.bias"]


def with_output(
    layer_shapes: Callable[..., Shapes], cells: Callable[..., Cells]
) -> tuple[Callable[..., Shapes], Callable[..., Forward]]:
    """Return the `shapes` and `bind` of a network of such layers with an output layer."""

    def shapes(*, num_tags: int, hidden_size: int, **arguments: Any) -> Shapes:
        layers = layer_shapes(hidden_size=hidden_size, **arguments)
        return layers | output_shapes(num_tags, hidden_size)

    def bind(weights: Weights, **arguments: Any) -> Forward:
        read = cells([weights], **arguments)
        return add_output(weights, lambda projected, hidden: read([projected], [hidden]))

    return shapes, bind


def add_output(weights: Weights, read: Callable[[Array, Array], None]) -> Forward:
    """Return what computes the hidden layer, which `read` writes, and the output layer on it."""
    output, size = Affine.output(weights), weights["output.weight"].shape[1]

    def forward(projected: Array) -> tuple[Array, Array]:
        hidden = np.empty((*projected.shape[:2], size), dtype=np.float32)
        read(projected, hidden)
        return hidden, output(hidden)

    return forward


def output_shapes(num_tags: int, size: int) -> Shapes:
    """Return the name and shape of the weights of an output layer on `size` units."""
    return {"output.weight": (num_tags, size), "output.bias": (num_tags,)}


def under(weights: Weights, prefix: str) -> dict[str, Array]:
    """Return the weights whose names begin with `prefix` and a stop, without these."""
    start = prefix + "."
    return {name[len(start) :]: w for name, w in weights.items() if name.startswith(start)}
