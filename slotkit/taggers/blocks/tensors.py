"""Tensors as the loops in C take them; see `slotkit.loops`."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from slotkit import loops as compiled


def fit_loops(x: Tensor) -> bool:
    """Tell whether there are loops in C, and they take such numbers."""
    return compiled.loops is not None and x.device.type == "cpu" and x.dtype == torch.float32


def arrays(*tensors: Tensor | None) -> list[Any]:
    """View tensors as arrays over the same memory; None stays."""
    return [None if tensor is None else tensor.detach().numpy() for tensor in tensors]
