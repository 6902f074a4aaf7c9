"""Linear-chain CRF: the score of a whole tag sequence, and its likelihood among all legal ones.

    score(y) = start(y(1)) + sum of logits(t, y(t)) + sum of transitions(y(t-1), y(t)) + end(y(T))
    log p(y) = score(y) - log Z,  Z the sum of exp(score) over all legal IOB2 sequences

Its twin, for tagging without torch, is ``decoding.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from slotkit.tags import legal_transitions

_TINY = 1e-37  # what a sum of exponentials is at least, so that its logarithm is finite


class CRF(nn.Module):
    """The output layer that scores neighbouring tags together.

    Parameters
    ----------
    tags : sequence of str
        The K tags in the order of the logits; every ``I-slot`` with its ``B-slot``.

    Raises
    ------
    ValueError
        If an ``I-slot`` stands without its ``B-slot``: no legal sequence could hold it.

    References
    ----------
    Lafferty et al. 2001, Conditional random fields; Rabiner 1989, section III, for the forward
    algorithm. Illegal sequences are no part of Z, where they usually are.
    """

    legal: Tensor
    others: Tensor
    inside: Tensor
    begins: Tensor
    order: Tensor

    def __init__(self, tags: Sequence[str]) -> None:
        super().__init__()
        legal = legal_transitions(tags)
        inside = [k for k, tag in enumerate(tags) if tag.startswith("I-")]
        for k in inside:
            if f"B-{tags[k][2:]}" not in tags:
                raise ValueError(f"a CRF needs the tag 'B-{tags[k][2:]}', since it has {tags[k]!r}")
        others = [k for k in range(len(tags)) if k not in set(inside)]
        begins = [list(tags).index(f"B-{tags[k][2:]}") for k in inside]
        for name, numbers in (("others", others), ("inside", inside), ("begins", begins)):
            self.register_buffer(name, torch.tensor(numbers, dtype=torch.long), persistent=False)
        order = torch.from_numpy(np.argsort(others + inside))
        self.register_buffer("order", order, persistent=False)
        self.register_buffer("legal", torch.from_numpy(legal), persistent=False)
        self.transitions = nn.Parameter(torch.zeros(len(tags), len(tags)))
        self.start = nn.Parameter(torch.zeros(len(tags)))
        self.end = nn.Parameter(torch.zeros(len(tags)))

    def forward(self, logits: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        """Compute the negative log-likelihood of tag sequences.

        Parameters
        ----------
        logits : Tensor of float, shape (B, T, K)
        targets : Tensor of int, shape (B, T)
            Legal sequences; any number at padding.
        mask : Tensor of bool, shape (B, T)
            True at tokens, of which every utterance has one.

        Returns
        -------
        Tensor of float, shape (B,)
        """
        return self.log_partition(logits, mask) - self.score(logits, targets, mask)

    def arrays(self) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
        """Return the weights as `slotkit.decoding.Decoder` takes them."""
        return {name: weight.detach().cpu().numpy() for name, weight in self.named_parameters()}

    def score(self, logits: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        """Score one tag sequence of each utterance: (B, T, K) and (B, T) to (B,)."""
        tags = targets.masked_fill(~mask, 0)  # (B, T)
        own = logits.gather(2, tags.unsqueeze(2)).squeeze(2)  # (B, T)
        total = (own * mask).sum(1)
        steps = self.transitions[tags[:, :-1], tags[:, 1:]]  # (B, T - 1)
        last = tags.gather(1, mask.sum(1, keepdim=True) - 1).squeeze(1)  # (B,)
        return total + (steps * mask[:, 1:]).sum(1) + self.start[tags[:, 0]] + self.end[last]

    def log_partition(self, logits: Tensor, mask: Tensor) -> Tensor:
        """Compute log Z by the forward algorithm: (B, T, K) and mask (B, T) to (B,).

            alpha(t, k) = logits(t, k) + log sum over j of exp(alpha(t-1, j) + transitions(j, k))

        An ``I-slot`` follows two tags, so its sum is one of two numbers. For all other tags the
        sum is a matrix product of exponentials, shifted by their maxima; nothing of shape
        (B, K, K) is made.
        """
        others, inside, begins = self.others, self.inside, self.begins
        onward = self.transitions[:, others]  # (K, J), all legal
        shift = onward.detach().amax(0)  # (J,)
        powers = (onward - shift).exp()
        from_begin = self.transitions[begins, inside]  # (I,)
        from_inside = self.transitions[inside, inside]
        steps = logits.unbind(1)  # T of (B, K)
        alpha = (self.start + steps[0]).masked_fill(~self.legal[-1], -torch.inf)  # (B, K)
        for t in range(1, len(steps)):
            top = alpha.detach().amax(1, keepdim=True)  # (B, 1)
            sums = (alpha - top).exp() @ powers  # (B, J)
            after_any = sums.clamp(min=_TINY).log() + (top + shift)
            continued = torch.logaddexp(
                alpha.index_select(1, begins) + from_begin,
                alpha.index_select(1, inside) + from_inside,
            )  # (B, I)
            reached = torch.cat([after_any, continued], dim=1).index_select(1, self.order)
            reached = reached + steps[t]
            alpha = torch.where(mask[:, t : t + 1], reached, alpha)
        return torch.logsumexp(alpha + self.end, dim=1)
