"""Mistakes that were put into small corpora are found; what is no mistake is not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st

from slotkit.corpus import load_corpus
from slotkit.corpus.formats.reading import How
from slotkit.corpus.formats.rows import Row, make_row
from slotkit.corpus.lint import validate
from slotkit.corpus.lint.findings import KINDS, Finding, Place, group
from slotkit.corpus.lint.misfits import find_misfits
from slotkit.corpus.lint.reading import read_splits
from slotkit.corpus.lint.splits import measure
from slotkit.errors import CorpusError
from slotkit.text.tags import is_legal

Splits = dict[str, list[Row]]


def row(marked: str, text: str | None = None) -> Row:
    """Make a row of words written as ``to [city New York]``."""
    tokens, tags = [], []
    slot, begins = "", False
    for word in marked.split():
        if word.startswith("["):
            slot, begins = word[1:], True
            continue
        token = word.removesuffix("]") if slot else word
        tokens.append(token)
        tags.append(f"{'B' if begins else 'I'}-{slot}" if slot else "O")
        begins = False
        if slot and word.endswith("]"):
            slot = ""
    return make_row(tokens, tags, text=text)


def found(kind: str, **splits: list[str]) -> list[Finding]:
    """Validate rows written as in `row` and give the findings of one kind."""
    rows = {split: [row(marked) for marked in utterances] for split, utterances in splits.items()}
    return [finding for finding in validate(rows) if finding.kind == kind]


def write(folder: Path, **splits: list[dict[str, Any]]) -> Path:
    """Write a corpus of JSON lines."""
    for split, objects in splits.items():
        lines = [json.dumps(one, ensure_ascii=False) + "\n" for one in objects]
        (folder / f"{split}.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder


def slotted(text: str, start: int, end: int, value: str | None = None) -> dict[str, Any]:
    """Make an object with a slot by characters."""
    slot: dict[str, Any] = {"name": "city", "start": start, "end": end}
    return {"text": text, "slots": [slot | ({"value": value} if value is not None else {})]}


# Spans that do not fit


@pytest.mark.parametrize(
    ("text", "start", "end", "value", "fix"),
    [
        ("to New York now", 3, 10, None, "3..11, 'New York'"),  # the end cuts a token
        ("to New York now", 2, 11, None, "3..11, 'New York'"),  # takes in a blank
        ("to New York by", 3, 13, None, "3..11, 'New York'"),  # takes in half the next token
        ("to Paris, please", 2, 9, None, "3..8, 'Paris'"),  # a blank and the comma
        ("to Paris", 4, 6, None, "3..8, 'Paris'"),  # within a token
        ("to Paris now", 2, 7, "Paris", "3..8, 'Paris'"),  # one too early, the value tells
        ("to Paris now", 0, 2, "Paris", "3..8, 'Paris'"),  # another word than its value
        ("Paris or Paris", 8, 13, "Paris", "9..14, 'Paris'"),  # its value stands there twice
        ("to Paris", 3, 90, "Paris", "3..8, 'Paris'"),  # leaves the text
        ("to Paris", 2, 3, None, ""),  # a blank only: nothing fits
        ("去台北车站", 1, 3, "台北车", "1..4, '台北车'"),
    ],
)
def test_a_slot_that_fits_no_tokens_has_the_one_that_does(
    tmp_path: Path, text: str, start: int, end: int, value: str | None, fix: str
) -> None:
    corpus = write(
        tmp_path, train=[slotted("to Rome", 3, 7, "Rome"), slotted(text, start, end, value)]
    )
    with pytest.raises(CorpusError):
        read_splits(corpus, how=How(strict=True))
    [misfit] = find_misfits(corpus)

    assert misfit.fix == fix
    assert (misfit.kind, misfit.line) == ("misfit", 2)
    assert misfit.file == str(corpus / "train.jsonl")
    assert misfit.message.startswith(f"city at {start}..{end} is ")


def test_what_is_wrong_beyond_the_slots_is_left_to_the_reader(tmp_path: Path) -> None:
    objects: list[dict[str, Any]] = [
        {"text": "x", "slots": [{"name": 1}]},
        {"text": "x"},
        {"tokens": ["x"], "tags": []},
    ]
    corpus = write(tmp_path, train=objects)
    with (corpus / "train.jsonl").open("a") as file:
        file.write("[]\n{\n")

    assert find_misfits(corpus) == []
    with pytest.raises(CorpusError, match=r"train\.jsonl:5: not JSON"):
        read_splits(corpus)


def test_a_border_inside_a_token_of_the_text_is_found() -> None:
    """Labelled are 7 and 30 of what a model sees as 7:30."""
    cut = make_row(["at", "7", ":", "30"], ["O", "B-hour", "O", "B-minute"], text="at 7:30")
    findings = validate({"train": [*[row("at [hour noon]")] * 3, cut]})
    misfits = [finding for finding in findings if finding.kind == "misfit"]

    assert [finding.fix for finding in misfits] == ["'7:30'", "'7:30'"]
    assert [finding.places for finding in misfits] == [(Place("train", 4),)] * 2


def test_text_that_is_cut_into_characters_throughout_is_no_misfit() -> None:
    rows = [make_row(list("11月"), ["B-a", "B-b", "O"], text="11月")] * 2

    assert group(validate({"train": rows}))["misfit"] == []


@pytest.mark.parametrize(
    ("marked", "fix"),
    [
        ("to [city Paris ,] please", "Paris"),
        ("to [city Paris,] please", "Paris"),
        ("to [city , Paris] please", "Paris"),
        ("to [city the Rome]", "Rome"),
        ("去 [city 台 北 ，] 谢 谢", "台 北"),
        ("to [city ,]", "O"),
    ],
)
def test_punctuation_and_articles_at_the_ends_of_a_span_are_found(marked: str, fix: str) -> None:
    [finding] = found("edge", train=[*["to [city Rome]"] * 5, marked])

    assert (finding.fix, finding.places) == (fix, (Place("train", 6),))


@pytest.mark.parametrize(
    "marked",
    ["at [time 7 a . m .]", "hear [artist The Who]", "up to [price .5]", "a [city X] , b", "[a a]"],
)
def test_what_may_belong_to_a_value_is_no_finding(marked: str) -> None:
    assert not found("edge", train=["to [city Rome]", marked])


@pytest.mark.parametrize(("alone", "count"), [(3, 0), (9, 1)])
def test_an_article_is_taken_in_by_mistake_where_the_rest_is_surely_more_often_alone(
    alone: int, count: int
) -> None:
    train = [*["at [time quarter past six]"] * alone, "at [time a quarter past six]"]

    assert len(found("edge", train=train)) == count


def test_the_same_words_in_another_border_are_found() -> None:
    [finding] = found(
        "border",
        train=[*["at [station Gare du Nord] now"] * 9, "at Gare du [station Nord]"],
        test=["to [station Gare du Nord]"],
    )

    assert finding.places == (Place("train", 10),)
    assert finding.fix == "[station|Gare du Nord]"
    assert finding.message == "[station|Nord] once, but [station|Gare du Nord] 10 times"


def test_a_value_that_is_cut_in_two_is_found() -> None:
    [finding] = found("border", train=[*["to [city New York]"] * 9, "to [city New] [city York]"])

    assert finding.examples == ("train:10  to [city|New] [city|York]",)


@pytest.mark.parametrize(("others", "count"), [(9, 1), (11, 0)])
def test_a_word_that_is_left_out_may_belong_to_the_one_before(others: int, count: int) -> None:
    """Here 下 is of 一下, which stands outside of slots more often than the longer value in one."""
    train = [*["[date 下 周 二] 走"] * 10, "查 一 下 [date 周 二]", *["等 一 下"] * (others - 1)]

    assert len(found("border", train=train)) == count


def test_the_border_that_takes_in_more_may_be_the_odd_one() -> None:
    [finding] = found(
        "border", train=[*["rate this [which current] book"] * 9, "[which this current]"]
    )

    assert (finding.fix, finding.places) == ("[which|current]", (Place("train", 10),))


# Reading


def test_inside_tags_that_continue_nothing_are_those_that_reading_repairs(tmp_path: Path) -> None:
    tags = [["O", "I-a", "I-a"], ["I-b"], ["B-a", "I-b", "O"], ["O", "B-a", "I-a"]]
    corpus = write(tmp_path, train=[{"tokens": ["x", "y", "z"][: len(t)], "tags": t} for t in tags])
    splits, findings, _ = read_splits(corpus)
    loaded = load_corpus(corpus)

    assert [finding.message for finding in findings] == [
        "I-a after O, read as B-a",
        "I-b at the beginning, read as B-b",
        "I-b after B-a, read as B-b",
    ]
    assert [finding.places for finding in findings] == [(Place("train", n),) for n in (1, 2, 3)]
    assert findings[0].examples == ("train:1  x [a|y z]",)
    assert findings[2].examples == ("train:3  [a|x] [b|y] z",)
    assert findings[2].fix == "I-a to continue what stands before it; else B-b"
    assert loaded.notes == ["train: 3 I- tags that continue nothing read as B-"]
    assert [one["tags"] for one in splits["train"]] == loaded.splits["train"]["tags"][:]


def test_an_other_scheme_is_no_mistake(tmp_path: Path) -> None:
    corpus = write(tmp_path, train=[{"tokens": ["x", "y"], "tags": ["I-a", "I-a"]}])

    assert read_splits(corpus)[1] == []


def test_a_text_that_is_not_its_tokens_is_named(tmp_path: Path) -> None:
    corpus = write(
        tmp_path, train=[{"text": "to Rom", "tokens": ["to", "Rome"], "tags": ["O"] * 2}]
    )
    splits, [finding], _ = read_splits(corpus)

    assert finding.kind == "other_text"
    assert finding.message.startswith("'to Rom' is not its tokens")
    assert splits["train"][0]["text"] == "to Rome"


# The same text


def test_a_text_with_two_labellings_shows_both_with_their_counts() -> None:
    [finding] = found(
        "two_labellings",
        train=["to [a Rome]", "to [b Rome]", "TO [a rome]"],
        test=["to Rome", "to [a Oslo]"],
    )

    assert finding.message == "'to Rome', labelled in 3 ways: 2, 1, 1"
    assert finding.examples == (
        "2 × to [a|Rome]  train:1, train:3",
        "1 × to [b|Rome]  train:2",
        "1 × to Rome  test:1",
    )


def test_an_answer_is_labelled_by_what_was_asked() -> None:
    rows = [make_row(["Rome"], [f"B-{slot}"], asked=slot) for slot in ("from", "to", "to")]
    other = make_row(["Rome"], ["O"], asked="to")

    assert not group(validate({"train": rows}))["two_labellings"]
    [finding] = group(validate({"train": [*rows, other]}))["two_labellings"]
    assert finding.message == "'Rome', labelled in 2 ways: 2, 1"


def test_texts_that_stand_in_train_are_counted_and_found() -> None:
    rows = {
        "train": [row("to Rome"), row("to Oslo"), row("to rome")],
        "validation": [row("to Paris")],
        "test": [row("TO Rome"), row("to Rome"), row("to Bern")],
    }
    [finding] = group(validate(rows))["in_train"]

    assert finding.places == (Place("test", 1), Place("test", 2))
    assert finding.message == "test:1, test:2 as train:1, train:3: TO Rome"
    assert measure(rows) == {
        "train": {"utterances": 3, "repeats": 1, "in_train": 0},
        "validation": {"utterances": 1, "repeats": 0, "in_train": 0},
        "test": {"utterances": 3, "repeats": 1, "in_train": 2},
    }


# Values


def test_a_value_that_is_labelled_elsewhere_is_found_under_o() -> None:
    [finding] = found(
        "outside",
        train=[*["to [city New York] now"] * 9, "fly to new york"],
        test=["in [state New York]"],
    )

    assert finding.message == "'new york' is labelled 10 times (city 9, state 1), O once"
    assert finding.examples == ("train:10  fly to {new york}",)
    assert finding.fix == "[city|new york], if it means the same here"


def test_chinese_values_are_found_in_chinese() -> None:
    labelled = make_row(list("去台北"), ["O", "B-city", "I-city"], text="去台北")
    missed = make_row(list("我去台北"), ["O"] * 4, text="我去台北")
    [finding] = group(validate({"train": [labelled] * 5 + [missed]}))["outside"]

    assert finding.examples == ("train:6  我去{台北}",)


@pytest.mark.parametrize(
    ("usual", "outside"),
    [
        (["in [month may]"] * 3, ["in may"]),  # too few to tell
        (["in [month may]"] * 30, ["i may go"] * 2),  # where the words beside it tell why
        (["[city York]"] * 9, ["the [city New York]"]),  # within a longer span
        (["[city York]"] * 30 + ["[city New York]"] * 2, ["see New York"]),  # another value
    ],
)
def test_what_explains_a_value_under_o_is_no_finding(usual: list[str], outside: list[str]) -> None:
    assert not found("outside", train=[*usual, *outside])


def test_the_place_most_like_the_labelled_ones_stands_first() -> None:
    findings = found(
        "outside",
        train=[
            *["after [day Monday] please"] * 20,
            *["to [city Rome] now"] * 20,
            "a Monday",
            "to Rome",
        ],
    )

    assert [finding.places for finding in findings] == [
        (Place("train", 42),),
        (Place("train", 41),),
    ]


def test_many_values_of_a_kind_under_o_are_one_finding() -> None:
    cities = [f"city{number}" for number in range(12)]
    labelled = [
        f"{word} [{word} {city}]" for city in cities for word in ("to", "from") for _ in "abc"
    ]
    [finding] = found("outside", train=[*labelled, *[f"not {city}" for city in cities[:10]]][::-1])

    assert finding.message.startswith("10 values of from, to are labelled 60 times, O 10 times")
    assert finding.count == len(finding.places) == len(finding.examples) == 10


def test_a_value_in_a_slot_of_another_kind_is_found_and_of_the_same_is_not() -> None:
    cities = ["Rome", "Oslo", "Bern", "Paris", "Quito"]
    places = [f"from [from {city}]" for city in cities] * 12 + [f"to [to {c}]" for c in cities]
    [finding] = found("two_kinds", train=[*places, "to [name Rome]", "for [name Anna]"])

    assert finding.message == "'Rome' is labelled 13 times (from 12, to 1), name once"
    assert finding.examples == ("train:66  to [name|Rome]",)
    assert finding.fix == "[to|Rome], if it means the same here"


# Slots and tags


def test_rare_slots_are_those_with_fewer_than_ten_training_spans() -> None:
    rare = found(
        "rare", train=["[a x] [a x]"] * 5 + ["[b x]"] * 9 + ["[c x] [c x]"], test=["[b x] [d x]"]
    )

    assert [(finding.count, finding.message) for finding in rare] == [
        (2, "c 2 times: train:15"),
        (9, "b 9 times: train:6, train:7, train:8 and 6 more"),
    ]


def test_tags_that_train_lacks_are_counted_in_each_split() -> None:
    unseen = found(
        "unseen_tag",
        train=["[a x]"],
        validation=["[a x y] [a x]"],
        test=["[a x y z]", "[b x]", "[a x y]"],
    )

    assert [(finding.message, finding.count) for finding in unseen] == [
        ("I-a 3 times: test:1, test:3", 3),
        ("I-a once: validation:1", 1),
        ("B-b once: test:2", 1),
    ]


def test_without_train_nothing_is_compared_with_it() -> None:
    assert validate({"test": [row("[a x]")]}) == []


def test_what_is_read_anew_is_what_load_corpus_gives(tmp_path: Path) -> None:
    corpus = write(tmp_path, train=[{"tokens": ["to", "Rome"], "tags": ["O", "B-a"]}])

    assert validate(load_corpus(corpus).splits) == validate(read_splits(corpus)[0])


words = st.sampled_from(["to", "the", "Rome", ",", "York", "台", "7:30"])
tags = st.sampled_from(["O", "B-a", "I-a", "B-b", "I-b"])
pairs = st.lists(st.tuples(words, tags), min_size=1, max_size=6)


@given(
    st.dictionaries(st.sampled_from(["train", "test"]), st.lists(pairs, min_size=1, max_size=20))
)
def test_any_legal_corpus_can_be_validated(made: dict[str, list[list[tuple[str, str]]]]) -> None:
    """Every place exists and every finding can be written as JSON."""
    splits: Splits = {}
    for split, utterances in made.items():
        splits[split] = []
        for pair in utterances:
            names: list[str] = []
            for _, tag in pair:
                legal = is_legal(names[-1] if names else "O", tag)
                names.append(tag if legal else f"B{tag[1:]}")
            splits[split].append(make_row([word for word, _ in pair], names))

    for finding in validate(splits):
        assert finding.kind in KINDS
        assert json.loads(json.dumps(finding.to_json()))["kind"] == finding.kind
        assert finding.places
        assert all(0 < number <= len(splits[split]) for split, number in finding.places)


# The command


def test_findings_are_grouped_and_cut_to_the_most(
    tmp_path: Path, slotkit_command: Callable[..., Result]
) -> None:
    train = [{"tokens": ["to", "Rome"], "tags": ["O", "I-a"]}, {"tokens": ["x"], "tags": ["I-a"]}]
    train += [{"tokens": ["Oslo"], "tags": ["B-b"]}]
    write(tmp_path, train=train, test=[{"tokens": ["X"], "tags": ["B-a"]}])
    result = slotkit_command("validate", tmp_path, "--most", "1")

    assert result.exit_code == 0
    assert result.stdout == (
        "train            3 utterances, 0 repeat an earlier text\n"
        "test             1 utterances, 0 repeat an earlier text, 1 (100.0 %) stand in train too\n"
        "\n"
        "I- tags that continue nothing: 2\n"
        "  I-a after O, read as B-a\n"
        "    train:1  to [a|Rome]\n"
        "    fix: B-a, as it is read; or let the span begin earlier\n"
        "  … 1 more\n"
        "\n"
        "texts of other splits that stand in train too: 1\n"
        "  test:1 as train:2: X\n"
        "\n"
        "slots with fewer than 10 training spans: 2\n"
        "  b once: train:3\n"
        "  … 1 more\n"
        "\n"
        f"{tmp_path}: 5 findings; --most N shows more of each kind, --json all\n"
    )


def test_a_clean_corpus_has_no_findings(
    tmp_path: Path, slotkit_command: Callable[..., Result]
) -> None:
    rows = [{"tokens": [str(number), "x"], "tags": ["O", "B-a"]} for number in range(10)]
    write(tmp_path, train=rows)
    result = slotkit_command("validate", tmp_path)

    assert result.exit_code == 0
    assert result.stdout.endswith(f"\n\n{tmp_path}: 0 findings\n")


def test_json_holds_everything_with_the_documented_keys(
    tmp_path: Path, slotkit_command: Callable[..., Result]
) -> None:
    write(tmp_path, train=[{"tokens": ["to", "Rome"], "tags": ["O", "I-a"]}, slotted("台北", 0, 2)])
    report = json.loads(slotkit_command("validate", tmp_path, "--json", "--most", "1").stdout)

    assert list(report) == ["corpus", "splits", "counts", "findings"]
    assert list(report["counts"]) == list(KINDS)
    assert report["counts"]["rare"] == 2
    assert sum(report["counts"].values()) == len(report["findings"])
    assert report["findings"][0] == {
        "kind": "continues_nothing",
        "message": "I-a after O, read as B-a",
        "places": [["train", 1]],
        "count": 1,
        "examples": ["train:1  to [a|Rome]"],
        "fix": "B-a, as it is read; or let the span begin earlier",
        "file": None,
        "line": None,
    }


def test_a_corpus_that_cannot_be_read_gives_its_lines_and_what_fits(
    tmp_path: Path, slotkit_command: Callable[..., Result]
) -> None:
    file = write(tmp_path, train=[slotted("to Paris", 2, 8), {"tokens": "x"}]) / "train.jsonl"
    result = slotkit_command("validate", tmp_path)

    assert result.exit_code == 1
    assert "spans that do not fit the tokens: 1\n" in result.stdout
    assert f"  {file}:1: city at 2..8 is ' Paris', in 'to Paris'\n" in result.stdout
    assert "    fix: 3..8, 'Paris'\n" in result.stdout
    assert f'Error: {file}:2: expected "tokens" with "tags"' in result.stderr


def test_a_corpus_that_is_not_there_is_one_line(slotkit_command: Callable[..., Result]) -> None:
    result = slotkit_command("validate", "nowhere", "--json")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: no corpus 'nowhere'")


def test_neither_torch_nor_datasets_is_needed() -> None:
    code = (
        "import sys; from slotkit.corpus.lint import validate\n"
        "from slotkit.corpus.lint.reading import read_splits\n"
        "validate(read_splits('ticket_booking_zh')[0])\n"
        "sys.exit(bool({'torch', 'datasets', 'pyarrow'} & {*sys.modules}))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Real corpora


def test_what_is_known_of_atis_is_found(atis: Path) -> None:
    splits, repairs, _ = read_splits(atis)
    findings = group(validate(splits))
    unseen = [finding for finding in findings["unseen_tag"] if finding.places[0].split == "test"]
    slots = {tag[2:] for one in splits["train"] for tag in one["tags"] if tag != "O"}

    assert repairs == []
    assert len(unseen) == 6
    assert (len(findings["rare"]), len(slots)) == (24, 79)
    assert findings["outside"][0].examples == (
        "train:939  flights from indianapolis nashville memphis to {seattle}",
    )
    lines = (atis / "train" / "seq.in").read_text(encoding="utf-8").splitlines()
    assert lines[939 - 1] == "flights from indianapolis nashville memphis to seattle"


@pytest.mark.parametrize("corpus", ["ticket_booking", "ticket_booking_zh"])
def test_the_bundled_corpora_have_no_certain_mistake(corpus: str) -> None:
    splits, repairs, _ = read_splits(corpus)
    findings = group(validate(splits))

    assert repairs == []
    for kind in KINDS.keys() - {"outside", "two_kinds", "in_train"}:
        assert findings[kind] == []
    for place in (place for finding in findings["in_train"] for place in finding.places):
        # a value alone is soon said again
        assert splits[place.split][place.utterance - 1]["asked"], place


# Names, values and templates


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [
        ("city", "City", "City once"),
        ("from_city", "from-city", "from-city once"),
        ("from.city", "FromCity", "FromCity once"),
        ("caf\u00e9", "cafe\u0301", r"'cafe\u0301' once"),
        ("city", "ci\u200bty", r"'ci\u200bty' once"),
        ("city", "\uff43ity", "\uff43ity once"),
    ],
)
def test_names_that_are_nearly_the_same_are_found(one: str, other: str, shown: str) -> None:
    rows = [make_row(["to", "Rome"], ["O", f"B-{one}"])] * 3
    [finding] = group(validate({"train": [*rows, make_row(["Oslo"], [f"B-{other}"])]}))[
        "near_labels"
    ]

    assert finding.message.startswith(shown)
    assert finding.places == (Place("train", 4),)


@pytest.mark.parametrize(("one", "other"), [("city", "cities"), ("to", "too"), ("a1", "a2")])
def test_other_names_are_no_finding(one: str, other: str) -> None:
    rows = [make_row(["x", "y"], [f"B-{one}", f"B-{other}"])]

    assert group(validate({"train": rows}))["near_labels"] == []


MONTHS = ["May", "June", "July", "August", "October", "March"]


def test_a_value_that_looks_like_another_slots_is_found() -> None:
    rows = [row(f"on [day {month} {day}th]") for day, month in enumerate(MONTHS * 3, 10)]
    rows += [row(f"to [city {name}]") for name in ("Rome", "Oslo", "New York", "Bergen")]
    odd = row("to [city June 12th]")
    [finding] = group(validate({"train": [*rows, odd]}))["lookalike"]

    assert finding.places == (Place("train", len(rows) + 1),)
    assert finding.fix == "[day|June 12th], if it is one"


def test_numbers_and_words_of_both_slots_look_like_nothing() -> None:
    rows = [row(f"at [time {n}]") for n in range(10, 20)] + [row("pay [price 99]")]
    rows += [row(f"on [day {month} first]") for month in MONTHS]
    rows += [row("in [class first]"), row("in [class first row]")]

    assert group(validate({"train": rows}))["lookalike"] == []


def drawn(templates: list[str], cities: list[str]) -> list[Row]:
    """Fill the values of templates, as a grammar does."""
    return [row(one.format(city)) for one in templates for city in cities]


SAID = ["to [city {}]", "fly to [city {}] now", "I want [city {}]", "is [city {}] far", "[city {}]"]
ASKED = ["which way to [city {}]", "a room in [city {}]", "see [city {}] once"]
CITIES = ["Rome", "Oslo", "Lima", "Bergen", "Moss"]


def test_parts_with_the_templates_of_train_are_found() -> None:
    train = drawn(SAID, CITIES)
    [finding] = group(validate({"train": train, "validation": drawn(SAID, ["Voss"] * 5)}))[
        "shared_templates"
    ]

    assert finding.message == "validation: 25 of 25 texts with slots and not in train themselves"
    assert finding.examples[0] == "validation:1  to [city|Voss]  as train:1"


def test_parts_with_templates_of_their_own_are_none() -> None:
    splits = {"train": drawn(SAID, CITIES), "test": drawn(ASKED, CITIES * 2)}
    repeated = {"train": drawn(SAID, CITIES), "test": drawn(SAID, CITIES)}

    assert group(validate(splits))["shared_templates"] == []
    assert group(validate(repeated))["shared_templates"] == []  # which are texts of train
