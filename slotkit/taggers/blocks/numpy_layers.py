"""Small functions that several runtimes use."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from slotkit import loops as compiled

Array = npt.NDArray[np.float32]
Weights = Mapping[str, Array]


def relu(x: Array) -> Array:
    """Compute max(x, 0)."""
    positive: Array = np.maximum(x, 0)
    return positive


def linear(x: Array) -> Array:
    """Return x."""
    return x


class Affine:
    """W x + b of every word, the weights laid out for any number of calls."""

    def __init__(self, W: Array, b: Array) -> None:
        self._M, self._b = transposed(W), np.ascontiguousarray(b, dtype=np.float32)

    @classmethod
    def output(cls, weights: Weights) -> Affine:
        """Return the output layer."""
        return cls(weights["output.weight"], weights["output.bias"])

    def __call__(self, x: Array) -> Array:
        """Compute (..., T, D) to (..., T, H)."""
        if compiled.loops is None:
            with quiet():
                y: Array = x @ self._M + self._b
            return y
        y = np.empty((*x.shape[:-1], len(self._b)), dtype=np.float32)
        compiled.loops.affine(batch(x), self._M, self._b, batch(y))
        return y


def quiet() -> np.errstate:
    """Keep NumPy from warning of numbers that overflow: that is looked for in the logits."""
    return np.errstate(over="ignore", invalid="ignore")


def batch(words: Array) -> Array:
    """View the float32 units of one utterance's words, (T, N), as those of several, (1, T, N)."""
    words = np.asarray(words, dtype=np.float32)
    return words if words.ndim == 3 else words.reshape(-1, *words.shape[-2:])


def transposed(W: Array) -> Array:
    """Lay a matrix out for x W, row by row in memory."""
    return np.ascontiguousarray(W.T, dtype=np.float32)


def softmax(x: Array) -> Array:
    """Compute the softmax over the last axis."""
    raised = np.exp(x - x.max(axis=-1, keepdims=True))
    shares: Array = raised / raised.sum(axis=-1, keepdims=True)
    return shares


ACTIVATIONS: dict[str, Callable[..., Array]] = {
    "tanh": np.tanh,
    "relu": relu,
    "linear": linear,
}


def under(weights: Weights, prefix: str) -> dict[str, Array]:
    """Return the weights whose names begin with `prefix` and a stop, without these."""
    start = prefix + "."
    return {name[len(start) :]: w for name, w in weights.items() if name.startswith(start)}
