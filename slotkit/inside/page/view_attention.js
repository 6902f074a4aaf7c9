/** Attention: who attends to whom, with which numbers, and what follows when the mask is edited. */

import { html, useMemo, useState } from "#vendor/preact";
import { Cell } from "#inside/attention_cell";
import { cut, Grid } from "#inside/attention_grid";
import { Parts } from "#inside/attention_parts";
import { readable } from "#inside/edits";
import { Figure, HeatMap, largest, show, Slider } from "#inside/figure";
import { rangeIn, rangesOf, withEdge, withRange } from "#inside/mask";
import { within } from "#inside/state";

export { STRINGS } from "#inside/attention_strings";

export function Attention({ tagger, a, plain, state, set, t }) {
  const [at, setAt] = useState([state.word, state.word]);
  const { num_layers: layers, heads } = tagger.payload.arguments;
  const { words } = a;
  const T = words.length;
  const layer = within(state.layer, layers);
  const head = within(state.head, heads);
  const weights = useMemo(
    () => a.tensors.get(`${layer}.weights`).rows.map((row) => cut(row, head, T)),
    [a, layer, head],
  );
  // What a pointer over the cells does not change.
  const [grid, parts] = useMemo(
    () => [
      html`<${Grid}
        tagger=${tagger}
        trace=${a}
        layer=${layer}
        head=${head}
        onPick=${(one, two) => set({ layer: one, head: two })}
        t=${t}
      />`,
      html`<${Parts} trace=${a} layer=${layer} head=${head} word=${state.word} t=${t} />`,
    ],
    [a, layer, head, state.word, t],
  );
  const mask = a.tensors.get("mask").rows;
  const [i, j] = at.map((place) => Math.min(place, T - 1));
  const named = { layer: layer + 1, head: head + 1 };
  const say = (one, other) =>
    t(mask[one][other] > 0 ? "attention_cell" : "attention_masked", {
      row: words[one],
      column: words[other],
      value: show(weights[one][other]),
    });
  return html`<section id="attention" aria-labelledby="attention-title">
    <h2 id="attention-title" tabindex="-1">${t("attention_title")}</h2>
    <p>${t("attention_text")}</p>
    ${grid}
    ${
      !tagger.recorded &&
      html`<${Range} tagger=${tagger} state=${state} set=${set} length=${T} t=${t} />`
    }
    <div class="side">
      <${Figure}
        name="attention-large"
        title=${t("attention_large", named)}
        unit=${t("attention_scale", { most: show(largest(weights)) })}
        table=${[["", ...words], ...words.map((word, row) => [word, ...weights[row]])]}
        t=${t}
      >
        <${HeatMap}
          rows=${words}
          columns=${words}
          values=${weights}
          most=${largest(weights)}
          hatched=${mask.map((row) => [...row].map((allowed) => !(allowed > 0)))}
          chosen=${[i, j]}
          title=${t("attention_large", named)}
          label=${say}
          name=${(one, other) => ({
            "data-name": `${layer}.weights`,
            "data-word": one,
            "data-unit": head,
            "data-other": other,
          })}
          onChoose=${(word) => set({ word })}
          onHover=${(...cell) => setAt(cell)}
        />
      <//>
      <${Mask}
        tagger=${tagger}
        trace=${a}
        plain=${plain}
        state=${state}
        set=${set}
        chosen=${[i, j]}
        onHover=${setAt}
        t=${t}
      />
    </div>
    ${!tagger.recorded && html`<p class="note">${t("attention_edges")}</p>`}
    <${Cell} trace=${a} layer=${layer} head=${head} i=${i} j=${j} t=${t} />
    ${parts}
  </section>`;
}

/** The range of the mask, and the way back to the trained one. */
function Range({ tagger, state, set, length, t }) {
  const places = rangesOf(tagger.payload.arguments.attend, length);
  const edits = readable(state.edits);
  const range = rangeIn(edits, places);
  const order = state.order ?? [...Array(length).keys()];
  const kind = range > places.all ? "graph" : range === places.all ? "all" : "";
  const trained = range === places.trained && !kind ? "trained" : kind;
  return html`<div>
    <${Slider}
      id="attention-range"
      label=${t("attention_range")}
      min=${0}
      max=${places.most}
      step=${1}
      value=${range}
      text=${trained ? t(`attention_${trained}`, { range }) : String(range)}
      onInput=${(one) => set({ edits: withRange(edits, one, places.trained, order) })}
    />
    <button
      type="button"
      disabled=${!edits.some((edit) => edit.tensor === "mask")}
      onClick=${() => set({ edits: edits.filter((edit) => edit.tensor !== "mask") })}
    >
      ${t("attention_undo")}
    </button>
  </div>`;
}

/** The mask itself, whose edges are cut and joined. */
function Mask({ tagger, trace, plain, state, set, chosen, onHover, t }) {
  const { words } = trace;
  const mask = trace.tensors.get("mask").rows;
  const trained = plain.tensors.get("mask").rows;
  const onChoose =
    !tagger.recorded && ((i, j) => set({ edits: withEdge(readable(state.edits), i, j, trained) }));
  const say = (i, j) => {
    const [there, not] = tagger.recorded ? ["may", "may_not"] : ["cut", "join"];
    const kind = i === j ? "self" : mask[i][j] > 0 ? there : not;
    return t(`attention_${kind}`, { row: words[i], column: words[j] });
  };
  return html`<${Figure}
    name="attention-mask"
    title=${t("attention_mask")}
    unit=${t("attention_mask_unit")}
    table=${[["", ...words], ...words.map((word, i) => [word, ...mask[i]])]}
    t=${t}
  >
    <${HeatMap}
      rows=${words}
      columns=${words}
      values=${mask}
      hatched=${mask.map((row) => [...row].map((allowed) => !(allowed > 0)))}
      chosen=${chosen}
      title=${t("attention_mask")}
      label=${say}
      name=${(i, j) => ({ "data-name": "mask", "data-word": i, "data-unit": j })}
      onChoose=${onChoose}
      onHover=${(...cell) => onHover(cell)}
    />
  <//>`;
}
