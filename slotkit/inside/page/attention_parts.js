/** What each head adds to each word: the length of its part after W_O. */

import { html } from "#vendor/preact";
import { Figure, short, show, widthOf } from "#inside/figure";
import { cut } from "#inside/attention_grid";

const ROW = 22; // pixels
const BAR = 60;
const COLUMN = BAR + 52;

/** Return the length of a vector. */
export const norm = (row) => Math.sqrt(row.reduce((sum, one) => sum + one * one, 0));

/**
 * Return the lengths of the parts of each head, and of what they are added to.
 * @returns {{parts: number[][], before: number[]}} shapes (T, heads) and (T,)
 */
export function lengthsOf(tensors, layer) {
  const { rows, shape } = tensors.get(`${layer}.part`);
  const [, heads, H] = shape;
  const before = tensors.get(layer ? `${layer - 1}.x` : "x").rows;
  const ofHeads = (row) => Array.from({ length: heads }, (_, h) => norm(cut(row, h, H)));
  return { parts: rows.map(ofHeads), before: before.map(norm) };
}

export function Parts({ trace, layer, head, word, t }) {
  const { parts, before } = lengthsOf(trace.tensors, layer);
  const { words } = trace;
  const most = Math.max(1e-9, ...parts.flat());
  const heads = parts[0].map((_, h) => t("attention_head", { head: h + 1 }));
  const left = 10 + Math.max(...words.map(widthOf));
  const end = left + heads.length * COLUMN;
  const title = t("attention_parts", { layer: layer + 1 });
  const y = (i) => 24 + i * ROW;
  return html`<${Figure}
    name="attention-parts"
    title=${title}
    unit=${t("attention_norm")}
    table=${[
      ["word", ...heads, t("attention_before")],
      ...words.map((one, i) => [one, ...parts[i], before[i]]),
    ]}
    t=${t}
  >
    <svg role="group" aria-label=${title} width=${end + 130} height=${y(words.length)}>
      ${heads.map(
        (text, h) =>
          html`<text class=${`label${h === head ? " strong" : ""}`} x=${left + h * COLUMN} y="14">
            ${text}
          </text>`,
      )}
      <text class="label" x=${end} y="14">${t("attention_before")}</text>
      ${words.map(
        (one, i) => html`
          <text
            class=${`label${i === word ? " strong" : ""}`}
            x=${left - 6}
            y=${y(i) + 12}
            text-anchor="end"
          >
            ${short(one)}
          </text>
          ${parts[i].map(
            (value, h) => html`
              <rect
                x=${left + h * COLUMN}
                y=${y(i) + 2}
                width=${((BAR * value) / most).toFixed(1)}
                height=${ROW - 8}
                fill="var(--plus)"
              />
              <text
                class="label small"
                x=${left + h * COLUMN + BAR + 4}
                y=${y(i) + 12}
                data-name=${`${layer}.part`}
                data-word=${i}
                data-unit=${h}
                data-value=${value.toFixed(6)}
              >
                ${show(value)}
              </text>
            `,
          )}
          <text class="label small" x=${end} y=${y(i) + 12} data-value=${before[i].toFixed(6)}>
            ${show(before[i])}
          </text>
        `,
      )}
    </svg>
  <//>`;
}
