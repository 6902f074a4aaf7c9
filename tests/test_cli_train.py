"""``slotkit train``: what it does and what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from slotkit.model.file import load_model
from train_command import EPOCH, ROWS, SMALL, press_at, write_jsonl

pytestmark = pytest.mark.usefixtures("no_sync")


Command = Callable[..., Result]


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
    said = re.search(r"their (\d+) answers, which are learned without", trained.stderr)
    count = re.search(r"(\d+) train and \d+ validation utterances", trained.stderr)
    assert said is not None
    assert count is not None
    assert f"{count[1]} utterances and {said[1]} answers once more ask for" in trained.stderr

    tagged = slotkit_command("tag", "-m", model, "--json", "11月2日到达台北")
    assert "".join(json.loads(tagged.stdout)["tokens"]) == "11月2日到达台北"
    scores = slotkit_command("evaluate", model, "ticket_booking_zh", "--json")
    assert scores.exit_code == 0
    assert json.loads(scores.stdout)["support"] > 1000
