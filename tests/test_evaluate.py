"""The evaluate verb, with a model that gives back the tags it is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result

import slotkit.evaluation.tagged
import slotkit.model.file
from command import run as run_command
from slotkit.decoding.intents import Intent
from slotkit.evaluation.calibration import perfect_error
from slotkit.evaluation.mistakes import analyse
from slotkit.evaluation.report import describe
from slotkit.model.model import Model
from slotkit.tagging.result import Slot, Tagging
from slotkit.text.kinds import find_kinds, slot_values
from slotkit.text.tags import spans_of

TRAIN = [(["to", "Rome"], ["O", "B-to"]), (["from", "Oslo"], ["O", "B-from"])]
TEST = [
    (["to", "rome"], ["O", "B-to"]),
    (["to", "New", "York"], ["O", "B-to", "I-to"]),
    (["at", "noon"], ["O", "B-time"]),
]
PREDICTED = [["O", "B-to"], ["O", "B-from", "I-from"], ["O", "O"]]


TAGS = ["O", "B-to", "I-to", "B-from", "I-from"]
INTENTS = ["go", "go#leave", "wake"]  # of the test part


class Parrot:
    """Stands for a tagger: it gives the tags that it is told, sure of each as its model says.

    At temperature 1 it is 0.9 sure of every slot, else 0.6. Its intents are ``go``, ``leave#go``
    and none.
    """

    predicted: list[list[str]] = PREDICTED

    def __init__(self, model: Model) -> None:
        self.model = model

    def fill_tokens(
        self,
        sequences: list[list[str]],
        edges: list[list[list[int]]] | None = None,
        expect: Sequence[str] = (),
    ) -> list[Tagging]:
        """Give the tags, if the words are those that they are for."""
        assert list(map(len, sequences)) == list(map(len, self.predicted))
        sure = 0.9 if self.model.temperature == 1.0 else 0.6
        told = [Intent("go", 1.0), Intent("leave#go", 1.0), None]
        taggings = []
        for number, (words, tags) in enumerate(zip(sequences, self.predicted, strict=True)):
            slots = [Slot(span.slot, "", span.start, span.end, sure) for span in spans_of(tags)]
            unsure = [one for one in slots if sure < self.model.thresholds.get(one.name, 0.0)]
            taggings.append(
                Tagging(
                    text=" ".join(words),
                    tokens=words,
                    tags=tags,
                    probabilities=np.zeros((len(tags), len(TAGS)), dtype=np.float32),
                    columns=TAGS,
                    slots=[one for one in slots if one not in unsure],
                    unsure=unsure,
                    intent=told[number] if self.model.intents else None,
                )
            )
        return taggings


@pytest.fixture
def become(
    make_model: Callable[..., Model], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """Return a function that makes any model a parrot with these properties."""

    def told(predicted: list[list[str]] = PREDICTED, **properties: Any) -> None:
        intents = properties.pop("intents", [])
        model = make_model(tags=TAGS, intents=intents)._replace(**properties)
        monkeypatch.setattr(slotkit.model.file, "load_model", lambda folder: model)
        monkeypatch.setattr(Parrot, "predicted", predicted)
        monkeypatch.setattr(slotkit.evaluation.tagged, "SlotFiller", Parrot)

    return told


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, become: Callable[..., None]) -> Path:
    """Write a corpus of two parts, and make any model a parrot of its test part."""
    monkeypatch.setenv("SLOTKIT_CACHE", str(tmp_path / "cache"))
    become()
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name, rows in ("train", TRAIN), ("test", TEST):
        lines = [
            json.dumps({"tokens": tokens, "tags": tags, "intent": intent}) + "\n"
            for (tokens, tags), intent in zip(rows, INTENTS)  # noqa: B905
        ]
        (folder / f"{name}.jsonl").write_text("".join(lines))
    return folder


def analysis() -> str:
    """Return what is said of the mistakes; `test_analysis.py` looks into it."""
    kinds = find_kinds(slot_values([tokens for tokens, _ in TRAIN], [tags for _, tags in TRAIN]))
    tokens, gold = [tokens for tokens, _ in TEST], [tags for _, tags in TEST]
    return describe(analyse(tokens, gold, PREDICTED, intents=INTENTS, kinds=kinds))


def run(*arguments: str | Path) -> Result:
    return run_command("evaluate", "model", *arguments)


def test_the_figures_are_laid_out_for_people(corpus: Path) -> None:
    perfect = f"{perfect_error([0.9, 0.9]):.3f}"
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
        "\n"
        f"{analysis()}\n"
        "\n"
        "confidence of spans         error  a perfect model's   Brier  AUROC\n"
        f"before scaling              0.500              {perfect}  0.4100  0.500\n"
        f"after scaling (by 1.00)     0.500              {perfect}  0.4100  0.500\n"
        "\n"
        "this model does not tell what is out of scope: train with --out-of-scope FILE, "
        "or with utterances of the intent out_of_scope\n"
    )


def test_json_holds_fractions(corpus: Path) -> None:
    report = json.loads(run(corpus, "--json").stdout)

    assert (report["precision"], report["recall"], report["f1"]) == (1 / 2, 1 / 3, 2 / 5)
    assert (report["f1_seen"], report["f1_unseen"]) == (1.0, 0.0)
    assert report["unseen_tags"] == {"B-time": 1}
    assert report["intent"] is None
    assert report["thresholds"] is None
    assert set(report) == {
        *("f1", "precision", "recall", "support", "mode", "f1_default_mode", "exact"),
        *("f1_seen", "support_seen", "f1_unseen", "support_unseen", "unseen_tags", "slots"),
        *("analysis", "confidence", "temperature", "intent", "thresholds", "scope"),
    }


def test_confidences_are_measured_before_and_after_scaling(
    corpus: Path, become: Callable[..., None]
) -> None:
    """One span of two is right; the model is 0.9 sure of each, and 0.6 after scaling."""
    become(temperature=2.0)
    report = json.loads(run(corpus, "--json").stdout)

    assert report["temperature"] == 2.0
    assert set(report["confidence"]) == {"before", "after"}
    for way, sure in (("before", 0.9), ("after", 0.6)):
        trust = report["confidence"][way]
        assert trust["answers"] == 2
        assert trust["error"] == pytest.approx((1 - sure + sure) / 2)
        assert trust["brier"] == pytest.approx(((1 - sure) ** 2 + sure**2) / 2)
        assert trust["auroc"] == 0.5
        assert [part["answers"] for part in trust["bins"]] == [1, 1]
    assert "after scaling (by 2.00)" in run(corpus).stdout


def test_a_model_of_intents_has_them_scored(corpus: Path, become: Callable[..., None]) -> None:
    """``go`` is right, ``leave#go`` is right in another order, and of the last it tells none."""
    become(intents=["go", "leave"])
    result = run(corpus)

    assert result.exit_code == 0, result.output
    assert (
        "\n\nintent right: 33.33 % by the first label, 66.67 % exactly, of 3\n"
        "intents that training never saw, counted as wrong: wake 1\n\n"
    ) in result.stdout
    assert json.loads(run(corpus, "--json").stdout)["intent"] == {
        "exact": pytest.approx(2 / 3),
        "first": pytest.approx(1 / 3),
        "support": 3,
        "unseen": {"wake": 1},
    }


