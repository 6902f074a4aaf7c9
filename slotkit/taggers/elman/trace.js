/** Elman network word by word: h(t) = f(W x(t) + b + U h(t-1)), logits(t) = O h(t) + c. */

import { ACTIVATIONS, affine, make, project, under, withOutput } from "#blocks";

/**
 * Run the hidden layers.
 * @param {import("#blocks").Weights} weights
 * @param {Float32Array[]} x shape (T, D)
 * @param {import("#blocks").Probe} probe
 * @param {{num_layers: number, activation?: string}} args
 * @returns {Float32Array[]} shape (T, H)
 */
export function read(weights, x, probe, { num_layers, activation = "tanh" }) {
  const f = ACTIVATIONS[activation];
  for (let layer = 0; layer < num_layers; layer++) {
    const { weight_x: W, weight_h: U, bias: b } = under(weights, `layers.${layer}`);
    let h = new Float32Array(b.data.length);
    x = x.map((x_t, t) => {
      const wx = probe(`${layer}.wx`, t, project(W, x_t, b));
      const uh = probe(`${layer}.uh`, t, affine(U, h));
      h = probe(
        `${layer}.h`,
        t,
        make(h.length, (u) => f(wx[u] + uh[u])),
      );
      return h;
    });
  }
  return x;
}

/** The network: `read`, then the output layer. */
export const trace = withOutput(read);
