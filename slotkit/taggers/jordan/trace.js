/** Jordan network word by word: h(t) = tanh(W x(t) + b + V y(t-1)), y(t) = softmax(O h(t) + c). */

import { affine, make, project, softmax } from "#blocks";

/**
 * Run the network.
 * @param {import("#blocks").Weights} weights
 * @param {Float32Array[]} x shape (T, D)
 * @param {import("#blocks").Probe} probe
 * @param {{num_layers: number}} args
 * @returns {{hidden: Float32Array[], logits: Float32Array[]}} shapes (T, H) and (T, K)
 */
export function trace(weights, x, probe, { num_layers }) {
  const { weight_x: W, weight_y: V, bias: b, "output.weight": O, "output.bias": c } = weights;
  let y = new Float32Array(c.data.length);
  const hidden = [];
  const logits = [];
  x.forEach((x_t, t) => {
    y = probe("fed", t, y);
    const wx = probe("0.wx", t, project(W, x_t, b));
    const vy = probe("0.vy", t, affine(V, y));
    let h = probe(
      "0.h",
      t,
      make(wx.length, (u) => Math.tanh(wx[u] + vy[u])),
    );
    for (let layer = 1; layer < num_layers; layer++) {
      const above = `hidden.${layer - 1}`;
      const a = affine(weights[`${above}.weight`], h, weights[`${above}.bias`]);
      h = probe(`${layer}.h`, t, a.map(Math.tanh));
    }
    hidden.push(h);
    logits.push(probe("logits", t, affine(O, h, c)));
    y = softmax(logits[t]);
  });
  return { hidden, logits };
}
