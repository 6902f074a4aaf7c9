"""Multi-head scaled dot-product self-attention: every word asks all others at once.

    q = W_q x, k = W_k x, v = W_v x,  a(t, s) = softmax over s of q(t) . k(s) / sqrt(d)
    head(t) = sum over s of a(t, s) v(s),  output = W_o [head 1; ...; head n]

The input is brought to the width of the layers and multiplied by its root (section 3.4 of the
paper), so that words weigh as much as positions. A layer is x + attention(norm(x)), then
x + W_2 relu(W_1 norm(x) + b_1) + b_2. Scores of pairs that may not meet are minus infinity before
the softmax: a score of zero would still weigh.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from slotkit.errors import UtteranceError
from slotkit.taggers.attention import read_range
from slotkit.taggers.attention.runtime import sinusoids
from slotkit.taggers.blocks.torch_layers import SequenceNetwork, States, dropout


def attend(
    queries: Tensor, keys: Tensor, values: Tensor, allowed: Tensor, *, scale: float | None = None
) -> Tensor:
    """Let every word take the mean of all values, weighed by how its query meets their keys.

    Parameters
    ----------
    queries, keys : Tensor of float, shape (..., T, d)
    values : Tensor of float, shape (..., T, e)
    allowed : Tensor of bool, broadcast to (..., T, T)
        True where word t may attend to word s.
    scale : float, optional
        What scores are multiplied by; 1 / sqrt(d) unless given.

    Returns
    -------
    Tensor of float, shape (..., T, e)

    References
    ----------
    Vaswani et al. 2017, Attention is all you need, equation 1.
    """
    return F.scaled_dot_product_attention(queries, keys, values, attn_mask=allowed, scale=scale)


def attend_range(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor, r: int) -> Tensor:
    """Let every word attend to the words at most `r` away, in time and memory linear in T.

    Parameters
    ----------
    queries, keys, values : Tensor of float, shape (B, heads, T, d)
    mask : Tensor of bool, shape (B, T)
    r : int
        Words on each side.

    Returns
    -------
    Tensor of float, shape (B, heads, T, d)
    """
    r = min(r, queries.shape[2] - 1)
    width = 2 * r + 1
    near_keys = F.pad(keys, (0, 0, r, r)).unfold(2, width, 1)  # (B, heads, T, d, width)
    near_values = F.pad(values, (0, 0, r, r)).unfold(2, width, 1)
    near = F.pad(mask, (r, r)).unfold(1, width, 1)[:, None]  # (B, 1, T, width)
    scores = torch.einsum("bhtd,bhtdw->bhtw", queries, near_keys) / math.sqrt(queries.shape[-1])
    own = torch.arange(width, device=mask.device) == r  # padding attends to itself, not to nothing
    weights = scores.masked_fill(~(near | own), -math.inf).softmax(3)
    return torch.einsum("bhtw,bhtdw->bhtd", weights, near_values)


class Layer(nn.Module):
    """Attention and a position-wise layer, each normalised before and added to what comes in."""

    def __init__(self, *, hidden_size: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.dropout = dropout
        self.norm_1 = nn.LayerNorm(hidden_size)
        self.query = nn.Linear(hidden_size, hidden_size, bias=False)
        self.key = nn.Linear(hidden_size, hidden_size, bias=False)
        self.value = nn.Linear(hidden_size, hidden_size, bias=False)
        self.out = nn.Linear(hidden_size, hidden_size, bias=False)
        self.norm_2 = nn.LayerNorm(hidden_size)
        self.up = nn.Linear(hidden_size, 2 * hidden_size)
        self.down = nn.Linear(2 * hidden_size, hidden_size)

    def forward(self, x: Tensor, mask: Tensor, allowed: Tensor | None, r: int | None) -> Tensor:
        """Go from (B, T, H) to (B, T, H)."""
        normed = self.norm_1(x)
        q, k, v = (self._split(part(normed)) for part in (self.query, self.key, self.value))
        if r is None:
            assert allowed is not None
            heads = attend(q, k, v, allowed)  # (B, heads, T, d)
        else:
            heads = attend_range(q, k, v, mask, r)
        attended = self.out(heads.transpose(1, 2).flatten(2))  # (B, T, H)
        x = x + dropout(attended, self.dropout, self.training)
        raised = dropout(F.relu(self.up(self.norm_2(x))), self.dropout, self.training)
        changed: Tensor = x + dropout(self.down(raised), self.dropout, self.training)
        return changed

    def _split(self, x: Tensor) -> Tensor:
        """Cut (B, T, H) into heads: (B, heads, T, H / heads)."""
        return x.reshape(*x.shape[:2], self.heads, -1).transpose(1, 2)


class Network(SequenceNetwork):
    """A stack of self-attention layers.

    References
    ----------
    Vaswani et al. 2017, Attention is all you need; normalisation before each sublayer as in
    Xiong et al. 2020, On layer normalization in the transformer architecture.
    """

    def __init__(
        self,
        *,
        input_size: int,
        hidden_size: int,
        num_tags: int,
        num_layers: int,
        heads: int,
        positions: str,
        attend: str,
        max_length: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.positions = positions
        self.attend = attend
        self.range = read_range(attend)
        self.extras = ("edges",) if attend == "graph" else ()
        self.dropout = dropout
        self.input = nn.Linear(input_size, hidden_size)
        if positions == "learned":
            self.position = nn.Parameter(0.1 * torch.randn(max_length, hidden_size))
        self.layers = nn.ModuleList(
            Layer(hidden_size=hidden_size, heads=heads, dropout=dropout) for _ in range(num_layers)
        )
        self.norm = nn.LayerNorm(hidden_size)
        self.output = nn.Linear(hidden_size, num_tags)

    def states(
        self, inputs: Tensor, mask: Tensor, *, edges: Tensor | None = None, **extras: Any
    ) -> States:
        """Compute the hidden layer and the logits of every word.

        Parameters
        ----------
        inputs : Tensor of float, shape (B, T, D)
        mask : Tensor of bool, shape (B, T)
        edges : Tensor of bool, shape (B, T, T), optional
            With ``graph``, who may attend to whom, true on the diagonal.

        Returns
        -------
        States

        Raises
        ------
        UtteranceError
            If an utterance is longer than the table of learned positions.
        """
        x = math.sqrt(self.input.out_features) * self.input(inputs)  # (B, T, H)
        length = x.shape[1]
        if self.positions == "sinusoidal":
            x = x + torch.from_numpy(sinusoids(length, x.shape[2])).to(x.device)
        elif self.positions == "learned":
            if length > len(self.position):
                raise UtteranceError(
                    f"an utterance has {length} words, but the learned positions end at "
                    f"{len(self.position)}; cut it, or train with sinusoidal positions"
                )
            x = x + self.position[:length]
        x = dropout(x, self.dropout, self.training)
        allowed = None
        if self.range is None:
            own = torch.eye(length, dtype=torch.bool, device=x.device)
            allowed = (mask[:, None, :] | own)[:, None]  # (B, 1, T, T)
            if self.attend == "graph":
                if edges is None:
                    raise ValueError("attention along a graph needs edges")
                allowed = allowed & edges[:, None]
        for layer in self.layers:
            x = layer(x, mask, allowed, self.range)
        hidden = self.norm(x)
        return States(hidden, (self.output(hidden),))
