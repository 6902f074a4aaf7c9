"""``slotkit train``: what it says, what it refuses, and how it ends."""

from __future__ import annotations

import errno
import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import Result

from slotkit.encoders.table import ENCODERS
from slotkit.model.file import load_model, save_model
from slotkit.taggers.table import ARCHITECTURES
from slotkit.training.optimizers import OPTIMIZERS, SCHEDULES
from slotkit.training.recipe import PRESETS
from slotkit.training.run import Run

Command = Callable[..., Result]

SLOTKIT = Path(sys.executable).with_name("slotkit")
ROWS = [
    ("leave Taipei for Rome", "O B-from O B-to"),
    ("leave Oslo for New York", "O B-from O B-to I-to"),
    ("arrive in Lima on Monday", "O O B-to O B-date"),
    ("book two seats for Rome", "O B-number O O B-to"),
    ("from Taipei to Lima on May second", "O B-from O B-to O B-date I-date"),
    ("what does it cost", "O O O O"),
]
SMALL = ["--embedding-size", 8, "--hidden-size", 8, "--batch-size", 2, "--threads", 1]
EPOCH = re.compile(r"epoch +\d+  loss \d+\.\d{4}  F1 +\d+\.\d\d +\d+\.\d s(  best)?")


@pytest.fixture(autouse=True)
def _no_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the disk."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def write_jsonl(path: Path, rows: list[tuple[str, str]]) -> None:
    """Write utterances and their tags as JSON lines."""
    lines = ({"tokens": text.split(), "tags": tags.split()} for text, tags in rows)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a corpus of JSON lines with three splits."""
    folder = tmp_path_factory.mktemp("corpora") / "tiny"
    folder.mkdir()
    for split in ("train", "validation", "test"):
        write_jsonl(folder / f"{split}.jsonl", ROWS)
    return folder


@pytest.fixture
def cli(slotkit_command: Command, corpus: Path, tmp_path: Path) -> Command:
    """Return a function that trains on the tiny corpus into ``model``."""

    def run(*options: object, **more: Any) -> Result:
        words = [corpus, *SMALL, "--epochs", 2, "-o", tmp_path / "model", *options]
        return slotkit_command("train", *words, **more)

    return run


def press_at(monkeypatch: pytest.MonkeyPatch, epoch: int) -> None:
    """Let Ctrl-C be pressed in an epoch, counted from 1."""
    train_epoch = Run.train_epoch

    def pressed(run: Run, number: int, *rest: Any) -> float:
        if number == epoch - 1:
            raise KeyboardInterrupt
        return train_epoch(run, number, *rest)

    monkeypatch.setattr(Run, "train_epoch", pressed)


def kept(folder: Path) -> dict[str, bytes]:
    """Return the files that equal runs make equal."""
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    del files["history.jsonl"]
    return files


def only_line(result: Result) -> str:
    """Return the one line that a failed command says."""
    assert result.exit_code == 1
    assert result.stdout == ""
    said = result.stderr.splitlines()[-1]
    assert said.startswith("Error: ")
    assert "Traceback" not in result.stderr
    return said.removeprefix("Error: ")


# What it does


def test_a_trained_folder_tags_and_is_scored(
    cli: Command, slotkit_command: Command, corpus: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    result = cli("--tagger", "elman", "--window-size", 1, "--epochs", 3)

    assert result.exit_code == 0
    assert result.stdout == ""  # all of it is about progress
    last = re.fullmatch(
        r".*model: validation epoch (\d), F1 (\d+\.\d\d) on validation \(strict IOB2\)",
        result.stderr.splitlines()[-2],
    )
    assert last is not None
    assert result.stderr.splitlines()[-1].startswith(
        "that is little. Slots with the fewest examples, of which more help most: "
    )
    history = [json.loads(line) for line in (model / "history.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in history] == [1, 2, 3]
    assert f"{100 * history[int(last[1]) - 1]['f1']:.2f}" == last[2]

    tagged = json.loads(slotkit_command("tag", "-m", model, "--json", "leave", "Oslo").stdout)
    assert tagged["tokens"] == ["leave", "Oslo"]
    scores = json.loads(slotkit_command("evaluate", model, corpus, "--json").stdout)
    assert f"{100 * scores['f1']:.2f}" == last[2]  # its test is its validation
    assert (model / "config.json").exists()
    assert not list(model.glob("*checkpoint*"))


def test_the_folder_of_the_three_commands_is_the_same(
    slotkit_command: Command, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    slotkit_command("train", corpus, *SMALL, "--epochs", 1, "--tagger", "feedforward")

    assert (tmp_path / "slotkit-model" / "config.json").exists()
    assert slotkit_command("tag", "leave Oslo").exit_code == 0


def test_a_folder_of_parallel_files_trains(slotkit_command: Command, tmp_path: Path) -> None:
    for split in ("train", "valid"):
        folder = tmp_path / "seq" / split
        folder.mkdir(parents=True)
        (folder / "seq.in").write_text("".join(f"{text}\n" for text, _ in ROWS))
        (folder / "seq.out").write_text("".join(f"{tags}\n" for _, tags in ROWS))
        (folder / "label").write_text("ask\n" * len(ROWS))
    words = [*SMALL, "--epochs", 1, "--tagger", "convolution", "-o", tmp_path / "model"]
    result = slotkit_command("train", tmp_path / "seq", "--format", "seq", *words)

    assert result.exit_code == 0
    assert "6 train and 6 validation utterances, 7 tags" in result.stderr


def test_every_epoch_is_a_line_where_there_is_no_terminal(cli: Command) -> None:
    result = cli("--epochs", 3, "--patience", 3)

    lines = result.stderr.splitlines()
    assert len([line for line in lines if EPOCH.fullmatch(line)]) == 3
    assert EPOCH.fullmatch(lines[-3])
    assert not set("\r\x1b━") & set(result.stderr)


def test_quiet_says_nothing(cli: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    result = cli("--quiet")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")

    assert "exists" in cli("-q").stderr  # but errors
    press_at(monkeypatch, 1)
    stopped = cli("-q", "--overwrite")
    assert (stopped.exit_code, stopped.stderr) == (130, "")


def test_seed_and_threads_are_said_and_saved(cli: Command, tmp_path: Path) -> None:
    assert ", seed 1, threads 1, cpu" in cli("--device", "cpu").stderr
    assert ", seed 77, threads 1, cpu" in cli("--seed", 77, "--overwrite").stderr
    recipe = load_model(tmp_path / "model").training["recipe"]
    assert (recipe["seed"], recipe["threads"], recipe["device"]) == (77, 1, "cpu")


def test_the_command_is_saved_without_where_it_writes(cli: Command, tmp_path: Path) -> None:
    cli("--tagger", "lstm", "--no-fold-digits", "--gates", "x", "--overwrite", "--quiet")

    command = load_model(tmp_path / "model").training["source"]["command"]
    assert command.startswith("slotkit train ")
    assert "--tagger lstm --gates x --no-fold-digits" in command
    assert not {"-o", "--output", "--overwrite", "--quiet"} & set(command.split())


def test_tags_and_notes_that_a_user_should_know_of_are_said(
    slotkit_command: Command, tmp_path: Path
) -> None:
    write_jsonl(tmp_path / "train.jsonl", [*ROWS, ("to Rome", "O I-to")])
    write_jsonl(tmp_path / "validation.jsonl", [*ROWS, ("fly Delta", "O B-airline")])
    words = [*SMALL, "--epochs", 1, "-o", tmp_path / "model"]
    result = slotkit_command("train", tmp_path, *words)

    assert result.exit_code == 0
    assert "train: 1 I- tags that continue nothing read as B-" in result.stderr
    assert "validation has tags that train has not; they count as misses: B-airline (1)" in (
        result.stderr
    )
    assert "tokenizer words: gives back the corpus' tokens of 100.0 % of" in result.stderr


def test_a_refit_says_so(cli: Command, tmp_path: Path) -> None:
    result = cli("--refit", "--tagger", "feedforward")

    last = result.stderr.splitlines()[-1]
    assert re.fullmatch(r".*model: refit epoch [12]", last)
    assert "12 train and 6 validation utterances" in result.stderr
    assert load_model(tmp_path / "model").training["refit"] is True


def test_a_tagger_of_every_new_part_trains_tags_and_is_scored(
    slotkit_command: Command, tmp_path: Path
) -> None:
    """A CRF, two members, intents, and values exchanged with those of a word list."""
    corpus, model = tmp_path / "corpus", tmp_path / "model"
    corpus.mkdir()
    for split in ("train", "validation", "test"):
        rows = [
            {
                "tokens": text.split(),
                "tags": tags.split(),
                "intent": "ask" if number % 2 else "book",
            }
            for number, (text, tags) in enumerate(ROWS)
        ]
        (corpus / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "my places.txt").write_text("Kaohsiung\nBuenos Aires\n")
    words = [*SMALL, "--epochs", 2, "-o", model, "--values", f"to={tmp_path / 'my places.txt'}"]
    words += ["--augment", 0.5, "--decoder", "crf", "--ensemble-size", 2, "--intent"]
    words += ["--adversarial", 0.1]
    result = slotkit_command("train", corpus, *words)
    assert result.exit_code == 0, result.stderr

    made = load_model(model)
    assert (made.decoder, made.ensemble_size, made.intents) == ("crf", 2, ["ask", "book"])
    assert made.training["recipe"]["augment"] == 0.5
    assert made.training["recipe"]["adversarial"] == 0.1
    assert f"--values 'to={tmp_path / 'my places.txt'}'" in made.training["source"]["command"]
    tagged = json.loads(slotkit_command("tag", "-m", model, "--json", "leave Oslo").stdout)
    assert tagged["intent"]["name"] in ("ask", "book")
    scores = json.loads(slotkit_command("evaluate", model, corpus, "--json").stdout)
    assert scores["intent"]["support"] == len(ROWS)
    assert scores["temperature"] == made.temperature


def test_augment_without_a_number_exchanges_some(cli: Command, tmp_path: Path) -> None:
    assert cli("--augment", "--quiet").exit_code == 0

    assert 0 < load_model(tmp_path / "model").training["recipe"]["augment"] < 1


def test_several_seeds_train_into_folders_of_their_own(cli: Command, tmp_path: Path) -> None:
    result = cli("--seeds", 2, "--seed", 5, "--tagger", "feedforward")

    assert result.exit_code == 0
    folders = sorted(path.name for path in (tmp_path / "model").iterdir())
    assert folders == ["seed-5", "seed-6"]
    recipes = [load_model(tmp_path / "model" / name).training["recipe"] for name in folders]
    assert [recipe["seed"] for recipe in recipes] == [5, 6]
    scores = [
        100 * load_model(tmp_path / "model" / name).training["validation_f1"] for name in folders
    ]
    said = re.search(
        r"model: F1 (\d+\.\d\d) ± \d+\.\d\d on validation .* of 2 seeds; the best is (seed-[56])",
        result.stderr,
    )
    assert said is not None
    assert said[1] == f"{sum(scores) / 2:.2f}"
    assert scores[folders.index(said[2])] == max(scores)


def test_a_bundled_corpus_trains_with_the_defaults(
    slotkit_command: Command, tmp_path: Path
) -> None:
    """All of it as a user meets it, but for the epochs, and in Chinese."""
    model = tmp_path / "model"
    trained = slotkit_command("train", "ticket_booking_zh", "--epochs", 1, "-o", model)
    assert trained.exit_code == 0

    tagged = slotkit_command("tag", "-m", model, "--json", "11月2日到达台北")
    assert "".join(json.loads(tagged.stdout)["tokens"]) == "11月2日到达台北"
    scores = slotkit_command("evaluate", model, "ticket_booking_zh", "--json")
    assert scores.exit_code == 0
    assert json.loads(scores.stdout)["support"] > 1000


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


# How it stops


def test_ctrl_c_in_the_first_epoch_keeps_nothing(
    cli: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    press_at(monkeypatch, 1)
    result = cli()

    assert result.exit_code == 130
    assert result.stderr.splitlines()[-1] == (
        "stopped before the first epoch ended; nothing is kept"
    )
    assert not (tmp_path / "model").exists()


def test_overwriting_keeps_the_old_model_until_the_first_epoch_is_done(
    cli: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "model"
    cli()
    before = kept(model)
    with monkeypatch.context() as patch:
        press_at(patch, 1)
        assert cli("--overwrite", "--seed", 2).exit_code == 130
    assert kept(model) == before

    with monkeypatch.context() as patch:
        press_at(patch, 2)
        assert cli("--overwrite", "--seed", 2).exit_code == 130
    assert load_model(model).training["recipe"]["seed"] == 2


def test_what_is_stopped_says_how_to_go_on(
    cli: Command, slotkit_command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "model"
    with monkeypatch.context() as patch:
        press_at(patch, 2)
        result = cli("--seed", 3)
    assert result.exit_code == 130
    assert (
        result.stderr.splitlines()[-1] == f"stopped; go on with: slotkit train --resume -o {model}"
    )

    # A new training does not begin by mistake, and one that is stopped at once is not taken
    # for the one that was there.
    assert only_line(cli()) == (
        f"{model}: exists; --resume goes on with its training, --overwrite replaces it"
    )
    with monkeypatch.context() as patch:
        press_at(patch, 1)
        assert "what was there before is kept" in cli("--overwrite", "--seed", 4).stderr

    # Stopped before the first epoch after it, a resumed training can still be resumed.
    with monkeypatch.context() as patch:
        press_at(patch, 2)
        again = slotkit_command("train", "--resume", "-o", model)
    assert again.exit_code == 130
    assert "stopped; go on with" in again.stderr
    done = slotkit_command("train", "--resume", "-o", model)
    assert done.exit_code == 0
    assert "seed 3" in done.stderr
    assert [line[:9] for line in done.stderr.splitlines() if EPOCH.fullmatch(line)] == ["epoch   2"]


def test_the_folder_to_go_on_with_is_quoted(
    slotkit_command: Command, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    press_at(monkeypatch, 2)
    result = slotkit_command("train", corpus, *SMALL, "-o", tmp_path / "my model")

    assert result.stderr.splitlines()[-1].endswith(f"--resume -o '{tmp_path / 'my model'}'")


def test_a_second_ctrl_c_ends_at_once(cli: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes while the command says how to go on."""
    from rich.console import Console

    said = Console.print

    def pressed(console: Console, *what: Any, **options: Any) -> None:
        if str(what[0]).startswith("stopped"):
            raise KeyboardInterrupt
        said(console, *what, **options)

    press_at(monkeypatch, 2)
    monkeypatch.setattr(Console, "print", pressed)
    assert cli().exit_code == 130


