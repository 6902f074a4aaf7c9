"""Questions that the network reads, as words before the answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasets import Dataset, Features, Sequence, Value

import slotkit
from slotkit.corpus import load_corpus
from slotkit.decoding.scope import OUT_OF_SCOPE
from slotkit.errors import TrainingError
from slotkit.evaluation.scope import reject_few, scope_threshold
from slotkit.model.file import load_model
from slotkit.model.model import Model
from slotkit.tagging.filler import SlotFiller
from slotkit.training.questions import find_asked, put_questions

MakeModel = Callable[..., Model]

SLOTS = ["from", "to"]


def make_rows(*rows: tuple[str, str, list[str]]) -> Dataset:
    columns = {
        "tokens": [text.split() for text, _, _ in rows],
        "tags": [tags.split() for _, tags, _ in rows],
        "asked": [asked for _, _, asked in rows],
    }
    return Dataset.from_dict(columns, Features(dict.fromkeys(columns, Sequence(Value("string")))))


def texts(rows: Dataset) -> list[str]:
    return [" ".join(words) for words in rows["tokens"]]


def test_an_answer_stands_behind_its_question_and_once_more_alone() -> None:
    rows = make_rows(
        ("Rome", "B-to", ["to"]),
        ("to Rome", "O B-to", ["from"]),
        ("Rome Oslo", "B-to B-from", ["to", "from"]),
        ("no idea", "O O", ["to"]),
        ("7", "B-count", ["count"]),
    )

    put = put_questions(rows, SLOTS, seed=1)

    asked = ["to ? Rome", "from ? to Rome", "to ? from ? Rome Oslo", "to ? no idea"]
    assert texts(put)[:4] == asked
    assert texts(put)[4] in ("7", "to ? 7", "from ? 7")  # nothing that questions were after
    assert texts(put)[5:] == texts(rows)[:4]
    assert put["tags"][2] == ["O", "O", "B-to", "B-from"]
    assert put["answers"][:] == [True] * 4 + [False] * 5


def test_some_of_what_answers_nothing_stands_behind_any_question() -> None:
    rows = make_rows(*[("to Rome", "O B-to", [])] * 2000)

    put = put_questions(rows, SLOTS, seed=3)

    assert len(put) == 2000
    counted = {text: texts(put).count(text) for text in sorted(set(texts(put)))}
    assert list(counted) == ["from ? to Rome", "to ? to Rome", "to Rome"]
    assert counted["to Rome"] == pytest.approx(1500, abs=80)
    assert counted["from ? to Rome"] == pytest.approx(250, abs=60)
    assert not any(put["answers"])
    assert texts(put_questions(rows, SLOTS, seed=3)) == texts(put)
    assert texts(put_questions(rows, SLOTS, seed=4)) != texts(put)


def test_what_is_held_out_has_its_own_questions_alone() -> None:
    rows = make_rows(("Rome", "B-to", ["to"]), ("to Rome", "O B-to", []))

    assert texts(put_questions(rows, SLOTS)) == ["to ? Rome", "to Rome"]


def test_questions_are_after_what_utterances_fill() -> None:
    rows = make_rows(("Rome", "B-to", ["to", "via"]), ("a b", "B-from I-from", ["day"]))

    assert find_asked(rows) == ["to"]
    assert find_asked(rows.remove_columns("asked")) == []


# Tagging


def test_a_question_is_read_as_the_words_that_stand_for_it(make_model: MakeModel) -> None:
    model = make_model("lstm", scope={"temperature": 1.0, "threshold": 0.0}, intents=["ask"])
    slots = sorted(tag[2:] for tag in model.tags if tag.startswith("B-"))
    filler = SlotFiller(model._replace(asked_slots=slots[:1]))
    words = ["leave", "Tokyo"]

    told = filler.score(words, asked=slots)
    whole = filler.score([f"{slots[0]} ?", *words])

    np.testing.assert_array_equal(told.logits, whole.logits[1:])
    np.testing.assert_array_equal(told.intents, whole.intents)
    np.testing.assert_array_equal(told.scope, whole.scope)
    plain = SlotFiller(model)
    assert np.array_equal(plain.score(words, asked=slots).logits, plain.score(words).logits)
    tagging = filler.tag("leave Tokyo", expect=slots[0])
    assert (tagging.tokens, tagging.probabilities.shape) == (words, (2, len(model.tags)))
    assert tagging.in_scope != filler.tag("leave Tokyo").in_scope
    (together,) = filler.tag_batch(["leave Tokyo"], expect=slots[0])
    np.testing.assert_array_equal(together.probabilities, tagging.probabilities)


# Learning


def write_corpus(folder: Path, rows: Iterable[tuple[str, str, str, list[str]]]) -> Path:
    folder.mkdir()
    lines = [
        json.dumps({"tokens": t.split(), "tags": g.split(), "intent": i, "asked": a})
        for t, g, i, a in rows
    ]
    for part in ("train", "validation"):
        (folder / f"{part}.jsonl").write_text("\n".join(lines) + "\n")
    return folder


CITIES = ["Rome", "Oslo", "Lima", "Bern", "Kyiv", "Riga"]


@pytest.fixture(scope="module")
def small_talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train on cities that alone are small talk, and the answer after the question for them."""
    folder = tmp_path_factory.mktemp("small_talk")
    rows: list[tuple[str, str, str, list[str]]] = []
    for city in CITIES * 2:
        rows += [(f"to {city}", "O B-to", "go", []), (f"from {city}", "O B-from", "go", [])]
        rows += [(city, "B-to", "go", ["to"]), (city, "B-from", "go", ["from"])]
        rows += [(f"to {city}", "O B-to", "go", ["from"])]
        rows += [(f"{city} is nice", "O O O", OUT_OF_SCOPE, [])] * 2
    recipe = slotkit.make_recipe("bidirectional", epochs=40, embedding_size=16, hidden_size=16)
    slotkit.train(write_corpus(folder / "corpus", rows), recipe, folder / "model")
    return folder


