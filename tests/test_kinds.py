"""Which slots hold the same kind of value, by hand-counted values."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import pytest

from slotkit.text.kinds import Value, find_kinds, slot_values


def held(shared: int, own: int, *, of: str = "x") -> Counter[Value]:
    """Count values, each once: `shared` that any slot may have, and `own` of this one."""
    return Counter([(f"shared{n}",) for n in range(shared)] + [(f"{of}{n}",) for n in range(own)])


def alike(one: Counter[Value], other: Counter[Value], names: tuple[str, str] = ("a", "b")) -> bool:
    """Tell whether two slots with these values are of one kind."""
    kinds = find_kinds(dict(zip(names, (one, other), strict=True)))
    return kinds[names[0]] == kinds[names[1]]


def test_values_are_counted_as_they_are_written() -> None:
    tokens = [["to", "New", "York"], ["from", "new", "york", "to", "Rome"], ["New", "York"]]
    tags = [
        ["O", "B-to", "I-to"],
        ["O", "B-from", "I-from", "O", "B-to"],
        ["B-to", "I-to"],
    ]

    assert slot_values(tokens, tags) == {
        "to": {("New", "York"): 2, ("Rome",): 1},
        "from": {("new", "york"): 1},
    }
    assert slot_values([["hello"]], [["O"]]) == {}


def test_utterances_and_tags_must_be_as_many() -> None:
    with pytest.raises(ValueError, match="zip"):
        slot_values([["a"], ["b"]], [["O"]])


@pytest.mark.parametrize(
    ("shared", "own_of_one", "own_of_other", "same"),
    [
        (5, 15, 15, True),  # a quarter of both, and five different values
        (5, 16, 15, False),  # less than a quarter of the one
        (5, 15, 16, False),  # or of the other
        (4, 0, 0, False),  # all, but only four
        (5, 0, 0, True),
        (0, 5, 5, False),
        (8, 0, 24, True),
        (8, 0, 25, False),  # a small slot within a large one
    ],
)
def test_slots_that_share_enough_are_of_one_kind(
    shared: int, own_of_one: int, own_of_other: int, same: bool
) -> None:
    one, other = held(shared, own_of_one, of="p"), held(shared, own_of_other, of="q")

    assert alike(one, other) is same
    assert alike(other, one) is same


@pytest.mark.parametrize(
    ("shared", "own", "same"), [(1, 9, True), (1, 10, False), (0, 3, False), (2, 18, True)]
)
def test_namesakes_need_to_share_less(shared: int, own: int, same: bool) -> None:
    """A tenth, and one value is enough."""
    one, other = held(shared, own, of="p"), held(shared, own, of="q")

    assert alike(one, other, ("from.city", "to.city")) is same
    assert alike(one, other, ("from_city", "to.city")) is same
    assert not alike(one, other, ("from.city", "to.town"))
    assert not alike(one, other, ("city.from", "city.to"))


def test_shares_are_of_occurrences_and_not_of_different_values() -> None:
    """Five of a hundred values, but what is mostly said."""
    often = Counter({(f"shared{n}",): 100 for n in range(5)}) + held(0, 95, of="p")
    seldom = held(5, 0) + Counter({(f"q{n}",): 100 for n in range(5)})

    assert alike(often, often + held(0, 95, of="q"))
    assert not alike(often, seldom)


def test_case_does_not_matter_and_words_do() -> None:
    lower: Counter[Value] = Counter({("new", f"city{n}"): 1 for n in range(5)})
    upper: Counter[Value] = Counter({("New", f"City{n}"): 1 for n in range(5)})
    shorter: Counter[Value] = Counter({(f"City{n}",): 1 for n in range(5)})

    assert alike(lower, upper)
    assert not alike(lower, shorter)


def test_kinds_are_passed_on_and_named_after_the_most_frequent_slot() -> None:
    """Where a shares with b and b with c, all three are one kind, in whatever order they come."""
    first, last = held(0, 6, of="p"), held(0, 7, of="q")
    values = {"a": first, "b": first + last, "c": last + last, "day": held(3, 0)}
    assert not alike(values["a"], values["c"])

    for order in permutations(values):
        kinds = find_kinds({slot: values[slot] for slot in order})
        assert list(kinds) == list(order)
        assert kinds == {"a": "c", "b": "c", "c": "c", "day": "day"}


def test_slots_without_values_are_kinds_of_their_own() -> None:
    assert find_kinds({}) == {}
    empty: Counter[Value] = Counter()
    assert find_kinds({"from.city": empty, "to.city": empty}) == {
        "from.city": "from.city",
        "to.city": "to.city",
    }


def test_a_value_of_no_count_is_none() -> None:
    """As subtracting counters leaves them."""
    nothing: Counter[Value] = Counter({(f"shared{n}",): 0 for n in range(9)})

    assert not alike(nothing, held(9, 0))
