"""Long short-term memory word by word.

    c(t) = s(f) c(t - 1) + s(i) g(z),  out(t) = s(o) h(c(t)),  s the logistic function

What the gates are before s and g is W x(t) + b + U out(t - 1) + C c(t - 1), as far as they see it;
the blocks are i, f, z, o.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from slotkit.taggers.blocks.numpy_layers import ACTIVATIONS, Array, Weights, under
from slotkit.taggers.blocks.word_by_word import Probe, logistic, with_output


def read(
    weights: Weights, x: Array, probe: Probe, *, num_layers: int, activation: str, **sizes: Any
) -> Array:
    """Run the layers, (T, D) to (T, H)."""
    g = ACTIVATIONS[activation]
    for layer in range(num_layers):
        own = under(weights, f"layers.{layer}")
        W, b, U, C = own["weight_x"], own["bias"], own.get("weight_h"), own.get("weight_c")
        c = out = np.zeros(len(b) // 4, dtype=b.dtype)
        outs = []
        for t, x_t in enumerate(x):
            gates = probe(f"{layer}.wx", t, (W @ x_t + b).reshape(4, -1))
            if U is not None:
                gates = gates + probe(f"{layer}.uh", t, (U @ out).reshape(4, -1))
            if C is not None:
                from_cell = C.reshape(4, -1) * c if C.ndim == 1 else (C @ c).reshape(4, -1)
                gates = gates + probe(f"{layer}.cc", t, from_cell)
            i = probe(f"{layer}.i", t, logistic(gates[0]))
            f = probe(f"{layer}.f", t, logistic(gates[1]))
            z = probe(f"{layer}.z", t, g(gates[2]))
            o = probe(f"{layer}.o", t, logistic(gates[3]))
            c = probe(f"{layer}.c", t, f * c + i * z)
            out = probe(f"{layer}.out", t, o * g(c))
            outs.append(out)
        x = np.stack(outs)
    return x


trace = with_output(read)
