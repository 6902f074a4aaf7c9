"""Convolution over words in NumPy: h(t) = relu(sum over d of W_d x(t + d) + b).

Layers above the first add what they read to what they make.
"""

from __future__ import annotations

from slotkit.runtime.layers import Array, Weights, output, relu


def shapes(
    *, input_size: int, hidden_size: int, num_tags: int, num_layers: int = 3, width: int = 5
) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight."""
    named: dict[str, tuple[int, ...]] = {}
    for layer in range(num_layers):
        named[f"layers.{layer}.weight"] = (hidden_size, hidden_size if layer else input_size, width)
        named[f"layers.{layer}.bias"] = (hidden_size,)
    return named | {"output.weight": (num_tags, hidden_size), "output.bias": (num_tags,)}


def project(weights: Weights, inputs: Array, layer: int = 0) -> Array:
    """Compute W_d x for every d, side by side: (N, D) to (N, width * H)."""
    kernel = weights[f"layers.{layer}.weight"]  # (H, D, width)
    return inputs @ kernel.transpose(1, 2, 0).reshape(kernel.shape[1], -1)


def forward(
    weights: Weights, projected: Array, *, num_layers: int = 3, width: int = 5, **sizes: int
) -> tuple[Array, Array]:
    """Compute the hidden layer and the logits: (..., T, width H) to (..., T, H), (..., T, K)."""
    *several, length, _ = projected.shape
    half = width // 2
    hidden = projected
    for layer in range(num_layers):
        if layer:
            projected = project(weights, hidden, layer)
        parts = projected.reshape(*several, length, width, -1)
        total = parts[..., half, :] + weights[f"layers.{layer}.bias"]
        for d in range(-half, half + 1):  # x(t + d) at t, where there is a word
            first, last = max(0, -d), min(length, length - d)
            if d and first < last:
                total[..., first:last, :] += parts[..., first + d : last + d, half + d, :]
        made = relu(total, out=total)
        hidden = hidden + made if layer else made
    return hidden, output(weights, hidden)
