"""What an epoch of a training came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Steps(NamedTuple):
    """What the steps of an epoch came to.

    Parameters
    ----------
    loss : float
        Mean cross-entropy of a token, with dropout.
    learning_rate : float
        Mean over the steps.
    gradient_norm : float
        Mean over the steps of the L2 norm of the gradient of all weights, before it is shortened.
    """

    loss: float
    learning_rate: float
    gradient_norm: float


@dataclass(frozen=True)
class Epoch:
    """What an epoch came to.

    Parameters
    ----------
    kind : str
        ``validation`` where the epoch is chosen, ``refit`` in the second training on both,
        ``folds`` where folds of a small corpus have said how good it is.
    epoch : int
        From 1.
    loss : float
        Mean cross-entropy of a token, with dropout.
    f1 : float or None
        Strict span F1 on validation; None in a refit.
    best : bool
        Whether this is the epoch that the model folder now holds.
    seconds : float
        Wall time.
    deviation : float or None
        Standard deviation of F1 over folds.
    learning_rate, gradient_norm : float or None
        As in `Steps`; None of a training that began with a slotkit that did not look.
    """

    kind: str
    epoch: int
    loss: float
    f1: float | None
    best: bool
    seconds: float
    deviation: float | None = None
    learning_rate: float | None = None
    gradient_norm: float | None = None
