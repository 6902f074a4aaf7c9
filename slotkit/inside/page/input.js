/** Words to the vectors that a network reads, and the windows around them. */

import { make, sideBySide } from "#blocks";

const MOST = 500; // words of which the vector is kept, and with it what it gives to the network

/**
 * Return what makes the vectors of words.
 * @param {object} encoder
 * @param {import("#blocks").Weights} weights of the input layer
 * @param {number} size of a vector, E
 * @returns {(words: string[]) => Float32Array[]} shape (T, E)
 */
export function makeInput(encoder, weights, size) {
  const { "embedding.weight": E, "features.weight": F, "context.weight": C } = weights;
  const known = new Map();

  function vectorOf(word) {
    const sum = new Float64Array(size);
    for (const dimension of E ? encoder.active(word) : []) {
      for (let k = 0; k < size; k++) sum[k] += E.data[dimension * size + k];
    }
    if (F) addProduct(sum, F, encoder.features(word));
    return new Float32Array(sum);
  }

  function look(word) {
    if (known.size >= MOST) known.clear();
    if (!known.has(word)) known.set(word, vectorOf(word));
    return known.get(word);
  }

  return (words) => {
    const vectors = words.map(look);
    if (!C) return vectors;
    const context = encoder.context(words);
    return vectors.map((vector, t) => {
      if (context[t].every((one) => one === 0)) return vector;
      const sum = new Float64Array(vector);
      addProduct(sum, C, context[t]);
      return new Float32Array(sum);
    });
  };
}

/** Add W x to a sum. */
function addProduct(sum, W, x) {
  for (let row = 0; row < sum.length; row++) {
    for (let k = 0; k < x.length; k++) sum[row] += W.data[row * x.length + k] * x[k];
  }
}

/**
 * Put the vectors of the words around each word side by side, zeros beyond the ends.
 * @param {Float32Array[]} vectors shape (T, E)
 * @param {number} around words on each side, w
 * @param {Float32Array} nothing zeros, shape (E,)
 * @returns {Float32Array[]} shape (T, (2w + 1) E)
 */
export function windows(vectors, around, nothing) {
  const places = Array.from({ length: 2 * around + 1 }, (_, place) => place - around);
  return vectors.map((_, t) => sideBySide(places.map((d) => vectors[t + d] ?? nothing)));
}

/** Return the vector of zeros that stands beyond the ends. */
export const zeros = (size) => make(size, () => 0);
