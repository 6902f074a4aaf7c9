"""Value swapping, on batches made by hand: what may change, and what stays as it is."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slotkit.errors import CorpusError, TrainingError
from slotkit.text.kinds import Value, slot_values
from slotkit.text.spelling import blend, misspell
from slotkit.text.tags import is_legal, spans_of
from slotkit.training import augment
from slotkit.training.augment import CASES, Swapper, add_inside_tags, read_values

# Places stand in two slots, of which one alone has long ones; days in a third. No word of one
# kind is a word of the other, and none is a word outside.
PLACES = ["Taipei", "Tokyo", "Lima", "Cairo", "Oslo", "Rome"]
LINES = [
    *(f"leave {place}/B-from for {other}/B-to" for place in PLACES for other in PLACES),
    "from New/B-from York/I-from on Monday/B-day",
    "leave Buenos/B-from Aires/I-from Centro/I-from please",
    "on Tuesday/B-day morning/I-day to Lima/B-to",
    "on Friday/B-day",
    "what does it cost",
    "Rome/B-to Oslo/B-from",  # two spans side by side
]
TYPOS = "_TYPOS", "_TYPOS_BESIDE"
KIND = {"from": "place", "to": "place", "day": "day"}

Line = tuple[list[str], list[str]]
Values = dict[str, set[Value]]


def parse(line: str) -> Line:
    """Read ``word/tag``, where O is left out."""
    pairs = [word.partition("/")[::2] for word in line.split()]
    return [word for word, _ in pairs], [tag or "O" for _, tag in pairs]


class Bench(NamedTuple):
    """A swapper, and what its numbers mean."""

    swapper: Swapper
    vocabulary: list[str]
    tags: list[str]
    pools: dict[str, set[Value]]

    def swap(self, lines: list[Line], seed: int = 0) -> list[Line]:
        """Exchange the values of utterances."""
        number = {word: n for n, word in reversed(list(enumerate(self.vocabulary)))}
        words = np.array([number[w] for tokens, _ in lines for w in tokens], dtype=np.int64)
        targets = np.array([self.tags.index(t) for _, tags in lines for t in tags], dtype=np.int64)
        lengths = np.array([len(tokens) for tokens, _ in lines], dtype=np.int64)
        before = words.copy(), targets.copy(), lengths.copy()
        new = self.swapper.swap(words, targets, lengths, np.random.default_rng(seed))
        for old, given_ in zip(before, (words, targets, lengths), strict=True):
            np.testing.assert_array_equal(old, given_)  # what is handed in stays
        assert len(new[0]) == len(new[1]) == new[2].sum()
        assert len(new[2]) == len(new[3]) == len(lines)
        ends = np.cumsum(new[2])
        found = [
            (
                [self.vocabulary[n] for n in new[0][end - length : end]],
                [self.tags[n] for n in new[1][end - length : end]],
            )
            for end, length in zip(ends.tolist(), new[2].tolist(), strict=True)
        ]
        for (words_, tags_), line, changed in zip(found, lines, new[3].tolist(), strict=True):
            if not changed:  # but for typos, and for the case of all words
                meant = zip(words_, line[0], strict=True)
                assert all(word.lower() in near(old.lower()) for word, old in meant)
                assert tags_ == line[1]
        return found


def bench(
    lines: list[str] = LINES,
    *,
    p: float = 1.0,
    lists: Values | None = None,
    seed: int = 0,
) -> Bench:
    """Make a swapper from utterances."""
    parsed = [parse(line) for line in lines]
    values = slot_values([words for words, _ in parsed], [tags for _, tags in parsed])
    lists = lists or {}
    merged = {slot: held + Counter(lists.get(slot, ())) for slot, held in values.items()}
    tags = sorted(add_inside_tags({t for _, row in parsed for t in row}, values, lists))
    vocabulary = list(dict.fromkeys(word for words, _ in parsed for word in words))
    pools: dict[str, set[Value]] = {}
    for slot, held in merged.items():
        pools.setdefault(KIND[slot], set()).update(held)
    swapper = Swapper(values, lists, tags, p, vocabulary, seed)
    return Bench(swapper, vocabulary, tags, pools)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be no typos and no other case."""
    for name in TYPOS:
        monkeypatch.setattr(augment, name, 0.0)
    monkeypatch.setattr(augment, "_RECASED", 0.0)


