"""Ensembles, CRFs and intents: a model whole, in torch and in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from datasets import Dataset

from slotkit.decoding.decoder import Decoder
from slotkit.model.model import Model, member_prefixes
from slotkit.network.build import ensemble_of, make_ensemble
from slotkit.network.pooling import pool
from slotkit.tagging.filler import SlotFiller
from slotkit.training.batches import Split


def utterances() -> Dataset:
    """Return utterances of different lengths, some of whose words training has not seen."""
    texts = ["arrive Taipei on 2nd", "to", "leave Tokyo please from Paris on 2nd", "Oslo unseen"]
    tokens = [text.split() for text in texts]
    return Dataset.from_dict({"tokens": tokens, "tags": [["O"] * len(row) for row in tokens]})


@pytest.mark.parametrize("members", [1, 2])
@pytest.mark.parametrize(
    ("architecture", "options"),
    [
        ("bidirectional", {}),
        ("bidirectional", {"cell": "jordan"}),
        ("elman", {"num_layers": 2}),
        ("attention", {"attend": "graph"}),
    ],
)
def test_a_model_in_torch_says_what_the_filler_says(
    architecture: str, options: dict[str, Any], members: int, make_model: Callable[..., Model]
) -> None:
    """Logits, the best legal tags by a CRF, and intents, in ragged batches and one by one."""
    model = make_model(
        architecture,
        decoder="crf",
        ensemble_size=members,
        intents=["ask", "book", "go"],
        most_intents=2,
        scope={"temperature": 1.0, "threshold": 0.5},
        **options,
    )
    rows = utterances()
    ensemble, filler = ensemble_of(model).eval(), SlotFiller(model)
    batch = Split(rows, model.encoder, model.tags, model.edges).batch(np.arange(len(rows)))
    extras = batch.extras(ensemble.extras, 1.0)

    with torch.no_grad():
        logits = ensemble(batch.inputs(), **extras)
        states = [member.states(batch.inputs(), **extras) for member in ensemble]
        sets = torch.stack(
            [
                member.intent(pool(one.hidden, batch.mask))
                for member, one in zip(ensemble, states, strict=True)
            ]
        ).mean(0)
        told = [
            member.scope(pool(one.hidden, batch.mask))
            for member, one in zip(ensemble, states, strict=True)
        ]
        scope = torch.stack(told).mean(0)

    assert len(states) == members
    decoder = Decoder(model.tags, ensemble.crf())
    np.testing.assert_allclose(
        decoder.chain.transitions, filler.decoder.chain.transitions, rtol=1e-6
    )
    for b, words in enumerate(rows["tokens"][:]):
        ours = filler.score(words)
        theirs = logits[b, : len(words)].numpy()
        assert np.abs(ours.logits - theirs).max() <= 1e-5 * max(1, np.abs(theirs).max())
        assert [model.tags[k] for k in decoder.decode(theirs)] == filler.tag_tokens([words])[0]
        assert ours.intents is not None
        found = filler.intent_logits(ours.intents)
        assert np.abs(found - sets[b].numpy()).max() <= 1e-5 * max(1, np.abs(found).max())
        assert ours.scope == pytest.approx(float(scope[b]), abs=1e-5)


def test_members_share_nothing_and_begin_with_weights_of_their_own(
    make_model: Callable[..., Model],
) -> None:
    model = make_model("elman", ensemble_size=2, decoder="crf")
    torch.manual_seed(3)
    one, other = make_ensemble(model)

    pairs = list(zip(one.parameters(), other.parameters(), strict=True))
    assert all(a is not b for a, b in pairs)
    assert not torch.equal(one.network.output.weight, other.network.output.weight)
    assert not torch.equal(one.input.embedding.weight, other.input.embedding.weight)


def test_the_weights_of_an_ensemble_are_those_of_its_file(make_model: Callable[..., Model]) -> None:
    for members in (1, 2):
        model = make_model("elman", ensemble_size=members, decoder="crf", intents=["ask"])
        for prefix, member in zip(member_prefixes(members), ensemble_of(model), strict=True):
            state = member.state_dict()
            assert {prefix + name for name in state} <= model.weights.keys()
            for name, weight in state.items():
                np.testing.assert_array_equal(weight.numpy(), model.weights[prefix + name])
    assert len(model.weights) == 2 * len(state) + 1  # and what slots say, which all share


def test_an_ensemble_asks_for_what_its_members_ask_for(make_model: Callable[..., Model]) -> None:
    graph = make_model("attention", ensemble_size=2, attend="graph")
    jordan = make_model("jordan", ensemble_size=2, feedback="scheduled")

    assert ensemble_of(graph).extras == ("edges",)
    assert set(ensemble_of(jordan).extras) == {"targets", "progress"}
