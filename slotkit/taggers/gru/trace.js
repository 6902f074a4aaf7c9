/**
 * Gated recurrent unit word by word: h(t) = s(z) h(t-1) + (1 - s(z)) tanh(n).
 *
 * Of n, memory's part is U (s(r) h(t-1)), or s(r) (U h(t-1) + c) where it is reset after; the
 * blocks are r, z, n.
 */

import { affine, logistic, make, project, rowsOf, under, withOutput } from "#blocks";

/**
 * Run the layers.
 * @param {import("#blocks").Weights} weights
 * @param {Float32Array[]} x shape (T, D)
 * @param {import("#blocks").Probe} probe
 * @param {{num_layers: number}} args
 * @returns {Float32Array[]} shape (T, H)
 */
export function read(weights, x, probe, { num_layers }) {
  for (let layer = 0; layer < num_layers; layer++) {
    const { weight_x: W, weight_h: U, bias: b, bias_h: c } = under(weights, `layers.${layer}`);
    const H = b.data.length / 3;
    const ofGates = rowsOf(U, 0, 2 * H);
    const ofN = rowsOf(U, 2 * H, 3 * H);
    let h = new Float32Array(H);
    x = x.map((x_t, t) => {
      const before = h;
      const unit = (name, number) => probe(`${layer}.${name}`, t, make(H, number));
      const wx = probe(`${layer}.wx`, t, project(W, x_t, b), [3, H]);
      const uh = probe(`${layer}.uh`, t, affine(ofGates, before), [2, H]);
      const r = unit("r", (u) => logistic(wx[u] + uh[u]));
      const z = unit("z", (u) => logistic(wx[H + u] + uh[H + u]));
      const memory = c
        ? affine(ofN, before, c)
        : affine(
            ofN,
            make(H, (u) => r[u] * before[u]),
          );
      const un = unit("un", c ? (u) => r[u] * memory[u] : (u) => memory[u]);
      const n = unit("n", (u) => Math.tanh(wx[2 * H + u] + un[u]));
      h = unit("h", (u) => z[u] * before[u] + (1 - z[u]) * n[u]);
      return h;
    });
  }
  return x;
}

/** The network: `read`, then the output layer. */
export const trace = withOutput(read);
