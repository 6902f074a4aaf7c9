"""Rows of `torture.py` about models: their files, their numbers, threads that share them."""

from __future__ import annotations

import copy
import ctypes
import errno
import gc
import importlib.util
import json
import multiprocessing
import os
import pickle
import random
import resource
import shutil
import subprocess
import sys
import sysconfig
import threading
import warnings
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torture_tools import TEXT, Found, Peak, empty, in_child, is_line, megabytes, wait

from cases import CASES, arrays, bind, build, make_batch
from command import run as run_command
from model_folders import CHANGES, Fault, as_of, mutants, read_config, write_config, write_weights
from slotkit.decoding.decoder import Decoder
from slotkit.errors import ModelFileError
from slotkit.loops import KINDS, NUMPY, use_loops
from slotkit.model.config import FORMAT
from slotkit.model.file import from_bytes, load_model, save_model, to_bytes
from slotkit.taggers.table import ARCHITECTURES
from slotkit.tagging.filler import SlotFiller
from tiny import TAGS, WORDS, make_model

TESTS = Path(__file__).resolve().parent.parent / "tests"


def folder_size(folder: Path) -> float:
    """Return the MB of all files of a folder."""
    return sum(path.stat().st_size for path in folder.iterdir()) / 2**20


def said(filler: SlotFiller, text: str = TEXT) -> dict[str, Any]:
    """Return all that a tagger says of a text."""
    found = filler.tag(text)
    return found.to_json(probabilities=True) | {"bits": found.probabilities.tobytes()}


# 12


def failing_saves(quick: bool, folder: Path) -> Found:
    """Let the n-th operation on the disk fail, for every n, and the writing of the n-th byte."""
    names = ARCHITECTURES[:2] if quick else ARCHITECTURES
    errors = (OSError(errno.ENOSPC, "No space left"), OSError(errno.EIO, "Input/output error"))
    saves = left = broken = orphans = 0

    def look(place: Path, old: bytes, new: bytes, failed: bool) -> None:
        nonlocal saves, left, broken, orphans
        saves += 1
        left += any(path.name.endswith("-tmp") for path in place.iterdir())
        try:
            model = to_bytes(load_model(place))[0]
        except ModelFileError:
            broken += 1
            return
        broken += model not in (old, new) or (model == old and not failed)
        orphans += len(list(place.iterdir())) != 2

    for name in names:
        models = [make_model(name, seed=seed) for seed in (1, 2)]
        old, new = (to_bytes(model)[0] for model in models)
        for error in (*errors, KeyboardInterrupt()):
            for fatal in range(1, 100):
                place = empty(folder / "model")
                save_model(models[0], place)
                with pytest.MonkeyPatch.context() as patch:
                    fault = Fault(patch, fatal, error)
                    failed = False
                    try:
                        save_model(models[1], place)
                    except (ModelFileError, KeyboardInterrupt):
                        failed = True
                look(place, old, new, failed)
                if fault.calls < fatal:
                    break
        place = empty(folder / "model")
        save_model(models[1], place)
        most = max(path.stat().st_size for path in place.iterdir())
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        for size in range(0, most + 2, 97 if quick else 5):
            save_model(models[0], empty(place))
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
            failed = False
            try:
                save_model(models[1], place)
            except ModelFileError:
                failed = True
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            look(place, old, new, failed)
    return Found(
        not (left or broken),
        f"{saves:,} saves that fail at the n-th operation or byte: {saves - broken:,} leave the "
        f"old model or the new; {left} unfinished files; a file of weights that no model names in "
        f"{orphans:,}, which the next save removes",
    )


# 15


