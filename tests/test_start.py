"""Training that begins from a trained model: which weights it takes, what it refuses."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import Result

from slotkit.corpus import Corpus
from slotkit.encoders.encoder import Encoder
from slotkit.encoders.lists import Lists
from slotkit.encoders.table import encoder_from_config, make_encoder
from slotkit.encoders.vectors import Vectors
from slotkit.model.file import load_model, save_model
from slotkit.model.model import Model
from slotkit.training.prepare import prepare
from slotkit.training.recipe import Recipe, make_recipe
from slotkit.training.run import Run
from slotkit.training.vector_files import read_vectors
from small import (
    LEARNING,
    SMALL,
    TEN,
    after,
    each_kind,
    kept,
    make_corpus,
    make_split,
    note_starts,
    run,
    stop_and_go,
    training_of,
)

pytestmark = pytest.mark.usefixtures("no_sync")

# Some words and tags of the ten utterances, and others.
OTHERS = [
    *TEN[:3],
    "fly business/B-class from Bergen/B-from with Air/B-airline Malta/I-airline",
    "first/B-class class/I-class to New/B-to York/I-to",
    "a vegan/B-meal meal and a window/B-seat seat/I-seat please",
    "an aisle/B-seat seat/I-seat to Bergen/B-to and a halal/B-meal meal/I-meal",
]


def begin(start: Model, recipe: Recipe, lines: list[str]) -> Run:
    """Return a training of these utterances before its first step."""
    split = make_split(lines)
    return Run(prepare(split, split, recipe, start), recipe)


def arrays(training: Run) -> list[dict[str, np.ndarray[Any, Any]]]:
    """Return the weights of each tagger in training."""
    return [
        {name: weight.numpy() for name, weight in member.state_dict().items()}
        for member in training.ensemble
    ]


@pytest.fixture(scope="module")
def elman(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an Elman network that has learned the ten utterances."""
    folder = tmp_path_factory.mktemp("start") / "elman"
    run(folder, make_recipe("elman", decoder="crf", **LEARNING))
    return folder


# Which weights


@each_kind
def test_weights_of_the_same_names_are_taken_over(
    tagger: str, options: dict[str, Any], tmp_path: Path
) -> None:
    """Tags lie along the axes that are as long as there are tags: no other size is the same."""
    options = {**options, **SMALL, "hidden_size": 20, "embedding_size": 6, "window_size": 0}
    run(tmp_path / "start", make_recipe(tagger, **options | {"epochs": 1}))
    start = load_model(tmp_path / "start")
    training = begin(start, make_recipe(tagger, start=str(tmp_path / "start"), **options), OTHERS)
    tags, encoder = training.setup.tags, training.setup.encoder
    same_tags = [tag for tag in tags if tag in start.tags]
    ours, theirs = (one.names()["embedding"] for one in (encoder, start.encoder))
    assert set(theirs) < set(ours)  # the vocabularies are joined
    assert 3 < len(same_tags) < min(len(tags), len(start.tags))
    assert {len(tags), len(start.tags)}.isdisjoint({6, 20, 24, 40, 80})

    for new, old in zip(arrays(training), start.of_members(), strict=True):
        assert new.keys() == old.keys()
        of_tags = 0
        for name, weight in old.items():
            if name == "input.embedding.weight":
                taken = new[name][[ours.index(one) for one in theirs]]
                np.testing.assert_array_equal(taken, weight)
                continue
            taken = new[name]
            for axis, size in enumerate(weight.shape):
                if size == len(start.tags):
                    assert taken.shape[axis] == len(tags)
                    of_tags += 1
                    taken = taken.take([tags.index(tag) for tag in same_tags], axis)
                    weight = weight.take([start.tags.index(tag) for tag in same_tags], axis)
            np.testing.assert_array_equal(taken, weight)
        assert of_tags >= 2