def test_a_second_ctrl_c_while_python_winds_up_ends_without_a_traceback() -> None:
    code = """
import atexit, os, signal
from importlib.metadata import entry_points
(installed,) = entry_points(group="console_scripts", name="slotkit")
main = installed.load()
command = main.get_command(None, "taggers")

def interrupt(**options):
    raise KeyboardInterrupt

command.callback = interrupt
atexit.register(os.kill, os.getpid(), signal.SIGINT)
main(["taggers"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True)

    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, b"", b"")


@pytest.mark.parametrize(
    "options",
    [["--epochs", 3], ["--tagger", "elman"], ["--seed", 1], ["--device", "cpu"]],
)
def test_resuming_takes_no_options(
    options: list[object], slotkit_command: Command, tmp_path: Path
) -> None:
    result = slotkit_command("train", "--resume", "-o", tmp_path / "model", *options)

    assert result.exit_code == 2
    assert f"--resume takes {options[0]} from the checkpoint; leave it out" in result.stderr


def test_resuming_takes_no_corpus(slotkit_command: Command, tmp_path: Path) -> None:
    result = slotkit_command("train", "ticket_booking", "--resume", "-o", tmp_path)

    assert result.exit_code == 2
    assert "--resume takes CORPUS from the checkpoint; leave it out" in result.stderr


def test_resuming_without_a_checkpoint(
    cli: Command, slotkit_command: Command, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    resume = ["train", "--resume", "-o", model]
    assert only_line(slotkit_command(*resume)) == f"{model}: no unfinished training to resume"
    cli()
    assert only_line(slotkit_command(*resume)) == f"{model}: no unfinished training to resume"
    (model / "checkpoint.json").write_text("{")
    assert only_line(slotkit_command(*resume)) == (
        f"{model / 'checkpoint.json'}: damaged; train anew with --overwrite"
    )


def test_resuming_on_a_changed_corpus(
    slotkit_command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, model = tmp_path / "train.jsonl", tmp_path / "model"
    write_jsonl(path, ROWS)
    with monkeypatch.context() as patch:
        press_at(patch, 2)
        slotkit_command("train", path, *SMALL, "--epochs", 3, "-o", model)
    write_jsonl(path, ROWS[::-1])

    said = only_line(slotkit_command("train", "--resume", "-o", model))
    assert said.startswith("the corpus has changed since; training cannot resume; --corpus names")


def test_a_corpus_that_has_moved_is_found_or_named(
    slotkit_command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its full path from another folder; on resuming by --corpus."""
    model, here, there = tmp_path / "model", tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    write_jsonl(here / "train.jsonl", ROWS * 2)
    write_jsonl(there / "train.jsonl", ROWS[:2])  # another of that name
    monkeypatch.chdir(here)
    with monkeypatch.context() as patch:
        press_at(patch, 2)
        slotkit_command("train", "train.jsonl", *SMALL, "--epochs", 2, "-o", model)
    monkeypatch.chdir(there)
    evaluated = slotkit_command("evaluate", model, "--split", "train")
    assert f"{here}/train.jsonl, train: 12 utterances" in evaluated.stdout
    (here / "train.jsonl").rename(tmp_path / "moved.jsonl")
    evaluated = slotkit_command("evaluate", model, "--split", "train")
    assert "train.jsonl: is not as it was when the model was trained on it" in evaluated.stderr

    refused = slotkit_command("train", "--resume", "-o", model)
    assert "the corpus has changed since" in only_line(refused)
    resumed = slotkit_command(
        "train", "--resume", "--corpus", tmp_path / "moved.jsonl", "-o", model
    )
    assert resumed.exit_code == 0, resumed.stderr
    fresh = slotkit_command("train", "train.jsonl", "--corpus", "x", "-o", model)
    assert fresh.exit_code == 2
    assert "--corpus is for --resume" in fresh.stderr