ALL = [parse(line) for line in LINES]


def outside(line: Line) -> list[str]:
    """Return the words outside all spans."""
    return [word for word, tag in zip(*line, strict=True) if tag == "O"]


def slots(line: Line) -> list[str]:
    """Return the slots in order, and a mark for each word between them."""
    words, tags = line
    starts = {span.start: span.slot for span in spans_of(tags)}
    return [starts.get(n, word) for n, word in enumerate(words) if tags[n][0] != "I"]


def values_of(line: Line) -> list[tuple[str, Value]]:
    """Return the values of each slot in order."""
    words, tags = line
    return [(span.slot, tuple(words[span.start : span.end])) for span in spans_of(tags)]


# What is exchanged


@pytest.mark.usefixtures("plain")
def test_spans_get_values_of_their_kind_and_all_else_stays() -> None:
    made = bench()
    for seed in range(20):
        for old, new in zip(ALL, made.swap(ALL, seed), strict=True):
            assert slots(new) == slots(old)
            assert all(is_legal(*pair) for pair in zip(["O", *new[1]], new[1]))  # noqa: B905
            assert len(new[0]) == len(new[1])
            for slot, value in values_of(new):
                assert value in made.pools[KIND[slot]]


@pytest.mark.usefixtures("plain")
def test_every_value_of_a_kind_is_lent_to_every_slot_of_it() -> None:
    """Long ones too, with tags that the slot never had."""
    made = bench()
    seen: dict[str, set[Value]] = {}
    for seed in range(100):
        for line in made.swap(ALL, seed):
            for slot, value in values_of(line):
                seen.setdefault(slot, set()).add(value)

    assert seen == {slot: made.pools[kind] for slot, kind in KIND.items()}
    assert ("Buenos", "Aires", "Centro") in seen["to"]
    assert "I-to" in made.tags


@pytest.mark.usefixtures("plain")
def test_values_are_drawn_evenly() -> None:
    """Once for each value, however often training has it."""
    lines = ["to Taipei/B-to"] * 50 + [f"to {place}/B-to" for place in PLACES]
    made = bench(lines)
    drawn = Counter(
        value
        for seed in range(50)
        for line in made.swap([parse("to Oslo/B-to")] * 60, seed)
        for _, value in values_of(line)
    )

    assert set(drawn) == {(place,) for place in PLACES}
    assert max(drawn.values()) < 1.3 * min(drawn.values())


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_so_many_utterances_are_chosen_and_the_others_are_untouched(p: float) -> None:
    cities: set[Value] = {(f"city{n}",) for n in range(500)}
    many: Values = {"to": cities, "from": cities}
    made = bench(p=p, lists=many)
    lines = [parse("leave Taipei/B-from for Rome/B-to")] * 2000
    new = made.swap(lines)

    # Chosen is an utterance as a whole: both its spans are new, but for one in 500.
    changed = [
        sum(a != b for a, b in zip(values_of(line), values_of(lines[0]), strict=True))
        for line in new
    ]
    assert np.mean([count > 0 for count in changed]) == pytest.approx(p, abs=0.04)
    assert np.mean([count == 2 for count in changed]) == pytest.approx(p, abs=0.05)
    assert all(line == lines[0] for line, count in zip(new, changed, strict=True) if not count)
    assert all(len(line[0]) == 4 or count for line, count in zip(new, changed, strict=True))


