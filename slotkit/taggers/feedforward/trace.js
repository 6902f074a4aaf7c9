/** Feedforward tagger word by word: h(t) = relu(W x(t) + b), logits(t) = O h(t) + c. */

import { project, relu, withOutput } from "#blocks";

/**
 * Run the hidden layers.
 * @param {import("#blocks").Weights} weights
 * @param {Float32Array[]} x shape (T, D)
 * @param {import("#blocks").Probe} probe
 * @param {{num_layers: number}} args
 * @returns {Float32Array[]} shape (T, H)
 */
export function read(weights, x, probe, { num_layers }) {
  for (let layer = 0; layer < num_layers; layer++) {
    const W = weights[`hidden.${layer}.weight`];
    const b = weights[`hidden.${layer}.bias`];
    x = x.map((x_t, t) => probe(`${layer}.h`, t, project(W, x_t, b).map(relu)));
  }
  return x;
}

/** The network: `read`, then the output layer. */
export const trace = withOutput(read);
