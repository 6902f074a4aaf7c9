"""Tables of expressions, each with the value it has: this project's own, and public ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slotkit.values import read_types, resolve

HERE = Path(__file__).resolve().parent
LEAST = 0.98  # of the public expressions of a language


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of JSON lines."""
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_people_say_when_they_book_is_read(language: str) -> None:
    """The values were written down before there was a reader."""
    types = read_types()
    wrong = []
    for row in lines(HERE / f"values_{language}.jsonl"):
        slot = row["kind"].removeprefix("slot:")
        kind = slot if slot == row["kind"] else types[slot]
        found = resolve(row["text"], kind, now=row["now"], language=language)
        if found.value != row["value"]:
            wrong.append((row["text"], row["value"], found))

    assert not wrong


@pytest.mark.parametrize("language", ["en", "zh"])
def test_public_tables_of_dates_and_times_are_read(data: Path, language: str) -> None:
    if not (data / "dates").is_dir():
        pytest.skip(f"no dates in {data}")
    wrong, count = [], 0
    for row in lines(data / "dates" / f"{language}.jsonl"):
        day, clock = row["date"], row["time"]
        kind = "datetime" if day and clock else "date" if day else "time"
        value = f"{day}T{clock}" if day and clock else day or clock
        found = resolve(row["text"], kind, now=row["reference"], language=language)
        count += 1
        if found.value != value:
            wrong.append((row["text"], value, found))

    assert len(wrong) <= (1 - LEAST) * count, wrong


@pytest.mark.parametrize(
    ("corpus", "language"), [("ticket_booking", "en"), ("ticket_booking_zh", "zh")]
)
def test_nearly_all_spans_of_the_ticket_corpora_are_read(corpus: str, language: str) -> None:
    """What is not is misspelt beyond telling, or is no day of the calendar."""
    types = read_types()
    count, unread = 0, []
    for row in lines(HERE.parent / "corpora" / corpus / "test.jsonl"):
        for slot in row["slots"]:
            count += 1
            kind = types[slot["name"]]
            found = resolve(slot["value"], kind, now="2026-11-25T10:30", language=language)
            if found.value is None:
                unread.append((slot["name"], slot["value"], found.reason))

    assert len(unread) <= 0.01 * count, unread
