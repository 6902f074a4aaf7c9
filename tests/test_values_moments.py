"""Dates and times: conventions, intervals, other readings, and what cannot be read."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slotkit.values import KINDS, Resolved, resolve
from slotkit.values.words_en import FILLERS, PHRASES, WORDS
from slotkit.values.words_zh import WORDS as CHINESE

NOW = "2026-11-25T10:30"  # a Wednesday


def read(text: str, kind: str = "date", **options: Any) -> Resolved:
    """Resolve with the moment of speaking of these tests."""
    return resolve(text, kind, **{"now": NOW} | options)


# Other readings


def test_5_12_is_read_by_the_language_and_the_other_way_round_is_kept() -> None:
    assert read("5/12") == ("date", "2027-05-12", ["2026-12-05"], None)
    assert read("5/12", day_first=True) == ("date", "2026-12-05", [], None)
    assert read("5/12/2027", language="zh")[1:3] == ("2027-12-05", ["2027-05-12"])
    assert read("12/24").alternatives == []


def test_a_clock_of_twelve_hours_leaves_the_other_half_of_the_day_open() -> None:
    assert read("at 8", "time")[1:3] == ("08:00", ["20:00"])
    assert read("8点", "time")[1:3] == ("08:00", ["20:00"])
    assert read("08:00", "time").alternatives == []
    assert read("8 in the evening", "time").alternatives == []


def test_next_friday_is_of_next_week_and_the_coming_one_is_kept() -> None:
    assert read("next friday")[1:3] == ("2026-12-04", ["2026-11-27"])
    assert read("下周五")[1:3] == ("2026-12-04", [])


def test_what_has_not_passed_goes_first() -> None:
    """At half past ten, "today at 8" is in the evening, and "wednesday at 9" next week."""
    assert read("today at 8", "datetime").value == "2026-11-25T20:00"
    assert read("wednesday at 9 am", "datetime").value == "2026-12-02T09:00"


def test_a_weekday_that_is_not_that_of_the_date_is_said() -> None:
    found = read("monday december 8th")

    assert found.value == "2026-12-08"
    assert found.alternatives == ["2026-12-07"]
    assert found.reason == "2026-12-08 is a Tuesday, no Monday"


def test_a_word_that_was_misspelt_is_said() -> None:
    assert read("wensday").reason == "'wensday' read as 'wednesday'"


def test_a_day_that_is_left_out_is_said() -> None:
    assert read("in 25 hours", "time")[1:] == ("11:30", [], "the day is left out")
    assert read("in 2 hours", "time")[1:] == ("12:30", [], None)


def test_a_number_alone_is_what_the_kind_says() -> None:
    assert read("15").value == "2026-12-15"
    assert read("15", "time").value == "15:00"
    assert read("7", "datetime")[1:3] == ("2026-12-07", ["07:00", "19:00"])


# Intervals


def test_intervals_end_before_their_end() -> None:
    weekend = {"from": "2026-11-28", "to": "2026-11-30", "grain": "day"}
    assert read("this weekend").value == read("周末").value == weekend
    assert read("between the 3rd and the 5th").value["to"] == "2026-12-06"
    assert read("between 8 and 10", "time").value["to"] == "10:00"


def test_an_open_interval_has_one_end() -> None:
    assert read("after 8 pm", "time").value == {"from": "20:00", "to": None, "grain": "hour"}
    assert read("before friday").value == {"from": None, "to": "2026-11-27", "grain": "day"}
    assert read("明天8点以后", "datetime").value["to"] == "2026-11-27T00:00"


def test_the_part_of_the_day_at_one_end_holds_for_the_other() -> None:
    assert read("8 to 10 pm", "time").value["from"] == "20:00"
    assert read("下午两点到四点", "time").value["to"] == "16:00"
    assert read("11 to 1", "time").value == {"from": "11:00", "to": "13:00", "grain": "hour"}


# What is asked for


def test_future_false_takes_what_lies_behind() -> None:
    assert read("friday", future=False).value == "2026-11-20"
    assert read("march 5", future=False).value == "2026-03-05"
    assert read("march 5").value == "2027-03-05"


def test_a_week_may_begin_on_sunday() -> None:
    sunday = "2026-11-29"
    assert read("next friday", now=sunday).value == "2026-12-04"
    assert read("next friday", now=sunday, first_weekday=6).value == "2026-12-11"


def test_now_is_brought_to_the_time_zone() -> None:
    moment = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)
    assert read("today", now=moment, time_zone="Asia/Taipei").value == "2026-11-26"
    west = timezone(timedelta(hours=-5))
    assert read("today", now=moment, time_zone=west).value == "2026-11-25"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"kind": "dat"}, "unknown kind 'dat'; choose from choice, code, date, "),
        ({"now": date(2026, 11, 25)}, "now must be a datetime, or one in ISO 8601, got "),
        ({"now": "soon"}, "now must be a moment in ISO 8601, got 'soon'"),
        ({"language": "fr"}, "unknown language 'fr'; choose from en, zh"),
        ({"time_zone": "Taipei"}, "unknown time zone 'Taipei'; expected one as Asia/Taipei"),
        ({"first_weekday": 7}, "first_weekday must be 0 to 6, got 7"),
    ],
)
def test_bad_arguments_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read("today", **options)


# What cannot be read


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        ("February 30", "date", "February has no day 30"),
        ("29 feb 2027", "date", "February 2027 has no day 29"),
        ("2月30日", "date", "February has no day 30"),
        ("13/13", "date", "neither 13 nor 13 is a month"),
        ("25:00", "time", "no clock shows 25:00"),
        ("8pm", "date", "a time of the day, no date"),
        ("tomorrow", "time", "a date, no time of the day"),
        ("blue", "date", "'blue' is no word of a date"),
        ("十二月或者一月", "date", "'或' is no word of a date"),
        ("next week at 5", "datetime", "a time, but not of which day"),
        ("five days", "date", "'days' does not go with the rest"),
        ("the", "date", "nothing is said"),
        ("", "date", "nothing is said"),
        ("x" * 201, "date", "longer than 200 characters"),
        ("in 99999999999 days", "date", "that is outside of the calendar"),
        ("9999999999999 days", "duration", "'9999999999999' is no word of a duration"),
        ("差七十分三点", "time", "'差' does not go with the rest"),
        ("five quarters to 8", "time", "'five' does not go with the rest"),
        ("tomorrow morning at 15:00", "datetime", "15:00 is not in the morning"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, kind: str, reason: str) -> None:
    found = read(text, kind)

    assert found.value is None
    assert found.reason == reason


@pytest.mark.parametrize(
    "text", ["tomorrow", "friday", "march 5", "5/5/27", "in two hours", "今天"]
)
def test_without_now_what_needs_it_is_not_read(text: str) -> None:
    found = read(text, "datetime", now=None)

    assert found.value is None
    assert found.reason == "this can only be read with the moment of speaking (now)"


def test_without_now_a_whole_date_is_read() -> None:
    assert read("5 march 2027", now=None).value == "2027-03-05"
    assert read("8 pm", "time", now=None).value == "20:00"


def test_a_century_is_never_wrong() -> None:
    assert read("5/5/89").value == "1989-05-05"
    assert read("5/5/27").value == "2027-05-05"


def test_a_festival_by_the_moon_needs_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lunar_python", None)

    assert read("christmas").value == "2026-12-25"
    assert read("中秋节")[1:] == (None, [], 'this needs "pip install slotkit[holidays]"')


# Whatever comes


@given(st.dates(date(1000, 1, 1), date(2999, 12, 31)))
def test_every_day_is_read_as_it_is_written(day: date) -> None:
    for text in (str(day), f"{day.year}年{day.month}月{day.day}日", f"{day:%d %B} {day.year:04}"):
        assert read(text).value == day.isoformat()


@given(st.times())
def test_every_time_is_read_as_it_is_written(clock: Any) -> None:
    assert read(f"{clock:%H:%M}", "time").value == f"{clock:%H:%M}"
    assert read(f"{clock:%I:%M %p}", "time").value == f"{clock:%H:%M}"


WORDS_AND_NUMBERS = [*WORDS, *PHRASES, *FILLERS, *map(str, range(40)), *"/.:-", "2026", "0830"]


@given(
    st.lists(st.sampled_from(WORDS_AND_NUMBERS), max_size=6).map(" ".join)
    | st.lists(st.sampled_from([*CHINESE, *"零一二十百万"]), max_size=6).map("".join)
    | st.text(max_size=30),
    st.sampled_from([one for one in KINDS if one != "choice"]),
    st.sampled_from([None, "2024-02-29T23:59", "2023-12-31T12:00"]),
)
def test_whatever_is_said_gives_a_value_or_a_reason(text: str, kind: str, now: str | None) -> None:
    found = resolve(text, kind, now=now)

    assert (found.value is not None) or found.reason
    json.dumps(found.to_json())
    if isinstance(found.value, dict) and found.value.get("from") and found.value.get("to"):
        start, end = found.value["from"], found.value["to"]
        assert start <= end or len(start) == 5  # times may go past midnight
