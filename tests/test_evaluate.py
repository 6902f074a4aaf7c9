"""The evaluate verb, with a model that gives back the tags it is told."""

from __future__ import annotations

import json
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from slotkit.filler import SlotFiller

TRAIN = [(["to", "Rome"], ["O", "B-to"]), (["from", "Oslo"], ["O", "B-from"])]
TEST = [
    (["to", "rome"], ["O", "B-to"]),
    (["to", "New", "York"], ["O", "B-to", "I-to"]),
    (["at", "noon"], ["O", "B-time"]),
]
PREDICTED = [["O", "B-to"], ["O", "B-from", "I-from"], ["O", "O"]]


class Parrot:
    """Stands for a model."""

    tags = ("O", "B-to", "I-to", "B-from", "I-from")
    edges = None

    def __init__(self, predicted: list[list[str]]) -> None:
        self.predicted = predicted

    def tag_tokens(
        self, sequences: list[list[str]], edges: list[list[list[int]]] | None = None
    ) -> list[list[str]]:
        """Give the tags, if the words are those that they are for."""
        assert list(map(len, sequences)) == list(map(len, self.predicted))
        return self.predicted


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a corpus of two parts, and make any model a parrot of its test part."""
    monkeypatch.setenv("SLOTKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(SlotFiller, "load", lambda folder: Parrot(PREDICTED))
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name, rows in ("train", TRAIN), ("test", TEST):
        lines = [json.dumps({"tokens": tokens, "tags": tags}) + "\n" for tokens, tags in rows]
        (folder / f"{name}.jsonl").write_text("".join(lines))
    return folder


def run(*arguments: str | Path) -> Result:
    (command,) = entry_points(group="console_scripts", name="slotkit")
    return CliRunner().invoke(command.load(), ["evaluate", "model", *map(str, arguments)])


def test_the_figures_are_laid_out_for_people(corpus: Path) -> None:
    result = run(corpus)

    assert result.exit_code == 0, result.output
    assert result.stdout == (
        f"{corpus}, test: 3 utterances\n"
        "\n"
        "                               precision  recall      F1    spans\n"
        "all, strict IOB2                   50.00   33.33   40.00        3\n"
        "all, seqeval's default mode                        40.00\n"
        "\n"
        "to                                100.00   50.00   66.67        2\n"
        "time                                0.00    0.00    0.00        1\n"
        "from                                0.00    0.00    0.00        0\n"
        "\n"
        "values seen in training                           100.00        1\n"
        "values not seen                                     0.00        2\n"
        "utterances right in every tag                      33.33\n"
        "\n"
        "tags that training never saw, counted as misses: B-time 1\n"
    )


def test_json_holds_fractions(corpus: Path) -> None:
    report = json.loads(run(corpus, "--json").stdout)

    assert (report["precision"], report["recall"], report["f1"]) == (1 / 2, 1 / 3, 2 / 5)
    assert (report["f1_seen"], report["f1_unseen"]) == (1.0, 0.0)
    assert report["unseen_tags"] == {"B-time": 1}


def test_errors_are_written_to_a_file(corpus: Path, tmp_path: Path) -> None:
    run(corpus, "--errors", tmp_path / "errors.txt")

    text = (tmp_path / "errors.txt").read_text()
    assert "utterance 2: from instead of to\n  gold       to [to|New York]\n" in text
    assert "# missed: 1\n\nutterance 3: time not found\n" in text
    assert {path.name for path in tmp_path.iterdir()} == {"cache", "corpus", "errors.txt"}


def test_errors_may_go_to_a_device(corpus: Path) -> None:
    """A rename would put a plain file in the place of the device."""
    assert run(corpus, "--errors", "/dev/null").exit_code == 0
    assert Path("/dev/null").is_char_device()


def test_errors_that_cannot_be_written_are_one_line(corpus: Path, tmp_path: Path) -> None:
    result = run(corpus, "--errors", tmp_path / "missing" / "errors.txt")

    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "errors.txt: cannot be written: No such file or directory" in result.stderr


@pytest.mark.parametrize("options", [[], ["--split", "test"]])
def test_seen_values_need_a_training_part(corpus: Path, options: list[str]) -> None:
    file = corpus / "test.jsonl"

    assert json.loads(run(file, "--json", *options).stdout)["f1_seen"] is None
    assert "told apart by the training part: the corpus has none" in run(file, *options).stdout


def test_the_training_part_is_not_compared_with_itself(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SlotFiller, "load", lambda folder: Parrot([tags for _, tags in TRAIN]))

    assert json.loads(run(corpus, "--split", "train", "--json").stdout)["f1_seen"] is None
    assert "told apart by the training part: this is it" in run(corpus, "--split", "train").stdout


def test_a_part_that_is_not_there_is_a_usage_error(corpus: Path) -> None:
    result = run(corpus, "--split", "validation")

    assert result.exit_code == 2
    assert "the corpus has no part 'validation'; choose from train, test" in result.stderr


def test_without_a_test_part_the_choice_is_the_users(corpus: Path) -> None:
    (corpus / "test.jsonl").rename(corpus / "validation.jsonl")
    result = run(corpus)

    assert result.exit_code == 2
    assert "the corpus has no part 'test'; choose from train, validation" in result.stderr
    assert run(corpus, "--split", "validation").exit_code == 0
