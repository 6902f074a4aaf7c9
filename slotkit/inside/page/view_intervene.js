/** Intervene: set numbers inside the network, or put B's state into A, and see what moves. */

import { html, useMemo, useState } from "#vendor/preact";
import { acts, add, readable, undo } from "#inside/edits";
import { Choice } from "#inside/figure";
import { Compare, Effect } from "#inside/intervene_effect";
import { SetNumbers } from "#inside/intervene_set";
import { sayEdit, sayPart, STRINGS } from "#inside/intervene_texts";
import { align } from "#inside/pairs";
import { placesOf, Where, wordBefore } from "#inside/tensors";
import { partsOf, transplant } from "#inside/transplants";

export { STRINGS };

export function Intervene(props) {
  const { tagger, a, plain, b, state, set, t } = props;
  const [chosen, setWord] = useState(null);
  const pairs = useMemo(() => (b ? align(a.words, b.words) : a.words.map(() => null)), [a, b]);
  const places = placesOf(a, state);
  const before = wordBefore(a, places.way, state.word) ?? state.word;
  const word = chosen !== null && chosen < a.words.length ? chosen : before;
  const more = { pairs, word, setWord };
  return html`<section id="intervene" aria-labelledby="intervene-title">
    <h2 id="intervene-title" tabindex="-1">${t("intervene_title")}</h2>
    <p>${t("intervene_text")}</p>
    <${SetNumbers} ...${props} ...${more} />
    ${b && partsOf(plain).length > 0 && html`<${Transplants} ...${props} ...${more} places=${places} />`}
    <h3>${t("intervene_moves")}</h3>
    <${Choice}
      id="intervene-decision"
      label=${t("intervene_decision")}
      options=${a.words.map((text, n) => [String(n), text])}
      value=${String(state.word)}
      onChange=${(n) => set({ word: Number(n) })}
    />
    <${Effect}
      tagger=${tagger}
      a=${a}
      plain=${plain}
      b=${b}
      state=${state}
      other=${pairs[state.word]}
      t=${t}
    />
    <${Edits} ...${props} />
  </section>`;
}

/** Buttons that put a part of B's state into A, and what each part moves alone. */
function Transplants({ tagger, plain, b, pairs, word, setWord, places, state, set, t }) {
  const [chosen, setFrom] = useState(null);
  const from = chosen !== null && chosen < b.words.length ? chosen : pairs[word];
  const { way } = places;
  const put = (part) => {
    const made = transplant(plain, b, { part, way, word, other: from });
    if (made.length) set({ edits: add(state.edits, made) });
  };
  return html`<h3>${t("intervene_transplant")}</h3>
    <p>${t("intervene_state")}</p>
    <${Where} id="intervene" places=${{ ...places, layers: [] }} set=${set} t=${t} />
    <${Choice}
      id="intervene-after"
      label=${t("intervene_after")}
      options=${plain.words.map((text, n) => [String(n), text])}
      value=${String(word)}
      onChange=${(n) => {
        setWord(Number(n));
        setFrom(null);
      }}
    />
    <${Choice}
      id="intervene-from"
      label=${t("intervene_from")}
      options=${[...(from === null ? [["", "–"]] : []), ...b.words.map((text, n) => [String(n), text])]}
      value=${from === null ? "" : String(from)}
      onChange=${(n) => setFrom(n === "" ? null : Number(n))}
    />
    <p>
      ${partsOf(plain).map(
        (part) =>
          html`<button type="button" disabled=${from === null} onClick=${() => put(part)}>
              ${sayPart(part, t)}</button
            >${" "}`,
      )}
    </p>
    <${Compare}
      tagger=${tagger}
      plain=${plain}
      b=${b}
      state=${state}
      way=${way}
      word=${word}
      other=${from}
      decided=${pairs[state.word]}
      t=${t}
    />`;
}

/** The edits as text, and buttons that take them back. */
function Edits({ tagger, a, b, state, set, t }) {
  const edits = readable(state.edits);
  const say = (edit) => sayEdit(edit, { tagger, a, b, acts: acts(edit, b), t });
  return html`<h3>${t("intervene_edits")}</h3>
    ${
      edits.length
        ? html`<ol id="intervene-list">
            ${edits.map((edit) => html`<li>${say(edit)}</li>`)}
          </ol>`
        : html`<p>${t("intervene_no_edits")}</p>`
    }
    <p>
      <button type="button" disabled=${!edits.length} onClick=${() => set({ edits: undo(edits) })}>
        ${t("intervene_undo")}</button
      >${" "}
      <button type="button" disabled=${!edits.length} onClick=${() => set({ edits: [] })}>
        ${t("intervene_undo_all")}
      </button>
    </p>`;
}
