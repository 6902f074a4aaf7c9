"""Training can be stopped anywhere, and goes on to the same bytes."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import slotkit
import slotkit.training.checkpoint
import slotkit.training.loop
from slotkit.errors import SlotkitError, TrainingError
from slotkit.training.checkpoint import load_checkpoint
from slotkit.training.loop import train
from slotkit.training.optimizers import OPTIMIZERS
from slotkit.training.recipe import make_recipe
from small import (
    SMALL,
    TEN,
    TEN_CORPUS,
    after,
    each_kind,
    history,
    kept,
    make_corpus,
    run,
    scripted,
    stop_and_go,
    training_of,
)

pytestmark = pytest.mark.usefixtures("no_sync")


# The same again


@each_kind
def test_equal_runs_give_equal_bytes(tagger: str, options: dict[str, Any], tmp_path: Path) -> None:
    recipe = make_recipe(tagger, **options, **SMALL | {"epochs": 2})
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        run(tmp_path / name, replace(recipe, seed=seed))

    assert kept(tmp_path / "one") == kept(tmp_path / "again")
    assert history(tmp_path / "one") == history(tmp_path / "again")
    assert not set(kept(tmp_path / "one").values()) & set(kept(tmp_path / "other").values())


@each_kind
def test_every_tagger_resumes_to_equal_bytes(
    tagger: str, options: dict[str, Any], tmp_path: Path
) -> None:
    """It is stopped within the second epoch, at the end of the same, and in the last."""
    recipe = make_recipe(tagger, **options, **SMALL)
    run(tmp_path / "whole", recipe)
    stops = [{"each_batch": after(5)}, {"each_epoch": after(1)}, {"each_batch": after(6)}]
    stop_and_go(tmp_path / "parts", recipe, *stops)

    assert kept(tmp_path / "parts") == kept(tmp_path / "whole")
    assert history(tmp_path / "parts") == history(tmp_path / "whole")


@pytest.mark.parametrize("average", [0.0, 0.9])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_resumes_to_equal_bytes(
    optimizer: str, average: float, tmp_path: Path
) -> None:
    """It is stopped after the first epoch, and in the midst of the third."""
    recipe = make_recipe("feedforward", **SMALL, optimizer=optimizer, ema_decay=average)
    recipe = replace(recipe, learning_rate=0.05)
    run(tmp_path / "whole", recipe)
    stops = [{"each_epoch": after(1)}, {"each_batch": after(5)}]
    stop_and_go(tmp_path / "parts", recipe, *stops)

    assert kept(tmp_path / "parts") == kept(tmp_path / "whole")


@pytest.mark.parametrize(
    "stop",
    [
        {"started": after(2)},  # between the two trainings
        {"each_batch": after(3 * 3 + 2)},  # in the first epoch of the refit
        {"each_epoch": after(4)},  # after it
        {"each_batch": after(3 * 3 + 5 + 3)},
    ],
    ids=["before", "first epoch", "between epochs", "second epoch"],
)
def test_a_refit_resumes_to_equal_bytes(
    stop: dict[str, Callable[..., None]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = make_recipe("elman", **SMALL | {"epochs": 3}, refit=True)
    scripted(monkeypatch, *[0.1, 0.9, 0.2] * 2)
    run(tmp_path / "whole", recipe)
    stop_and_go(tmp_path / "parts", recipe, stop)

    assert kept(tmp_path / "parts") == kept(tmp_path / "whole")
    assert history(tmp_path / "parts") == history(tmp_path / "whole")


def test_what_was_stopped_in_the_first_epoch_cannot_resume(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    with pytest.raises(KeyboardInterrupt):
        run(folder, make_recipe("elman", **SMALL), each_batch=after(2))

    assert not folder.exists()
    with pytest.raises(TrainingError, match="no unfinished training to resume"):
        run(folder, make_recipe("elman", **SMALL), resume=True)


def test_a_finished_training_cannot_resume(tmp_path: Path) -> None:
    recipe = make_recipe("elman", **SMALL | {"epochs": 1})
    run(tmp_path, recipe)

    with pytest.raises(TrainingError, match="no unfinished training to resume"):
        run(tmp_path, recipe, resume=True)


# The checkpoint


@pytest.fixture(scope="module")
def unfinished(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the files of a training that was stopped after two epochs."""
    folder = tmp_path_factory.mktemp("unfinished")
    with pytest.raises(KeyboardInterrupt):
        run(folder, make_recipe("feedforward", **SMALL), each_epoch=after(2))
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def lay_out(folder: Path, files: dict[str, bytes]) -> Path:
    """Write files into a new folder."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def changed(files: dict[str, bytes], **changes: Any) -> bytes:
    """Return checkpoint.json with other values, and the digest that fits them."""
    state = json.loads(files["checkpoint.json"]) | changes
    state["sha256"] = slotkit.training.checkpoint._digest(state)
    return json.dumps(state).encode()


def test_a_damaged_checkpoint_is_refused(unfinished: dict[str, bytes], tmp_path: Path) -> None:
    state = unfinished["checkpoint.json"]
    (tensors,) = (name for name in unfinished if name.startswith("checkpoint-"))
    content = unfinished[tensors]
    flipped = content[:-1] + bytes([content[-1] ^ 1])
    damages: dict[str, tuple[dict[str, bytes], str]] = {
        "empty": ({"checkpoint.json": b""}, "checkpoint.json: damaged; train anew with --over"),
        "cut": ({"checkpoint.json": state[: len(state) // 2]}, "checkpoint.json: damaged"),
        "a list": ({"checkpoint.json": b"[]"}, "checkpoint.json: damaged"),
        "a number": ({"checkpoint.json": b"1"}, "checkpoint.json: damaged"),
        "deep": ({"checkpoint.json": b"[" * 100_000}, "checkpoint.json: damaged"),
        "not UTF-8": ({"checkpoint.json": b"\xff" + state}, "checkpoint.json: damaged"),
        "seed": ({"checkpoint.json": state.replace(b'"seed": 1', b'"seed": 2')}, "damaged"),
        "tensors empty": ({tensors: b""}, f"{tensors}: damaged; train anew"),
        "tensors cut": ({tensors: content[:-1]}, f"{tensors}: damaged"),
        "tensors altered": ({tensors: flipped}, f"{tensors}: damaged"),
        "other version": (
            {"checkpoint.json": changed(unfinished, slotkit="9.9")},
            f"slotkit 9.9 in format 4, this is {slotkit.__version__} with format 4; train anew",
        ),
        "older format": (
            {"checkpoint.json": changed(unfinished, format=None)},
            "in format None, this is",
        ),
    }
    recipe = make_recipe("feedforward", **SMALL)
    for name, (files, message) in damages.items():
        folder = lay_out(tmp_path / name, unfinished | files)
        with pytest.raises(TrainingError, match=re.escape(message)) as caught:
            run(folder, recipe, resume=True)
        assert "\n" not in str(caught.value)
        assert training_of(folder)["epoch"] <= 2  # the model is still good


def test_a_checkpoint_without_its_tensors_is_refused(
    unfinished: dict[str, bytes], tmp_path: Path
) -> None:
    recipe = make_recipe("feedforward", **SMALL)
    (tensors,) = (name for name in unfinished if name.startswith("checkpoint-"))
    folder = lay_out(tmp_path / "without", unfinished)
    (folder / tensors).unlink()
    with pytest.raises(TrainingError, match=f"{tensors}: cannot be read: No such file"):
        run(folder, recipe, resume=True)
    (folder / "checkpoint.json").unlink()
    (folder / "checkpoint.json").mkdir()
    with pytest.raises(TrainingError, match=r"checkpoint\.json: cannot be read: Is a directory"):
        run(folder, recipe, resume=True)


def test_every_byte_of_a_checkpoint_matters(unfinished: dict[str, bytes], tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "model", unfinished)
    whole = load_checkpoint(folder)
    random = np.random.default_rng(0)
    for name in unfinished:
        if name.startswith("checkpoint"):
            content = bytearray(unfinished[name])
            for place in random.integers(0, len(content), 200):
                before = content[place]
                content[place] = before ^ 1 << int(random.integers(8))
                (folder / name).write_bytes(content)
                with suppress(TrainingError):
                    # Some say the same in other bytes: 1e-05 and 1E-05.
                    state, tensors = load_checkpoint(folder)
                    assert name == "checkpoint.json"
                    assert state == whole[0]
                    assert tensors.keys() == whole[1].keys()
                content[place] = before
            (folder / name).write_bytes(content)
    load_checkpoint(folder)


def test_only_the_same_training_resumes(unfinished: dict[str, bytes], tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "model", unfinished)
    recipe = make_recipe("feedforward", **SMALL)

    with pytest.raises(TrainingError, match="the corpus has changed since; training cannot resume"):
        run(folder, recipe, make_corpus(TEN[:9]), resume=True)
    with pytest.raises(TrainingError, match="the recipe has changed since; training cannot resume"):
        run(folder, replace(recipe, seed=2), resume=True)
    run(folder, recipe, resume=True)


def test_names_that_are_not_utf8_are_kept(tmp_path: Path) -> None:
    """A path of the command line may hold any byte."""
    source = {"corpus": os.fsdecode(b"caf\xe9"), "format": None}
    recipe = make_recipe("feedforward", **SMALL)
    with pytest.raises(KeyboardInterrupt):
        train(TEN_CORPUS, recipe, tmp_path, source=source, each_epoch=after(1))

    assert load_checkpoint(tmp_path)[0]["source"] == source
    train(TEN_CORPUS, recipe, tmp_path, source=source, resume=True)
    assert training_of(tmp_path)["source"] == source


# Ends in the midst of saving


def fail_at(
    call: int, error: BaseException, function: str, monkeypatch: pytest.MonkeyPatch
) -> list[int]:
    """Let a function of `os` fail at its n-th call; return the count of calls."""
    calls = [0]
    real = getattr(os, function) if function != "fsync" else lambda descriptor: None

    def failing(*arguments: Any) -> Any:
        calls[0] += 1
        if calls[0] == call:
            raise error
        return real(*arguments)

    monkeypatch.setattr(os, function, failing)
    return calls


@pytest.mark.parametrize("function", ["fsync", "replace"])
@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()],
    ids=["disk full", "Ctrl-C"],
)
def test_whatever_write_fails_training_resumes_to_equal_bytes(
    error: BaseException, function: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The n-th write fails, for every n: each is synced, renamed, and its folder synced."""
    recipe = make_recipe("feedforward", **SMALL | {"epochs": 2})
    scripted(monkeypatch, *[0.1, 0.2] * 99)  # both epochs save a model
    calls = fail_at(0, error, function, monkeypatch)
    run(tmp_path / "whole", recipe)
    # Of each epoch two files of the model and three of the checkpoint; the model with temperatures.
    assert calls[0] == (2 * 5 + 2) * (2 if function == "fsync" else 1)
    for n in range(1, calls[0] + 1):
        folder = tmp_path / str(n)
        with monkeypatch.context() as patch:
            fail_at(n, error, function, patch)
            scripted(patch, 0.1, 0.2)
            with pytest.raises((SlotkitError, KeyboardInterrupt)) as caught:
                run(folder, recipe)
        if isinstance(caught.value, SlotkitError):
            assert str(caught.value) == f"{folder}: cannot be written: No space left on device"
        assert not [*folder.glob(".*tmp")]
        if (folder / "config.json").exists():
            assert training_of(folder)["epoch"] in (1, 2)
        resumes = (folder / "checkpoint.json").exists()
        done = len(load_checkpoint(folder)[0]["history"]) if resumes else 0
        with monkeypatch.context() as patch:
            scripted(patch, *[0.1, 0.2][done:])
            run(folder, recipe, resume=resumes)
        assert kept(folder) == kept(tmp_path / "whole")


