/** Two sentences beside each other: which words stand for each other, and what differs. */

/**
 * Find for each word of A the word of B that stands in its place.
 *
 * Words that are equal are matched, as many as possible in their order; so are those between two
 * matches where A and B have as many.
 * @param {string[]} a
 * @param {string[]} b
 * @returns {(number | null)[]} for each word of A a number of B's, or null
 */
export function align(a, b) {
  const found = a.map(() => null);
  let [i, j] = [0, 0];
  for (const [k, l] of [...equalWords(a, b), [a.length, b.length]]) {
    if (k - i === l - j) for (let n = 0; n < k - i; n++) found[i + n] = j + n;
    if (k < a.length) found[k] = l;
    [i, j] = [k + 1, l + 1];
  }
  return found;
}

/** Return the pairs of a longest common subsequence. */
function equalWords(a, b) {
  const length = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      length[i][j] =
        a[i] === b[j] ? length[i + 1][j + 1] + 1 : Math.max(length[i + 1][j], length[i][j + 1]);
    }
  }
  const pairs = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (length[i + 1][j] >= length[i][j + 1]) i++;
    else j++;
  }
  return pairs;
}

/**
 * Order units by how much two rows differ; by their size where there is no other row.
 * @param {ArrayLike<number>} row
 * @param {ArrayLike<number>} [other]
 * @returns {number[]} the numbers of the units
 */
export function byDifference(row, other) {
  const size = (u) => Math.abs(other ? row[u] - other[u] : row[u]);
  return Array.from(row, (_, u) => u).sort((one, next) => size(next) - size(one) || one - next);
}

const NO_WAY = 1e-5; // of m: less is rounding

/**
 * Measure how far an edited run of A has gone from A's own decision at a word to B's.
 *
 * m is the logit of B's tag minus that of A's tag; share = (m(edited) - m(A)) / (m(B) - m(A)).
 * @param {object} plain A's own run
 * @param {object} edited A's run with edits
 * @param {object} b B's run
 * @param {number} word of A
 * @param {number | null} other the word of B that stands in its place
 * @returns {{from: number, to: number, own: number, now: number, aim: number, share: number} | null}
 *   from, to: the tags of A and B; own, now, aim: m of A, of the edited run, of B. Null where both
 *   have the same tag or the same m, or B has no such word.
 */
export function wayOf(plain, edited, b, word, other) {
  if (!b || other === null || b.best[other] === plain.best[word]) return null;
  const [from, to] = [plain.best[word], b.best[other]];
  const m = (trace, at) => trace.logits[at][to] - trace.logits[at][from];
  const [own, now, aim] = [m(plain, word), m(edited, word), m(b, other)];
  if (Math.abs(aim - own) < NO_WAY) return null;
  return { from, to, own, now, aim, share: (now - own) / (aim - own) };
}
