/** The tensors of a run by their names: of which direction, of which layer, and what they are. */

import { html } from "#vendor/preact";
import { Choice } from "#inside/figure";

export const STRINGS = {
  en: {
    tensor_c: "cell c",
    tensor_out: "output of the cell",
    tensor_h: "hidden units h",
    tensor_i: "input gate i",
    tensor_f: "forget gate f",
    tensor_o: "output gate o",
    tensor_candidate: "candidate z",
    tensor_r: "reset gate r",
    tensor_update: "update gate z",
    tensor_n: "candidate n",
    tensor_fed: "tags fed back",
    tensor_position: "position",
    tensor_head: "what each head reads",
    tensor_part: "each head's part after W_o",
    tensor_x: "vector of the word in the network",
    tensor_hidden: "last hidden units",
    tensor_word: "vector of the word",
    tensor_window: "window",
    tensor_mask: "mask",
    tensor_layer: "layer {n}",
    tensor_ahead: "left to right",
    tensor_back: "right to left",
    tensor_way: "Direction",
    tensor_layers: "Layer",
    tensor_what: "What",
    tensor_unit: "unit {n}",
    tensor_head_number: "head {n}",
  },
  zh: {
    tensor_c: "细胞状态 c",
    tensor_out: "单元的输出",
    tensor_h: "隐藏层 h",
    tensor_i: "输入门 i",
    tensor_f: "遗忘门 f",
    tensor_o: "输出门 o",
    tensor_candidate: "候选值 z",
    tensor_r: "重置门 r",
    tensor_update: "更新门 z",
    tensor_n: "候选值 n",
    tensor_fed: "反馈回来的标签",
    tensor_position: "位置编码",
    tensor_head: "每个头读到的内容",
    tensor_part: "每个头经过 W_o 的部分",
    tensor_x: "词在网络中的向量",
    tensor_hidden: "最后的隐藏层",
    tensor_word: "词的向量",
    tensor_window: "窗口",
    tensor_mask: "掩码",
    tensor_layer: "第 {n} 层",
    tensor_ahead: "从左到右",
    tensor_back: "从右到左",
    tensor_way: "方向",
    tensor_layers: "层",
    tensor_what: "内容",
    tensor_unit: "第 {n} 个单元",
    tensor_head_number: "第 {n} 个头",
  },
};

// What is looked at and changed, the memory first.
const KINDS = [
  ...["c", "out", "h", "fed", "f", "i", "z", "o", "r", "n"],
  ...["position", "head", "part", "x", "hidden"],
];
/** What a recurrent network has of each unit at each word. */
export const OF_UNITS = KINDS.slice(0, 10);
/** What a recurrent network hands on from a word to the next. */
export const OF_STATE = ["c", "out", "h", "fed"];
/** What the cells with gates have of each unit. */
export const OF_CELLS = { lstm: ["i", "f", "z", "o", "c", "out"], gru: ["r", "z", "n", "h"] };

/**
 * Take a tensor's name apart.
 * @param {string} name such as "ahead.0.c"
 * @returns {{way: string, layer: number | null, kind: string}} way: "ahead", "back", or ""
 */
export function parse(name) {
  const [, way = "", layer, kind] = /^(?:(ahead|back)\.)?(?:(\d+)\.)?(.+)$/.exec(name);
  return { way, layer: layer === undefined ? null : Number(layer), kind };
}

/**
 * Return the tensors that have a name for readers, in their order.
 * @param {object} trace
 * @param {string[]} [kinds]
 * @returns {{name: string, way: string, layer: number | null, kind: string}[]}
 */
export function namedTensors(trace, kinds = KINDS) {
  const all = [...trace.tensors.keys()].map((name) => ({ name, ...parse(name) }));
  return kinds.flatMap((kind) => all.filter((one) => one.kind === kind));
}

/**
 * Return the directions and layers of a run, and those that the state means.
 * @returns {{ways: string[], layers: number[], way: string, layer: number}}
 */
export function placesOf(trace, state) {
  const all = namedTensors(trace);
  const ways = [...new Set(all.map((one) => one.way))];
  const way = ways.includes(state.way) ? state.way : ways[0];
  const own = all.filter((one) => one.way === way && one.layer !== null);
  const layers = [...new Set(own.map((one) => one.layer))].sort((one, other) => one - other);
  return { ways, layers, way, layer: layers.includes(state.layer) ? state.layer : layers[0] };
}

/** Return the numbers of an LSTM or a GRU in a direction and layer: what gives the row of a word. */
export function reader(trace, way, layer) {
  const prefix = `${way && `${way}.`}${layer}.`;
  return {
    name: (kind) => prefix + kind,
    has: (kind) => trace.tensors.has(prefix + kind),
    row: (kind, word) => trace.tensors.get(prefix + kind)?.rows[word],
  };
}

/** Return the word that a direction read before a word; undefined before the first. */
export function wordBefore(trace, way, word) {
  const before = way === "back" ? word + 1 : word - 1;
  return before >= 0 && before < trace.words.length ? before : undefined;
}

/** Return the cell that a tagger is made of. */
export const cellOf = (tagger) => tagger.payload.arguments.cell ?? tagger.payload.architecture;

/** Tell whether the numbers of a kind are gates, between 0 and 1. */
export function isShare(tagger, kind) {
  return ["i", "f", "o", "r", "fed"].includes(kind) || (kind === "z" && cellOf(tagger) === "gru");
}

/** Say what a kind is. */
export function sayKind(tagger, kind, t) {
  if (kind !== "z") return t(`tensor_${kind}`);
  return t(cellOf(tagger) === "gru" ? "tensor_update" : "tensor_candidate");
}

/** Say what a tensor is, with its layer where there are several, and its direction. */
export function sayTensor(tagger, name, t) {
  const { way, layer, kind } = parse(name);
  const parts = [sayKind(tagger, kind, t)];
  const several = tagger.payload.arguments.num_layers > 1;
  if (several && layer !== null) parts.push(t("tensor_layer", { n: layer + 1 }));
  if (way) parts.push(t(`tensor_${way}`));
  return parts.join(", ");
}

/** Return the unit that the state means, of so many. */
export function unitOf(state, count) {
  return Math.max(0, Math.min(Math.floor(state.unit), count - 1));
}

/** Return the names of what stands along the axis behind the words. */
export function unitNames(tagger, trace, name, t) {
  const { axes, shape } = trace.tensors.get(name);
  if (axes[1] === "tag") return tagger.tags;
  const key = axes[1] === "head" ? "tensor_head_number" : "tensor_unit";
  return Array.from({ length: shape[1] }, (_, n) => t(key, { n: n + 1 }));
}

/** Choices of the direction and the layer, where there are several. */
export function Where({ id, places, set, t }) {
  const { ways, layers, way, layer } = places;
  return html`
    ${
      ways.length > 1 &&
      html`<${Choice}
        id=${`${id}-way`}
        label=${t("tensor_way")}
        options=${ways.map((one) => [one, t(`tensor_${one}`)])}
        value=${way}
        onChange=${(chosen) => set({ way: chosen })}
      />`
    }
    ${
      layers.length > 1 &&
      html`<${Choice}
        id=${`${id}-layer`}
        label=${t("tensor_layers")}
        options=${layers.map((one) => [String(one), String(one + 1)])}
        value=${String(layer)}
        onChange=${(chosen) => set({ layer: Number(chosen) })}
      />`
    }
  `;
}
