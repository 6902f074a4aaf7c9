/** Gates: the equations of an LSTM or a GRU with a unit's numbers, and all gates as a map. */

import { html, useMemo, useState } from "#vendor/preact";
import { peepholes } from "#inside/equations";
import { Choice, Table, show } from "#inside/figure";
import { Equations } from "#inside/gates_lines";
import { Maps } from "#inside/gates_map";
import { align, byDifference } from "#inside/pairs";
import * as tensors from "#inside/tensors";

export const STRINGS = {
  en: {
    ...tensors.STRINGS.en,
    gates_title: "Gates",
    gates_text:
      "A gate is a number between 0, closed, and 1, open; what passes it is multiplied with it. s is the logistic function; W x has the bias in it.",
    gates_lstm: "The forget gate near 1 keeps the memory, near 0 clears it.",
    gates_gru: "The update gate near 1 keeps the memory, near 0 puts the candidate in its place.",
    gates_show: "Show",
    gates_one: "one unit in its equations",
    gates_units: "all gates at this word",
    gates_words: "one gate at all words",
    gates_gate: "Gate",
    gates_word: "Word",
    gates_unit: "Unit",
    gates_of: "Sentence",
    gates_equations: "Unit {unit} at {word}",
    gates_name: "name",
    gates_equation: "equation",
    gates_numbers: "with its numbers",
    gates_value: "result",
    gates_edited: "set by an edit",
    gates_first: "This is the first word that is read: what stands for the word before is 0.",
    gates_map: "Gates and units at {word}",
    gates_map_words: "{what}: units and words",
    gates_scale: "gates from 0 to 1, candidates and cells signed",
    gates_share_scale: "from 0, closed, to 1, open",
    gates_no_unit: "no unit of measure",
    gates_cell: "{gate}, {row}, {word}: {value}",
    gates_all: "Show all {n} units",
    gates_ten: "Show ten units",
    gates_peepholes: "Share of the peepholes: |C c| / (|W x| + |U out| + |C c|)",
    gates_mean: "mean of all units",
    gates_own: "unit {n}",
    gates_proportion: "share of 1",
  },
  zh: {
    ...tensors.STRINGS.zh,
    gates_title: "门",
    gates_text:
      "门的取值在 0（关）与 1（开）之间，与通过它的数相乘。s 是逻辑斯谛函数；W x 中已含偏置。",
    gates_lstm: "遗忘门接近 1 时保留记忆，接近 0 时清除记忆。",
    gates_gru: "更新门接近 1 时保留记忆，接近 0 时换成候选值。",
    gates_show: "显示",
    gates_one: "一个单元的各个公式",
    gates_units: "这个词上所有的门",
    gates_words: "所有词上的一个门",
    gates_gate: "门",
    gates_word: "词",
    gates_unit: "单元",
    gates_of: "句子",
    gates_equations: "“{word}” 上的第 {unit} 个单元",
    gates_name: "名称",
    gates_equation: "公式",
    gates_numbers: "代入数值",
    gates_value: "结果",
    gates_edited: "由改动设定",
    gates_first: "这是读入的第一个词，前一个词的状态取 0。",
    gates_map: "“{word}” 上的门与单元",
    gates_map_words: "{what}：单元与词",
    gates_scale: "门在 0 与 1 之间，候选值与状态有正负",
    gates_share_scale: "0 为关，1 为开",
    gates_no_unit: "无量纲",
    gates_cell: "{gate}，{row}，{word}：{value}",
    gates_all: "显示全部 {n} 个单元",
    gates_ten: "只显示十个单元",
    gates_peepholes: "窥视孔连接所占的份额：|C c| / (|W x| + |U out| + |C c|)",
    gates_mean: "所有单元的平均",
    gates_own: "第 {n} 个单元",
    gates_proportion: "占 1 的份额",
  },
};

