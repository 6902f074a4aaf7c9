/** One weight of attention with its numbers: q . k, the score, its exp, its share of the softmax. */

import { html } from "#vendor/preact";
import { Table, show } from "#inside/figure";

/**
 * Compute the steps to the weight with which word i attends to word j.
 * @param {Map<string, {shape: number[], rows: Float32Array[]}>} tensors of a trace
 * @param {number} layer
 * @param {number} head
 * @param {number} i
 * @param {number} j
 * @returns {{size: number, allowed: boolean, product: number, score: number, top: number,
 *   exp: number, sum: number, count: number, share: number, weight: number}} size: dimensions of a
 *   head; top, sum and count: of the allowed words of the row
 */
export function stepsOf(tensors, layer, head, i, j) {
  const of = (name) => tensors.get(`${layer}.${name}`);
  const [T, , size] = of("q").shape;
  const cut = (name, word) => of(name).rows[word].subarray(head * size, (head + 1) * size);
  const k = cut("k", j);
  const scores = of("scores").rows[i].subarray(head * T, (head + 1) * T);
  const mask = tensors.get("mask").rows[i];
  const kept = scores.filter((_, s) => mask[s] > 0);
  const top = Math.max(...kept);
  const allowed = mask[j] > 0;
  const exp = allowed ? Math.exp(scores[j] - top) : 0;
  const sum = kept.reduce((total, score) => total + Math.exp(score - top), 0);
  return {
    size,
    allowed,
    product: cut("q", i).reduce((total, one, d) => total + one * k[d], 0),
    score: scores[j],
    top,
    exp,
    sum,
    count: kept.length,
    share: exp / sum,
    weight: of("weights").rows[i][head * T + j],
  };
}

/** Show the steps to one weight. */
export function Cell({ trace, layer, head, i, j, t }) {
  const found = stepsOf(trace.tensors, layer, head, i, j);
  const { size, count, allowed } = found;
  const title = t("attention_how", { row: trace.words[i], column: trace.words[j] });
  const lines = [
    ["product", found.product, t("attention_product", { size })],
    ["score", found.score, t("attention_scaled", { size })],
    !allowed && ["minus", -Infinity, t("attention_minus")],
    ["top", found.top, t("attention_top")],
    ["exp", found.exp, t(allowed ? "attention_exp" : "attention_exp_zero")],
    ["sum", found.sum, t("attention_sum", { count })],
    ["share", found.share, t("attention_weight")],
    Math.abs(found.share - found.weight) > 1e-5 && ["edited", found.weight, t("attention_edited")],
  ];
  return html`<h3>${title}</h3>
    <${Table}
      title=${title}
      id="attention-steps"
      kind="wrap"
      head=${[t("attention_step"), t("attention_value")]}
    >
      ${lines.filter(Boolean).map(
        ([name, value, text]) =>
          html`<tr>
            <th scope="row">${text}</th>
            <td
              data-name=${`attention.${name}`}
              data-word=${i}
              data-unit=${j}
              data-head=${head}
              data-value=${Number.isFinite(value) ? value.toFixed(6) : "-inf"}
            >
              ${written(name, found, value)}
            </td>
          </tr>`,
      )}
    <//>`;
}

function written(name, { allowed }, value) {
  if (name === "minus") return "−∞";
  return !allowed && (name === "exp" || name === "share") ? "0" : show(value);
}
