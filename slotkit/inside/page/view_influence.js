/** Influence: what happens to the logits of each word when another word is replaced by nothing. */

import { html, useMemo, useState } from "#vendor/preact";
import { Choice, Figure, HeatMap, Table, largest, show } from "#inside/figure";
import { useLater } from "#inside/later";
import { rankCorrelation } from "#inside/rank";
import { within } from "#inside/state";

export const STRINGS = {
  en: {
    influence_title: "Influence",
    influence_text:
      "Each column replaces one word by nothing: its vector becomes zero. Each row shows how much the logits of one word change; the number is the largest change of any tag. Hatched cells cannot change, whatever the weights are.",
    influence_map: "Influence of the column's word on the row's word",
    influence_unit: "largest change of a logit, natural logarithm; strongest cell {most}",
    influence_cell: "{column} replaced by nothing: a logit of {row} changes by at most {value}",
    influence_never: "{column} cannot change the logits of {row}",
    influence_hint:
      "Point at a cell to read it. Click it, or press Enter, to choose the word of its row.",
    influence_weights: "Attention weights of layer {layer}, mean over the heads",
    influence_share: "share; each row sums to 1; strongest cell {most}",
    influence_weight: "{row} attends to {column}: {value} (mean over the heads)",
    influence_masked: "{row} does not attend to {column} in this layer",
    influence_layer: "Layer of the attention weights",
    influence_agree:
      "Rank correlation (Spearman) of the two maps, over all {count} pairs that can be reached: {all}; over the {two} pairs of two different words: {different}. 1 means the same order, 0 means no relation: attention weights tell only a part of the influence.",
    influence_unknown: "not defined",
    influence_row: "What changes the logits of “{word}”",
    influence_word: "word replaced",
    influence_value: "influence",
    influence_alpha: "attention weight",
    influence_join: ". ",
    influence_wait: "Computing: a run for each word.",
  },
  zh: {
    influence_title: "影响",
    influence_text:
      "每一列把一个词换成“无”（它的向量置为零），每一行显示某个词的 logit 因此变化多少；数字取各标签中变化最大的一个。画斜线的格子不管权重是多少都不可能变化。",
    influence_map: "列上的词对行上的词的影响",
    influence_unit: "logit 的最大变化，自然对数；颜色最强的格子为 {most}",
    influence_cell: "去掉 {column}：{row} 的 logit 最多变化 {value}",
    influence_never: "{column} 不可能改变 {row} 的 logit",
    influence_hint: "把指针移到格子上即可读数；点击或按回车，选中该行的词。",
    influence_weights: "第 {layer} 层的注意力权重（各个头的平均）",
    influence_share: "份额，每行之和为 1；颜色最强的格子为 {most}",
    influence_weight: "{row} 对 {column} 的注意力：{value}（各个头的平均）",
    influence_masked: "在这一层，{row} 不关注 {column}",
    influence_layer: "看哪一层的注意力权重",
    influence_agree:
      "两张图的秩相关系数（Spearman）：在全部 {count} 个可达的词对上为 {all}，只看 {two} 个由不同的词组成的词对则为 {different}。1 表示排序完全一致，0 表示没有关系。可见注意力权重只反映了影响的一部分。",
    influence_unknown: "无定义",
    influence_row: "什么会改变“{word}”的 logit",
    influence_word: "去掉的词",
    influence_value: "影响",
    influence_alpha: "注意力权重",
    influence_join: "。",
    influence_wait: "正在计算：每个词都要运行一遍。",
  },
};

// Words of a text of which influence is a part of drawing: it takes a run for each of them.
const SHORT = 12;
const SHORT_ATTENTION = 8;

export function Influence(props) {
  const { tagger, a, options, t } = props;
  const attends = tagger.payload.architecture === "attention";
  const short = a.words.length <= (attends ? SHORT_ATTENTION : SHORT);
  const moved = useLater(() => tagger.influence(a.words, options), a, short);
  return html`<section id="influence" aria-labelledby="influence-title">
    <h2 id="influence-title" tabindex="-1">${t("influence_title")}</h2>
    <p>${t("influence_text")}</p>
    ${moved ? html`<${Maps} ...${props} moved=${moved} />` : html`<p role="status">${t("influence_wait")}</p>`}
  </section>`;
}

