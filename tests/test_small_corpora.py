"""Small corpora: how long training goes on, what folds say, and that little is learned from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from slotkit.corpus import Corpus, load_corpus
from slotkit.corpus.formats.find import bundled
from slotkit.model.file import load_model
from slotkit.tagging.filler import SlotFiller
from slotkit.training.calibrate import FITTED
from slotkit.training.folds import FOLDED, FOLDS, cross_validate, is_small
from slotkit.training.loop import train
from slotkit.training.recipe import make_recipe
from slotkit.training.size import pace_of

TINY: dict[str, Any] = {"embedding_size": 12, "hidden_size": 12}


def few(count: int) -> Corpus:
    """Return the first utterances of the bundled corpus, without a validation part."""
    corpus = load_corpus("ticket_booking")
    rows = corpus.splits["train"].select(range(count))
    return corpus._replace(splits=type(corpus.splits)(train=rows))


@pytest.mark.parametrize(("utterances", "steps"), [(50, 588), (100, 819), (300, 1558), (999, 3125)])
def test_the_fewer_utterances_the_more_passes(utterances: int, steps: int) -> None:
    pace = pace_of(make_recipe(), utterances)

    assert pace.epochs * -(-utterances // pace.batch_size) == steps
    assert pace.patience == pace.epochs
    assert 1 / (1 - pace.ema_decay) == pytest.approx(steps / 6)


@pytest.mark.parametrize(
    ("utterances", "epochs", "batch_size", "rate"),
    [(1000, 25, 8, 0.004), (4478, 22, 32, 0.004), (7000, 22, 50, 0.005), (13084, 9, 64, 0.0057)],
)
def test_the_more_utterances_the_fewer_passes_and_the_larger_steps(
    utterances: int, epochs: int, batch_size: int, rate: float
) -> None:
    pace = pace_of(make_recipe(), utterances)

    assert pace[:3] == (epochs, epochs, batch_size)
    assert pace.learning_rate == pytest.approx(rate, rel=0.01)


@pytest.mark.parametrize(
    ("utterances", "epochs", "chance"),
    [(50, 84, 0.15), (1000, 25, 0.25), (4478, 22, 0.25), (8000, 22, 0.25)],
)
def test_what_is_known_is_taken_the_more_often_the_fewer_passes_there_are(
    utterances: int, epochs: int, chance: float
) -> None:
    pace = pace_of(make_recipe(), utterances)

    assert (pace.epochs, pace.keep_known) == (epochs, chance)
    assert pace_of(make_recipe(epochs=12), utterances).keep_known == 1
    assert pace_of(make_recipe("elman"), utterances).keep_known == 1


@pytest.mark.parametrize(("utterances", "epochs"), [(8890, 9), (13084, 9), (10**6, 2)])
def test_much_is_learned_at_moved_words_too(utterances: int, epochs: int) -> None:
    pace = pace_of(make_recipe(), utterances)
    plain = pace_of(make_recipe(adversarial=0.0), utterances)

    assert (pace.epochs, pace.batch_size, pace.adversarial) == (epochs, 64, 0.1)
    assert pace.keep_known == 0.25
    assert pace == pace_of(make_recipe(adversarial=0.1), utterances)
    assert plain.epochs == max(1, round(3100 * 64 / utterances))
    assert plain.adversarial == pace_of(make_recipe(), 8800).adversarial == 0
    assert (pace.input_dropout, pace.dropout) == (0.2, 0.2)
    assert plain.dropout == plain.input_dropout == pace_of(make_recipe(), 8800).dropout == 0.3
    assert pace_of(make_recipe("elman"), utterances).dropout == 0.3
    assert pace_of(make_recipe("elman"), utterances).adversarial == 0


def test_a_refit_moves_words_if_the_training_did_that_chose_its_epochs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slotkit.training.size._STEPS_OF_EPOCH", 1)
    splits = load_corpus("ticket_booking").splits
    corpus = few(60)
    corpus = corpus._replace(splits=splits | {"train": corpus.splits["train"]})
    corpus.splits["validation"] = splits["validation"].select(range(10))
    paces = []
    recipe = make_recipe(**TINY, epochs=1, refit=True)
    train(corpus, recipe, tmp_path / "model", started=lambda _, run, __: paces.append(run.pace))

    assert [(pace.batch_size, pace.adversarial) for pace in paces] == [(60, 0), (64, 0)]
    assert pace_of(recipe, 70).adversarial > 0


@pytest.mark.parametrize(("given", "said"), [([], True), (["--adversarial", 0], False)])
def test_that_words_are_moved_is_said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    slotkit_command: Callable[..., Result],
    given: list[Any],
    said: bool,
) -> None:
    monkeypatch.setattr("slotkit.training.size._STEPS_OF_EPOCH", 0.1)
    rows = (bundled()["ticket_booking"] / "train.jsonl").read_text(encoding="utf-8")
    (tmp_path / "few.jsonl").write_text("".join(rows.splitlines(True)[:30]), encoding="utf-8")
    sizes = ["--embedding-size", 8, "--hidden-size", 8, "--epochs", 1]

    done = slotkit_command("train", tmp_path / "few.jsonl", *sizes, *given, "-o", tmp_path / "m")

    assert done.exit_code == 0, done.stderr
    line = "moved to where they are hardest to tag; --adversarial 0 leaves them where they are"
    assert (line in done.stderr) == said


def test_what_is_given_is_kept() -> None:
    given: dict[str, Any] = {
        "epochs": 3,
        "patience": 2,
        "batch_size": 5,
        "learning_rate": 0.1,
        "ema_decay": 0.5,
        "keep_known": 0.7,
        "adversarial": 0.2,
        "input_dropout": 0.4,
        "dropout": 0.6,
    }

    assert pace_of(make_recipe(**given), 50) == (3, 2, 5, 0.1, 0.5, 0.7, 0.2, 0.4, 0.6)
    assert pace_of(make_recipe("elman"), 50).epochs == 30


def test_folds_are_for_small_corpora_without_validation() -> None:
    corpus = few(50)

    assert is_small(corpus.splits, make_recipe())
    assert not is_small(corpus.splits, make_recipe(epochs=3))
    assert not is_small(corpus.splits, make_recipe(refit=True))
    assert not is_small(corpus.splits, make_recipe("elman"))
    assert not is_small(load_corpus("ticket_booking").splits, make_recipe())
    assert not is_small(few(2 * FOLDS - 1).splits, make_recipe())
    assert not is_small(few(FOLDED).splits, make_recipe())


def test_each_utterance_is_held_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """From a tagger that has not seen it; the figure is of all of them together."""
    monkeypatch.setattr("slotkit.training.size._STEPS", 7.5)
    corpus, told = few(20), list[tuple[int, float]]()
    found = cross_validate(
        corpus.splits["train"],
        make_recipe(**TINY),
        lambda fold, f1: told.append((fold, f1)),
    )

    assert [fold for fold, _ in told] == [1, 2, 3]
    assert min(f1 for _, f1 in told) - 1e-9 <= found.f1 <= max(f1 for _, f1 in told) + 1e-9
    assert set(found.temperatures) == set(FITTED)


def test_fifty_utterances_teach_something(
    tmp_path: Path, slotkit_command: Callable[..., Result]
) -> None:
    everything = (bundled()["ticket_booking"] / "train.jsonl").read_text(encoding="utf-8")
    first = everything.splitlines(keepends=True)[:50]
    (tmp_path / "few.jsonl").write_text("".join(first), encoding="utf-8")
    model = tmp_path / "model"
    sizes = ["--embedding-size", 24, "--hidden-size", 24]
    done = slotkit_command("train", tmp_path / "few.jsonl", *sizes, "-o", model)

    assert done.exit_code == 0, done.stderr
    assert "3 folds tell how good it is" in done.stderr
    assert "50 utterances ask for at most 588 steps: 84 epochs of 7 steps of 8" in done.stderr
    assert "of what it tags surely an epoch takes 15 %; --keep-known 1 takes all" in done.stderr
    assert "fold 3 of 3: F1 " in done.stderr
    assert "on what the folds held out (strict IOB2)" in done.stderr
    assert (
        "that is little. Slots with the fewest examples, of which more help most: " in done.stderr
    )
    scored = slotkit_command("evaluate", model, "ticket_booking", "--split", "test", "--json")
    assert json.loads(scored.stdout)["f1"] > 0.25
    assert load_model(model).temperature > 0
    refused = slotkit_command("evaluate", model)
    assert refused.exit_code == 1
    assert "the model was trained on all of it" in refused.stderr


def test_the_same_seed_gives_the_same_tagger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slotkit.training.size._STEPS", 7.5)
    for name in "one", "two":
        train(few(20), make_recipe(**TINY), tmp_path / name)

    one, two = ((tmp_path / name / "config.json").read_bytes() for name in ("one", "two"))
    assert one == two
    assert SlotFiller.load(tmp_path / "one").tag("to Rome").text == "to Rome"