export function Gates({ tagger, a, b, state, set, t }) {
  const [mode, setMode] = useState("one");
  const [of, setOf] = useState("a");
  const pairs = useMemo(() => b && align(a.words, b.words), [a, b]);
  const paired = pairs?.[state.word] ?? null;
  const isB = of === "b" && paired !== null;
  const trace = isB ? b : a;
  const word = isB ? paired : state.word;
  const places = tensors.placesOf(a, state);
  const cell = tensors.cellOf(tagger);
  const H = trace.tensors.get(
    tensors.reader(a, places.way, places.layer).name(tensors.OF_CELLS[cell].at(-1)),
  ).shape[1];
  const place = { ...places, word, unit: tensors.unitOf(state, H) };
  const props = {
    tagger,
    cell,
    trace,
    place,
    state,
    set,
    t,
    isB,
    toA: (j) => (isB ? pairs.indexOf(j) : j),
  };
  const other = isB ? a.tensors : b?.tensors;
  const order = useOrder(trace, other, place, isB ? state.word : paired, tensors.OF_CELLS[cell]);
  return html`<section id="gates" aria-labelledby="gates-title">
    <h2 id="gates-title" tabindex="-1">${t("gates_title")}</h2>
    <p>${t("gates_text")} ${t(`gates_${cell}`)}</p>
    <${Choice}
      id="gates-show"
      label=${t("gates_show")}
      options=${["one", "units", "words"].map((one) => [one, t(`gates_${one}`)])}
      value=${mode}
      onChange=${setMode}
    />
    <${tensors.Where} id="gates" places=${places} set=${set} t=${t} />
    <${Choice}
      id="gates-word"
      label=${t("gates_word")}
      options=${a.words.map((one, n) => [String(n), one])}
      value=${String(state.word)}
      onChange=${(chosen) => set({ word: Number(chosen) })}
    />
    <${Choice}
      id="gates-unit"
      label=${t("gates_unit")}
      options=${order.map((u) => [String(u), String(u + 1)])}
      value=${String(place.unit)}
      onChange=${(chosen) => set({ unit: Number(chosen) })}
    />
    ${
      b &&
      html`<${Choice}
        id="gates-of"
        label=${t("gates_of")}
        options=${(paired === null ? ["a"] : ["a", "b"]).map((one) => [one, one.toUpperCase()])}
        value=${isB ? "b" : "a"}
        onChange=${setOf}
      />`
    }
    ${mode === "one" ? html`<${Equations} ...${props} />` : html`<${Maps} ...${props} mode=${mode} order=${order} />`}
    <${Peepholes} ...${props} />
  </section>`;
}

/** Order units by how much their last tensor differs from the other sentence's at the word. */
function useOrder(trace, others, { way, layer, word }, other, kinds) {
  const kind = kinds.includes("c") ? "c" : "h";
  const name = tensors.reader(trace, way, layer).name(kind);
  const row = trace.tensors.get(name).rows[word];
  const beside = other === null ? undefined : others?.get(name).rows[other];
  return useMemo(() => byDifference(row, beside), [row, beside]);
}

/** What the peepholes have in each gate. */
function Peepholes({ tagger, trace, place, t }) {
  const shares = peepholes(trace, place);
  if (!shares) return null;
  const heads = [t("gates_gate"), t("gates_mean"), t("gates_own", { n: place.unit + 1 })];
  return html`
    <h3>${t("gates_peepholes")}</h3>
    <${Table} title=${t("gates_peepholes")} id="gates-peepholes" head=${heads}>
      ${shares.map(
        ({ kind, mean, own }) =>
          html`<tr>
            <th scope="row">${tensors.sayKind(tagger, kind, t)}</th>
            ${[mean, own].map(
              (value, n) =>
                html`<td
                  class="share"
                  data-name=${n ? "peephole-unit" : "peephole-mean"}
                  data-gate=${kind}
                  data-value=${value.toFixed(6)}
                >
                  <span class="bar" style=${`width:${(value * 3.5).toFixed(2)}em`}></span
                  >${show(value)}
                </td>`,
            )}
          </tr>`,
      )}
    <//>
  `;
}
