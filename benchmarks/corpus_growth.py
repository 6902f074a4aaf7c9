"""Train on the first batches of a generated corpus; print memory and time an utterance as JSON.

    python benchmarks/corpus_growth.py UTTERANCES [--batches 2000]

The utterances are 40,000 of the grammar of `ticket_booking`, over and over, as an Arrow file that
is mapped into memory. Memory is anonymous (what no file stands behind, `RssAnon` of Linux), its
peak while the corpus is prepared and while batches are trained. Time is CPU seconds an utterance
of the batches, the median of ten parts.
"""

from __future__ import annotations

import argparse
import importlib.resources
import json
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from datasets import Dataset

from slotkit.corpus.grammar.grammar import load_grammar
from slotkit.training.prepare import prepare
from slotkit.training.recipe import make_recipe
from slotkit.training.run import Run

_DIFFERENT = 40_000


def anonymous() -> float:
    """Read this process' anonymous memory, in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    raise SystemExit("this system does not tell anonymous memory")


class Peak:
    """The highest anonymous memory while in the context, looked at 50 times a second."""

    def __enter__(self) -> Peak:
        self.megabytes = anonymous()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._ended.wait(0.02):
            self.megabytes = max(self.megabytes, anonymous())

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


def write(path: Path, utterances: int) -> None:
    """Write so many utterances as an Arrow file; above 40,000 a multiple of that."""
    grammar = importlib.resources.files("slotkit.corpora") / "ticket_booking"
    rows = load_grammar(Path(str(grammar)) / "ticket_booking.grammar").generate(
        min(utterances, _DIFFERENT), seed=1, split="train"
    )
    columns = ("text", "tokens", "tags", "intent")
    table = pa.Table.from_pylist([{name: row[name] for name in columns} for row in rows])
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as stream:
        for _ in range(max(1, utterances // _DIFFERENT)):
            stream.write_table(table, max_chunksize=1_000)


def main() -> None:
    """Measure one size."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("utterances", type=int)
    parser.add_argument("--batches", type=int, default=2_000)
    given = parser.parse_args()
    torch.set_num_threads(1)
    recipe = make_recipe()
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder, "corpus.arrow"), given.utterances)
        corpus = Dataset.from_file(str(Path(folder, "corpus.arrow")))
        begun = time.perf_counter()
        with Peak() as preparing:
            run = Run(prepare(corpus, corpus.select(range(100)), recipe), recipe)
        prepared = time.perf_counter() - begun

        marks = [0.0]

        class EnoughError(Exception):
            """So many batches are done."""

        def each_batch(*_: object) -> None:
            marks.append(time.process_time())
            if len(marks) > given.batches:
                raise EnoughError

        with Peak() as training:
            marks[0] = time.process_time()
            try:
                for epoch in range(given.batches):
                    run.train_epoch(epoch, each_batch)
            except EnoughError:
                pass
    step = max(1, given.batches // 10)
    spent = np.diff(marks[::step]) / (step * recipe.batch_size)
    print(
        json.dumps(
            {
                "prepare_seconds": prepared,
                "prepare_megabytes": preparing.megabytes,
                "megabytes": training.megabytes,
                "cpu": float(np.median(spent)),
            }
        )
    )


if __name__ == "__main__":
    main()
