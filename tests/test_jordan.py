"""Jordan: what is fed back when tagging and in training."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from cases import SIZES, Case, build, make_batch
from networks import jordan_by_hand


@pytest.mark.parametrize("feedback", ["output", "target", "scheduled"])
@pytest.mark.parametrize("num_layers", [1, 3])
def test_jordan_feeds_its_own_distribution_into_layer_1_when_tagging(
    feedback: str, num_layers: int
) -> None:
    case = Case("jordan", {"feedback": feedback, "num_layers": num_layers})
    network = build(case).double()
    inputs, mask, _ = make_batch(case, [6])
    wrong = torch.full(mask.shape, 3)

    logits = network(inputs.double(), mask, targets=wrong, progress=0.0)

    torch.testing.assert_close(logits[0], jordan_by_hand(network, inputs[0].double()))


@pytest.mark.parametrize(
    ("feedback", "progress"), [("target", 0.0), ("target", 1.0), ("scheduled", 0.0)]
)
@pytest.mark.parametrize("num_layers", [1, 3])
def test_jordan_feeds_the_right_tags_back_in_training(
    feedback: str, progress: float, num_layers: int
) -> None:
    case = Case("jordan", {"feedback": feedback, "num_layers": num_layers})
    network = build(case).double().train()
    inputs, mask, _ = make_batch(case, [6, 4])
    targets = torch.randint(SIZES["num_tags"], mask.shape).masked_fill(~mask, -100)

    logits = network(inputs.double(), mask, targets=targets, progress=progress)

    one_hot = F.one_hot(targets[0], SIZES["num_tags"]).double()
    expected = jordan_by_hand(network, inputs[0].double(), dict(enumerate(one_hot)))
    torch.testing.assert_close(logits[0], expected)
    assert logits.isfinite().all()


@pytest.mark.parametrize(
    ("feedback", "progress"), [("output", 0.0), ("output", 1.0), ("scheduled", 1.0)]
)
def test_jordan_trains_on_its_own_output_where_it_must(feedback: str, progress: float) -> None:
    case = Case("jordan", {"feedback": feedback})
    network = build(case).double().train()
    inputs, mask, _ = make_batch(case, [6])

    logits = network(inputs.double(), mask, targets=torch.full(mask.shape, 3), progress=progress)

    torch.testing.assert_close(logits[0], jordan_by_hand(network, inputs[0].double()))


def test_a_scheduled_mixture_feeds_back_one_or_the_other_word_by_word() -> None:
    case = Case("jordan", {"feedback": "scheduled"})
    network = build(case).double().train()
    inputs, mask, _ = make_batch(case, [2] * 400)
    targets = torch.full(mask.shape, 3)

    taught = network(inputs.double(), mask, targets=targets, progress=0.0)[:, 1]
    own = network(inputs.double(), mask, targets=targets, progress=1.0)[:, 1]
    mixed = network(inputs.double(), mask, targets=targets, progress=0.25)[:, 1]

    from_target = torch.isclose(mixed, taught).all(1)
    from_output = torch.isclose(mixed, own).all(1)
    assert (from_target ^ from_output).all()
    assert from_target.double().mean() == pytest.approx(0.75, abs=0.09)  # four standard deviations
