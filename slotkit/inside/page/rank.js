/** Rank correlation: whether two measures put the same things in the same order. */

/**
 * Compute Spearman's rank correlation; numbers that are equal share the mean of their ranks.
 * @param {number[]} one
 * @param {number[]} other of the same length
 * @returns {number | null} from -1 to 1; null where either has no order: fewer than two numbers,
 *   or all of them equal
 */
export function rankCorrelation(one, other) {
  const [x, y] = [centred(ranks(one)), centred(ranks(other))];
  const spread = Math.sqrt(dot(x, x) * dot(y, y));
  return spread > 0 ? dot(x, y) / spread : null;
}

/** Return the rank of each number, from 0. */
function ranks(numbers) {
  const order = [...numbers.keys()].sort((i, j) => numbers[i] - numbers[j]);
  const found = new Array(numbers.length);
  for (let first = 0; first < order.length;) {
    let end = first + 1;
    while (end < order.length && numbers[order[end]] === numbers[order[first]]) end++;
    for (let k = first; k < end; k++) found[order[k]] = (first + end - 1) / 2;
    first = end;
  }
  return found;
}

function centred(numbers) {
  const mean = numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  return numbers.map((one) => one - mean);
}

const dot = (x, y) => x.reduce((sum, one, k) => sum + one * y[k], 0);
