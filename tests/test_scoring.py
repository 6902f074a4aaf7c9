"""Figures counted by hand, and by conlleval's rules."""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path

import pytest
from seqeval.scheme import IOB2, Tokens

from slotkit.errors import MissingExtraError
from slotkit.evaluation.evaluate import Report, evaluate, seen_values
from slotkit.evaluation.scoring import overall, score
from slotkit.text.tags import spans_of

DATA = Path(os.environ.get("SLOTKIT_DATA", Path(__file__).parents[2] / "shared" / "data"))

TAGS = ["O", "O", "B-a", "I-a", "B-b", "I-b", "B-c-d", "I-c-d"]


def make_sequences(seed: int, count: int = 300) -> tuple[list[list[str]], list[list[str]]]:
    """Make random tags, legal or not, and others that often agree with them."""
    chance = random.Random(seed)
    gold = [chance.choices(TAGS, k=chance.randint(1, 8)) for _ in range(count)]
    predicted = [[t if chance.random() < 0.8 else chance.choice(TAGS) for t in g] for g in gold]
    return gold, predicted


def make_report(
    tokens: list[list[str]],
    gold: list[list[str]],
    predicted: list[list[str]],
    seen: set[tuple[str, str]] | None = None,
) -> Report:
    return evaluate(tokens, gold, predicted, seen=seen, known_tags={"O", *TAGS})


def conlleval_chunks(tags: list[str]) -> set[tuple[int, int, str]]:
    """Find chunks as conlleval does, from whether one starts at a token and where it ends."""
    split = [("O", "") if tag == "O" else (tag[0], tag[2:]) for tag in tags]
    chunks = set()
    for start, (prefix, slot) in enumerate(split):
        before = split[start - 1] if start else ("O", "")
        if prefix == "B" or (prefix == "I" and before[1] != slot):
            end = start + 1
            while end < len(split) and split[end] == ("I", slot):
                end += 1
            chunks.add((start, end, slot))
    return chunks


def f1_of(gold: list[set[tuple[int, int, str]]], found: list[set[tuple[int, int, str]]]) -> float:
    """Compute F1 from sets of spans, an utterance each."""
    right = sum(len(g & f) for g, f in zip(gold, found, strict=True))
    return 2 * right / max(1, sum(map(len, gold)) + sum(map(len, found)))


def test_figures_counted_by_hand() -> None:
    """Four gold spans and five predicted ones, of which two are right."""
    gold = [["B-a", "I-a", "O", "B-b"], ["B-b", "O"], ["O", "B-a"], ["O"]]
    predicted = [["B-a", "I-a", "O", "B-a"], ["B-b", "B-b"], ["B-a", "I-a"], ["O"]]
    tokens = [["w"] * len(tags) for tags in gold]
    report = make_report(tokens, gold, predicted)

    assert (report.precision, report.recall, report.support) == (2 / 5, 2 / 4, 4)
    assert report.f1 == report.f1_default_mode == score(gold, predicted) == pytest.approx(4 / 9)
    assert report.exact == 1 / 4
    assert report.slots == {
        "a": {"precision": 1 / 3, "recall": 1 / 2, "f1": pytest.approx(2 / 5), "support": 2},
        "b": {"precision": 1 / 2, "recall": 1 / 2, "f1": 1 / 2, "support": 2},
    }


def test_an_inside_tag_without_its_beginning_tells_the_modes_apart() -> None:
    report = make_report([["x", "y"]], [["B-a", "I-a"]], [["I-a", "I-a"]])

    assert (report.mode, report.f1, report.f1_default_mode) == ("strict IOB2", 0.0, 1.0)
    assert (report.precision, report.exact) == (0.0, 0.0)


@pytest.mark.parametrize("seed", range(5))
def test_both_modes_agree_with_an_independent_count(seed: int) -> None:
    gold, predicted = make_sequences(seed)
    chunks = [[conlleval_chunks(tags) for tags in side] for side in (gold, predicted)]
    strict = [
        [{c for c in found if tags[c[0]][0] == "B"} for tags, found in zip(*pair, strict=True)]
        for pair in zip((gold, predicted), chunks, strict=True)
    ]
    report = make_report(gold, gold, predicted)

    assert report.f1_default_mode == pytest.approx(f1_of(*chunks))
    assert report.f1 == score(gold, predicted) == pytest.approx(f1_of(*strict))
    assert report.support == sum(map(len, strict[0]))


def test_spans_are_those_of_seqeval() -> None:
    for tags in make_sequences(9)[1]:
        ours = [span for span in spans_of(tags) if tags[span.start].startswith("B")]
        theirs = [(e.start, e.end, e.tag) for e in Tokens(tags, IOB2).entities]

        assert ours == theirs


def test_nothing_predicted_scores_zero_without_a_warning() -> None:
    report = make_report([["x"], ["y"]], [["B-a"], ["O"]], [["O"], ["O"]], seen=set())

    assert (report.f1, report.precision, report.recall, report.support) == (0, 0, 0, 1)
    assert (report.f1_seen, report.support_seen) == (0.0, 0)
    assert (report.f1_unseen, report.support_unseen) == (0.0, 1)
    assert report.exact == 0.5


