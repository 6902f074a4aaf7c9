"""Rows of `torture.py` about training and the command: what ends them, what they write."""

from __future__ import annotations

import math
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torture_tools import Found, command, empty, in_child, is_line, wait

from slotkit.errors import ModelFileError, TrainingError
from slotkit.model.file import load_model, save_model
from slotkit.taggers.table import ARCHITECTURES
from slotkit.training.recipe import make_recipe
from slotkit.training.run import Run
from small import SMALL, TEN, history, kept, run
from tiny import make_model

# Else each process that trains would import them anew.
for _name in ("torch._dynamo", "seqeval.metrics", "rich.live", "slotkit.cli.train"):
    import_module(_name)

SIZES = ("--embedding-size", "8", "--hidden-size", "8", "--batch-size", "4", "-q")
SLOTKIT = str(Path(sys.executable).with_name("slotkit"))


def ten(folder: Path) -> Path:
    """Write the ten utterances of the tests as a corpus."""
    lines = []
    for utterance in TEN:
        for word in utterance.split():
            token, _, tag = word.partition("/")
            lines.append(f"{token}\t{tag or 'O'}\n")
        lines.append("\n")
    for part in ("train", "valid"):
        (folder / f"{part}.conll").write_text("".join(lines))
    return folder


# 13


def kills(quick: bool, folder: Path) -> Found:
    """Training is killed at any moment, goes on with --resume, and gives the same bytes."""
    names = ARCHITECTURES[:2] if quick else ARCHITECTURES
    wanted = 3 if quick else 25
    chance, corpus, log = random.Random(13), ten(empty(folder / "c")), folder / "log"
    killed = inside = resumed = finished = wrong = 0
    for name in names:
        words = ["train", corpus, "--tagger", name, *SIZES, "--epochs", "8", "--patience", "8"]
        begun = time.monotonic()
        for _ in range(2):  # the second without what the first has made: the cache
            whole = empty(folder / "whole")
            begun = time.monotonic()
            assert wait(command(log, *words, "-o", whole, "--overwrite")) == 0, log.read_text()
        lasts = time.monotonic() - begun
        place, mine = folder / "parts", 0
        empty(place).rmdir()
        while True:
            # With no checkpoint it was killed in the first epoch, or is finished.
            resumes = (place / "checkpoint.json").exists()
            how = ["train", "--resume"] if resumes else [*words, "--overwrite"]
            process = command(log, *how, "-o", place)
            resumed += resumes
            if mine < wanted:
                time.sleep(chance.uniform(0.0, lasts))
                os.kill(process, signal.SIGKILL)
            code = wait(process)
            if code == -signal.SIGKILL:
                mine += 1
                inside += any(place.glob(".*-tmp"))
                continue
            finished += 1
            equal = code == 0 and kept(place) == kept(whole) and history(place) == history(whole)
            wrong += not equal
            if not equal:
                print(f"kills: {name}: {log.read_text()[-300:]}", file=sys.stderr)
            empty(place).rmdir()
            if mine >= wanted:
                break
        killed += mine
    return Found(
        not wrong and killed == wanted * len(names),
        f"{len(names)} architectures, {killed} kills, {inside} of them within a write, {resumed} "
        f"resumed: {finished - wrong} of {finished} trainings end in equal bytes",
    )


# 14


def _end(words: Sequence[object], number: int, ready: Any, folder: Path) -> tuple[int, float, str]:
    """Begin a command, send it a signal when it is ready, and see how it ends."""
    log = folder / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [SLOTKIT, *map(str, words)],
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
    ready(process, log)
    begun = time.monotonic()
    process.send_signal(number)
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    return process.returncode, time.monotonic() - begun, log.read_text(errors="replace")


