"""The weights of the epochs of a training, kept beside the model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result

import slotkit.training.loop
from slotkit.errors import ModelFileError
from slotkit.model.config import own_digest, to_json
from slotkit.model.file import load_model, save_model
from slotkit.model.model import Model
from slotkit.model.snapshots import MOST, kept_epochs, read_snapshots, save_snapshot
from slotkit.model.weights import read_weights
from slotkit.tagging.filler import SlotFiller
from slotkit.training.folds import FOLDED
from slotkit.training.recipe import make_recipe
from slotkit.training.run import Run
from small import SMALL, after, history, make_corpus, run, scripted

pytestmark = pytest.mark.usefixtures("no_sync")

MakeModel = Callable[..., Model]
ELMAN = make_recipe("elman", **SMALL)


def snapshot_files(folder: Path) -> dict[str, bytes]:
    """Return the files of the snapshots."""
    place = folder / "snapshots"
    return {path.name: path.read_bytes() for path in place.iterdir()} if place.exists() else {}


def epochs_of(folder: Path) -> list[int]:
    """Return the epochs that are kept."""
    return [epoch for epoch, _ in read_snapshots(folder)]


# What is kept


@pytest.mark.parametrize(
    ("tagger", "options"),
    [("elman", {}), ("bidirectional", {"decoder": "crf", "ensemble_size": 2})],
    ids=["elman", "ensemble"],
)
def test_every_epoch_is_kept_as_it_was_scored(
    tagger: str, options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tagged: list[list[list[str]]] = []
    predict = Run.predict

    def noted(run: Run, split: Any) -> list[list[str]]:
        tagged.append(predict(run, split))
        return tagged[-1]

    monkeypatch.setattr(Run, "predict", noted)
    recipe = make_recipe(tagger, **options, **SMALL | {"learning_rate": 0.03, "ema_decay": 0.9})
    best = run(tmp_path, recipe, snapshots=True)
    found = read_snapshots(tmp_path)

    assert [epoch for epoch, _ in found] == [1, 2, 3, 4]
    texts = make_corpus().splits["validation"]["text"]
    for (_, model), expected in zip(found, tagged, strict=True):
        filler = SlotFiller(model)
        assert [filler.tag(text).tags for text in texts] == expected
    whole = load_model(tmp_path)
    for name, weight in dict(found)[best.epoch].weights.items():
        np.testing.assert_array_equal(weight, whole.weights[name])
    assert dict(found)[best.epoch].temperature == whole.temperature


def test_without_the_option_nothing_is_kept(tmp_path: Path) -> None:
    run(tmp_path, ELMAN)

    assert not (tmp_path / "snapshots").exists()
    assert read_snapshots(tmp_path) == []


def test_of_many_epochs_some_are_kept() -> None:
    assert kept_epochs(1, None) == {1}
    assert kept_epochs(MOST, 3) == set(range(1, MOST + 1))
    assert kept_epochs(31, 4) == {*range(1, 32, 2), 4}
    assert kept_epochs(100, 98) == {*range(1, 101, 4), 98, 100}
    for newest in range(1, 500):
        kept = kept_epochs(newest, 1 + newest // 2)
        assert len(kept) <= MOST + 2
        assert {1, newest} <= kept <= {*kept_epochs(newest - 1, 1 + newest // 2), newest}


def test_of_many_epochs_the_best_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slotkit.model.snapshots.MOST", 2)
    scripted(monkeypatch, 0.1, 0.2, 0.3, 0.9, 0.2, 0.3, 0.3)
    run(tmp_path, replace(ELMAN, epochs=7), snapshots=True)

    assert epochs_of(tmp_path) == [1, 4, 5, 7]
    assert len(snapshot_files(tmp_path)) == 5


def test_of_a_refit_its_own_epochs_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its words may be others, so that the weights of the first training do not fit the model."""
    corpus = make_corpus(validation=["leave Paris/B-from at/B-date noon/I-date", "cancel it"])
    scripted(monkeypatch, 0.1, 0.9, 0.2, 0.3)
    seen: list[list[int]] = []
    run(
        tmp_path,
        replace(ELMAN, refit=True),
        corpus,
        snapshots=True,
        each_epoch=lambda epoch: seen.append(epochs_of(tmp_path)),
    )

    assert seen == [[1], [1, 2], [1, 2, 3], [1, 2, 3, 4], [], [1, 2]]  # the last makes the model
    assert epochs_of(tmp_path) == [1, 2]
    _, last = read_snapshots(tmp_path)[-1]
    np.testing.assert_equal(last.weights, load_model(tmp_path).weights)


