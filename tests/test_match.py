"""What units respond to, and what epochs did: computed for the page of a tagger."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slotkit.errors import ModelFileError, UtteranceError
from slotkit.inside import match as matching
from slotkit.inside.epochs import epochs, read_history
from slotkit.inside.match import match
from slotkit.model.file import save_model
from slotkit.model.model import Model
from slotkit.model.snapshots import save_snapshot
from slotkit.taggers.table import ARCHITECTURES
from slotkit.tagging.filler import SlotFiller
from slotkit.training.recipe import make_recipe
from small import SMALL, run

MakeModel = Callable[..., Model]
ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "slotkit" / "inside" / "page"

TEXTS = [
    "arrive Taipei on 2nd please",
    "leave Paris",
    "please leave from Tokyo on 2nd",
    "arrive to Paris",
    "台 on",
    "from Taipei to Tokyo please",
    "please leave from Tokyo on 2nd",
]


def dumped(found: Any) -> bytes:
    """Write JSON as the page holds it."""
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


def words_of(found: dict[str, Any], place: int) -> tuple[list[str], int]:
    """Return the text of a place, and which of its words it is."""
    for tokens in found["tokens"]:
        if place < len(tokens):
            return [found["vocabulary"][number] for number in tokens], place
        place -= len(tokens)
    raise AssertionError("no such place")


def paired(row: list[int]) -> list[tuple[int, float]]:
    """Return pairs of a number and its deviation."""
    return [(one, tenths / 10) for one, tenths in zip(row[::2], row[1::2], strict=True)]


# What is looked at

NAMES = {
    "feedforward": ["1.h"],
    "elman": ["1.h"],
    "jordan": ["1.h"],
    "gru": ["1.h"],
    "convolution": ["1.h"],
    "lstm": ["1.c", "1.out"],
    "bidirectional": ["ahead.1.c", "ahead.1.out", "back.1.c", "back.1.out"],
    "attention": ["0.part", "1.part", "hidden"],
}


def test_every_architecture_has_its_tensors() -> None:
    assert set(NAMES) == set(ARCHITECTURES)


@pytest.mark.parametrize(("architecture", "names"), NAMES.items())
def test_of_two_layers_the_last_is_looked_at_and_all_heads(
    architecture: str, names: list[str], make_model: MakeModel
) -> None:
    """Of each tensor the numbers are those of the traces, each word's in turn."""
    filler = SlotFiller(make_model(architecture, num_layers=2))
    found = match(filler, TEXTS)

    assert [tensor["name"] for tensor in found["tensors"]] == names
    traces = [filler.trace(text) for text in TEXTS]
    for tensor in found["tensors"]:
        numbers = np.concatenate([traced[tensor["name"]] for traced in traces])
        if tensor["name"].endswith(".part"):
            assert tensor["axis"] == "head"
            numbers = np.linalg.norm(numbers, axis=2)
        else:
            assert tensor["axis"] == "unit"
        np.testing.assert_allclose(tensor["mean"], numbers.mean(axis=0), atol=1e-3)
        np.testing.assert_allclose(tensor["sd"], numbers.std(axis=0), atol=1e-3)
        assert len(tensor["contexts"]) == len(tensor["slots"]) == numbers.shape[1]


@pytest.mark.parametrize("cell", ["lstm", "gru", "jordan"])
def test_both_directions_of_other_cells_are_looked_at(cell: str, make_model: MakeModel) -> None:
    found = match(SlotFiller(make_model(cell=cell)), TEXTS)

    own = ["c", "out"] if cell == "lstm" else ["h"]
    expected = [f"{way}.0.{name}" for way in ("ahead", "back") for name in own]
    assert [tensor["name"] for tensor in found["tensors"]] == expected


