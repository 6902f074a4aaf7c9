/** What of B's run can be put into A's: the state of a recurrent network, or parts of it. */

import { byDifference } from "#inside/pairs";
import { namedTensors, OF_STATE } from "#inside/tensors";

const UNITS = 10; // that differ most

/** Return the parts of the state that a tagger has. */
export function partsOf(trace) {
  const kinds = new Set(namedTensors(trace, OF_STATE).map((one) => one.kind));
  if (!kinds.size || !isRecurrent(trace)) return [];
  return kinds.has("c") ? ["whole", "cell", "output", "ten"] : ["whole", "ten"];
}

/** Tell whether words are read one after the other: the hidden units of others are no memory. */
function isRecurrent(trace) {
  return namedTensors(trace, ["fed", "uh", "c"]).length > 0;
}

const KINDS = { whole: OF_STATE, ten: OF_STATE, cell: ["c"], output: ["out"] };

/**
 * Make the edits that put B's state after a word into A's.
 *
 * A Jordan network's state is what it feeds back, which the next word reads.
 * @param {object} a
 * @param {object} b
 * @param {{part: string, way: string, word: number, other: number}} what word, other: of A and B
 * @returns {import("#inside/edits").Kept[]}
 */
export function transplant(a, b, { part, way, word, other }) {
  const own = namedTensors(a, KINDS[part]).filter((one) => one.way === way);
  const fed = own.filter((one) => one.kind === "fed");
  const step = fed.length ? (way === "back" ? -1 : 1) : 0;
  const [at, from] = [word + step, other + step];
  if (a.words[at] === undefined || b.words[from] === undefined) return [];
  const tensors = (fed.length ? fed : own).map((one) => one.name);
  return tensors.map((tensor) => ({
    tensor,
    words: [at],
    units: part === "ten" ? unitsOf(a, b, tensor, at, from) : null,
    from: "b",
    word: from,
  }));
}

/** Return the ten units whose memory differs most, in the order of their numbers. */
function unitsOf(a, b, tensor, word, other) {
  const memory = tensor.replace(/out$/, "c");
  const row = (trace, at) => trace.tensors.get(memory).rows[at];
  const order = byDifference(row(a, word), row(b, other));
  return order.slice(0, UNITS).sort((one, next) => one - next);
}
