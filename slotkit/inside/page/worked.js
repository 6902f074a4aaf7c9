/**
 * The worked examples whose inputs can be changed, computed again by the page's own networks.
 *
 * Each function takes what `slotkit.inside.worked` wrote and inputs of the same form, and returns
 * rows of the same columns.
 *
 * @typedef {number | string | number[] | string[] | {en: string, zh: string}} Cell
 * @typedef {{name: string, title: object, text: object, equation: string, inputs: object,
 *   columns: {label: object, unit: object, powers: boolean}[], steps: Cell[][],
 *   result: object}} Worked
 */

import { softmax } from "#blocks";
import { trace as elmanTrace } from "#tagger/elman";
import { trace as lstmTrace } from "#tagger/lstm";

/** The examples by name: (record, inputs) => steps. */
export const RECOMPUTED = { elman, "lstm-cell": lstmCell, attention, convolution };

/** Make a weight of rows of numbers, or of one row. */
function weight(rows) {
  const shape = Array.isArray(rows[0]) ? [rows.length, rows[0].length] : [rows.length];
  return { shape, data: Float32Array.from(rows.flat()) };
}

/** Run a network over words and keep the rows of its tensors. */
function run(trace, weights, words, args) {
  const kept = {};
  const probe = (name, t, row) => {
    (kept[name] ??= [])[t] = [...row];
    return row;
  };
  const inputs = words.map((word) => Float32Array.from(word));
  const own = Object.fromEntries(Object.entries(weights).map(([name, w]) => [name, weight(w)]));
  trace(own, inputs, probe, args);
  return kept;
}

function elman(record, { orders, W, U, O }) {
  const all = (number) => [
    [number, number],
    [number, number],
  ];
  const weights = {
    "layers.0.weight_x": all(W),
    "layers.0.weight_h": all(U),
    "layers.0.bias": [0, 0],
    "output.weight": all(O),
    "output.bias": [0, 0],
  };
  return ["linear", "relu"].flatMap((f) =>
    orders.flatMap((words) => {
      const inputs = words.map((word) => [word, word]);
      const kept = run(elmanTrace, weights, inputs, { num_layers: 1, activation: f });
      return inputs.map((x, t) => {
        return [f, words, t + 1, x, kept["0.uh"][t], kept["0.h"][t], kept.logits[t]];
      });
    }),
  );
}

function lstmCell(record, { words, weights }) {
  const blocks = [..."ifzo"].map((name) => weights[name]); // in the order of the network
  const own = {
    "layers.0.weight_x": blocks.map((block) => block.slice(0, 3)),
    "layers.0.bias": blocks.map((block) => block[3]),
    "output.weight": [[1]],
    "output.bias": [0],
  };
  const kept = run(lstmTrace, own, words, { num_layers: 1, activation: "linear" });
  return words.map((x, t) => {
    const [i, f, z, o] = kept["0.wx"][t];
    const gates = [..."ifo"].map((name) => kept[`0.${name}`][t][0]);
    return [x, z, i, f, o, ...gates, kept["0.c"][t][0], kept["0.out"][t][0]];
  });
}

function attention(record, { words, reach }) {
  const far = (t, s) => Math.abs(t - s) > Math.max(0, reach);
  const scaled = 1 / Math.sqrt(words[0].length);
  const ways = [
    [record.steps[0][0], 1, () => false],
    [record.steps[words.length][0], scaled, () => false],
    [inRange(reach), 1, far],
  ];
  return ways.flatMap(([way, scale, masked]) =>
    words.map((x, t) => {
      const scores = words.map((other) => dot(x, other) * scale);
      const a = softmax(scores.map((score, s) => (masked(t, s) ? -Infinity : score)));
      const mean = x.map((_, k) => dot(a, column(words, k)));
      return [way, t + 1, x, scores, [...a], mean];
    }),
  );
}

const inRange = (r) => ({ en: `range ${r}, unscaled`, zh: `范围 ${r}，不缩放` });

/**
 * Compute a convolution by one head an offset, in doubles: the errors are smaller than floats tell.
 */
function convolution(record, { beta, words, kernel }) {
  const half = (kernel.length - 1) / 2;
  const zeros = words[0].map(() => 0);
  const edge = Array(half).fill(zeros);
  const x = [...edge, ...words, ...edge];
  return words.map((_, t) => {
    const place = t + half;
    const heads = kernel.map((W, head) => {
      const d = head - half;
      const a = shares(x.map((_, s) => beta * (2 * s * (place + d) - s * s)));
      return { there: a[place + d], content: zeros.map((_, k) => dot(a, column(x, k))), W };
    });
    const wanted = total(kernel.map((W, head) => times(x[t + head], W)));
    const found = total(heads.map(({ content, W }) => times(content, W)));
    const error = Math.max(...wanted.map((one, k) => Math.abs(one - found[k])));
    return [beta, t + 1, heads.map(({ there }) => there), wanted, found, error];
  });
}

/** Compute a softmax in doubles. */
function shares(scores) {
  const top = Math.max(...scores);
  const raised = scores.map((score) => Math.exp(score - top));
  const sum = raised.reduce((one, other) => one + other, 0);
  return raised.map((one) => one / sum);
}

const dot = (one, other) => other.reduce((sum, number, k) => sum + one[k] * number, 0);
const column = (rows, k) => rows.map((row) => row[k]);
const times = (x, W) => W[0].map((_, k) => dot(x, column(W, k)));
const total = (rows) => rows[0].map((_, k) => column(rows, k).reduce((a, b) => a + b, 0));