def test_what_has_another_name_begins_anew(elman: Path) -> None:
    start, options = load_model(elman), {"decoder": "crf", **LEARNING}
    lines = ["of Bergen/B-via", "of Rome/B-via"]
    (new,) = arrays(begin(start, make_recipe("elman", start=str(elman), **options), lines))
    (fresh,) = arrays(begin_anew(make_recipe("elman", **options), lines))

    assert new["network.output.weight"].shape == fresh["network.output.weight"].shape == (2, 8)
    np.testing.assert_array_equal(new["crf.transitions"][1], 0)
    np.testing.assert_array_equal(new["crf.start"][1], 0)
    assert new["crf.start"][0] == start.weights["crf.start"][0]
    assert not np.isin(
        new["network.output.weight"][1], start.weights["network.output.weight"]
    ).any()


def begin_anew(recipe: Recipe, lines: list[str]) -> Run:
    """Return a training from nothing before its first step."""
    split = make_split(lines)
    return Run(prepare(split, split, recipe), recipe)


def test_intents_are_taken_over_by_name(tmp_path: Path) -> None:
    lines, options = TEN[:4], {**SMALL, "intent": True}
    first = make_split(lines, intent=["leave", "leave", "arrive", "book"])
    other = make_split(lines, intent=["ask", "leave", "arrive", "cancel"])
    recipe = make_recipe("elman", **options)
    save_model(Run(prepare(first, first, recipe), recipe).trained_model({}), tmp_path / "start")
    start = load_model(tmp_path / "start")
    recipe = make_recipe("elman", start=str(tmp_path / "start"), **options)
    training = Run(prepare(other, other, recipe, start), recipe)
    (new,) = arrays(training)

    assert training.setup.intents == ["arrive", "ask", "cancel", "leave"]
    assert start.intents == ["arrive", "book", "leave"]
    for name in "intent.weight", "intent.bias":
        np.testing.assert_array_equal(new[name][[0, 3]], start.weights[name][[0, 2]])
    np.testing.assert_array_equal(new["intent.by_size"], start.weights["intent.by_size"])
    assert not np.isin(new["intent.weight"][[1, 2]], start.weights["intent.weight"]).any()


def test_started_from_itself_it_scores_at_once_what_it_scored(tmp_path: Path) -> None:
    first = run(tmp_path / "one", make_recipe("bidirectional", **LEARNING))
    recipe = make_recipe(start=str(tmp_path / "one"), **LEARNING)
    again = run(tmp_path / "two", replace(recipe, epochs=1, learning_rate=1e-7))

    assert first.f1 is not None
    assert again.f1 == first.f1 > 0.9
    one, two = (load_model(tmp_path / name) for name in ("one", "two"))
    assert one.encoder.to_config() == two.encoder.to_config()
    for name, weight in one.weights.items():
        np.testing.assert_allclose(two.weights[name], weight, atol=2e-3)


def test_the_running_mean_begins_with_the_start(elman: Path) -> None:
    recipe = make_recipe("elman", start=str(elman), **LEARNING | {"ema_decay": 0.75})
    training = begin(load_model(elman), recipe, TEN[:4])  # a batch
    before = {name: w.clone() for name, w in training.ensemble.state_dict().items()}
    training.train_epoch(0)

    for name, weight in training.best_weights.state_dict().items():
        mean = 0.75 * before[name] + 0.25 * training.ensemble.state_dict()[name]
        torch.testing.assert_close(weight, mean)


def test_each_tagger_of_an_ensemble_has_its_own_start(elman: Path, tmp_path: Path) -> None:
    name, alone = "network.output.weight", load_model(elman).weights
    pair = make_recipe("elman", start=str(elman), ensemble_size=2, **SMALL)
    first, second = arrays(begin(load_model(elman), pair, TEN))
    np.testing.assert_array_equal(first[name], alone[name])
    np.testing.assert_array_equal(second[name], alone[name])

    run(tmp_path / "pair", pair)
    start = load_model(tmp_path / "pair")
    recipe = make_recipe(start=str(tmp_path / "pair"), **SMALL)
    assert (recipe.tagger, recipe.ensemble_size, recipe.decoder) == ("elman", 2, "crf")
    for number, new in enumerate(arrays(begin(start, recipe, TEN))):
        np.testing.assert_array_equal(new[name], start.weights[f"members.{number}.{name}"])
    one = make_recipe(start=str(tmp_path / "pair"), **SMALL, ensemble_size=1)
    np.testing.assert_array_equal(
        arrays(begin(start, one, TEN))[0][name], start.weights[f"members.0.{name}"]
    )
    with pytest.raises(ValueError, match="its ensemble_size is 2, this training has 3"):
        make_recipe(start=str(tmp_path / "pair"), **SMALL, ensemble_size=3)


