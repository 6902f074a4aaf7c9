"""What is none of a tagger's business: its head, its threshold, what is told of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import Result
from datasets import Dataset

import slotkit
from slotkit.decoding.pooling import pool as pool_words
from slotkit.decoding.scope import OUT_OF_SCOPE, probability, score_scope
from slotkit.evaluation.scope import judge_scope, most_rejected
from slotkit.network.pooling import pool
from slotkit.network.scope import ScopeLayer
from slotkit.tagging.filler import SlotFiller
from slotkit.training.scope import fit_scope

INSIDE = [f"{verb} {city}" for verb in ("to", "from", "via") for city in ("Rome", "Oslo", "Lima")]
OUTSIDE = [f"what {noun} is {it}" for noun in ("weather", "news", "soup") for it in "abcd"]


def lines_of(inside: list[str], outside: list[str]) -> str:
    """Write a corpus of JSON lines."""
    rows: list[dict[str, Any]] = [
        {"tokens": text.split(), "tags": ["O", "B-city"], "intent": "go"} for text in inside
    ]
    rows += [
        {"tokens": text.split(), "tags": ["O"] * 4, "intent": OUT_OF_SCOPE} for text in outside
    ]
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train on cities that are asked for and on what is not."""
    folder = tmp_path_factory.mktemp("scope")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "train.jsonl").write_text(lines_of(INSIDE * 4, OUTSIDE * 2))
    (folder / "corpus" / "validation.jsonl").write_text(lines_of(INSIDE, OUTSIDE))
    recipe = slotkit.make_recipe("elman", epochs=30, embedding_size=16, hidden_size=16)
    slotkit.train(folder / "corpus", recipe, folder / "model")
    return folder


# The head


def test_torch_and_numpy_agree_on_ragged_batches() -> None:
    torch.manual_seed(0)
    layer = ScopeLayer(6)
    torch.nn.init.normal_(layer.bias)
    weights: Any = {name: w.detach().numpy() for name, w in layer.named_parameters()}
    lengths, hidden = [5, 1, 3], torch.randn(3, 5, 6) - 3
    mask = torch.arange(5) < torch.tensor(lengths)[:, None]
    with torch.no_grad():
        theirs = layer(pool(hidden, mask)).numpy()

    for row, length in enumerate(lengths):
        ours = score_scope(weights, pool_words(hidden[row, :length].numpy()))
        assert ours == pytest.approx(theirs[row], abs=1e-5)


def test_a_probability_is_one_whatever_the_score() -> None:
    assert probability(2.0, 1.0) == pytest.approx(1 / (1 + np.exp(-2.0)))
    assert probability(2.0, 2.0) == pytest.approx(1 / (1 + np.exp(-1.0)))
    assert [probability(score, 1e-6) for score in (-1e6, 1e6)] == [0.0, 1.0]


# The threshold


def test_the_threshold_rejects_as_few_as_it_must() -> None:
    random = np.random.default_rng(0)
    scores = np.concatenate([random.normal(3, 1, 700), random.normal(-3, 1, 300)])
    inside = [True] * 700 + [False] * 300
    fitted = fit_scope(scores.tolist(), inside, lambda loss: min((0.5, 1.0, 2.0), key=loss))

    found = np.array([probability(score, fitted["temperature"]) for score in scores])
    assert (found[:700] < fitted["threshold"]).sum() == most_rejected(700, 0.02) == 7
    assert (found[700:] < fitted["threshold"]).mean() > 0.95


def test_where_nothing_is_out_of_scope_there_is_no_temperature() -> None:
    fitted = fit_scope([1.0, 2.0, 3.0], [True] * 3, lambda loss: 7.0)
    assert fitted == {"temperature": 1.0, "threshold": probability(1.0, 1.0)}


# A tagger that has learned it


def test_what_is_out_of_scope_fills_nothing(trained: Path) -> None:
    filler = slotkit.load(trained / "model")
    inside, outside = filler.tag("to Rome"), filler.tag("what weather is b")

    assert inside.in_scope is not None
    assert outside.in_scope is not None
    assert inside.in_scope > 0.9 > 0.1 > outside.in_scope
    assert not inside.rejected
    assert inside.frame == {"city": ["Rome"]}
    assert outside.rejected
    assert outside.frame == {}
    told = json.loads(outside.to_json_line())
    assert told["rejected"] is True
    assert told["in_scope"] == round(outside.in_scope, 6)
    assert filler.tag("").in_scope is None


def test_slots_of_what_is_rejected_are_unsure_and_tags_stay(trained: Path) -> None:
    model = slotkit.load(trained / "model")._model
    assert model.scope is not None
    always = SlotFiller(model._replace(scope={**model.scope, "threshold": 1.0}))
    tagging = always.tag("to Rome", min_confidence=0)

    assert tagging.rejected
    assert tagging.tags == ["O", "B-city"]
    assert [slot.value for slot in tagging.unsure] == ["Rome"]
    assert tagging.slots == []


def test_a_model_that_has_not_learned_it_says_nothing(
    make_model: Callable[..., Any], slotkit_command: Callable[..., Result]
) -> None:
    tagging = SlotFiller(make_model()).tag("to Rome")

    assert tagging.in_scope is None
    assert not tagging.rejected
    assert "in_scope" not in tagging.to_json()


# Lines of a file


