"""How many labels a wanted F1 takes: the most doubtful first, at random, and by wording alone.

    python benchmarks/annotate.py [--corpus atis]... [--seeds 2] [--batch 50] [--pool 2000]

What `slotkit annotate` does, with gold labels for answers: of a pool of utterances of train, as
many as `--batch` are labelled, a tagger is trained from all that are labelled by the default
recipe, and the next are chosen by `slotkit.labelling.order`, the first by wording alone. Beside
it the same pool in a random order, and all of it by wording. Each ends where F1 on test reaches
the target. There are no folds, which would take twice the time of the training that is kept: doubts
are of temperature 1.
ATIS and SNIPS are folders of ``SLOTKIT_DATA`` (else ``../shared/data``); of SNIPS the validation
part is test. Results are kept in ``benchmarks/results/annotate.json``; what is there is not run
again.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset

from slotkit.corpus import load_corpus
from slotkit.evaluation.scoring import score
from slotkit.labelling.order import Order
from slotkit.tagging.filler import SlotFiller
from slotkit.training.prepare import prepare
from slotkit.training.recipe import make_recipe
from slotkit.training.run import Run

HERE = Path(__file__).parent
DATA = Path(os.environ.get("SLOTKIT_DATA", HERE.parent.parent / "shared" / "data"))
RESULTS = HERE / "results" / "annotate.json"
TEST = {"atis": "test", "snips": "validation"}
ORDERS = ("doubtful", "random", "wording")


def train(rows: Dataset, seed: int) -> SlotFiller:
    """Train a tagger from some utterances by the default recipe, without folds."""
    recipe = make_recipe(seed=seed)
    run = Run(prepare(rows, rows, recipe), recipe)
    for epoch in range(run.pace.epochs):
        run.train_epoch(epoch)
    return SlotFiller(run.trained_model({}))


def label(
    pool: Dataset, test: Dataset, order: str, seed: int, batch: int
) -> Iterator[tuple[int, int, float]]:
    """Label a pool, a batch after the other; yield the labels, their words, and F1 on test."""
    tokens = pool["tokens"][:]
    chooser, doubts = Order(tokens, seed), None
    labelled: list[int] = []
    shuffled = random.Random(seed).sample(range(len(pool)), len(pool))
    while len(labelled) < len(pool):
        for _ in range(min(batch, len(pool) - len(labelled))):
            left = sorted(set(range(len(pool))) - set(labelled))
            chosen = chooser.next(left, labelled, doubts)
            assert chosen is not None
            labelled.append(shuffled[len(labelled)] if order == "random" else chosen)
        filler = train(pool.select(labelled), seed)
        f1 = score(test["tags"][:], filler.tag_tokens(test["tokens"][:]))
        yield len(labelled), sum(len(tokens[one]) for one in labelled), f1
        if order == "wording":
            continue
        doubts = np.array([1 - tagging.confidence for tagging in filler.fill_tokens(tokens)])


def main() -> None:
    """Label what is missing and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--corpus", action="append", choices=list(TEST))
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--pool", type=int, default=2_000)
    parser.add_argument("--target", type=float, default=80.0, help="F1 at which to end")
    given = parser.parse_args()
    torch.set_num_threads(1)
    results: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for corpus in given.corpus or TEST:
        if not (DATA / corpus).is_dir():
            sys.exit(f"{DATA / corpus}: the corpus is not there; set SLOTKIT_DATA")
        splits = load_corpus(DATA / corpus).splits
        for seed in range(1, given.seeds + 1):
            size = min(given.pool, len(splits["train"]))
            rows = random.Random(seed).sample(range(len(splits["train"])), size)
            pool, test = splits["train"].select(rows), splits[TEST[corpus]]
            for order in ORDERS:
                name = f"{corpus}, {order}, seed {seed}, {given.batch} a time, pool {size}"
                if name in results:
                    continue
                curve: list[tuple[int, int, float]] = []
                for labels, words, f1 in label(pool, test, order, seed, given.batch):
                    curve.append((labels, words, round(100 * f1, 2)))
                    print(f"{name}: {labels} labels, {words} words, F1 {curve[-1][2]}", flush=True)
                    if curve[-1][2] >= given.target:
                        break
                results[name] = curve
                RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    for name, curve in results.items():
        labels, words, f1 = curve[-1]
        print(f"{name}: F1 {f1} with {labels} labels, {words} words")


if __name__ == "__main__":
    main()
