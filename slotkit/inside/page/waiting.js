/** What waits for what in a layer, beside the CPU time that it takes on one core. */

import { html, useState } from "#vendor/preact";
import { Choice, Figure, show } from "#inside/figure";

export const STRINGS = {
  en: {
    waiting_title: "What waits for what",
    waiting_text:
      "In a recurrence each word waits for the one before it: T steps follow each other. In attention and convolution no word of a layer waits for another: one step. That is what can be done side by side; how long one core takes depends on how much there is to compute.",
    waiting_network: "network",
    waiting_graph: "One layer over six words",
    waiting_column: "steps that follow each other: {waits}",
    waiting_words: "words",
    waiting_steps: "steps in a row",
    waiting_time: "CPU time, one core (µs)",
    waiting_table: "Steps in a row and CPU time by length, {size} units, loops: {loops}",
  },
  zh: {
    waiting_title: "谁要等谁",
    waiting_text:
      "在循环网络里，每个词都要等前一个词算完：共有 T 步先后相接。在注意力和卷积里，同一层的词互不等待：只要一步。这说的是哪些计算可以同时进行；单个核心要用多久，取决于总的计算量。",
    waiting_network: "网络",
    waiting_graph: "一层，六个词",
    waiting_column: "先后相接的步数：{waits}",
    waiting_words: "词数",
    waiting_steps: "先后相接的步数",
    waiting_time: "单核 CPU 时间（微秒）",
    waiting_table: "各长度下先后相接的步数和 CPU 时间，{size} 个单元，循环：{loops}",
  },
};

const [STEP, TOP, BELOW, RADIUS] = [76, 40, 150, 15]; // pixels

/**
 * Draw the graph of a network and the table of all.
 * @param {{waiting: object, t: Function}} props waiting: what `slotkit.inside.waiting` wrote
 */
export function Waiting({ waiting, t }) {
  const names = Object.keys(waiting.networks);
  const [name, setName] = useState(names[0]);
  const { edges } = waiting.networks[name];
  const head = [t("waiting_network"), t("waiting_words"), t("waiting_steps"), t("waiting_time")];
  const rows = names.flatMap((one) => {
    const { waits, microseconds } = waiting.networks[one];
    return waiting.lengths.map((length, k) => [one, length, waits[k], microseconds[k]]);
  });
  const caption = t("waiting_table", { size: waiting.hidden_size, loops: waiting.loops });
  return html`<section id="waiting" aria-labelledby="waiting-title">
    <h2 id="waiting-title">${t("waiting_title")}</h2>
    <p>${t("waiting_text")}</p>
    <${Choice}
      id="waiting-network"
      label=${t("waiting_network")}
      options=${names.map((one) => [one, one])}
      value=${name}
      onChange=${setName}
    />
    <${Figure}
      name="waiting"
      title=${`${t("waiting_graph")}: ${name}`}
      unit=${t("waiting_column", { waits: Math.max(...Object.values(depths(edges))) })}
      table=${[head, ...rows]}
      t=${t}
    >
      <${Graph} edges=${edges} title=${`${t("waiting_graph")}: ${name}`} />
    <//>
    <div class="scroll" tabindex="0" role="group" aria-label=${caption}>
      <table>
        <caption>
          ${caption}
        </caption>
        <thead>
          <tr>
            ${head.map((text) => html`<th scope="col">${text}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ([one, length, steps, time]) =>
              html`<tr>
                <th scope="row">${one}</th>
                <td>${length}</td>
                <td>${steps}</td>
                <td>${show(time, 1)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

/**
 * Return at which step each node is computed: 0 for words, for others after all they wait for.
 * @param {[string, string][]} edges
 * @returns {Object<string, number>}
 */
export function depths(edges) {
  const needs = {};
  for (const [node, later] of edges) {
    needs[node] ??= [];
    (needs[later] ??= []).push(node);
  }
  const found = {};
  const depth = (node) =>
    (found[node] ??= Math.max(0, ...needs[node].map((one) => depth(one) + 1)));
  Object.keys(needs).forEach(depth);
  return found;
}

/** Draw words below, the hidden layer above, and an arrow from what is needed to what waits. */
function Graph({ edges, title }) {
  const found = depths(edges);
  const place = (node) => [Number(node.slice(1)) * STEP - STEP / 2, node[0] === "h" ? TOP : BELOW];
  const width = Object.keys(found).filter((node) => node[0] === "x").length * STEP;
  return html`<svg role="img" aria-label=${title} width=${width} height=${BELOW + 40}>
    <defs>
      <marker
        id="arrow"
        viewBox="0 0 8 8"
        refX="7"
        refY="4"
        markerWidth="7"
        markerHeight="7"
        orient="auto"
      >
        <path d="M0 0 L8 4 L0 8 z" fill="var(--line)" />
      </marker>
    </defs>
    ${edges.map(([node, later]) => {
      const [[x1, y1], [x2, y2]] = [place(node), place(later)];
      const far = Math.hypot(x2 - x1, y2 - y1);
      const [right, down] = [((x2 - x1) / far) * RADIUS, ((y2 - y1) / far) * RADIUS];
      return html`<line
        x1=${(x1 + right).toFixed(1)}
        y1=${(y1 + down).toFixed(1)}
        x2=${(x2 - right).toFixed(1)}
        y2=${(y2 - down).toFixed(1)}
        stroke="var(--line)"
        marker-end="url(#arrow)"
      />`;
    })}
    ${Object.entries(found).map(([node, depth]) => {
      const [x, y] = place(node);
      return html`<g data-node=${node} data-value=${depth}>
        <circle cx=${x} cy=${y} r=${RADIUS} fill="var(--soft)" stroke="var(--accent)" />
        <text class="label" x=${x} y=${y + 4} text-anchor="middle">${depth || node}</text>
      </g>`;
    })}
  </svg>`;
}
