/** Memory: what the units of a recurrent network hold at each word, of two sentences. */

import { html, useMemo, useState } from "#vendor/preact";
import { Choice, Figure, HeatMap, largest, show } from "#inside/figure";
import { align, byDifference } from "#inside/pairs";
import * as tensors from "#inside/tensors";

export const STRINGS = {
  en: {
    ...tensors.STRINGS.en,
    memory_title: "Memory",
    memory_text:
      "Rows are units, columns are words. The units at the top are those in which A and B differ most at the chosen word: what is told apart there is what the network remembers.",
    memory_alone:
      "Without a sentence B, the units with the largest numbers at the chosen word are at the top.",
    memory_window:
      "A word sees its window here (words on each side: {n}), so that a difference at a word can also come from there.",
    memory_a: "{what}: sentence A",
    memory_b: "{what}: sentence B",
    memory_difference: "{what}: A minus B",
    memory_unit: "no unit of measure",
    memory_share: "from 0, closed, to 1, open",
    memory_probability: "probability",
    memory_cell: "{row} at {word}: {value}",
    memory_unpaired: "{row} at {word}: B has no such word",
    memory_all: "Show all {n} units",
    memory_ten: "Show ten units",
    memory_here: "{row} at {word}:",
    memory_in_a: "A {value}",
    memory_in_b: "B {value}",
    memory_minus: "A minus B {value}",
    memory_same: "A and B do not differ here at this word.",
  },
  zh: {
    ...tensors.STRINGS.zh,
    memory_title: "记忆",
    memory_text:
      "每行是一个单元，每列是一个词。在选中的词上，A 与 B 相差最大的单元排在最前面：这些差别就是网络记住的内容。",
    memory_alone: "没有句子 B 时，在选中的词上数值绝对值最大的单元排在最前面。",
    memory_window: "这里每个词还能看到左右各 {n} 个词，所以某个词上的差别也可能来自它的窗口。",
    memory_a: "{what}：句子 A",
    memory_b: "{what}：句子 B",
    memory_difference: "{what}：A 减 B",
    memory_unit: "无量纲",
    memory_share: "0 为关，1 为开",
    memory_probability: "概率",
    memory_cell: "{row}，{word}：{value}",
    memory_unpaired: "{row}，{word}：B 中没有对应的词",
    memory_all: "显示全部 {n} 个单元",
    memory_ten: "只显示十个单元",
    memory_here: "{row}，{word}：",
    memory_in_a: "A {value}",
    memory_in_b: "B {value}",
    memory_minus: "A 减 B {value}",
    memory_same: "在这个词上，A 与 B 没有差别。",
  },
};

const SHOWN = 10; // units

/** Return the tensors of a direction and layer; what is fed back is of all layers. */
function choicesOf(trace, { way, layer }) {
  return tensors
    .namedTensors(trace, tensors.OF_UNITS)
    .filter((one) => one.way === way && [layer, null].includes(one.layer));
}