def test_after_folds_the_epochs_of_the_last_training_are_kept(tmp_path: Path) -> None:
    corpus = make_corpus(validation=None)
    recipe = replace(ELMAN, epochs=None, learning_rate=None, ema_decay=None)
    assert len(corpus.splits["train"]) < FOLDED
    kept = run(tmp_path, recipe, corpus, snapshots=True)

    assert kept.kind == "folds"
    assert set(epochs_of(tmp_path)) == kept_epochs(kept.epoch, kept.epoch)


# Training anew and going on


@pytest.mark.parametrize("keep", [True, False])
def test_a_new_training_removes_the_old_ones(keep: bool, tmp_path: Path) -> None:
    run(tmp_path, ELMAN, snapshots=True)
    before = snapshot_files(tmp_path)
    (tmp_path / "snapshots" / "notes.txt").write_text("mine")
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, replace(ELMAN, seed=2), snapshots=keep, each_batch=after(1))
    assert {**before, "notes.txt": b"mine"} == snapshot_files(tmp_path)
    run(tmp_path, replace(ELMAN, seed=2, epochs=2), snapshots=keep)

    assert epochs_of(tmp_path) == ([1, 2] if keep else [])
    left = snapshot_files(tmp_path)
    assert left.pop("notes.txt") == b"mine"  # which is no snapshot
    assert not set(left) & (set(before) - {"snapshots.json"})


@pytest.mark.parametrize("most", [2, 30])
def test_a_resumed_training_keeps_the_same(
    most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It need not be told; it is stopped within epochs and between a snapshot and its state."""
    monkeypatch.setattr("slotkit.model.snapshots.MOST", most)
    recipe = replace(ELMAN, epochs=6)
    scores = [0.1, 0.5, 0.4, 0.3, 0.6, 0.2]
    scripted(monkeypatch, *scores)
    run(tmp_path / "whole", recipe, snapshots=True)

    folder = tmp_path / "parts"
    scripted(monkeypatch, *scores[:3])
    with pytest.raises(KeyboardInterrupt):
        run(folder, recipe, snapshots=True, each_batch=after(3 + 3 + 3 + 1))
    scripted(monkeypatch, *scores[3:])
    with monkeypatch.context() as patch:
        patch.setattr(slotkit.training.loop, "save_checkpoint", after(2))
        with pytest.raises(KeyboardInterrupt):
            run(folder, recipe, resume=True)
    assert 5 in epochs_of(folder)
    scripted(monkeypatch, *scores[3:])
    run(folder, recipe, resume=True)

    assert snapshot_files(folder) == snapshot_files(tmp_path / "whole")
    assert history(folder) == history(tmp_path / "whole")


def test_a_refit_that_is_stopped_goes_on(tmp_path: Path) -> None:
    recipe = replace(ELMAN, refit=True)
    run(tmp_path / "whole", recipe, snapshots=True)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "parts", recipe, snapshots=True, each_epoch=after(5))
    run(tmp_path / "parts", recipe, resume=True)

    assert snapshot_files(tmp_path / "parts") == snapshot_files(tmp_path / "whole")


# Reading


@pytest.fixture
def folder(tmp_path: Path, make_model: MakeModel) -> Path:
    """Return the folder of a model with two snapshots."""
    for epoch in (1, 2):
        model = make_model(seed=epoch)._replace(training={"fingerprint": "one"})
        save_model(model, tmp_path / "model")
        save_snapshot(tmp_path / "model", model, epoch, epoch)
    return tmp_path / "model"


def rewrite(folder: Path, **changes: Any) -> None:
    """Change values of the index, with the digest that fits them."""
    path = folder / "snapshots" / "snapshots.json"
    index = json.loads(path.read_bytes()) | changes
    path.write_bytes(to_json(index | {"sha256": own_digest(index)}))


def first_of(folder: Path) -> Path:
    """Return the file of the first epoch."""
    (path,) = (folder / "snapshots").glob("epoch-001-*")
    return path


def test_reading_and_tagging_load_no_torch(folder: Path) -> None:
    code = """
import sys
from slotkit.model.snapshots import read_snapshots
from slotkit.model.weights import read_weights
from slotkit.tagging.filler import SlotFiller
for epoch, model in read_snapshots(sys.argv[1]):
    print(epoch, *SlotFiller(model).tag("leave Taipei").tags)
assert "torch" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", code, folder], capture_output=True, text=True, check=True
    )

    assert [line[0] for line in done.stdout.splitlines()] == ["1", "2"]


