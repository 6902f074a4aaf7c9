/** The equations of an LSTM and a GRU with the numbers of one unit at one word. */

import { ACTIVATIONS, logistic } from "#blocks";
import { reader, wordBefore } from "#inside/tensors";

const FUNCTIONS = { s: logistic, tanh: Math.tanh, "": (x) => x };
const CLOSE = 1e-4; // what rounding to single precision may leave

/**
 * @typedef {{symbol: string, value: number, name?: string, gate?: number}} Term name, gate: where
 *   the trace has it
 * @typedef {{kind: string, name: string, around: string, terms: Term[], joined: string,
 *   sum: number, value: number, edited: boolean}} Line around: the function that is taken of the
 *   sum, "" for none; joined: how terms stand in the equation, {n} for number n of them; edited:
 *   whether an edit has set another number than the equation gives
 * @typedef {{way: string, layer: number, word: number, unit: number}} Place
 */

/**
 * Write all equations of a unit at a word.
 * @param {object} trace
 * @param {Place} place
 * @param {{cell: string, activation?: string, resetAfter?: boolean}} options
 * @returns {Line[]}
 */
export function linesOf(trace, place, { cell, activation = "tanh", resetAfter = false }) {
  const numbers = numbersOf(trace, place, cell === "gru" ? "h" : "c");
  return cell === "gru" ? ofGru(numbers, resetAfter) : ofLstm(numbers, activation);
}

/** Return what reads the numbers of a unit at a word. */
function numbersOf(trace, { way, layer, word, unit }, state) {
  const at = reader(trace, way, layer);
  const before = wordBefore(trace, way, word);
  const H = at.row(state, word).length;
  const value = (kind) => at.row(kind, word)[unit];
  return {
    has: at.has,
    /** What a gate gets, before its function. */
    given: (kind, symbol, gate) => ({
      symbol,
      value: at.row(kind, word)[gate * H + unit],
      name: at.name(kind),
      gate,
    }),
    own: (kind, symbol = kind) => ({ symbol, value: value(kind), name: at.name(kind) }),
    earlier: (kind) => ({
      symbol: `${kind}(t\u22121)`,
      value: before === undefined ? 0 : at.row(kind, before)[unit],
    }),
    line(kind, around, terms, joined, sum) {
      const found = value(kind);
      const edited =
        Math.abs(FUNCTIONS[around](sum) - found) > CLOSE * Math.max(1, Math.abs(found));
      return { kind, name: at.name(kind), around, terms, joined, sum, value: found, edited };
    },
  };
}

/** Write the equation of a gate: a function of a sum. */
function gateLine({ line }, kind, around, terms) {
  const sum = terms.reduce((all, term) => all + term.value, 0);
  return line(kind, around, terms, terms.map((_, n) => `{${n}}`).join(" + "), sum);
}

function ofLstm(numbers, activation) {
  const { has, given, own, earlier, line } = numbers;
  const g = activation === "linear" ? "" : activation;
  const gates = ["i", "f", "z", "o"].map((kind, gate) => {
    const terms = [given("wx", "W x", gate)];
    if (has("uh")) terms.push(given("uh", "U out(t\u22121)", gate));
    if (has("cc")) terms.push(given("cc", "C c(t\u22121)", gate));
    return gateLine(numbers, kind, kind === "z" ? g : "s", terms);
  });
  const [f, c, i, z] = [own("f"), earlier("c"), own("i"), own("z")];
  const sum = f.value * c.value + i.value * z.value;
  const [o, now] = [own("o"), own("c", "c(t)")];
  const read = o.value * ACTIVATIONS[activation](now.value);
  return [
    ...gates,
    line("c", "", [f, c, i, z], "{0} · {1} + {2} · {3}", sum),
    line("out", "", [o, now], g ? `{0} · ${g}({1})` : "{0} · {1}", read),
  ];
}

function ofGru(numbers, resetAfter) {
  const { given, own, earlier, line } = numbers;
  const gates = ["r", "z"].map((kind, gate) =>
    gateLine(numbers, kind, "s", [given("wx", "W x", gate), given("uh", "U h(t\u22121)", gate)]),
  );
  const memory = resetAfter ? "r (U h(t\u22121) + c)" : "U (r h(t\u22121))";
  const n = gateLine(numbers, "n", "tanh", [given("wx", "W x", 2), own("un", memory)]);
  const [z, h, fresh] = [own("z"), earlier("h"), own("n")];
  const sum = z.value * h.value + (1 - z.value) * fresh.value;
  return [...gates, n, line("h", "", [z, h, fresh], "{0} · {1} + (1 \u2212 {0}) · {2}", sum)];
}

/**
 * Measure the share of the peepholes in each gate: |C c| / (|W x| + |U out| + |C c|).
 * @param {object} trace
 * @param {Place} place
 * @returns {{kind: string, mean: number, own: number}[] | null} mean: over all units; own: of the
 *   unit; null without peepholes
 */
export function peepholes(trace, { way, layer, word, unit }) {
  const at = reader(trace, way, layer);
  if (!at.has("cc")) return null;
  const [wx, uh, cc] = ["wx", "uh", "cc"].map((kind) => at.row(kind, word));
  const H = wx.length / 4;
  const share = (k) => {
    const all = Math.abs(wx[k]) + Math.abs(uh[k]) + Math.abs(cc[k]);
    return all && Math.abs(cc[k]) / all;
  };
  return ["i", "f", "z", "o"].map((kind, gate) => {
    let sum = 0;
    for (let u = 0; u < H; u++) sum += share(gate * H + u);
    return { kind, mean: sum / H, own: share(gate * H + unit) };
  });
}
