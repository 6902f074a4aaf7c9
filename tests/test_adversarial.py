"""Adversarial training: the move of the word vectors, and the step that is taken with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from datasets import Dataset

from slotkit.training.adversarial import hardest_move
from slotkit.training.batches import Batch
from slotkit.training.prepare import prepare
from slotkit.training.recipe import make_recipe
from slotkit.training.run import Run

PLAIN: dict[str, Any] = {
    "embedding_size": 6,
    "hidden_size": 5,
    "decoder": "crf",
    "augment": 0.0,
    "optimizer": "sgd",
    "schedule": "constant",
    "warmup": 0,
    "weight_decay": 0.0,
    "max_grad_norm": 0.0,
    "ema_decay": 0.0,
    "input_dropout": 0.0,
    "dropout": 0.0,
    "word_dropout": 0.0,
}


def make_run(**options: Any) -> tuple[Run, Batch]:
    """Make a tagger in training on two utterances, and the batch of both."""
    rows = {
        "tokens": [["leave", "Taipei"], ["to", "Rome", "on", "Monday"]],
        "tags": [["O", "B-from"], ["O", "B-to", "O", "B-date"]],
    }
    split = Dataset.from_dict(
        rows | {"text": [" ".join(row) for row in rows["tokens"]], "intent": ["", ""]}
    )
    run = Run(prepare(split, split, recipe := make_recipe(**PLAIN | options)), recipe)
    (batch,) = run.setup.train.shuffled(2, np.random.default_rng(0))
    return run, batch


def losses_and_vectors(run: Run, batch: Batch) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Compute the loss, and its gradient by the word vectors of every member."""
    vectors = [member.input.embed(**batch.inputs()) for member in run.ensemble]
    for one in vectors:
        one.retain_grad()
    loss = run._losses(vectors, batch, {})
    torch.autograd.backward(loss)
    return loss.detach(), vectors


def test_a_move_is_a_share_of_each_utterance_along_its_gradient() -> None:
    vectors = torch.tensor([[[3.0, 0.0], [0.0, 4.0]], [[1.0, 0.0], [0.0, 0.0]]], requires_grad=True)
    vectors.grad = torch.tensor([[[0.0, 2.0], [0.0, 0.0]], [[-1e-6, 0.0], [9.0, 9.0]]])

    move = hardest_move(vectors, torch.tensor([[True, True], [True, False]]), 0.1)

    assert move.tolist() == [
        [[0.0, pytest.approx(0.5)], [0.0, 0.0]],
        [[pytest.approx(-0.1), 0.0], [0.0, 0.0]],
    ]
    assert not move.requires_grad


def test_nothing_moves_where_the_loss_is_flat() -> None:
    vectors = torch.ones(1, 2, 3, requires_grad=True)
    vectors.grad = torch.zeros(1, 2, 3)

    assert (
        hardest_move(vectors, torch.ones(1, 2) > 0, 0.1).tolist() == torch.zeros(1, 2, 3).tolist()
    )


@pytest.mark.parametrize("members", [1, 2])
def test_no_move_of_that_length_raises_the_loss_as_much(members: int) -> None:
    run, batch = make_run(ensemble_size=members)
    loss, vectors = losses_and_vectors(run, batch)
    moves = [hardest_move(one, batch.mask, 0.01) for one in vectors]

    def at(moves: list[torch.Tensor]) -> float:
        with torch.no_grad():
            both = zip(vectors, moves, strict=True)
            moved = run._losses([one + move for one, move in both], batch, {})
        return float(moved - loss)

    risen = at(moves)
    assert risen > 0 > at([-move for move in moves])
    random = torch.Generator().manual_seed(0)
    for _ in range(20):
        others = []
        for move in moves:
            other = torch.randn(move.shape, generator=random) * batch.mask.unsqueeze(2)
            lengths = [x.flatten(1).norm(dim=1)[:, None, None] for x in (move, other)]
            others.append(other * lengths[0] / lengths[1])
        assert at(others) < risen
    assert all((move[~batch.mask] == 0).all() for move in moves)


@pytest.mark.parametrize("members", [1, 2])
def test_a_step_is_followed_by_one_at_the_moved_words(members: int) -> None:
    run, batch = make_run(ensemble_size=members, adversarial=0.3, learning_rate=0.5)
    plain, _ = make_run(ensemble_size=members, learning_rate=0.5)
    _, vectors = losses_and_vectors(plain, batch)
    moves = [hardest_move(one, batch.mask, 0.3) for one in vectors]
    for one in run, plain:
        one.optimizer.lr = 0.5

    plain._step(batch, 0)
    weights = [weight.detach().clone() for weight in plain.ensemble.parameters()]
    plain.optimizer.gradient.zero_()
    moved = [
        member.input.embed(**batch.inputs()) + move
        for member, move in zip(plain.ensemble, moves, strict=True)
    ]
    torch.autograd.backward(plain._losses(moved, batch, {}))
    gradients = [weight.grad for weight in plain.ensemble.parameters()]
    run._step(batch, 0)

    for before, gradient, weight in zip(weights, gradients, run.ensemble.parameters(), strict=True):
        assert gradient is not None
        assert gradient.abs().max() > 0
        torch.testing.assert_close(weight.detach(), before - 0.5 * gradient)
