"""What cannot be saved, and what a failure while saving leaves behind."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from model_folders import TEXT, Fault, contents, weights_of
from slotkit.errors import ModelFileError
from slotkit.model.file import save_model
from slotkit.model.model import Model
from slotkit.tagging.filler import SlotFiller

MakeModel = Callable[..., Model]


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_not_saved(
    wrong: float, tmp_path: Path, make_model: MakeModel
) -> None:
    model = make_model()
    model.weights["network.output.bias"][2] = wrong

    with pytest.raises(ModelFileError, match=r"network\.output\.bias holds what is no finite"):
        save_model(model, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_a_model_that_would_not_load_is_not_saved(tmp_path: Path, make_model: MakeModel) -> None:
    model = make_model()
    model.training["loss"] = float("nan")
    with pytest.raises(ModelFileError, match="cannot be saved"):
        save_model(model, tmp_path)
    with pytest.raises(ModelFileError, match="tags are O, B-slot or I-slot"):
        save_model(make_model(tags=["O", "B-", "x", "y", "z"]), tmp_path)

    assert contents(tmp_path) == {}


def test_a_folder_that_cannot_be_is_one_line(tmp_path: Path, make_model: MakeModel) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(ModelFileError, match="cannot be written: "):
        save_model(make_model(), tmp_path / "file" / "model")


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_at_any_step_leaves_the_old_model_or_the_new(
    error: BaseException, tmp_path: Path, make_model: MakeModel
) -> None:
    old, new = make_model(seed=1), make_model(seed=2)
    expected = [SlotFiller(m).tag(TEXT).probabilities.tolist() for m in (old, new)]
    outcomes = []
    for fatal in range(1, 100):
        folder = tmp_path / str(fatal)
        save_model(old, folder)
        failed = False
        with pytest.MonkeyPatch.context() as patch:
            fault = Fault(patch, fatal, error)
            try:
                save_model(new, folder)
            except (ModelFileError, KeyboardInterrupt):
                failed = True
        outcomes.append(expected.index(SlotFiller.load(folder).tag(TEXT).probabilities.tolist()))
        assert outcomes[-1] == 1 or failed
        save_model(new, folder)  # and what failed leaves nothing behind for good
        assert set(contents(folder)) == {"config.json", weights_of(folder).name}
        if fault.calls < fatal:
            break

    assert outcomes == sorted(outcomes)
    assert outcomes[0] == 0
    assert outcomes[-1] == 1


def test_a_write_cut_short_leaves_nothing_behind(
    copy: Path, make_model: MakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(copy)

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ModelFileError, match="No space left on device"):
        save_model(make_model(seed=7), copy)

    assert contents(copy) == before
