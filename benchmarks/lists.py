"""What lists of values bring where examples are few: English tickets, 300 examples, three seeds.

    python benchmarks/lists.py [--size 300] [--seeds 1,2,3]

The lists hold the places, companies and persons of all parts. Each run is `slotkit train` as a
user would call it, without and with lists. Scored on test: F1, F1 on values that the examples
have not, and the precision in utterances where a listed word stands in another role. Results are
kept in ``benchmarks/results/lists.json``; what is there is not run again.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
from pathlib import Path
from typing import Any

from accuracy import RESULTS
from few import call

from slotkit.corpus import load_corpus
from slotkit.evaluation.evaluate import evaluate, seen_values
from slotkit.tagging.filler import SlotFiller
from slotkit.text.kinds import Value, slot_values
from slotkit.text.tags import OUTSIDE, spans_of

FILE = RESULTS / "lists.json"
LISTS = {
    "destination": ("departure", "destination", "via"),
    "carrier": ("carrier",),
    "passenger": ("passenger",),
}
_LONGEST = 4  # words of a listed value that is looked for outside of slots


def main() -> None:
    """Run what is not there yet, and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=300)
    parser.add_argument("--seeds", default="1,2,3")
    given = parser.parse_args()
    found = json.loads(FILE.read_text()) if FILE.exists() else {}
    for seed in map(int, given.seeds.split(",")):
        for how in ("none", "lists"):
            name = f"{given.size} {how} {seed}"
            if name not in found:
                found[name] = run(given.size, seed, how == "lists")
                FILE.write_text(json.dumps(found, indent=1) + "\n")
                print(name, found[name], flush=True)
    print("| examples, lists | F1 | unseen values | precision, listed words in other roles |")
    print("|---|---|---|---|")
    for name in dict.fromkeys(one.rpartition(" ")[0] for one in found):
        rows = [row for one, row in found.items() if one.rpartition(" ")[0] == name]
        cells = [
            f"{statistics.mean(v):.1f} ± {statistics.stdev(v):.1f}" if len(v) > 1 else f"{v[0]:.1f}"
            for v in ([row[key] for row in rows] for key in ("f1", "f1_unseen", "precision_other"))
        ]
        print(f"| {name} | {' | '.join(cells)} |")


def run(size: int, seed: int, with_lists: bool) -> dict[str, Any]:
    """Train once and look at the test part."""
    splits = load_corpus("ticket_booking").splits
    train, test = splits["train"], splits["test"]
    train = train.select(random.Random(seed).sample(range(len(train)), size))
    listed: dict[str, set[Value]] = {slot: set() for slot in LISTS}
    for rows in splits.values():
        held = slot_values(rows["tokens"], rows["tags"])
        for slot, of in LISTS.items():
            listed[slot].update(value for one in of for value in held.get(one, ()))
    with tempfile.TemporaryDirectory() as folder:
        path, options = Path(folder) / "train.jsonl", []
        lines = [{key: row[key] for key in ("text", "tokens", "tags")} for row in train]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        for slot, values in listed.items() if with_lists else ():
            file = Path(folder) / f"{slot}.txt"
            file.write_text("".join(f"{' '.join(value)}\n" for value in sorted(values)))
            options += ["--values", f"{slot}={file}"]
        call("train", path, "-o", Path(folder) / "model", "--seed", seed, "-q", *options)
        filler = SlotFiller.load(Path(folder) / "model")
    tokens, gold = test["tokens"][:], test["tags"][:]
    tagged = filler.tag_tokens(tokens)
    report = evaluate(
        tokens,
        gold,
        tagged,
        seen=seen_values(train["tokens"], train["tags"]),
        known_tags=filler.tags,
    )
    words = {tuple(w.lower() for w in value) for values in listed.values() for value in values}
    right = wrong = 0
    for own, wanted, predicted in zip(tokens, gold, tagged, strict=True):
        if _stands_outside(own, wanted, words):
            told = set(spans_of(predicted))
            right += len(told & set(spans_of(wanted)))
            wrong += len(told - set(spans_of(wanted)))
    assert report.f1_unseen is not None
    return {
        "f1": 100 * report.f1,
        "f1_unseen": 100 * report.f1_unseen,
        "precision_other": 100 * right / (right + wrong),
    }


def _stands_outside(words: list[str], tags: list[str], listed: set[tuple[str, ...]]) -> bool:
    """Tell whether a listed value stands outside of all slots."""
    lower = [word.lower() for word in words]
    return any(
        tuple(lower[start:end]) in listed and set(tags[start:end]) == {OUTSIDE}
        for start in range(len(words))
        for end in range(start + 1, min(len(words), start + _LONGEST) + 1)
    )


if __name__ == "__main__":
    main()
