"""Adversarial training: the words of an utterance, moved a little to where they are hardest to tag.

    r = e |x| g / |g|,  x the word vectors of an utterance, g the gradient of its loss by them

A step at x is followed by one at x + r: what is learned is to be right around the words of
training, and not at them alone.
"""

from __future__ import annotations

from torch import Tensor


def hardest_move(vectors: Tensor, mask: Tensor, epsilon: float) -> Tensor:
    """Compute the move of the word vectors that raises the loss most, to first order.

    Parameters
    ----------
    vectors : Tensor of float, shape (B, T, E)
        With the gradient of the loss in `grad`; zero at padding.
    mask : Tensor of bool, shape (B, T)
        True at tokens: padding, which their windows see, does not move.
    epsilon : float
        e: the length of the move, by the length of all vectors of the utterance.

    Returns
    -------
    Tensor of float, shape (B, T, E)
        r, to be added; zero where the gradient is.

    References
    ----------
    Miyato, Dai and Goodfellow 2017, Adversarial training methods for semi-supervised text
    classification, equation 5, where e is absolute and word vectors are normalised instead.
    """
    assert vectors.grad is not None
    gradient = vectors.grad * mask.unsqueeze(2)
    lengths, steepness = (x.flatten(1).norm(dim=1) for x in (vectors.detach(), gradient))  # (B,)
    scale: Tensor = epsilon * lengths / steepness.clamp(min=1e-30)
    return gradient * scale[:, None, None]