@pytest.mark.usefixtures("plain")
def test_utterances_without_slots_and_without_words_stay() -> None:
    lines = [parse("what does it cost"), ([], []), parse("on Friday/B-day"), ([], [])]
    new = bench().swap(lines)

    assert [new[0], new[1], new[3]] == [lines[0], ([], []), ([], [])]
    assert new[2][0][0] == "on"


@pytest.mark.usefixtures("plain")
def test_word_lists_bring_new_values_and_new_words() -> None:
    lists: Values = {"day": {("Sunday",), ("New", "Year's", "Eve")}}
    made = bench(lists=lists)
    assert {"Sunday", "Year's", "Eve"} <= set(made.vocabulary)

    seen = {
        (slot, value)
        for seed in range(60)
        for line in made.swap([parse("on Friday/B-day")] * 5, seed)
        for slot, value in values_of(line)
    }
    assert seen == {
        ("day", value)
        for value in [
            ("Monday",),
            ("Tuesday", "morning"),
            ("Friday",),
            ("Sunday",),
            ("New", "Year's", "Eve"),
        ]
    }


@pytest.mark.usefixtures("plain")
def test_a_word_list_can_make_slots_of_one_kind() -> None:
    """The days of the list are those that the other slot has."""
    lines = [f"back on day{n}/B-return" for n in range(5)] + ["on Friday/B-day"]
    parsed = [parse(line) for line in lines]
    values = slot_values([words for words, _ in parsed], [tags for _, tags in parsed])
    vocabulary = [word for words, _ in parsed for word in words]
    lists: Values = {"day": {(f"day{n}",) for n in range(5)}}
    swapper = Swapper(values, lists, ["B-day", "B-return", "O"], 1.0, vocabulary, 0)
    words = np.array([vocabulary.index("back"), vocabulary.index("on"), vocabulary.index("day0")])

    seen = {
        vocabulary[
            swapper.swap(words, np.array([2, 2, 1]), np.array([3]), np.random.default_rng(n))[0][2]
        ]
        for n in range(60)
    }
    assert seen == {"Friday", *(f"day{n}" for n in range(5))}


def test_the_same_generator_gives_the_same_and_another_another() -> None:
    made, again = bench(), bench()

    assert made.vocabulary == again.vocabulary
    assert made.swap(ALL, 3) == made.swap(ALL, 3) == again.swap(ALL, 3)
    assert made.swap(ALL, 3) != made.swap(ALL, 4)
    assert bench(seed=1).vocabulary != made.vocabulary  # other misspellings


# Typos and case


def test_every_word_may_be_misspelt(monkeypatch: pytest.MonkeyPatch) -> None:
    """In values and beside them: each word of four letters and more, by one letter."""
    for name in TYPOS:
        monkeypatch.setattr(augment, name, 1.0)
    monkeypatch.setattr(augment, "_RECASED", 0.0)
    made = bench()
    misspelt: dict[str, set[str]] = {}
    for seed in range(40):
        for old, new in zip(ALL, made.swap(ALL, seed), strict=True):
            for word, written in zip(outside(old), outside(new), strict=True):
                assert written in near(word)
                misspelt.setdefault(word, set()).add(written)
            for slot, value in values_of(new):
                (meant,) = {
                    one
                    for one in made.pools[KIND[slot]]
                    if len(one) == len(value)
                    and all(w in near(a) for a, w in zip(one, value, strict=True))
                }
                for word, written in zip(meant, value, strict=True):
                    misspelt.setdefault(word, set()).add(written)

    assert all(1 <= len(forms) <= 3 for forms in misspelt.values())
    assert max(map(len, misspelt.values())) == 3  # and not always by the same mistake
    assert misspelt["New"] == {"New"}  # too short
    assert misspelt["leave"] - {"leave"}
    assert sum(forms != {word} for word, forms in misspelt.items()) > len(misspelt) / 2