def test_an_answer_is_in_scope_where_it_was_asked_for(small_talk: Path) -> None:
    filler = slotkit.load(small_talk / "model")

    assert load_model(small_talk / "model").asked_slots == ["from", "to"]
    for slot in SLOTS:
        tagging = filler.tag("Rome", expect=slot)
        assert tagging.frame == {slot: ["Rome"]}
        assert tagging.in_scope is not None
        assert tagging.in_scope > 0.9
        assert filler.tag("to Rome", expect=slot).frame == {"to": ["Rome"]}
        assert filler.tag("Rome is nice", expect=slot).frame == {}


def test_the_threshold_of_scope_is_of_answers_behind_their_questions(small_talk: Path) -> None:
    filler = slotkit.load(small_talk / "model")
    rows = load_corpus(small_talk / "corpus").splits["validation"]
    in_scope = [intent != OUT_OF_SCOPE for intent in rows["intent"]]
    asked = zip(texts(rows), rows["asked"], in_scope, strict=True)
    told = [filler.tag(text, expect=slots).in_scope for text, slots, inside in asked if inside]

    chosen = scope_threshold(load_model(small_talk / "model"), rows, 0.5)

    wanted = reject_few([one for one in told if one is not None], 0.5)
    assert chosen["threshold"] == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("edges", ["neighbours", "corpus"])
def test_along_a_graph_a_question_is_a_word_of_the_rule(edges: str, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"tokens": ["hm", city], "tags": ["O", f"B-{slot}"], "asked": [slot], "edges": [[0, 1]]}
        for city in CITIES
        for slot in SLOTS
    ]
    for part in ("train", "validation"):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (tmp_path / f"{part}.jsonl").write_text(text)
    recipe = slotkit.make_recipe(
        "attention", attend="graph", edges=edges, augment=0.0, epochs=2, hidden_size=8
    )

    slotkit.train(tmp_path, recipe, tmp_path / "model")

    filler = slotkit.load(tmp_path / "model")
    told = load_model(tmp_path / "model").asked_slots
    assert told == ([] if edges == "corpus" else SLOTS)
    tagging = filler.tag("hm Rome", expect="to", edges=[(0, 1)] if edges == "corpus" else None)
    assert tagging.tokens == ["hm", "Rome"]


def test_a_resumed_training_draws_the_same_questions(tmp_path: Path) -> None:
    rows = [(city, f"B-{slot}", "", [slot]) for city in CITIES for slot in SLOTS]
    corpus = load_corpus(write_corpus(tmp_path / "corpus", rows)).splits["train"]

    assert texts(put_questions(corpus, SLOTS, 5)) == texts(put_questions(corpus, SLOTS, 5))


def test_validation_may_be_without_questions(tmp_path: Path) -> None:
    rows = [(city, f"B-{slot}", "", [slot]) for city in CITIES for slot in SLOTS]
    corpus = write_corpus(tmp_path / "corpus", rows)
    plain = [json.dumps({"tokens": ["to", city], "tags": ["O", "B-to"]}) for city in CITIES]
    (corpus / "validation.jsonl").write_text("\n".join(plain) + "\n")
    recipe = slotkit.make_recipe("feedforward", epochs=2, hidden_size=8)

    slotkit.train(corpus, recipe, tmp_path / "model")

    assert load_model(tmp_path / "model").asked_slots == SLOTS


def test_a_word_of_one_answer_stays_a_rare_one(tmp_path: Path) -> None:
    """It stands twice in what is learned, with its question and without."""
    rows = [(f"to {city}", "O B-to", "", ["to"]) for city in CITIES]
    corpus = write_corpus(tmp_path / "corpus", rows)
    recipe = slotkit.make_recipe("feedforward", encoder="other", epochs=1, hidden_size=8)

    slotkit.train(corpus, recipe, tmp_path / "model")

    known = load_model(tmp_path / "model").encoder.names()["embedding"]
    assert known == ["other to", "other to ?", "other"]


def test_learned_positions_must_hold_the_question_too(tmp_path: Path) -> None:
    rows = [(f"to {city}", "O B-to", "", ["to"]) for city in CITIES]
    corpus = write_corpus(tmp_path / "corpus", rows)
    recipe = slotkit.make_recipe("attention", positions="learned", max_length=2)

    with pytest.raises(TrainingError, match="has 3 words, more than the 2 learned positions"):
        slotkit.train(corpus, recipe, tmp_path / "model")
