/** What each unit or head responds to: the words that move it most, and the slots it goes with. */

import { html, useState } from "#vendor/preact";
import { Choice, Figure, Table, show } from "#inside/figure";

export { STRINGS } from "#inside/match_strings";

const NEIGHBOURS = 3; // words shown on each side
const ACROSS = 30; // units of a row of the map
const CELL = 18; // pixels
const ROOM = 120; // pixels of a bar
const MARK = "background: var(--soft); color: inherit; border-bottom: 2px solid var(--accent)";
const STRONG = 3; // standard deviations of a full colour

/** Return the pairs of a list of numbers and deviations, [number, standard deviations]. */
export function pairs(list) {
  return list.flatMap((one, place) => (place % 2 ? [] : [[one, list[place + 1] / 10]]));
}

/** Return how far a unit goes with a slot, or with its first; 0 where it does not. */
export function strength(slots, slot) {
  const found = pairs(slots).find(([number]) => slot === null || number === slot);
  return found ? found[1] : 0;
}

/** Return the words around a place: those before, the word, those after. */
export function around(match, place) {
  let text = 0;
  let word = place;
  while (word >= match.tokens[text].length) word -= match.tokens[text++].length;
  const words = match.tokens[text].map((number) => match.vocabulary[number]);
  return {
    before: words.slice(Math.max(0, word - NEIGHBOURS), word),
    word: words[word],
    after: words.slice(word + 1, word + 1 + NEIGHBOURS),
    cutBefore: word > NEIGHBOURS,
    cutAfter: words.length > word + 1 + NEIGHBOURS,
  };
}

/** Return what a reader chooses, in the state of the page, with a unit or head of a tensor. */
export function choiceOf(name, unit) {
  const [kind, layer, way] = name.split(".").reverse();
  if (kind === "part") return { layer: Number(layer), head: unit };
  return { tensor: kind, unit, layer: Number(layer ?? 0), way: way ?? "" };
}

/** Write a number of standard deviations, with its sign. */
export function signed(number) {
  return `${number < 0 ? "\u2212" : "+"}${Math.abs(number).toFixed(1)}`;
}

/**
 * The view: a map of all units, and of the chosen one its contexts and slots.
 * @param {{match: object, t: (key: string, values?: object) => string,
 *   onUnit?: (tensor: string, unit: number) => void}} props match: what `slotkit.inside.match` made
 */
export function Match({ match, t, onUnit }) {
  const [chosen, setChosen] = useState({ tensor: 0, unit: 0, slot: null });
  const tensor = match.tensors[chosen.tensor];
  const choose = (changed) => {
    const next = { ...chosen, ...changed };
    setChosen(next);
    if ("unit" in changed) onUnit?.(match.tensors[next.tensor].name, next.unit);
  };
  const kind = t(`match_${tensor.axis}`);
  const numbered = (names) => names.map((name, number) => [String(number), name]);
  return html`<section id="match" aria-labelledby="match-title">
    <h2 id="match-title">${t("match_title")}</h2>
    <p class="note">${t("match_looked_at", { texts: match.texts, words: match.words })}</p>
    <p>
      <${Choice}
        id="match-tensor"
        label=${t("match_tensor")}
        options=${numbered(match.tensors.map(({ name }) => name))}
        value=${String(chosen.tensor)}
        onChange=${(number) => choose({ tensor: Number(number), unit: 0 })}
      />
      <${Choice}
        id="match-unit"
        label=${kind}
        options=${numbered(tensor.mean.map((_, number) => String(number)))}
        value=${String(chosen.unit)}
        onChange=${(number) => choose({ unit: Number(number) })}
      />
      <${Choice}
        id="match-slot"
        label=${t("match_slot")}
        options=${[["", t("match_any")], ...numbered(match.slots)]}
        value=${chosen.slot === null ? "" : String(chosen.slot)}
        onChange=${(number) => choose({ slot: number === "" ? null : Number(number) })}
      />
    </p>
    <${UnitMap}
      match=${match}
      tensor=${tensor}
      slot=${chosen.slot}
      unit=${chosen.unit}
      kind=${kind}
      t=${t}
      onUnit=${(unit) => choose({ unit })}
    />
    <${Unit}
      match=${match}
      tensor=${tensor}
      unit=${chosen.unit}
      name=${`${kind} ${chosen.unit}`}
      t=${t}
    />
  </section>`;
}

