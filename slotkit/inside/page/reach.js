/** Who can influence whom: the words that can change the logits of each word. */

/**
 * Return whether word j (columns) reaches the logits of word i (rows), by place.
 * @param {object} options
 * @param {number} options.length T
 * @param {{before: number | null, after: number | null}} options.reach words on each side, null for
 *   all, without the window
 * @param {number} options.around words on each side that a window holds
 * @param {number} [options.layers] of attention
 * @param {boolean[][] | null} [options.allowed] shape (T, T): whom words may attend to
 * @returns {boolean[][]} shape (T, T)
 */
export function reachOf({ length, reach, around, layers = 0, allowed = null }) {
  const within = (far, limit) => limit === null || far <= limit;
  let reached = allowed
    ? square(length, (i, j) => i === j)
    : square(length, (i, j) => within(i - j, reach.before) && within(j - i, reach.after));
  for (let layer = 0; allowed && layer < layers; layer++) reached = joined(reached, allowed);
  return joined(
    reached,
    square(length, (i, j) => Math.abs(i - j) <= around),
  );
}

const square = (length, holds) =>
  Array.from({ length }, (_, i) => Array.from({ length }, (_, j) => holds(i, j)));

/** Return who reaches whom through one relation and then the other. */
function joined(one, other) {
  return square(one.length, (i, j) => one[i].some((holds, k) => holds && other[k][j]));
}
