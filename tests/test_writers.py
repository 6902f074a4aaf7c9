"""One writer a folder, and readers who always get a whole model."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slotkit.corpus.cache import cache_folder
from slotkit.errors import ModelFileError, TrainingError
from slotkit.files import claimed
from slotkit.model.config import parse_config
from slotkit.model.file import load_model, save_model
from slotkit.model.model import Model
from slotkit.training.recipe import make_recipe
from small import SMALL, run

Make = Callable[..., Model]


def elsewhere(work: Callable[[], Any]) -> list[BaseException]:
    """Run in another thread; return what it raised."""
    raised: list[BaseException] = []

    def run_it() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run_it)
    thread.start()
    thread.join()
    return raised


def test_a_second_training_into_a_folder_is_refused(tmp_path: Path) -> None:
    recipe, refused = make_recipe("feedforward", **SMALL), []

    def another(epoch: Any) -> None:
        refused.extend(elsewhere(lambda: run(tmp_path / "model", recipe)))

    kept = run(tmp_path / "model", recipe, each_epoch=another)

    assert len(refused) == SMALL["epochs"]
    for error in refused:
        assert isinstance(error, TrainingError)
        assert str(error) == f"{tmp_path / 'model'}: another process writes into it"
    assert load_model(tmp_path / "model").training["epoch"] == kept.epoch


def test_another_process_is_kept_out_too(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    descriptor = os.open(tmp_path, os.O_RDONLY)  # as another process has it open
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        with pytest.raises(BlockingIOError), claimed(tmp_path):
            pass
    finally:
        os.close(descriptor)
    with claimed(tmp_path):
        pass


def test_what_was_claimed_is_free_again(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "model"
    for _ in range(2):
        with claimed(folder), claimed(folder):  # the same thread again
            assert folder.is_dir()
        assert not folder.exists()  # it was made here, and is empty


def test_where_there_are_no_locks_a_folder_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")

    def no_locks(descriptor: int, how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    for _ in range(2):
        with claimed(tmp_path / "model"):
            assert elsewhere(lambda: claimed(tmp_path / "model").__enter__())


def test_an_empty_folder_that_was_there_stays(tmp_path: Path) -> None:
    with claimed(tmp_path):
        pass

    assert tmp_path.is_dir()


def test_a_reader_gets_a_whole_model_while_others_save(tmp_path: Path, make_model: Make) -> None:
    models = [make_model()._replace(temperature=1.0 + n / 10) for n in range(4)]
    for number, model in enumerate(models):
        model.weights["network.output.bias"] = model.weights["network.output.bias"] + number
    save_model(models[0], tmp_path)
    done = threading.Event()
    errors: list[BaseException] = []

    def save(model: Model) -> None:
        while not done.is_set():
            try:
                save_model(model, tmp_path)
            except ModelFileError as error:
                errors.append(error)

    threads = [threading.Thread(target=save, args=(model,)) for model in models[:2]]
    for thread in threads:
        thread.start()
    try:
        for _ in range(300):
            read = load_model(tmp_path)
            (own,) = (one for one in models if one.temperature == read.temperature)
            bias = "network.output.bias"
            assert read.weights[bias].tolist() == own.weights[bias].tolist()
    finally:
        done.set()
        for thread in threads:
            thread.join()

    assert not errors
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".safetensors"]


def test_a_model_that_is_replaced_while_it_is_read_is_read_again(
    tmp_path: Path, make_model: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = make_model(seed=1), make_model(seed=2)
    save_model(old, tmp_path)
    name = "slotkit.model.file.parse_config"

    def parse_late(content: bytes) -> dict[str, Any]:
        monkeypatch.setattr(name, parse_config)
        save_model(new, tmp_path)  # the weights of the old one are gone
        return parse_config(content)

    monkeypatch.setattr(name, parse_late)

    assert load_model(tmp_path).training == new.training == {"seed": 2}


def test_a_link_under_a_name_that_may_be_written_is_not_followed(
    tmp_path: Path, make_model: Make
) -> None:
    other = tmp_path / "other"
    other.write_text("mine")
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / ".config.json.slotkit-tmp").symlink_to(other)

    save_model(make_model(), folder)

    assert other.read_text() == "mine"


def test_a_user_without_a_home_has_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    monkeypatch.setenv("SLOTKIT_CACHE", str(tmp_path / "mine"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_folder() == tmp_path / "mine"

    monkeypatch.delenv("SLOTKIT_CACHE")
    assert cache_folder().is_dir()
