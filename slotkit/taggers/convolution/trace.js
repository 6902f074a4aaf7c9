/** Convolution word by word: h(t) = relu(sum over d of W_d x(t+d) + b), plus x(t) from layer 1. */

import { make, once, project, relu, withOutput } from "#blocks";

/** Cut a kernel, (H, D, width), into a matrix for each offset, (H, D). */
function matrices(kernel) {
  const [H, D, width] = kernel.shape;
  const at = (d) => make(H * D, (k) => kernel.data[k * width + d]);
  return Array.from({ length: width }, (_, d) => ({ shape: [H, D], data: at(d) }));
}

/**
 * Run the layers.
 * @param {import("#blocks").Weights} weights
 * @param {Float32Array[]} x shape (T, D)
 * @param {import("#blocks").Probe} probe
 * @param {{num_layers: number, width: number}} args
 * @returns {Float32Array[]} shape (T, H)
 */
export function read(weights, x, probe, { num_layers, width }) {
  const half = (width - 1) / 2;
  for (let layer = 0; layer < num_layers; layer++) {
    const kernel = weights[`layers.${layer}.weight`];
    const W = once(kernel, "matrices", () => matrices(kernel));
    const b = weights[`layers.${layer}.bias`].data;
    const H = b.length;
    const below = x;
    x = below.map((x_t, t) => {
      let parts = new Float32Array(width * H); // zeros beyond the ends
      W.forEach((W_d, d) => {
        const x_d = below[t + d - half];
        if (x_d) parts.set(project(W_d, x_d), d * H);
      });
      parts = probe(`${layer}.parts`, t, parts, [width, H]);
      const h = make(H, (u) => {
        let sum = b[u];
        for (let d = 0; d < width; d++) sum += parts[d * H + u];
        return relu(sum) + (layer ? x_t[u] : 0);
      });
      return probe(`${layer}.h`, t, h);
    });
  }
  return x;
}

/** The network: `read`, then the output layer. */
export const trace = withOutput(read);
