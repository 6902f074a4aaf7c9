"""How much of what people say of dates and times is read right, and how fast.

    python benchmarks/values.py [--misses]

The expressions are those of ``dates/`` in ``SLOTKIT_DATA`` (else ``../shared/data``), with the
moment of speaking and the answer, and this project's own in ``tests/values_*.jsonl``. The share of
spans that are read is that of the train parts of the ticket corpora.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from slotkit.values import Type, read_types, resolve

HERE = Path(__file__).resolve().parent
DATA = Path(os.environ.get("SLOTKIT_DATA", HERE.parent.parent / "shared" / "data"))
LANGUAGES = {"en": "English", "zh": "Chinese"}
CORPORA = {"ticket_booking": "en", "ticket_booking_zh": "zh"}
Row = tuple[str, str | Type, str, Any]  # text, kind, now, value


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def public_rows(language: str) -> list[Row]:
    """Return the public expressions of a language."""
    rows: list[Row] = []
    for line in read_lines(DATA / "dates" / f"{language}.jsonl"):
        day, clock = line["date"], line["time"]
        kind = "datetime" if day and clock else "date" if day else "time"
        value = f"{day}T{clock}" if day and clock else day or clock
        rows.append((line["text"], kind, line["reference"], value))
    return rows


def own_rows(language: str) -> list[Row]:
    """Return the expressions of the tests."""
    types = read_types()
    rows: list[Row] = []
    for line in read_lines(HERE.parent / "tests" / f"values_{language}.jsonl"):
        slot = line["kind"].removeprefix("slot:")
        kind = slot if slot == line["kind"] else types[slot]
        rows.append((line["text"], kind, line["now"], line["value"]))
    return rows


def judge(name: str, rows: list[Row], language: str, *, misses: bool) -> None:
    """Print the share of rows that are read right."""
    right = 0
    for text, kind, now, value in rows:
        found = resolve(text, kind, now=now, language=language)
        right += found.value == value
        if misses and found.value != value:
            print(f"  {text!r}: expected {value}, got {found.value} ({found.reason})")
    print(f"{name:<28} {right:4} of {len(rows):4}  {right / len(rows):7.2%}")


def time_rows(rows: list[tuple[Row, str]]) -> None:
    """Print how long an expression takes, the best of twenty passes, nothing kept between them."""
    best = [float("inf")] * len(rows)
    moments = [datetime.fromisoformat(row[2]) for row, _ in rows]
    for _ in range(20):
        for place, ((text, kind, _now, _value), language) in enumerate(rows):
            start = time.perf_counter()
            resolve(text, kind, now=moments[place], language=language)
            best[place] = min(best[place], time.perf_counter() - start)
    best.sort()
    half, most = best[len(best) // 2], best[int(len(best) * 0.95)]
    print(f"an expression takes p50 {half * 1e6:.0f} µs, p95 {most * 1e6:.0f} µs")


def time_import() -> None:
    """Print how long the import takes beyond Python's own start, the best of ten."""
    clock = "time.perf_counter()"
    code = f"import time; s = {clock}; import slotkit.values; print({clock} - s)"
    runs = [subprocess.check_output([sys.executable, "-c", code], text=True) for _ in range(10)]
    print(f"import slotkit.values takes {min(map(float, runs)) * 1e3:.1f} ms")


def judge_spans(corpus: str, language: str) -> None:
    """Print of each slot of a corpus how many spans of train are read."""
    types = read_types()
    spans: Counter[str] = Counter()
    unread: Counter[str] = Counter()
    for line in read_lines(HERE.parent / "corpora" / corpus / "train.jsonl"):
        for slot in line["slots"]:
            spans[slot["name"]] += 1
            kind = types[slot["name"]]
            found = resolve(slot["value"], kind, now="2026-11-25T10:30", language=language)
            unread[slot["name"]] += found.value is None
    for name, count in sorted(spans.items()):
        print(f"{corpus:<18} {name:<16} {count:5} spans, {unread[name]:3} not read")


def main() -> None:
    """Print shares and times."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--misses", action="store_true", help="Also print what is read wrong.")
    misses = parser.parse_args().misses
    timed: list[tuple[Row, str]] = []
    for language, name in LANGUAGES.items():
        if (DATA / "dates").is_dir():
            judge(f"public, {name}", public_rows(language), language, misses=misses)
        else:
            print(f"{DATA / 'dates'} is not there; set SLOTKIT_DATA")
        judge(f"own, {name}", own_rows(language), language, misses=misses)
        timed += [(row, language) for row in own_rows(language)]
    time_rows(timed)
    time_import()
    for corpus, language in CORPORA.items():
        judge_spans(corpus, language)


if __name__ == "__main__":
    main()