# Encoders


@pytest.mark.parametrize("spec", ["one-of-n", "other", "hashing", "shape", "other+hashing+shape"])
def test_a_joined_encoder_knows_what_both_know(spec: str) -> None:
    one, two, both = (make_encoder(spec) for _ in range(3))
    one.fit(Counter({"other": 2, "Oslo": 2, "to": 1}))
    two.fit(Counter({"to": 2, "Rome": 3, "2nd": 1}))
    both.fit(Counter({"other": 2, "Oslo": 2, "to": 2, "Rome": 3, "2nd": 1}))
    one.join(two)

    assert one.to_config() == both.to_config()
    names = one.names()["embedding"]
    assert len(names) == len(set(names)) == one.dimensions
    assert [name.rpartition(" ")[2] for name in names] == [
        one.describe(number) for number in range(one.dimensions)
    ]


def test_a_joined_table_of_vectors_has_the_rows_of_both(tmp_path: Path) -> None:
    def fitted(*words: str) -> Encoder:
        rows = "".join(f"{word} {n + 1} {-n} 2\n" for n, word in enumerate(words))
        (tmp_path / "rows.txt").write_text(rows)
        encoder = Vectors(vectors=str(tmp_path / "rows.txt"), read=read_vectors)
        encoder.fit(Counter(words))
        return encoder

    one, two = fitted("to", "Rome"), fitted("Oslo", "to", "Lima")
    own, theirs = one.features(["to", "Rome"]), two.features(["Oslo", "Lima"])
    one.join(two)

    np.testing.assert_array_equal(one.features(["to", "Rome"]), own)
    np.testing.assert_array_equal(one.features(["Oslo", "Lima"]), theirs)
    again = encoder_from_config(one.to_config())
    assert {name: (a.shape, str(a.dtype)) for name, a in one.arrays.items()} == again.array_shapes()
    assert one.names() == two.names()


def test_joined_lists_hold_the_values_of_both() -> None:
    one = Lists(lists={"city": [["Rome"]]}, slots={"to": "city"})
    two = Lists(lists={"city": [["Oslo"]], "airline": [["Air", "Malta"]]}, slots={"by": "airline"})
    one.join(two)

    assert one.names() == {"context": ["airline B", "airline I", "city B", "city I"]}
    assert one.context(["Rome", "Oslo", "Air", "Malta"]).tolist() == [
        [0, 0, 1, 0],
        [0, 0, 1, 0],
        [1, 0, 0, 0],
        [0, 1, 0, 0],
    ]
    assert encoder_from_config(one.to_config()).context_size == 4


# Where training goes on


def few() -> Corpus:
    """Return a corpus without a validation part that folds are for."""
    return make_corpus(TEN + OTHERS, None)


def test_each_fold_begins_from_the_start(
    elman: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = note_starts(monkeypatch)
    sizes: dict[str, Any] = {"embedding_size": 8, "hidden_size": 8}
    by_size: dict[str, Any] = dict.fromkeys(("epochs", "patience", "batch_size", "ema_decay"))
    run(tmp_path, make_recipe(start=str(elman), **sizes, **by_size), few())

    assert len(starts) == 4  # three folds, and the tagger that is kept
    for start in starts:
        assert start is not None
        assert start.tags == load_model(elman).tags


@pytest.mark.parametrize("refit", [False, True])
def test_it_resumes_to_equal_bytes_where_the_start_is_gone(
    refit: bool, elman: Path, tmp_path: Path
) -> None:
    shutil.copytree(elman, tmp_path / "start")
    options = {**SMALL, "epochs": 3, "refit": refit}
    recipe = make_recipe(start=str(tmp_path / "start"), **options)
    corpus = make_corpus(OTHERS, TEN)
    run(tmp_path / "whole", recipe, corpus)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "parts", recipe, corpus, each_epoch=after(3 if refit else 1))
    shutil.rmtree(tmp_path / "start")
    run(tmp_path / "parts", recipe, corpus, resume=True)

    assert kept(tmp_path / "parts") == kept(tmp_path / "whole")