def test_a_model_with_thresholds_says_what_they_keep(
    corpus: Path, become: Callable[..., None]
) -> None:
    """The slot that is wrong is below its threshold; of the scores it is part all the same."""
    become(thresholds={"from": 0.95})
    result = run(corpus)

    told = "of 2 spans, 1 are at or above the model's thresholds, and 100.00 % of these are right\n"
    assert told in result.stdout
    report = json.loads(run(corpus, "--json").stdout)
    assert report["thresholds"] == {"right": 1, "sure": 1, "spans": 2}
    assert report["precision"] == 1 / 2
    assert report["confidence"]["after"]["answers"] == 2


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_pictures_are_written_as_their_suffix_says(
    suffix: str, corpus: Path, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    files = [tmp_path / f"{name}.{suffix}" for name in ("confusion", "reliability")]
    result = run(corpus, "--confusion", files[0], "--reliability", files[1])

    assert result.exit_code == 0, result.output
    assert "all, strict IOB2" in result.stdout
    begins = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[suffix]
    assert all(file.read_bytes().startswith(begins) for file in files)
    assert files[0].read_bytes() != files[1].read_bytes()


@pytest.mark.parametrize("option", ["--confusion", "--reliability"])
@pytest.mark.parametrize("name", ["picture.jpg", "picture", "picture.PNG.txt"])
def test_a_picture_of_another_suffix_is_a_usage_error(
    option: str, name: str, corpus: Path, tmp_path: Path
) -> None:
    result = run(corpus, option, tmp_path / name)

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"Invalid value for '{option}'" in result.stderr
    assert all(suffix in result.stderr for suffix in (".png", ".svg", ".pdf"))
    assert not (tmp_path / name).exists()


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
    corpus: Path, become: Callable[..., None]
) -> None:
    become([tags for _, tags in TRAIN])

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