def test_typos_are_few_in_values_and_beside_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(augment, "_RECASED", 0.0)
    made = bench(p=0.5)
    known = {word for words, _ in ALL for word in words}
    words: dict[str, list[str]] = {"values": [], "beside": []}
    for seed in range(100):
        for new in made.swap(ALL, seed):
            words["values"] += [word for _, value in values_of(new) for word in value]
            words["beside"] += [word for word in outside(new) if len(word) > 3]

    share = {
        name: sum(word not in known for word in some) / len(some) for name, some in words.items()
    }
    # One or three in twenty of the half that is chosen, less where the misspelling changes nothing.
    assert 0.01 < share["values"] < 0.03
    assert 0.04 < share["beside"] < 0.075
    assert all(new[0] == old[0] for old, new in zip(ALL, bench(p=0.0).swap(ALL), strict=True))


# 150 towns, of which some have a word of three letters behind them, and days beside them.
TOWNS = [a + b + c for a in ("Mars", "Olt", "Te") for b in "aeiou" for c in "bdfghklmnp"]
TOWNS = [town + "ia" * (n % 3) for n, town in enumerate(TOWNS)]
DAYS = ("Monday", "Tuesday")
OPEN = [f"to {town}/B-to End/I-to on {DAYS[n % 2]}/B-day" for n, town in enumerate(TOWNS)]


def is_blend(word: str, of: list[str]) -> bool:
    """Tell whether a word is the beginning of one and the end of another, two letters of each."""
    heads = {one[:n] for one in of for n in range(2, len(one) - 1)}
    tails = {one[n:] for one in of for n in range(2, len(one) - 1)}
    return any(word[:n] in heads and word[n:] in tails for n in range(2, len(word) - 1))


@pytest.mark.usefixtures("plain")
def test_words_of_an_open_kind_are_put_together_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(augment, "_BLENDED", 1.0)
    lines = [parse(line) for line in OPEN]
    new = set()
    for words, tags in bench(OPEN).swap(lines):
        assert words[0] == "to"
        assert words[2:4] == ["End", "on"]  # too short, and no value
        assert words[4] in DAYS  # which are not open
        assert is_blend(words[1], TOWNS)
        assert tags == ["O", "B-to", "I-to", "O", "B-day"]
        new.add(words[1])

    assert len(new - set(TOWNS)) > 50


@pytest.mark.usefixtures("plain")
def test_so_many_words_of_an_open_kind_are_blended() -> None:
    lines = [parse(line) for line in OPEN] * 20
    found = [words[1] not in TOWNS for words, _ in bench(OPEN, p=0.5).swap(lines)]

    # Three in ten of the half that is chosen, less where a blend is a town again.
    assert 0.07 < np.mean(found) < 0.15


@pytest.mark.usefixtures("plain")
def test_kinds_of_fewer_words_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(augment, "_BLENDED", 1.0)
    some = OPEN[:99]
    for words, _ in bench(some).swap([parse(line) for line in some]):
        assert words[1] in TOWNS[:99]


@given(word=st.text("abcdé", min_size=4, max_size=9), other=st.text("xyz", min_size=4, max_size=9))
def test_a_blend_has_two_letters_of_each(word: str, other: str) -> None:
    written = blend(word, other, np.random.default_rng(len(word)))
    head = len(written.rstrip("xyz"))

    assert word.startswith(written[:head])
    assert other.endswith(written[head:])
    assert 2 <= head <= len(word) - 2
    assert 2 <= len(written) - head <= len(other) - 2


def test_a_blend_is_in_capitals_where_its_beginning_is() -> None:
    random = np.random.default_rng(0)

    assert blend("ROME", "Oslo", random) == "ROLO"
    assert blend("Rome", "OSLO", random) == "Rolo"