def test_a_model_may_be_replaced_by_what_begins_from_it(elman: Path, tmp_path: Path) -> None:
    shutil.copytree(elman, tmp_path / "model")
    recipe = make_recipe(start=str(tmp_path / "model"), **SMALL)
    run(tmp_path / "apart", recipe)
    stop_and_go(tmp_path / "model", recipe, {"each_epoch": after(2)})

    assert kept(tmp_path / "model") == kept(tmp_path / "apart")


def test_the_model_says_from_which_it_began(elman: Path, tmp_path: Path) -> None:
    run(tmp_path, make_recipe(start=str(elman), **SMALL))

    digest = json.loads((elman / "config.json").read_bytes())["sha256"]
    assert training_of(tmp_path)["start"] == digest
    assert training_of(tmp_path)["recipe"]["start"] == str(elman)
    assert "start" not in training_of(elman)


# The command


@pytest.fixture
def cli(slotkit_command: Callable[..., Result], tmp_path: Path) -> Callable[..., Result]:
    """Return a function that trains on two utterances."""
    rows = [("to Oslo", "O B-to"), ("to Rome", "O B-to")]
    lines = (json.dumps({"tokens": a.split(), "tags": b.split()}) + "\n" for a, b in rows)
    text = "".join(lines)
    (tmp_path / "corpus").mkdir()
    for split in "train", "validation":
        (tmp_path / "corpus" / f"{split}.jsonl").write_text(text)

    def call(*options: object) -> Result:
        words = ["--epochs", 1, "-o", tmp_path / "model", *options]
        return slotkit_command("train", tmp_path / "corpus", *words)

    return call


def test_the_command_takes_options_of_the_start(
    cli: Callable[..., Result], elman: Path, tmp_path: Path
) -> None:
    done = cli("--start", elman)

    assert done.exit_code == 0, done.stderr
    taken = "--tagger elman --decoder crf --tokenizer words --embedding-size 8 --hidden-size 8"
    assert f"taken from {elman}: {taken}\n" in done.stderr
    assert f"from {elman}: 2 of 2 tags, " in done.stderr
    assert load_model(tmp_path / "model").tags == ["O", "B-to"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--tagger", "gru"], "its tagger is elman, this training has gru"),
        (["--hidden-size", 9], "its hidden_size is 8, this training has 9"),
        (["--embedding-size", 9], "its embedding_size is 8, this training has 9"),
        (["--window-size", 1], "its window_size is 4, this training has 1"),
        (["--tokenizer", "characters"], "its tokenizer is words, this training has characters"),
        (["--encoder", "other"], "its encoder is other+hashing, this training has other"),
        (["--letters", 2], "its letters is 3, this training has 2"),
        (["--min-count", 1], "its min_count is 2, this training has 1"),
        (["--no-lower-case"], "its lower_case is True, this training has False"),
        (["--num-layers", 2], "its num_layers is 1, this training has 2"),
        (["--activation", "relu"], "its activation is tanh, this training has relu"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_contradicts_the_start_is_said_in_a_line(
    given: list[object], said: str, cli: Callable[..., Result], elman: Path, tmp_path: Path
) -> None:
    refused = cli("--start", elman, *given)

    assert refused.exit_code == 2
    assert refused.stderr.splitlines()[-1] == f"Error: --start {elman}: {said}"
    assert not (tmp_path / "model").exists()


def test_a_missing_or_damaged_start_is_refused_as_by_tag(
    cli: Callable[..., Result],
    slotkit_command: Callable[..., Result],
    elman: Path,
    tmp_path: Path,
) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(elman, damaged)
    (weights,) = damaged.glob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:-1])
    for folder in damaged, tmp_path / "nowhere":
        refused = cli("--start", folder)
        assert refused.exit_code == 1
        assert refused.stderr == slotkit_command("tag", "-m", folder, "to Rome").stderr
        assert not (tmp_path / "model").exists()


def test_the_start_is_left_out_with_resume(cli: Callable[..., Result], elman: Path) -> None:
    refused = cli("--resume", "--start", elman)

    assert refused.exit_code == 2
