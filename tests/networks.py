"""Networks in torch, run as the tests want them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from cases import Case, arrays, bind
from slotkit.taggers.blocks.torch_layers import States


def run_numpy(
    case: Case, network: nn.Module, inputs: Tensor, edges: Tensor | None = None
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Run one utterance, (T, D), through the NumPy twin: its last hidden layer and its logits."""
    extras = {} if edges is None else {"edges": edges.numpy()}
    hidden, logits = bind(case, arrays(network))(inputs.numpy(), **extras)
    return hidden, logits


def states_of(network: nn.Module, *given: Tensor, **extras: Any) -> States:
    """Return the last hidden layer of a network, and all its logits."""
    found: States = cast(Any, network).states(*given, **extras)
    return found


def named(network: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(weight.shape) for name, weight in network.state_dict().items()}


def copy_layers(ours: nn.Module, theirs: nn.RNNBase, *, suffix: str = "") -> None:
    """Give torch's network our weights; its second bias is zero."""
    for number, layer in enumerate(cast("list[nn.ParameterDict]", ours.layers)):
        end = f"l{number}{suffix}"
        with torch.no_grad():
            getattr(theirs, f"weight_ih_{end}").copy_(layer["weight_x"])
            getattr(theirs, f"weight_hh_{end}").copy_(layer["weight_h"])
            getattr(theirs, f"bias_ih_{end}").copy_(layer["bias"])
            getattr(theirs, f"bias_hh_{end}").zero_()


def jordan_by_hand(
    network: nn.Module, inputs: Tensor, fed_back: Mapping[int, Tensor] | None = None
) -> Tensor:
    """Compute a Jordan network's logits, (T, K), word by word; `fed_back` replaces some y(t)."""
    w = network.state_dict()
    y = torch.zeros(len(w["output.bias"]), dtype=inputs.dtype)
    logits = []
    for t, x in enumerate(inputs):
        h = torch.tanh(w["weight_x"] @ x + w["weight_y"] @ y + w["bias"])
        for layer in range(sum(name.startswith("hidden.") for name in w) // 2):
            h = torch.tanh(w[f"hidden.{layer}.weight"] @ h + w[f"hidden.{layer}.bias"])
        logits.append(w["output.weight"] @ h + w["output.bias"])
        y = logits[-1].softmax(0) if fed_back is None else fed_back[t]
    return torch.stack(logits)