@pytest.mark.parametrize("sequences", [[], [[]], [["O"]], [[], ["O", "O"]]])
def test_nothing_to_find_scores_zero_with_support_zero(sequences: list[list[str]]) -> None:
    report = make_report(sequences, sequences, sequences, seen=set())

    assert (report.f1, report.f1_default_mode, report.support) == (0.0, 0.0, 0)
    assert (report.f1_seen, report.f1_unseen, report.slots) == (0.0, 0.0, {})
    assert score(sequences, sequences) == 0.0


def test_lengths_that_differ_name_the_utterance() -> None:
    with pytest.raises(ValueError, match="utterance 2 must have 2 predicted tags, got 1"):
        score([["O"], ["O", "O"]], [["O"], ["O"]])
    with pytest.raises(ValueError, match="expected 2 predicted utterances, got 1"):
        score([["O"], ["O"]], [["O"]])


def test_without_seqeval_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.partition(".")[0] == "seqeval"]:
        monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(MissingExtraError, match=r"pip install slotkit\[train\]"):
        overall([["O"]], [["O"]])


def test_any_sequence_of_tags_will_do() -> None:
    assert score((("B-a", "O"),), (("B-a", "O"),)) == 1.0


def test_spans_are_split_by_whether_training_saw_their_value() -> None:
    """Rome as a is seen; rome as b, and new york as a, are not."""
    seen = seen_values([["to", "ROME"], ["Oslo"]], [["O", "B-a"], ["B-b"]])
    tokens = [["Rome"], ["rome"], ["New", "York", "Rome"], ["Paris"]]
    gold = [["B-a"], ["B-b"], ["B-a", "I-a", "B-a"], ["O"]]
    predicted = [["B-a"], ["B-a"], ["B-a", "I-a", "O"], ["B-a"]]
    report = make_report(tokens, gold, predicted, seen)

    assert seen == {("a", "rome"), ("b", "oslo")}
    # Seen: gold are two Romes as a; predicted two, the one of the second utterance wrong.
    assert (report.f1_seen, report.support_seen) == (2 * 1 / (2 + 2), 2)
    # Unseen: gold are rome as b and New York; predicted are New York and Paris.
    assert (report.f1_unseen, report.support_unseen) == (2 * 1 / (2 + 2), 2)


@pytest.mark.parametrize("seed", range(3))
def test_seen_and_unseen_spans_are_all_spans(seed: int) -> None:
    gold, predicted = make_sequences(seed)
    words = [[f"{position}{tag[0]}" for position, tag in enumerate(tags)] for tags in gold]
    report = make_report(words, gold, predicted, seen_values(words[:20], gold[:20]))

    assert report.support_seen
    assert report.support_unseen
    assert report.support_seen + report.support_unseen == report.support
    assert report.f1_seen is not None
    assert report.f1_unseen is not None
    low, high = sorted([report.f1_seen, report.f1_unseen])
    assert low <= report.f1 <= high


def test_without_trainings_values_there_is_no_such_split() -> None:
    report = make_report([["x"]], [["B-a"]], [["B-a"]])

    assert report.f1_seen is report.f1_unseen is report.support_seen is None


def test_tags_that_training_never_saw_are_counted_and_miss() -> None:
    gold = [["B-new", "I-new", "I-new"], ["B-a", "B-rare"]]
    predicted = [["O", "O", "O"], ["B-a", "O"]]
    report = evaluate(gold, gold, predicted, seen=None, known_tags=["O", "B-a"])

    assert report.unseen_tags == {"I-new": 2, "B-new": 1, "B-rare": 1}
    assert (report.recall, report.support) == (1 / 3, 3)
    assert report.slots["new"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 1}


@pytest.mark.skipif(not (DATA / "atis").is_dir(), reason=f"no ATIS in {DATA}; set SLOTKIT_DATA")
def test_no_span_of_a_real_corpus_is_lost() -> None:
    """Six of ATIS' test tags are not in its training part; their spans stay in the count."""

    def read(part: str, file: str) -> list[list[str]]:
        text = (DATA / "atis" / part / file).read_text(encoding="utf-8")
        return [line.split() for line in text.splitlines()]

    tokens, gold = read("test", "seq.in"), read("test", "seq.out")
    known = {tag for tags in read("train", "seq.out") for tag in tags}
    predicted = [[tag if tag in known else "O" for tag in tags] for tags in gold]
    seen = seen_values(read("train", "seq.in"), read("train", "seq.out"))
    report = evaluate(tokens, gold, predicted, seen=seen, known_tags=known)

    assert report.support == sum(tag.startswith("B-") for tags in gold for tag in tags) == 2837
    assert len(report.unseen_tags) == 6
    assert 0.99 < report.f1 < 1
    assert report.support_seen is not None
    assert report.support_unseen == report.support - report.support_seen > 0


def test_slots_stand_by_falling_support_then_by_name() -> None:
    gold = [["B-c", "B-a", "B-b", "B-b"]]
    report = make_report(gold, gold, [["B-z", "B-a", "B-b", "O"]])

    assert list(report.slots) == ["b", "a", "c", "z"]
    assert report.slots["z"]["support"] == 0


def test_a_report_becomes_json_with_the_documented_keys() -> None:
    keys = (
        "f1 precision recall support mode f1_default_mode exact f1_seen f1_unseen unseen_tags slots"
    )
    report = make_report([["x"]], [["B-a"]], [["B-a"]])
    read = json.loads(json.dumps(report.to_json()))

    assert {*keys.split(), "unseen_tags", "slots"} <= set(read)
    assert read["f1_seen"] is None
    assert read["slots"] == {"a": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1}}
