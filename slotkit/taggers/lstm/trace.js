/**
 * Long short-term memory word by word.
 *
 *     c(t) = s(f) c(t-1) + s(i) g(z),  out(t) = s(o) h(c(t)),  s the logistic function
 *
 * What the gates are before s and g is W x(t) + b + U out(t-1) + C c(t-1), as far as they see it;
 * the blocks are i, f, z, o.
 */

import { ACTIVATIONS, add, affine, logistic, make, project, under, withOutput } from "#blocks";

/**
 * Run the layers.
 * @param {import("#blocks").Weights} weights
 * @param {Float32Array[]} x shape (T, D)
 * @param {import("#blocks").Probe} probe
 * @param {{num_layers: number, activation?: string}} args
 * @returns {Float32Array[]} shape (T, H)
 */
export function read(weights, x, probe, { num_layers, activation = "tanh" }) {
  const g = ACTIVATIONS[activation];
  for (let layer = 0; layer < num_layers; layer++) {
    const own = under(weights, `layers.${layer}`);
    const { weight_x: W, bias: b, weight_h: U, weight_c: C } = own;
    const H = b.data.length / 4;
    let c = new Float32Array(H);
    let out = new Float32Array(H);
    x = x.map((x_t, t) => {
      const unit = (name, number) => probe(`${layer}.${name}`, t, make(H, number));
      const blocks = (name, row) => probe(`${layer}.${name}`, t, row, [4, H]);
      let gates = blocks("wx", project(W, x_t, b));
      if (U) gates = add(gates, blocks("uh", affine(U, out)));
      if (C) gates = add(gates, blocks("cc", fromCell(C, c)));
      const i = unit("i", (u) => logistic(gates[u]));
      const f = unit("f", (u) => logistic(gates[H + u]));
      const z = unit("z", (u) => g(gates[2 * H + u]));
      const o = unit("o", (u) => logistic(gates[3 * H + u]));
      const before = c;
      c = unit("c", (u) => f[u] * before[u] + i[u] * z[u]);
      out = unit("out", (u) => o[u] * g(c[u]));
      return out;
    });
  }
  return x;
}

/** Compute C c, where C is four matrices or four diagonals. */
function fromCell(C, c) {
  if (C.shape.length === 2) return affine(C, c);
  return make(C.data.length, (k) => C.data[k] * c[k % c.length]);
}

/** The network: `read`, then the output layer. */
export const trace = withOutput(read);
