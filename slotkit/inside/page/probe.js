/**
 * Looks at every tensor's row of every word where it is made, and changes those that are edited.
 *
 * @typedef {{tensor: string, value?: number | number[] | Float32Array[], words?: number[] | null,
 *   units?: number[] | null}} Edit what a tensor is set to, 0 unless given: a number, one row for
 *   all words, or a row for each of `words`. `units` are places of the axis behind the words.
 */

const BOTH = ["head", "dimension"];
const GATES = ["gate", "unit"];
// What the axes of a tensor are behind the words, by the end of its name and how many they are.
const AXES = {
  window: ["place", "dimension"],
  word: ["dimension"],
  logits: ["tag"],
  fed: ["tag"],
  mask: ["word"],
  scores: ["head", "word"],
  weights: ["head", "word"],
  part: ["head", "unit"],
  parts: ["offset", "unit"],
  ...{ q: BOTH, k: BOTH, v: BOTH, head: BOTH, wx: GATES, uh: GATES, cc: GATES },
};

/** Return what the axes of a row are. */
function axesOf(name, shape) {
  const found = AXES[name.split(".").at(-1)] ?? ["unit"];
  return found.length === shape.length ? found : ["unit"];
}

/**
 * Make what networks show their rows to.
 * @param {number[]} order the word that stands at each place of what the network sees
 * @param {Edit[]} edits they and all that is kept count words as the text does
 * @param {boolean} keeps whether rows are kept; without, edits are all it does
 * @returns {{probe: import("#blocks").Probe, tensors: Map<string, {axes: string[],
 *   shape: number[], rows: Float32Array[]}>, check: () => void}}
 */
export function makeProbe(order, edits, keeps = true) {
  const tensors = new Map();
  const edited = new Set(edits.map((edit) => edit.tensor));
  const met = new Set();
  const moved = order.some((word, place) => word !== place);
  const places = order.map((_, word) => order.indexOf(word));
  for (const word of edits.flatMap((edit) => edit.words ?? [])) {
    if (!order.includes(word)) {
      throw new RangeError(`an edit names word ${word}, but there are ${order.length}`);
    }
  }

  function probe(name, t, row, shape = [row.length]) {
    if (!keeps && !edited.has(name)) return row;
    met.add(name);
    const axes = axesOf(name, shape);
    const turns = moved && axes.at(-1) === "word";
    let own = turns ? columns(row, places) : row;
    for (const edit of edits) {
      if (edit.tensor === name) own = set(edit, own, shape, order[t], order.length);
    }
    if (keeps) {
      const whole = { axes: ["word", ...axes], shape: [order.length, ...shape], rows: [] };
      if (!tensors.has(name)) tensors.set(name, whole);
      tensors.get(name).rows[order[t]] = own;
    }
    return turns ? columns(own, order) : own;
  }

  function check() {
    const missing = [...edited].find((name) => !met.has(name));
    if (missing === undefined) return;
    const choices = keeps ? `; choose from ${[...tensors.keys()].join(", ")}` : "";
    throw new RangeError(`no tensor '${missing}'${choices}`);
  }

  return { probe, tensors, check };
}

/** Put the last axis of a row in another order: number k of it is what was number order[k]. */
function columns(row, order) {
  const size = order.length;
  return row.map((_, k) => row[k - (k % size) + order[k % size]]);
}

/** Return a row with what an edit says of its word; the same row where that changes nothing. */
function set({ tensor, value = 0, words = null, units = null }, row, shape, word, length) {
  const number = words === null ? word : words.indexOf(word);
  if (number < 0) return row;
  const size = row.length / shape[0]; // numbers of a unit
  const chosen = units ?? [...Array(shape[0]).keys()];
  if (!chosen.every((unit) => unit >= 0 && unit < shape[0])) {
    throw new RangeError(
      `an edit of ${tensor} names one of [${chosen}], but there are ${shape[0]}`,
    );
  }
  const count = words === null ? length : words.length;
  const take = reader(value, number, count, chosen.length, size);
  if (take === null) {
    const wanted = [count, chosen.length, ...shape.slice(1)].join(", ");
    throw new RangeError(`an edit of ${tensor} takes a number or an array of shape (${wanted})`);
  }
  const changed = row.slice();
  chosen.forEach((unit, n) => {
    for (let k = 0; k < size; k++) changed[unit * size + k] = take(n, k);
  });
  return changed.every((one, k) => one === row[k]) ? row : changed;
}

/** Return what gives number k of the unit n from a value; null where it has another shape. */
function reader(value, number, count, units, size) {
  if (typeof value === "number") return () => value;
  const several = typeof value[0] !== "number";
  if (several && value.length !== count && value.length !== 1) return null;
  const own = several ? value[value.length === 1 ? 0 : number] : value;
  if (own.length === units * size) return (n, k) => own[n * size + k];
  if (own.length === size) return (n, k) => own[k];
  return own.length === 1 ? () => own[0] : null;
}
