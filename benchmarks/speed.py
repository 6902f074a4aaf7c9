"""Time slotkit beside what people would take instead, interleaved in one run.

    python benchmarks/speed.py [--quick] [--part NAME]... [--corpus FOLDER] [--models FOLDER]

Parts: ``train`` (also needed once for the others), ``cold``, ``one``, ``bulk``, ``epoch``,
``length``, ``growth``. The table is of what this run has measured, and of nothing else; of a whole
run it goes to ``benchmarks/README.md``, the figures to ``benchmarks/results/speed.json``, and the
pictures beside them. Models are kept in ``benchmarks/models``; with ``--quick`` no peer is trained,
only those whose model is there are timed, and no corpus grows.
CPU seconds are of the process and its children; machines are shared and differ, so read ratios
within a column.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when NumPy is imported

import numpy as np

HERE = Path(__file__).parent
RESULT = HERE / "results" / "speed.json"
PARTS = ("train", "cold", "one", "bulk", "epoch", "length", "growth")
MARK = "<!-- speed -->"

# 100 units and a softmax, as the figures are for; trained for a while, so that they are sure.
SMALL = "--hidden-size 100 --embedding-size 64 --decoder softmax --augment 0 --epochs 8"
TAGGERS = {
    "feedforward": f"--tagger feedforward {SMALL}",
    "elman": f"--tagger elman {SMALL}",
    "convolution": f"--tagger convolution {SMALL}",
    "jordan": f"--tagger jordan {SMALL}",
    "lstm": f"--tagger lstm {SMALL}",
    "peephole": f"--tagger lstm --gates xhc {SMALL}",
    "attention": f"--tagger attention {SMALL}",
    "default": "",
}
PEERS = ("crfsuite", "vowpal-wabbit", "spacy")
TEXT = "show me flights from boston to denver on monday morning"


def cpu_of(command: list[str], *, stdin: Path | None = None, **environment: str) -> dict[str, Any]:
    """Run a command; return its CPU and wall seconds, and its largest resident size in MB.

    The size is at least that of this process when it began the other.
    """
    with tempfile.TemporaryFile() as nothing:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdin=stdin.open("rb") if stdin else subprocess.DEVNULL,
            stdout=nothing,
            stderr=subprocess.DEVNULL,
            env=os.environ | environment,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
    if status:
        sys.exit(f"failed: {' '.join(command)}")
    cpu = usage.ru_utime + usage.ru_stime
    return {"cpu": cpu, "wall": wall, "megabytes": usage.ru_maxrss / 1024}


def interleave(runs: dict[str, Callable[[], dict[str, Any]]], times: int) -> dict[str, Any]:
    """Run each in turn, so many times over; return the medians of each."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in runs}
    for _ in range(times):
        for name, run in runs.items():
            found[name].append(run())
    return {
        name: {key: statistics.median(one[key] for one in several) for key in several[0]}
        for name, several in found.items()
    }


def python(*words: str) -> list[str]:
    """Return a command of this Python."""
    return [sys.executable, *words]


def slotkit(*words: str) -> list[str]:
    """Return a command of slotkit, as it is installed beside this Python."""
    return [str(Path(sys.executable).with_name("slotkit")), *words]