function Maps({ tagger, a, options, moved, state, set, t }) {
  const reach = useMemo(() => tagger.reach(a.words, options), [a]);
  const [at, setAt] = useState(null);
  const attends = tagger.payload.architecture === "attention";
  const layer = within(state.layer, tagger.payload.arguments.num_layers ?? 1);
  const weights = useMemo(() => attends && meanOfHeads(a, layer), [a, layer]);
  const mask = a.tensors.get("mask")?.rows;
  const { words } = a;
  const named = (i, j) => ({ row: words[i], column: words[j] });
  const say = (i, j) =>
    reach[i][j]
      ? t("influence_cell", { ...named(i, j), value: show(moved[i][j]) })
      : t("influence_never", named(i, j));
  const sayWeight = (i, j) =>
    mask[i][j] > 0
      ? t("influence_weight", { ...named(i, j), value: show(weights[i][j]) })
      : t("influence_masked", named(i, j));
  const shared = {
    rows: words,
    columns: words,
    onChoose: (word) => set({ word }),
    onHover: (...cell) => setAt(cell),
  };
  const seen = at && at.every((place) => place < words.length);
  return html`
    ${
      attends &&
      html`<${Choice}
        id="influence-layer"
        label=${t("influence_layer")}
        options=${layersOf(tagger)}
        value=${String(layer)}
        onChange=${(chosen) => set({ layer: Number(chosen) })}
      />`
    }
    <div class="side">
      <${Figure}
        name="influence-map"
        title=${t("influence_map")}
        unit=${t("influence_unit", { most: show(largest(moved)) })}
        table=${[["", ...words], ...words.map((word, i) => [word, ...moved[i]])]}
        t=${t}
      >
        <${HeatMap}
          ...${shared}
          values=${moved}
          most=${largest(moved)}
          hatched=${reach.map((row) => row.map((reached) => !reached))}
          title=${t("influence_map")}
          label=${say}
          name=${(i, j) => ({ "data-name": "influence", "data-word": i, "data-unit": j })}
        />
      <//>
      ${
        attends &&
        html`<${Figure}
          name="influence-weights"
          title=${t("influence_weights", { layer: layer + 1 })}
          unit=${t("influence_share", { most: show(largest(weights)) })}
          table=${[["", ...words], ...words.map((word, i) => [word, ...weights[i]])]}
          t=${t}
        >
          <${HeatMap}
            ...${shared}
            values=${weights}
            most=${largest(weights)}
            hatched=${mask.map((row) => [...row].map((allowed) => !(allowed > 0)))}
            title=${t("influence_weights", { layer: layer + 1 })}
            label=${sayWeight}
            name=${(i, j) => ({ "data-name": `${layer}.weights`, "data-word": i, "data-unit": j })}
          />
        <//>`
      }
    </div>
    <p class="note">
      ${seen ? [say(...at), attends && sayWeight(...at)].filter(Boolean).join(t("influence_join")) : t("influence_hint")}
    </p>
    ${attends && html`<${Agreement} moved=${moved} weights=${weights} reach=${reach} t=${t} />`}
    <${Row}
      words=${words}
      word=${state.word}
      moved=${moved}
      reach=${reach}
      weights=${weights}
      t=${t}
    />
  `;
}

const layersOf = (tagger) =>
  Array.from({ length: tagger.payload.arguments.num_layers }, (_, n) => [String(n), String(n + 1)]);

/** Return the mean over the heads of a layer's weights, shape (T, T). */
function meanOfHeads(trace, layer) {
  const { rows, shape } = trace.tensors.get(`${layer}.weights`);
  const [T, heads] = shape;
  return rows.map((row) => {
    const mean = new Float32Array(T);
    for (let n = 0; n < row.length; n++) mean[n % T] += row[n] / heads;
    return mean;
  });
}

/** Say how far influence and attention weights put pairs of words in the same order. */
function Agreement({ moved, weights, reach, t }) {
  const [all, different] = useMemo(() => {
    const pairs = reach.flatMap((row, i) => row.flatMap((reached, j) => (reached ? [[i, j]] : [])));
    const over = (chosen) => ({
      count: chosen.length,
      value: rankCorrelation(
        chosen.map(([i, j]) => moved[i][j]),
        chosen.map(([i, j]) => weights[i][j]),
      ),
    });
    return [over(pairs), over(pairs.filter(([i, j]) => i !== j))];
  }, [moved, weights, reach]);
  const written = ({ value }) => (value === null ? t("influence_unknown") : show(value));
  return html`<p
    data-name="influence.agreement"
    data-value=${all.value?.toFixed(6)}
    data-different=${different.value?.toFixed(6)}
  >
    ${t("influence_agree", {
      count: all.count,
      all: written(all),
      two: different.count,
      different: written(different),
    })}
  </p>`;
}

/** The row of the chosen word as numbers. */
function Row({ words, word, moved, reach, weights, t }) {
  const head = ["word", "value", ...(weights ? ["alpha"] : [])];
  const title = t("influence_row", { word: words[word] });
  return html`<h3>${title}</h3>
    <${Table} title=${title} head=${head.map((name) => t(`influence_${name}`))}>
      ${words.map(
        (one, j) =>
          html`<tr class=${j === word ? "chosen" : ""}>
            <th scope="row">${one}</th>
            <td>${reach[word][j] ? show(moved[word][j]) : "–"}</td>
            ${weights && html`<td>${show(weights[word][j])}</td>`}
          </tr>`,
      )}
    <//>`;
}
