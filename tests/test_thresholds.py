"""The thresholds verb: what it chooses, stores, shows, and takes away."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result

from slotkit.evaluation.thresholds import lower_bound
from slotkit.model.file import load_model, save_model
from slotkit.model.model import Model
from slotkit.tagging.filler import SlotFiller

Run = Callable[..., Result]

# What the tagger takes each word for, and how much more it likes that than O.
TAKEN = {
    "Taipei": ("B-destination", 6.0),
    "Tokyo": ("B-destination", 2.0),
    "Paris": ("B-destination", 1.0),
    "2nd": ("B-date", 4.0),
}
# So often each is said, with the tag that is right.
SAID = [("Taipei", "B-destination", 150), ("Tokyo", "B-destination", 50), ("Paris", "O", 40)]
SAID += [("2nd", "B-date", 3)]


@pytest.fixture
def model(make_model: Callable[..., Model], tmp_path: Path) -> Path:
    """Return a model that takes words for what `TAKEN` says."""
    made = make_model("feedforward", encoder="one-of-n", window_size=0)
    for name in made.weights:
        made.weights[name] = np.zeros_like(made.weights[name])
    units = {tag: unit for unit, tag in enumerate(dict.fromkeys(tag for tag, _ in TAKEN.values()))}
    for word, (tag, margin) in TAKEN.items():
        row = list(made.encoder.active(word))
        made.weights["input.embedding.weight"][row, units[tag]] = 10 + margin
        made.weights["network.hidden.0.weight"][units[tag], units[tag]] = 1
        made.weights["network.output.weight"][made.tags.index(tag), units[tag]] = 1
    made.weights["network.output.bias"][0] = 10
    save_model(made, tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Return a corpus whose validation says what `SAID` says, and whose test says nothing."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    rows = [
        {"tokens": ["to", word], "tags": ["O", tag]}
        for word, tag, times in SAID
        for _ in range(times)
    ]
    for split, lines in ("train", rows), ("validation", rows), ("test", rows[:1]):
        (folder / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in lines))
    return folder


@pytest.fixture
def confidences(model: Path) -> dict[str, float]:
    """Return how sure the tagger is of each word."""
    filler = SlotFiller.load(model)
    return {word: filler.tag(f"to {word}").slots[0].confidence for word in TAKEN}


def test_thresholds_are_stored_and_shown(
    slotkit_command: Run, model: Path, corpus: Path, confidences: dict[str, float]
) -> None:
    """Tokyo is right whenever it is said, Paris never; of dates there are too few to tell."""
    result = slotkit_command("thresholds", model, corpus, "--precision", 0.9)

    assert (result.exit_code, result.stderr) == (0, "")
    tokyo, paris = confidences["Tokyo"], confidences["Paris"]
    assert paris < tokyo < confidences["2nd"] < confidences["Taipei"]
    assert load_model(model).thresholds == {"destination": tokyo, "date": tokyo}
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["slot", "threshold", "spans", "kept", "right", "at", "least"],
        ["destination", f"{tokyo:.4f}", "240", "200", "200", f"{100 * lower_bound(200, 200):.2f}"],
        ["date", f"{tokyo:.4f}", "3", "3", "3", f"{100 * lower_bound(3, 3):.2f}"],
    ]
    assert slotkit_command("tag", "-m", model, "to", "Paris").stdout == (
        f"to Paris\n  destination = Paris?  ({paris:.2f})\n"
    )
    assert "?" not in slotkit_command("tag", "-m", model, "to", "Tokyo").stdout


def test_json_has_the_figures_of_each_slot(
    slotkit_command: Run, model: Path, corpus: Path, confidences: dict[str, float]
) -> None:
    result = slotkit_command("thresholds", model, corpus, "--precision", 0.9, "--json")

    assert json.loads(result.stdout) == {
        "destination": {
            "confidence": confidences["Tokyo"],
            "right": 200,
            "kept": 200,
            "answers": 240,
            "bound": lower_bound(200, 200),
        },
        "date": {
            "confidence": confidences["Tokyo"],
            "right": 3,
            "kept": 3,
            "answers": 3,
            "bound": lower_bound(3, 3),
        },
    }


def test_less_precision_trusts_more(slotkit_command: Run, model: Path, corpus: Path) -> None:
    """200 of 240 right speak for 79 %."""
    assert 0.78 < lower_bound(200, 240) < 0.8
    for precision, trusted in ((0.78, True), (0.8, False)):
        slotkit_command("thresholds", model, corpus, "--precision", precision)
        shown = slotkit_command("tag", "-m", model, "to Paris").stdout
        assert ("?" not in shown) is trusted


def test_choosing_again_does_not_depend_on_what_was_stored(
    slotkit_command: Run, model: Path, corpus: Path
) -> None:
    options = ["thresholds", model, corpus, "--precision"]
    first = slotkit_command(*options, 0.9).stdout
    stored = load_model(model).thresholds
    slotkit_command(*options, 0.7)
    assert load_model(model).thresholds != stored

    assert slotkit_command(*options, 0.9).stdout == first
    assert load_model(model).thresholds == stored


def test_a_precision_of_0_takes_them_away(slotkit_command: Run, model: Path, corpus: Path) -> None:
    before = {path.name: path.read_bytes() for path in model.iterdir()}
    slotkit_command("thresholds", model, corpus, "--precision", 0.9)
    assert load_model(model).thresholds

    result = slotkit_command("thresholds", model, corpus, "--precision", 0)
    assert (result.exit_code, result.stdout) == (0, f"{model}: no thresholds\n")
    assert {path.name: path.read_bytes() for path in model.iterdir()} == before
    assert slotkit_command("thresholds", model, "--precision", 0, "--json").stdout == "{}\n"


def test_a_precision_that_cannot_be_had_is_one_line(
    slotkit_command: Run, model: Path, corpus: Path
) -> None:
    before = (model / "config.json").read_bytes()
    result = slotkit_command("thresholds", model, corpus, "--precision", 0.999)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: no threshold gives a precision of 0.999: of 243 spans too many are wrong, or they "
        "are too few to tell\n"
    )
    assert (model / "config.json").read_bytes() == before


def test_it_is_chosen_on_validation_unless_told_otherwise(
    slotkit_command: Run, model: Path, corpus: Path
) -> None:
    options = ["thresholds", model, corpus, "--precision", 0.9, "--json"]
    assert json.loads(slotkit_command(*options).stdout)["destination"]["answers"] == 240

    few = slotkit_command(*options, "--split", "test")
    assert few.exit_code == 1
    assert "of 1 spans" in few.stderr
    (corpus / "validation.jsonl").unlink()
    missing = slotkit_command(*options)
    assert missing.exit_code == 2
    assert "the corpus has no part 'validation'; choose from train, test" in missing.stderr


@pytest.mark.parametrize("precision", [1, -0.1, "high"])
def test_a_precision_is_a_share(precision: object, slotkit_command: Run, model: Path) -> None:
    assert slotkit_command("thresholds", model, "--precision", precision).exit_code == 2
    assert slotkit_command("thresholds", model).exit_code == 2


def test_a_tagger_of_corpus_edges_needs_them(
    slotkit_command: Run, make_model: Callable[..., Model], corpus: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "graph"
    save_model(make_model("attention", attend="graph", edges="corpus"), folder)

    result = slotkit_command("thresholds", folder, corpus, "--precision", 0.5)
    assert result.exit_code == 1
    assert "has no edges; this tagger was trained on those of its corpus" in result.stderr
    assert result.stderr.count("\n") == 1
