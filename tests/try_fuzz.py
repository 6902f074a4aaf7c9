"""Look for inputs that break what must hold: a crash, an error of another kind, a long wait.

Run by hand, where atheris is installed (``pip install slotkit[fuzz]``; it runs on Linux)::

    python tests/try_fuzz.py readers
    python tests/try_fuzz.py model --seconds 60 --keep

The targets are the keys of `fuzzed.CHECKS`. Inputs are changed at random, and those that reach
code that none before has reached are changed further. A finding is whatever the check of the
target does not allow; an input that takes longer than 25 seconds or more than 2 GB of memory
ends the run. Other findings are made smaller, and their tracebacks printed beside the files that
hold them. With ``--keep`` the findings, and those inputs that reach the most code, are added to
``tests/inputs/TARGET.jsonl``, through which `test_inputs.py` goes every time.

What the loops in C read or write beside their arrays is only seen where they are compiled so::

    CC=clang LDSHARED="clang -shared" CFLAGS="-fsanitize=address,undefined,fuzzer-no-link -g" \\
        python setup.py build_ext --inplace --force
    LD_PRELOAD=$(python -c "import atheris; print(atheris.path())")/asan_with_fuzzer.so \\
        ASAN_OPTIONS=detect_leaks=0 python tests/try_fuzz.py loops

GCC compiles them for wider registers too; what it compiles is linked without ``-fsanitize``.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import slotkit
from first_inputs import LONGEST, first_inputs, words

TESTS = Path(__file__).parent
TARGETS = ("readers", "grammar", "tokenizer", "model", "json", "loops")
_MOST_KEPT, _MOST_BYTES = 60, 18_000  # inputs of a target, and bytes of them
_MOST_LINES = 100_000  # of an input, that are looked at


def failure(check: Callable[[bytes], None], data: bytes) -> tuple[str, str]:
    """Return what is wrong with an input, where it came up, and its traceback; empty if nothing."""
    try:
        check(data)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        frame = [one for one in frames if "slotkit" in one.filename or "fuzzed" in one.filename][-1]
        place = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
        return place, traceback.format_exc()
    return "", ""


def smaller(check: Callable[[bytes], None], data: bytes, *, seconds: float = 20) -> bytes:
    """Take away what the same failure does without."""
    place, end = failure(check, data)[0], time.monotonic() + seconds
    size = len(data) // 2
    while size and place:
        start = 0
        while start < len(data) and time.monotonic() < end:
            less = data[:start] + data[start + size :]
            if failure(check, less)[0] == place:
                data = less
            else:
                start += size
        size //= 2
    return data


def fuzz(target: str, folder: Path, seconds: int) -> None:
    """Run the fuzzer; what is not allowed goes to ``findings``, once for each place."""
    import atheris

    with atheris.instrument_imports(include=["slotkit"]):
        from fuzzed import CHECKS, kept
        from slotkit.taggers.table import ARCHITECTURES, get_runtime

        for architecture in ARCHITECTURES:  # which are loaded when they are first needed
            get_runtime(architecture)
    seen: set[str] = set()

    def try_one(data: bytes) -> None:
        place, trace = failure(CHECKS[target], data)
        if place and place not in seen:
            seen.add(place)
            path = folder / "findings" / hashlib.sha1(data).hexdigest()
            path.write_bytes(data)
            print(f"{trace}FINDING {place}: {path}", file=sys.stderr, flush=True)

    for number, data in enumerate([*first_inputs(target), *kept(target)]):
        (folder / "inputs" / f"first-{number}").write_bytes(data)
    lines = ("".join(f"\\x{byte:02x}" for byte in word.encode()) for word in words(target))
    (folder / "words").write_text("".join(['"O"\n', *(f'"{line}"\n' for line in lines)]))
    options = {
        "max_total_time": seconds,
        "timeout": 25,
        "rss_limit_mb": 2048,
        "max_len": LONGEST,
        "dict": folder / "words",
        "artifact_prefix": f"{folder / 'findings'}/",
        "print_final_stats": 1,
    }
    arguments = [f"-{name}={value}" for name, value in options.items()]
    atheris.Setup([sys.argv[0], *arguments, str(folder / "inputs")], try_one)
    atheris.Fuzz()


def reached(check: Callable[[bytes], None], data: bytes) -> set[Any]:
    """Return which lines an input reaches first, in slotkit and its check, with those before."""
    ours = (str(Path(slotkit.__file__).parent), str(TESTS / "fuzzed"))
    found: set[Any] = set()
    before: dict[int, int] = {}
    left = _MOST_LINES

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal left
        name = frame.f_code.co_filename
        left -= 1
        if left < 0 or not name.startswith(ours):
            return None
        found.add((name, before.get(id(frame)), frame.f_lineno, event))
        before[id(frame)] = frame.f_lineno
        return trace

    sys.settrace(trace)
    try:
        failure(check, data)
    finally:
        sys.settrace(None)
    return found


def keep(target: str, folder: Path, findings: list[bytes]) -> None:
    """Add the findings to what is kept, and the inputs that reach the most beside it."""
    from fuzzed import CHECKS, kept

    paths = list((folder / "inputs").iterdir())
    paths.sort(key=lambda path: (path.name.startswith("first-"), path.stat().st_size))
    inputs = dict.fromkeys(path.read_bytes() for path in paths)
    end, lines = time.monotonic() + 30, {}
    for data in inputs:
        if time.monotonic() < end and 0 < len(data) <= LONGEST:
            lines[data] = reached(CHECKS[target], data)
    chosen = list(dict.fromkeys([*kept(target), *findings]))
    room = _MOST_BYTES - sum(map(len, chosen))
    done = {line for data in chosen for line in reached(CHECKS[target], data)}
    while len(chosen) < _MOST_KEPT:
        fits = [data for data in lines if len(data) <= room]
        best = max(fits, key=lambda data: len(lines[data] - done) / (1000 + len(data)), default=b"")
        if not best or not lines[best] - done:
            break
        chosen.append(best)
        room -= len(best)
        done |= lines.pop(best)
    texts = sorted(json.dumps(base64.b64encode(data).decode()) for data in chosen)
    path = TESTS / "inputs" / f"{target}.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(text + "\n" for text in texts), encoding="utf-8")
    print(f"{path}: {len(texts)} of {len(lines)} inputs, of {len(inputs)}")


def main() -> None:
    """Fuzz, make findings smaller, and keep what is to be kept."""
    parser = argparse.ArgumentParser(description="Look for inputs that break what must hold.")
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--keep", action="store_true")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{asked.target}-"))
    for name in ("inputs", "findings"):
        (folder / name).mkdir()
    if child := os.fork():  # the fuzzer ends the process that it runs in
        os.waitpid(child, 0)
    else:
        fuzz(asked.target, folder, asked.seconds)
        return
    from fuzzed import CHECKS

    findings = []
    for path in sorted((folder / "findings").iterdir()):
        if "-" in path.name:  # the fuzzer's own: the process ended, or took too long
            print(f"not made smaller, and not kept: {path}")
            continue
        findings.append(smaller(CHECKS[asked.target], path.read_bytes()))
        print(f"{failure(CHECKS[asked.target], findings[-1])[1]}{findings[-1]!r}\n")
    print(f"{len(findings)} findings in {folder}")
    if asked.keep:
        keep(asked.target, folder, findings)


if __name__ == "__main__":
    main()
