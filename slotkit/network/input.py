"""The input layer that all taggers share: active dimensions to vectors, then the window."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from slotkit.taggers.blocks.torch_layers import dropout


def window(vectors: Tensor, window_size: int) -> Tensor:
    """Put beside every word the vectors of its neighbours, zeros beyond the ends.

    Parameters
    ----------
    vectors : Tensor of float, shape (B, T, E)
        Zero at padding.
    window_size : int
        Words on each side.

    Returns
    -------
    Tensor of float, shape (B, T, (2 * window_size + 1) * E)
        x(t - w), ..., x(t), ..., x(t + w) one after the other.
    """
    if window_size == 0:
        return vectors
    length = vectors.shape[1]
    padded = F.pad(vectors, (0, 0, window_size, window_size))  # (B, T + 2w, E)
    return torch.cat([padded[:, i : i + length] for i in range(2 * window_size + 1)], dim=2)


class InputLayer(nn.Module):
    """The sum of the weight rows of a word's active dimensions, with its neighbours' beside it.

    Parameters
    ----------
    dimensions : int
        Dimensions of the encoder.
    embedding_size : int
        Length of a word's vector, E.
    window_size : int
        Words on each side that every word sees.
    dropout : float
        Share of the vectors' numbers that training sets to zero.

    Raises
    ------
    ValueError
        If `window_size` is negative.
    """

    def __init__(
        self, *, dimensions: int, embedding_size: int, window_size: int = 0, dropout: float = 0.0
    ) -> None:
        super().__init__()
        if window_size < 0:
            raise ValueError(f"window_size must be >= 0, got {window_size}")
        self.window_size = window_size
        self.dropout = dropout
        self.embedding = nn.EmbeddingBag(dimensions, embedding_size, mode="sum")
        nn.init.normal_(self.embedding.weight, std=embedding_size**-0.5)

    def forward(self, active: Tensor, starts: Tensor, words: Tensor, mask: Tensor) -> Tensor:
        """Look up and add.

        Parameters
        ----------
        active : Tensor of int, shape (A,)
            Active dimensions of the batch's different words, one word after the other.
        starts : Tensor of int, shape (U,)
            Where each of the U words begins in `active`.
        words : Tensor of int, shape (B, T)
            Which of the U words each token is; any at padding.
        mask : Tensor of bool, shape (B, T)
            True at tokens.

        Returns
        -------
        Tensor of float, shape (B, T, (2 * window_size + 1) * E)
        """
        return self.surround(self.look_up(active, starts, words, mask))

    def look_up(self, active: Tensor, starts: Tensor, words: Tensor, mask: Tensor) -> Tensor:
        """Return the words' vectors, (B, T, E), zero at padding."""
        table = self.embedding(active, starts)  # (U, E)
        return F.embedding(words, table) * mask.unsqueeze(2)

    def surround(self, vectors: Tensor) -> Tensor:
        """Put beside every word its neighbours, after dropout: (B, T, E) to (B, T, (2w + 1) E)."""
        return window(dropout(vectors, self.dropout, self.training), self.window_size)