def signals(quick: bool, folder: Path) -> Found:
    """Ctrl-C and SIGTERM while it trains, while it waits for a line, and while it tags."""
    corpus, long = ten(empty(folder / "c")), "to Taipei " * 2_500
    save_model(make_model(), folder / "quick")
    save_model(make_model("attention", hidden_size=64, num_layers=4), folder / "slow")
    right, tried, slowest = 0, 0, {}

    def trains(process: Any, log: Path) -> None:
        until = time.monotonic() + 60
        while not (place / "checkpoint.json").exists() and time.monotonic() < until:
            time.sleep(0.05)

    def waits(process: Any, log: Path) -> None:
        process.stdin.write(b"to Taipei\n")
        process.stdin.flush()
        while not log.stat().st_size and process.poll() is None:
            time.sleep(0.02)

    def tags(process: Any, log: Path) -> None:
        waits(process, log)
        threading.Thread(target=_feed, args=(process.stdin, b"to Taipei\n" * 9_999)).start()
        time.sleep(0.3)

    def thinks(process: Any, log: Path) -> None:
        waits(process, log)
        process.stdin.write(f"{long}\n".encode())
        process.stdin.flush()
        time.sleep(0.5)

    tag = ["tag", "--json", "--max-words", "5000", "-", "-m"]
    cases: dict[str, tuple[list[Any], Any]] = {
        "train": (["train", corpus, *SIZES, "--epochs", "100000", "--patience", "100000"], trains),
        "tag that waits": ([*tag, folder / "quick"], waits),
        "tag": ([*tag, folder / "quick"], tags),
        "tag by workers": ([*tag, folder / "quick", "--workers", "2"], tags),
        "full attention": ([*tag, folder / "slow"], thinks),
    }
    if quick:
        cases = {name: cases[name] for name in ("train", "tag")}
    for name, (words, ready) in cases.items():
        seconds = []
        both = ((signal.SIGINT, 130), (signal.SIGTERM, 143))
        for number, code in both[name == "train" :][:1] if quick else both:
            for _ in range(1 if quick else 5):
                place = folder / "model"
                more = ["-o", place, "--overwrite"] if name == "train" else []
                if more:
                    empty(place)
                ended, spent, said = _end([*words, *more], number, ready, folder)
                good = ended == code and "Traceback" not in said and spent < 10
                right += good
                tried += 1
                seconds.append(spent)
                if not good:
                    print(f"signals: {name}: {ended} {spent:.1f} {said[-300:]}", file=sys.stderr)
        slowest[name] = max(seconds)
    return Found(
        right == tried,
        f"{right} of {tried} end with 130 or 143 and no traceback; at most "
        + ", ".join(f"{name} {most:.1f} s" for name, most in slowest.items()),
    )


def _feed(stream: Any, content: bytes) -> None:
    """Write to a process until it has ended."""
    try:
        for _ in range(1_000):
            stream.write(content)
    except (OSError, ValueError):
        pass


# 21


def no_number(quick: bool, folder: Path) -> Found:
    """Let a weight become NaN: training stops at the next step and names its utterances."""
    right = tried = 0

    def train(name: str, decoder: str, step: int) -> bool:
        place, batches = empty(folder / "model"), []
        real, runs = Run._step, []

        def watched(self: Run, batch: Any, epoch: int) -> float:
            runs.append(self)
            batches.append((epoch, sorted(batch.rows.tolist())))
            return real(self, batch, epoch)

        def poison(done: int, every: int, loss: float) -> None:
            if len(batches) == step:
                with torch.no_grad():
                    next(iter(runs[-1].ensemble.parameters())).fill_(math.nan)

        Run._step = watched  # type: ignore[method-assign]
        recipe = make_recipe(name, **SMALL | {"decoder": decoder, "epochs": 6})
        try:
            run(place, recipe, each_batch=poison)
        except TrainingError as error:
            epoch, rows = batches[-1]
            names = ", ".join(str(row + 1) for row in rows)
            told = f"became nan in epoch {epoch + 1}, at train utterances {names};" in str(error)
            good = load_model(place).training["epoch"] <= epoch if epoch else True
            return told and is_line(str(error)) and len(batches) == step + 1 and good
        return False

    for name in ARCHITECTURES:
        for decoder in ("softmax", "crf"):
            for step in (4,) if quick else (1, 4, 5, 11):
                tried += 1
                right += in_child(train, name, decoder, step)
    return Found(
        right == tried, f"{right} of {tried} stop at the next step, name it, keep the last model"
    )


