"""Gated recurrent unit word by word: h(t) = s(z) h(t - 1) + (1 - s(z)) tanh(n).

Of n, memory's part is U (s(r) h(t - 1)), or s(r) (U h(t - 1) + c) where it is reset after; the
blocks are r, z, n.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from slotkit.taggers.blocks.numpy_layers import Array, Weights, under
from slotkit.taggers.blocks.word_by_word import Probe, logistic, with_output


def read(weights: Weights, x: Array, probe: Probe, *, num_layers: int, **sizes: Any) -> Array:
    """Run the layers, (T, D) to (T, H)."""
    for layer in range(num_layers):
        own = under(weights, f"layers.{layer}")
        W, b, c = own["weight_x"], own["bias"], own.get("bias_h")
        of_gates, of_n = np.split(own["weight_h"], [2 * len(b) // 3])
        h, hidden = np.zeros(len(b) // 3, dtype=b.dtype), []
        for t, x_t in enumerate(x):
            wx = probe(f"{layer}.wx", t, (W @ x_t + b).reshape(3, -1))
            uh = probe(f"{layer}.uh", t, (of_gates @ h).reshape(2, -1))
            r = probe(f"{layer}.r", t, logistic(wx[0] + uh[0]))
            z = probe(f"{layer}.z", t, logistic(wx[1] + uh[1]))
            un = probe(f"{layer}.un", t, of_n @ (r * h) if c is None else r * (of_n @ h + c))
            n = probe(f"{layer}.n", t, np.tanh(wx[2] + un))
            h = probe(f"{layer}.h", t, z * h + (1 - z) * n)
            hidden.append(h)
        x = np.stack(hidden)
    return x


trace = with_output(read)
