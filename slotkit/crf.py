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

_HIGHEST = 80.0  # of an exponent in single precision
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
        """Compute log Z by the forward algorithm: (B, T, K) and mask (B, T) to (B,)."""
        groups = self.others, self.inside, self.begins, self.order
        start = self.start.masked_fill(~self.legal[-1], -torch.inf)
        log_z: Tensor = _LogPartition.apply(logits, self.transitions, start, self.end, mask, groups)  # type: ignore[no-untyped-call]
        return log_z


class _LogPartition(torch.autograd.Function):
    """Log Z forward, and its gradient by the backward algorithm, without Python's graph between.

        alpha(t, k) = logits(t, k) + log sum over j of exp(alpha(t-1, j) + transitions(j, k))
        beta(t, j) = log sum over k of exp(transitions(j, k) + logits(t+1, k) + beta(t+1, k))

    An ``I-slot`` follows two tags, so its sum is one of two numbers. For all other tags the sum
    is a matrix product of exponentials, shifted by their maxima; nothing of shape (B, K, K) is
    made. The gradient of log Z is the probability of each tag, and of each pair of tags.
    """

    @staticmethod
    def forward(
        ctx: Any,
        logits: Tensor,
        transitions: Tensor,
        start: Tensor,
        end: Tensor,
        mask: Tensor,
        groups: tuple[Tensor, Tensor, Tensor, Tensor],
    ) -> Tensor:
        """Run over the words, first to last; see `CRF` for the shapes."""
        others, inside, begins, order = groups
        onward = transitions[:, others]  # (K, J), all legal
        shift = onward.amax(0)  # (J,)
        powers = (onward - shift).exp()
        from_begin, from_inside = transitions[begins, inside], transitions[inside, inside]  # (I,)
        steps, real = logits.unbind(1), mask.unbind(1)
        alpha = start + steps[0]  # (B, K)
        alphas = [alpha]
        for t in range(1, len(steps)):
            top = alpha.amax(1, keepdim=True)  # (B, 1)
            sums = (alpha - top).exp_() @ powers  # (B, J)
            after_any = sums.clamp_(min=_TINY).log_().add_(top + shift)
            continued = torch.logaddexp(
                alpha.index_select(1, begins) + from_begin,
                alpha.index_select(1, inside) + from_inside,
            )  # (B, I)
            reached = torch.cat([after_any, continued], dim=1).index_select(1, order) + steps[t]
            alpha = torch.where(real[t][:, None], reached, alpha)
            alphas.append(alpha)
        log_z = torch.logsumexp(alpha + end, dim=1)
        ctx.save_for_backward(logits, transitions, end, mask, torch.stack(alphas), log_z)
        ctx.groups = groups
        return log_z

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Run over the words, last to first."""
        logits, transitions, end, mask, alphas, log_z = ctx.saved_tensors
        others, inside, begins, _ = ctx.groups
        onward = transitions[:, others]
        shift = onward.amax(0)
        powers = (onward - shift).exp()
        from_begin, from_inside = transitions[begins, inside], transitions[inside, inside]
        weight = mask.T * gradients[0]  # (T, B)
        steps, real = logits.unbind(1), mask.unbind(1)
        beta = end.expand_as(steps[0])  # (B, K)
        betas, aheads = [beta], []
        for t in range(len(steps) - 1, 0, -1):
            ahead = steps[t] + beta  # (B, K)
            to_any = ahead.index_select(1, others) + shift  # (B, J)
            top = to_any.amax(1, keepdim=True)
            before = ((to_any - top).exp_() @ powers.T).clamp_(min=_TINY).log_().add_(top)
            into = ahead.index_select(1, inside)  # (B, I)
            stay = torch.logaddexp(before.index_select(1, inside), into + from_inside)
            open_ = torch.logaddexp(before.index_select(1, begins), into + from_begin)
            before.index_copy_(1, inside, stay).index_copy_(1, begins, open_)
            beta = torch.where(real[t][:, None], before, beta)
            betas.append(beta)
            aheads.append(ahead)
        shares = (alphas + torch.stack(betas[::-1]) - log_z[:, None]).exp_()  # (T, B, K)
        at_end = (alphas[-1] + end - log_z[:, None]).exp_() * gradients[0][:, None]  # (B, K)
        shares *= weight[:, :, None]
        by_pair = torch.zeros_like(transitions)
        if aheads:
            ahead = torch.stack(aheads[::-1])  # (T - 1, B, K)
            alpha = alphas[:-1]
            to_any = ahead[:, :, others] + shift
            high, top = alpha.amax(2, keepdim=True), to_any.amax(2, keepdim=True)
            scale = (high + top - log_z[:, None]).clamp_(max=_HIGHEST).exp_() * weight[1:, :, None]
            left = ((alpha - high).exp_() * scale).flatten(0, 1)  # ((T - 1) B, K)
            by_pair[:, others] = powers * (left.T @ (to_any - top).exp_().flatten(0, 1))
            into = ahead[:, :, inside] - log_z[:, None]  # (T - 1, B, I)
            for source, step in ((begins, from_begin), (inside, from_inside)):
                likely = (alpha[:, :, source] + step + into).clamp_(max=0.0).exp_()
                pairs = likely * weight[1:, :, None]
                by_pair[source, inside] = pairs.sum((0, 1))
        return shares.transpose(0, 1), by_pair, shares[0].sum(0), at_end.sum(0), None, None