/** All units as cells; arrows move between them, Enter chooses one. */
function UnitMap({ match, tensor, slot, unit, kind, t, onUnit }) {
  const [at, setAt] = useState(unit);
  const count = tensor.mean.length;
  const place = Math.min(at, count - 1);
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -ACROSS, ArrowDown: ACROSS };

  function onKeyDown(event) {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onUnit(place);
    }
    const to = place + (step[event.key] ?? 0);
    if (to === place || to < 0 || to >= count) return;
    event.preventDefault();
    setAt(to);
    event.currentTarget.querySelector(`[data-unit="${to}"]`)?.focus();
  }

  const title = t(slot === null ? "match_map_any" : "match_map");
  const across = Math.min(ACROSS, count);
  return html`<p class="note">${t("match_keys")}</p>
    <${Figure}
      name="match-units"
      title=${title}
      unit=${t("match_deviations")}
      table=${tableOf(match, tensor)}
      t=${t}
    >
      <svg
        role="group"
        aria-label=${title}
        width=${across * CELL + 2}
        height=${Math.ceil(count / ACROSS) * CELL + 2}
        onKeyDown=${onKeyDown}
      >
        ${tensor.slots.map((slots, number) => {
          const value = strength(slots, slot);
          return html`<rect
            class=${number === unit ? "cell chosen" : "cell"}
            x=${(number % ACROSS) * CELL + 1}
            y=${Math.floor(number / ACROSS) * CELL + 1}
            width=${CELL - 2}
            height=${CELL - 2}
            fill=${colour(value)}
            fill-opacity=${Math.min(1, Math.abs(value) / STRONG).toFixed(3)}
            style=${number === unit ? "" : "stroke: var(--line)"}
            role="button"
            tabindex=${number === place ? 0 : -1}
            aria-pressed=${number === unit}
            aria-label=${`${kind} ${number}, ${signed(value)}`}
            data-name="match.unit"
            data-unit=${number}
            data-value=${value}
            onClick=${() => onUnit(number)}
            onFocus=${() => setAt(number)}
          />`;
        })}
      </svg>
    <//>`;
}

/** Return the slots of all units, a row each. */
function tableOf(match, tensor) {
  const rows = tensor.slots.flatMap((slots, unit) =>
    pairs(slots).map(([slot, value]) => [
      unit,
      tensor.mean[unit],
      tensor.sd[unit],
      match.slots[slot],
      value,
    ]),
  );
  return [[tensor.axis, "mean", "sd", "slot", "deviations"], ...rows];
}

/** The contexts and slots of a unit. */
function Unit({ match, tensor, unit, name, t }) {
  const contexts = pairs(tensor.contexts[unit]);
  const slots = pairs(tensor.slots[unit]);
  if (!contexts.length) return html`<p class="match-unit">${name}. ${t("match_still")}</p>`;
  const [mean, sd] = [show(tensor.mean[unit]), show(tensor.sd[unit])];
  const most = Math.max(...contexts.map(([, value]) => Math.abs(value)));
  return html`<div class="match-unit" aria-live="polite">
    <p>${name}: ${t("match_mean")} ${mean}, ${t("match_sd")} ${sd}</p>
    <h3>${t("match_slots")}</h3>
    <${Table} title=${t("match_slots")} head=${[t("match_slot"), t("match_deviations")]}>
      ${slots.map(
        ([slot, value]) =>
          html`<tr key=${slot}>
            <th scope="row">${match.slots[slot]}</th>
            <td><${Bar} value=${value} most=${STRONG} /></td>
          </tr>`,
      )}
      ${
        !slots.length &&
        html`<tr>
          <td colspan="2">${t("match_none")}</td>
        </tr>`
      }
    <//>
    <h3>${t("match_contexts")}</h3>
    <${Table} title=${t("match_contexts")} head=${[t("match_context"), t("match_deviations")]}>
      ${contexts.map(
        ([place, value]) =>
          html`<tr key=${place} data-name="match.context" data-place=${place}>
            <td><${Context} ...${around(match, place)} /></td>
            <td><${Bar} value=${value} most=${most} /></td>
          </tr>`,
      )}
    <//>
  </div>`;
}

function Context({ before, word, after, cutBefore, cutAfter }) {
  const ahead = `${cutBefore ? "… " : ""}${joined(before)}${before.length ? " " : ""}`;
  const behind = `${after.length ? " " : ""}${joined(after)}${cutAfter ? " …" : ""}`;
  return html`<span>${ahead}<mark style=${MARK}>${word}</mark>${behind}</span>`;
}

/** Write words in a line, those of Chinese without blanks. */
export function joined(words) {
  return words.reduce((line, word) => {
    const apart = line && (line.at(-1) < "\u2e80" || word[0] < "\u2e80");
    return `${line}${apart ? " " : ""}${word}`;
  }, "");
}

/** A bar from the middle, with its number. */
function Bar({ value, most }) {
  const length = (ROOM / 2) * Math.min(1, Math.abs(value) / most);
  return html`<svg width=${ROOM} height="12" style="display: inline-block" aria-hidden="true">
      <line x1=${ROOM / 2} x2=${ROOM / 2} y1="0" y2="12" stroke="var(--line)" />
      <rect
        x=${value < 0 ? ROOM / 2 - length : ROOM / 2}
        y="2"
        width=${length.toFixed(1)}
        height="8"
        fill=${colour(value)}
      />
    </svg>
    <span class="number" data-value=${value}>${signed(value)}</span>`;
}

const colour = (value) => (value < 0 ? "var(--minus)" : "var(--plus)");
