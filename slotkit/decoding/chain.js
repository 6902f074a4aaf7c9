/**
 * The legal IOB2 sequences of a tagger; the twin of chain.py, lattice.py and decoder.py.
 *
 *     score(y) = start(y(1)) + sum of logits(t, y(t)) + sum of transitions(y(t-1), y(t)) + end(y(T))
 *
 * Without a CRF the same with start, transitions and end at zero. What is illegal scores minus
 * infinity and is left out of every sum.
 */

const slotOf = (tag) => tag.slice(tag.indexOf("-") + 1);
const isInside = (tag) => tag.startsWith("I-");

/** Tell whether a tag may follow another in IOB2; "O" stands before the first. */
export const isLegal = (previous, tag) =>
  !isInside(tag) || (previous !== "O" && slotOf(previous) === slotOf(tag));

/**
 * Lay out the legal moves between tags and what they score.
 * @param {string[]} tags the K tags in the order of the logits
 * @param {{transitions: Float32Array, start: Float32Array, end: Float32Array} | null} [crf]
 *   shapes (K, K), (K,) and (K,)
 * @returns {{size: number, start: number[], end: number[], moves: number[][],
 *   before: number[][], after: number[][]}} `moves[j][k]` scores k after j; `before[k]` are the tags
 *   that k may follow, `after[j]` those that may follow j
 */
export function makeChain(tags, crf = null) {
  const size = tags.length;
  const all = [...tags.keys()];
  const legal = tags.map((previous) => tags.map((tag) => isLegal(previous, tag)));
  const move = (j, k) => (crf ? crf.transitions[j * size + k] : 0);
  return {
    size,
    start: all.map((k) => (isLegal("O", tags[k]) ? (crf ? crf.start[k] : 0) : -Infinity)),
    end: all.map((k) => (crf ? crf.end[k] : 0)),
    moves: all.map((j) => all.map((k) => (legal[j][k] ? move(j, k) : -Infinity))),
    before: all.map((k) => all.filter((j) => legal[j][k])),
    after: all.map((j) => all.filter((k) => legal[j][k])),
  };
}

/** Compute the logarithm of the sum of the exponentials of some scores. */
function logSum(among, score) {
  let top = -Infinity;
  for (const one of among) top = Math.max(top, score(one));
  if (top === -Infinity) return top;
  let sum = 0;
  for (const one of among) sum += Math.exp(score(one) - top);
  return top + Math.log(sum);
}

/**
 * Compute each word's distribution over tags in all legal sequences, by forward and backward.
 *
 *     alpha(t, k) = logits(t, k) + log sum over j of exp(alpha(t-1, j) + transitions(j, k))
 *     beta(t, j) = log sum over k of exp(transitions(j, k) + logits(t+1, k) + beta(t+1, k))
 *
 * @param {ReturnType<typeof makeChain>} chain
 * @param {Float32Array[]} logits shape (T, K), T >= 1
 * @param {number} [temperature] divides all scores
 * @returns {Float32Array[]} shape (T, K); every row sums to 1
 */
export function marginals(chain, logits, temperature = 1) {
  const { start, end, moves, before, after } = chain;
  const T = logits.length;
  const each = (number) => Float64Array.from({ length: chain.size }, (_, k) => number(k));
  const alpha = [each((k) => (start[k] + logits[0][k]) / temperature)];
  for (let t = 1; t < T; t++) {
    const a = alpha[t - 1];
    const reached = (k) => logSum(before[k], (j) => a[j] + moves[j][k] / temperature);
    alpha[t] = each((k) => logits[t][k] / temperature + reached(k));
  }
  const beta = [];
  beta[T - 1] = each((k) => end[k] / temperature);
  for (let t = T - 2; t >= 0; t--) {
    const ahead = each((k) => logits[t + 1][k] / temperature + beta[t + 1][k]);
    beta[t] = each((j) => logSum(after[j], (k) => moves[j][k] / temperature + ahead[k]));
  }
  const tags = [...end.keys()];
  return alpha.map((a, t) => {
    const logZ = logSum(tags, (k) => a[k] + beta[t][k]);
    return Float32Array.from(each((k) => Math.exp(a[k] + beta[t][k] - logZ)));
  });
}

/**
 * Find the legal sequence with the largest score, by Viterbi's algorithm.
 *
 *     s(t, k) = logits(t, k) + max over j of s(t-1, j) + transitions(j, k)
 *
 * @param {ReturnType<typeof makeChain>} chain
 * @param {Float32Array[]} logits shape (T, K)
 * @returns {number[]} the number of the tag of each word
 */
export function viterbi(chain, logits) {
  if (!logits.length) return [];
  const { start, end, moves, before } = chain;
  let totals = start.map((one, k) => one + logits[0][k]);
  const chosen = logits.slice(1).map((row) => {
    const from = before.map((some, k) => best(some, (j) => totals[j] + moves[j][k]));
    totals = from.map((j, k) => (j < 0 ? -Infinity : totals[j] + moves[j][k] + row[k]));
    return from;
  });
  const path = [best(totals.keys(), (k) => totals[k] + end[k])];
  for (const from of chosen.reverse()) path.unshift(from[path[0]]);
  return path;
}

/** Return the first of those with the largest score, -1 where all are at minus infinity. */
function best(among, score) {
  let found = -1;
  let top = -Infinity;
  for (const one of among) {
    const own = score(one);
    if (own > top) [found, top] = [one, own];
  }
  return found;
}
