"""What a tagger of the tickets is worth to a bot: scope, answers, chats, conversations.

    python benchmarks/bot.py [--language en]... [--seeds 5]

Each run is `slotkit train` on a bundled corpus as a user would call it, on one thread. Its model is
looked at on the test part, on the test files beside it, on ``out_of_scope/`` of ``SLOTKIT_DATA``
(English), and in the conversations of the tests. Models and results are kept in
``benchmarks/models`` and ``benchmarks/results/bot.json``; what is there is not run again.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from accuracy import DATA, RESULTS
from conversations import TESTS, difference, misspell_once, play
from conversations import read as read_conversations
from few import call

import slotkit
from slotkit.corpus.formats.find import bundled
from slotkit.evaluation.calibration import auroc
from slotkit.evaluation.scoring import score
from slotkit.frames import Dialogue, read_frames

CORPORA = {"en": "ticket_booking", "zh": "ticket_booking_zh"}
MODELS = RESULTS.parent / "models"
FILE = RESULTS / "bot.json"


def main() -> None:
    """Run what is not there yet, and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--language", action="append", choices=list(CORPORA))
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    found = json.loads(FILE.read_text()) if FILE.exists() else {}
    for seed in range(1, given.seeds + 1):
        for language in given.language or CORPORA:
            name = f"{language} {seed}"
            if name not in found:
                found[name] = run(language, seed)
                FILE.write_text(json.dumps(found, indent=1) + "\n")
                print(name, found[name], flush=True)
    print("| figure | English | Chinese |\n|---|---|---|")
    keys = list(dict.fromkeys(key for row in found.values() for key in row))
    for key in keys:
        cells = [
            mean([row[key] for name, row in found.items() if name[:2] == language and key in row])
            for language in CORPORA
        ]
        print(f"| {key} | {' | '.join(cells)} |")


def mean(values: list[float]) -> str:
    """Write a mean and its standard deviation."""
    if len(values) < 2:
        return ", ".join(f"{value:.1f}" for value in values)
    return f"{statistics.mean(values):.2f} ± {statistics.stdev(values):.2f}"


def run(language: str, seed: int) -> dict[str, float]:
    """Train a tagger, if it is not there, and look at it."""
    corpus, model = CORPORA[language], MODELS / f"bot-{language}-{seed}"
    if not (model / "config.json").exists():
        call("train", corpus, "-o", model, "--seed", seed, "-q", "--overwrite")
    report = json.loads(call("evaluate", model, corpus, "--split", "test", "--json")[0])
    pairs = json.loads(call("stress", model, corpus, "--json")[0])["pairs"]
    filler = slotkit.load(model)
    folder = bundled()[corpus]
    inside = [one.in_scope for one in filler.tag_batch(row["text"] for row in rows(folder, "test"))]
    figures = {
        "F1 on test, before rejection": 100 * report["f1"],
        "F1, values not seen": 100 * report["f1_unseen"],
        "minimal pairs, both roles right": 100
        * sum(way["pairs"] * way["both_roles"] for way in pairs)
        / sum(way["pairs"] for way in pairs),
        "F1 on test, after rejection": 100 * report["scope"]["f1_after"],
        "test rejected": 100 * report["scope"]["false_rejections"],
    }
    outside = {"out_of_scope.jsonl": [row["text"] for row in rows(folder, "out_of_scope")]}
    if language == "en" and (DATA / "out_of_scope").is_dir():
        for path in sorted((DATA / "out_of_scope").glob("*.txt")):
            outside[path.stem] = [line for line in path.read_text().splitlines() if line.strip()]
    for name, texts in outside.items():
        taggings = filler.tag_batch(texts)
        told = [*inside, *(one.in_scope for one in taggings)]
        area = auroc(told, [True] * len(inside) + [False] * len(texts))
        figures[f"{name}: with a slot"] = share(bool(one.slots) for one in taggings)
        figures[f"{name}: AUROC"] = 100 * (area or 0.0)
    figures |= answers(filler, rows(folder, "asked"))
    chat = rows(folder, "chat")
    tagged = [filler.tag(row["text"]).tags for row in chat]
    figures["F1 on chat.jsonl"] = 100 * score([row["tags"] for row in chat], tagged)
    for how in "as written", "misspelt":
        figures[f"conversations, {how}"] = converse(filler, language, seed, how == "misspelt")
    return figures


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """Read a file of a corpus."""
    lines = (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def share(right: Iterable[bool]) -> float:
    """Return how many of some hold, in per cent."""
    told = list(right)
    return 100 * sum(told) / max(1, len(told))


def answers(filler: slotkit.SlotFiller, found: list[dict[str, Any]]) -> dict[str, float]:
    """Tell of answers of one value how many get the right slot.

    Apart are the value alone, a value with words around it, and one whose own cue goes against the
    question.
    """
    sorts: dict[str, list[bool]] = {"value alone": [], "value in words": [], "cue against it": []}
    for row in found:
        wanted = {slot["name"] for slot in row["slots"]}
        if len(row["slots"]) != 1 or len(row.get("asked", ())) != 1:
            continue
        tagging = filler.tag(row["text"], expect=row["asked"])
        right = {slot.name for slot in (*tagging.slots, *tagging.unsure)} == wanted
        sort = "value alone" if row["slots"][0]["value"] == row["text"] else "value in words"
        sorts["cue against it" if wanted.isdisjoint(row["asked"]) else sort].append(right)
    return {f"answers, {sort} ({len(r)}): right slot": share(r) for sort, r in sorts.items()}


def converse(filler: slotkit.SlotFiller, language: str, seed: int, misspelt: bool) -> float:
    """Play the conversations; return how many come to the right frame, in per cent."""
    frames, random = read_frames(), np.random.default_rng(seed)
    dialogue = Dialogue(filler, frames, language)
    right = []
    for conversation in read_conversations(TESTS / f"conversations_{language}.jsonl"):
        wrong_words: dict[str, str] = {}
        if misspelt:
            texts = [misspell_once(t, random, wrong_words) for t in conversation["turns"]]
            conversation["turns"] = texts
        turns = play(dialogue, conversation)
        right.append(not difference(conversation, turns[-1], frames, language, wrong_words))
    return share(right)


if __name__ == "__main__":
    main()
