"""Slots beside tags in JSON lines: they agree, are something else, or contradict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from formats import ROWS, read_text, write_rows
from slotkit.errors import CorpusError

pytestmark = pytest.mark.usefixtures("own_cache")


AGREEING = {
    "text": "fly to New York on May 2nd",
    "tokens": ["fly", "to", "New", "York", "on", "May", "2nd"],
    "tags": ["O", "O", "B-to", "I-to", "O", "B-date", "I-date"],
    "slots": [{"name": "to", "value": "New York", "start": 7, "end": 15}],
    "unsure": [{"name": "date", "value": "May 2nd", "start": 19, "end": 26}],
}


def test_slots_beside_tags_may_be_the_same(tmp_path: Path) -> None:
    (row,) = read_text("jsonl", json.dumps(AGREEING), tmp_path)

    assert row["tags"] == AGREEING["tags"]
    assert read_text("jsonl", json.dumps(AGREEING | {"slots": None}), tmp_path) == [row]


@pytest.mark.parametrize(
    "slots", [[{"name": "to", "start": [1], "end": 2}], [3], [{"name": []}], {"to": "York"}]
)
def test_other_things_called_slots_beside_tags_are_passed_over(
    slots: object, tmp_path: Path
) -> None:
    (row,) = read_text("jsonl", json.dumps(AGREEING | {"slots": slots}), tmp_path)

    assert row["tags"] == AGREEING["tags"]


@pytest.mark.parametrize("tokens", [3, [1, 2], None, ["fly"]])
def test_bad_tokens_beside_slots_are_named(tokens: object, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=":1: "):
        read_text("jsonl", json.dumps(AGREEING | {"tokens": tokens}), tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"slots": []}, '"tags" has to at 7..15 and "slots" has not: delete the key that is wrong'),
        (
            {"slots": [{"name": "from", "start": 7, "end": 15}]},
            '"slots" has from at 7..15 and "tag',
        ),
        (
            {"slots": [{"name": "to", "start": 7, "end": 10}]},
            '"slots" has to at 7..10 and "tags" h',
        ),
        ({"tags": ["O"] * 7}, 'and "tags" has not: delete the key that is wrong'),
    ],
)
def test_slots_that_contradict_the_tags_are_refused(
    change: dict[str, object], message: str, tmp_path: Path
) -> None:
    lines = "\n".join(map(json.dumps, (AGREEING, AGREEING | change)))

    with pytest.raises(CorpusError, match=":2: ") as caught:
        read_text("jsonl", lines, tmp_path)

    assert message in str(caught.value)


def test_json_lines_are_what_the_tag_command_prints(tmp_path: Path) -> None:
    """Tokens with tags, or text with slots; an intent with a confidence; keys of no use."""
    slots = [{"name": "to", "value": "New York", "start": 3, "end": 11, "confidence": 0.5}]
    intent = {"name": "go", "confidence": 0.9}
    printed = {"text": "to New York", "slots": slots, "frame": {"to": ["New York"]}}
    tagged = {"tokens": ["to", "New", "York"], "tags": ["O", "B-to", "I-to"]}

    for keys in ({}, tagged):
        line = json.dumps(printed | keys | {"intent": intent, "probabilities": [[1.0]]})
        assert read_text("jsonl", line, tmp_path) == ROWS[:1]
    write_rows("jsonl", ROWS[:1], tmp_path / "written")
    written = json.loads((tmp_path / "written").read_text())
    del slots[0]["confidence"]
    assert written == printed | tagged | {"intent": "go"}
