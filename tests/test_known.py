"""What a tagger knows already is taken less often in training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from slotkit.training.checkpoint import load_checkpoint
from slotkit.training.loss import tagging_loss
from slotkit.training.order import draw_batches
from slotkit.training.prepare import prepare
from slotkit.training.recipe import make_recipe
from slotkit.training.run import Run
from small import LEARNING, TEN, after, history, kept, make_split, run, stop_and_go

pytestmark = pytest.mark.usefixtures("no_sync")

PLAIN: dict[str, Any] = {"dropout": 0.0, "input_dropout": 0.0, "word_dropout": 0.0, "min_count": 1}
LEARNED: dict[str, Any] = LEARNING | PLAIN | {"window_size": 1}


def make_run(**options: Any) -> Run:
    recipe = make_recipe("elman", **LEARNED | options)
    rows = make_split(TEN)
    return Run(prepare(rows, rows, recipe), recipe)


@pytest.mark.parametrize("decoder", ["softmax", "crf"])
@pytest.mark.parametrize("tagger", ["elman", "jordan", "bidirectional"])
def test_the_probability_of_an_utterance_is_that_of_all_its_tags(tagger: str, decoder: str) -> None:
    recipe = make_recipe(tagger, **LEARNED | {"decoder": decoder, "augment": 0.0})
    rows = make_split(TEN)
    training = Run(prepare(rows, rows, recipe), recipe)
    split = training.setup.train
    whole = split.batch(np.arange(len(split)))
    (member,) = training.ensemble
    extras = whole.extras(training.ensemble.extras, 0.5)

    loss = tagging_loss(member, member.input.embed(**whole.inputs()), whole, extras)

    alone = [split.batch(np.array([row])) for row in range(len(split))]
    for row, batch in enumerate(alone):
        own = tagging_loss(
            member,
            member.input.embed(**batch.inputs()),
            batch,
            batch.extras(training.ensemble.extras, 0.5),
        )
        assert own.mean.item() * int(batch.mask.sum()) == pytest.approx(own.each.item(), rel=1e-5)
        assert loss.each[row].item() == pytest.approx(own.each.item(), rel=1e-4)
    assert loss.mean.item() == pytest.approx((loss.each.sum() / whole.mask.sum()).item(), rel=1e-5)
    assert not loss.each.requires_grad


def test_the_loss_is_torch_s_cross_entropy() -> None:
    training = make_run()
    batch = training.setup.train.batch(np.arange(10))
    (member,) = training.ensemble
    vectors = member.input.embed(**batch.inputs())

    loss = tagging_loss(member, vectors, batch, {})

    logits = member.states_of(vectors, batch.mask).mean[batch.mask]
    assert loss.mean.item() == pytest.approx(
        F.cross_entropy(logits, batch.targets[batch.mask]).item(), rel=1e-6
    )


def test_chances_decide_what_an_epoch_takes() -> None:
    lengths = make_run().setup.train.lengths
    chances = np.array([0.0, 1.0] * 5)

    for seed in range(20):
        taken = draw_batches(lengths, 4, np.random.default_rng(seed), chances)
        assert sorted(np.concatenate(taken)) == [1, 3, 5, 7, 9]
        assert [len(rows) for rows in taken] in ([4, 1], [1, 4])
    third = np.full(10, 0.3)
    often = [
        sum(map(len, draw_batches(lengths, 4, np.random.default_rng(seed), third)))
        for seed in range(300)
    ]
    assert 2.7 < np.mean(often) < 3.3


def test_what_is_known_is_not_taken_where_its_chance_is_none() -> None:
    training = make_run(keep_known=0.0, epochs=60)
    taken: list[int] = []
    for epoch in range(training.pace.epochs):
        known = (training.probabilities > 0.9).all(0)
        before = training.probabilities.copy()
        training.train_epoch(epoch)
        assert np.array_equal(training.probabilities[:, known], before[:, known])
        assert np.array_equal(training.probabilities[1, ~known], before[0, ~known])
        taken.append(int((~known).sum()))

    assert taken[0] == 10
    assert taken[-1] < 5, "by then next to all is known"
    gold = training.setup.gold
    assert training.predict(training.setup.validation) == gold


def test_all_are_taken_unless_said() -> None:
    training = make_run()
    for epoch in range(training.pace.epochs):
        training.probabilities[:] = 0.0
        training.train_epoch(epoch)
        assert (training.probabilities[0] > 0).all()


def test_an_epoch_without_an_utterance_changes_nothing() -> None:
    training = make_run(keep_known=0.0)
    training.probabilities[:] = 1.0
    before = {name: weight.clone() for name, weight in training.ensemble.state_dict().items()}

    steps = training.train_epoch(0)

    assert steps.loss == 0
    assert all(torch.equal(w, before[n]) for n, w in training.ensemble.state_dict().items())


def test_the_rate_falls_by_epochs_however_few_steps_these_have() -> None:
    all_of_them, some = make_run(epochs=4), make_run(epochs=4, keep_known=0.0)
    some.probabilities[:, :5] = 1.0
    rates = [
        [training.train_epoch(epoch).learning_rate for epoch in range(1, 4)]
        for training in (all_of_them, some)
    ]

    assert rates[1] == pytest.approx(rates[0], rel=0.35)
    assert rates[1][-1] < 0.25 * rates[1][0]


def test_a_training_that_is_resumed_knows_what_it_knew(tmp_path: Path) -> None:
    recipe = make_recipe("elman", **LEARNED | {"keep_known": 0.3, "epochs": 12, "patience": 12})
    run(tmp_path / "whole", recipe)
    stop_and_go(tmp_path / "parts", recipe, {"each_epoch": after(7)}, {"each_epoch": after(3)})

    assert kept(tmp_path / "parts") == kept(tmp_path / "whole")
    assert history(tmp_path / "parts") == history(tmp_path / "whole")
    rest = make_recipe("elman", **LEARNED | {"keep_known": 1.0, "epochs": 12, "patience": 12})
    run(tmp_path / "rest", rest)
    assert history(tmp_path / "rest") != history(tmp_path / "whole")


def test_a_checkpoint_has_it(tmp_path: Path) -> None:
    recipe = make_recipe("elman", **LEARNED | {"keep_known": 0.3})
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "model", recipe, each_epoch=after(3))

    _, tensors = load_checkpoint(tmp_path / "model")

    probabilities = tensors["probabilities"].numpy()
    assert probabilities.shape == (2, 10)
    assert ((probabilities > 0) & (probabilities <= 1)).all()