def test_a_hub_that_only_a_model_names_is_not_asked(
    cli: Command, slotkit_command: Command, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    cli()
    trained = load_model(model)
    trained.training["source"] = {"corpus": "hf:some/name", "format": None}
    save_model(trained, model)

    for verb in ["evaluate"], ["stress"], ["thresholds", "--precision", "0.9"]:
        assert "the model was trained on hf:some/name: name that as CORPUS" in only_line(
            slotkit_command(verb[0], model, *verb[1:])
        )


def test_how_a_corpus_was_read_is_kept(slotkit_command: Command, tmp_path: Path) -> None:
    path, model = tmp_path / "x.txt", tmp_path / "model"
    path.write_text("to O O\nVoss B-a B-b\n\nat O O\nMoss B-a B-b\n\nbad\n\n" * 3)
    done = slotkit_command(
        *("train", path, *SMALL, "--epochs", 1, "-o", model, "--columns", "1,-1", "--skip-bad")
    )

    assert done.exit_code == 0, done.stderr
    assert load_model(model).tags == ["O", "B-b"]
    again = slotkit_command("evaluate", model, "--split", "train")
    assert again.exit_code == 0, again.stderr
    assert "x.txt, train: 6 utterances" in again.stdout
    other = slotkit_command("evaluate", model, path, "--columns", "1,2", "--skip-bad", "--json")
    assert other.exit_code == 0, other.stderr


LONG = ["--tagger", "lstm", "--gates", "xhc", "--epochs", 25, "--patience", 25]


def start(*words: object, **options: Any) -> subprocess.Popen[bytes]:
    """Start the command that is installed; it minds Ctrl-C even where these tests do not."""
    return subprocess.Popen(
        [SLOTKIT, *map(str, words)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        **options,
    )


def test_a_real_ctrl_c_resumes_to_equal_bytes(
    slotkit_command: Command, corpus: Path, tmp_path: Path
) -> None:
    words = ["train", corpus, *SMALL, *LONG, "-o"]
    process = start(*words, tmp_path / "parts", stderr=subprocess.PIPE)
    assert process.stderr is not None
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line.decode())
        if lines[-1].startswith("epoch   1"):
            process.send_signal(signal.SIGINT)
            break
    stdout, stderr = process.communicate(timeout=60)

    assert (process.returncode, stdout) == (130, b""), "".join(lines) + stderr.decode()
    assert stderr.decode().splitlines()[-1] == (
        f"stopped; go on with: slotkit train --resume -o {tmp_path / 'parts'}"
    )
    assert slotkit_command("train", "--resume", "-o", tmp_path / "parts").exit_code == 0
    assert slotkit_command(*words, tmp_path / "whole").exit_code == 0
    assert kept(tmp_path / "parts") == kept(tmp_path / "whole")


def read_all(descriptor: int) -> Iterator[bytes]:
    """Read what comes over a terminal until its other end is closed."""
    while True:
        try:
            yield os.read(descriptor, 4096)
        except OSError:
            return


def test_on_a_terminal_there_is_a_bar_and_sigterm_ends_as_ctrl_c_does(
    corpus: Path, tmp_path: Path
) -> None:
    ours, theirs = pty.openpty()
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    words = ["train", corpus, *SMALL, *LONG, "-o", tmp_path / "model"]
    process = start(*words, stderr=theirs, env=environment | {"TERM": "xterm", "COLUMNS": "100"})
    os.close(theirs)
    seen = b""
    for piece in read_all(ours):
        before, seen = seen, seen + piece
        if b"epoch   1" in seen and b"epoch   1" not in before:
            process.send_signal(signal.SIGTERM)
    stdout, _ = process.communicate(timeout=60)
    os.close(ours)

    shown = seen.decode()
    assert (process.returncode, stdout) == (143, b""), shown
    assert "━" in shown
    assert re.search(r"loss \d\.\d{4}  F1", shown)
    assert re.search(r"\d:\d\d:\d\d", shown)  # the time left
    assert "stopped; go on with: slotkit train --resume" in shown
    assert shown.rfind("\x1b[?25h") > shown.rfind("\x1b[?25l")  # the cursor is back
    assert (tmp_path / "model" / "checkpoint.json").exists()


# What may not be installed


def test_tensorboard_has_its_curves(cli: Command, tmp_path: Path) -> None:
    events_of = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    assert cli("--tensorboard", tmp_path / "curves", "--epochs", 2).exit_code == 0
    events = events_of.EventAccumulator(str(tmp_path / "curves"))
    events.Reload()
    assert sorted(events.Tags()["scalars"]) == ["f1/validation", "loss/train"]
    history = (tmp_path / "model" / "history.jsonl").read_text().splitlines()
    losses = [json.loads(line)["loss"] for line in history]
    found = [(event.step, event.value) for event in events.Scalars("loss/train")]
    assert found == [(n, pytest.approx(loss)) for n, loss in enumerate(losses, 1)]


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
