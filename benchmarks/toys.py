"""How far each network remembers: accuracy on the toy corpora, by distance.

    python benchmarks/toys.py [--networks "lstm;gru"] [--toys recall:1,order] [--seeds 1,2,3]

Each run is a small tagger, trained on the train part of a toy and asked once for the test part:
the share of its 1,000 utterances whose last word has the right tag. Half of them is chance; of a
network that cannot reach the cue, an exact binomial test tells whether it is at chance. Results are
kept in ``benchmarks/results/toys.json``; what is there is not run again.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import statistics
import tempfile
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from slotkit import load, load_corpus, make_recipe, train
from slotkit.corpus.toys import read_name
from slotkit.taggers.table import get_architecture
from slotkit.training.epoch import Epoch

FILE = Path(__file__).parent / "results" / "toys.json"
RECALL = [f"recall:{2**k}" for k in range(7)]
TOYS = [*RECALL, "first", "order"]
# No window but where it is said: a window is memory that the network has not got.
NETWORKS: dict[str, dict[str, Any]] = {
    "feedforward": {"tagger": "feedforward", "window_size": 0},
    "feedforward, window 4": {"tagger": "feedforward", "window_size": 4},
    "convolution 3 x 2": {"tagger": "convolution", "width": 3, "num_layers": 2},
    "convolution 5 x 4": {"tagger": "convolution", "width": 5, "num_layers": 4},
    "attention range:4, 2 layers": {"tagger": "attention", "attend": "range:4"},
    "attention all": {"tagger": "attention", "attend": "all"},
    "attention all, no positions": {"tagger": "attention", "attend": "all", "positions": "none"},
    "elman": {"tagger": "elman"},
    "lstm": {"tagger": "lstm"},
    "gru": {"tagger": "gru"},
}
# Of networks that reach a fixed number of words: as far as that, and twice as far.
ASKED = {
    "feedforward": ["recall:1", "first", "order"],
    "feedforward, window 4": ["recall:4", "recall:8"],
    "convolution 3 x 2": ["recall:2", "recall:4"],
    "convolution 5 x 4": ["recall:8", "recall:16"],
    "attention range:4, 2 layers": ["recall:8", "recall:16"],
    "attention all": ["recall:8", "recall:64", "first", "order"],
    "attention all, no positions": ["recall:8", "order"],
}
SMALL: dict[str, Any] = {
    "window_size": 0,
    "encoder": "one-of-n",
    "embedding_size": 16,
    "hidden_size": 32,
    "learning_rate": 0.003,
    "input_dropout": 0.0,
    "dropout": 0.0,
    "word_dropout": 0.0,
    "ema_decay": 0.0,
    "epochs": 20,
    "patience": 20,
}


class Perfect(Exception):  # noqa: N818 - no error
    """Validation has no mistakes."""


def main() -> None:
    """Run what is not there yet, and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--networks", default=";".join(NETWORKS), help="separated by semicolons")
    parser.add_argument("--toys", default=",".join(TOYS))
    parser.add_argument("--seeds", default="1")
    given = parser.parse_args()
    found = json.loads(FILE.read_text()) if FILE.exists() else {}
    for seed in given.seeds.split(","):
        for network in given.networks.split(";"):
            for toy in given.toys.split(","):
                name = f"{network} | {toy} | {seed}"
                if name not in found and toy in ASKED.get(network, TOYS):
                    found[name] = run(network, toy, int(seed))
                    FILE.write_text(json.dumps(found, indent=1) + "\n")
                    print(name, found[name], flush=True)
    write_table(found)


def run(network: str, toy: str, seed: int) -> dict[str, Any]:
    """Train once and look at the test part."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    recipe = make_recipe(**SMALL | NETWORKS[network], seed=seed)
    corpus = load_corpus(toy)
    with tempfile.TemporaryDirectory() as folder:
        epochs: list[Epoch] = []
        with suppress(Perfect):
            train(corpus, recipe, Path(folder) / "model", each_epoch=partial(watch, epochs))
        filler = load(Path(folder) / "model")
    test = corpus.splits["test"]
    pairs = zip(filler.tag_tokens(test["tokens"][:]), test["tags"][:], strict=True)
    right = sum(tagged[-1] == tags[-1] for tagged, tags in pairs)
    return {
        "right": right,
        "of": len(test),
        "reaches": reaches(network, toy),
        "p_of_chance": round(binomial(right, len(test)), 4),
        "epochs": len(epochs),
        "cpu_seconds": round(resource.getrusage(resource.RUSAGE_SELF).ru_utime - before, 1),
    }


def watch(epochs: list[Epoch], epoch: Epoch) -> None:
    """Keep an epoch, and end the training once validation has no mistakes."""
    epochs.append(epoch)
    if epoch.f1 == 1:
        raise Perfect


def reaches(network: str, toy: str) -> bool | None:
    """Tell whether the last word can be reached by what decides; None if only by some of it."""
    options = dict(NETWORKS[network])
    entry = get_architecture(options.pop("tagger"))
    reach = entry.reach(entry.defaults | options).before
    if toy == "order" and options.get("positions") == "none":
        return False  # the same set of words, whatever their order
    if toy == "first" and options.get("positions") == "none":
        return None
    if reach is None:
        return True
    reach += options.get("window_size", 0)
    name, distance = read_name(toy)
    return reach >= distance if name == "recall" else reach > 0 and None


def binomial(right: int, of: int) -> float:
    """Return how likely a share at least as far from one half is by chance, exactly."""
    far = abs(2 * right - of)
    ways = sum(math.comb(of, k) for k in range(of + 1) if abs(2 * k - of) >= far)
    return ways / 2**of


def write_table(found: dict[str, Any]) -> None:
    """Print the mean of the seeds in percent, in brackets what cannot reach the cue."""
    toys = [toy for toy in TOYS if any(f"| {toy} |" in name for name in found)]
    print(f"| network | {' | '.join(toys)} |\n|---|{'---|' * len(toys)}")
    for network in NETWORKS:
        cells = []
        for toy in toys:
            start = f"{network} | {toy} |"
            runs = [result for name, result in found.items() if name.startswith(start)]
            shares = [100 * result["right"] / result["of"] for result in runs]
            text = f"{statistics.mean(shares):.1f}" if shares else ""
            cells.append(f"({text})" if runs and runs[0]["reaches"] is False else text)
        print(f"| {network} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
