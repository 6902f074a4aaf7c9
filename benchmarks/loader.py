"""Show that training does not wait for its batches.

    python benchmarks/loader.py [CORPUS] [--tagger NAME]... [--epochs 3]

For each tagger: the seconds that an epoch takes, the seconds in it that making batches takes, and
their ratio, interleaved in one run on one thread. Written to ``benchmarks/results/loader.json``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

import numpy as np
import torch

from slotkit.corpus import load_corpus
from slotkit.corpus.hold_out import hold_out
from slotkit.taggers.table import ARCHITECTURES
from slotkit.training.prepare import prepare
from slotkit.training.recipe import make_recipe
from slotkit.training.run import Run

RESULT = Path(__file__).parent / "results" / "loader.json"


def main() -> None:
    """Measure, print a table, keep it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", nargs="?", default="ticket_booking")
    parser.add_argument("--tagger", action="append", choices=list(ARCHITECTURES))
    parser.add_argument("--epochs", type=int, default=3)
    given = parser.parse_args()
    torch.set_num_threads(1)
    splits = hold_out(load_corpus(given.corpus).splits)
    results = {}
    print("tagger          epoch s   batches s   share")
    for tagger in given.tagger or ARCHITECTURES:
        recipe = make_recipe(tagger)
        run = Run(prepare(*splits, recipe), recipe)
        whole, batches = [], []
        for epoch in range(given.epochs):
            begun = time.perf_counter()
            run.train_epoch(epoch)
            whole.append(time.perf_counter() - begun)
            random = np.random.default_rng([recipe.seed, epoch])
            begun = time.perf_counter()
            for _ in run.setup.train.shuffled(recipe.batch_size, random, word_dropout=0.05):
                pass
            batches.append(time.perf_counter() - begun)
        epoch_s, batches_s = statistics.median(whole), statistics.median(batches)
        results[tagger] = {
            "epoch_seconds": round(epoch_s, 3),
            "batches_seconds": round(batches_s, 3),
            "share": round(batches_s / epoch_s, 4),
        }
        print(
            f"{tagger:14} {epoch_s:8.2f} {batches_s:11.3f} {batches_s / epoch_s:7.1%}", flush=True
        )
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(
        json.dumps({"corpus": Path(given.corpus).name, "taggers": results}, indent=1) + "\n"
    )


if __name__ == "__main__":
    main()