def test_plain_lines_teach_what_is_out_of_scope(
    tmp_path: Path, slotkit_command: Callable[..., Result]
) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "train.jsonl").write_text(lines_of(INSIDE * 4, []))
    (tmp_path / "corpus" / "validation.jsonl").write_text(lines_of(INSIDE, []))
    (tmp_path / "talk.txt").write_text("\n".join([*OUTSIDE, "to Rome"]) + "\n")
    sizes = ["--tagger", "elman", "--epochs", 30, "--embedding-size", 16, "--hidden-size", 16]
    corpus, model = tmp_path / "corpus", tmp_path / "model"

    done = slotkit_command("train", corpus, "-o", model, *sizes)
    assert done.exit_code == 0, done.stderr
    assert "out of scope" in done.stderr
    assert "--out-of-scope" in done.stderr
    done = slotkit_command("evaluate", model, corpus, "--split", "validation")
    assert "train with --out-of-scope FILE" in done.stdout

    talk = ["--out-of-scope", tmp_path / "talk.txt"]
    done = slotkit_command("train", corpus, "-o", model, *sizes, *talk, "--overwrite")
    assert done.exit_code == 0, done.stderr
    assert "talk.txt: 12 utterances out of scope; left out, for they stand in" in done.stderr
    assert slotkit.load(model).tag("what news is d").rejected
    done = slotkit_command("evaluate", model, corpus, "--split", "validation", *talk, "--json")
    told = json.loads(done.stdout)["scope"]
    assert (told["in_scope"], told["out_of_scope"]) == (9, 13)
    assert told["recall"] >= 12 / 13 - 1e-9
    assert told["auroc"] > 0.9
    shown = slotkit_command("evaluate", model, corpus, "--split", "validation", *talk).stdout
    assert "AUROC of being in scope" in shown
    assert "F1 before rejection" in shown


def test_a_file_that_is_not_there_is_said_in_a_line(
    tmp_path: Path, slotkit_command: Callable[..., Result]
) -> None:
    (tmp_path / "train.jsonl").write_text(lines_of(INSIDE, []))
    none = tmp_path / "none.txt"
    done = slotkit_command(
        "train", tmp_path / "train.jsonl", "-o", tmp_path / "model", "--out-of-scope", none
    )

    assert done.exit_code == 1
    assert (
        done.stderr.splitlines()[-1] == f"Error: {none}: cannot be read: No such file or directory"
    )
    assert not (tmp_path / "model" / "config.json").exists()


# Another threshold


def test_the_threshold_is_chosen_anew(
    trained: Path, slotkit_command: Callable[..., Result]
) -> None:
    model = trained / "model"
    done = slotkit_command("thresholds", model, trained / "corpus", "--false-rejections", 0.3)

    assert done.exit_code == 0, done.stderr
    assert "of 9 utterances in scope 0 are rejected" in done.stdout
    done = slotkit_command(
        "thresholds", model, trained / "corpus", "--false-rejections", 0, "--json"
    )
    assert json.loads(done.stdout) == {"threshold": 0.0, "in_scope": 9, "rejected": 0}
    assert not slotkit.load(model).tag("what weather is b").rejected
    done = slotkit_command("thresholds", model, trained / "corpus", "--false-rejections", 0.02)
    assert slotkit.load(model).tag("what weather is b").rejected


@pytest.mark.parametrize("given", [[], ["--precision", 0.9, "--false-rejections", 0.1]])
def test_one_of_the_two_thresholds_is_asked_for(
    given: list[Any], slotkit_command: Callable[..., Result]
) -> None:
    done = slotkit_command("thresholds", "model", *given)
    assert done.exit_code == 2
    assert "give --precision or --false-rejections" in done.stderr


@pytest.mark.parametrize("name", ["--out-of-scope", "--unlabelled", "--start"])
def test_an_empty_name_is_refused(name: str, slotkit_command: Callable[..., Result]) -> None:
    done = slotkit_command("train", "ticket_booking", name, "")
    assert done.exit_code == 2
    assert f"{name} names nothing" in done.stderr


# Its figures


def test_figures_are_counted_by_hand(trained: Path) -> None:
    filler = slotkit.load(trained / "model")
    texts = ["to Rome", "from Oslo", "what soup is a", "what soup is b"]
    taggings = [
        one._replace(rejected=number > 2) for number, one in enumerate(filler.tag_batch(texts))
    ]
    gold = [["O", "B-city"], ["O", "B-city"], ["O"] * 4, ["O"] * 4]

    told = judge_scope(taggings, gold, ["go", "go", OUT_OF_SCOPE, OUT_OF_SCOPE])
    assert (told["in_scope"], told["out_of_scope"]) == (2, 2)
    assert (told["false_rejections"], told["recall"]) == (0.0, 0.5)
    assert told["auroc"] == 1.0
    assert told["f1_after"] == 1.0
    alone = judge_scope(taggings[:2], gold[:2], ["go", "go"])
    assert alone["recall"] is alone["filled"] is alone["auroc"] is None


def test_rows_may_have_other_columns(tmp_path: Path) -> None:
    from slotkit.corpus.out_of_scope import add_to_training
    from slotkit.corpus.plain import Plain

    (tmp_path / "train.jsonl").write_text(
        '{"tokens": ["Oslo"], "tags": ["B-to"], "asked": "to", "edges": [[0, 0]]}\n' * 3
    )
    splits = slotkit.load_corpus(tmp_path / "train.jsonl").splits
    more = [Plain(f"how {n}", ["how", str(n)]) for n in range(20)]

    added = add_to_training(splits, more)["train"]
    assert isinstance(added, Dataset)
    assert len(added) == 23
    assert added[-1] == {
        "text": "how 19",
        "tokens": ["how", "19"],
        "tags": ["O", "O"],
        "intent": OUT_OF_SCOPE,
        "edges": [],
        "asked": [],
    }
    both = add_to_training({"train": splits["train"], "validation": splits["train"]}, more)
    assert {name: len(rows) for name, rows in both.items()} == {"train": 21, "validation": 5}
