/** Gates as maps: all of them at one word, or one of them at all words. */

import { html, useState } from "#vendor/preact";
import { Choice, Figure, HeatMap, show } from "#inside/figure";
import { isShare, OF_CELLS, reader, sayKind } from "#inside/tensors";

const SHOWN = 10; // units

/**
 * @param {object} props mode: "units" for all gates at the word of `place`, "words" for one gate at
 *   all words; order: the units in the order in which they are drawn; toA: the word of A that
 *   stands for a word of `trace`
 */
export function Maps({ tagger, cell, trace, place, order, mode, state, set, t, isB, toA }) {
  const [all, setAll] = useState(false);
  const [kind, setKind] = useState(cell === "gru" ? "z" : "f");
  const units = all ? order : order.slice(0, SHOWN);
  const { name, row } = reader(trace, place.way, place.layer);
  const unitNames = units.map((u) => String(u + 1));
  const { words } = trace;
  const byUnit = mode === "units";
  const rows = byUnit ? OF_CELLS[cell] : units;
  const at = byUnit ? (i, j) => [rows[i], place.word, units[j]] : (i, j) => [kind, j, units[i]];
  const columns = byUnit ? units : words;
  const values = rows.map((_, i) =>
    columns.map((__, j) => {
      const [what, word, unit] = at(i, j);
      return row(what, word)[unit];
    }),
  );
  const gate = (one) => sayKind(tagger, one, t);
  const share = !byUnit && isShare(tagger, kind);
  const title = byUnit
    ? t("gates_map", { word: words[place.word] })
    : t("gates_map_words", { what: gate(kind) });
  const heads = [byUnit ? rows.map(gate) : unitNames, byUnit ? unitNames : words];
  const unit = byUnit ? "gates_scale" : share ? "gates_share_scale" : "gates_no_unit";
  const label = (i, j) => {
    const [what, word, u] = at(i, j);
    const row = t("tensor_unit", { n: u + 1 });
    return t("gates_cell", { gate: gate(what), row, word: words[word], value: show(values[i][j]) });
  };
  return html`
    ${
      !byUnit &&
      html`<${Choice}
        id="gates-gate"
        label=${t("gates_gate")}
        options=${OF_CELLS[cell].map((one) => [one, gate(one)])}
        value=${kind}
        onChange=${setKind}
      />`
    }
    ${
      order.length > SHOWN &&
      html`<button type="button" aria-pressed=${all} onClick=${() => setAll(!all)}>
        ${all ? t("gates_ten") : t("gates_all", { n: order.length })}
      </button>`
    }
    <${Figure}
      name="gates"
      title=${title}
      unit=${t(unit)}
      table=${[["", ...heads[1]], ...values.map((numbers, i) => [heads[0][i], ...numbers])]}
      t=${t}
    >
      <${HeatMap}
        rows=${heads[0]}
        columns=${heads[1]}
        values=${values}
        kind=${share ? "share" : "signed"}
        most=${byUnit || share ? 1 : undefined}
        chosen=${byUnit ? null : [units.indexOf(place.unit), place.word]}
        title=${title}
        label=${label}
        onChoose=${(i, j) => {
          const [, word, unit] = at(i, j);
          set(toA(word) < 0 ? { unit } : { unit, word: toA(word) });
        }}
        name=${(i, j) => {
          const [what, word, u] = at(i, j);
          return {
            "data-name": `${isB ? "map/b/" : "map/"}${name(what)}`,
            "data-word": word,
            "data-unit": u,
          };
        }}
      />
    <//>
  `;
}
