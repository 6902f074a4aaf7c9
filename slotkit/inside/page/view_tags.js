/** Words to tags: what the logits say alone, with what is legal, and with the CRF. */

import { html, useMemo } from "#vendor/preact";
import { Figure, Table, short, show, widthOf } from "#inside/figure";
import { readArrays } from "#inside/weights";

export const STRINGS = {
  en: {
    tags_title: "Tags",
    tags_text:
      "Softmax looks at one word alone. The legal share sums over all tag sequences in which no I- stands without its B-. The CRF adds what it learned of neighbouring tags.",
    tags_table: "The tag of each word and its probability",
    tags_word: "word",
    tags_tag: "tag",
    tags_softmax: "softmax",
    tags_legal: "legal",
    tags_crf: "CRF",
    tags_was: "before the edits: {tag}",
    tags_lattice: "Lattice: the likeliest tags of each word, and the best path",
    tags_probability: "probability",
    tags_node: "{word}: {tag}, probability {p}",
    tags_moves: "Numbers at the lines are the CRF's transitions on the best path, in nats.",
    tags_choose: "Look at {word}",
  },
  zh: {
    tags_title: "标签",
    tags_text:
      "softmax 只看一个词自己。“合法”一列把所有合法标签序列（I- 之前必须有对应的 B-）的概率加起来。CRF 再加上它学到的相邻标签之间的关系。",
    tags_table: "每个词的标签及其概率",
    tags_word: "词",
    tags_tag: "标签",
    tags_softmax: "softmax",
    tags_legal: "合法",
    tags_crf: "CRF",
    tags_was: "改动前：{tag}",
    tags_lattice: "网格图：每个词最可能的几个标签，以及最佳路径",
    tags_probability: "概率",
    tags_node: "{word}：{tag}，概率 {p}",
    tags_moves: "连线上的数字是最佳路径上 CRF 的转移分数（单位：nat）。",
    tags_choose: "查看 {word}",
  },
};

const SHOWN = 4; // tags a word in the lattice

export function Tags({ tagger, a, plain, state, set, t }) {
  const kinds = a.crf ? ["softmax", "legal", "crf"] : ["softmax", "legal"];
  const head = [t("tags_word"), t("tags_tag"), ...kinds.map((kind) => t(`tags_${kind}`))];
  const shares = (word) => kinds.map((kind) => a[kind][word][a.best[word]]);
  const rows = a.words.map((word, i) => [word, a.tags[i], ...shares(i)]);
  return html`<section id="tags" aria-labelledby="tags-title">
    <h2 id="tags-title">${t("tags_title")}</h2>
    <p>${t("tags_text")}</p>
    <${Table} title=${t("tags_table")} kind="tags" head=${head}>
      ${a.words.map(
        (word, i) =>
          html`<tr class=${i === state.word ? "chosen" : ""}>
            <th scope="row">
              <button
                type="button"
                class="word"
                aria-pressed=${i === state.word}
                aria-label=${t("tags_choose", { word })}
                onClick=${() => set({ word: i })}
              >
                ${word}
              </button>
            </th>
            <td data-name="tag" data-word=${i}>
              ${a.tags[i]}
              ${
                plain.tags[i] !== a.tags[i] &&
                html` <small>${t("tags_was", { tag: plain.tags[i] })}</small>`
              }
            </td>
            ${kinds.map((kind) => {
              const p = a[kind][i][a.best[i]];
              return html`<td
                class="share"
                data-name=${kind}
                data-word=${i}
                data-tag=${a.tags[i]}
                data-value=${p.toFixed(6)}
              >
                <span class="bar" style=${`width:${(p * 3.5).toFixed(2)}em`}></span>${show(p)}
              </td>`;
            })}
          </tr>`,
      )}
    <//>
    <${Figure}
      name="lattice"
      title=${t("tags_lattice")}
      unit=${t("tags_probability")}
      table=${[head, ...rows]}
      t=${t}
    >
      <${Lattice} tagger=${tagger} trace=${a} state=${state} set=${set} t=${t} />
    <//>
    ${a.crf && html`<p class="note">${t("tags_moves")}</p>`}
  </section>`;
}

/** Draw the likeliest tags of each word as circles, and the best path through them. */
function Lattice({ tagger, trace, state, set, t }) {
  const last = trace.crf ?? trace.legal;
  const moves = useMemo(() => {
    const { crf } = tagger.payload;
    return crf && readArrays({ moves: crf.transitions }).moves.data;
  }, [tagger]);
  const K = tagger.tags.length;
  const kept = last.map((row, i) => {
    const order = [...row.keys()].sort((one, other) => row[other] - row[one]).slice(0, SHOWN);
    return order.includes(trace.best[i]) ? order : [trace.best[i], ...order.slice(0, SHOWN - 1)];
  });
  const widths = kept.map((tags, i) =>
    Math.max(widthOf(trace.words[i]), ...tags.map((k) => widthOf(tagger.tags[k])), 60),
  );
  const x = [];
  widths.reduce((sum, width) => (x.push(sum + width / 2), sum + width + 24), 12);
  const y = (place) => 44 + place * 44;
  const at = (i) => kept[i].indexOf(trace.best[i]);
  return html`<svg
    role="group"
    aria-label=${t("tags_lattice")}
    width=${x.at(-1) + widths.at(-1) / 2 + 12}
    height=${y(SHOWN)}
  >
    ${trace.words.slice(1).map((_, i) => {
      const [y1, y2] = [y(at(i)), y(at(i + 1))];
      const weight = moves?.[trace.best[i] * K + trace.best[i + 1]];
      return html`<line
          x1=${x[i]}
          y1=${y1}
          x2=${x[i + 1]}
          y2=${y2}
          stroke="var(--accent)"
          stroke-width="3"
        />
        ${
          weight !== undefined &&
          html`<text
            class="label small"
            x=${(x[i] + x[i + 1]) / 2}
            y=${(y1 + y2) / 2 - 5}
            text-anchor="middle"
          >
            ${show(weight, 1)}
          </text>`
        }`;
    })}
    ${trace.words.map(
      (word, i) => html`
        <text class="label strong" x=${x[i]} y="16" text-anchor="middle">${short(word)}</text>
        ${kept[i].map((k, place) => {
          const p = last[i][k];
          return html`<g
            role="button"
            tabindex="0"
            aria-label=${t("tags_node", { word, tag: tagger.tags[k], p: show(p) })}
            class=${`node${i === state.word && k === trace.best[i] ? " chosen" : ""}`}
            onClick=${() => set({ word: i })}
            onKeyDown=${(event) => event.key === "Enter" && set({ word: i })}
          >
            <circle cx=${x[i]} cy=${y(place)} r="11" fill="var(--paper)" stroke="var(--line)" />
            <circle
              cx=${x[i]}
              cy=${y(place)}
              r=${(11 * Math.sqrt(p)).toFixed(2)}
              fill="var(--share)"
            />
            <text class="label small" x=${x[i]} y=${y(place) + 22} text-anchor="middle">
              ${short(tagger.tags[k])}
            </text>
          </g>`;
        })}
      `,
    )}
  </svg>`;
}
