/** What the view of interventions says. */

import { show } from "#inside/figure";
import * as tensors from "#inside/tensors";

export const STRINGS = {
  en: {
    ...tensors.STRINGS.en,
    intervene_title: "Intervene",
    intervene_text:
      "Change a number inside the network and see what follows from it. All views on this page show the edited run of sentence A.",
    intervene_set: "Set numbers",
    intervene_tensor: "What",
    intervene_word: "At the word",
    intervene_every: "all words",
    intervene_units: "Of it",
    intervene_one: "one",
    intervene_ten: "the ten that differ most",
    intervene_all: "all",
    intervene_which: "Which",
    intervene_value: "Value",
    intervene_zero: "Set to 0",
    intervene_take: "Take B's numbers",
    intervene_transplant: "Put B's state into A",
    intervene_state:
      "The state is all that a recurrent network hands on from a word to the next. It is put in after a word, so that what follows reads B's memory.",
    intervene_after: "After the word of A",
    intervene_from: "State after the word of B",
    intervene_part_whole: "whole state",
    intervene_part_cell: "cell alone",
    intervene_part_output: "output alone",
    intervene_part_ten: "ten units",
    intervene_compare: "Compare the parts: what each moves alone",
    intervene_part: "part of the state",
    intervene_moves: "What it moves",
    intervene_decision: "Decision at the word",
    intervene_way: "From A's decision to B's at {word}",
    intervene_said: "Share of the way from {from} (A) to {to} (B): {share}",
    intervene_logits: "m: logit of B's tag minus logit of A's tag, in nats",
    intervene_run: "run",
    intervene_edited: "A, edited",
    intervene_m: "m",
    intervene_share: "share of the way",
    intervene_no_b: "With a sentence B, this shows the share of the way from A's decision to B's.",
    intervene_unpaired:
      "B has no word in the place of this one, so that there is no decision to compare with.",
    intervene_equal: "A and B have the same tag at this word: choose a word at which they differ.",
    intervene_transitions:
      "A and B have different tags at this word, but the same logits: the transitions between tags decide here, and nothing inside the network.",
    intervene_softmax: "Softmax at {word}, before → after:",
    intervene_flips: "Tags that change: {count}",
    intervene_none_flips: "No tag changes.",
    intervene_flip: "{word}: {from} → {to}",
    intervene_edits: "Edits",
    intervene_no_edits: "Nothing is edited.",
    intervene_undo: "Undo the last",
    intervene_undo_all: "Undo all",
    intervene_edit_value: "{what}, {units}, at {words}: {value}",
    intervene_edit_taken: "{what}, {units}, at {words}: taken from B at {word}",
    intervene_edit_lost:
      "{what}, {units}, at {words}: B has no such numbers, so that nothing changes",
    intervene_several: "several numbers",
    intervene_all_units: "all",
    intervene_some_units: "number {list}",
  },
  zh: {
    ...tensors.STRINGS.zh,
    intervene_title: "干预",
    intervene_text:
      "改动网络内部的一个数，看看会引起什么变化。页面上所有视图显示的都是句子 A 改动后的运行结果。",
    intervene_set: "设定数值",
    intervene_tensor: "内容",
    intervene_word: "在哪个词上",
    intervene_every: "所有词",
    intervene_units: "范围",
    intervene_one: "一个",
    intervene_ten: "相差最大的十个",
    intervene_all: "全部",
    intervene_which: "哪一个",
    intervene_value: "数值",
    intervene_zero: "设为 0",
    intervene_take: "换成 B 的数值",
    intervene_transplant: "把 B 的状态换进 A",
    intervene_state:
      "状态是循环网络从一个词传给下一个词的全部内容。在某个词之后换入 B 的状态，后面的词读到的就是 B 的记忆。",
    intervene_after: "在 A 的哪个词之后",
    intervene_from: "取 B 的哪个词之后的状态",
    intervene_part_whole: "整个状态",
    intervene_part_cell: "只换细胞状态",
    intervene_part_output: "只换输出",
    intervene_part_ten: "只换十个单元",
    intervene_compare: "比较各部分：单独替换时各有多大作用",
    intervene_part: "状态的哪一部分",
    intervene_moves: "引起的变化",
    intervene_decision: "看哪个词的判断",
    intervene_way: "在“{word}”上，从 A 的判断到 B 的判断",
    intervene_said: "从 {from}（A）到 {to}（B）走过的比例：{share}",
    intervene_logits: "m：B 的标签与 A 的标签的 logit 之差，单位 nat",
    intervene_run: "运行",
    intervene_edited: "改动后的 A",
    intervene_m: "m",
    intervene_share: "走过的比例",
    intervene_no_b: "给出句子 B 后，这里显示从 A 的判断到 B 的判断走过了多大比例。",
    intervene_unpaired: "B 中没有与这个词对应的词，无法比较判断。",
    intervene_equal: "在这个词上 A 与 B 的标签相同：请选一个标签不同的词。",
    intervene_transitions:
      "在这个词上 A 与 B 的标签不同，但 logit 相同：起决定作用的是标签之间的转移，而不是网络内部的数值。",
    intervene_softmax: "“{word}”的 softmax，改动前 → 改动后：",
    intervene_flips: "有 {count} 个标签改变",
    intervene_none_flips: "没有标签改变。",
    intervene_flip: "{word}：{from} → {to}",
    intervene_edits: "改动",
    intervene_no_edits: "还没有改动。",
    intervene_undo: "撤销上一步",
    intervene_undo_all: "全部撤销",
    intervene_edit_value: "{what}，{units}，词：{words}，设为 {value}",
    intervene_edit_taken: "{what}，{units}，词：{words}，换成 B 在“{word}”上的数值",
    intervene_edit_lost: "{what}，{units}，词：{words}，B 中没有这些数值，因此没有变化",
    intervene_several: "多个数值",
    intervene_all_units: "全部",
    intervene_some_units: "编号 {list}",
  },
};

/** Say what a part of the state is. */
export const sayPart = (part, t) => t(`intervene_part_${part}`);

/**
 * Say what an edit does.
 * @param {import("#inside/edits").Kept} edit
 * @param {{tagger: object, a: object, b: object | null, acts: boolean, t: Function}} beside
 */
export function sayEdit(edit, { tagger, a, b, acts, t }) {
  const { tensor, words, units, value = 0 } = edit;
  const said = {
    what: tensors.sayTensor(tagger, tensor, t),
    words: words === null ? t("intervene_every") : words.map((word) => a.words[word]).join(", "),
    units: sayUnits(tagger, a, tensor, units, t),
    value: typeof value === "number" ? show(value) : t("intervene_several"),
    word: b?.words[edit.word],
  };
  if (!acts) return t("intervene_edit_lost", said);
  return t(edit.from === "b" ? "intervene_edit_taken" : "intervene_edit_value", said);
}

function sayUnits(tagger, a, tensor, units, t) {
  if (units === null) return t("intervene_all_units");
  const axis = a.tensors.get(tensor)?.axes[1];
  if (axis === "head") return units.map((u) => t("tensor_head_number", { n: u + 1 })).join(", ");
  const list = units.map((u) => (axis === "tag" ? tagger.tags[u] : u + 1)).join(", ");
  return t("intervene_some_units", { list });
}
