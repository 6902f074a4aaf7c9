/** A word to numbers: its pieces, the dimensions that are 1, "other", and what the window holds. */

import { html } from "#vendor/preact";
import { Bars, Figure, Table, show } from "#inside/figure";

export const STRINGS = {
  en: {
    word_title: "A word as numbers",
    word_choose: "The word:",
    word_active: "{count} of {all} dimensions are 1 for this word; all others are 0.",
    word_none: "Training has never seen any part of this word: its vector is zero.",
    word_part: "encoder",
    word_dimensions: "dimensions that are 1",
    word_other: "This word shares the dimension “other” with all rare and unseen words.",
    word_known: "Training has this very word.",
    word_unknown: "Training does not have this very word; its pieces and its shape still count.",
    word_window: "What the window holds: the words around it, and the length of their vectors",
    word_length: "length of the vector",
    word_beyond: "(beyond the end)",
    word_nothing: "(nothing)",
    word_dense: "{name}: dense numbers of this word, length {length}",
  },
  zh: {
    word_title: "一个词怎样变成数字",
    word_choose: "选一个词：",
    word_active: "共 {all} 维，这个词有 {count} 维是 1，其余都是 0。",
    word_none: "训练时没有见过这个词的任何部分，它的向量是零。",
    word_part: "编码方式",
    word_dimensions: "取 1 的维",
    word_other: "这个词与所有少见的、没见过的词共用 “other” 这一维。",
    word_known: "训练数据中有这个词。",
    word_unknown: "训练数据中没有这个词，但它的字母片段和词形仍然起作用。",
    word_window: "窗口中的内容：左右的词，以及它们向量的长度",
    word_length: "向量长度",
    word_beyond: "（句子之外）",
    word_nothing: "（无）",
    word_dense: "{name}：这个词的稠密向量，长度 {length}",
  },
};

/** Return the encoders that stand side by side, with their names. */
function partsOf(tagger) {
  const { encoder } = tagger.payload;
  const configs = encoder.parts ?? [encoder];
  const parts = tagger.encoder.parts ?? [tagger.encoder];
  return parts.map((part, place) => ({ name: configs[place].name, encoder: part }));
}

const norm = (row) => Math.sqrt(row.reduce((sum, one) => sum + one * one, 0));

export function Word({ tagger, a, state, set, t }) {
  const word = a.words[state.word];
  const parts = partsOf(tagger);
  const vectors = a.tensors.get("word").rows;
  const size = tagger.payload.window_size;
  const around = Array.from({ length: 2 * size + 1 }, (_, place) => state.word + place - size);
  const items = around.map((i) => ({
    label: `${i - state.word > 0 ? "+" : ""}${show(i - state.word, 0)} ${a.words[i] ?? t("word_beyond")}`,
    value: a.words[i] === undefined ? 0 : norm(vectors[i]),
  }));
  const known = parts.filter((part) => ["one-of-n", "other"].includes(part.name));
  const isOther = known.some((part) => part.name === "other" && part.encoder.active(word)[0] === 0);
  const isKnown = known.some((part) => part.encoder.active(word).length > 0) && !isOther;
  return html`<section id="word" aria-labelledby="word-title">
    <h2 id="word-title">${t("word_title")}</h2>
    <p>
      ${t("word_choose")}${" "}
      <span class="words">
        ${a.words.map(
          (one, i) =>
            html`<button
              type="button"
              class="word"
              aria-pressed=${i === state.word}
              onClick=${() => set({ word: i })}
            >
              ${one}
            </button>`,
        )}
      </span>
    </p>
    <p>
      ${t("word_active", { count: a.active[state.word].length, all: tagger.encoder.dimensions })}${" "}
      ${known.length > 0 && t(isOther ? "word_other" : isKnown ? "word_known" : "word_unknown")}${" "}
      ${norm(vectors[state.word]) === 0 && t("word_none")}
    </p>
    <${Table} title=${t("word_dimensions")} head=${[t("word_part"), t("word_dimensions")]}>
      ${parts.map((part) => {
        const active = part.encoder.active(word);
        const named = active.map(
          (d) => html`<span class="piece" data-name="active">${part.encoder.describe(d)}</span> `,
        );
        return html`<tr>
          <th scope="row">${part.name}</th>
          <td>${active.length ? named : dense(part, word, t)}</td>
        </tr>`;
      })}
    <//>
    <${Figure}
      name="window"
      title=${t("word_window")}
      unit=${t("word_length")}
      table=${[["word", "length"], ...items.map((one) => [one.label, one.value])]}
      t=${t}
    >
      <${Bars} items=${items} title=${t("word_window")} />
    <//>
  </section>`;
}

/** Say what a word has of an encoder of dense numbers. */
function dense({ name, encoder }, word, t) {
  const numbers = encoder.features?.(word) ?? [];
  if (!numbers.length) return t("word_nothing");
  return t("word_dense", { name, length: show(norm(numbers)) });
}
