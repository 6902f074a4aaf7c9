/**
 * Edits as the page keeps them, in plain JSON so that an address can hold them.
 *
 * Each is an edit of `tagger.run`, or a transplant: {tensor, words, units, from: "b", word} puts
 * in what B has in the same tensor at its own word. Those that were made together share a `step`.
 *
 * @typedef {{tensor: string, value?: number | number[], words: number[] | null,
 *   units: number[] | null, from?: "b", word?: number, step?: number}} Kept
 */

/**
 * Make edits that `tagger.run` takes; of a transplant B's numbers are put in.
 *
 * The shell calls `resolve(state.edits, b)` with B's run and hands what comes back to
 * `tagger.run(words, {edits})`.
 * @param {Kept[]} edits
 * @param {object | null} b B's run
 * @returns {import("#inside/probe").Edit[]} without the transplants for which B has no numbers
 */
export function resolve(edits, b) {
  const found = readable(edits).map((edit) => (edit.from === "b" ? taken(edit, b) : edit));
  return found.filter(Boolean);
}

/** Return what is an edit, with all its parts: an address may hold anything. */
export function readable(edits) {
  return edits
    .filter((edit) => typeof edit?.tensor === "string")
    .map((edit) => ({ ...edit, words: edit.words ?? null, units: edit.units ?? null }))
    .filter(({ words, units }) =>
      [words, units].every((one) => one === null || Array.isArray(one)),
    );
}

/** Tell whether an edit acts: a transplant needs B's numbers. */
export const acts = (edit, b) => edit.from !== "b" || taken(edit, b) !== null;

function taken({ tensor, words, units, word }, b) {
  const found = b?.tensors.get(tensor);
  const row = found?.rows[word];
  if (!row) return null;
  const count = found.shape[1];
  const size = row.length / count; // numbers of a unit
  const chosen = units ?? Array.from({ length: count }, (_, u) => u);
  if (!chosen.length || !chosen.every((u) => u >= 0 && u < count)) return null;
  const value = new Float32Array(chosen.length * size);
  chosen.forEach((u, n) => value.set(row.subarray(u * size, (u + 1) * size), n * size));
  return { tensor, value: [value], words, units };
}

/**
 * Add edits that are made together.
 * @param {Kept[]} edits
 * @param {Kept[]} made
 * @param {boolean} [again] whether they take the place of the last step where that changed the same
 * @returns {Kept[]}
 */
export function add(edits, made, again = false) {
  const last = edits.filter((edit) => edit.step === edits.at(-1).step);
  const kept =
    again && last.length === made.length && last.every((one, n) => isSame(one, made[n]))
      ? edits.slice(0, -last.length)
      : edits;
  const step = nextStep(kept);
  return [...kept, ...made.map((edit) => ({ ...edit, step }))];
}

/** Return the number of the step that comes next. */
export const nextStep = (edits) => 1 + Math.max(0, ...edits.map(stepOf));
const stepOf = ({ step = 0 }) => step;

/** Take back the edits that were made last; those without a step, one by one from the end. */
export function undo(edits) {
  const step = Math.max(...edits.map(stepOf));
  return step ? edits.filter((edit) => edit.step !== step) : edits.slice(0, -1);
}

function isSame(one, other) {
  const changes = ({ tensor, words, units, from }) => JSON.stringify([tensor, words, units, from]);
  return changes(one) === changes(other);
}
