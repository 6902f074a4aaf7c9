"""Training: what it learns, what it keeps, and what its options do."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from datasets import DatasetDict

from slotkit.corpus import Corpus, load_corpus
from slotkit.corpus.hold_out import hold_out
from slotkit.decoding.decoder import Decoder
from slotkit.errors import TrainingError
from slotkit.model.file import load_model
from slotkit.model.weights import round_to_half
from slotkit.network.build import ensemble_of
from slotkit.taggers.table import ARCHITECTURES
from slotkit.tagging.filler import SlotFiller
from slotkit.training.batches import Batch, Split
from slotkit.training.epoch import Epoch
from slotkit.training.optimizers import SCHEDULES, rate
from slotkit.training.prepare import Setup, prepare
from slotkit.training.recipe import make_recipe
from slotkit.training.run import Run
from small import (
    LEARNING,
    SMALL,
    TEN,
    TEN_CORPUS,
    EnoughError,
    after,
    history,
    kept,
    make_corpus,
    make_split,
    run,
    scripted,
    training_of,
    weights_of,
)

pytestmark = pytest.mark.usefixtures("no_sync")


# What is learned


@pytest.mark.parametrize("encoder", ["one-of-n", "other", "hashing", "other+hashing"])
@pytest.mark.parametrize("tagger", ARCHITECTURES)
def test_ten_sentences_are_learned_by_heart(tagger: str, encoder: str, tmp_path: Path) -> None:
    def stop_when_perfect(epoch: Epoch) -> None:
        if epoch.f1 == 1.0:
            raise EnoughError

    recipe = make_recipe(
        tagger,
        encoder=encoder,
        min_count=1,
        embedding_size=16,
        hidden_size=16,
        optimizer="adam",
        learning_rate=0.03,
        schedule="constant",
        warmup=0.0,
        weight_decay=0.0,
        input_dropout=0.0,
        dropout=0.0,
        word_dropout=0.0,
        ema_decay=0.0,
        batch_size=5,
        epochs=80,
        patience=80,
    )
    with pytest.raises(EnoughError):
        run(tmp_path, recipe, each_epoch=stop_when_perfect)

    rows = TEN_CORPUS.splits["train"]
    assert SlotFiller.load(tmp_path).tag_tokens(rows["tokens"][:]) == rows["tags"][:]


@pytest.mark.parametrize("feedback", ["output", "target", "scheduled"])
def test_jordan_learns_whatever_it_is_fed_back(feedback: str, tmp_path: Path) -> None:
    recipe = make_recipe("jordan", feedback=feedback, **SMALL | {"epochs": 8, "ema_decay": 0.5})
    recipe = replace(recipe, learning_rate=0.03)
    run(tmp_path, recipe)

    losses = [row["loss"] for row in history(tmp_path)]
    assert losses[-1] < losses[0] / 2


def test_feedbacks_of_jordan_train_differently(tmp_path: Path) -> None:
    found = set()
    for feedback in ("output", "target", "scheduled"):
        run(tmp_path / feedback, make_recipe("jordan", feedback=feedback, **SMALL))
        found.add(tuple(row["loss"] for row in history(tmp_path / feedback)))

    assert len(found) == 3


def test_graph_attention_trains_along_the_edges_of_the_corpus(tmp_path: Path) -> None:
    lengths = [len(line.split()) for line in TEN]
    edges = [[[0, length - 1]] if length > 2 else [] for length in lengths]
    split = make_split(TEN, edges=edges)
    corpus = Corpus(DatasetDict(train=split, validation=split), [], "edges")
    recipe = make_recipe("attention", attend="graph", edges="corpus", **SMALL)

    run(tmp_path, recipe, corpus)

    assert load_model(tmp_path).edges == "corpus"
    tagged = SlotFiller.load(tmp_path).tag_tokens(split["tokens"][:], edges=edges)
    assert [len(tags) for tags in tagged] == lengths
    joined = prepare(split, split, recipe).train.batch(np.arange(len(TEN))).edges
    assert joined is not None
    for row, n in zip(joined, lengths, strict=True):
        wanted = torch.eye(joined.shape[1], dtype=torch.bool)
        if n > 2:
            wanted[0, n - 1] = wanted[n - 1, 0] = True
        assert torch.equal(row, wanted)


@pytest.mark.parametrize("rule", ["neighbours", "repeats", "neighbours+repeats"])
def test_graph_attention_trains_along_a_rule(rule: str, tmp_path: Path) -> None:
    run(tmp_path, make_recipe("attention", attend="graph", edges=rule, **SMALL | {"epochs": 1}))

    assert load_model(tmp_path).edges == rule
    assert SlotFiller.load(tmp_path).tag("leave Oslo").tokens == ["leave", "Oslo"]


def test_a_corpus_without_edges_cannot_give_them(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="the corpus has no edges; choose a rule"):
        run(tmp_path, make_recipe("attention", attend="graph", edges="corpus", **SMALL))


def test_numpy_tags_atis_as_torch_does(atis: Path, tmp_path: Path) -> None:
    corpus = load_corpus(atis)
    recipe = make_recipe(
        epochs=1, embedding_size=24, hidden_size=24, ema_decay=0.9, learning_rate=0.02
    )
    epoch = run(tmp_path, recipe, corpus)
    assert epoch.f1 is not None
    assert epoch.f1 > 0.5

    model, rows = load_model(tmp_path), corpus.splits["test"]
    tagger = ensemble_of(model).eval()
    decoder = Decoder(model.tags, tagger.crf())
    ours = SlotFiller(model).tag_tokens(rows["tokens"][:])
    theirs: list[list[str]] = [[]] * len(rows)
    with torch.inference_mode():
        for batch in Split(rows, model.encoder, model.tags).in_order(64):
            logits = tagger(batch.inputs()).numpy()
            for row, scores, mask in zip(batch.rows, logits, batch.mask.numpy(), strict=True):
                theirs[row] = [model.tags[k] for k in decoder.decode(scores[mask])]
    assert ours == theirs


# Which epoch is kept, and on which utterances


def test_the_best_epoch_is_kept_and_patience_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, 0.1, 0.5, 0.4, 0.5, 0.3)
    runs: list[Run] = []
    weights: list[torch.Tensor] = []

    def started(setup: Setup, run: Run, epochs: range) -> None:
        runs.append(run)
        assert epochs == range(9)

    def each_epoch(epoch: Epoch) -> None:
        weights.append(weights_of(runs[0].best_weights)["network.output.weight"].clone())

    recipe = make_recipe("elman", **SMALL | {"epochs": 9, "patience": 3})
    best = run(tmp_path, recipe, started=started, each_epoch=each_epoch)

    assert best.epoch == 2
    assert [(row["epoch"], row["f1"], row["best"]) for row in history(tmp_path)] == [
        (1, 0.1, True),
        (2, 0.5, True),
        (3, 0.4, False),
        (4, 0.5, False),  # not better
        (5, 0.3, False),
    ]
    model = load_model(tmp_path)
    assert (model.training["epoch"], model.training["validation_f1"]) == (2, 0.5)
    kept = round_to_half(weights[1].numpy())
    np.testing.assert_array_equal(model.weights["network.output.weight"], kept)
    assert not np.array_equal(weights[1], weights[3])


def test_the_folder_says_how_it_was_trained(tmp_path: Path) -> None:
    recipe = make_recipe("elman", **SMALL | {"epochs": 2, "seed": 7})
    best = run(tmp_path, recipe)

    said = training_of(tmp_path)
    assert said["recipe"] == recipe.to_config()
    assert said["recipe"]["seed"] == 7
    assert said["fingerprint"] == TEN_CORPUS.fingerprint
    assert said["source"] == {"corpus": "ten", "format": None}
    assert said["refit"] is False
    assert said["longest"] == max(len(line.split()) for line in TEN)
    (row,) = (row for row in history(tmp_path) if row["epoch"] == best.epoch)
    assert (said["epoch"], said["validation_f1"]) == (best.epoch, row["f1"])


def test_without_validation_every_tenth_utterance_is_held_out() -> None:
    lines = [f"word{i} on Monday/B-date" for i in range(25)]
    corpus = make_corpus(lines, validation=None)
    for _ in range(2):  # it is the same ones each time
        kept_in, held_out = hold_out(corpus.splits)

        assert held_out["tokens"][:] == [[f"word{i}", "on", "Monday"] for i in (1, 11, 21)]
        assert [row[0] for row in kept_in["tokens"]] == [
            f"word{i}" for i in range(25) if i not in (1, 11, 21)
        ]
    few = make_corpus(TEN[:2], validation=None)
    assert [len(part) for part in hold_out(few.splits)] == [1, 1]
    both = make_corpus(TEN[:3], validation=TEN[:2])
    assert [len(part) for part in hold_out(both.splits)] == [3, 2]


def test_a_held_out_part_is_never_trained_on(tmp_path: Path) -> None:
    corpus = make_corpus([*TEN, *TEN[1:]], validation=None)
    setups: list[Setup] = []
    run(
        tmp_path,
        make_recipe("elman", **SMALL | {"epochs": 1}),
        corpus,
        started=lambda setup, run, epochs: setups.append(setup),
    )

    assert [len(setups[0].train), len(setups[0].validation)] == [17, 2]
    # Oslo stands in the second utterance and in the eleventh
    assert load_model(tmp_path).encoder.active("Oslo") == load_model(tmp_path).encoder.unknown(
        "Oslo"
    )


@pytest.mark.parametrize(
    ("splits", "message"),
    [
        ({"test": TEN}, "training needs a train split, the corpus has test"),
        ({"train": TEN[:1]}, "without a validation split, training needs at least 2 utterances"),
    ],
)
def test_too_little_to_train_on(splits: dict[str, list[str]], message: str, tmp_path: Path) -> None:
    corpus = Corpus(DatasetDict({k: make_split(v) for k, v in splits.items()}), [], "")

    with pytest.raises(TrainingError, match=message):
        run(tmp_path / "model", make_recipe("elman", **SMALL), corpus)
    assert not (tmp_path / "model").exists()


def test_tags_of_validation_alone_are_counted_and_never_predicted(tmp_path: Path) -> None:
    corpus = make_corpus(TEN, ["fly Delta/B-airline to Rome/B-to", "Delta/B-airline"])
    setups: list[Setup] = []
    run(
        tmp_path,
        make_recipe("feedforward", **SMALL | {"epochs": 1}),
        corpus,
        started=lambda setup, run, epochs: setups.append(setup),
    )

    (setup,) = setups
    assert setup.unknown_tags == {"B-airline": 2}
    assert setup.gold == corpus.splits["validation"]["tags"][:]  # where they count as misses
    assert "B-airline" not in load_model(tmp_path).tags
    assert load_model(tmp_path).tags == setup.tags
    assert setup.tags[0] == "O"


@pytest.mark.parametrize("encoder", ["one-of-n", "other", "hashing"])
def test_words_of_validation_are_not_in_the_vocabulary(encoder: str) -> None:
    recipe = make_recipe("elman", encoder=encoder, min_count=1)
    known, strange = make_split(TEN), make_split(["zebra crossing zebra"])

    assert (
        prepare(known, strange, recipe).encoder.to_config()
        == prepare(known, known, recipe).encoder.to_config()
    )


def test_a_refit_trains_on_both_for_as_long_as_was_best(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then it equals a plain training on all of it for so many epochs."""
    corpus = make_corpus(TEN[:7], TEN[7:])
    recipe = make_recipe("elman", **SMALL | {"epochs": 3}, refit=True, schedule="constant")
    sizes: list[tuple[int, range]] = []
    scripted(monkeypatch, 0.1, 0.9, 0.2, 0.1, 0.2)
    last = run(
        tmp_path / "refit",
        recipe,
        corpus,
        started=lambda setup, run, epochs: sizes.append((len(setup.train), epochs)),
    )
    plain = replace(recipe, refit=False, epochs=2)
    run(tmp_path / "plain", plain, make_corpus(TEN, TEN[7:]))

    assert sizes == [(7, range(3)), (10, range(2))]
    assert (last.kind, last.epoch, last.f1) == ("refit", 2, None)
    kinds = [(row["kind"], row["epoch"]) for row in history(tmp_path / "refit")]
    assert kinds == [*(("validation", n) for n in (1, 2, 3)), ("refit", 1), ("refit", 2)]
    said = training_of(tmp_path / "refit")
    assert (said["epoch"], said["validation_f1"], said["refit"]) == (2, 0.9, True)
    ours, theirs = load_model(tmp_path / "refit"), load_model(tmp_path / "plain")
    assert ours.tags == theirs.tags
    for name, weight in ours.weights.items():
        np.testing.assert_array_equal(weight, theirs.weights[name])