def test_a_new_training_is_never_resumed_as_the_one_that_it_replaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends between the model of its first epoch and the checkpoint of it."""
    old, new = (make_recipe("feedforward", **SMALL, seed=seed) for seed in (1, 2))
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, old, each_epoch=after(2))
    with monkeypatch.context() as patch:
        patch.setattr(slotkit.training.loop, "save_checkpoint", after(1))
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, new)

    assert training_of(tmp_path)["recipe"]["seed"] == 2
    with pytest.raises(TrainingError, match="no unfinished training to resume"):
        run(tmp_path, old, resume=True)


def test_a_training_that_replaces_another_leaves_it_be_until_its_first_epoch_ends(
    tmp_path: Path,
) -> None:
    old, new = (make_recipe("feedforward", **SMALL, seed=seed) for seed in (1, 2))
    run(tmp_path / "whole", old)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "model", old, each_epoch=after(2))
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "model", new, each_batch=after(3))

    run(tmp_path / "model", old, resume=True)
    assert kept(tmp_path / "model") == kept(tmp_path / "whole")


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "checkpoint-notes").mkdir()
    run(tmp_path, make_recipe("feedforward", **SMALL | {"epochs": 1}))

    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "checkpoint-notes").is_dir()


def test_a_kill_before_the_last_line_of_the_history_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = make_recipe("elman", **SMALL | {"epochs": 2, "patience": 2})
    run(tmp_path / "whole", recipe)
    wanted = [row["epoch"] for row in history(tmp_path / "whole")]

    def killed(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("slotkit.training.loop.calibrate", killed)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "parts", recipe)
    lines = (tmp_path / "parts" / "history.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "parts" / "history.jsonl").write_text("".join(lines[:-1]))
    run(tmp_path / "parts", recipe, resume=True)

    assert [row["epoch"] for row in history(tmp_path / "parts")] == wanted
