"""``slotkit train``: what it refuses, and what may not be installed."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from click.testing import Result

from slotkit.encoders.table import ENCODERS
from slotkit.taggers.table import ARCHITECTURES
from slotkit.training.optimizers import OPTIMIZERS, SCHEDULES
from slotkit.training.recipe import PRESETS
from train_command import ROWS, SLOTKIT, kept, only_line, write_jsonl

pytestmark = pytest.mark.usefixtures("no_sync")


Command = Callable[..., Result]


# What it refuses


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        (["--tagger", "lstmm"], ["'lstmm' is not one of", *ARCHITECTURES]),
        (["--optimizer", "sdg"], ["'sdg' is not one of", *OPTIMIZERS]),
        (["--schedule", "up"], ["'up' is not one of", *SCHEDULES]),
        (["--encoder", "one-of-m"], ["unknown encoder 'one-of-m'; choose from", *ENCODERS]),
        (["--encoder", "other+other"], ["encoder 'other' stands twice"]),
        (["--encoder", "one-of-n", "--letters", 2], ["encoder 'one-of-n' has no option 'letters'"]),
        (["--encoder", "hashing", "--min-count", 2], ["'hashing' has no option 'min_count'"]),
        (
            ["--tagger", "elman", "--heads", 2],
            ["tagger 'elman' has no option 'heads'; it has num_layers, activation"],
        ),
        (["--gates", "x"], ["tagger 'bidirectional' has no option 'gates'"]),
        (
            ["--tagger", "lstm", "--activation", "relu"],
            ["activation must be one of tanh, linear, got 'relu'"],
        ),
        (
            ["--tagger", "attention", "--heads", 3],
            ["hidden_size must be a multiple of heads, got 8, 3"],
        ),
        (["--tagger", "convolution", "--width", 4], ["width must be odd, got 4"]),
        (["--tagger", "attention", "--attend", "some"], ["must be all, range:R or graph, got"]),
        (["--tagger", "attention", "--attend", "range:-1"], ["must be all, range:R or graph"]),
        (["--tagger", "attention", "--edges", "repeats"], ["edges are for the attention tagger"]),
        (["--edges", "neighbours"], ["edges are for the attention tagger with attend graph"]),
        (["--tagger", "attention", "--edges", "x"], ["'x' is not one of 'corpus', 'neighbours'"]),
        (["--cell", "elman", "--feedback", "target"], ["has no option 'feedback'"]),
        (["--num-layers", 0], ["0 is not in the range 1<=x<=1000"]),
        (["--epochs", "many"], ["'many' is not a valid integer range"]),
        (["--dropout", 1], ["1.0 is not in the range 0<=x<1"]),
        (["--dropout", "nan"], ["nan is not a finite number"]),
        (["--learning-rate", "inf"], ["inf is not a finite number"]),
        (["--learning-rate", -1], ["-1.0 is not in the range x>=0"]),
        (["--window-size", -1], ["-1 is not in the range"]),
        (["--seed", 2**64], [f"{2**64} is not in the range"]),
        (["--device", "tpu"], ["'tpu' is not one of 'auto', 'cpu', 'cuda'"]),
        (["--format", "xml"], ["'xml' is not one of"]),
        (["--decoder", "viterbi"], ["'viterbi' is not one of 'softmax', 'crf'"]),
        (["--ensemble-size", 0], ["0 is not in the range 1<=x<=1000"]),
        (["--augment", 1.5], ["1.5 is not in the range 0<=x<=1"]),
        (["--augment", "nan"], ["nan is not a finite number"]),
        (["--adversarial", 1.5], ["1.5 is not in the range 0<=x<=1"]),
        (["--adversarial", "nan"], ["nan is not a finite number"]),
        (
            ["--tagger", "attention", "--attend", "graph", "--augment", 0.5],
            ["augment moves words, and so cannot keep the edges of a graph"],
        ),
        (["--values", "to=x", "--augment", 0], ["values are for augment, which is 0"]),
        (["--curve", "-q"], ["--curve prints what it finds; leave out --quiet"]),
        (["--curve", "--unlabelled", "x"], ["--curve does not learn from --unlabelled"]),
        (["--values", "to", "--augment", 0.5], ["values must be slot=FILE, got 'to'"]),
        (["--seeds", 0], ["0 is not in the range x>=1"]),
        (["--preset", "best"], ["'best' is not ", *PRESETS]),
        (["--no-such-option"], ["No such option"]),
    ],
    ids=lambda value: "-".join(map(str, value)).strip("-")[:40] if value[0] != "'" else "",
)
def test_usage_errors_name_the_choices(
    options: list[object], messages: list[str], cli: Command, tmp_path: Path
) -> None:
    result = cli(*options)

    assert (result.exit_code, result.stdout) == (2, "")
    said = " ".join(result.stderr.replace("│", " ").split())
    for message in messages:
        assert message in said
    assert not (tmp_path / "model").exists()


def test_a_folder_that_exists_is_refused(cli: Command, tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    assert cli().exit_code == 0  # an empty one is no model

    before = kept(model)
    assert only_line(cli("--seed", 2)) == f"{model}: exists; --overwrite replaces it"
    assert kept(model) == before
    assert cli("--seed", 2, "--overwrite").exit_code == 0
    assert set(kept(model).values()).isdisjoint(before.values())
    assert len(kept(model)) == 2  # the old weights are gone


def test_a_file_in_the_place_of_the_folder_is_refused(cli: Command, tmp_path: Path) -> None:
    (tmp_path / "model").write_text("mine")

    result = cli("--overwrite")
    assert result.exit_code == 2
    assert "is a file" in result.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"tokens": ["a"], "tags": ["O"]}\n{"tokens": ["a"]}\n', ':2: expected "tokens" with'),
        ('{"tokens": ["a"], "tags": ["B-x"]\n', ":1: "),
        ('{"tokens": ["a"], "tags": ["X"]}\n', ":1: unknown tag 'X'"),
        ("", ": "),
    ],
)
def test_a_broken_corpus_is_named_with_its_line(
    content: str, message: str, slotkit_command: Command, tmp_path: Path
) -> None:
    path = tmp_path / "train.jsonl"
    path.write_text(content)
    model = tmp_path / "model"

    said = only_line(slotkit_command("train", path, "--format", "jsonl", "-o", model))
    assert said.startswith(f"{path}{message}")
    assert not model.exists()


def test_corpora_that_cannot_be_trained_on(slotkit_command: Command, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "test.jsonl", ROWS)
    model = tmp_path / "model"
    result = slotkit_command("train", tmp_path / "test.jsonl", "-o", model)
    assert "training needs a train split, the corpus has test" in only_line(result)

    assert "no corpus 'atsi'" in only_line(slotkit_command("train", "atsi", "-o", model))
    assert not model.exists()


def test_edges_that_are_not_there(cli: Command) -> None:
    result = cli("--tagger", "attention", "--attend", "graph", "--edges", "corpus")

    assert only_line(result) == "the corpus has no edges; choose a rule with --edges"


def test_intents_that_are_not_there(cli: Command, tmp_path: Path) -> None:
    assert only_line(cli("--intent")) == "the corpus has no intents; leave out --intent"
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("slot", "content", "message"),
    [
        ("city", b"Rome\n", "values: unknown slot 'city'; choose from date, from, number, to"),
        ("to", b"Rome\n\nLima\n", "{path}:2: must hold a value, got an empty line"),
        ("to", b"", "{path}: must hold a value a line, got an empty file"),
        ("to", b"Rome\ncaf\xe9\n", "{path}:2: not UTF-8"),
        ("to", None, "{path}: cannot be read: No such file or directory"),
    ],
)
def test_a_wrong_word_list_is_one_line(
    slot: str, content: bytes | None, message: str, cli: Command, tmp_path: Path
) -> None:
    path = tmp_path / "list.txt"
    if content is not None:
        path.write_bytes(content)
    result = cli("--augment", 0.5, "--values", f"{slot}={path}")

    assert only_line(result) == message.format(path=path)
    assert not (tmp_path / "model").exists()


def test_an_utterance_longer_than_the_learned_positions_is_named_at_once(
    slotkit_command: Command, tmp_path: Path
) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    long = json.dumps({"tokens": ["a"] * 7, "tags": ["B-x"] + ["O"] * 6})
    short = json.dumps({"tokens": ["a"], "tags": ["B-x"]})
    (corpus / "train.jsonl").write_text(f"{short}\n{short}\n")
    (corpus / "validation.jsonl").write_text(f"{short}\n{long}\n")

    words = ("--tagger", "attention", "--positions", "learned", "--max-length", 5)
    result = slotkit_command("train", corpus, *words, "-o", tmp_path / "model")

    assert result.exit_code == 1
    assert "validation: utterance 2 has 7 words, more than the 5 learned" in result.stderr
    assert not (tmp_path / "model").exists()


def test_max_length_is_for_learned_positions(slotkit_command: Command) -> None:
    result = slotkit_command("train", "--tagger", "attention", "--max-length", 5)

    assert result.exit_code == 2
    assert "max_length is for learned positions" in result.stderr


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there(cli: Command, tmp_path: Path) -> None:
    assert only_line(cli("--device", "cuda")) == "no CUDA device is there; use --device cpu"
    assert not (tmp_path / "model").exists()
    assert cli("--device", "auto").exit_code == 0


def test_a_loss_that_is_no_number(cli: Command, tmp_path: Path) -> None:
    result = cli("--optimizer", "sgd", "--learning-rate", 1e30, "--max-grad-norm", 0, "--epochs", 5)

    assert re.search(r"became (nan|inf) in epoch \d, at train utterances", only_line(result))


def test_a_full_disk(cli: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        said = only_line(cli())

    assert said == f"{tmp_path / 'model'}: cannot be written: No space left on device"
    assert not (tmp_path / "model").exists()
    assert cli().exit_code == 0


# What may not be installed


def test_tensorboard_has_its_curves(cli: Command, tmp_path: Path) -> None:
    events_of = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    assert cli("--tensorboard", tmp_path / "curves", "--epochs", 2).exit_code == 0
    events = events_of.EventAccumulator(str(tmp_path / "curves"))
    events.Reload()
    history = (tmp_path / "model" / "history.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in history]
    drawn = {"f1/validation", "gradient_norm/train", "learning_rate/train", "loss/train"}
    assert set(events.Tags()["scalars"]) == drawn
    for name in drawn:
        found = [(event.step, event.value) for event in events.Scalars(name)]
        numbers = [row[name.partition("/")[0]] for row in rows]
        assert found == [(n, pytest.approx(number)) for n, number in enumerate(numbers, 1)]


def test_a_missing_tensorboard_is_one_line(
    cli: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("torch.utils.tensorboard")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    result = cli("--tensorboard", tmp_path / "curves")

    assert only_line(result) == 'this needs "pip install slotkit[tensorboard]"'
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize("module", ["datasets", "rich", "seqeval", "torch"])
def test_a_missing_module_is_one_line(
    module: str, cli: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    result = cli()

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == 'Error: this needs "pip install slotkit[train]"\n'


def test_without_torch_there_is_one_line(corpus: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "torch.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')"
    )
    environment = os.environ | {"PYTHONPATH": str(blocked)}
    done = subprocess.run(
        [SLOTKIT, "train", corpus, "-o", tmp_path / "model"],
        env=environment,
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == 'Error: this needs "pip install slotkit[train]"\n'
    assert not (tmp_path / "model").exists()