# 22


def same_bytes(quick: bool, folder: Path) -> Found:
    """Two trainings with one seed, each in a process of its own."""
    equal = tried = different = 0
    for threads in (1,) if quick else (1, 2):
        for name in ARCHITECTURES:
            options = SMALL | {"epochs": 2, "threads": threads, "decoder": "crf"}
            for place, seed in (("one", 1), ("again", 1), ("other", 2)):
                recipe = make_recipe(name, **options, seed=seed)
                in_child(lambda f, r: bool(run(f, r)), empty(folder / place), recipe)
            one, again, other = (kept(folder / name) for name in ("one", "again", "other"))
            equal += one == again and history(folder / "one") == history(folder / "again")
            different += not set(one.values()) & set(other.values())
            tried += 1
    return Found(
        equal == different == tried,
        f"{equal} of {tried} pairs equal in every byte ({len(ARCHITECTURES)} architectures"
        + (")" if quick else ", 1 and 2 threads)")
        + f"; another seed gives others in {different}",
    )


# 24


def no_gpu(quick: bool, folder: Path) -> Found:
    """Ask for a GPU where there is none."""
    corpus = ten(empty(folder / "c"))
    right, line = 0, ""
    devices = (("cuda", 1),) if quick else (("cuda", 1), ("auto", 0))
    for device, code in devices:
        words = [SLOTKIT, "train", str(corpus), "--device", device, "-o", str(folder / device)]
        ended = subprocess.run(
            [*words, *SIZES, "--epochs", "1"],
            env=os.environ | {"CUDA_VISIBLE_DEVICES": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        right += ended.returncode == code and (
            (is_line(ended.stderr) and "no CUDA device" in ended.stderr)
            if code
            else not ended.stderr
        )
        line = line or ended.stderr.strip()
    also = "" if quick else "; auto trains without one"
    return Found(right == len(devices), f"cuda: `{line}`{also}")


# 27


def two_writers(quick: bool, folder: Path) -> Found:
    """Two trainings into one folder; and readers while another saves."""
    corpus, place = ten(empty(folder / "c")), folder / "model"
    wanted, refused = 5 if quick else 50, 0
    words = ["train", corpus, *SIZES, "--overwrite", "-o", place]
    first = command(folder / "first", *words, "--epochs", "100000", "--patience", "100000")
    until = time.monotonic() + 60
    while not (place / "checkpoint.json").exists() and time.monotonic() < until:
        time.sleep(0.02)
    for _ in range(wanted):
        code = wait(command(folder / "second", *words, "--epochs", "1"))
        line = (folder / "second").read_text()
        told = line == f"Error: {place}: another process writes into it\n"
        refused += code == 1 and told
    os.kill(first, signal.SIGINT)
    stopped = wait(first)
    models = [make_model(seed=seed)._replace(temperature=1.0 + seed) for seed in range(4)]
    save_model(models[0], shared := folder / "shared")
    writer = os.fork()
    if not writer:
        try:
            while True:
                for model in models:
                    save_model(model, shared)
        finally:
            os._exit(1)
    loads, failed, seen = 300 if quick else 5_000, 0, set()
    for _ in range(loads):
        try:
            model = load_model(shared)
            own = models[round(model.temperature - 1)]
            seen.add(model.temperature)
            failed += any((model.weights[k] != own.weights[k]).any() for k in own.weights)
        except ModelFileError as error:
            failed += 1
            if failed == 1:
                print(f"readers: {error}", file=sys.stderr)
    os.kill(writer, signal.SIGKILL)
    os.waitpid(writer, 0)
    return Found(
        refused == wanted and stopped == 130 and not failed and len(seen) > 1,
        f"{refused} of {wanted} second trainings refused in a line, the first goes on; "
        f"{loads:,} loads while another saves: {failed} fail",
    )
