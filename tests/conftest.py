"""What the tests share: tiny models, the installed command, real data, a clean environment."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
sys.path[:] = [entry for entry in sys.path if Path(entry or os.curdir).resolve() != ROOT]
os.environ["HF_HUB_OFFLINE"] = "1"  # read when `datasets` is first imported
os.environ["HF_DATASETS_OFFLINE"] = "1"

import click  # noqa: E402
from click.testing import Result  # noqa: E402

import tiny  # noqa: E402
from command import installed  # noqa: E402
from command import run as run_command  # noqa: E402
from slotkit.loops import KINDS, NUMPY, use_loops  # noqa: E402
from slotkit.model.file import save_model  # noqa: E402
from slotkit.model.model import Model  # noqa: E402
from slotkit.taggers.table import ARCHITECTURES  # noqa: E402
from slotkit.tagging.filler import SlotFiller  # noqa: E402
from slotkit.text.tokenizer import TOKENIZERS  # noqa: E402

# A shell lets what it starts in the background ignore Ctrl-C, which some tests send.
signal.signal(signal.SIGINT, signal.default_int_handler)
# Machines are shared: no time limit a case; and the same cases every time where a change must land.
settings.register_profile("slotkit", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("slotkit")


@pytest.fixture(scope="session", autouse=True)
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the user's models and caches out of the tests, and the tests out of theirs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLOTKIT_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("hf")))
        patch.delenv("SLOTKIT_MODEL", raising=False)
        yield


@pytest.fixture(scope="session")
def data() -> Path:
    """Return the folder of real corpora; tests that need it are skipped where it is not."""
    folder = Path(os.environ.get("SLOTKIT_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("no corpora: set SLOTKIT_DATA to a folder that holds atis/")
    return folder


@pytest.fixture(scope="session")
def atis(data: Path) -> Path:
    """Return the folder of ATIS."""
    if not (data / "atis").is_dir():
        pytest.skip(f"no ATIS in {data}")
    return data / "atis"


@pytest.fixture(scope="session")
def main() -> click.Command:
    """Return the command as it is installed."""
    return installed()


@pytest.fixture(autouse=True)
def somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test in a folder of its own, where no model lies that one may take by mistake."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(params=[*KINDS, NUMPY])
def loops(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run a test with each way in which loops over words are run, or what the processor has."""
    used = use_loops(request.param)
    assert (used == NUMPY) is (request.param == NUMPY), "loops.c is not compiled: no compiler?"
    yield request.param
    use_loops()


@pytest.fixture
def in_numpy() -> Iterator[None]:
    """Run a test with the loops in NumPy."""
    use_loops(NUMPY)
    yield
    use_loops()


@pytest.fixture
def slotkit_command() -> Callable[..., Result]:
    """Return a function that runs ``slotkit`` with arguments, and raises what is a bug."""

    def run(*arguments: object, stdin: str | bytes | None = None, **options: Any) -> Result:
        result = run_command(*arguments, input=stdin, **options)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture(scope="session")
def make_model() -> Callable[..., Model]:
    """Return a function that makes a tiny model with random weights, equal for equal arguments."""
    return tiny.make_model


@pytest.fixture(scope="module")
def fillers(make_model: Callable[..., Model]) -> list[SlotFiller]:
    """Return a tagger of each architecture and of each tokenizer, with different tags found."""
    made = [make_model(architecture, scale=2.0) for architecture in ARCHITECTURES]
    made += [make_model(decoder="crf", ensemble_size=2, intents=["ask", "book"], scale=2.0)]
    made += [make_model(tokenizer=tokenizer, scale=2.0) for tokenizer in TOKENIZERS]
    return [SlotFiller(model) for model in made]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory, make_model: Callable[..., Model]) -> Path:
    """Return the folder of a tiny model, which is not to be changed."""
    folder = tmp_path_factory.mktemp("saved") / "model"
    save_model(make_model(), folder)
    return folder


@pytest.fixture
def copy(saved: Path, tmp_path: Path) -> Path:
    """Return a folder of the same model that may be changed."""
    return Path(shutil.copytree(saved, tmp_path / "copy"))


@pytest.fixture
def no_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the disk: what is tested with it survives programs that end, not machines that do."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the cache of a test to itself: notes of equal content name the file read first."""
    monkeypatch.setenv("SLOTKIT_CACHE", f"{tmp_path}-cache")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a corpus of JSON lines with three splits."""
    from train_command import ROWS, write_jsonl  # which loads torch

    folder = tmp_path_factory.mktemp("corpora") / "tiny"
    folder.mkdir()
    for split in ("train", "validation", "test"):
        write_jsonl(folder / f"{split}.jsonl", ROWS)
    return folder


@pytest.fixture
def cli(
    slotkit_command: Callable[..., Result], corpus: Path, tmp_path: Path
) -> Callable[..., Result]:
    """Return a function that trains on the tiny corpus into ``model``."""
    from train_command import SMALL

    def run(*options: object, **more: Any) -> Result:
        words = [corpus, *SMALL, "--epochs", 2, "-o", tmp_path / "model", *options]
        return slotkit_command("train", *words, **more)

    return run
