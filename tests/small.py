"""A corpus of ten utterances, small taggers, and trainings of them that may be stopped."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset, DatasetDict

import slotkit.training.loop
from cases import tried
from slotkit.corpus import Corpus
from slotkit.model.file import load_model
from slotkit.model.model import Model
from slotkit.network.ensemble import Ensemble
from slotkit.taggers.table import ARCHITECTURES, get_architecture
from slotkit.training.epoch import Epoch
from slotkit.training.loop import train
from slotkit.training.prepare import Setup
from slotkit.training.recipe import Recipe
from slotkit.training.run import Run

# Ten utterances in which every word has one tag, so that a tagger of single words learns them too.
TEN = [
    "leave Taipei/B-from for Rome/B-to",
    "leave Oslo/B-from for New/B-to York/I-to",
    "arrive in Lima/B-to on Monday/B-date",
    "book two/B-number seats for Rome/B-to",
    "from Taipei/B-from to Lima/B-to on May/B-date second/I-date",
    "I leave Cairo/B-from on Monday/B-date morning/I-date",
    "what does it cost",
    "three/B-number tickets",
    "New/B-to York/I-to on May/B-date second/I-date",
    "cancel it",
]
SMALL: dict[str, Any] = {"embedding_size": 8, "hidden_size": 8, "batch_size": 4, "epochs": 4}
LEARNING: dict[str, Any] = {**SMALL, "epochs": 25, "learning_rate": 0.03, "ema_decay": 0.0}


def _kinds() -> list[tuple[str, dict[str, Any]]]:
    """Name each architecture as often as its options have choices, and every choice once."""
    kinds: list[tuple[str, dict[str, Any]]] = []
    for name in ARCHITECTURES:
        offered = [o for o in get_architecture(name).options if o.name != "num_layers"]
        options = [option for option in offered if option.default in tried(option)]
        most = max((len(tried(option)) for option in options), default=1)
        for i in range(most):
            chosen = {o.name: tried(o)[min(i, len(tried(o)) - 1)] for o in options}
            kinds.append((name, chosen))
    return kinds


# Every architecture with every choice of its options, and what trains in a way of its own.
KINDS = [
    *_kinds(),
    ("elman", {"decoder": "crf", "augment": 0.5}),
    ("bidirectional", {"decoder": "crf", "ensemble_size": 2}),
    ("jordan", {"adversarial": 0.1, "feedback": "target"}),
]
each_kind = pytest.mark.parametrize(
    ("tagger", "options"), KINDS, ids=["-".join(map(str, [k, *o.values()])) for k, o in KINDS]
)


def make_split(lines: list[str], **columns: Any) -> Dataset:
    """Make a split of utterances written as ``word/tag``, where O is left out."""
    pairs = [[word.partition("/")[::2] for word in line.split()] for line in lines]
    tokens = [[word for word, _ in row] for row in pairs]
    given = {
        "text": [" ".join(row) for row in tokens],
        "tokens": tokens,
        "tags": [[tag or "O" for _, tag in row] for row in pairs],
        "intent": [""] * len(lines),
    }
    return Dataset.from_dict(given | columns)


def make_corpus(train_lines: list[str] = TEN, validation: list[str] | None = TEN) -> Corpus:
    """Make a corpus; its validation is its train unless given."""
    splits = {"train": make_split(train_lines)}
    if validation is not None:
        splits["validation"] = make_split(validation)
    fingerprint = sha256(repr((train_lines, validation)).encode()).hexdigest()
    return Corpus(DatasetDict(splits), [], fingerprint)


TEN_CORPUS = make_corpus()


def run(folder: Path, recipe: Recipe, corpus: Corpus = TEN_CORPUS, **options: Any) -> Epoch:
    """Train into a folder."""
    source = {"corpus": "ten", "format": None}
    return train(corpus, recipe, folder, source=source, overwrite=True, **options)


def kept(folder: Path) -> dict[str, bytes]:
    """Return the files of a finished training that must be equal for equal runs."""
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert files.pop("history.jsonl")
    assert [re.sub("-[0-9a-f]{16}", "", name) for name in sorted(files)] == [
        "config.json",
        "weights.safetensors",
    ]
    return files


def history(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of the history, without the seconds, which differ from run to run."""
    rows = [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]


def weights_of(ensemble: Ensemble) -> dict[str, torch.Tensor]:
    """Return the weights of a ensemble of one, by their names in the model folder."""
    (member,) = ensemble
    weights: dict[str, torch.Tensor] = member.state_dict()
    return weights


def training_of(folder: Path) -> dict[str, Any]:
    """Return what a model says of how it was trained."""
    return load_model(folder).training


def after(calls: int) -> Callable[..., None]:
    """Make a callback that stands for Ctrl-C at its n-th call."""
    numbers = count(1)

    def press(*said: object) -> None:
        if next(numbers) == calls:
            raise KeyboardInterrupt

    return press


def stop_and_go(folder: Path, recipe: Recipe, *stops: dict[str, Any]) -> None:
    """Train with an interruption for each of `stops`, and to the end after the last."""
    for number, stop in enumerate(stops):
        with pytest.raises(KeyboardInterrupt):
            run(folder, recipe, resume=number > 0, **stop)
    run(folder, recipe, resume=True)


def scripted(monkeypatch: pytest.MonkeyPatch, *scores: float) -> None:
    """Let the epochs have these scores on validation."""
    following = iter(scores)
    monkeypatch.setattr(slotkit.training.loop, "score", lambda gold, predicted: next(following))


def note_starts(monkeypatch: pytest.MonkeyPatch) -> list[Model | None]:
    """Let trainings have few steps, and note from which model each of them begins."""
    monkeypatch.setattr("slotkit.training.size._STEPS", 1)
    starts: list[Model | None] = []
    make = Run.__init__

    def noted(training: Run, setup: Setup, recipe: Recipe) -> None:
        starts.append(setup.start)
        make(training, setup, recipe)

    monkeypatch.setattr(Run, "__init__", noted)
    return starts


class EnoughError(Exception):
    """Raised by a callback where a test has seen what it wants."""
