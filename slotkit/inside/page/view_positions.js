/** Positions: their vectors, their length beside the words', and what another order changes. */

import { html, useMemo } from "#vendor/preact";
import { norm } from "#inside/attention_parts";
import { nextStep, readable } from "#inside/edits";
import { Figure, short, show, widthOf } from "#inside/figure";
import { rangeIn, rangesOf, withOrder, withRange } from "#inside/mask";
import { compare, tellsPlaces } from "#inside/permuted";
import { Stripes } from "#inside/stripes";
import { WordOrder } from "#inside/word_order";

export { STRINGS } from "#inside/positions_strings";

export function Positions({ tagger, a, options, state, set, t }) {
  const { words } = a;
  const order = state.order ?? [...words.keys()];
  const { positions, max_length: count } = tagger.payload.arguments;
  const longest = (positions === "learned" && tagger.payload.longest) || null;
  const onOrder = (found) => {
    const moves = found.some((word, place) => word !== place);
    set({ order: moves ? found : null, edits: withOrder(readable(state.edits), found) });
  };
  return html`<section id="positions" aria-labelledby="positions-title">
    <h2 id="positions-title" tabindex="-1">${t("positions_title")}</h2>
    <p>${t("positions_text")}</p>
    <p>
      ${t(`positions_${positions}`, { count })}${" "}
      ${positions === "learned" && t(knownOf(longest, count), { longest })}
    </p>
    ${
      positions !== "none" &&
      html`<${Stripes}
        tagger=${tagger}
        member=${state.member}
        words=${order.map((word) => words[word])}
        longest=${longest}
        t=${t}
      />`
    }
    <${Norms} trace=${a} word=${state.word} t=${t} />
    <h3>${t("positions_order")}</h3>
    <p>${t("positions_drag")}</p>
    <${WordOrder}
      words=${words}
      order=${order}
      word=${state.word}
      onChoose=${(word) => set({ word })}
      onOrder=${onOrder}
      t=${t}
    />
    <${Switches} tagger=${tagger} state=${state} set=${set} order=${order} t=${t} />
    <${Change} tagger=${tagger} trace=${a} options=${options} t=${t} />
  </section>`;
}

function knownOf(longest, count) {
  if (!longest) return "positions_unknown";
  return longest < count ? "positions_longest" : "positions_whole";
}

/** The length of each word's vector beside that of its position. */
function Norms({ trace, word, t }) {
  const { words } = trace;
  const position = trace.tensors.get("position").rows;
  const own = trace.tensors.get("x").rows.map((row, i) => row.map((x, u) => x - position[i][u]));
  const pairs = words.map((_, i) => [norm(own[i]), norm(position[i])]);
  const most = Math.max(1e-9, ...pairs.flat());
  const left = 10 + Math.max(...words.map(widthOf));
  const title = t("positions_norms");
  const names = [t("positions_vector"), t("positions_place")];
  const [room, height] = [240, 34];
  const colours = ["var(--plus)", "var(--accent)"];
  return html`<${Figure}
    name="positions-norms"
    title=${title}
    unit=${t("positions_length")}
    table=${[["word", ...names], ...words.map((one, i) => [one, ...pairs[i]])]}
    t=${t}
  >
    <svg
      role="group"
      aria-label=${title}
      width=${left + room + 70}
      height=${words.length * height + 24}
    >
      ${names.map(
        (name, n) => html`
          <rect x=${left + n * 170} y="4" width="10" height="10" fill=${colours[n]} />
          <text class="label small" x=${left + n * 170 + 14} y="13">${name}</text>
        `,
      )}
      ${words.map(
        (one, i) => html`
          <text
            class=${`label${i === word ? " strong" : ""}`}
            x=${left - 6}
            y=${24 + i * height + 18}
            text-anchor="end"
          >
            ${short(one)}
          </text>
          ${pairs[i].map(
            (value, n) => html`
              <rect
                x=${left}
                y=${26 + i * height + n * 14}
                width=${((room * value) / most).toFixed(1)}
                height="11"
                fill=${colours[n]}
              />
              <text
                class="label small"
                x=${left + (room * value) / most + 5}
                y=${35 + i * height + n * 14}
                data-name=${["positions.word", "positions.position"][n]}
                data-word=${i}
                data-value=${value.toFixed(6)}
              >
                ${show(value)}
              </text>
            `,
          )}
        `,
      )}
    </svg>
  <//>`;
}

