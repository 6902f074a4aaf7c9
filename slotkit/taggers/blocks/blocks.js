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

/** Write W x + b into `out`; of W the columns from `first` on, as many as x has. */
function multiply(W, x, out, b = null, first = 0) {
  const { data, shape } = W;
  const [rows, stride] = shape;
  const size = x.length;
  const whole = rows - (rows % 4);
  for (let row = 0; row < whole; row += 4) {
    const start = row * stride + first; // of four rows, for each number of which x is read once
    let [one, two, three, four] = [0, 0, 0, 0];
    for (let k = 0; k < size; k++) {
      const number = x[k];
      one += data[start + k] * number;
      two += data[start + stride + k] * number;
      three += data[start + 2 * stride + k] * number;
      four += data[start + 3 * stride + k] * number;
    }
    out[row] = one;
    out[row + 1] = two;
    out[row + 2] = three;
    out[row + 3] = four;
  }
  for (let row = whole; row < rows; row++) {
    let sum = 0;
    for (let k = 0; k < size; k++) sum += data[row * stride + first + k] * x[k];
    out[row] = sum;
  }
  if (b) for (let row = 0; row < rows; row++) out[row] += b.data[row];
  return out;
}

let products = new Map(); // of matrices: those of the run that is remembered
let learns = false;

/**
 * Run what multiplies, and remember its products: until the next such run they are not computed
 * again for the same matrix and the same numbers.
 */
export function remember(run) {
  products = new Map();
  learns = true;
  try {
    return run();
  } finally {
    learns = false;
  }
}

/** Return the product that was remembered of the same numbers, or compute it. */
function recall(W, x, compute) {
  let known = products.get(W);
  if (!known && !learns) return compute();
  if (!known) products.set(W, (known = new Map()));
  let key = 0;
  for (let k = 0; k < x.length; k++) key = key * 0.9 + x[k];
  const found = known.get(key);
  if (found && found.x.every((one, k) => one === x[k])) return found.product;
  const product = compute();
  if (learns) known.set(key, { x, product });
  return product;
}

/**
 * Compute W x, or W x + b. A matrix has always the same b.
 * @param {Weight} W shape (H, D)
 * @param {Float32Array} x shape (D,)
 * @param {Weight} [b] shape (H,)
 * @returns {Float32Array} shape (H,)
 */
export function affine(W, x, b = null) {
  return recall(W, x, () => multiply(W, x, new Float32Array(W.shape[0]), b));
}

/**
 * Compute what x gives to a product with the columns of W from `first` on.
 * @param {Weight} W shape (H, D)
 * @param {Float32Array} x shape (d,)
 * @param {number} first
 * @returns {Float32Array} shape (H,)
 */
export function productFrom(W, x, first) {
  return multiply(W, x, new Float32Array(W.shape[0]), null, first);
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
  const first = place * part.length;
  places[place] ??= multiply(W, part, new Float64Array(W.shape[0]), null, first);
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

export const relu = (x) => Math.max(x, 0);
export const logistic = (x) => 1 / (1 + Math.exp(-x));

/** The activations that are an option, by name. */
export const ACTIVATIONS = { tanh: Math.tanh, relu, linear: (x) => x };

/** Compute the softmax of scores; of minus infinity it is exactly 0. */
export function softmax(scores) {
  const raised = new Float64Array(scores.length);
  let top = -Infinity;
  let sum = 0;
  for (const score of scores) top = Math.max(top, score);
  for (let k = 0; k < scores.length; k++) sum += raised[k] = Math.exp(scores[k] - top);
  return make(raised.length, (k) => raised[k] / sum);
}

/** Bring a vector to mean 0 and variance 1, then scale and shift it. */
export function norm(x, scale, shift) {
  const mean = x.reduce((sum, one) => sum + one, 0) / x.length;
  const variance = x.reduce((sum, one) => sum + (one - mean) ** 2, 0) / x.length;
  const deviation = Math.sqrt(variance + 1e-5);
  return make(x.length, (k) => ((x[k] - mean) / deviation) * scale.data[k] + shift.data[k]);
}

const parts = new WeakMap(); // of weights: what was cut out of them

/** Cut something out of weights, once, so that it is the same at every run. */
export function once(weights, name, cut) {
  if (!parts.has(weights)) parts.set(weights, new Map());
  const known = parts.get(weights);
  if (!known.has(name)) known.set(name, cut());
  return known.get(name);
}

/** Return the rows of a matrix from `first` up to `end`. */
export function rowsOf(W, first, end) {
  const size = W.shape[1];
  const cut = () => ({
    shape: [end - first, size],
    data: W.data.subarray(first * size, end * size),
  });
  return once(W, first, cut);
}

/** Return the weights whose names begin with `prefix` and a stop, without these. */
export function under(weights, prefix) {
  const start = `${prefix}.`;
  const own = () => Object.entries(weights).filter(([name]) => name.startsWith(start));
  const named = () => own().map(([name, weight]) => [name.slice(start.length), weight]);
  return once(weights, start, () => Object.fromEntries(named()));
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
