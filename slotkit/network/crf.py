"""Linear-chain CRF: the score of a whole tag sequence, and its likelihood among all legal ones.

    score(y) = start(y(1)) + sum of logits(t, y(t)) + sum of transitions(y(t-1), y(t)) + end(y(T))
    log p(y) = score(y) - log Z,  Z the sum of exp(score) over all legal IOB2 sequences

Its twin, for tagging without torch, is `slotkit.decoding`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from slotkit.text.tags import legal_transitions

# How far scores at a word may lie apart, in nats, so that the exponentials of two words and the
# transitions between them fit into a single and a double.
_SINGLE, _DOUBLE = 40.0, 300.0
_TINY = 1e-300  # what a sum of exponentials is at least, so that its logarithm is finite


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
        """Return the weights as `slotkit.decoding.decoder.Decoder` takes them."""
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
        start = self.start.masked_fill(~self.legal[-1], -torch.inf)
        real = logits.detach()[mask]  # (N, K)
        moves = self.transitions.detach()[self.legal[:-1]]
        apart = float((real.amax(1) - real.amin(1)).max() + 2 * (moves.max() - moves.min()))
        if not apart < _DOUBLE:
            weights = (weight.double() for weight in (self.transitions, start, self.end))
            return self._in_log_space(logits.double(), mask, *weights).to(logits.dtype)
        onward = self.transitions.masked_fill(~self.legal[:-1], -torch.inf)
        exact = logits.dtype if apart < _SINGLE else torch.float64
        numbers = (part.to(exact) for part in (logits, onward, start, self.end))
        log_z: Tensor = _LogPartition.apply(*numbers, mask)  # type: ignore[no-untyped-call]
        return log_z.to(logits.dtype)

    def _in_log_space(
        self, logits: Tensor, mask: Tensor, transitions: Tensor, start: Tensor, end: Tensor
    ) -> Tensor:
        """Compute log Z where exponentials of the scores of two tags do not fit into one number.

            alpha(t, k) = logits(t, k) + log sum over j of exp(alpha(t-1, j) + transitions(j, k))

        An ``I-slot`` follows two tags, so its sum is one of two numbers. For all other tags the
        sum is a matrix product of exponentials, shifted by their maxima.
        """
        onward = transitions[:, self.others]  # (K, J), all legal
        shift = onward.amax(0)  # (J,)
        powers = (onward - shift).exp()
        from_begin = transitions[self.begins, self.inside]  # (I,)
        from_inside = transitions[self.inside, self.inside]
        alpha = start + logits[:, 0]  # (B, K)
        for step, real in zip(logits.unbind(1)[1:], mask.unbind(1)[1:], strict=True):
            top = alpha.amax(1, keepdim=True)  # (B, 1)
            sums = (alpha - top).exp() @ powers  # (B, J)
            after_any = sums.clamp(min=_TINY).log() + top + shift
            continued = torch.logaddexp(
                alpha[:, self.begins] + from_begin, alpha[:, self.inside] + from_inside
            )  # (B, I)
            reached = torch.cat([after_any, continued], dim=1)[:, self.order] + step
            alpha = torch.where(real[:, None], reached, alpha)
        return torch.logsumexp(alpha + end, dim=1)


class _LogPartition(torch.autograd.Function):
    """Log Z by sums of scaled probabilities, and its gradient by the same backwards.

        alpha(t, k) = exp(logits(t, k)) sum over j of alpha(t-1, j) exp(transitions(j, k)) / s(t)
        beta(t, j) = sum over k of exp(transitions(j, k) + logits(t+1, k)) beta(t+1, k) / s(t+1)

    with s(t) such that alpha(t) sums to 1; log Z is the sum of log s. One matrix product a word,
    and nothing of shape (B, K, K). The gradient of log Z is the probability of each tag, and of
    each pair of tags. Exact where no exponential underflows that could come back.

    References
    ----------
    Rabiner 1989, A tutorial on hidden Markov models, section V.A (scaling).
    """

    @staticmethod
    def forward(
        ctx: Any, logits: Tensor, transitions: Tensor, start: Tensor, end: Tensor, mask: Tensor
    ) -> Tensor:
        """Run over the words, first to last; see `CRF` for the shapes. Illegal is -inf."""
        real = mask.T  # (T, B)
        steps = logits.transpose(0, 1)  # (T, B, K)
        tops = steps.amax(2)  # (T, B)
        emitted = (steps - tops[:, :, None]).exp_()
        shifts = transitions.max(), start.max(), end.max()
        moves, first, close = (
            (weight - shift).exp_()
            for weight, shift in zip((transitions, start, end), shifts, strict=True)
        )
        alphas, sums = torch.empty_like(emitted), torch.empty_like(tops)
        _run_ahead(emitted, first, moves, alphas, sums)
        last = real.sum(0) - 1, torch.arange(len(logits), device=mask.device)
        closed = alphas[last] @ close  # (B,)
        along = (sums.log() + tops).masked_fill(~real, 0.0).sum(0)
        log_z = along + last[0] * shifts[0] + shifts[1] + closed.log() + shifts[2]
        ctx.save_for_backward(real, emitted, moves, close, alphas, sums, *last, closed)
        return log_z

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Run over the words, last to first."""
        real, emitted, moves, close, alphas, sums, ends, rows, closed = ctx.saved_tensors
        finish = close / closed[:, None]  # (B, K): beta at the last word
        betas = torch.empty_like(alphas)
        aheads = emitted / sums[:, :, None]  # (T, B, K), then times beta
        _run_back(aheads, finish, moves, ends + 1, betas)
        weight = real * gradients[0]  # (T, B)
        shares = betas.mul_(alphas).mul_(weight[:, :, None])
        before = (alphas[:-1] * weight[1:, :, None]).flatten(0, 1)  # ((T - 1) B, K)
        by_pair = moves * (before.T @ aheads[1:].flatten(0, 1))
        at_end = alphas[ends, rows] * finish * gradients[0][:, None]  # (B, K)
        return shares.transpose(0, 1), by_pair, shares[0].sum(0), at_end.sum(0), None


def _run_ahead(emitted: Tensor, first: Tensor, moves: Tensor, alphas: Tensor, sums: Tensor) -> None:
    """Write alpha, (T, B, K), and the sums s that it was divided by, (T, B)."""
    alpha = first.expand_as(emitted[0])
    for t, (into, rise) in enumerate(zip(alphas.unbind(0), emitted.unbind(0), strict=True)):
        reached = torch.mm(alpha, moves, out=into) if t else into.copy_(alpha)
        torch.sum(reached.mul_(rise), 1, out=sums[t])
        alpha = reached.div_(sums[t, :, None])


def _run_back(
    aheads: Tensor, finish: Tensor, moves: Tensor, lengths: Tensor, betas: Tensor
) -> None:
    """Write beta, (T, B, K), and multiply aheads, at first exp(logits) / s, by it."""
    back = moves.T.contiguous()
    beta = betas[-1].copy_(finish)
    for t in range(len(aheads) - 1, 0, -1):
        before = torch.mm(aheads[t].mul_(beta), back)
        beta = torch.where((t < lengths)[:, None], before, finish, out=betas[t - 1])
