"""Train taggers with five seeds each and make the tables of scores.

    python benchmarks/accuracy.py [--row NAME]... [--seeds 5] [--jobs 2]

Each run is `slotkit train` as a user would call it, on one thread, and one look at the test part
with `slotkit evaluate` (and `slotkit stress`, but on SNIPS, whose slots have no roles). Results
are kept in ``benchmarks/results/<corpus>``; what is there is not run again. ATIS and SNIPS are
folders of ``SLOTKIT_DATA`` (else ``../shared/data``). SNIPS has no test part: every tenth
utterance of its training part serves as validation, and its validation part as test.
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
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from safetensors.numpy import load_file

HERE = Path(__file__).parent
DATA = Path(os.environ.get("SLOTKIT_DATA", HERE.parent.parent / "shared" / "data"))
RESULTS = HERE / "results"


class Row(NamedTuple):
    """What is trained: a corpus and options of `slotkit train`."""

    corpus: str
    options: str = ""


# What held for all sizes before passes and steps followed from the size, and what is known was
# taken less often. Words of large corpora are moved since then, which `--adversarial 0` leaves out.
STEPS = "--patience 10 --batch-size 32 --learning-rate 0.004 --ema-decay 0.998 --keep-known 1"
LONG = f"--epochs 24 {STEPS}"
PLAIN = (
    "--decoder softmax --augment 0 --encoder other+hashing "
    f"--embedding-size 100 --hidden-size 150 --window-size 0 --epochs 30 {STEPS}"
)
# As in the lectures: every word's tag by itself, words as they are.
TAGGERS = {
    "feedforward, each word alone": Row("atis", "--tagger feedforward --window-size 0"),
    "feedforward, window": Row("atis", "--tagger feedforward"),
    "jordan, window": Row("atis", "--tagger jordan"),
    "elman, window": Row("atis", "--tagger elman"),
    "lstm, window": Row("atis", "--tagger lstm"),
    "bidirectional elman": Row("atis", f"--cell elman {PLAIN}"),
    "bidirectional lstm": Row("atis", PLAIN),
    "attention": Row("atis", "--tagger attention"),
    "convolution": Row("atis", "--tagger convolution"),
    "bidirectional lstm, refit": Row("atis", f"--refit {PLAIN}"),
    "lstm, six layers": Row(
        "atis", "--tagger lstm --num-layers 6 --hidden-size 100 --dropout 0.1 --epochs 20"
    ),
}
# With all that helps.
RECIPES = {
    "default": Row("atis"),
    "default, SNIPS": Row("snips"),
    "default, English tickets": Row("ticket_booking"),
    "default, Chinese tickets": Row("ticket_booking_zh"),
    "long": Row("atis", LONG),
    "long, SNIPS": Row("snips", f"--adversarial 0 {LONG}"),
    "long, English tickets": Row("ticket_booking", f"--adversarial 0 {LONG}"),
    "long, Chinese tickets": Row("ticket_booking_zh", f"--adversarial 0 {LONG}"),
    "long, no value swapping": Row("atis", f"--augment 0 {LONG}"),
    "long, no CRF": Row("atis", f"--decoder softmax {LONG}"),
    "long, intent": Row("atis", f"--intent {LONG}"),
    "adversarial": Row("atis", f"--adversarial 0.1 {LONG}"),
    "adversarial, English tickets": Row("ticket_booking", f"--adversarial 0.1 {LONG}"),
    "ensemble": Row("atis", f"--ensemble-size 3 {LONG}"),
    "accurate": Row("atis", f"--preset accurate {LONG}"),
    "ensemble, SNIPS": Row(
        "snips",
        "--ensemble-size 3 --adversarial 0 --intent --embedding-size 100 --hidden-size 150 "
        f"--epochs 12 {STEPS}",
    ),
    "accurate, SNIPS": Row("snips", f"--preset accurate --intent --epochs 12 {STEPS}"),
    "accurate and larger, SNIPS": Row(
        "snips",
        f"--preset accurate --intent --embedding-size 100 --hidden-size 150 --epochs 12 {STEPS}",
    ),
}
ROWS = TAGGERS | RECIPES


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


def find_corpus(name: str, folder: Path) -> str:
    """Return what the command is to call a corpus; that of SNIPS is made in the folder."""
    if name.startswith("ticket"):
        return name
    if not (DATA / name).is_dir():
        sys.exit(f"{DATA / name}: the corpus is not there; set SLOTKIT_DATA")
    if name != "snips":
        return str(DATA / name)
    made = folder / name
    for part, source, wanted in (
        ("train", "train", lambda number: number % 10 != 1),
        ("validation", "train", lambda number: number % 10 == 1),
        ("test", "valid", lambda number: True),
    ):
        (made / part).mkdir(parents=True)
        for file in ("seq.in", "seq.out", "label"):
            lines = (DATA / name / source / file).read_text().splitlines(keepends=True)
            kept = [line for number, line in enumerate(lines) if wanted(number)]
            (made / part / file).write_text("".join(kept))
    return str(made)


def different_tags(folder: Path, corpus: str) -> int:
    """Count the test tokens that the torch tagger and its NumPy twin tag differently."""
    import torch

    from slotkit.corpus import load_corpus
    from slotkit.decoding.marks import ValueMarks
    from slotkit.model.file import load_model
    from slotkit.network.build import ensemble_of
    from slotkit.tagging.filler import SlotFiller
    from slotkit.training.batches import Split

    torch.set_num_threads(1)
    model = load_model(folder)
    rows = load_corpus(corpus).splits["test"]
    split = Split(rows, model.encoder, model.tags, model.edges)
    filler, tagger = SlotFiller(model), ensemble_of(model).eval()
    ours = filler.tag_tokens(rows["tokens"][:])
    marks = ValueMarks(model.tags, model.value_marks)
    different = 0
    with torch.inference_mode():
        for batch in split.in_order(64):
            logits = tagger(batch.inputs(), **batch.extras(tagger.extras, 1.0)).numpy()
            for row, scores, mask in zip(batch.rows, logits, batch.mask.numpy(), strict=True):
                own = scores[mask]
                marks.keep_off(own[None], [split.tokens(row)], filler.decoder.decode)
                theirs = [model.tags[k] for k in filler.decoder.decode(own)]
                different += sum(a != b for a, b in zip(ours[row], theirs, strict=True))
    return different


def run(name: str, seed: int) -> None:
    """Train and score one row with one seed, unless that is done."""
    row = ROWS[name]
    place = RESULTS / row.corpus / f"{'-'.join(re.findall('[A-Za-z]+', name)).lower()}-{seed}.json"
    if place.exists():
        return
    with tempfile.TemporaryDirectory() as folder:
        corpus = find_corpus(row.corpus, Path(folder))
        model = Path(folder) / "model"
        options = [*row.options.split(), "--seed", str(seed), "--quiet", "-o", str(model)]
        begun = time.perf_counter()
        cpu_seconds = slotkit("train", corpus, *options)[1]
        seconds = time.perf_counter() - begun
        scores = json.loads(slotkit("evaluate", str(model), corpus, "--json")[0])
        pairs = None
        if row.corpus != "snips":
            pairs = json.loads(slotkit("stress", str(model), corpus, "--json")[0])["pairs"]
        training = json.loads((model / "config.json").read_text())["training"]
        epochs = len((model / "history.jsonl").read_text().splitlines())
        (weights,) = model.glob("weights-*.safetensors")
        trust = scores["confidence"]
        result = {
            "row": name,
            "command": " ".join(f"slotkit train {row.corpus} {row.options} --seed {seed}".split()),
            "seed": seed,
            "mode": scores["mode"],
            "test_f1": scores["f1"],
            "test_f1_default_mode": scores["f1_default_mode"],
            "test_f1_seen": scores["f1_seen"],
            "test_f1_unseen": scores["f1_unseen"],
            "validation_f1": training["validation_f1"],
            "intent": scores["intent"],
            "temperature": scores["temperature"],
            "calibration_error_before": trust["before"]["error"],
            "calibration_error": trust["after"]["error"],
            "calibration_error_perfect": trust["after"]["perfect"],
            "auroc": trust["after"]["auroc"],
            "brier": trust["after"]["brier"],
            "pairs": pairs,
            "parameters": sum(weight.size for weight in load_file(weights).values()),
            "epoch": training["epoch"],
            "epochs_run": epochs,
            "seconds": round(seconds, 1),
            "cpu_seconds": round(cpu_seconds, 1),
            "numpy_torch_different_tags": different_tags(model, corpus),
        }
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_suffix(".part")
    beside.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    beside.rename(place)
    print(f"{name}, seed {seed}: {100 * scores['f1']:.2f} in {cpu_seconds:.0f} CPU s", flush=True)


def mean(results: list[dict[str, Any]], key: str, scale: float = 100, digits: int = 2) -> str:
    """Write the mean and standard deviation of a figure."""
    values = [scale * result[key] for result in results]
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.mean(values):.{digits}f} ± {spread:.{digits}f}"


def _pairs(results: list[dict[str, Any]]) -> str:
    """Write how many of all pairs are right, whichever way they were built."""
    shares = []
    for result in results:
        count = sum(way["pairs"] for way in result["pairs"])
        right = {
            key: sum(way["pairs"] * way[key] for way in result["pairs"]) / count
            for key in ("both_roles", "both")
        }
        shares.append(right)
    return f"{mean(shares, 'both_roles')} (roles alone), {mean(shares, 'both')} (every tag)"


def table() -> str:
    """Write what is there as two Markdown tables."""
    lines = [
        "| tagger | test F1 | validation F1 | CPU s a run | command |",
        "|---|---|---|---|---|",
    ]
    results: list[dict[str, Any]] = [json.loads(p.read_text()) for p in RESULTS.glob("*/*.json")]
    for name, row in ROWS.items():
        mine = [result for result in results if result["row"] == name]
        if not mine:
            continue
        if name == next(iter(RECIPES)):
            lines += [
                "",
                "| recipe | test F1 | seen, unseen values | intent | calibration error before, "
                "after (perfect) | AUROC | CPU s a run | command |",
                "|---|---|---|---|---|---|---|---|",
            ]
        seconds = statistics.median(result["cpu_seconds"] for result in mine)
        command = " ".join(f"slotkit train {row.corpus} {row.options}".split())
        f1 = mean(mine, "test_f1") + ("" if len(mine) == 5 else f" ({len(mine)} seeds)")
        if name in TAGGERS:
            lines.append(
                f"| {name} | {f1} | {mean(mine, 'validation_f1')} | {seconds:.0f} | `{command}` |"
            )
            continue
        intents = [result["intent"] for result in mine if result["intent"]]
        figure = partial(mean, mine, scale=1, digits=3)
        lines.append(
            f"| {name} | {f1} | {mean(mine, 'test_f1_seen')}, {mean(mine, 'test_f1_unseen')} | "
            f"{mean(intents, 'first') if intents else ''} | "
            f"{figure('calibration_error_before')}, {figure('calibration_error')} "
            f"({figure('calibration_error_perfect')}) | {figure('auroc')} | {seconds:.0f} | "
            f"`{command}` |"
        )
    for name in RECIPES:
        mine = [result for result in results if result["row"] == name and result["pairs"]]
        if mine:
            lines.append(f"\n{name}, minimal pairs with both right: {_pairs(mine)}.")
    different = sum(result["numpy_torch_different_tags"] for result in results)
    lines.append(
        f"\nTags that differ between NumPy and torch in all {len(results)} runs: {different}."
    )
    return "\n".join(lines)


def main() -> None:
    """Run what is missing, two at once, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--row", action="append", choices=list(ROWS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    todo = [(row, seed) for seed in range(1, given.seeds + 1) for row in given.row or ROWS]
    with ThreadPoolExecutor(given.jobs) as pool:
        for done in [pool.submit(run, *one) for one in todo]:
            done.result()
    print(table())


if __name__ == "__main__":
    main()
