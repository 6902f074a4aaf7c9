"""What was asked, and what may be found: inside the lattice, so that all stays a probability."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result

import slotkit
from command import run as run_command
from slotkit.decoding.asked import Asked, forbid, shift_of, shifted
from slotkit.decoding.decoder import Decoder
from slotkit.decoding.lattice import lattices
from slotkit.errors import UtteranceError
from slotkit.tagging.filler import SlotFiller
from slotkit.text.tags import is_legal, spans_of
from slotkit.training.answers import answers_of, bare_answers, measure_prior, other_answers, weigh

TAGS = ["O", "B-from", "I-from", "B-to", "I-to"]
SHIFTS = {"from": {"from": 1.5, "to": -2.0}, "to": {"from": -1.0, "to": 0.5}}
BORDERS = {"from": {"from": 0.75, "to": -0.5}}
KNOWN = Asked(4.0, SHIFTS, BORDERS)

# The shift


def test_each_span_is_shifted_once_and_probabilities_are_sums_over_all_sequences() -> None:
    """By enumeration: score'(y) = score(y) + what each span of y and its place are worth."""
    random = np.random.default_rng(0)
    logits = random.normal(0, 2, (3, len(TAGS))).astype(np.float32)
    temperature = 1.7
    shift = shift_of(TAGS, KNOWN, ["from"], 1)
    decoder = Decoder(TAGS, shifted(TAGS, None, shift, temperature))
    (lattice,) = lattices(decoder.chain, logits[None], temperature)

    scores: dict[tuple[int, ...], float] = {}
    for numbers in product(range(len(TAGS)), repeat=3):
        tags = [TAGS[k] for k in numbers]
        if all(map(is_legal, ["O", *tags], tags)):
            own = sum(float(logits[t, k]) for t, k in enumerate(numbers)) / temperature
            spans = spans_of(tags)
            again = {(span.end, span.slot) for span in spans}  # what begins there goes on
            own += sum(
                SHIFTS["from"][span.slot] for span in spans if (span.start, span.slot) not in again
            )
            own += sum(BORDERS["from"][span.slot] * (span.start == 0) for span in spans)
            own += sum(BORDERS["from"][span.slot] * (span.end == 3) for span in spans)
            scores[numbers] = own
    whole = math.fsum(map(math.exp, scores.values()))
    best = max(scores, key=lambda numbers: scores[numbers])
    assert decoder.decode(logits).tolist() == list(best)
    assert lattice.sequence(temperature * scores[best]) == pytest.approx(
        math.exp(scores[best]) / whole, abs=1e-6
    )
    for t, k in product(range(3), range(len(TAGS))):
        share = sum(math.exp(s) for numbers, s in scores.items() if numbers[t] == k) / whole
        assert lattice.marginals()[t, k] == pytest.approx(share, abs=1e-6)


def test_of_several_questions_the_chances_are_averaged() -> None:
    begins, borders = shift_of(TAGS, KNOWN, ["from", "to"], 1)
    assert begins[1] == pytest.approx(math.log((math.exp(1.5) + math.exp(-1.0)) / 2))
    assert begins[[0, 2, 4]].tolist() == [0, 0, 0]
    assert borders[1] == borders[2] == pytest.approx(math.log((math.exp(0.75) + 1) / 2))
    assert not any(part.any() for part in shift_of(TAGS, KNOWN, ["when"], 1))


def test_a_question_is_worth_less_the_more_is_said() -> None:
    worth = [shift_of(TAGS, KNOWN, ["from"], words).begins[1] for words in (1, 2, 3, 5, 6, 1000)]
    told = [1.5 * math.exp(-(length - 1) / 4) for length in (1, 2, 3, 6, 6, 48)]
    assert worth == pytest.approx(told)


# A tagger


@pytest.mark.parametrize("decoder", ["softmax", "crf"])
def test_what_is_not_allowed_has_no_probability(
    decoder: str, make_model: Callable[..., Any], loops: str
) -> None:
    filler = SlotFiller(make_model(decoder=decoder, scale=3.0))
    slots = sorted({tag[2:] for tag in filler.tags} - {""})
    others = [k for k, tag in enumerate(filler.tags) if tag[2:] not in ("", slots[0])]
    for text in ("arrive Taipei on 2nd", "to Rome", "a b c d e f g"):
        tagging = filler.tag(text, allow=slots[0])

        assert {tag[2:] for tag in tagging.tags} <= {"", slots[0]}
        assert not tagging.probabilities[:, others].any()
        np.testing.assert_allclose(tagging.probabilities.sum(axis=1), 1, atol=1e-5)
        assert filler.tag(text, allow=slots).tags == filler.tag(text).tags
        assert set(filler.tag(text, allow=[]).tags) == {"O"}