@pytest.mark.parametrize("architecture", ["elman", "attention", "lstm"])
def test_contexts_and_slots_are_those_counted_by_hand(
    architecture: str, make_model: MakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In plain Python: sort all words, leave out equal contexts, take means by slot."""
    monkeypatch.setattr(matching, "_LEAST_WORDS", 2)
    filler = SlotFiller(make_model(architecture, scale=2.0))
    found = match(filler, TEXTS)
    traces = [filler.trace(text) for text in TEXTS]
    tensor = found["tensors"][0]
    for number in range(len(tensor["mean"])):
        rows = []
        by_slot: dict[str, list[float]] = defaultdict(list)
        for traced in traces:
            for t, row in enumerate(traced[tensor["name"]]):
                own = float(np.linalg.norm(row[number]))
                own = own if tensor["axis"] == "head" else float(row[number])
                padded = ["", "", *traced.tokens, "", ""]
                rows.append((own, tuple(padded[t : t + 5]), traced.tags[t][2:] or "O"))
        values = [own for own, _, _ in rows]
        mean, sd = np.mean(values), np.std(values)
        farthest: dict[tuple[str, ...], float] = {}
        for own, around, slot in rows:
            deviation = float((own - mean) / sd)
            by_slot[slot].append(deviation)
            if abs(deviation) > abs(farthest.get(around, 0.0)):
                farthest[around] = deviation

        expected = sorted(farthest.values(), key=abs, reverse=True)[:20]
        got = paired(tensor["contexts"][number])
        assert [abs(value) for _, value in got] == pytest.approx(np.abs(expected), abs=0.06)
        for place, value in got:
            words, word = words_of(found, place)
            around = tuple(["", "", *words, "", ""][word : word + 5])
            assert farthest.pop(around) == pytest.approx(value, abs=0.06)  # each context once
        means = {slot: float(np.mean(all_)) for slot, all_ in by_slot.items() if len(all_) >= 2}
        best = sorted(means.values(), key=abs, reverse=True)[:3]
        own_slots = paired(tensor["slots"][number])
        assert [abs(value) for _, value in own_slots] == pytest.approx(np.abs(best), abs=0.06)
        for k, value in own_slots:
            assert means[found["slots"][k]] == pytest.approx(value, abs=0.06)


# Limits


def test_it_is_the_same_every_time_and_is_json(make_model: MakeModel) -> None:
    filler = SlotFiller(make_model())
    found = match(filler, TEXTS)

    assert dumped(match(filler, TEXTS)) == dumped(found)
    assert json.loads(dumped(found)) == found


def test_units_that_never_move_have_nothing(make_model: MakeModel) -> None:
    model = make_model("elman")
    for weight in model.weights.values():
        weight[...] = 0.0
    found = match(SlotFiller(model), TEXTS)

    (tensor,) = found["tensors"]
    assert tensor["mean"] == tensor["sd"] == [0.0] * 4
    assert tensor["contexts"] == tensor["slots"] == [[]] * 4
    assert found["tokens"] == found["vocabulary"] == []


def test_of_many_texts_so_many_are_taken_evenly(
    make_model: MakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "MOST_TEXTS", 3)
    filler = SlotFiller(make_model())

    assert match(filler, TEXTS) == match(filler, [TEXTS[0], TEXTS[2], TEXTS[4]])
    assert match(filler, TEXTS)["texts"] == 3


def test_a_large_model_has_fewer_contexts(
    make_model: MakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    filler = SlotFiller(make_model())
    whole = match(filler, TEXTS)
    monkeypatch.setattr(matching, "LARGEST", len(dumped(whole)) - 1)
    smaller = match(filler, TEXTS)

    for found, count in (whole, 20), (smaller, 15):
        rows = [row for one in found["tensors"] for row in one["contexts"]]
        assert all(len(row) == 2 * count for row in rows)
    assert len(dumped(smaller)) < len(dumped(whole))


def test_texts_that_cannot_be_tagged_are_passed_over(make_model: MakeModel) -> None:
    model = make_model("attention", positions="learned", max_length=6)
    filler = SlotFiller(model)
    long = "please " * 7
    with pytest.raises(UtteranceError):
        filler.trace(long)

    assert match(filler, [long, *TEXTS, "  "]) == match(filler, TEXTS)
    with pytest.raises(ValueError, match="match needs texts with words"):
        match(filler, [long, ""])


def test_members_of_an_ensemble_are_looked_at_one_by_one(make_model: MakeModel) -> None:
    filler = SlotFiller(make_model(ensemble_size=2))

    assert match(filler, TEXTS, member=1) != match(filler, TEXTS)
    with pytest.raises(ValueError, match="member must be from 0 to 1, got 2"):
        match(filler, TEXTS, member=2)


def test_it_loads_no_torch(make_model: MakeModel, tmp_path: Path) -> None:
    save_model(make_model(), tmp_path / "model")
    code = """
import sys
import slotkit
from slotkit.inside.epochs import epochs
from slotkit.inside.match import match
match(slotkit.load("model"), ["leave Taipei"])
epochs("model", ["leave Taipei"])
assert not {"torch", "datasets"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


# Epochs


@pytest.fixture
def trained(tmp_path: Path, no_sync: None) -> Path:
    """Return the folder of a training whose epochs were kept."""
    run(tmp_path / "model", make_recipe("elman", **SMALL, decoder="crf"), snapshots=True)
    return tmp_path / "model"


def test_sentences_at_every_kept_epoch(trained: Path) -> None:
    texts = ["leave Taipei for Rome", "cancel it"]
    found = epochs(trained, texts)
    rows = read_history(trained)

    assert json.loads(dumped(found)) == found
    assert found == epochs(trained, texts)
    assert [one["epoch"] for one in found["epochs"]] == [1, 2, 3, 4]
    assert [one["tokens"] for one in found["texts"]] == [text.split() for text in texts]
    assert [one["f1"] for one in found["history"]] == [row["f1"] for row in rows]
    assert found["history"][1]["gradient_norm"] == rows[1]["gradient_norm"] > 0
    assert found["history"][1]["learning_rate"] == rows[1]["learning_rate"] > 0
    (kept,) = [row["epoch"] for row in rows if row["best"]][-1:]
    assert found["kept"] == kept
    filler = SlotFiller.load(trained)
    for text, said in zip(texts, found["epochs"][kept - 1]["texts"], strict=True):
        traced = filler.trace(text)
        assert said["tags"] == traced.tags
        assert traced.crf is not None
        for kind, shares in ("softmax", traced.softmax), ("joint", traced.crf):
            for row, best in zip(shares, said[kind], strict=True):
                assert [k for k, _ in best] == np.argsort(-row, kind="stable")[:3].tolist()
                assert [share for _, share in best] == pytest.approx(
                    np.sort(row)[::-1][:3], abs=1e-4
                )


def test_of_a_refit_its_own_history_is_told(tmp_path: Path, no_sync: None) -> None:
    run(tmp_path, make_recipe("elman", **SMALL | {"epochs": 2}, refit=True), snapshots=True)
    found = epochs(tmp_path, ["leave Taipei"])

    assert [row["epoch"] for row in found["history"]] == [one["epoch"] for one in found["epochs"]]
    assert all(row["f1"] is None for row in found["history"])


def test_a_model_without_snapshots_has_no_epochs(make_model: MakeModel, tmp_path: Path) -> None:
    save_model(make_model(), tmp_path)
    found = epochs(tmp_path, ["leave Taipei"])

    assert found["epochs"] == found["history"] == []
    assert found["kept"] is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "history.jsonl:2: not an epoch as JSON"),
        ("[" * 100_000, "history.jsonl:2: not an epoch as JSON"),
        ("[1]", "history.jsonl:2: not an epoch as JSON"),
        ('{"kind": "validation"}', "history.jsonl:2: not an epoch as JSON"),
        (
            '{"kind": "validation", "epoch": 1, "f1": "<b>"}',
            "history.jsonl:2: loss, f1, .* numbers",
        ),
    ],
)
def test_a_damaged_history_is_one_line(
    line: str, said: str, make_model: MakeModel, tmp_path: Path
) -> None:
    save_model(make_model(), tmp_path)
    (tmp_path / "history.jsonl").write_text(f'{{"kind": "validation", "epoch": 1}}\n{line}\n')

    with pytest.raises(ModelFileError, match=said):
        epochs(tmp_path, ["leave Taipei"])


