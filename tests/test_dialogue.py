"""Conversations: what the bot asks, takes, corrects and confirms; the filler is scripted."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripted import Scripted
from slotkit.decoding.intents import IntentSets
from slotkit.frames import Dialogue, Turn, read_frames
from slotkit.tagging.filler import SlotFiller
from tiny import make_model

NOW = datetime(2026, 11, 2, 10)  # a Monday
SCRIPT = {
    "book a ticket": "!book",
    "to Rome": "destination=Rome",
    "Rome": "destination=Rome",
    "Milan": "departure=Milan",
    "from Milan": "departure=Milan",
    "no, from Turin": "departure=Turin",
    "tomorrow": "departure_date=tomorrow",
    "on Friday": "departure_date=Friday",
    "back on Wednesday": "return_date=Wednesday",
    "on Sunday": "departure_date=Sunday",
    "two": "tickets=two",
    "make it three": "tickets=three",
    "2 adults and 1 child": "tickets=2 tickets=1",
    "two, no, three": "tickets=two tickets=three",
    "between 8 and 10": "departure_time=8 departure_time=10",
    "a window seat": "seat=window",
    "two from Milan to Rome on Friday": (
        "!book tickets=two departure=Milan destination=Rome departure_date=Friday"
    ),
    "two from Milan to Rome tomorrow": (
        "!book tickets=two departure=Milan destination=Rome departure_date=tomorrow"
    ),
    "from Rome to Rome": "!book departure=Rome destination=Rome",
    "for Ann": "passenger=Ann",
    "and Bob": "passenger=Bob",
    "no, for Eve": "passenger=Eve",
    "on the 45th": "departure_date=45th",
    "lots": "tickets=lots",
    "to Rme": "!book destination?=Rme",
    "to Rome for two peosle": "!book destination=Rome tickets=two destination@0.5=peosle",
    "to Rome, to Pisa": "!book destination=Rome destination@0.8=Pisa",
    "Milan for two peosle": "departure=Milan tickets=two destination@0.5=peosle",
    "Milan, and rather to Pisa": "departure=Milan destination@0.8=Pisa",
    "do you like jazz": "-",
    "what about Rome, do you like jazz": "- destination=Rome",
    "I want to cancel booking X7KP4Q": "!cancel booking=X7KP4Q",
    "that is so": "!affirm",
    "it is not": "!deny",
    "how much is it": "!price",
    "cancel X7KP4Q and pay me back": "!cancel#refund booking=X7KP4Q",
    "去罗马": "!book destination=罗马",
    "米兰出发": "departure=米兰",
}


def talk(*texts: str, language: str | None = None) -> list[Turn]:
    """Say texts one after the other, the state kept as JSON between them."""
    dialogue = Dialogue(Scripted(SCRIPT), read_frames(), language)
    state, turns = None, []
    for text in texts:
        turns.append(dialogue.turn(state, text, now=NOW))
        state = json.loads(json.dumps(turns[-1].state))
    return turns


def asked(turn: Turn) -> str | None:
    """Return which slot is asked for, else the kind of the question."""
    ask = turn.ask or {}
    return ask.get("slot") if ask.get("kind") == "slot" else ask.get("kind")


# Asking


def test_what_is_missing_is_asked_for_in_order() -> None:
    turns = talk("book a ticket", "Rome", "Milan", "tomorrow", "two", "yes")

    assert [asked(turn) for turn in turns] == [
        *("destination", "departure", "departure_date", "tickets", "confirm", None),
    ]
    assert [len(turn.missing) for turn in turns] == [4, 3, 2, 1, 0, 0]
    assert [turn.done for turn in turns] == [False] * 5 + [True]
    assert turns[-1].intent == "book"
    assert turns[-1].frame == {
        "destination": "Rome",
        "departure": "Milan",
        "departure_date": "2026-11-03",
        "tickets": 2,
    }
    assert "Tuesday 3 November 2026" in turns[-2].say


def test_the_tagger_is_told_what_was_asked() -> None:
    filler = Scripted(SCRIPT)
    dialogue = Dialogue(filler, read_frames())
    state = None
    for text in ("book a ticket", "Rome", "Milan", "tomorrow", "two", "on Friday"):
        state = dialogue.turn(state, text, now=NOW).state

    assert filler.expected == [
        *(None, "destination", "departure", "departure_date", "tickets", None),
    ]


def test_several_slots_at_once() -> None:
    (turn,) = talk("two from Milan to Rome on Friday")

    assert asked(turn) == "confirm"
    assert sorted(turn.changed) == ["departure", "departure_date", "destination", "tickets"]


def test_what_nobody_asked_for_is_taken_and_repeated() -> None:
    turns = talk("two from Milan to Rome on Friday", "a window seat")

    assert turns[-1].changed == ["seat"]
    assert "seat window" in turns[-1].say


# Corrections


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("no, from Turin", "departure", "Turin"),
        ("make it three", "tickets", 3),
        ("tomorrow", "departure_date", "2026-11-03"),
    ],
)
def test_what_is_said_later_counts(text: str, slot: str, value: Any) -> None:
    turns = talk("two from Milan to Rome on Friday", text)

    assert turns[-1].changed == [slot]
    assert turns[-1].frame[slot] == value
    assert asked(turns[-1]) == "confirm"


def test_a_change_of_an_earlier_slot_is_repeated() -> None:
    turns = talk("to Rome", "from Milan", "no, from Turin")

    assert turns[-1].say == "Departure: Turin. On which day?"


def test_a_bare_no_asks_what_to_change() -> None:
    turns = talk("two from Milan to Rome on Friday", "no", "make it three", "yes")

    assert turns[1].say == "What should I change?"
    assert asked(turns[2]) == "confirm"
    assert turns[3].done
    assert turns[3].frame["tickets"] == 3


def test_a_slot_to_change_may_be_named() -> None:
    turns = talk("two from Milan to Rome on Friday", "no", "the date", "tomorrow")

    assert asked(turns[2]) == "departure_date"
    assert turns[3].frame["departure_date"] == "2026-11-03"


def test_values_of_many_are_gathered_until_they_are_taken_back() -> None:
    turns = talk("to Rome", "for Ann", "and Bob", "no, for Eve")

    assert [turn.frame.get("passenger") for turn in turns[1:]] == [
        ["Ann"],
        ["Ann", "Bob"],
        ["Eve"],
    ]


# Several spans of one slot


def test_of_two_values_the_last_counts_unless_it_is_much_less_sure() -> None:
    [misspelt] = talk("to Rome for two peosle")
    [corrected] = talk("to Rome, to Pisa")

    assert misspelt.frame == {"destination": "Rome", "tickets": 2}
    assert corrected.frame["destination"] == "Pisa"


def test_an_answer_brings_no_other_value_that_is_much_less_sure() -> None:
    first, misspelt = talk("to Rome", "Milan for two peosle")
    _, corrected = talk("to Rome", "Milan, and rather to Pisa")
    [unsaid] = talk("Milan for two peosle")

    assert first.ask == {"kind": "slot", "slot": "departure"}
    assert misspelt.frame == {"destination": "Rome", "departure": "Milan", "tickets": 2}
    assert corrected.frame == {"destination": "Pisa", "departure": "Milan"}
    assert unsaid.frame["destination"] == "peosle"


def test_numbers_are_summed_unless_taken_back() -> None:
    assert talk("to Rome", "2 adults and 1 child")[-1].frame["tickets"] == 3
    assert talk("to Rome", "two, no, three")[-1].frame["tickets"] == 3


def test_two_times_are_an_interval() -> None:
    frame = talk("to Rome", "between 8 and 10")[-1].frame

    assert frame["departure_time"] == {"from": "08:00", "to": "10:00", "grain": "hour"}


# Roles


def test_a_cue_tells_the_slot_whatever_was_asked() -> None:
    dialogue = Dialogue(Scripted({"to Rome": "departure=Rome"}), read_frames())
    turn = dialogue.turn(dialogue.turn(None, "book it", now=NOW).state, "to Rome", now=NOW)

    assert turn.frame == {"destination": "Rome"}


@pytest.mark.parametrize(
    ("text", "found", "slot"),
    [
        ("make it five", "arrival_time=five", "tickets"),
        ("make it 5 pm", "arrival_time=5_pm", "arrival_time"),
        ("leaving on Friday, back on Sunday", "departure_date=Friday return_date=Sunday", None),
        ("back on Sunday", "departure_date=Sunday", "return_date"),
    ],
)
def test_a_cue_tells_slots_of_other_kinds_apart(text: str, found: str, slot: str | None) -> None:
    dialogue = Dialogue(Scripted({"to Rome": "!book destination=Rome", text: found}), read_frames())
    turn = dialogue.turn(dialogue.turn(None, "to Rome", now=NOW).state, text, now=NOW)

    assert turn.changed == [slot] if slot else ["departure_date", "return_date"]


def test_a_number_of_something_else_is_no_answer() -> None:
    turns = talk("to Rome", "from Milan", "tomorrow", "it is on platform 9", "just 9")

    assert "tickets" not in turns[-2].frame
    assert turns[-1].frame["tickets"] == 9


def test_a_bare_answer_fills_what_was_asked() -> None:
    turns = talk("to Rome", "Rome")

    assert turns[-1].frame["departure"] == "Rome"


# Doubts


def test_an_unsure_slot_is_asked_about() -> None:
    turns = talk("to Rme", "yes")

    assert turns[0].say == "Did you mean destination Rme?"
    assert turns[0].unsure == ["destination"]
    assert turns[0].frame == {}
    assert turns[1].frame == {"destination": "Rme"}
    assert asked(turns[1]) == "departure"


def test_a_doubt_is_dropped_by_a_no_and_by_a_sure_value() -> None:
    denied, replaced = talk("to Rme", "no")[-1], talk("to Rme", "to Rome")[-1]

    assert (denied.frame, asked(denied), denied.unsure) == ({}, "destination", [])
    assert (replaced.frame, replaced.unsure) == ({"destination": "Rome"}, [])


def test_an_unreadable_value_is_told_and_asked_for_again() -> None:
    turns = talk("to Rome", "from Milan", "on the 45th", "tomorrow", "lots", "two")

    assert turns[2].say == 'I know no day "45th". On which day?'
    assert turns[2].state["slots"][-1] == {
        "slot": "departure_date",
        "said": ["45th"],
        "value": None,
    }
    assert asked(turns[4]) == "tickets"
    assert asked(turns[5]) == "confirm"


def test_an_unreadable_value_replaces_no_readable_one() -> None:
    turns = talk("two from Milan to Rome on Friday", "on the 45th", "yes")

    assert turns[1].frame["departure_date"] == "2026-11-06"


# Checks


def test_a_check_that_fails_is_told_and_mended() -> None:
    turns = talk("two from Milan to Rome on Friday", "back on Wednesday", "on Sunday", "yes")

    assert turns[1].say.startswith("The way back is before the way there.")
    assert asked(turns[1]) == "return_date"
    assert turns[2].frame["return_date"] == "2026-11-08"
    assert turns[3].done


def test_nowhere_to_go() -> None:
    assert talk("from Rome to Rome")[-1].say.startswith("You leave from where you want to go.")


# What is beside the matter


@pytest.mark.parametrize("text", ["do you like jazz", "what about Rome, do you like jazz"])
def test_nothing_is_taken_from_what_is_beside_the_matter(text: str) -> None:
    before, after = talk("to Rome", "from Milan", text)[-2:]

    assert after.rejected
    assert after.state == before.state
    assert after.say == "I cannot help with that. On which day?"


def test_a_text_that_is_too_long_changes_nothing() -> None:
    before, after = talk("to Rome", "long " * 40)

    assert after.state == before.state
    assert after.say == "That is too long for me: I read 20 words at most. " + before.say


def test_what_is_not_understood_is_said() -> None:
    assert talk("to Rome", "hm hm")[-1].say == (
        "Sorry, I did not understand that. Where do you start from?"
    )


def test_a_first_turn_without_a_slot_may_be_all_of_a_wish() -> None:
    assert talk("hm hm")[-1].say == (
        "I can book tickets, change a booking or cancel a booking. What would you like to do?"
    )


def test_another_wish_is_no_frame() -> None:
    assert talk("how much is it")[-1].say.startswith("I cannot help with that. I can book tickets,")


# What steers


def test_cancel_ends_and_forgets() -> None:
    turn = talk("to Rome", "cancel")[-1]

    assert (turn.frame, turn.intent, turn.ask, turn.done) == ({}, None, None, False)
    assert turn.changed == ["destination"]


def test_start_over_keeps_what_it_is_about() -> None:
    turn = talk("to Rome", "from Milan", "start over")[-1]

    assert (turn.frame, turn.intent, asked(turn)) == ({}, "book", "destination")


def test_back_takes_the_last_answer_away() -> None:
    turns = talk("to Rome", "from Milan", "back", "back", "back")

    assert [asked(turn) for turn in turns[2:]] == ["departure", "destination", "destination"]
    assert turns[-1].say.startswith("There is nothing to go back to.")


def test_help_says_what_there_is_and_asks_again() -> None:
    turn = talk("to Rome", "help")[-1]

    assert "book tickets, change a booking or cancel a booking" in turn.say
    assert turn.say.endswith("Where do you start from?")


def test_yes_and_no_are_understood_by_the_tagger_too() -> None:
    denied, affirmed = talk("two from Milan to Rome on Friday", "it is not", "that is so")[1:]

    assert asked(denied) == "change"
    assert not affirmed.done
    assert talk("two from Milan to Rome on Friday", "that is so")[-1].done


def test_after_the_end_a_conversation_begins_anew() -> None:
    turns = talk("two from Milan to Rome on Friday", "yes", "thanks", "to Rome")

    assert turns[2].say == "You are welcome."
    assert turns[2].done
    assert (turns[3].done, turns[3].frame) == (False, {"destination": "Rome"})


def test_of_several_wishes_the_likeliest_counts() -> None:
    assert talk("cancel X7KP4Q and pay me back")[0].intent == "cancel"


def test_another_frame_is_offered_and_taken() -> None:
    turns = talk("to Rome", "I want to cancel booking X7KP4Q", "yes", "yes")

    assert turns[1].say == "Do you want to cancel a booking instead?"
    assert turns[1].frame == {"destination": "Rome"}
    assert turns[2].frame == {"booking": "X7KP4Q", "destination": "Rome"}
    assert turns[3].done


def test_another_frame_is_offered_and_refused() -> None:
    turns = talk("to Rome", "I want to cancel booking X7KP4Q", "no")

    assert (turns[2].intent, turns[2].frame) == ("book", {"destination": "Rome"})


def test_without_intents_it_is_about_the_first_frame() -> None:
    filler = Scripted(SCRIPT)
    filler.intents = IntentSets([], 0)
    dialogue = Dialogue(filler, read_frames())
    first = dialogue.turn(None, "hello", now=NOW)
    cancelled = dialogue.turn(first.state, "cancel", now=NOW)

    assert (first.intent, asked(first)) == ("book", "destination")
    assert (cancelled.intent, cancelled.ask) == (None, None)


def test_a_real_filler_is_one() -> None:
    tags = ["O", *(f"{mark}-{slot}" for slot in sorted(read_frames().slots) for mark in "BI")]
    dialogue = Dialogue(
        SlotFiller(make_model(tags=tags, intents=["book", "inform"])), read_frames()
    )
    state = None
    for text in ("leave Taipei", "to Paris please", "on 2nd", "ok"):
        turn = dialogue.turn(state, text, now=NOW)
        state = json.loads(json.dumps(turn.state))

        assert turn.say
        assert not turn.rejected


PIECES = st.sampled_from(
    [
        *("yes", "no", "back", "cancel", "start over", "help", "thanks", "好的", "不对"),
        *("to", "from", "on", "and", ",", "2", "11/2", "7pm", "Friday", "Taipei", "two", "first"),
        *(
            "between 8 and 10",
            "lots",
            "50 euros",
            "去",
            "台北",
            "明天",
            "两张",
            "到",
            "\x00",
            "\ud800",
        ),
    ]
)


@given(
    st.lists(st.lists(PIECES, max_size=4).map(" ".join), min_size=1, max_size=8),
    st.integers(0, 5),
    st.booleans(),
)
def test_whatever_is_said_and_found_a_turn_goes_on(
    texts: list[str], seed: int, wishes: bool
) -> None:
    """A model of random weights finds anything anywhere; no state may come of it that is none."""
    tags = ["O", *(f"{mark}-{slot}" for slot in sorted(read_frames().slots) for mark in "BI")]
    intents = [*read_frames().frames, "inform", "affirm", "deny", "price"] if wishes else []
    model = make_model(tags=tags, intents=intents, scale=3.0, seed=seed)
    dialogue = Dialogue(SlotFiller(model), read_frames())
    state = None
    for text in texts:
        turn = dialogue.turn(state, text, now=NOW)
        state = json.loads(json.dumps(turn.state))

        assert turn.say
        assert turn.done == state["done"]
        assert set(turn.missing).isdisjoint(turn.frame)
        assert not (turn.done and turn.missing)


# Languages


def test_words_may_be_of_another_language_than_the_bot() -> None:
    turn = talk("去罗马", "米兰出发", "on Friday", "two")[-1]

    assert (turn.frame["departure_date"], turn.frame["tickets"]) == ("2026-11-06", 2)
    assert turn.say.startswith("2026年11月6日（周五）从米兰到罗马，2张票")


def test_steering_may_be_misspelt() -> None:
    assert talk("to Rome", "cancle")[-1].ask is None
    assert asked(talk("to Rome", "start ovr plaese")[-1]) == "destination"


def test_the_language_is_told_from_the_first_text() -> None:
    turns = talk("去罗马", "ok Milan", "米兰出发")

    assert turns[0].say == "请问从哪里出发？"
    assert turns[2].say == "请问哪一天出发？"
    assert talk("to Rome", language="zh")[0].say == "请问从哪里出发？"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="language: unknown 'fr'; choose from en, zh"):
        talk("to Rome", language="fr")


# States


def broken_states() -> list[tuple[dict[str, Any], str]]:
    """Return changes that break a state, and what is said of each."""
    return [
        ({"version": 2}, "state must be of version 1, got 2"),
        ({"version": None}, "state must be of version 1, got None"),
        ({"language": "fr"}, "state.language: unknown 'fr'; choose from en, zh"),
        ({"frame": "fly"}, "state.frame: unknown 'fly'; choose from book, change, cancel"),
        ({"slots": {}}, "state.slots must be a list"),
        ({"slots": [{"slot": "destination"}]}, "state.slots: 'said' is missing"),
        ({"slots": [{"slot": "x", "said": [], "value": 1}]}, "state.slots.slot: unknown 'x'"),
        ({"slots": [{"slot": "tickets", "said": ["2"], "value": "2"}]}, "'2' is no number"),
        ({"slots": [{"slot": "via", "said": ["Rome"], "value": "Rome"}]}, "takes a list"),
        ({"slots": [{"slot": "via", "said": "Rome", "value": None}]}, "must be a list of strings"),
        ({"done": 1}, "state.done must be true or false"),
        ({"asked": {"kind": "slots"}}, "state.asked.kind: unknown 'slots'"),
        ({"asked": {"kind": "slot"}}, "state.asked: 'slot' is missing"),
        ({"asked": {"kind": "unsure", "slot": "tickets"}}, "there is no doubt"),
        ({"asked": {"kind": "confirm"}, "frame": None}, "'confirm' needs a frame"),
        ({"asked": {"kind": "confirm"}}, "'confirm' needs a value of 'departure_date'"),
        ({"more": 1}, "state: unknown key 'more'"),
    ]


@pytest.mark.parametrize(("change", "said"), broken_states())
def test_a_state_that_is_none_is_refused(change: dict[str, Any], said: str) -> None:
    dialogue = Dialogue(Scripted(SCRIPT), read_frames())
    state = talk("to Rome", "from Milan")[-1].state

    with pytest.raises(ValueError, match=said):
        dialogue.turn(state | change, "tomorrow", now=NOW)


@pytest.mark.parametrize("key", ["language", "frame", "slots", "doubts", "asked", "done"])
def test_a_state_that_is_cut_short_is_refused(key: str) -> None:
    dialogue = Dialogue(Scripted(SCRIPT), read_frames())
    state = talk("to Rome")[-1].state
    del state[key]

    with pytest.raises(ValueError, match=f"state: '{key}' is missing"):
        dialogue.turn(state, "tomorrow", now=NOW)


def test_a_turn_changes_nothing_that_it_is_given() -> None:
    dialogue = Dialogue(Scripted(SCRIPT), read_frames())
    state = talk("to Rome", "for Ann")[-1].state
    before = json.dumps(state)

    first, second = (dialogue.turn(state, "and Bob", now=NOW) for _ in range(2))

    assert json.dumps(state) == before
    assert first == second