class Bench:
    """The corpus, the models, and what is measured on them."""

    def __init__(self, corpus: Path, models: Path, quick: bool) -> None:
        self.corpus, self.models, self.quick = corpus, models, quick
        self.lines = (corpus / "test" / "seq.in").read_text().splitlines()

    def peers(self) -> list[str]:
        """Return the peers whose model is there."""
        return [name for name in PEERS if (self.models / name).exists()]

    def matrix_product(self) -> float:
        """Measure this machine: 10^9 operations a second of a product of 1000 x 1000, float32."""
        a = np.ones((1000, 1000), dtype=np.float32)
        rates = []
        for _ in range(5):
            begun = time.perf_counter()
            a @ a
            rates.append(2 / (time.perf_counter() - begun))
        return max(rates)

    def train(self) -> dict[str, Any]:
        """Train what is not there; time the default and, unless quick, the peers."""
        found: dict[str, Any] = {}
        self.models.mkdir(exist_ok=True)
        for name, options in TAGGERS.items():
            place = self.models / name
            if name == "default":
                for threads in (2,) if self.quick else (1, 2):
                    words = ["train", str(self.corpus), "--quiet", "--overwrite"]
                    words += ["-o", str(place), "--threads", str(threads)]
                    found[f"default, threads {threads}"] = cpu_of(slotkit(*words))
            elif not place.exists():
                words = ["train", str(self.corpus), "--quiet", "-o", str(place)]
                epochs = ["--epochs", "2"] if self.quick else []
                cpu_of(slotkit(*words, *options.split(), *epochs), OMP_NUM_THREADS="1")
        for name in () if self.quick else PEERS:
            words = [str(HERE / "peers.py"), "train", name, str(self.corpus)]
            found[name] = cpu_of(python(*words, str(self.models / name)), OMP_NUM_THREADS="1")
        return found

    def f1(self) -> dict[str, Any]:
        """Score the taggers and the peers on the test part, strict IOB2."""
        from slotkit.evaluation.scoring import score
        from slotkit.tagging.filler import SlotFiller

        gold = [line.split() for line in (self.corpus / "test" / "seq.out").read_text().split("\n")]
        gold = gold[: len(self.lines)]
        words = [line.split() for line in self.lines]
        found = {name: SlotFiller.load(self.models / name).tag_tokens(words) for name in TAGGERS}
        found |= {name: [tag(line) for line in self.lines] for name, tag in self._load_peers()}
        return {name: {"f1": score(gold, tags)} for name, tags in found.items()}

    def _load_peers(self) -> Iterator[tuple[str, Callable[[str], Any]]]:
        """Yield each peer and what tags a text with it."""
        from peers import PEERS as KINDS

        for name in self.peers():
            peer = KINDS[name]()
            peer.load(self.models / name)
            yield name, lambda text, peer=peer: peer.tag(text.split())

    def cold(self) -> dict[str, Any]:
        """Time a fresh process up to its first answer."""
        one = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        tag = slotkit("tag", "-m", str(self.models / "default"), "--json", TEXT)
        line = self.models / "line.txt"
        line.write_text(TEXT + "\n")
        runs: dict[str, Callable[[], dict[str, Any]]] = {
            "import numpy, click": lambda: cpu_of(python("-c", "import numpy, click"), **one),
            "slotkit tag": lambda: cpu_of(tag),
            "import torch": lambda: cpu_of(python("-c", "import torch"), **one),
        }
        for name in self.peers():
            words = [str(HERE / "peers.py"), "tag", name, str(self.models / name)]
            runs[name] = lambda words=words: cpu_of(python(*words), stdin=line, **one)
        # The command reads this from its environment unless it is there.
        os.environ.pop("OPENBLAS_NUM_THREADS")
        try:
            return interleave(runs, 10 if self.quick else 30)
        finally:
            os.environ["OPENBLAS_NUM_THREADS"] = "1"

    def one(self) -> dict[str, Any]:
        """Time one utterance of the test part at a time, text in, tagging out, in microseconds."""
        import torch

        from slotkit.loops import NUMPY, use_loops
        from slotkit.model.file import load_model
        from slotkit.network.build import ensemble_of
        from slotkit.tagging.filler import SlotFiller

        torch.set_num_threads(1)
        runs: dict[str, Callable[[str], Any]] = {
            name: SlotFiller.load(self.models / name).tag for name in TAGGERS
        }
        model = load_model(self.models / "default")
        tagger = next(iter(ensemble_of(model).eval()))
        size = model.arguments["input_size"]

        def in_torch(text: str) -> Any:
            words = torch.zeros(1, len(text.split()), size)  # the network alone, no words looked up
            with torch.inference_mode():
                return tagger.network(words, torch.ones(words.shape[:2], dtype=torch.bool))

        runs["default, its network alone in torch"] = in_torch
        plain = "default, loops in NumPy"
        runs[plain] = SlotFiller.load(self.models / "default").tag
        runs |= dict(self._load_peers())
        spent: dict[str, list[list[float]]] = {name: [] for name in runs}
        for _ in range(2 if self.quick else 5):
            for name, run in runs.items():
                spent[name].append([])
                use_loops(NUMPY if name == plain else None)
                for line in self.lines:
                    begun = time.process_time()
                    run(line)
                    spent[name][-1].append(1e6 * (time.process_time() - begun))
        return {
            name: {
                "p50": min(statistics.median(times) for times in rounds[1:]),
                "p95": min(float(np.percentile(times, 95)) for times in rounds[1:]),
            }
            for name, rounds in spent.items()
        }

    def bulk(self) -> dict[str, Any]:
        """Time many lines, process start to end, in utterances a second."""
        counts = {"spacy": 2_000, "crfsuite": 20_000, "vowpal-wabbit": 20_000}
        runs: dict[str, Callable[[], dict[str, Any]]] = {}
        every = 20_000 if self.quick else 100_000

        def add(name: str, command: list[str], count: int) -> None:
            place = self.models / f"{count}.txt"
            place.write_text("".join(f"{line}\n" for line in islice(cycle(self.lines), count)))

            def run() -> dict[str, Any]:
                spent = cpu_of(command, stdin=place)
                return {"per_second": count / spent["wall"], "per_cpu": count / spent["cpu"]}

            runs[name] = run

        for name in ("default", "elman", "feedforward"):
            words = ("tag", "-m", str(self.models / name), "--json", "-")
            add(name, slotkit(*words), every)
            if name == "default":
                add("default, two workers", slotkit(*words, "--workers", "2"), every)
        for name in self.peers():
            words = (str(HERE / "peers.py"), "tag", name, str(self.models / name))
            add(name, python(*words), min(every, counts[name]))
        return interleave(runs, 1)

    def epoch(self) -> dict[str, Any]:
        """Time an epoch of recurrences beside torch's own, everything else the same."""
        import torch
        from torch import Tensor, nn

        from slotkit.corpus import load_corpus
        from slotkit.corpus.hold_out import hold_out
        from slotkit.taggers.blocks.torch_layers import States
        from slotkit.training.prepare import prepare
        from slotkit.training.recipe import make_recipe
        from slotkit.training.run import Run

        torch.set_num_threads(1)

        class Torch(nn.Module):
            """`nn.RNN` or `nn.LSTM` below an output layer."""

            extras = ()

            def __init__(self, kind: type[nn.RNNBase], size: int, hidden: int, tags: int) -> None:
                super().__init__()
                self.recurrence = kind(size, hidden, batch_first=True)
                self.output = nn.Linear(hidden, tags)

            def states(self, inputs: Tensor, mask: Tensor) -> States:
                hidden = self.recurrence(inputs)[0]
                return States(hidden, (self.output(hidden),))

        splits = hold_out(load_corpus(self.corpus).splits)
        options = {"hidden_size": 100, "embedding_size": 100, "window_size": 0}
        made: dict[str, Run] = {}
        for name, tagger, own in (
            ("nn.RNN", "elman", {}),
            ("jordan", "jordan", {}),
            ("nn.LSTM", "lstm", {}),
            ("lstm", "lstm", {}),
            ("peephole, diagonal", "lstm", {"gates": "xhc-diagonal"}),
            ("peephole, matrix", "lstm", {"gates": "xhc"}),
        ):
            recipe = make_recipe(tagger, **options, **own)
            made[name] = Run(prepare(*splits, recipe), recipe)
            if name.startswith("nn."):
                kind = nn.RNN if name == "nn.RNN" else nn.LSTM
                member = next(iter(made[name].ensemble))
                member.network = Torch(kind, 100, 100, len(made[name].setup.tags))
                member.extras = ()
                made[name].take_weights()

        def timed(run: Run) -> dict[str, Any]:
            begun = time.process_time()
            run.train_epoch(0)
            return {"cpu": time.process_time() - begun}

        return interleave(
            {n: lambda run=run: timed(run) for n, run in made.items()}, 1 if self.quick else 3
        )

    def length(self) -> dict[str, Any]:
        """Time and measure utterances of 10 to 10,000 words."""
        import tracemalloc

        from slotkit.model.file import load_model
        from slotkit.tagging.filler import SlotFiller

        fillers = {name: SlotFiller.load(self.models / name) for name in TAGGERS}
        ranged = load_model(self.models / "attention")
        ranged.arguments["attend"] = "range:8"
        fillers["attention, range 8"] = SlotFiller(ranged)
        words = [word for line in self.lines for word in line.split()]
        found: dict[str, Any] = {name: {} for name in fillers}
        lengths = (10, 30, 100, 300, 1000, 3000) if self.quick else (10, 100, 1000, 3000, 10_000)
        for length in lengths:
            some = list(islice(cycle(words), length))
            for name, filler in fillers.items():
                filler.score(some)  # so that the words are known
                begun = time.process_time()
                rounds = max(1, 1000 // length)
                for _ in range(rounds):
                    filler.score(some)
                spent = (time.process_time() - begun) / rounds
                tracemalloc.start()
                filler.score(some)
                peak = tracemalloc.get_traced_memory()[1]
                tracemalloc.stop()
                found[name][str(length)] = {"cpu": spent, "megabytes": peak / 1e6}
        return found

    def growth(self) -> dict[str, Any]:
        """Train on the first batches of corpora of 4,000 to 4,000,000 utterances."""

        def run(size: int) -> dict[str, Any]:
            words = (str(HERE / "corpus_growth.py"), str(size))
            printed = subprocess.run(python(*words), check=True, capture_output=True).stdout
            return dict(json.loads(printed))

        sizes = (4_000, 40_000, 400_000, 4_000_000)
        return interleave({str(size): partial(run, size) for size in sizes}, 3)


def draw(results: dict[str, Any]) -> None:
    """Draw accuracy against speed, and growth with the length of an utterance."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot, ticker

    if "one" in results and "f1" in results:
        figure, axes = pyplot.subplots(figsize=(7, 4.5), layout="constrained")
        for name, scored in results["f1"].items():
            speed = 1e6 / results["one"][name]["p50"]
            style = "full" if name in TAGGERS else "none"
            marker = "o" if name in TAGGERS else "s"
            axes.plot(speed, 100 * scored["f1"], marker, fillstyle=style, label=name)
        axes.set(xscale="log", xlabel="utterances a second, one at a time, one core")
        axes.set(ylabel="span F1 on ATIS test, %")
        axes.set_title("Accuracy and speed (100 units: after eight epochs; squares: peers)")
        axes.legend(loc="lower left", ncols=2)
        axes.xaxis.set_minor_formatter(ticker.NullFormatter())
        axes.margins(x=0.3, y=0.2)
        figure.savefig(HERE / "accuracy-and-speed.png", dpi=120)
    if "growth" in results:
        figure, both = pyplot.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
        x = [int(size) for size in results["growth"]]
        for axes, key, by, label in (
            (both[0], "cpu", 1e3, "CPU ms an utterance"),
            (both[1], "megabytes", 1.0, "peak anonymous MB"),
        ):
            axes.plot(x, [by * one[key] for one in results["growth"].values()], marker=".")
            axes.set(xscale="log", xlabel="utterances of the corpus", ylabel=label)
            axes.set_ylim(0, 1.15 * axes.get_ylim()[1])
        figure.savefig(HERE / "corpus-growth.png", dpi=120)
    if "length" in results:
        figure, both = pyplot.subplots(1, 2, figsize=(10, 4.5), layout="constrained")
        for axes, key, label in zip(
            both, ("cpu", "megabytes"), ("CPU seconds", "peak MB"), strict=True
        ):
            for name, grown in results["length"].items():
                x = [int(length) for length in grown]
                axes.plot(x, [one[key] for one in grown.values()], marker=".", label=name)
            axes.set(xscale="log", yscale="log", xlabel="words of an utterance", ylabel=label)
        both[0].legend(fontsize="small")
        figure.savefig(HERE / "growth.png", dpi=120)


def table(results: dict[str, Any]) -> str:
    """Write the results as Markdown."""
    machine = results["machine"]
    lines = [
        f"{machine['processor']}, {machine['cores']} cores, float32 matrix product "
        f"{machine['matrix_product']:.0f} GFLOP/s on one.",
    ]

    def add(title: str, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
        lines.extend(["", title, "", f"| {' | '.join(head)} |", "|" + "---|" * len(head)])
        lines.extend(f"| {' | '.join(row)} |" for row in rows)

    if "cold" in results:
        base = results["cold"]["import numpy, click"]["cpu"]
        add(
            "Cold start: a fresh process up to its first answer (medians, interleaved).",
            ("what", "CPU s", "of `import numpy, click`", "resident MB"),
            [
                (n, f"{r['cpu']:.3f}", f"{r['cpu'] / base:.2f} ×", f"{r['megabytes']:.0f}")
                for n, r in results["cold"].items()
            ],
        )
    if "one" in results:
        ours = results["one"]["default"]["p50"]
        add(
            "One utterance of ATIS test at a time, text to tagging, in process, CPU microseconds.",
            ("tagger", "p50", "p95", "p50 of the default's", "F1"),
            [
                (
                    n,
                    f"{r['p50']:.0f}",
                    f"{r['p95']:.0f}",
                    f"{r['p50'] / ours:.2f} ×",
                    f"{100 * results['f1'][n]['f1']:.2f}" if n in results.get("f1", {}) else "",
                )
                for n, r in results["one"].items()
            ],
        )
    if "bulk" in results:
        add(
            "`slotkit tag - --json` on many lines of ATIS test, process start to end.",
            ("tagger", "utterances a CPU second", "a wall second"),
            [
                (n, f"{r['per_cpu']:,.0f}", f"{r['per_second']:,.0f}")
                for n, r in results["bulk"].items()
            ],
        )
    if "train" in results:
        add(
            "Training on ATIS, whole.",
            ("what", "CPU s", "wall s"),
            [(n, f"{r['cpu']:.0f}", f"{r['wall']:.0f}") for n, r in results["train"].items()],
        )
    if "epoch" in results:
        plain = {"jordan": "nn.RNN"}
        add(
            "An epoch on ATIS, 100 units, batches of 32, one thread: beside torch's own.",
            ("recurrence", "CPU s", "ratio"),
            [
                (
                    n,
                    f"{r['cpu']:.2f}",
                    f"{r['cpu'] / results['epoch'][plain.get(n, 'nn.LSTM')]['cpu']:.2f} × "
                    f"{plain.get(n, 'nn.LSTM')}",
                )
                for n, r in results["epoch"].items()
                if not n.startswith("nn.")
            ],
        )
    if "length" in results:
        lengths = list(next(iter(results["length"].values())))
        add(
            "Milliseconds of CPU, and peak MB, for the logits of an utterance of so many words.",
            ("tagger", *lengths),
            [
                (n, *(f"{1e3 * g['cpu']:.3g} ms, {g['megabytes']:.3g} MB" for g in grown.values()))
                for n, grown in results["length"].items()
            ],
        )
    if "growth" in results:
        least = next(iter(results["growth"].values()))["megabytes"]
        add(
            "Training the default on the first batches of a generated corpus, one thread.",
            (
                "utterances",
                "CPU ms an utterance",
                "peak anonymous MB",
                "of the least",
                "to prepare",
            ),
            [
                (
                    f"{int(size):,}",
                    f"{1e3 * r['cpu']:.2f}",
                    f"{r['megabytes']:.0f}",
                    f"{r['megabytes'] - least:+.0f}",
                    f"{r['prepare_seconds']:.0f} s, {r['prepare_megabytes']:.0f} MB",
                )
                for size, r in results["growth"].items()
            ],
        )
    return "\n".join(lines)


def main() -> None:
    """Measure, keep the results, write the table, draw."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--part", action="append", choices=PARTS)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--models", type=Path, default=HERE / "models")
    given = parser.parse_args()
    shared = Path(os.environ.get("SLOTKIT_DATA", HERE.parent.parent / "shared" / "data"))
    corpus = given.corpus or shared / "atis"
    if not corpus.is_dir():
        sys.exit(f"{corpus}: the corpus is not there; set SLOTKIT_DATA or --corpus")
    sys.path.insert(0, str(HERE))  # for peers
    bench = Bench(corpus, given.models, given.quick)
    results: dict[str, Any] = {}
    processor = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        )
        if Path("/proc/cpuinfo").exists()
        else iter(()),
        platform.processor(),
    )
    results["machine"] = {
        "processor": processor,
        "cores": os.cpu_count(),
        "matrix_product": bench.matrix_product(),
    }
    for part in given.part or (PARTS[:-1] if given.quick else PARTS):
        begun = time.perf_counter()
        results[part] = getattr(bench, part)()
        if part == "one":
            results["f1"] = bench.f1()
        print(f"{part}: {time.perf_counter() - begun:.0f} s", flush=True)
    print(table(results))
    if given.part or given.quick:
        print("a part of all: benchmarks/README.md and the pictures are left as they are")
        return
    RESULT.write_text(json.dumps(results, indent=1) + "\n")
    readme = HERE / "README.md"
    before, _, rest = readme.read_text().partition(MARK)
    after = rest.partition(MARK)[2]
    readme.write_text(f"{before}{MARK}\n{table(results)}\n{MARK}{after}")
    draw(results)


if __name__ == "__main__":
    main()