export function Memory({ tagger, a, b, state, set, t }) {
  const [all, setAll] = useState(false);
  const places = tensors.placesOf(a, state);
  const choices = choicesOf(a, places);
  const { name, kind } = choices.find((one) => one.kind === state.tensor) ?? choices[0];
  const names = tensors.unitNames(tagger, a, name, t);
  const pairs = useMemo(() => (b ? align(a.words, b.words) : a.words.map(() => null)), [a, b]);
  const own = a.tensors.get(name).rows;
  const theirs = pairs.map((j) => (j === null ? null : b.tensors.get(name).rows[j]));
  const here = theirs[state.word];
  const order = useMemo(() => byDifference(own[state.word], here), [own, here, state.word]);
  const units = all ? order : order.slice(0, SHOWN);
  const what = tensors.sayTensor(tagger, name, t);
  const most =
    largest([own, b ? b.tensors.get(name).rows : []].map((rows) => [largest(rows)])) || 1;
  const props = { tagger, name, kind, units, names, most, state, set, t };
  const equal = here && order.every((u) => own[state.word][u] === here[u]);
  return html`<section id="memory" aria-labelledby="memory-title">
    <h2 id="memory-title" tabindex="-1">${t("memory_title")}</h2>
    <p>${t("memory_text")} ${!b && t("memory_alone")}</p>
    ${
      tagger.payload.window_size > 0 &&
      html`<p class="note">${t("memory_window", { n: tagger.payload.window_size })}</p>`
    }
    <${tensors.Where} id="memory" places=${places} set=${set} t=${t} />
    <${Choice}
      id="memory-tensor"
      label=${t("tensor_what")}
      options=${choices.map((one) => [one.kind, tensors.sayKind(tagger, one.kind, t)])}
      value=${kind}
      onChange=${(chosen) => set({ tensor: chosen })}
    />
    ${
      names.length > SHOWN &&
      html`<button type="button" aria-pressed=${all} onClick=${() => setAll(!all)}>
        ${all ? t("memory_ten") : t("memory_all", { n: names.length })}
      </button>`
    }
    ${equal && html`<p role="status">${t("memory_same")}</p>`}
    <div class="beside">
      <${Map} ...${props} part="a" title=${t("memory_a", { what })} words=${a.words} rows=${own} />
      ${
        b &&
        html`
          <${Map}
            ...${props}
            part="b"
            title=${t("memory_b", { what })}
            words=${b.words}
            rows=${b.tensors.get(name).rows}
            toA=${(j) => pairs.indexOf(j)}
          />
          <${Map}
            ...${props}
            part="difference"
            title=${t("memory_difference", { what })}
            words=${a.words}
            rows=${own.map((row, i) => theirs[i] && row.map((one, u) => one - theirs[i][u]))}
          />
        `
      }
    </div>
    <${Here} name=${name} names=${names} own=${own} theirs=${theirs} a=${a} state=${state} t=${t} />
  </section>`;
}

/** A map of units and words; a row of a word is null where the other sentence has no such word. */
function Map({
  tagger,
  part,
  title,
  name,
  kind,
  units,
  names,
  words,
  rows,
  most,
  state,
  set,
  t,
  toA = (j) => j,
}) {
  const values = units.map((u) => rows.map((row) => row?.[u] ?? 0));
  const absent = units.map(() => rows.map((row) => row === null));
  const share = part !== "difference" && tensors.isShare(tagger, kind);
  const unit = kind === "fed" ? "memory_probability" : share ? "memory_share" : "memory_unit";
  const label = (i, j) => {
    const said = { row: names[units[i]], word: words[j], value: show(values[i][j]) };
    return t(absent[i][j] ? "memory_unpaired" : "memory_cell", said);
  };
  const column = rows.findIndex((_, j) => toA(j) === state.word);
  const prefix = part === "a" ? "" : `${part}/`;
  return html`<${Figure}
    name=${`memory-${part}`}
    title=${title}
    unit=${t(unit)}
    table=${[["", ...words], ...units.map((u, i) => [names[u], ...values[i]])]}
    t=${t}
  >
    <${HeatMap}
      rows=${units.map((u) => names[u])}
      columns=${words}
      values=${values}
      kind=${share ? "share" : "signed"}
      most=${share ? 1 : part === "difference" ? largest(values) || 1 : most}
      hatched=${absent}
      chosen=${[units.indexOf(tensors.unitOf(state, names.length)), column]}
      title=${title}
      label=${label}
      onChoose=${(i, j) => set(toA(j) < 0 ? { unit: units[i] } : { word: toA(j), unit: units[i] })}
      name=${(i, j) => ({ "data-name": prefix + name, "data-word": j, "data-unit": units[i] })}
    />
  <//>`;
}

/** The chosen unit at the chosen word, in numbers. */
function Here({ name, names, own, theirs, a, state, t }) {
  const unit = tensors.unitOf(state, names.length);
  const mine = own[state.word][unit];
  const its = theirs[state.word]?.[unit];
  const say = (key, prefix, value) =>
    html`<span data-name=${prefix + name} data-value=${value.toFixed(6)}
      >${t(key, { value: show(value) })}</span
    >`;
  return html`<p role="status" id="memory-here">
    ${t("memory_here", { row: names[unit], word: a.words[state.word] })}${" "}
    ${say("memory_in_a", "here/", mine)}
    ${its !== undefined && html`; ${say("memory_in_b", "here/b/", its)}; ${say("memory_minus", "here/difference/", mine - its)}`}
  </p>`;
}
