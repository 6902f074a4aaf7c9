"""Train every tagger on ATIS with five seeds and make the table of the README.

    python benchmarks/atis.py [--row NAME]... [--seeds 5] [--jobs 2]

Each run is `slotkit train` as a user would call it, on one thread, and one look at the test part
with `slotkit evaluate`. Results are kept in ``benchmarks/results/atis``; what is there is not run
again. The corpus is the folder ``atis`` of ``SLOTKIT_DATA`` (else ``../shared/data``).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DATA = Path(os.environ.get("SLOTKIT_DATA", HERE.parent.parent / "shared" / "data"))
RESULTS = HERE / "results" / "atis"

# Row -> options of `slotkit train`.
ROWS = {
    "feedforward, each word alone": "--tagger feedforward --window-size 0",
    "feedforward, window": "--tagger feedforward",
    "jordan, window": "--tagger jordan",
    "elman, window": "--tagger elman",
    "lstm, window": "--tagger lstm",
    "bidirectional elman": "--tagger bidirectional --cell elman",
    "bidirectional lstm (default)": "",
    "attention": "--tagger attention",
    "convolution": "--tagger convolution",
    "bidirectional lstm, refit": "--refit",
    "lstm, six layers": "--tagger lstm --num-layers 6 --hidden-size 100 --dropout 0.1 --epochs 20",
}


def slotkit(*words: str) -> tuple[str, float]:
    """Run the command on one thread; return what it printed and its CPU seconds."""
    command = [str(Path(sys.executable).with_name("slotkit")), *words]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"failed: {' '.join(command)}")
        out.seek(0)
        return out.read().decode(), usage.ru_utime + usage.ru_stime


def different_tags(folder: Path, corpus: Path) -> int:
    """Count the test tokens that the torch tagger and its NumPy twin tag differently."""
    import torch

    from slotkit.batches import Split
    from slotkit.corpus import load_corpus
    from slotkit.decoding import Decoder
    from slotkit.filler import SlotFiller
    from slotkit.model_file import load_model
    from slotkit.taggers import tagger_of

    torch.set_num_threads(1)
    model = load_model(folder)
    rows = load_corpus(corpus).splits["test"]
    split = Split(rows, model.encoder, model.tags, model.edges)
    tagger, decoder = tagger_of(model).eval(), Decoder(model.tags)
    ours = SlotFiller(model).tag_tokens(rows["tokens"][:])
    different = 0
    with torch.inference_mode():
        for batch in split.in_order(64):
            logits = tagger(**batch.inputs(), **batch.extras(tagger.extras, 1.0)).numpy()
            for row, scores, mask in zip(batch.rows, logits, batch.mask.numpy(), strict=True):
                theirs = [model.tags[k] for k in decoder.decode(scores[mask])]
                different += sum(a != b for a, b in zip(ours[row], theirs, strict=True))
    return different


def run(row: str, seed: int) -> None:
    """Train and score one row with one seed, unless that is done."""
    place = RESULTS / f"{'-'.join(re.findall('[a-z]+', row))}-{seed}.json"
    if place.exists():
        return
    corpus = DATA / "atis"
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model"
        options = [*ROWS[row].split(), "--seed", str(seed), "--quiet", "-o", str(model)]
        begun = time.perf_counter()
        cpu_seconds = slotkit("train", str(corpus), *options)[1]
        seconds = time.perf_counter() - begun
        scores = json.loads(slotkit("evaluate", str(model), str(corpus), "--json")[0])
        training = json.loads((model / "config.json").read_text())["training"]
        epochs = len((model / "history.jsonl").read_text().splitlines())
        result = {
            "row": row,
            "command": " ".join(f"slotkit train atis {ROWS[row]} --seed {seed}".split()),
            "seed": seed,
            "mode": scores["mode"],
            "test_f1": scores["f1"],
            "test_f1_default_mode": scores["f1_default_mode"],
            "validation_f1": training["validation_f1"],
            "epoch": training["epoch"],
            "epochs_run": epochs,
            "seconds": round(seconds, 1),
            "cpu_seconds": round(cpu_seconds, 1),
            "numpy_torch_different_tags": different_tags(model, corpus),
        }
    RESULTS.mkdir(parents=True, exist_ok=True)
    beside = place.with_suffix(".part")
    beside.write_text(json.dumps(result, indent=1) + "\n")
    beside.rename(place)
    print(f"{row}, seed {seed}: {100 * scores['f1']:.2f} in {cpu_seconds:.0f} CPU s", flush=True)


def table() -> str:
    """Write what is there as a Markdown table."""
    lines = [
        "| tagger | test F1 | validation F1 | CPU s a run | command |",
        "|---|---|---|---|---|",
    ]
    results: list[dict[str, Any]] = [json.loads(p.read_text()) for p in RESULTS.glob("*.json")]
    for row, options in ROWS.items():
        mine = [result for result in results if result["row"] == row]
        if not mine:
            continue

        def mean(key: str, mine: list[dict[str, Any]] = mine) -> str:
            values = [100 * result[key] for result in mine]
            spread = statistics.stdev(values) if len(values) > 1 else 0.0
            return f"{statistics.mean(values):.2f} ± {spread:.2f}"

        seconds = statistics.median(result["cpu_seconds"] for result in mine)
        command = " ".join(f"slotkit train atis {options}".split())
        lines.append(
            f"| {row} | {mean('test_f1')} | {mean('validation_f1')} | {seconds:.0f} | `{command}` |"
        )
    different = sum(result["numpy_torch_different_tags"] for result in results)
    lines.append(
        f"\nTags that differ between NumPy and torch in all {len(results)} runs: {different}."
    )
    return "\n".join(lines)


def main() -> None:
    """Run what is missing, two at once, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--row", action="append", choices=list(ROWS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    if not (DATA / "atis").is_dir():
        sys.exit(f"{DATA / 'atis'}: ATIS is not there; set SLOTKIT_DATA")
    todo = [(row, seed) for seed in range(1, given.seeds + 1) for row in given.row or ROWS]
    with ThreadPoolExecutor(given.jobs) as pool:
        for done in [pool.submit(run, *one) for one in todo]:
            done.result()
    print(table())


if __name__ == "__main__":
    main()