def test_an_utterance_changes_its_case_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in TYPOS:
        monkeypatch.setattr(augment, name, 0.0)
    monkeypatch.setattr(augment, "_RECASED", 1.0)
    made = bench()
    line = parse("leave Taipei/B-from for Rome/B-to what")
    found = set()
    for new in made.swap([line] * 200):
        cased = [change for change in CASES if list(map(change, new[0])) == new[0]]
        assert len(cased) == 1
        assert [cased[0](word) for word in outside(line)] == outside(new)
        assert slots(new)[1::2] == slots(line)[1::2]
        found.add(cased[0])

    assert found == set(CASES)


def test_case_changes_seldom_and_only_where_values_do(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in TYPOS:
        monkeypatch.setattr(augment, name, 0.0)
    line = parse("leave Taipei/B-from for Rome/B-to")

    chosen = bench(p=1.0).swap([line] * 4000)
    assert np.mean([new[0][0] != "leave" for new in chosen]) == pytest.approx(
        0.1 * 2 / 3,
        abs=0.02,  # the third that is in lower case begins as it did
    )
    half = bench(p=0.5).swap([line] * 4000)
    assert np.mean([new[0][0] != "leave" for new in half]) == pytest.approx(0.1 / 3, abs=0.015)
    assert bench(p=0.0).swap([line] * 500) == [line] * 500


# Misspelling


@cache
def near(word: str) -> set[str]:
    """Return the word, and what one letter left out, put in, changed or swapped makes of it."""
    letters = "".join(sorted({w for one in [*PLACES, *LINES] for w in one if w.isalpha()})) + word
    cuts = [(word[:n], word[n:]) for n in range(len(word) + 1)]
    found = {word} | {a + b[1:] for a, b in cuts if b}
    found |= {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    for letter in set(letters):
        found |= {a + letter + b for a, b in cuts} | {a + letter + b[1:] for a, b in cuts if b}
    return found


@given(
    word=st.text(st.characters(categories=["L"]), min_size=4, max_size=9), seed=st.integers(0, 99)
)
def test_a_misspelling_is_one_letter_away(word: str, seed: int) -> None:
    letters = ["a", "b", "c"]
    written = misspell(word, letters, np.random.default_rng(seed))

    assert written[0] == word[0]  # people get the first letter right
    assert written in near(word) | near_by(word, letters)
    assert abs(len(written) - len(word)) <= 1


def near_by(word: str, letters: list[str]) -> set[str]:
    """Return the word with one letter changed into one of these."""
    return {word[:n] + letter + word[n + 1 :] for n in range(len(word)) for letter in letters}


def test_all_four_mistakes_are_made() -> None:
    random = np.random.default_rng(0)
    written = {misspell("abcdef", ["x"], random) for _ in range(2000)}

    left_out = {"acdef", "abdef", "abcef", "abcdf"}
    doubled = {"abbcdef", "abccdef", "abcddef", "abcdeef"}
    another = {"axcdef", "abxdef", "abcxef", "abcdxf"}
    swapped = {"acbdef", "abdcef", "abcedf", "abcdfe"}
    assert written == left_out | doubled | another | swapped


@pytest.mark.parametrize("word", ["", "a", "Osl", "7:30pm", "O'Hare", "1234", "a_bcd", "台北"])
def test_short_words_and_numbers_stay_as_they_are(word: str) -> None:
    random = np.random.default_rng(0)

    assert {misspell(word, ["x"], random) for _ in range(50)} == {word}


# Tags


@pytest.mark.parametrize(
    ("values", "more"),
    [
        ({"to": {("Rome",)}, "day": {("New", "Year")}}, {"I-day"}),
        ({"to": {("Rome",)}, "day": {("Friday",)}}, set()),
        # Of one kind: by five values that both have, or by their name and one.
        (
            {"to": {(p,) for p in PLACES}, "from": {(p,) for p in PLACES} | {("New", "York")}},
            {"I-to", "I-from"},
        ),
        ({"a.city": {("Rome",)}, "b.city": {("Rome",), ("New", "York")}}, {"I-a.city", "I-b.city"}),
        ({"nothing": {("New", "York")}}, set()),  # for training has no such slot
    ],
)
def test_slots_that_may_be_lent_long_values_have_their_inside_tags(
    values: Values, more: set[str]
) -> None:
    tags = {"O"} | {f"B-{slot}" for slot in values if slot != "nothing"}
    counted = {slot: Counter(held) for slot, held in values.items()}

    assert add_inside_tags(tags, counted, {}) == tags | more
    assert add_inside_tags(tags | more, counted, {}) == tags | more


def test_how_often_a_value_is_said_decides_who_lends_to_whom() -> None:
    """Five values are few of many; where they are most of what is said they are enough."""
    shared: dict[Value, int] = {(p,): 1 for p in PLACES[:5]}
    many: dict[Value, int] = {(f"city{n}",): 1 for n in range(20)}
    many[("New", "York")] = 1
    tags = {"O", "B-to", "B-from"}

    assert add_inside_tags(tags, {"to": shared, "from": shared | many}, {}) == tags | {"I-from"}
    often = dict.fromkeys(shared, 9)
    both = {"to": often, "from": often | many}
    assert add_inside_tags(tags, both, {}) == tags | {"I-from", "I-to"}


def test_a_long_word_list_does_not_part_a_kind() -> None:
    """A list for one slot serves the others of its kind too."""
    made = bench(lists={"to": {("Old", f"city{n}") for n in range(500)}})
    came = [
        value
        for seed in range(5)
        for line in made.swap([parse("leave Rome/B-from")] * 5, seed)
        for slot, value in values_of(line)
        if slot == "from"
    ]

    assert any(value[0] == "Old" for value in came)


# Word lists


def write(path: Path, content: str | bytes) -> Path:
    """Write a file."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_list_has_a_value_a_line(tmp_path: Path) -> None:
    places = write(tmp_path / "places", "Rome\nNew York\nSt. Louis\n")
    more = write(tmp_path / "more", "\ufeffLima\r\nRome")  # a mark, and no last line break
    days = write(tmp_path / "a=b", "  Friday \n")

    read = read_values([f"to={places}", f"to={more}", f"day={days}"], ["to", "day"], "whitespace")

    assert read == {
        "to": {("Rome",), ("New", "York"), ("St.", "Louis"), ("Lima",)},
        "day": {("Friday",)},
    }
    assert read_values([], ["to"], "words") == {}


def test_values_are_cut_as_the_corpus_is(tmp_path: Path) -> None:
    path = write(tmp_path / "list", "台北\n")

    assert read_values([f"to={path}"], ["to"], "characters") == {"to": {("台", "北")}}
    assert read_values([f"to={path}"], ["to"], "whitespace") == {"to": {("台北",)}}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Rome\n\nLima\n", ":2: must hold a value, got an empty line"),
        ("Rome\n \t\n", ":2: must hold a value, got an empty line"),
        ("Rome\n\n", ":2: must hold a value, got an empty line"),
        ("", ": must hold a value a line, got an empty file"),
        (b"Rome\nLima\ncaf\xe9\n", ":3: not UTF-8"),
    ],
)
def test_what_is_wrong_with_a_list_is_said_with_its_line(
    content: Any, message: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "list.txt", content)

    with pytest.raises(CorpusError, match=f"^{re.escape(str(path) + message)}$"):
        read_values([f"to={path}"], ["to"], "words")


def test_a_list_that_is_not_there_or_for_no_slot_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "list.txt", "Rome\n")

    with pytest.raises(CorpusError, match=r"none: cannot be read: No such file"):
        read_values([f"to={tmp_path / 'none'}"], ["to"], "words")
    with pytest.raises(CorpusError, match="cannot be read: Is a directory"):
        read_values([f"to={tmp_path}"], ["to"], "words")
    with pytest.raises(TrainingError, match=r"^values: unknown slot 'too'; choose from day, to$"):
        read_values([f"too={path}"], ["day", "to"], "words")
