"""Types of slots, the values that are no moments, and ``slotkit resolve``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from slotkit.errors import CorpusError
from slotkit.values import Type, make_type, read_types, resolve

Run = Callable[..., Result]


# Numbers and money


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("two hundred thousand three hundred", 200_300),
        ("half a dozen", 6),
        ("-3", -3),
        ("我们三个", 3),
        ("2.5万", 25_000),
        ("99999999999999999999", 99999999999999999999),
        ("no one", None),
        ("1/2", None),
        ("十几", None),
        ("\u22123", -3),
        ("none", None),
        ("2½", None),
        ("a trio", 3),
        ("a few seats", None),
        ("a handful of us", None),
        ("a lot of us", None),
        ("a family", None),
        ("a family of five", 5),
        ("a child", 1),
        ("several hundred", None),
        ("some 20 people", 20),
        ("a group of twelve", 12),
    ],
)
def test_a_number_is_read_or_it_is_none(text: str, value: Any) -> None:
    assert resolve(text, "number").value == value


def test_what_says_no_number_is_no_guess() -> None:
    assert resolve("a few", "number").reason == "few is no number"
    assert resolve("a few hundred euros", "money").value is None
    assert resolve("some 200 euros", "money").value == {"amount": 200, "currency": "EUR"}


def test_two_numbers_are_none_and_both_are_kept() -> None:
    assert resolve("2 adults and 1 child", "number").alternatives == [2, 1]
    assert resolve("两三个", "number").alternatives == [2, 3]


def test_the_second_last_is_counted_from_the_end() -> None:
    assert resolve("second last", "ordinal").value == -2


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("三块五", 3.5),
        ("五块五毛", 5.5),
        ("两块五毛钱", 2.5),
        ("三元五角", 3.5),
        ("三块零五", 3.05),
        ("三块五分", 3.05),
        ("五毛", 0.5),
    ],
)
def test_money_has_change(text: str, amount: float) -> None:
    assert resolve(text, "money").value == {"amount": amount, "currency": "CNY"}


def test_what_is_counted_behind_money_is_no_change() -> None:
    assert resolve("五百块两张", "money").value is None


def test_money_without_a_currency_takes_that_of_the_type() -> None:
    assert resolve("80", "money").value == {"amount": 80, "currency": None}
    assert resolve("80", "money").reason == "no currency is said"
    euros = Type("money", currency="EUR")
    assert resolve("80", euros)[1:] == ({"amount": 80, "currency": "EUR"}, [], "EUR is assumed")
    assert resolve("$80", euros).value == {"amount": 80, "currency": "USD"}


def test_a_sign_of_two_currencies_is_read_by_the_language() -> None:
    assert resolve("¥300", "money", language="zh").value["currency"] == "CNY"
    assert resolve("¥300", "money", language="en").value["currency"] == "JPY"
    assert resolve("300元", "money").value["currency"] == "CNY"
    assert resolve("300塊", "money").value["currency"] == "TWD"


# Names


SEAT = Type("choice", {"window": ["by the window", "靠窗"], "aisle": []}, pattern="[0-9]+[A-F]")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Window", "window"),
        ("a window seat, please", "window"),
        ("靠窗的座位", "window"),
        ("by the widnow", "window"),
        ("14c", "14C"),
        ("not by the window", None),
        ("aisle or window", None),
        ("on the roof", None),
    ],
)
def test_a_choice_is_read_by_its_names(text: str, value: str | None) -> None:
    assert resolve(text, SEAT).value == value


def test_a_place_is_read_by_your_list_then_by_common_names() -> None:
    place = Type("place", {"New York City": ["nyc"]})

    assert resolve("NYC", place).value == "New York City"
    assert resolve("nyc", "place").value == resolve("紐約", "place").value == "New York"
    unknown = resolve("Much  Wenlock", "place")
    assert unknown.value == "Much Wenlock"
    assert unknown.reason == "in no list of places: as it was said"


def test_a_code_is_checked_by_its_pattern() -> None:
    service = Type("code", pattern="[A-Z]{1,3}[0-9]{1,4}")

    assert resolve("ice-571", service).value == "ICE571"
    assert resolve("g 102次", service).value == "G102"
    assert resolve("571", service).reason == "'571' does not look like a code"


# Types


def test_the_bundled_types_are_those_of_the_ticket_corpora() -> None:
    types = read_types()
    corpora = Path(__file__).resolve().parent.parent / "corpora"

    for corpus in ("ticket_booking", "ticket_booking_zh"):
        for line in (corpora / corpus / "train.jsonl").read_text(encoding="utf-8").splitlines():
            assert {slot["name"] for slot in json.loads(line)["slots"]} <= set(types)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('a = "date"\nb = "dat"\n', ":2: b: unknown kind 'dat'; choose from choice, code,"),
        ("[a]\n\n[b]\nvalues = []\n", ":1: a: type is missing; choose from choice,"),
        ('a = "choice"', ":1: a: a choice needs values"),
        ('[a]\ntype = "date"\npatern = "x"', ":1: a: unknown option 'patern'; choose from values"),
        ('[a]\ntype = "date"\npattern = "x"', ":1: a: pattern goes with choice and code, not"),
        ('[a]\ntype = "code"\npattern = "("', ":1: a: pattern is no regular expression: "),
        ('[a]\ntype = "choice"\nvalues.x = "y"', ":1: a: values must be a list, or each value"),
        ('[a]\ntype = "money"\ncurrency = 3', ":1: a: currency must be a text, got 3"),
        ("a = 3", ":1: a: expected a kind or a table, got 3"),
        ('a = "date"\na = ', ":2: no TOML: "),
    ],
)
def test_a_bad_type_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "types.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(CorpusError) as refused:
        read_types(path)
    assert str(refused.value).startswith(f"{path}{said}")


def test_types_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "types.toml"
    path.write_text('day = "date"\n[size]\ntype = "choice"\nvalues = ["small", "large"]\n')

    types = read_types(path)
    assert resolve("large one", types["size"]).value == "large"
    assert make_type("date").kind == types["day"].kind == "date"


# The command


def test_the_command_prints_the_value_and_other_readings(slotkit_command: Run) -> None:
    result = slotkit_command("resolve", "5/12", "--type", "date", "--now", "2026-11-25")
    assert result.stdout == "2027-05-12\nor 2026-12-05\n"
    result = slotkit_command("resolve", "靠窗", "--type", "seat", "--json")
    assert json.loads(result.stdout)["value"] == "window"


def test_the_command_says_why_it_cannot_read(slotkit_command: Run) -> None:
    result = slotkit_command("resolve", "february 30", "--type", "departure_date")
    assert result.exit_code == 1
    assert "'february 30' is no date that can be read: February has no day 30" in result.stderr


def test_the_command_takes_types_of_a_file(slotkit_command: Run, tmp_path: Path) -> None:
    path = tmp_path / "types.toml"
    path.write_text('[size]\ntype = "choice"\nvalues = ["small", "large"]\n')

    result = slotkit_command("resolve", "smal", "--type", "size", "--types", path)
    assert result.stdout == "small\n"
    assert result.stderr == "'smal' read as 'small'\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--type", "sea"], "unknown type 'sea'; choose from code, "),
        (["--type", "choice"], "a choice needs values: name a slot; choose from code, "),
        (["--type", "date", "--now", "soon"], "as 2026-11-28T10:00, or now, got 'soon'"),
    ],
)
def test_the_command_refuses_bad_options(
    slotkit_command: Run, options: list[str], said: str
) -> None:
    result = slotkit_command("resolve", "today", *options)
    assert result.exit_code == 2
    assert said in result.stderr
