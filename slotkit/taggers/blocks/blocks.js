/**
 * What the networks share where they run word by word; the twin of word_by_word.py.
 *
 * A vector is a Float32Array, a matrix {shape: [rows, columns], data: Float32Array}, row by row.
 * Sums are taken in doubles.
 *
 * @typedef {{shape: number[], data: Float32Array}} Weight
 * @typedef {Object<string, Weight>} Weights by their names in the network
 * @typedef {(name: string, t: number, row: Float32Array, shape?: number[]) => Float32Array} Probe
 *   takes the name of a tensor, the number of a word and the tensor's row of that word; returns
 *   the row that the network goes on with
 */

/** Make a vector of `size` numbers, each by its place. */
export function make(size, number) {
  const made = new Float32Array(size);
  for (let place = 0; place < size; place++) made[place] = number(place);
  return made;
}

/** Add vectors of one length. */
export function add(first, ...others) {
  const sum = new Float64Array(first);
  for (const other of others) {
    for (let place = 0; place < sum.length; place++) sum[place] += other[place];
  }
  return new Float32Array(sum);
}

/** Write W x into `out`, of any type of numbers; W begins at `offset` of its row of `stride`. */
function multiply(W, x, out, offset = 0, stride = x.length) {
  const { data } = W;
  const size = x.length;
  const whole = size - (size % 4);
  for (let row = 0; row < out.length; row++) {
    const start = row * stride + offset;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let k = 0; k < whole; k += 4) {
      a += data[start + k] * x[k];
      b += data[start + k + 1] * x[k + 1];
      c += data[start + k + 2] * x[k + 2];
      d += data[start + k + 3] * x[k + 3];
    }
    for (let k = whole; k < size; k++) a += data[start + k] * x[k];
    out[row] = a + b + c + d;
  }
  return out;
}

/**
 * Compute W x, or W x + b.
 * @param {Weight} W shape (H, D)
 * @param {Float32Array} x shape (D,)
 * @param {Weight} [b] shape (H,)
 * @returns {Float32Array} shape (H,)
 */
export function affine(W, x, b) {
  const product = multiply(W, x, new Float64Array(W.shape[0]));
  return make(product.length, b ? (k) => product[k] + b.data[k] : (k) => product[k]);
}

const partsOf = new WeakMap(); // of windows: the vectors that they are made of
const givenBy = new WeakMap(); // of vectors: what they give to products with each matrix

/**
 * Put vectors side by side as a window, of which `project` knows the parts.
 * @param {Float32Array[]} parts each of shape (E,)
 * @returns {Float32Array} shape (parts * E,)
 */
export function sideBySide(parts) {
  const size = parts[0].length;
  const joined = new Float32Array(parts.length * size);
  parts.forEach((part, place) => joined.set(part, place * size));
  partsOf.set(joined, parts);
  return joined;
}

/** Compute what a vector gives to W x in one place of the window x, once. */
function given(W, part, place) {
  let known = givenBy.get(part);
  if (!known) givenBy.set(part, (known = new Map()));
  let places = known.get(W);
  if (!places) known.set(W, (places = []));
  const [rows, columns] = W.shape;
  places[place] ??= multiply(W, part, new Float64Array(rows), place * part.length, columns);
  return places[place];
}

/**
 * Compute W x + b where x may be a window: what its vectors give is computed once and added up.
 * @param {Weight} W shape (H, D)
 * @param {Float32Array} x shape (D,)
 * @param {Weight} [b] shape (H,)
 * @returns {Float32Array} shape (H,)
 */
export function project(W, x, b) {
  const parts = partsOf.get(x);
  if (!parts) return affine(W, x, b);
  const sum = b ? new Float64Array(b.data) : new Float64Array(W.shape[0]);
  parts.forEach((part, place) => {
    const own = given(W, part, place);
    for (let k = 0; k < sum.length; k++) sum[k] += own[k];
  });
  return new Float32Array(sum);
}

/** Return the rows of a matrix from `first` up to `end`. */
export function rowsOf(W, first, end) {
  const columns = W.shape[1];
  return { shape: [end - first, columns], data: W.data.subarray(first * columns, end * columns) };
}

export const relu = (x) => Math.max(x, 0);
export const logistic = (x) => 1 / (1 + Math.exp(-x));

/** The activations that are an option, by name. */
export const ACTIVATIONS = { tanh: Math.tanh, relu, linear: (x) => x };

/** Compute the softmax of scores; of minus infinity it is exactly 0. */
export function softmax(scores) {
  const top = scores.reduce((one, other) => Math.max(one, other), -Infinity);
  const raised = Float64Array.from(scores, (score) => Math.exp(score - top));
  const sum = raised.reduce((one, other) => one + other, 0);
  return Float32Array.from(raised, (one) => one / sum);
}

/** Bring a vector to mean 0 and variance 1, then scale and shift it. */
export function norm(x, scale, shift) {
  const mean = x.reduce((sum, one) => sum + one, 0) / x.length;
  const variance = x.reduce((sum, one) => sum + (one - mean) ** 2, 0) / x.length;
  const deviation = Math.sqrt(variance + 1e-5);
  return make(x.length, (k) => ((x[k] - mean) / deviation) * scale.data[k] + shift.data[k]);
}

/** Return the weights whose names begin with `prefix` and a stop, without these. */
export function under(weights, prefix) {
  const start = `${prefix}.`;
  const found = Object.entries(weights).filter(([name]) => name.startsWith(start));
  return Object.fromEntries(found.map(([name, weight]) => [name.slice(start.length), weight]));
}

/**
 * Compute logits(t) = O h(t) + c of every word.
 * @param {Weights} weights
 * @param {Float32Array[]} hidden shape (T, H)
 * @param {Probe} probe
 * @returns {Float32Array[]} shape (T, K)
 */
export function readOut(weights, hidden, probe) {
  const { "output.weight": O, "output.bias": c } = weights;
  return hidden.map((h, t) => probe("logits", t, affine(O, h, c)));
}

/** Return the `trace` of a network that is hidden layers, which `read` runs, and an output. */
export function withOutput(read) {
  return function trace(weights, x, probe, args) {
    const hidden = read(weights, x, probe, args);
    return { hidden, logits: readOut(weights, hidden, probe) };
  };
}
