/**
 * Bidirectional network word by word: logits(t) = O [a(t); b(t)] + c.
 *
 * What each direction makes stands under its name, in the order of the text; with Jordan cells each
 * has logits of its own, of which the mean is taken.
 */

import { make, readOut, sideBySide, under } from "#blocks";
import { read as elman } from "#tagger/elman";
import { read as gru } from "#tagger/gru";
import { trace as jordan } from "#tagger/jordan";
import { read as lstm } from "#tagger/lstm";

const READ = { elman, gru, lstm };

/**
 * Run the network.
 * @param {import("#blocks").Weights} weights
 * @param {Float32Array[]} x shape (T, D)
 * @param {import("#blocks").Probe} probe
 * @param {{num_layers: number, cell: string}} args
 * @returns {{hidden: Float32Array[], logits: Float32Array[]}} shapes (T, 2H) and (T, K)
 */
export function trace(weights, x, probe, args) {
  const last = x.length - 1;
  const ahead = (name, t, row, shape) => probe(`ahead.${name}`, t, row, shape);
  const back = (name, t, row, shape) => probe(`back.${name}`, last - t, row, shape);
  const run = (cell) => [
    cell(under(weights, "ahead"), x, ahead, args),
    cell(under(weights, "back"), [...x].reverse(), back, args),
  ];
  const join = (a, b) => a.map((a_t, t) => sideBySide([a_t, b[last - t]]));
  if (args.cell !== "jordan") {
    const hidden = join(...run(READ[args.cell]));
    return { hidden, logits: readOut(weights, hidden, probe) };
  }
  const [one, other] = run(jordan);
  const logits = one.logits.map((row, t) => {
    const back_t = other.logits[last - t];
    return probe(
      "logits",
      t,
      make(row.length, (k) => (row[k] + back_t[k]) / 2),
    );
  });
  return { hidden: join(one.hidden, other.hidden), logits };
}
