"""Time the page's network in Node: what a model takes to write, to open, and to run.

    python benchmarks/page.py MODEL [TEXT]

``run`` is every tensor of the text, marginals and tags; ``influence`` a run more for each word. Of
30 rounds, each with another last word: CPU milliseconds of the process, median and least.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import slotkit
from slotkit.inside.payload import make_payload

TEXT = "show me the flights from boston to denver on monday morning"  # and one word: 12
SCRIPT = """
import { readFileSync } from "node:fs";
import { open } from "#inside/tagger";

const { text, payload } = JSON.parse(readFileSync(0));
const now = () => process.cpuUsage().user / 1000;
const timed = (what) => {
  const start = now();
  what();
  return now() - start;
};
const said = (times) => {
  times.sort((one, other) => one - other);
  return `${times[times.length >> 1].toFixed(1)} (least ${times[0].toFixed(1)})`;
};
let tagger;
console.log("open", timed(() => (tagger = open(payload))).toFixed(0), "ms");
const rounds = { run: [], influence: [], "both together": [] };
for (let round = 0; round < 30; round++) {
  const { words } = tagger.cut(`${text} ${round}`);
  const run = timed(() => tagger.run(words));
  const influence = timed(() => tagger.influence(words));
  rounds.run.push(run);
  rounds.influence.push(influence);
  rounds["both together"].push(run + influence);
}
for (const [name, times] of Object.entries(rounds)) console.log(name, said(times), "ms");
"""


def main() -> None:
    """Print the figures of a model."""
    folder, text = sys.argv[1], " ".join(sys.argv[2:]) or TEXT
    start = time.process_time()
    written = json.dumps(make_payload(folder))
    print(f"write {time.process_time() - start:.2f} s CPU, {len(written) / 1e6:.2f} MB", flush=True)
    subprocess.run(
        ["node", "--input-type=module", "-e", SCRIPT],
        cwd=Path(slotkit.__file__).parent,
        input=f'{{"text": {json.dumps(text)}, "payload": {written}}}',
        text=True,
        check=True,
    )


if __name__ == "__main__":
    main()
