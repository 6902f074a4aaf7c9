"""Minimal pairs and disturbed utterances, and the stress verb."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st

from slotkit.evaluation.stress import annotate, stress
from slotkit.evaluation.stress.disturb import perturb
from slotkit.evaluation.stress.pairs import Pair, build_pairs
from slotkit.evaluation.stress.parsed import Utterance, find_roles
from slotkit.tagging.filler import SlotFiller
from slotkit.text.tags import spans_of, tags_of

CITIES = ["Rome", "Oslo", "Bonn", "Lima", "Nice", "Kyiv"]
CHINESE = ["台北", "东京", "巴黎", "罗马", "上海", "北京"]
ROLES = {"from": "from.city", "to": "to.city"}

Labelled = tuple[list[list[str]], list[list[str]]]


def read(*texts: str, sign: str = " ") -> Labelled:
    """Read annotated texts: spans stand in [slot|words]; `sign` "" cuts into characters."""
    tokens: list[list[str]] = []
    tags: list[list[str]] = []
    for text in texts:
        words: list[str] = []
        labels: list[str] = []
        for part in text.replace("]", "[").split("["):
            slot, bar, value = part.rpartition("|")
            cut = value.split() if sign else list(value.replace(" ", ""))
            words += cut
            labels += [f"{'I' if i else 'B'}-{slot}" if bar else "O" for i in range(len(cut))]
        tokens.append(words)
        tags.append(labels)
    return tokens, tags


def train_of(*templates: str, values: list[str] = CITIES, sign: str = " ") -> Labelled:
    """Fill templates with all values: 0 and 1 are two that differ."""
    return read(
        *(
            template.replace("0", value).replace("1", values[number - 1])
            for template in templates
            for number, value in enumerate(values)
        ),
        sign=sign,
    )


TRAIN = train_of(
    "flights from [from.city|0] to [to.city|1]", "flights to [to.city|0] from [from.city|1]"
)


def pairs_of(train: Labelled, rows: Labelled, way: str) -> list[Pair]:
    return [pair for pair in build_pairs(*train, *rows) if pair.way == way]


def texts_of(pairs: list[Pair]) -> list[str]:
    """Write the second halves of pairs."""
    return [annotate(*pair.second) for pair in pairs]


def test_roles_are_slots_that_hold_the_same_kind_of_value() -> None:
    tokens, tags = TRAIN

    assert set(find_roles(tokens, tags)) == {"from.city", "to.city"}
    assert find_roles(*read("to [to.city|Rome]", "at [time|noon]")) == {}


def test_two_values_change_places_and_the_slots_stay() -> None:
    rows = read("please flights from [from.city|New York] to [to.city|Rome] on [day|Monday]")
    (pair,) = pairs_of(TRAIN, rows, "values exchanged")

    assert pair.first == Utterance(rows[0][0], rows[1][0])
    assert texts_of([pair]) == [
        "please flights from [from.city|Rome] to [to.city|New York] on [day|Monday]"
    ]
    assert pair.side == "values"


@pytest.mark.parametrize(
    "text",
    [
        "flights from [from.city|Rome] to [to.city|Rome]",
        "to [to.city|Rome] and to [to.city|Oslo]",
        "from [from.city|Rome] to [to.city|Oslo] not from Rome",
        "from [from.city|Rome] [state|Georgia] to [to.city|Oslo]",
    ],
)
def test_values_stay_where_the_labels_would_be_in_doubt(text: str) -> None:
    """Equal values, one slot, a value said twice, a value beside another span."""
    assert pairs_of(TRAIN, read(text), "values exchanged") == []


def test_two_cues_change_places_and_the_slots_go_with_them() -> None:
    (pair,) = pairs_of(
        TRAIN, read("flights from [from.city|Ulm] to [to.city|Pisa]"), "cues exchanged"
    )

    assert pair.side == "before"
    assert "from [from.city|Pisa]" in texts_of([pair])[0]
    assert "to [to.city|Ulm]" in texts_of([pair])[0]


def test_a_cue_of_two_parts_is_not_torn() -> None:
    """The word "between" asks for an "and" behind its value."""
    train = train_of("flights between [from.city|0] and [to.city|1]")

    assert (
        pairs_of(
            train, read("flights between [from.city|Ulm] and [to.city|Pisa]"), "cues exchanged"
        )
        == []
    )


def test_attested_cues_are_taken_over_with_all_their_slots() -> None:
    rows = read(
        "arrive [to.city|Rome] on [to.day|Monday]",
        "leave [from.city|Oslo] on [from.day|Friday]",
    )
    train = (TRAIN[0] + rows[0], TRAIN[1] + rows[1])
    days = train_of(
        "x [to.day|0]",
        "x y [from.day|0]",
        values=["Monday", "Friday", "Sunday", "Tuesday", "today"],
    )
    pairs = pairs_of((train[0] + days[0], train[1] + days[1]), rows, "cue attested")

    assert sorted(texts_of(pairs)) == [
        "arrive [to.city|Oslo] on [to.day|Friday]",
        "leave [from.city|Rome] on [from.day|Monday]",
    ]
    assert {pair.side for pair in pairs} == {"before"}


def test_an_attested_cue_may_stand_behind_the_value_in_chinese() -> None:
    train = train_of("[from.city|0]出发", "[to.city|0]到达", values=CHINESE, sign="")
    pairs = pairs_of(train, read("[from.city|台南]出发", sign=""), "cue attested")

    assert texts_of(pairs) == []  # all words differ
    rows = read("明天[from.city|台南]出发", "明天[to.city|台北]到达", sign="")
    pairs = pairs_of(train, rows, "cue attested")

    assert sorted(texts_of(pairs)) == [
        "明 天 [from.city|台 北] 出 发",
        "明 天 [to.city|台 南] 到 达",
    ]
    assert {pair.side for pair in pairs} == {"after"}


def test_what_is_labelled_in_two_ways_attests_nothing() -> None:
    rows = read("now in [to.city|Rome]", "now at [from.city|Oslo]", "now at [to.city|Oslo]")

    assert pairs_of(TRAIN, rows, "cue attested") == []


def test_a_word_far_from_the_value_is_no_attested_cue() -> None:
    """Such a difference is more often one of the annotators."""
    rows = read("show me flights to [to.city|Rome]", "find me flights to [from.city|Oslo]")

    assert pairs_of(TRAIN, rows, "cue attested") == []


def test_a_learned_cue_takes_its_slot_along() -> None:
    train = train_of("a flight from [from.city|0] now", "a flight to [to.city|0] now")
    (pair,) = pairs_of(train, read("is a flight from [from.city|Ulm] now paid"), "cue learned")

    assert texts_of([pair]) == ["is a flight to [to.city|Ulm] now paid"]
    assert pair.side == "before"


def test_spans_of_one_slot_that_touch_are_written_apart() -> None:
    words, tags = ["from", "New", "York", "Oslo", "now"], ["O", "B-to", "I-to", "B-to", "O"]

    assert annotate(words, tags) == "from [to|New York] [to|Oslo] now"


BEHIND = train_of("so [from.city|0] leaving then paid", "so [to.city|0] reaching then paid")


def test_a_learned_cue_may_stand_behind_the_value() -> None:
    (pair,) = pairs_of(
        BEHIND, read("well so [from.city|Ulm] leaving then paid twice"), "cue learned"
    )

    assert texts_of([pair]) == ["well so [to.city|Ulm] reaching then paid twice"]
    assert pair.side == "after"


@pytest.mark.parametrize("text", ["now paid", "then walked", "then"])
def test_a_learned_cue_behind_the_value_stands_before_two_words_that_it_knows(text: str) -> None:
    rows = read(f"well so [from.city|Ulm] leaving {text}")

    assert pairs_of(BEHIND, rows, "cue learned") == []


def test_two_cues_behind_their_values_change_places() -> None:
    train = train_of(
        "trip [from.city|0] leaving [to.city|1] reaching",
        "trip [to.city|0] reaching [from.city|1] leaving",
    )
    rows = read("a trip [from.city|Ulm] leaving [to.city|Pisa] reaching")
    (pair,) = pairs_of(train, rows, "cues exchanged")

    assert texts_of([pair]) == ["a trip [to.city|Ulm] reaching [from.city|Pisa] leaving"]
    assert pair.side == "after"


def test_a_learned_cue_must_be_nearly_always_of_one_slot() -> None:
    """Two times in eight "to" goes with the other slot."""
    train = train_of("a flight from [from.city|0] now", "a flight to [to.city|0] now")
    other = read(*["a flight to [from.city|Rome] now"] * 2)
    mixed = (train[0] + other[0], train[1] + other[1])

    assert pairs_of(mixed, read("is a flight from [from.city|Ulm] now paid"), "cue learned") == []


def test_a_learned_cue_does_not_change_what_goes_with_it_elsewhere() -> None:
    """The day goes with the verb: exchanged, its slot would be in doubt."""
    values = ["Monday", "Friday", "Sunday", "Tuesday", "today"]
    days = train_of(
        "reach [to.city|Rome] [to.day|0]", "leave [from.city|Rome] [from.day|0]", values=values
    )
    train = train_of("then reach [to.city|0]", "then leave [from.city|0]")
    both = (train[0] + days[0], train[1] + days[1])

    assert (
        pairs_of(both, read("so then leave [from.city|Ulm] [from.day|Monday]"), "cue learned") == []
    )


def test_at_most_a_thousand_pairs_are_drawn_and_the_seed_decides() -> None:
    names = [f"City{number}" for number in range(40)]
    rows = read(
        *(f"flights from [from.city|{a}] to [to.city|{b}]" for a in names for b in names if a < b),
        *(f"fly from [from.city|{a}] to [to.city|{b}]" for a in names for b in names if a < b),
    )
    pairs = [pairs_of(TRAIN, rows, "values exchanged")] * 2
    other = [p for p in build_pairs(*TRAIN, *rows, seed=2) if p.way == "values exchanged"]

    assert len(pairs[0]) == len(other) == 1000
    assert pairs[0] == pairs_of(TRAIN, rows, "values exchanged")
    assert pairs[0] != other


WORDS = st.sampled_from(["from", "to", "fly", "台", "Rome", "Oslo", "New", "please", "Überlingen"])


@st.composite
def labelled(draw: st.DrawFn) -> Utterance:
    """Draw an utterance with some spans of the two roles and one other slot."""
    tags: list[str] = []
    for size in draw(st.lists(st.integers(0, 2), max_size=5)):
        slot = draw(st.sampled_from(["from.city", "to.city", "day"]))
        tags += ["O"] if not size else [f"B-{slot}"] + [f"I-{slot}"] * (size - 1)
    return Utterance(draw(st.lists(WORDS, min_size=len(tags), max_size=len(tags))), tags)


@given(st.lists(labelled(), min_size=1, max_size=6), st.integers(0, 3))
def test_whatever_is_built_is_legal_and_differs_in_roles_alone(
    rows: list[Utterance], seed: int
) -> None:
    tokens, tags = [row.tokens for row in rows], [row.tags for row in rows]
    for pair in build_pairs(*TRAIN, tokens, tags, seed=seed):
        first, second = (spans_of(half.tags) for half in (pair.first, pair.second))

        assert pair.first in rows
        assert len(pair.second.tokens) == len(pair.second.tags)
        assert tags_of(second, len(pair.second.tags)) == pair.second.tags
        assert [s.slot == "day" for s in first] == [s.slot == "day" for s in second]
        assert pair.first != pair.second
    for disturbed in perturb(*TRAIN, tokens, tags, seed=seed).values():
        for number, new in disturbed.items():
            assert new.tokens != rows[number].tokens
            assert tags_of(spans_of(new.tags), len(new.tags)) == new.tags
            assert [s.slot for s in spans_of(new.tags)] == [s.slot for s in spans_of(tags[number])]


def test_typos_change_one_word_in_or_outside_a_value() -> None:
    tokens, tags = read("a flight on [day|Mon] to [to.city|Leipzig]")
    found = perturb(*TRAIN, tokens, tags)

    for name, place in ("typo in a value", 5), ("typo outside", 1):
        new = found[name][0]
        assert [i for i in range(6) if new.tokens[i] != tokens[0][i]] == [place]
        assert new.tags == tags[0]


def test_case_is_changed_only_where_there_is_one() -> None:
    tokens, tags = read("fly to [to.city|Rome]", "[to.city|台 北]", "to [to.city|rome]")
    found = perturb(*TRAIN, tokens, tags)

    assert found["lower case"] == {0: Utterance(["fly", "to", "rome"], tags[0])}
    assert set(found["UPPER CASE"]) == {0, 2}
    assert found["Title Case"][2].tokens == ["To", "Rome"]


def test_only_spare_words_are_left_out() -> None:
    """Not a cue, not beside a value, and not where a value stands unlabelled."""
    tokens, tags = read(
        "hello can we fly to [to.city|Rome]", "no not Oslo but please to [to.city|Rome]", "yes"
    )
    for seed in range(20):
        found = perturb(*TRAIN, tokens, tags, seed=seed)["word left out"]

        assert set(found) == {0}
        (gone,) = set(tokens[0]) - set(found[0].tokens)
        assert gone in {"hello", "can", "we", "fly"}
        assert spans_of(found[0].tags)[0].slot == "to.city"


def test_characters_outside_values_are_replaced_in_chinese() -> None:
    train = train_of("从[from.city|0]出发", "去[to.city|0]", values=CHINESE, sign="")
    tokens, tags = read("请问一下去[to.city|台北]", sign="")
    for seed in range(20):
        new = perturb(*train, tokens, tags, seed=seed)["typo outside"][0]

        assert new.tokens[-3:] == ["去", "台", "北"]
        assert new.tags[-3:] == ["O", "B-to.city", "I-to.city"]
        assert sum(a != b for a, b in zip(new.tokens, tokens[0], strict=True)) == 1


def test_a_single_letter_that_has_a_case_is_not_replaced() -> None:
    tokens, tags = read("may I or A go [to.city|Oslo]")

    assert "typo outside" not in perturb(*TRAIN, tokens, tags)


def by_cue(sequences: list[list[str]]) -> list[list[str]]:
    """Tag by the word before: right on all that is asked here."""
    return [
        [f"B-{ROLES[before]}" if before in ROLES else "O" for before in ["", *words[:-1]]]
        for words in sequences
    ]


def by_word(sequences: list[list[str]]) -> list[list[str]]:
    """Tag every place as a destination, whatever stands before it."""
    return [["B-to.city" if word[0].isupper() else "O" for word in words] for words in sequences]


ROWS = read("flights from [from.city|Ulm] to [to.city|Pisa]", "fly to [to.city|Rome]")


def test_a_tagger_that_reads_the_cue_gets_both_right() -> None:
    report = stress(by_cue, *TRAIN, *ROWS)

    assert {row.way for row in report.pairs} >= {"values exchanged", "cues exchanged"}
    assert [(row.both, row.both_roles) for row in report.pairs] == [(1, 1)] * len(report.pairs)
    assert report.wrong == []
    assert report.describe(3) == ""
    assert report.roles == {"from.city": ["from.city", "to.city"]}


def test_a_tagger_of_single_words_never_gets_both_right() -> None:
    report = stress(by_word, *TRAIN, *ROWS)

    assert [(row.both, row.both_roles) for row in report.pairs] == [(0, 0)] * len(report.pairs)
    assert len(report.wrong) == sum(row.pairs for row in report.pairs)
    assert (
        "# values exchanged, values: 1 wrong\n"
        "\n"
        "  gold       flights from [from.city|Ulm] to [to.city|Pisa]\n"
        "  predicted  flights from [to.city|Ulm] to [to.city|Pisa]\n"
    ) in report.describe(1)


def test_roles_alone_do_not_ask_for_the_other_tags() -> None:
    def noisy(sequences: list[list[str]]) -> list[list[str]]:
        return [["B-day", *tags[1:]] for tags in by_cue(sequences)]

    report = stress(noisy, *TRAIN, *ROWS)

    assert [(row.both, row.both_roles) for row in report.pairs] == [(0, 1)] * len(report.pairs)


def test_disturbances_are_measured_on_what_they_change() -> None:
    """In capitals the cues are not known any more; the lower-case row is of two utterances."""
    report = stress(by_cue, *TRAIN, *ROWS)
    rows = {row.name: row for row in report.disturbances}

    upper = rows["UPPER CASE"]
    assert (upper.utterances, upper.f1_before, upper.f1_after) == (2, 1.0, 0.0)
    assert (upper.exact_before, upper.exact_after) == (1.0, 0.0)
    assert (rows["lower case"].f1_before, rows["lower case"].f1_after) == (1.0, 1.0)


def test_a_report_becomes_json_with_the_documented_keys() -> None:
    found = json.loads(json.dumps(stress(by_word, *TRAIN, *ROWS).to_json()))

    assert set(found) == {"seed", "roles", "pairs", "disturbances"}
    assert set(found["pairs"][0]) == {"way", "side", "pairs", "both", "both_roles"}
    assert set(found["disturbances"][0]) == {
        *("name", "utterances", "f1_before", "f1_after", "exact_before", "exact_after")
    }


class Reader:
    """Stands for a model."""

    edges: str | None = None
    tokenizer = "words"

    def tag_tokens(self, sequences: list[list[str]]) -> list[list[str]]:
        return by_word(sequences)


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a corpus of two parts, and make any model one that looks at single words."""
    monkeypatch.setenv("SLOTKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(SlotFiller, "load", lambda folder: Reader())
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name, (tokens, tags) in ("train", TRAIN), ("test", ROWS):
        rows = [{"tokens": a, "tags": b} for a, b in zip(tokens, tags, strict=True)]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@pytest.fixture
def run(slotkit_command: Callable[..., Result]) -> Callable[..., Result]:
    """Return a function that runs the verb."""

    def stressed(*arguments: Any) -> Result:
        return slotkit_command("stress", "model", *arguments)

    return stressed


def test_the_figures_are_laid_out_for_people(corpus: Path, run: Callable[..., Result]) -> None:
    result = run(corpus)

    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == f"{corpus}, test: 2 utterances, seed 1"
    assert lines[2] == "minimal pairs, both right  cue      pairs  all tags  roles alone"
    assert lines[3] == "values exchanged                        1      0.00         0.00"
    assert lines[4] == "cues exchanged             before       1      0.00         0.00"
    assert "the same utterances        changed      F1   after   exact   after" in lines


def test_wrong_pairs_are_shown_on_request(corpus: Path, run: Callable[..., Result]) -> None:
    assert "gold" not in run(corpus).stdout
    assert "  gold       flights from [from.city|Pisa] to [to.city|Ulm]\n" in (
        run(corpus, "--show", 1).stdout
    )


def test_json_holds_fractions_and_the_seed(corpus: Path, run: Callable[..., Result]) -> None:
    report = json.loads(run(corpus, "--json", "--seed", 7).stdout)

    assert report["seed"] == 7
    assert report["pairs"][0] == {
        "way": "values exchanged",
        "side": "values",
        "pairs": 1,
        "both": 0.0,
        "both_roles": 0.0,
    }


def test_a_corpus_without_roles_says_so(corpus: Path, run: Callable[..., Result]) -> None:
    row = json.dumps({"tokens": ["to", "Rome"], "tags": ["O", "B-to.city"]}) + "\n"
    for name in ("train", "test"):
        (corpus / f"{name}.jsonl").write_text(row)
    result = run(corpus)

    assert result.exit_code == 0
    assert "no two slots of this corpus hold the same kind of value" in result.stdout


def test_without_a_training_part_it_learns_from_what_it_tries(
    corpus: Path, run: Callable[..., Result]
) -> None:
    result = run(corpus / "test.jsonl")

    assert result.exit_code == 0
    assert result.stderr.count("\n") == 1
    assert "no training part: kinds and cues are learned from" in result.stderr


def test_edges_of_the_corpus_are_refused_in_one_line(
    corpus: Path, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Reader, "edges", "corpus")
    result = run(corpus)

    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "it needs edges" in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--split", "validation"], "the corpus has no part 'validation'; choose from train, test"),
        (["--show", "-1"], "--show"),
        (["--seed", "-1"], "--seed"),
    ],
)
def test_bad_options_are_usage_errors(
    corpus: Path, run: Callable[..., Result], options: list[str], message: str
) -> None:
    result = run(corpus, *options)

    assert result.exit_code == 2
    assert message in result.stderr