def test_a_question_moves_the_slots_of_its_kind(make_model: Callable[..., Any]) -> None:
    model = make_model(scale=2.0)
    one, other = sorted({tag[2:] for tag in model.tags if tag.startswith("B-")})[:2]
    asked = Asked(99.0, {one: {one: 9.0, other: -9.0}}, {})
    filler = SlotFiller(model._replace(asked=asked))
    plain = filler.tag("arrive Taipei")
    moved = filler.tag("arrive Taipei", expect=one)
    k = model.tags.index(f"B-{one}")

    assert (moved.probabilities[:, k] > plain.probabilities[:, k]).all()
    assert (filler.tag("arrive Taipei", expect=other).probabilities == plain.probabilities).all()
    batch = filler.tag_batch(["arrive Taipei"] * 2, expect=[one])
    assert [tagging.tags for tagging in batch] == [moved.tags] * 2
    assert filler.tag_n_best("arrive Taipei", 2, expect=one)[0].tags == moved.tags


def test_intents_that_are_not_allowed_have_no_probability(make_model: Callable[..., Any]) -> None:
    filler = SlotFiller(make_model(intents=["ask", "book", "go"], most_intents=2, scale=2.0))
    tagging = filler.tag("arrive Taipei")
    assert {name for name, _ in tagging.intents} == {"ask", "book", "go"}
    shares = [share for _, share in tagging.intents]
    assert shares == sorted(shares, reverse=True)
    only = filler.tag("arrive Taipei", intents=["go", "ask"])
    assert only.intent is not None
    assert set(only.intent.name.split("#")) <= {"go", "ask"}
    assert dict(only.intents)["book"] == 0.0
    alone = filler.tag("arrive Taipei", intents="book")
    assert alone.intent is not None
    assert tuple(alone.intent) == ("book", pytest.approx(1.0))
    told = tagging.to_json(probabilities=True)["intents"]
    assert list(told) == [name for name, _ in tagging.intents]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"expect": "town"}, "expect: unknown slot 'town'; choose from "),
        ({"allow": ["arrival_date", "town"]}, "allow: unknown slot 'town'; choose from "),
        ({"intents": ["go"]}, "intents: unknown intent 'go'; this model has no intents"),
        ({"intents": []}, "intents must name an intent, got none"),
    ],
)
def test_unknown_names_are_refused_with_the_choices(
    given: dict[str, Any], message: str, make_model: Callable[..., Any]
) -> None:
    filler = SlotFiller(make_model())
    if "arrival_date" not in "".join(filler.tags):
        given = {key: "town" if key == "allow" else value for key, value in given.items()}
    for call in (filler.tag, lambda text, **some: filler.tag_batch([text], **some)):
        with pytest.raises(ValueError, match=message) as caught:
            call("to Rome", **given)
        assert isinstance(caught.value, UtteranceError)


def test_no_logit_is_left_where_all_else_is_forbidden() -> None:
    assert forbid(TAGS, ["to"]).tolist() == [0.0, -1e4, -1e4, 0.0, 0.0]


# Learning it


def rows_of(*rows: tuple[str, str, Any]) -> str:
    return "".join(
        json.dumps({"tokens": text.split(), "tags": tags.split(), "asked": asked}) + "\n"
        for text, tags, asked in rows
    )


