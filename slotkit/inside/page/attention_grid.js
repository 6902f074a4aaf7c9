/** All layers and heads: a small map of weights each. */

import { html } from "#vendor/preact";
import { Figure, Hatching } from "#inside/figure";
import { Tiles } from "#inside/tiles";

const SIDE = 84; // pixels of a small map
const GAP = 14;
const LEFT = 64;
const TOP = 20;

export function Grid({ tagger, trace, layer, head, onPick, t }) {
  const { num_layers: layers, heads } = tagger.payload.arguments;
  const { words } = trace;
  const mask = trace.tensors.get("mask").rows;
  const weights = range(layers).map((one) => trace.tensors.get(`${one}.weights`).rows);
  const rows = range(layers).flatMap((one) =>
    range(heads).flatMap((two) =>
      words.map((word, i) => [one + 1, two + 1, word, ...cut(weights[one][i], two, words.length)]),
    ),
  );
  const title = t("attention_grid");
  return html`<${Figure}
    name="attention-grid"
    title=${title}
    unit=${t("attention_share")}
    table=${[["layer", "head", "word", ...words], ...rows]}
    t=${t}
  >
    <svg
      role="group"
      aria-label=${title}
      width=${LEFT + heads * (SIDE + GAP)}
      height=${TOP + layers * (SIDE + GAP)}
    >
      <${Hatching} />
      ${range(heads).map(
        (two) =>
          html`<text class="label" x=${LEFT + two * (SIDE + GAP)} y="14">
            ${t("attention_head", { head: two + 1 })}
          </text>`,
      )}
      ${range(layers).map(
        (one) => html`
          <text class="label" x="0" y=${TOP + one * (SIDE + GAP) + SIDE / 2}>
            ${t("attention_layer", { layer: one + 1 })}
          </text>
          ${range(heads).map(
            (two) =>
              html`<${Small}
                x=${LEFT + two * (SIDE + GAP)}
                y=${TOP + one * (SIDE + GAP)}
                label=${t("attention_pick", { layer: one + 1, head: two + 1 })}
                chosen=${one === layer && two === head}
                onPick=${() => onPick(one, two)}
                weights=${weights[one]}
                mask=${mask}
                head=${two}
              />`,
          )}
        `,
      )}
    </svg>
  <//>`;
}

function Small({ x, y, label, chosen, onPick, weights, mask, head }) {
  const T = mask.length;
  const press = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    onPick();
  };
  return html`<g
    role="button"
    tabindex="0"
    aria-label=${label}
    aria-pressed=${chosen}
    transform=${`translate(${x} ${y})`}
    onClick=${onPick}
    onKeyDown=${press}
  >
    <rect width=${SIDE} height=${SIDE} fill="var(--paper)" />
    <${Tiles}
      rows=${T}
      columns=${T}
      value=${(i, j) => weights[i][head * T + j]}
      hatched=${(i, j) => !(mask[i][j] > 0)}
      most=${1}
      width=${SIDE / T}
      height=${SIDE / T}
    />
    <rect
      width=${SIDE}
      height=${SIDE}
      fill="none"
      stroke=${chosen ? "var(--accent)" : "var(--line)"}
      stroke-width=${chosen ? 3 : 1}
    />
  </g>`;
}

const range = (length) => Array.from({ length }, (_, n) => n);

/** Return the numbers of one head. */
export const cut = (row, head, size) => row.subarray(head * size, (head + 1) * size);
