"""Try the faults that users of the library and the command may meet, and print what happens.

    python benchmarks/torture.py [--quick] [--only ROW]...

Each row runs in a process and a folder of its own. The exit code is 1 if any row fails, which the
table says; what a row prints beside goes to standard error. The table of a whole run goes to
``docs/reliability.md`` too. Linux alone tells all that is asked of it. Numbers that are left out
are of a server, of a web page and of ONNX, which slotkit has not got, and of the tests themselves.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

for library in ("OPENBLAS", "OMP", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"  # read when NumPy is imported
os.environ["HF_DATASETS_OFFLINE"] = os.environ["HF_HUB_OFFLINE"] = "1"

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parent / "docs" / "reliability.md"
MARK = "<!-- torture -->"

# Number -> what goes wrong, what must happen, and the function that tries it.
ROWS = {
    1: (
        "malformed lines of conll, jsonl, bos and seq",
        "each told by file and line, 20 named, the rest counted; `--skip-bad` counts them",
        "text.malformed_lines",
    ),
    2: (
        "I- after O, I- of another slot",
        "F1 of `spans_of` is that of seqeval's default mode (conlleval)",
        "text.scores",
    ),
    3: (
        "an empty file, blank lines, an empty sentence",
        "one line of error; a tagging without slots",
        "text.nothing",
    ),
    4: ("any byte at any offset", "line, and byte offset or column", "text.single_bytes"),
    5: (
        "byte order mark, CRLF, U+2028, NEL, form feed",
        "the rows of the clean file; only a line feed ends a line",
        "text.other_line_ends",
    ),
    6: (
        "NUL and control characters",
        "kept in a text; an error with its column in a corpus",
        "text.control_characters",
    ),
    7: ("a token of 1 MB", "tagged in under 1 s, its offsets right", "text.long_token"),
    8: (
        "a text of 100,000 words",
        "refused in a line; with `max_words` raised, tagged where that is linear",
        "text.many_words",
    ),
    9: ("a corpus of a million lines", "less than 200 MB above the baseline", "text.many_lines"),
    10: (
        "emoji, combining marks, right to left, CJK, surrogates",
        "`text[start:end]` is the token, and the value of a slot",
        "text.odd_texts",
    ),
    11: (
        "tags in test that train has not got",
        "counted, and scored as misses",
        "text.unseen_tags",
    ),
    12: (
        "saving fails at the n-th operation or byte",
        "the old model or the new is whole, nothing unfinished is left",
        "models.failing_saves",
    ),
    13: (
        "kill -9 while training, then `--resume`",
        "the bytes of the uninterrupted training",
        "trainings.kills",
    ),
    14: (
        "Ctrl-C and SIGTERM in `train` and `tag`",
        "exit code 130 or 143 in under 10 s, no traceback",
        "trainings.signals",
    ),
    15: (
        "a corrupt or truncated model",
        "refused by ModelFileError, or equal",
        "models.corrupt_models",
    ),
    16: (
        "a malicious model",
        "nothing but its two files is opened, nothing runs; at most 5 x the folder + 20 MB",
        "models.malicious_models",
    ),
    17: (
        "a model of another format",
        "newer: one line that says to upgrade; older: tags as it did",
        "models.other_formats",
    ),
    18: (
        "threads, fork while threads tag, copies to processes",
        "equal to the bit, no hang",
        "models.threads_and_processes",
    ),
    21: (
        "NaN while training",
        "stops at that step, names its utterances, keeps the last good model",
        "trainings.no_number",
    ),
    22: ("the same seed again", "the same bytes", "trainings.same_bytes"),
    24: ("`--device cuda` without a GPU", "one line", "trainings.no_gpu"),
    25: (
        "a stale or damaged cache of a corpus",
        "equal stays, changed is read anew, damaged is rebuilt",
        "text.cache",
    ),
    26: (
        "torch, NumPy and C compute differently",
        "logits within 1e-4, equal tags",
        "models.equal_numbers",
    ),
    27: (
        "two trainings into one folder; a reader while another saves",
        "the second is refused in a line; each load is a whole model",
        "trainings.two_writers",
    ),
    28: (
        "bad memory in the loops in C",
        "none under AddressSanitizer and UBSan",
        "models.sanitized_loops",
    ),
    30: (
        "texts of 100,000 distinct words",
        "memory returns to within 20 MB of a full cache of words",
        "models.memory_returns",
    ),
}


def main() -> None:
    """Run the rows; print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small counts, in three minutes")
    parser.add_argument("--only", action="append", type=int, choices=ROWS, metavar="ROW")
    given = parser.parse_args()
    sys.path.append(str(HERE.parent / "tests"))
    # After the environment is set, and not where a process that is spawned reads this file again.
    from torture_tools import Found, in_child

    begun, failed = time.monotonic(), 0
    lines = ["| | fault | what must happen | figure | |", "|---|---|---|---|---|"]
    for area in ("text", "models", "trainings"):
        import_module(f"torture_{area}")
    with tempfile.TemporaryDirectory(prefix="slotkit-torture-") as place:
        os.environ["SLOTKIT_CACHE"] = str(Path(place, "cache"))
        os.environ.pop("SLOTKIT_MODEL", None)
        os.chdir(place)
        for number in given.only or ROWS:
            fault, wanted, name = ROWS[number]
            area, _, function = name.partition(".")
            row = getattr(import_module(f"torture_{area}"), function)
            folder = Path(place, str(number))
            folder.mkdir()
            started = time.monotonic()
            try:
                found = in_child(row, given.quick, folder)
            except RuntimeError as error:
                found = Found(False, str(error))
            spent = time.monotonic() - started
            failed += not found.holds
            verdict = "holds" if found.holds else "**FAILS**"
            print(
                f"{number}: {verdict}, {spent:.1f} s: {found.figure}", file=sys.stderr, flush=True
            )
            figure = found.figure.replace("|", "\\|").replace("\n", " ").replace(place, "")
            lines.append(f"| {number} | {fault} | {wanted} | {figure} | {verdict} |")
    minutes, tried = (time.monotonic() - begun) / 60, len(lines) - 2
    lines += ["", f"{tried - failed} of {tried} rows hold; {minutes:.0f} minutes."]
    print("\n".join(lines))
    if not (given.quick or given.only):
        before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(MARK)
        parts = (f"{before}{MARK}", *lines, f"{MARK}{rest.partition(MARK)[2]}")
        DOCUMENT.write_text("\n".join(parts), encoding="utf-8")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