def test_a_damaged_snapshot_is_one_line(make_model: MakeModel, tmp_path: Path) -> None:
    model = make_model()
    save_model(model, tmp_path)
    save_snapshot(tmp_path, model, 1, 1)
    (path,) = (tmp_path / "snapshots").glob("epoch-*")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)

    with pytest.raises(ModelFileError, match="altered: its SHA-256"):
        epochs(tmp_path, ["leave Taipei"])


# Their views


def in_node(code: str, given: Any = None) -> Any:
    """Run code beside the modules of the page: it prints JSON."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node")
    done = subprocess.run(
        [node, "--input-type=module", "-e", code],
        input=json.dumps(given),
        cwd=PAGE,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("view", ["match", "epochs"])
def test_the_strings_of_a_view_are_all_there_in_both_languages(view: str) -> None:
    strings = in_node(
        f'import {{ STRINGS }} from "#inside/{view}"; console.log(JSON.stringify(STRINGS))'
    )

    assert set(strings) == {"en", "zh"}
    assert set(strings["en"]) == set(strings["zh"])
    source = (PAGE / f"{view}.js").read_text()
    used = set(re.findall(rf'"({view}_\w+)"', source))
    assert used <= set(strings["en"])
    for key, text in strings["en"].items():
        assert key.startswith(f"{view}_")
        other = strings["zh"][key]
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", other))
        assert re.search("[\u4e00-\u9fff]", other)


def test_the_views_read_what_python_wrote(trained: Path) -> None:
    texts = ["leave Taipei for Rome", "cancel it"]
    matched = match(SlotFiller.load(trained), [*texts, "three tickets on May second please"])
    given = {"match": matched, "epochs": epochs(trained, texts)}
    tensor = matched["tensors"][0]
    found = paired(tensor["contexts"][0])[0][0]
    said = in_node(
        """
        import { readFileSync } from "node:fs";
        import { around, choiceOf, joined, pairs, signed, strength } from "#inside/match";
        import { brief, changed, pointsOf } from "#inside/epochs";
        const { match, epochs } = JSON.parse(readFileSync(0));
        const { contexts, slots } = match.tensors[0];
        console.log(JSON.stringify({
          around: around(match, pairs(contexts[0])[0][0]),
          strengths: match.slots.map((_, number) => strength(slots[0], number)),
          first: [strength(slots[0], null), strength([], null)],
          changed: epochs.epochs.map((_, number) => changed(epochs, number, 0)),
          f1: pointsOf(epochs.history, "f1"),
          numbers: [signed(-1.234), signed(2), brief(0.0040001), brief(0), brief(-12345)],
          choices: ["0.h", "ahead.1.out", "1.part", "hidden"].map((name) => choiceOf(name, 7)),
          lines: [joined(["leave", "Taipei"]), joined(["离", "开", "Taipei", "吧"]), joined([])],
        }));
        """,
        given,
    )

    words, place = words_of(matched, found)
    assert said["around"]["word"] == words[place]
    assert said["around"]["before"] == words[max(0, place - 3) : place]
    assert said["around"]["after"] == words[place + 1 : place + 4]
    slots = dict(paired(tensor["slots"][0]))
    assert said["strengths"] == [slots.get(k, 0) for k in range(len(matched["slots"]))]
    assert said["first"] == [next(iter(slots.values())), 0]
    tags = [one["texts"][0]["tags"] for one in given["epochs"]["epochs"]]
    pairs = zip([tags[0], *tags], tags, strict=False)
    assert said["changed"] == [
        [a != b for a, b in zip(old, new, strict=True)] for old, new in pairs
    ]
    assert said["f1"] == [[row["epoch"], row["f1"]] for row in read_history(trained)]
    assert said["numbers"] == ["\u22121.2", "+2.0", "0.004", "0", "\u22121.2e+4"]
    assert said["lines"] == ["leave Taipei", "离开 Taipei 吧", ""]
    assert said["choices"] == [
        {"tensor": "h", "unit": 7, "layer": 0, "way": ""},
        {"tensor": "out", "unit": 7, "layer": 1, "way": "ahead"},
        {"layer": 1, "head": 7},
        {"tensor": "hidden", "unit": 7, "layer": 0, "way": ""},
    ]