def test_the_model_of_validation_stays_until_the_refit_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = make_recipe("elman", **SMALL | {"epochs": 3}, refit=True)
    scripted(monkeypatch, 0.1, 0.9, 0.2)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, recipe, each_epoch=after(4))

    assert training_of(tmp_path)["refit"] is False
    assert training_of(tmp_path)["epoch"] == 2


# What the options do


def spied(
    folder: Path, monkeypatch: pytest.MonkeyPatch, **options: Any
) -> tuple[Setup, list[Batch], list[dict[str, float]]]:
    """Return the setup of a training, its batches, and what the optimizer saw at each step."""
    setups: list[Setup] = []
    batches: list[Batch] = []
    seen: list[dict[str, float]] = []
    step = Run._step

    def noting(run: Run, batch: Batch, epoch: int) -> tuple[float, float]:
        batches.append(batch)
        return step(run, batch, epoch)

    def started(setup: Setup, run: Run, epochs: range) -> None:
        setups.append(setup)
        take = run.optimizer.step

        def noted() -> None:
            one = run.optimizer
            length = float(one.gradient.square().sum().sqrt())
            seen.append({"lr": one.lr, "length": length, "decay": one.weight_decay})
            take()

        monkeypatch.setattr(run.optimizer, "step", noted)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "_step", noting)
        run(folder, make_recipe("elman", **SMALL | options), started=started)
    return setups[0], batches, seen


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_step_has_the_rate_of_the_schedule(
    schedule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three batches an epoch: 4 steps of warm-up, then the schedule over the 8 that are left."""
    options = {"schedule": schedule, "warmup": 4 / 3, "learning_rate": 0.5, "weight_decay": 0.25}
    _, _, seen = spied(tmp_path, monkeypatch, **options)

    rates = [step["lr"] / 0.5 for step in seen]
    assert rates == [rate(schedule, step, steps=12, warmup=4) for step in range(12)]
    assert rates[:4] == [0.25, 0.5, 0.75, 1.0]
    assert {step["decay"] for step in seen} == {0.25}


def test_gradients_are_clipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, free = spied(tmp_path / "free", monkeypatch, max_grad_norm=0.0)
    _, _, short = spied(tmp_path / "short", monkeypatch, max_grad_norm=0.01)

    assert min(step["length"] for step in free) > 0.011
    assert max(step["length"] for step in short) == pytest.approx(0.01, rel=1e-3)


def test_the_share_of_dropped_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def share(name: str, **options: Any) -> float:
        setup, batches, _ = spied(tmp_path / name, monkeypatch, encoder="other", **options)
        (other,) = setup.encoder.unknown("no such word")
        tokens = dropped = 0
        for batch in batches:
            ends = [*batch.starts.tolist()[1:], len(batch.active)]
            bags = [
                batch.active[a:b].tolist() for a, b in zip(batch.starts.tolist(), ends, strict=True)
            ]
            for word in batch.words[batch.mask].tolist():
                tokens, dropped = tokens + 1, dropped + (bags[word] == [other])
        assert tokens == SMALL["epochs"] * sum(len(line.split()) for line in TEN)
        return dropped / tokens

    assert share("none", word_dropout=0.0, min_count=1) == 0.0
    assert share("half", word_dropout=0.5, min_count=1) == pytest.approx(0.5, abs=0.15)
    assert share("most", word_dropout=0.99, min_count=1) > 0.95


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_the_kept_weights_are_the_running_mean(average: float, tmp_path: Path) -> None:
    runs: list[Run] = []
    steps: list[torch.Tensor] = []
    run(
        tmp_path,
        make_recipe("elman", **SMALL | {"epochs": 1}, ema_decay=average),
        started=lambda setup, run, epochs: runs.append(run),
        each_batch=lambda *said: steps.append(
            weights_of(runs[0].ensemble)["network.output.bias"].clone()
        ),
    )

    mean = steps[0]
    share = min(average, 1 - 1 / (4 * len(steps)))  # over four epochs at most
    for step in steps[1:]:
        mean = share * mean + (1 - share) * step
    found = load_model(tmp_path).weights["network.output.bias"]
    np.testing.assert_allclose(found, mean.numpy(), rtol=2**-10)  # rounded to 2^-11
    assert np.allclose(found, steps[-1].numpy(), rtol=2**-10) == (average == 0.0)


def test_dropout_is_for_training_alone(tmp_path: Path) -> None:
    """What an epoch scores on validation is what the model of the folder then tags."""
    recipe = make_recipe("elman", **SMALL | {"epochs": 2}, dropout=0.9, input_dropout=0.9)
    runs: list[Run] = []
    run(tmp_path, recipe, started=lambda setup, run, epochs: runs.append(run))

    again = [runs[0].predict(runs[0].setup.validation) for _ in range(2)]
    assert again[0] == again[1]


# Intents


def test_intents_are_learned_along_with_the_slots(tmp_path: Path) -> None:
    intents = ["go", "go", "go", "book", "go", "go", "ask", "book#ask", "go", "ask"]
    split = make_split(TEN, intent=intents)
    corpus = Corpus(DatasetDict(train=split, validation=split), [], "intents")
    recipe = make_recipe("bidirectional", intent=True, **LEARNING | {"epochs": 60, "patience": 60})
    recipe = replace(recipe, min_count=1, word_dropout=0.0, dropout=0.0, input_dropout=0.0)
    run(tmp_path, replace(recipe, warmup=0.0, augment=0.0), corpus)  # which teaches slots alone

    model = load_model(tmp_path)
    assert (model.intents, model.most_intents) == (["ask", "book", "go"], 2)
    taggings = SlotFiller(model).fill_tokens(split["tokens"][:])
    found = [frozenset(t.intent.name.split("#")) for t in taggings if t.intent is not None]
    right = [a == set(b.split("#")) for a, b in zip(found, intents, strict=True)]
    assert sum(right) >= 9


def test_a_corpus_without_intents_cannot_teach_them(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="the corpus has no intents; leave out --intent"):
        run(tmp_path / "model", make_recipe("elman", intent=True, **SMALL))
    assert not (tmp_path / "model").exists()


def test_intents_that_train_has_not_are_ignored(tmp_path: Path) -> None:
    parts = {
        "train": make_split(TEN, intent=["go", ""] * 5),
        "validation": make_split(TEN, intent=["fly", "go"] * 5),
    }
    run(
        tmp_path,
        make_recipe("elman", intent=True, **SMALL | {"epochs": 1, "batch_size": 1}),
        Corpus(DatasetDict(parts), [], "fly"),
    )

    assert load_model(tmp_path).intents == ["go"]  # and a batch of none at all did no harm


# Numbers that are none


def poison(epoch: int) -> dict[str, Any]:
    """Make callbacks that spoil a weight at the end of an epoch."""
    runs: list[Run] = []

    def each_epoch(done: Epoch) -> None:
        if done.epoch == epoch:
            with torch.no_grad():
                weights_of(runs[0].ensemble)["input.embedding.weight"].fill_(math.nan)

    return {"started": lambda setup, run, epochs: runs.append(run), "each_epoch": each_epoch}


def test_a_loss_that_is_no_number_ends_the_training_and_the_last_epoch_stays(
    tmp_path: Path,
) -> None:
    recipe = make_recipe("elman", **SMALL)
    run(tmp_path / "whole", recipe)
    with pytest.raises(TrainingError) as caught:
        run(tmp_path / "model", recipe, **poison(2))

    said = re.fullmatch(
        r"the loss became nan in epoch 3, at train utterances ([\d, ]+); "
        r"try a lower learning rate or shorter gradients \(max_grad_norm\)",
        str(caught.value),
    )
    assert said is not None
    named = [int(number) for number in said[1].split(", ")]
    assert len(named) in (2, 4)  # a batch
    assert set(named) <= set(range(1, 11))
    assert len(history(tmp_path / "model")) == 2
    assert training_of(tmp_path / "model")["epoch"] <= 2
    run(tmp_path / "model", recipe, resume=True)
    assert kept(tmp_path / "model") == kept(tmp_path / "whole")


def test_a_gradient_that_is_no_number_takes_no_step(tmp_path: Path) -> None:
    runs: list[Run] = []
    before: dict[str, torch.Tensor] = {}

    def started(setup: Setup, run: Run, epochs: range) -> None:
        runs.append(run)
        (member,) = run.ensemble
        bias = dict(member.named_parameters())["network.output.bias"]
        bias.register_hook(lambda gradient: gradient * math.inf)
        before.update({n: w.clone() for n, w in run.ensemble.state_dict().items()})

    with pytest.raises(TrainingError, match=r"the gradient became (inf|nan) in epoch 1, at train"):
        run(tmp_path / "model", make_recipe("elman", **SMALL, max_grad_norm=0.0), started=started)

    for name, weight in runs[0].ensemble.state_dict().items():
        assert torch.equal(weight, before[name])


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_a_far_too_high_learning_rate_is_said(optimizer: str, tmp_path: Path) -> None:
    recipe = make_recipe("feedforward", **SMALL, optimizer=optimizer, max_grad_norm=0.0, warmup=0.0)
    with pytest.raises(TrainingError, match="try a lower learning rate"):
        run(tmp_path, replace(recipe, learning_rate=1e30))

    for path in tmp_path.glob("config.json"):  # if there was a good epoch, it is still one
        assert all(np.isfinite(w).all() for w in load_model(path.parent).weights.values())
