/** Edges between the words of an utterance, for attention along a graph; the twin of edges.py. */

/** Join every word to the next. */
const neighbours = (words) => words.slice(1).map((_, i) => [i, i + 1]);

/** Join every word to its next occurrence, whatever the case. */
function repeats(words) {
  const last = new Map();
  const edges = [];
  words.forEach((word, i) => {
    const lower = word.toLowerCase();
    if (last.has(lower)) edges.push([last.get(lower), i]);
    last.set(lower, i);
  });
  return edges;
}

/** The rules by name, each from words to pairs of their places. */
export const EDGE_RULES = {
  neighbours,
  repeats,
  "neighbours+repeats": (words) => [...neighbours(words), ...repeats(words)],
};

/**
 * Write edges as a symmetric matrix with a true diagonal.
 * @param {[number, number][]} edges
 * @param {number} length words of the utterance, T
 * @returns {boolean[][]} shape (T, T)
 */
export function adjacency(edges, length) {
  const joined = Array.from({ length }, (_, i) => Array.from({ length }, (_, j) => i === j));
  for (const [i, j] of edges) {
    if (!(i in joined) || !(j in joined)) {
      throw new RangeError(`an edge must be two of the tokens 0..${length - 1}, got ${i}, ${j}`);
    }
    joined[i][j] = joined[j][i] = true;
  }
  return joined;
}
