"""The input layer that all taggers share: active dimensions to vectors, then the window."""

from __future__ import annotations

from typing import Any

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
    """The vector of every word, with its neighbours' beside it.

    The sum of the weight rows of its active dimensions, and what matrices make of its dense
    numbers.

    Parameters
    ----------
    dimensions, feature_size, context_size : int
        Dimensions of the encoder, and its dense numbers of a word, F, and of a token, C.
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
        self,
        *,
        dimensions: int,
        embedding_size: int,
        feature_size: int = 0,
        context_size: int = 0,
        window_size: int = 0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if window_size < 0:
            raise ValueError(f"window_size must be >= 0, got {window_size}")
        self.window_size = window_size
        self.dropout = dropout
        self.embedding: Any = None
        if dimensions:
            self.embedding = nn.EmbeddingBag(dimensions, embedding_size, mode="sum")
            nn.init.normal_(self.embedding.weight, std=embedding_size**-0.5)
        self.features = self.context = None
        if feature_size:
            self.features = nn.Linear(feature_size, embedding_size, bias=False)
        if context_size:
            self.context = nn.Linear(context_size, embedding_size, bias=False)

    def forward(self, **inputs: Tensor | None) -> Tensor:
        """Put beside the vectors of `embed` those of the neighbours: (B, T, (2w + 1) E)."""
        return self.add_context(self.embed(**inputs))  # type: ignore[arg-type]

    def embed(
        self,
        active: Tensor,
        starts: Tensor,
        words: Tensor,
        mask: Tensor,
        features: Tensor | None = None,
        context: Tensor | None = None,
    ) -> Tensor:
        """Compute the words' vectors.

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
        features : Tensor of float, shape (U, F), optional
            Dense numbers of the words, where the encoder has them.
        context : Tensor of float, shape (B, T, C), optional
            Numbers of each token that depend on its utterance, where the encoder has them.

        Returns
        -------
        Tensor of float, shape (B, T, E)
            Zero at padding.
        """
        of_words = []  # (U, E) each
        if self.embedding is not None:
            of_words.append(self.embedding(active, starts))
        if self.features is not None and features is not None:
            of_words.append(self.features(features))
        parts = [F.embedding(words, sum(of_words[1:], of_words[0]))] if of_words else []
        if self.context is not None and context is not None:
            parts.append(self.context(context))
        if not parts:
            raise ValueError("the encoder has neither dimensions nor dense numbers")
        return sum(parts[1:], parts[0]) * mask.unsqueeze(2)

    def add_context(self, vectors: Tensor) -> Tensor:
        """Put beside every word its neighbours, after dropout: (B, T, E) to (B, T, (2w + 1) E)."""
        return window(dropout(vectors, self.dropout, self.training), self.window_size)