def test_what_was_loaded_before_loads_with_snapshots_beside(folder: Path) -> None:
    model = load_model(folder)
    save_model(model._replace(thresholds={"date": 0.5}), folder)

    assert [epoch for epoch, _ in read_snapshots(folder)] == [1, 2]
    assert read_snapshots(folder)[0][1].thresholds == {"date": 0.5}


def test_snapshots_of_another_training_are_none(folder: Path) -> None:
    save_model(load_model(folder)._replace(training={"fingerprint": "two"}), folder)

    assert read_snapshots(folder) == []


def test_a_snapshot_that_goes_while_it_is_read_is_passed_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A training goes on, and keeps fewer."""

    def late(path: str, *rest: Any) -> Any:
        if "epoch-001" in path and Path(path).exists():
            index = json.loads((folder / "snapshots" / "snapshots.json").read_bytes())
            rewrite(folder, epochs=index["epochs"][1:])
            os.unlink(path)
        return read_weights(path, *rest)

    monkeypatch.setattr("slotkit.model.snapshots.read_weights", late)
    assert epochs_of(folder) == [2]


def cut_short(folder: Path) -> None:
    path = first_of(folder)
    path.write_bytes(path.read_bytes()[:200])


def flip(folder: Path) -> None:
    path = first_of(folder)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def exchange(folder: Path) -> None:
    one, two = sorted((folder / "snapshots").glob("epoch-*"))
    two.replace(one)


def grow(folder: Path) -> None:
    first_of(folder).write_bytes(b"\0" * (5 << 20))


def lose(folder: Path) -> None:
    first_of(folder).unlink()


def tear(folder: Path) -> None:
    path = folder / "snapshots" / "snapshots.json"
    path.write_bytes(path.read_bytes()[:-30])


def alter(folder: Path) -> None:
    path = folder / "snapshots" / "snapshots.json"
    path.write_bytes(path.read_bytes().replace(b'"epoch": 1', b'"epoch": 3'))


HASH = "0" * 64


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (cut_short, r"epoch-001-\w+.safetensors: must be \d+ to \d+ bytes and a header, got"),
        (flip, r"epoch-001-\w+.safetensors: altered: its SHA-256 is not .* snapshots.json names"),
        (exchange, r"epoch-001-\w+.safetensors: altered"),
        (grow, r"epoch-001-\w+.safetensors: must be .*: cut short or altered"),
        (lose, r"epoch-001-\w+.safetensors: no such file"),
        (tear, r"snapshots.json: not JSON: cut short or altered"),
        (alter, r"snapshots.json: altered: its SHA-256 is not the one that it names"),
        (lambda f: rewrite(f, format=2), r"snapshots.json: format 2; this slotkit reads 1"),
        (lambda f: rewrite(f, format="1"), r"snapshots.json: format must be 1, got '1'"),
        (lambda f: rewrite(f, epochs={}), r"snapshots.json: epochs must be a list"),
        (lambda f: rewrite(f, epochs=[1]), r"snapshots.json: epochs: must be an object"),
        (
            lambda f: rewrite(f, epochs=[{"epoch": 0, "sha256": HASH}]),
            r"snapshots.json: epochs: epoch must be an int from 1",
        ),
        (
            lambda f: rewrite(f, epochs=[{"epoch": 2, "sha256": HASH}] * 2),
            r"snapshots.json: epochs: epoch must be an int from 3",
        ),
        (
            lambda f: rewrite(f, epochs=[{"epoch": 1, "sha256": "../../" + HASH[6:]}]),
            r"snapshots.json: epochs: sha256 must be 64",
        ),
        (lambda f: rewrite(f, more=1), r"snapshots.json: unknown key 'more'"),
        (lambda f: (f / "config.json").unlink(), r"no model in"),
    ],
)
def test_damage_is_one_line(damage: Callable[[Path], Any], line: str, folder: Path) -> None:
    damage(folder)
    with pytest.raises(ModelFileError, match=line) as caught:
        read_snapshots(folder)

    assert "\n" not in str(caught.value)


def test_snapshots_of_other_sizes_are_refused(folder: Path, make_model: MakeModel) -> None:
    """Only by hand they get there: the index says that they are of this training."""
    other = make_model(hidden_size=5)._replace(training={"fingerprint": "one"})
    save_model(other, folder)

    with pytest.raises(ModelFileError, match=r"epoch-001-\w+.safetensors: "):
        read_snapshots(folder)


def test_a_damaged_index_does_not_stop_a_training(folder: Path) -> None:
    tear(folder)
    save_snapshot(folder, load_model(folder), 3, None)

    assert epochs_of(folder) == [3]


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path, make_model: MakeModel) -> None:
    (tmp_path / "snapshots").write_text("a file")
    with pytest.raises(ModelFileError, match="snapshots: cannot be written: File exists"):
        save_snapshot(tmp_path, make_model(), 1, 1)


# The command


def test_the_command_keeps_them(
    slotkit_command: Callable[..., Result], tmp_path: Path, make_model: MakeModel
) -> None:
    lines = ["leave Taipei", "leave Oslo", "from Oslo"] * 4
    rows = [
        {"tokens": line.split(), "tags": ["O", "B-from"], "intent": "", "text": line}
        for line in lines
    ]
    content = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "corpus").mkdir()
    for split in ("train", "validation"):
        (tmp_path / "corpus" / f"{split}.jsonl").write_text(content)
    sizes = ["--embedding-size", 8, "--hidden-size", 8, "--epochs", 3]
    words = ["train", tmp_path / "corpus", *sizes, "-o", tmp_path / "model", "--snapshots"]
    result = slotkit_command(*words)

    assert result.exit_code == 0, result.output
    assert epochs_of(tmp_path / "model") == [1, 2, 3]
    assert "--snapshots" in load_model(tmp_path / "model").training["source"]["command"]
    refused = slotkit_command("train", "--resume", "-o", tmp_path / "model", "--snapshots")
    assert refused.exit_code == 2
    assert "--resume takes --snapshots from the checkpoint" in refused.stderr


# The history


def test_the_history_has_learning_rate_and_gradient_norm(tmp_path: Path) -> None:
    """Three steps an epoch: the rate climbs for one epoch, then falls in a line."""
    recipe = replace(ELMAN, learning_rate=0.01, schedule="linear", warmup=1.0, max_grad_norm=1e-3)
    run(tmp_path, recipe)
    rows = history(tmp_path)

    rates = [(1 / 3 + 2 / 3 + 1) / 3] + [1 - (3 * done + 1) / 9 for done in range(3)]
    assert [row["learning_rate"] for row in rows] == pytest.approx([0.01 * rate for rate in rates])
    assert all(0.1 < row["gradient_norm"] < 100 for row in rows)  # before it is shortened


def test_the_gradient_norm_is_the_mean_over_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    norms: list[float] = []
    step = Run._step

    def noted(run: Run, *rest: Any) -> tuple[float, float]:
        loss, _ = step(run, *rest)
        own = sum(
            float((weight.grad.double() ** 2).sum())
            for weight in run.ensemble.parameters()
            if weight.grad is not None
        )
        norms.append(own**0.5)  # max_grad_norm 0 shortens nothing
        return loss, norms[-1]

    monkeypatch.setattr(Run, "_step", noted)
    run(tmp_path / "by hand", replace(ELMAN, max_grad_norm=0.0))
    monkeypatch.undo()
    run(tmp_path / "own", replace(ELMAN, max_grad_norm=0.0))

    assert len(norms) == 4 * 3
    found = [row["gradient_norm"] for row in history(tmp_path / "own")]
    assert found == pytest.approx(np.mean(np.reshape(norms, (4, 3)), axis=1).tolist())
