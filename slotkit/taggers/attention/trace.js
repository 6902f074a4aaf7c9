/**
 * Multi-head self-attention word by word.
 *
 *     a(t, s) = softmax over s of q(t) . k(s) / sqrt(d),  head(t) = sum over s of a(t, s) v(s)
 *
 * What a head adds to x(t) is its share of W_o [head 1; ...; head n]; around it stand the norms and
 * the layer W_2 relu(W_1 x + b_1) + b_2.
 */

import { add, affine, make, norm, productFrom, project, readOut, relu, softmax, under } from "#blocks";

/**
 * Run the network.
 * @param {import("#blocks").Weights} weights
 * @param {Float32Array[]} x shape (T, D)
 * @param {import("#blocks").Probe} probe
 * @param {{num_layers: number, heads: number, positions: string, attend: string,
 *   max_length: number}} args
 * @param {boolean[][] | null} [edges] shape (T, T): whom each word may attend to, along a graph
 * @returns {{hidden: Float32Array[], logits: Float32Array[]}} shapes (T, H) and (T, K)
 */
export function trace(weights, x, probe, args, edges = null) {
  const { "input.weight": W, "input.bias": b, position } = weights;
  const H = b.data.length;
  const place = placer(args, position, x.length, H);
  const scale = Math.sqrt(H); // as in the paper, section 3.4
  const placed = x.map((x_t, t) => {
    const p = probe(
      "position",
      t,
      make(H, (u) => place(t, u)),
    );
    const wx = project(W, x_t, b);
    return make(H, (u) => wx[u] * scale + p[u]);
  });
  let rows = placed.map((row, t) => probe("x", t, row));
  const seen = mask(x.length, args.attend, edges);
  const allowed = seen.map((row, t) => probe("mask", t, row));
  if (!allowed.every((row) => row.some((one) => one > 0))) {
    throw new RangeError("an edit of mask leaves a word without any to attend to");
  }
  for (let layer = 0; layer < args.num_layers; layer++) {
    const own = under(weights, `layers.${layer}`);
    rows = attention(
      own,
      rows,
      (name, ...row) => probe(`${layer}.${name}`, ...row),
      args.heads,
      allowed,
    );
  }
  const final = rows.map((row) => norm(row, weights["norm.weight"], weights["norm.bias"]));
  const hidden = final.map((row, t) => probe("hidden", t, row));
  return { hidden, logits: readOut(weights, hidden, probe) };
}

/**
 * Return what gives the number u of the position of word t: sin and cos, or the learned row.
 * @param {{positions: string, max_length: number}} args
 * @param {import("#blocks").Weight} learned shape (max_length, H); of learned positions alone
 * @param {number} length T
 * @param {number} H
 * @returns {(t: number, u: number) => number}
 */
export function placer({ positions, max_length }, learned, length, H) {
  if (positions === "none") return () => 0;
  if (positions === "learned") {
    if (length > max_length) {
      throw new RangeError(
        `an utterance has ${length} words, but the learned positions end at ${max_length}; ` +
          "cut it, or train with sinusoidal positions",
      );
    }
    return (t, u) => learned.data[t * H + u];
  }
  return (t, u) => {
    const angle = t / 10000 ** ((u - (u % 2)) / H);
    return u % 2 ? Math.cos(angle) : Math.sin(angle);
  };
}

/**
 * Return 1 where word t may attend to word s: all, those in a range, or along the edges.
 * @returns {Float32Array[]} shape (T, T)
 */
function mask(length, attend, edges) {
  if (attend === "graph" && !edges) throw new RangeError("attention along a graph needs edges");
  const range = attend.startsWith("range:") ? Number(attend.slice("range:".length)) : length;
  const may = attend === "graph" ? (t, s) => edges[t][s] : (t, s) => Math.abs(t - s) <= range;
  return Array.from({ length }, (_, t) => make(length, (s) => (may(t, s) ? 1 : 0)));
}

/** Run a layer, (T, H) to (T, H). */
function attention(own, x, probe, heads, allowed) {
  const T = x.length;
  const H = x[0].length;
  const d = H / heads;
  const normed = x.map((row) => norm(row, own["norm_1.weight"], own["norm_1.bias"]));
  const [q, k, v] = ["query", "key", "value"].map((name) =>
    normed.map((row, t) => probe(name[0], t, affine(own[`${name}.weight`], row), [heads, d])),
  );
  return x.map((row, t) => {
    const score = (h, s) => dot(q[t], k[s], h * d, d) / Math.sqrt(d);
    const all = make(heads * T, (n) => score(Math.floor(n / T), n % T));
    const scores = probe("scores", t, all, [heads, T]);
    const a = probe("weights", t, attend(scores, allowed[t], heads), [heads, T]);
    const head = probe("head", t, means(a, v, heads), [heads, d]);
    const part = probe("part", t, shares(own["out.weight"], head, heads), [heads, H]);
    const parts = Array.from({ length: heads }, (_, h) => part.subarray(h * H, (h + 1) * H));
    const attended = probe("attended", t, add(row, ...parts));
    const again = norm(attended, own["norm_2.weight"], own["norm_2.bias"]);
    const up = probe("up", t, affine(own["up.weight"], again, own["up.bias"]).map(relu));
    return probe("x", t, add(attended, affine(own["down.weight"], up, own["down.bias"])));
  });
}

/** Multiply the numbers of two vectors from `first` on, and add them up. */
function dot(one, other, first, size) {
  let sum = 0;
  for (let k = first; k < first + size; k++) sum += one[k] * other[k];
  return sum;
}

/** Compute the weights of each head, (heads, T): where it is not allowed exactly 0. */
function attend(scores, allowed, heads) {
  const T = allowed.length;
  const weights = new Float32Array(heads * T);
  for (let h = 0; h < heads; h++) {
    const own = make(T, (s) => (allowed[s] > 0 ? scores[h * T + s] : -Infinity));
    weights.set(softmax(own), h * T);
  }
  return weights;
}

/** Compute the mean of all v, (T, H), by the weights of each head, (heads, T). */
function means(a, v, heads) {
  const sum = new Float64Array(v[0].length);
  const d = sum.length / heads;
  for (let h = 0; h < heads; h++) {
    for (let s = 0; s < v.length; s++) {
      const weight = a[h * v.length + s];
      for (let u = h * d; u < (h + 1) * d; u++) sum[u] += weight * v[s][u];
    }
  }
  return new Float32Array(sum);
}

/** Compute what each head gives through its columns of W_o: (heads, d) to (heads, H). */
function shares(W, head, heads) {
  const H = W.shape[0];
  const d = head.length / heads;
  const parts = new Float32Array(heads * H);
  for (let h = 0; h < heads; h++) {
    parts.set(productFrom(W, head.subarray(h * d, (h + 1) * d), h * d), h * H);
  }
  return parts;
}