CITIES = ["Rome", "Oslo", "Lima", "Bern", "Kyiv", "Riga"]
ANSWERS = [
    *((f"to {city}", "O B-to", None) for city in CITIES * 3),
    *((f"from {city}", "O B-from", None) for city in CITIES * 3),
    *((city, "B-to", "to") for city in CITIES * 3),
    *((city, "B-from", "from") for city in CITIES),
    *((f"to {city}", "O B-to", "from") for city in CITIES),
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("asked")
    (folder / "corpus").mkdir()
    for part in ("train", "validation"):
        (folder / "corpus" / f"{part}.jsonl").write_text(rows_of(*ANSWERS))
    recipe = slotkit.make_recipe("bidirectional", epochs=30, embedding_size=16, hidden_size=16)
    slotkit.train(folder / "corpus", recipe, folder / "model")
    return folder / "model"


def test_a_bare_answer_fills_what_was_asked_and_a_cue_goes_before_it(trained: Path) -> None:
    filler = slotkit.load(trained)

    assert filler.tag("Rome").frame in ({"to": ["Rome"]}, {"from": ["Rome"]})  # it may be either
    assert filler.tag("Rome", expect="from").frame == {"from": ["Rome"]}
    assert filler.tag("Rome", expect="to").frame == {"to": ["Rome"]}
    assert filler.tag("to Rome", expect="from").frame == {"to": ["Rome"]}
    assert filler.tag("from Rome", expect="to").frame == {"from": ["Rome"]}


def test_the_command_takes_what_was_asked(
    trained: Path, slotkit_command: Callable[..., Result]
) -> None:
    done = slotkit_command("tag", "-m", trained, "--json", "--expect", "from", "Rome")
    assert json.loads(done.stdout)["frame"] == {"from": ["Rome"]}
    done = slotkit_command("tag", "-m", trained, "--json", "--allow", "to", "from Rome")
    assert set(json.loads(done.stdout)["frame"]) <= {"to"}
    lines = '{"text": "Rome", "asked": "from", "id": 7}\n{"text": "Rome", "asked": ["to"]}\n'
    read = ("tag", "-m", trained, "--input", "json", "-")
    done = run_command(*read, "--json", input=lines)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["frame"] for one in told] == [{"from": ["Rome"]}, {"to": ["Rome"]}]
    assert (told[0]["id"], told[0]["asked"]) == (7, "from")
    done = slotkit_command("tag", "-m", trained, "--expect", "town", "Rome")
    assert (done.exit_code, done.stderr) == (
        1,
        "Error: expect: unknown slot 'town'; choose from from, to\n",
    )
    done = run_command(*read, input='{"text": "Rome", "asked": 7}\n')
    assert done.exit_code == 1
    assert '"asked" must be a slot or a list of them, got 7' in done.stderr


def test_answers_are_kept_in_a_corpus(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text(rows_of(*ANSWERS[36:]))
    rows = slotkit.load_corpus(tmp_path / "train.jsonl").splits["train"]

    told = answers_of(rows)
    assert len(told) == 30
    assert tuple(told[0]) == (["Rome"], ["B-to"], ["to"])
    prior = weigh(measure_prior(rows))
    assert set(prior) == {"from", "to"}
    assert prior["from"]["from"] > 0 > prior["to"]["from"]


def test_a_corpus_without_answers_has_some_made(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text(rows_of(*ANSWERS[:36]).replace(', "asked": null', ""))
    rows = slotkit.load_corpus(tmp_path / "train.jsonl").splits["train"]

    assert tuple(next(bare_answers(rows))) == (["Rome"], ["B-to"], ["to"])
    kinds = {"to": "place", "from": "place", "day": "date"}
    other = next(other_answers(rows, kinds))
    assert tuple(other) == (["to", "Rome"], ["O", "B-to"], ["from"])
    assert not list(other_answers(rows, {"to": "place", "from": "start"}))
    prior = weigh(measure_prior(rows))
    assert prior["to"]["to"] == pytest.approx(-prior["to"]["from"], abs=1.0)
    assert prior["to"]["to"] > 0


def test_kinds_and_what_is_within_them_add_up(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text(rows_of(*ANSWERS))
    prior = measure_prior(slotkit.load_corpus(tmp_path / "train.jsonl").splits["train"])

    for asked, own in prior.items():
        assert own["to"][0] == pytest.approx(own["from"][0])  # both are places
        other = "from" if asked == "to" else "to"
        assert own[asked][1] > 0 > own[other][1]
        assert weigh(prior, 9.0, 0.0)[asked] == pytest.approx(
            dict.fromkeys(own, 9 * own["to"][0]), abs=1e-4
        )
        told = {slot: one + 0.5 * two for slot, (one, two) in own.items()}
        assert weigh(prior, 1.0, 0.5)[asked] == pytest.approx(told, abs=1e-4)
