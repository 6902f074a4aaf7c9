/**
 * The legal IOB2 sequences of a tagger; the twin of chain.py, lattice.py and decoder.py.
 *
 *     score(y) = start(y(1)) + end(y(T))
 *       + sum over t of logits(t, y(t)) + sum over t > 1 of transitions(y(t-1), y(t))
 *
 * Without a CRF the same with start, transitions and end at zero. What is illegal scores minus
 * infinity and is left out of every sum.
 */

const slotOf = (tag) => tag.slice(tag.indexOf("-") + 1);

/**
 * Lay out the legal moves between tags and what they score.
 * @param {string[]} tags the K tags in the order of the logits
 * @param {{transitions: Float32Array, start: Float32Array, end: Float32Array} | null} [crf]
 *   shapes (K, K), (K,) and (K,)
 * @returns {{size: number, start: Float64Array, end: Float64Array, moves: Float64Array,
 *   back: Float64Array}} `moves`, shape (K, K), scores the tag of its column behind that of its
 *   row; `back` is the same transposed
 */
export function makeChain(tags, crf = null) {
  const size = tags.length;
  const slots = tags.map(slotOf);
  const inside = tags.map((tag) => tag.startsWith("I-"));
  const legal = (j, k) => !inside[k] || (tags[j] !== "O" && slots[j] === slots[k]);
  const move = (j, k) => (legal(j, k) ? (crf?.transitions[j * size + k] ?? 0) : -Infinity);
  return {
    size,
    start: table(size, (k) => (inside[k] ? -Infinity : (crf?.start[k] ?? 0))),
    end: table(size, (k) => crf?.end[k] ?? 0),
    moves: table(size * size, (n) => move(Math.floor(n / size), n % size)),
    back: table(size * size, (n) => move(n % size, Math.floor(n / size))),
  };
}

const table = (size, number) => new Float64Array(size).map((_, n) => number(n));

/**
 * Return what adds up scores over moves: log sum over j of exp(scores(j) + moves(j, k)) for all k.
 *
 * That is one product with the exponentials of the moves, by the largest score. Where it is too
 * small for a double, the sum is taken by its own largest.
 * @param {Float64Array} moves shape (K, K), from columns to rows
 * @returns {(scores: Float64Array) => Float64Array} from shape (K,) to shape (K,)
 */
function makeStep(moves, size) {
  const factors = moves.map(Math.exp);
  return (scores) => {
    const top = scores.reduce((one, other) => Math.max(one, other), -Infinity);
    const raised = scores.map((score) => Math.exp(score - top));
    return table(size, (k) => {
      let sum = 0;
      for (let j = 0; j < size; j++) sum += raised[j] * factors[k * size + j];
      if (sum > SMALLEST) return top + Math.log(sum);
      return logSum(scores.map((score, j) => score + moves[k * size + j]));
    });
  };
}

const SMALLEST = 1e-200;

/** Compute the logarithm of the sum of the exponentials of scores. */
function logSum(scores) {
  const top = scores.reduce((one, other) => Math.max(one, other), -Infinity);
  if (top === -Infinity) return top;
  return top + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - top), 0));
}

/**
 * Return what computes each word's distribution over tags in all legal sequences, by forward and
 * backward: from logits, shape (T, K) with T >= 1, to as many rows, each of which sums to 1.
 *
 *     alpha(t, k) = logits(t, k) + log sum over j of exp(alpha(t-1, j) + transitions(j, k))
 *     beta(t, j) = log sum over k of exp(transitions(j, k) + logits(t+1, k) + beta(t+1, k))
 *
 * @param {ReturnType<typeof makeChain>} chain
 * @param {number} [temperature] divides all scores
 * @returns {(logits: Float32Array[]) => Float32Array[]}
 */
export function makeMarginals(chain, temperature = 1) {
  const cool = (scores) => scores.map((score) => score / temperature);
  const forward = makeStep(cool(chain.back), chain.size);
  const backward = makeStep(cool(chain.moves), chain.size);
  const [start, end] = [cool(chain.start), cool(chain.end)];
  const sum = (one, other) => one.map((score, k) => score + other[k]);
  return (logits) => {
    const last = logits.length - 1;
    const own = logits.map((row) => cool(new Float64Array(row)));
    const alpha = [sum(own[0], start)];
    for (let t = 1; t <= last; t++) alpha[t] = sum(own[t], forward(alpha[t - 1]));
    const beta = [];
    beta[last] = end;
    for (let t = last - 1; t >= 0; t--) beta[t] = backward(sum(own[t + 1], beta[t + 1]));
    const logZ = logSum(sum(alpha[last], end));
    const shares = (a, b) => a.map((score, k) => Math.exp(score + b[k] - logZ));
    return alpha.map((a, t) => new Float32Array(shares(a, beta[t])));
  };
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
export function viterbi({ size, start, end, back }, logits) {
  if (!logits.length) return [];
  let totals = start.map((one, k) => one + logits[0][k]);
  const chosen = logits.slice(1).map((row) => {
    const from = new Int32Array(size);
    const reached = new Float64Array(size);
    for (let k = 0; k < size; k++) {
      let top = -Infinity;
      for (let j = 0; j < size; j++) {
        const score = totals[j] + back[k * size + j];
        if (score > top) [top, from[k]] = [score, j];
      }
      reached[k] = top + row[k];
    }
    totals = reached;
    return from;
  });
  const scores = totals.map((one, k) => one + end[k]);
  const path = [scores.indexOf(Math.max(...scores))];
  for (const from of chosen.reverse()) path.unshift(from[path[0]]);
  return path;
}
