"""Errors and their kinds, counted by hand, and what is laid out for people and programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slotkit.corpus import load_corpus
from slotkit.evaluation.evaluate import evaluate
from slotkit.evaluation.mistakes import KINDS, Analysis, Confusion, Roles, analyse, find_errors
from slotkit.evaluation.report import describe, describe_errors
from slotkit.evaluation.scoring import score
from slotkit.text.kinds import find_kinds, slot_values
from slotkit.text.tags import Span

TAGS = ["O", "O", "B-a", "I-a", "B-b", "I-b", "B-c-d", "I-c-d"]
PLACES = {"from": "to", "to": "to", "via": "to", "day": "day"}

# Tags of some utterances, legal or not, and others of the same lengths.
pairs = st.lists(
    st.integers(0, 7).flatmap(
        lambda n: st.tuples(*[st.lists(st.sampled_from(TAGS), min_size=n, max_size=n)] * 2)
    ),
    max_size=8,
)


def make_analysis(
    gold: list[list[str]],
    predicted: list[list[str]],
    intents: list[str] | None = None,
    kinds: dict[str, str] | None = None,
) -> Analysis:
    return analyse(
        gold, gold, predicted, intents=intents or [""] * len(gold), kinds=PLACES | (kinds or {})
    )


# Errors


@pytest.mark.parametrize(
    ("gold", "predicted", "kinds"),
    [
        (["B-a", "I-a", "O"], ["B-a", "I-a", "O"], []),
        (["B-a", "I-a", "O"], ["B-b", "I-b", "O"], ["wrong slot"]),
        (["B-a", "I-a", "O"], ["B-a", "I-a", "I-a"], ["wrong border"]),
        (["B-a", "I-a", "O"], ["O", "O", "O"], ["missed"]),
        (["O", "O", "O"], ["O", "B-a", "I-a"], ["spurious"]),
        (["B-a", "I-a", "O"], ["B-b", "O", "O"], ["missed", "spurious"]),
        (["B-a", "I-a", "I-a"], ["B-a", "O", "B-a"], ["wrong border", "spurious"]),
        (["B-a", "B-a", "O"], ["B-a", "I-a", "O"], ["wrong border", "missed"]),
        (["B-a", "I-a"], ["I-a", "I-a"], ["missed"]),
        (["B-a", "B-b"], ["B-b", "I-b"], ["wrong border", "missed"]),
        (["B-a", "O", "O"], ["O", "B-a", "O"], ["missed", "spurious"]),
        (["O", "B-a", "I-a"], ["B-a", "O", "O"], ["missed", "spurious"]),
    ],
)
def test_every_wrong_span_has_one_kind(
    gold: list[str], predicted: list[str], kinds: list[str]
) -> None:
    assert [error.kind for error in find_errors([gold], [predicted])] == kinds


@given(pairs)
def test_errors_account_for_every_wrong_span(sequences: list[tuple[list[str], list[str]]]) -> None:
    gold, predicted = [g for g, _ in sequences], [p for _, p in sequences]
    report = evaluate(gold, gold, predicted, seen=None, known_tags=TAGS)
    errors = find_errors(gold, predicted)
    right = round(report.recall * report.support)

    assert sum(error.gold is not None for error in errors) == report.support - right
    wrong = sum(error.predicted is not None for error in errors)
    assert report.precision == pytest.approx(right / max(1, right + wrong))
    assert {error.kind for error in errors} <= set(KINDS)


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="utterance 2 must have 2 predicted tags, got 1"):
        find_errors([["O"], ["O", "O"]], [["O"], ["O"]])


def test_an_error_says_where_it_is() -> None:
    [error] = find_errors([["O"], ["O", "B-a"]], [["O"], ["O", "B-b"]])

    assert (error.utterance, error.gold, error.predicted) == (1, Span(1, 2, "a"), Span(1, 2, "b"))


def test_errors_are_written_by_kind() -> None:
    tokens = [["from", "New", "York", "today"], ["to", "Rome", "please"], ["to", "Oslo"]]
    gold = [["O", "B-from", "I-from", "B-day"], ["O", "B-to", "O"], ["O", "B-to"]]
    predicted = [["O", "B-from", "O", "O"], ["O", "B-from", "B-day"], ["O", "B-to"]]

    assert describe_errors(tokens, gold, predicted) == (
        "# wrong slot: 1\n"
        "\n"
        "utterance 2: from instead of to\n"
        "  gold       to [to|Rome] please\n"
        "  predicted  to {from|Rome} please\n"
        "\n"
        "# wrong border: 1\n"
        "\n"
        "utterance 1: from with another border\n"
        "  gold       from [from|New York] today\n"
        "  predicted  from {from|New} York today\n"
        "\n"
        "# missed: 1\n"
        "\n"
        "utterance 1: day not found\n"
        "  gold       from New York [day|today]\n"
        "\n"
        "# spurious: 1\n"
        "\n"
        "utterance 2: day where there is no such slot\n"
        "  predicted  to Rome {day|please}\n"
    )


def test_spans_of_one_slot_that_touch_are_errors_of_their_own() -> None:
    tokens = [["New", "York", "Oslo"]]

    assert describe_errors(tokens, [["B-to", "I-to", "B-to"]], [["O", "O", "O"]]) == (
        "# missed: 2\n"
        "\n"
        "utterance 1: to not found\n"
        "  gold       [to|New York] Oslo\n"
        "\n"
        "utterance 1: to not found\n"
        "  gold       New York [to|Oslo]\n"
    )
    early, late = ["B-to", "I-to", "O"], ["O", "O", "B-to"]
    for gold, predicted in (early, late), (late, early):
        text = describe_errors(tokens, [gold], [predicted])
        assert text.count("utterance 1: to not found") == 1
        assert text.count("utterance 1: to where there is no such slot") == 1
        assert "with another border" not in text


def test_where_all_is_right_there_is_nothing_to_write() -> None:
    assert describe_errors([["x"]], [["B-a"]], [["B-a"]]) == ""


# The breakdown

GOLD = [
    ["B-to", "O", "B-from", "I-from"],  # right; with another border
    ["B-to", "B-to", "B-day"],  # twice another role; another kind
    ["B-day", "O"],  # missed
    ["O", "B-via"],  # right, and one that is not there
]
PREDICTED = [
    ["B-to", "O", "B-from", "O"],
    ["B-from", "B-from", "B-to"],
    ["O", "O"],
    ["B-day", "B-via"],
]


def test_the_breakdown_is_counted_by_hand() -> None:
    found = make_analysis(GOLD, PREDICTED)

    assert (found.right, found.wrong_slot, found.wrong_border) == (2, 3, 1)
    assert (found.missed, found.spurious, found.support) == (1, 1, 7)


def test_roles_are_confused_within_a_kind_only() -> None:
    """A day taken for a place is no confusion of roles, nor is a wrong border."""
    found = make_analysis(GOLD, PREDICTED)

    assert found.roles == Roles(slots=("from", "to", "via"), confused=2, support=5)
    assert found.roles.share == 2 / 5
    assert found.roles_by_kind == {"to": found.roles}


def test_kinds_stand_by_falling_confusion() -> None:
    kinds = {"hour": "hour", "minute": "hour"}
    found = make_analysis([["B-hour", "B-to"]] * 2, [["B-minute", "B-to"]] * 2, kinds=kinds)

    assert list(found.roles_by_kind) == ["hour", "to"]
    assert found.roles_by_kind["hour"].share == 1
    assert found.roles == Roles(
        slots=("hour", "minute", "from", "to", "via"), confused=2, support=4
    )


@pytest.mark.parametrize("kinds", [{}, {"new": "new"}, {"to": "place", "place": "other"}])
def test_a_slot_of_no_known_kind_is_one_of_its_own(kinds: dict[str, str]) -> None:
    tags = [["B-new", "B-place", "B-to"]], [["B-newer", "B-to", "B-place"]]
    found = analyse(tags[0], *tags, intents=[""], kinds=kinds)

    assert found.wrong_slot == 3
    assert (found.roles_by_kind, found.roles.share) == ({}, 0.0)


def test_confusions_stand_by_falling_count_then_by_name() -> None:
    found = make_analysis(GOLD, PREDICTED)

    assert found.confusions == [
        Confusion(gold="to", predicted="from", count=2),
        Confusion(gold=None, predicted="day", count=1),
        Confusion(gold="day", predicted=None, count=1),
        Confusion(gold="day", predicted="to", count=1),
        Confusion(gold="from", predicted="from", count=1),
    ]
    assert [(one.row, one.column) for one in found.confusions] == [
        ("to", "from"),
        ("(spurious)", "day"),
        ("day", "(missed)"),
        ("day", "to"),
        ("from", "(wrong border)"),
    ]


@given(pairs)
def test_every_span_is_counted_once(sequences: list[tuple[list[str], list[str]]]) -> None:
    gold, predicted = [g for g, _ in sequences], [p for _, p in sequences]
    found = analyse(gold, gold, predicted, intents=["x"] * len(gold), kinds={"a": "a", "b": "a"})
    report = evaluate(gold, gold, predicted, seen=None, known_tags=TAGS)
    wrong = found.wrong_slot + found.wrong_border + found.missed + found.spurious

    assert found.support == report.support
    assert found.right == round(report.recall * report.support)
    assert sum(one.count for one in found.confusions) == wrong
    assert sum(roles.confused for roles in found.roles_by_kind.values()) <= found.wrong_slot
    for groups in found.intents, found.lengths:
        assert sum(figures["utterances"] for figures in groups.values()) == len(gold)
        assert sum(figures["support"] for figures in groups.values()) == found.support


def test_intents_are_scored_apart_and_stand_by_falling_number() -> None:
    intents = ["book", "ask", "book", "cancel"]
    found = make_analysis(GOLD, PREDICTED, intents)

    assert list(found.intents) == ["book", "ask", "cancel"]
    assert {name: figures["utterances"] for name, figures in found.intents.items()} == {
        "book": 2,
        "ask": 1,
        "cancel": 1,
    }
    book = found.intents["book"]
    assert (book["precision"], book["recall"], book["support"]) == (1 / 2, 1 / 3, 3)
    assert book["f1"] == score([GOLD[0], GOLD[2]], [PREDICTED[0], PREDICTED[2]])


def test_without_intents_there_are_no_figures_of_them() -> None:
    assert make_analysis(GOLD, PREDICTED).intents == {}
    assert list(make_analysis(GOLD, PREDICTED, ["", "", "ask", ""]).intents) == ["", "ask"]
    with pytest.raises(ValueError, match="expected 4 intents, got 1"):
        make_analysis(GOLD, PREDICTED, ["ask"])


@pytest.mark.parametrize(
    ("lengths", "groups"),
    [
        ([3], {"1+": 1}),
        ([5] * 20 + [6] * 19, {"1+": 39}),
        ([5] * 20 + [6] * 20, {"1-5": 20, "6+": 20}),
        ([5] * 19 + [10] * 1 + [11] * 20, {"1-10": 20, "11+": 20}),
        ([2] * 20 + [25] * 40 + [31] * 30 + [200] * 19, {"1-5": 20, "6-30": 40, "31+": 49}),
        ([2] * 30 + [130] * 20, {"1-5": 30, "6+": 20}),
        ([0], {"1+": 1}),
        ([], {}),
    ],
)
def test_groups_of_lengths_are_not_small(lengths: list[int], groups: dict[str, int]) -> None:
    tags = [["O"] * length for length in lengths]
    found = make_analysis(tags, tags)

    assert {name: row["utterances"] for name, row in found.lengths.items()} == groups
    assert list(found.lengths) == list(groups)


def test_lengths_are_scored_apart() -> None:
    gold = [["B-to"]] * 20 + [["B-to", *"OOOOO"]] * 20
    found = make_analysis(gold, [["B-to"]] * 20 + [["B-from", *"OOOOO"]] * 20)

    assert {name: row["f1"] for name, row in found.lengths.items()} == {"1-5": 1.0, "6+": 0.0}


def test_an_analysis_becomes_json_with_the_documented_keys() -> None:
    read = json.loads(json.dumps(make_analysis(GOLD, PREDICTED, ["ask"] * 4).to_json()))

    assert {key: read[key] for key in ("right", "wrong_slot", "wrong_border")} == {
        "right": 2,
        "wrong_slot": 3,
        "wrong_border": 1,
    }
    assert (read["missed"], read["spurious"]) == (1, 1)
    roles = {"confused": 2, "support": 5, "share": 0.4, "slots": ["from", "to", "via"]}
    assert read["roles"] == roles
    assert read["roles_by_kind"] == {"to": roles}
    assert read["confusions"][:2] == [
        {"gold": "to", "predicted": "from", "count": 2},
        {"gold": None, "predicted": "day", "count": 1},
    ]
    figures = {"utterances": 4, "precision": 2 / 7, "recall": 2 / 7, "f1": 2 / 7, "support": 7}
    assert read["intents"] == {"ask": pytest.approx(figures)}
    assert read["lengths"] == {"1+": pytest.approx(figures)}
    assert len(read) == 10


def test_an_analysis_is_laid_out_for_people() -> None:
    text = describe(make_analysis(GOLD, PREDICTED, ["book", "訂票", "book", ""]))

    assert text == (
        "                          spans  share\n"
        "right                         2  28.57\n"
        "right border, wrong slot      3  42.86\n"
        "wrong border                  1  14.29\n"
        "missed                        1  14.29\n"
        "spurious                      1\n"
        "\n"
        "                           confused  spans  share\n"
        "roles confused, all kinds         2      5  40.00\n"
        "to and 2 more                     2      5  40.00\n"
        "\n"
        "gold → predicted       spans\n"
        "to → from                  2\n"
        "(spurious) → day           1\n"
        "day → (missed)             1\n"
        "day → to                   1\n"
        "from → (wrong border)      1\n"
        "\n"
        "intent  precision  recall     F1  spans  utterances\n"
        "book        50.00   33.33  40.00      3           2\n"
        "(none)      50.00  100.00  66.67      1           1\n"
        "訂票         0.00    0.00   0.00      3           1"
    )


def test_rare_confusions_are_left_out_of_the_text() -> None:
    gold = [[f"B-{letter}" for letter in "abcdefghijklm"]]
    text = describe(make_analysis(gold, [["O"] * 13]))

    lines = text.split("\n\n")[2].splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == list("abcdefghij")
    assert lines[-1] == "the other 3           3"


def test_where_all_is_right_little_is_said() -> None:
    text = describe(make_analysis([["B-day"]], [["B-day"]], kinds={"from": "f", "via": "v"}))

    assert text.startswith(
        "                          spans   share\nright                         1  100.00"
    )
    assert "→" not in text
    assert "roles" not in text
    assert describe(make_analysis([], [])).splitlines()[1].split() == ["right", "0", "0.00"]


def test_slots_swapped_in_a_real_corpus_are_confused_roles(atis: Path) -> None:
    """Every departure city called a destination: one kind, one confusion, nothing else."""
    splits = load_corpus(atis)[0]
    values = slot_values(splits["train"]["tokens"], splits["train"]["tags"])
    rows = splits["test"]
    gold = list(rows["tags"])
    swapped = [[tag.replace("fromloc.city", "toloc.city") for tag in tags] for tags in gold]
    cities = sum(tags.count("B-fromloc.city_name") for tags in gold)
    found = analyse(rows["tokens"], gold, swapped, intents=rows["intent"], kinds=find_kinds(values))

    assert cities > 600
    assert found.confusions == [
        Confusion(gold="fromloc.city_name", predicted="toloc.city_name", count=cities)
    ]
    assert found.roles.confused == found.wrong_slot == cities
    assert next(iter(found.intents)) == "atis_flight"
    assert list(found.lengths) == ["1-5", "6-10", "11-15", "16+"]
