"""Frames: what a file of them may hold, checks between values, schemas for tools."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from slotkit.errors import CorpusError
from slotkit.frames import Check, Frame, Frames, FrameSlot, read_frames
from slotkit.frames.schema import Problem, check_arguments, tool_schema
from slotkit.frames.sentences import KINDS as CALLED
from slotkit.frames.sentences import SENTENCES
from slotkit.frames.shapes import fits
from slotkit.frames.words import STEERS, fold, steer
from slotkit.values import KINDS, Type

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 2, 10)

FILE = """languages = ["en"]

[slots.city]
type = "place"
called.en = "city"
ask.en = "Which city?"

[slots.day]
type = "date"
called.en = "day"
ask.en = "Which day?"

[slots.until]
type = "date"
called.en = "last day"

[frames.weather]
title.en = "tell the weather"
required = ["city", "day"]
optional = ["until"]
confirm.en = "{city}, {day}{rest}?"
done.en = "Here it is."

[[frames.weather.checks]]
that = "until >= day"
say.en = "It ends before it begins."
"""


def read(text: str, folder: Path) -> Frames:
    """Read frames from a file with a text."""
    path = folder / "frames.toml"
    path.write_text(text, encoding="utf-8")
    return read_frames(path)


# Files


def test_a_file_says_what_python_says(tmp_path: Path) -> None:
    found = read(FILE, tmp_path)
    slot = FrameSlot("city", found.slots["city"].type, {"en": "city"}, {"en": "Which city?"})

    assert found.slots["city"] == slot
    assert slot.kind == Type("place").kind
    assert found.frames["weather"] == Frame(
        "weather",
        ("weather",),
        {"en": "tell the weather"},
        ("city", "day"),
        {"en": "{city}, {day}{rest}?"},
        {"en": "Here it is."},
        optional=("until",),
        checks=(Check("until >= day", {"en": "It ends before it begins."}),),
    )
    assert found.question(found.frames["weather"], "city", "en") == "Which city?"
    assert found.question(found.frames["weather"], "until", "en") is None


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('"place"', '"town"', 4, "slots.city.type: unknown kind 'town'; choose from "),
        ('"place"', "3", 4, "slots.city.type: expected a kind or a table, got 3"),
        ('["en"]', '["en", "zh"]', 5, "slots.city.called: no text in 'zh', one of the languages"),
        ('["en"]', '["fr"]', 1, "languages: unknown language 'fr'; choose from en, zh"),
        ('["en"]', "[]", 1, "languages: expected at least one of en, zh"),
        ('ask.en = "Which day?"\n', "", 8, "slots.day.ask: no text in 'en', one of the languages"),
        ("until >= day", "until >= dy", 25, "unknown slot 'dy'; choose from city, day, until"),
        ("until >= day", "until is late", 25, "a check must be two slots"),
        ("until >= day", "until >= city", 25, "compares date with place"),
        ("until >= day", "until >= 3", 25, "compares date"),
        ("until >= day", "city > city", 25, "compares place with place"),
        ('["until"]', '["til", "until"]', 20, "unknown slot 'til'; choose from city, day, until"),
        ('["until"]', '["day"]', 19, "frames.weather.required: slot 'day' stands there twice"),
        ("{day}", "{until}", 21, "{until} is no value of this text; choose from city, day, rest"),
        ("{day}", "{day:x}", 21, "expected {day} alone in braces"),
        ("{day}", "{day", 21, "frames.weather.confirm: "),
        ("title.en", "titel.en", 18, "frames.weather.titel: unknown key 'titel'; choose from "),
        ('= "day"', '= "day"\ncombine = "max"', 11, "unknown way 'max'; choose from sum, interval"),
        ('= "day"', '= "day"\ncombine = "sum"', 11, "sum is for one value of type number"),
        ('= "day"', '= "day"\nmany = 1', 11, "slots.day.many: expected a bool, got 1"),
        ('= "day"', '= "day"\ncues.en = ["on"]', 11, "expected words around one _"),
        ('= "day"', '= "day"\nunreadable.en = "{x}"', 11, "{x} is no value of this text"),
        ("called.en", "called.fr", 5, "slots.city.called: unknown language 'fr'; choose from en"),
        ("[slots.city]", "[slots.city", 3, "no TOML: "),
        ('["until"]', '"until"', 20, "frames.weather.optional: expected a list of strings"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    with pytest.raises(CorpusError) as told:
        read(FILE.replace(old, new, 1), tmp_path)

    assert said in str(told.value)
    assert (told.value.path, told.value.line) == (tmp_path / "frames.toml", line)


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    assert list(read(f"\ufeff{FILE}", tmp_path).frames) == list(read(FILE, tmp_path).frames)


def test_two_frames_have_no_intent_in_common(tmp_path: Path) -> None:
    other = FILE[FILE.index("[frames.weather]") :].replace("frames.weather", "frames.climate")
    other = other.replace("title.en", 'intents = ["weather"]\ntitle.en')

    with pytest.raises(CorpusError, match="'weather' is one of frame 'weather' already"):
        read(f"{FILE}\n{other}", tmp_path)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_bytes(b"languages = ['\xff']")

    with pytest.raises(CorpusError, match="not UTF-8 at byte 15"):
        read_frames(tmp_path / "bad.toml")
    with pytest.raises(CorpusError, match="cannot be read: No such file"):
        read_frames(tmp_path / "none.toml")
    with pytest.raises(CorpusError, match="frames: expected at least one frame"):
        read('languages = ["en"]', tmp_path)


def test_the_bundled_frames_are_of_the_bundled_corpora() -> None:
    frames = read_frames()

    assert list(frames.frames) == ["book", "change", "cancel"]
    assert frames.languages == ("en", "zh")
    assert all(slot.kind != "text" or name == "carrier" for name, slot in frames.slots.items())


def test_the_file_in_the_docs_is_one(tmp_path: Path) -> None:
    page = (HERE.parent / "docs" / "bot.md").read_text(encoding="utf-8")

    frames = read(page.partition("```toml\n")[2].partition("```")[0], tmp_path)

    assert list(frames.frames) == ["repair"]


# Checks


@pytest.mark.parametrize(
    ("that", "values", "holds"),
    [
        ("a >= b", {"a": "2026-11-06", "b": "2026-11-06"}, True),
        ("a > b", {"a": "2026-11-06", "b": "2026-11-06"}, False),
        ("a <= b", {"a": "2026-11-07", "b": "2026-11-06"}, False),
        ("a < b", {"a": 1, "b": 2}, True),
        ("a == b", {"a": "Rome", "b": "Rome"}, True),
        ("a != b", {"a": "Rome", "b": "Rome"}, False),
        ("a >= 1", {"a": 0}, False),
        ("a >= 1", {"a": {"amount": 2, "currency": "EUR"}}, True),
        ("a >= b", {"b": 3}, True),
        ("a >= b", {"a": None, "b": 3}, True),
        ("a >= b", {"a": {"from": "08:00", "to": "10:00", "grain": "hour"}, "b": "09:00"}, True),
        ("a > b", {"a": {"from": "08:00", "to": "10:00", "grain": "hour"}, "b": "11:00"}, False),
        ("a < b", {"a": {"from": None, "to": "10:00", "grain": "hour"}, "b": "07:00"}, True),
        ("a == b", {"a": {"from": "08:00", "to": None, "grain": "hour"}, "b": "07:00"}, False),
        (
            "a > b",
            {"a": {"amount": 1, "currency": "EUR"}, "b": {"amount": 2, "currency": "USD"}},
            True,
        ),
    ],
)
def test_a_check_holds(that: str, values: dict[str, Any], holds: bool) -> None:
    assert Check(that, {}).holds(values) is holds


# Values


@pytest.mark.parametrize(
    ("kind", "value", "is_one"),
    [
        ("date", "2026-02-30", False),
        ("date", "2026-2-3", False),
        ("date", 3, False),
        ("date", {"from": "2026-11-07", "to": "2026-11-09", "grain": "day"}, True),
        ("date", {"from": "2026-11-07", "to": "2026-11-09"}, False),
        ("date", {"from": None, "to": None, "grain": "day"}, False),
        ("time", "23:59", True),
        ("time", "25:00", False),
        ("datetime", "2026-11-06T08:00", True),
        ("duration", "PT1H30M", True),
        ("duration", "P", False),
        ("number", 2.5, True),
        ("number", float("nan"), False),
        ("money", {"amount": 80, "currency": None}, True),
        ("money", {"amount": "80", "currency": "EUR"}, False),
        ("place", "Rome", True),
        ("place", "", False),
    ],
)
def test_values_of_a_kind_are_told(kind: str, value: Any, is_one: bool) -> None:
    assert fits(value, kind) is is_one


# Sentences and words


def test_every_sentence_is_there_in_every_language() -> None:
    for table in (SENTENCES, CALLED):
        keys = [set(sentences) for sentences in table.values()]
        assert all(one == keys[0] for one in keys)
    assert set(CALLED["en"]) == set(KINDS)


def test_what_steers_is_written_folded_and_once() -> None:
    phrases = [phrase for several in STEERS.values() for phrase in several]

    assert [fold(phrase) for phrase in phrases] == phrases
    assert len(set(phrases)) == len(phrases)
    for name, several in STEERS.items():
        assert {steer(f"  {phrase.upper()}!  ") for phrase in several} == {name}


# Conversations


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_conversations_are_of_the_bundled_frames(language: str) -> None:
    text = (HERE / f"conversations_{language}.jsonl").read_text(encoding="utf-8")
    found = [json.loads(line) for line in text.splitlines()]
    frames = read_frames()

    assert len({one["name"] for one in found}) == 40
    for one in found:
        datetime.fromisoformat(one["now"])
        assert all(isinstance(turn, str) for turn in one["turns"])
        if one["intent"] is None:
            assert one["frame"] == {}
            continue
        assert {*frames.frames[one["intent"]].required} <= set(one["frame"])
        for name, value in one["frame"].items():
            slot = frames.slots[name]
            assert isinstance(value, list) is slot.many
            assert all(fits(v, slot.kind) for v in (value if slot.many else [value])), one["name"]


# Tools


def test_a_frame_is_a_tool() -> None:
    schema = tool_schema(read_frames(), "book", "zh")
    parameters = schema["parameters"]

    assert json.loads(json.dumps(schema)) == schema
    assert schema["description"] == "订票"
    assert parameters["required"] == ["destination", "departure", "departure_date", "tickets"]
    assert parameters["properties"]["tickets"]["type"] == "number"
    assert parameters["properties"]["passenger"]["type"] == "array"
    assert parameters["additionalProperties"] is False


GOOD = {
    "destination": "Rome",
    "departure": "Milan",
    "departure_date": "tomorrow",
    "tickets": 2,
}


def test_arguments_may_be_words_or_typed() -> None:
    values, problems = check_arguments(
        read_frames(), "book", {**GOOD, "passenger": ["Ann"]}, now=NOW
    )

    assert problems == []
    assert values["departure_date"] == "2026-11-03"
    assert (values["tickets"], values["passenger"]) == (2, ["Ann"])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"tickets": "lots"}, Problem("tickets", "expected a number, got 'lots'")),
        ({"tickets": True}, Problem("tickets", "expected a number, got True")),
        ({"tickets": [2]}, Problem("tickets", "expected one value, got [2]")),
        ({"via": "Bern"}, Problem("via", "expected a list, got 'Bern'")),
        ({"via": []}, Problem("via", "expected a place, got []")),
        ({"tickets": 0}, Problem("tickets", "It takes one ticket at least.")),
        ({"departure": "Rome"}, Problem("departure", "You leave from where you want to go.")),
        (
            {"return_date": "2026-11-01"},
            Problem("return_date", "The way back is before the way there."),
        ),
    ],
)
def test_what_is_wrong_with_arguments_is_told(change: Mapping[str, Any], problem: Problem) -> None:
    assert check_arguments(read_frames(), "book", {**GOOD, **change}, now=NOW)[1] == [problem]


def test_arguments_that_are_missing_or_unknown() -> None:
    values, problems = check_arguments(read_frames(), "cancel", {"city": "Rome"})

    assert values == {}
    assert [problem.slot for problem in problems] == ["city", "booking"]
    assert problems[0].message.startswith("unknown; choose from booking, ")


def test_tools_of_no_frame_and_no_language() -> None:
    with pytest.raises(ValueError, match="unknown frame 'fly'; choose from book, change, cancel"):
        tool_schema(read_frames(), "fly", "en")
    with pytest.raises(ValueError, match="unknown language 'fr'; choose from en, zh"):
        tool_schema(read_frames(), "book", "fr")
    with pytest.raises(ValueError, match="unknown frame 'fly'"):
        check_arguments(read_frames(), "fly", {})


def test_a_day_is_compared_with_today() -> None:
    check = Check("day >= today", {"en": "It has passed."})

    assert check.slots == ["day"]
    assert not check.holds({"day": "2026-11-01", "today": "2026-11-02"})
    assert check.holds({"day": "2026-11-02", "today": "2026-11-02"})
    weekend = {"from": "2026-11-01", "to": "2026-11-03", "grain": "day"}
    assert check.holds({"day": weekend, "today": "2026-11-02"})
    problems = check_arguments(
        read_frames(),
        "book",
        {"destination": "Rome", "departure": "Milan", "departure_date": "yesterday", "tickets": 1},
        now=NOW,
    )[1]
    assert problems == [Problem("departure_date", "That day has passed.")]


def test_only_days_are_compared_with_today(tmp_path: Path) -> None:
    bad = FILE + '\n[[frames.weather.checks]]\nthat = "city >= today"\nsay.en = "No."\n'
    with pytest.raises(CorpusError, match=r"compares place with date"):
        read(bad, tmp_path)
