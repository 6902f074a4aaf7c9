/** What another order of the words does: how far logits move, which tags change, and why. */

/**
 * Compare two runs of the same words.
 * @param {object} one a trace
 * @param {object} other
 * @returns {{value: number, word: number, tag: number, flips: number[]}} the largest change of a
 *   logit, where it is, and the words whose tags differ
 */
export function compare(one, other) {
  const [rows, others] = [one, other].map((trace) => trace.tensors.get("logits").rows);
  const found = { value: 0, word: 0, tag: 0 };
  rows.forEach((row, word) =>
    row.forEach((logit, tag) => {
      const value = Math.abs(logit - others[word][tag]);
      if (value > found.value) Object.assign(found, { value, word, tag });
    }),
  );
  const flips = one.words.flatMap((_, word) => (one.tags[word] === other.tags[word] ? [] : [word]));
  return { ...found, flips };
}

/**
 * Return what tells places apart in a run: of position, window and mask those that do.
 * @param {object} trace
 */
export function tellsPlaces(trace) {
  const rows = (name) => trace.tensors.get(name).rows;
  const zero = (row) => row.every((number) => number === 0);
  const [, places, size] = trace.tensors.get("window").shape;
  const middle = ((places - 1) / 2) * size;
  const around = (row) => row.filter((_, k) => k < middle || k >= middle + size);
  return [
    !rows("position").every(zero) && "position",
    !rows("window").every((row) => zero(around(row))) && "window",
    !rows("mask").every((row) => row.every((one) => one > 0)) && "mask",
  ].filter(Boolean);
}