const isOff = (tensor) => (edit) => edit.tensor === tensor && edit.off === true;

/** What takes from the network all that tells places apart. */
function Switches({ tagger, state, set, order, t }) {
  const { arguments: args, window_size: around } = tagger.payload;
  const places = rangesOf(args.attend, order.length);
  const kept = readable(state.edits);
  const all = rangeIn(kept, places) === places.all;
  const neighbours = [...Array(2 * around + 1).keys()].filter((place) => place !== around);
  const edits = {
    position: { tensor: "position", value: 0, words: null, units: null, off: true },
    window: { tensor: "window", value: 0, words: null, units: neighbours, off: true },
  };
  const toggle = (tensor) => (event) => {
    const others = kept.filter((edit) => !isOff(tensor)(edit));
    set({
      edits: event.target.checked
        ? [...others, { ...edits[tensor], step: nextStep(kept) }]
        : others,
    });
  };
  const attend = (event) => {
    const range = event.target.checked ? places.all : places.trained;
    set({ edits: withRange(kept, range, places.trained, order) });
  };
  const shown = [
    args.positions !== "none" && ["position", "off", toggle("position")],
    around > 0 && ["window", "window", toggle("window")],
  ].filter(Boolean);
  return html`<p>
    ${shown.map(
      ([tensor, name, onChange]) =>
        html`<label class="check">
          <input
            type="checkbox"
            id=${`positions-${name}`}
            checked=${kept.some(isOff(tensor))}
            onChange=${onChange}
          />
          ${t(`positions_${name}`)}
        </label>`,
    )}
    ${
      places.trained !== places.all &&
      html`<label class="check">
        <input type="checkbox" id="positions-full" checked=${all} onChange=${attend} />
        ${t("positions_full")}
      </label>`
    }
  </p>`;
}

/** Write a number, a small one by its power of ten. */
function written(number) {
  return number > 0 && number < 5e-4
    ? number.toExponential(1).replace("-", "\u2212")
    : show(number);
}

/** How far the order moves the logits, and what tells places apart. */
function Change({ tagger, trace, options, t }) {
  const found = useMemo(() => {
    if (!options.order) return null;
    const usual = [...trace.words.keys()];
    const edits = withOrder(options.edits, usual);
    const text = tagger.run(trace.words, { ...options, order: null, edits });
    return { ...compare(trace, text), was: text.tags };
  }, [trace]);
  const telling = tellsPlaces(trace);
  const named = telling.map((name) => t(`positions_by_${name}`)).join(t("positions_join"));
  const flips = found?.flips.map((i) => `${trace.words[i]}: ${found.was[i]} → ${trace.tags[i]}`);
  return html`
    <p
      role="status"
      data-name="positions.delta"
      data-value=${(found?.value ?? 0).toFixed(6)}
      data-small=${found ? String(found.value <= 1e-5) : ""}
    >
      ${
        found
          ? [
              t(found.value ? "positions_delta" : "positions_equal", {
                value: written(found.value),
                word: trace.words[found.word],
                tag: tagger.tags[found.tag],
              }),
              " ",
              flips.length
                ? t("positions_flips", { list: flips.join(t("positions_join")) })
                : t("positions_same"),
            ]
          : t("positions_usual")
      }
    </p>
    <p data-name="positions.telling" data-value=${telling.join(" ")}>
      ${telling.length ? t("positions_tells", { list: named }) : t("positions_set")}
    </p>
  `;
}