def corrupt_models(quick: bool, folder: Path) -> Found:
    """Flip, replace, add, drop and double bytes; cut both files at every length."""
    wanted = 5_000 if quick else 1_000_000
    models = [make_model(name, encoder="other", hidden_size=4) for name in ARCHITECTURES]
    packed = [to_bytes(model) for model in models]
    tried = refused = equal = wrong = 0

    def read(config: bytes, weights: bytes, whole: tuple[bytes, bytes]) -> None:
        nonlocal tried, refused, equal, wrong
        tried += 1
        try:
            model = from_bytes(config, weights)
        except (ValueError, RecursionError):  # which `load_model` turns into ModelFileError
            refused += 1
        except Exception as error:
            wrong += 1
            print(f"corrupt: {error!r:.300}", file=sys.stderr)
        else:
            equal += to_bytes(model) == whole
            wrong += to_bytes(model) != whole

    for whole in packed:
        for part in (0, 1):
            for length in range(0, len(whole[part]), 20 if quick else 1):
                cut = list(whole)
                cut[part] = cut[part][:length]
                read(cut[0], cut[1], whole)
    through_files = wrong_files = 0
    for number, whole in enumerate(packed):
        save_model(models[number], place := empty(folder / "model"))
        paths = sorted(place.iterdir())
        count = -(-(wanted - tried) // (len(packed) - number)) + 1
        for seed, part in enumerate((0, 1)):
            for mutant in mutants(whole[part], count // 2, seed=2 * number + seed):
                cut = list(whole)
                cut[part] = mutant
                read(cut[0], cut[1], whole)
        for path in paths:
            content = path.read_bytes()
            for mutant in mutants(content, 50 if quick else 1_000, seed=number):
                path.write_bytes(mutant)
                through_files += 1
                try:
                    wrong_files += to_bytes(load_model(place)) != whole
                except ModelFileError as error:
                    wrong_files += not is_line(str(error))
                except Exception as error:
                    wrong_files += 1
                    print(f"corrupt: {error!r:.300}", file=sys.stderr)
            path.write_bytes(content)
    return Found(
        not (wrong or wrong_files) and tried >= wanted,
        f"{tried:,} in memory: {refused:,} refused, {equal:,} equal, {wrong} else; "
        f"{through_files:,} through files: {wrong_files} neither ModelFileError nor equal",
    )


# 16


def _nasty(model: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return changes of a configuration that ask for much memory."""
    many = [f"B-{number}" for number in range(200_000)]
    arguments = model["arguments"]
    mark = {"date": [[str(n) for n in range(50_000)], []]}
    return {
        "hidden": {"arguments": arguments | {"hidden_size": 2**31 - 1}},
        "embedding": {
            "embedding_size": 7 * 10**8,
            "window_size": 0,
            "arguments": arguments | {"input_size": 7 * 10**8},
        },
        "window": {"window_size": 10**8, "arguments": arguments | {"input_size": 6 * 10**8 + 3}},
        "layers": {"arguments": arguments | {"num_layers": 1000}},
        "members": {"ensemble_size": 1000},
        "both": {"ensemble_size": 1000, "arguments": arguments | {"num_layers": 1000}},
        "tags": {"tags": many, "arguments": arguments | {"num_tags": len(many)}},
        "intents": {"intents": [str(n) for n in range(200_000)], "most_intents": 1},
        "sets": {"intents": [str(n) for n in range(100_000)], "most_intents": 9},
        "marked words": {"marked_words": [f"{n}." for n in range(300_000)]},
        "value marks": {"value_marks": mark},
        "number": {"training": {"x": 10**4000}},
        "encoder": {"encoder": {"name": "hashing", "letters": 10**9}},
        "encoders": {"encoder": {"name": "sum", "parts": [model["encoder"]] * 2_000}},
        "crf": {"decoder": "crf", "tags": many, "arguments": arguments | {"num_tags": len(many)}},
    }


def malicious_models(quick: bool, folder: Path) -> Found:
    """Watch what loading does, by an audit hook, and its memory beside the folder's size."""
    save_model(make_model(intents=["go"]), whole := folder / "whole")
    SlotFiller.load(whole).tag(TEXT)
    with suppress(ModelFileError):  # so that all that a refusal imports is there
        load_model(folder / "none")
    events: list[tuple[str, str]] = []
    watching = False
    harmless = ("os.listdir", "os.scandir", "object.__getattr__", "time.sleep", "gc.")

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if watching and not event.startswith(harmless):
            events.append((event, str(arguments[0]) if arguments else ""))

    sys.addaudithook(hook)
    config = read_config(whole)
    changes = [change for change, _ in CHANGES] + list(_nasty(config).values())
    (weights,) = whole.glob("weights-*")
    content = weights.read_bytes()
    header = int.from_bytes(content[:8], "little")
    nothing = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    many = json.dumps({f"t{n}": nothing for n in range(60_000)}).encode()
    huge = content[8 : 8 + header].replace(b'"shape":[', b'"shape":[9999999,', 1)
    files = [
        len(many).to_bytes(8, "little") + many,
        (2**62).to_bytes(8, "little") + content[8:],
        (90_000_000).to_bytes(8, "little") + content[8:],
        len(huge).to_bytes(8, "little") + huge + content[8 + header :],
        content[:8] + b" " * header + content[8 + header :],
        content + bytes(1 << 22),
    ]
    texts = [b"[" * 15_000_000, b"{" + b'"a":{' * 3_000_000, b'"' + b"\\u0041" * 2_000_000, b""]
    objects: list[dict[str, Any]] = [  # of which JSON takes three bytes, and Python many
        {"training": {"x": [[] for _ in range(4_000_000)]}},
        {"training": {"x": [{} for _ in range(4_000_000)]}},
        {"training": {f"{n:x}": 1 for n in range(1_200_000)}},
        {"training": {"x": [f"{n:x}" for n in range(1_500_000)]}},
    ]
    if quick:
        objects, changes, texts = objects[3:], changes[::3], texts[3:]
    worst, over, refused, opened, odd = 0.0, [], 0, 0, []
    for number, change in enumerate([*objects, *changes, *files, *texts]):
        shutil.copytree(whole, place := folder / "model")
        if isinstance(change, dict):
            write_config(place, config | change)
        elif number < len(objects) + len(changes) + len(files):
            write_weights(place, change)
        else:
            (place / "config.json").write_bytes(change)
        size = folder_size(place)
        events.clear()
        watching = True
        with Peak() as peak:
            watching = True
            try:
                SlotFiller.load(place).tag("to Taipei")
            except ModelFileError:
                refused += 1
            watching = False
        for event, what in events:
            if event == "open" and Path(what).parent == place:
                opened += 1
            elif not (event == "open" and what.startswith("/proc/self/")):
                odd.append((event, what))
        worst = max(worst, peak.grown - 5 * size)
        if peak.grown > 5 * size + 20:
            name = next(iter(change)) if isinstance(change, dict) else "file"
            over.append(f"{name}: {peak.grown:.0f} MB of a folder of {size:.1f} MB")
        shutil.rmtree(place)
    asked = len(objects) + len(changes) + len(files) + len(texts)
    for line in (*over, *map(str, odd[:5])):
        print(f"malicious: {line}", file=sys.stderr)
    return Found(
        not (over or odd),
        f"{asked} models, {refused} refused: {opened} opens of their own files, {len(odd)} other "
        f"events; at most {max(0, worst):.0f} MB above 5 x the folder"
        + (f"; too much: {'; '.join(over)}" if over else ""),
    )


# 17


def other_formats(quick: bool, folder: Path) -> Found:
    """Load a newer format, and older ones."""
    save_model(make_model(), place := folder / "model")
    config, refused, read = read_config(place), 0, 0
    expected = said(SlotFiller.load(place))
    newer = (FORMAT + 1, FORMAT + 10, 10**9)
    for number in newer:
        (place / "config.json").write_text(json.dumps(config | {"format": number, "new": {}}))
        for verb in (["tag", "-m", place, "to"], ["evaluate", place, "ticket_booking"]):
            ended = run_command(*verb)
            told = f"format {number}; this slotkit reads formats up to {FORMAT}: upgrade slotkit"
            refused += ended.exit_code == 1 and is_line(ended.stderr) and told in ended.stderr
    for older in range(1, 5):
        write_config(place, as_of(config, older))
        read += said(SlotFiller.load(place)) == expected
    golden = [path for path in sorted((TESTS / "golden").iterdir()) if path.is_dir()]
    loaded = sum(bool(SlotFiller.load(path).tags) for path in golden)
    return Found(
        (refused, read, loaded) == (2 * len(newer), 4, len(golden)),
        f"{refused} of {2 * len(newer)} refused in a line; {read} of 4 older formats tag as they "
        f"did, {loaded} of {len(golden)} models of formats 1 to {FORMAT} load",
    )


# 18


def _tag_in_threads(model: tuple[bytes, bytes], texts: list[str], threads: int) -> int:
    """Tag texts by threads that share a tagger; return how many answers differ from those alone."""
    filler = SlotFiller(from_bytes(*model), cached_words=40)
    alone = [said(SlotFiller(from_bytes(*model)), text) for text in texts]
    wrong: list[int] = []

    def work(start: int) -> None:
        for i in range(len(texts)):
            at = (start + i) % len(texts)
            if said(filler, texts[at]) != alone[at]:
                wrong.append(at)

    several = [threading.Thread(target=work, args=(9 * n,)) for n in range(threads)]
    for thread in several:
        thread.start()
    for thread in several:
        thread.join()
    return len(wrong)


def _shared(folder: Path, filler: SlotFiller, expected: dict[str, Any]) -> dict[str, bool]:
    """Send a tagger through all that copies it."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        spawned = pool.submit(SlotFiller.tag, filler, TEXT).result()
    found = {
        "pickle": said(pickle.loads(pickle.dumps(filler))) == expected,
        "deepcopy": said(copy.deepcopy(filler)) == expected,
        "spawn": spawned.probabilities.tobytes() == expected["bits"],
    }
    if importlib.util.find_spec("joblib"):
        joblib: Any = importlib.import_module("joblib.externals.loky") and sys.modules["joblib"]
        os.environ["PYTHONWARNINGS"] = "ignore"  # of its helper, which outlives this process
        taggings = joblib.Parallel(n_jobs=2, max_nbytes=None)(
            joblib.delayed(filler.tag)(TEXT) for _ in range(8)
        )
        found["joblib"] = all(one.probabilities.tobytes() == expected["bits"] for one in taggings)
        joblib.externals.loky.get_reusable_executor().shutdown(wait=True)
    return found


def threads_and_processes(quick: bool, folder: Path) -> Found:
    """Share a tagger among threads, fork while they tag, and send it to other processes."""
    warnings.simplefilter("ignore")  # newer Pythons warn of a fork beside threads
    chance = random.Random(18)
    texts = [
        " ".join(chance.choice(WORDS) + chance.choice(["", "a", "7"]) for _ in range(1 + i % 12))
        for i in range(15 if quick else 150)
    ]
    names = ("bidirectional", "attention") if quick else ARCHITECTURES
    fork, wrong, answers = multiprocessing.get_context("fork"), 0, 0
    for name in names:
        model = to_bytes(make_model(name, decoder="crf", intents=["go", "ask"]))
        with ProcessPoolExecutor(4, mp_context=fork) as pool:
            wrong += sum(pool.map(_tag_in_threads, [model] * 4, [texts] * 4, [16] * 4))
        answers += 4 * 16 * len(texts)
    filler = SlotFiller(make_model(decoder="crf", intents=["go", "ask"]), cached_words=5)
    expected = said(filler)
    ended = threading.Event()

    def tag() -> None:
        while not ended.is_set():
            for text in texts:
                filler.tag(text)

    several = [threading.Thread(target=tag) for _ in range(8)]
    for thread in several:
        thread.start()
    children, well, hung = 20 if quick else 200, 0, 0
    for _ in range(children):
        child = os.fork()
        if not child:
            with suppress(BaseException):
                os._exit(0 if all(said(filler) == expected for _ in range(5)) else 1)
            os._exit(2)
        code = wait(child, 20)
        well += code == 0
        hung += code is None
        if hung == 3:
            break
    ended.set()
    for thread in several:
        thread.join()
    through = _shared(folder, filler, expected)
    return Found(
        not wrong and well == children and all(through.values()),
        f"4 processes x 16 threads x {len(texts)} texts x {len(names)} architectures: {wrong} of "
        f"{answers:,} differ; {well} of {children} forked children right, {hung} hang; "
        + ", ".join(f"{name} {'equal' if good else 'DIFFERS'}" for name, good in through.items()),
    )


# 26


def equal_numbers(quick: bool, folder: Path) -> Found:
    """Compute every architecture with every choice of its options in torch, NumPy and C."""
    cases = [parameter.values[0] for parameter in CASES]
    if quick:
        cases = [next(case for case in cases if case.architecture == n) for n in ARCHITECTURES]
    count, most, different, wrong = 20 if quick else 200, 0.0, 0, 0
    chance = random.Random(26)
    decoder = Decoder(TAGS)
    for seed, case in enumerate(cases):
        network = build(case, seed=seed)
        if case.arguments.get("activation") == "linear":
            # Else its state grows, and single precision is far from double in torch alone too.
            with torch.no_grad():
                for weight in network.parameters():
                    weight.mul_(0.4)
        learned = case.arguments.get("positions") == "learned"  # which have an end
        longest = case.arguments["max_length"] if learned else 30
        lengths = [chance.randint(1, longest) for _ in range(count)]
        inputs, mask, extras = make_batch(case, lengths, seed=seed)
        with torch.no_grad():
            expected = network(inputs, mask, **extras).numpy()
        weights = arrays(network)
        tags = [decoder.decode(expected[b, :n]).tolist() for b, n in enumerate(lengths)]
        for kind in (NUMPY, *KINDS):
            use_loops(kind)
            run = bind(case, weights)
            for b, n in enumerate(lengths):
                own = {name: extra[b, :n, :n].numpy() for name, extra in extras.items()}
                _, logits = run(inputs[b, :n].numpy(), **own)
                apart = float(np.abs(logits - expected[b, :n]).max())
                scale = max(1.0, float(np.abs(expected[b, :n]).max()))
                most = max(most, apart / scale)
                wrong += apart > 1e-4 * scale
                different += decoder.decode(logits).tolist() != tags[b]
        use_loops()
    return Found(
        not (different or wrong),
        f"{len(cases)} networks x {count} utterances x {1 + len(KINDS)} ways: at most {most:.0e} "
        f"apart; {different} tags differ",
    )


# 28

_SANITIZED = """
import importlib.util, random, sys
spec = importlib.util.spec_from_file_location("slotkit.loops.loops", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
sys.modules["slotkit.loops.loops"] = module
from pathlib import Path
import try_loops
from slotkit.errors import UtteranceError
from slotkit.loops import KINDS, loops_in_use, use_loops
from slotkit.tagging.filler import SlotFiller
try_loops.main()
assert module.__file__ == sys.argv[1]
chance, done = random.Random(28), 0
words = ["to", "from", "Taipei", "on", "2nd", "x" * 200, "."]
for folder in sorted(Path(sys.argv[2]).iterdir()):
    if not folder.is_dir() or chance.random() > float(sys.argv[4]):
        continue
    filler = SlotFiller.load(folder, cached_words=4)
    for kind in KINDS:
        use_loops(kind)
        for _ in range(int(sys.argv[3])):
            text = " ".join(chance.choice(words) for _ in range(chance.randint(0, 20)))
            try:
                filler.tag_n_best(text, chance.randint(1, 4))
                filler.tag_batch([text, "to Taipei", text])
            except UtteranceError:
                pass
            done += 1
print(done)
"""


def sanitized_loops(quick: bool, folder: Path) -> Found:
    """Compile the loops with what finds bad memory and undefined sums, and run them."""
    loops = TESTS.parent / "slotkit" / "loops" / "loops.c"
    how = "gcc -fsanitize=address,undefined loops.c, then tests/try_loops.py with it"
    try:
        runtime = subprocess.run(
            ["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        runtime = ""
    if not Path(runtime).is_absolute():
        return Found(True, f"not run here, where gcc has no sanitizers: {how}")
    built = folder / "loops.so"
    includes = [f"-I{sysconfig.get_paths()['include']}", f"-I{np.get_include()}"]
    flags = ["-O0" if quick else "-O1", "-g", "-fPIC", "-shared", "-ffp-contract=off", "-Wno-psabi"]
    flags += ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]
    subprocess.run(["gcc", *flags, *includes, str(loops), "-o", str(built)], check=True)
    environment = os.environ | {
        "LD_PRELOAD": runtime,
        "ASAN_OPTIONS": "detect_leaks=0",
        "PYTHONMALLOC": "malloc",
        "PYTHONPATH": str(TESTS),
    }
    words = [str(built), str(TESTS / "golden"), *(("2", "0.2") if quick else ("100", "1"))]
    ended = subprocess.run(
        [sys.executable, "-c", _SANITIZED, *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        print(ended.stderr[-3000:], file=sys.stderr)
        return Found(False, f"ended with {ended.returncode}: {ended.stderr[-200:]!r}")
    calls = int(ended.stdout.split()[-1])
    return Found(
        True, f"no error in {calls:,} random texts by models of every kind, in every kind of C"
    )


# 30


def memory_returns(quick: bool, folder: Path) -> Found:
    """Tag a text of words that are all new after those of a full cache."""
    size, words = (20, 20_000) if quick else (100, 100_000)
    found: dict[str, tuple[float, float, float]] = {}
    for name in ("bidirectional",) if quick else ("bidirectional", "feedforward", "convolution"):

        def tag(name: str = name) -> tuple[float, float, float]:
            filler = SlotFiller(make_model(name, hidden_size=size), max_words=200_000)
            for first in range(0, 2_000, 20):
                filler.tag(" ".join(f"w{n}" for n in range(first, first + 20)))
            gc.collect()
            full = megabytes("VmRSS")
            with Peak() as peak:
                for again in "xy":  # what the allocator keeps of the first serves the second
                    filler.tag(" ".join(f"{again}{n}" for n in range(words)))
            gc.collect()
            after = megabytes("VmRSS") - full
            # What the allocator of glibc keeps for the next one, up to 64 MB, is not in use.
            ctypes.CDLL(None).malloc_trim(0)
            return megabytes("VmRSS") - full, after, peak.grown

        found[name] = in_child(tag)
    above, after, peak = (max(numbers) for numbers in zip(*found.values(), strict=True))
    return Found(
        above < 20 and after < 84,
        f"twice {words:,} distinct words: {peak:.0f} MB at most meanwhile, {after:.0f} MB after, "
        f"{above:.1f} MB without what the allocator keeps",
    )
