/** Position vectors as stripes: a row for each position, a column for each dimension. */

import { html, useMemo, useState } from "#vendor/preact";
import { placer } from "#tagger/attention";
import { Figure, Hatching, largest, short, show, Slider, widthOf } from "#inside/figure";
import { Tiles } from "#inside/tiles";
import { readArrays } from "#inside/weights";

const FEWEST = 32; // rows that are drawn, if there are so many
const BEYOND = 6; // untrained rows that are drawn
const ROW = 14; // pixels
const WIDE = 640;
const TOP = 18;
const NUMBERS = 96;

/**
 * Return the position vectors of a model: all of a learned table, or `length` sines and cosines.
 * @returns {Float32Array[]} shape (rows, H)
 */
export function positionsOf({ payload }, member, length) {
  const { positions, max_length: most, hidden_size: H } = payload.arguments;
  if (positions === "none") return [];
  const { "network.position": table } = payload.members[member];
  const learned = table && readArrays({ table }).table;
  const count = learned ? most : length;
  const place = placer(payload.arguments, learned, count, H);
  return Array.from({ length: count }, (_, t) =>
    Float32Array.from({ length: H }, (_, u) => place(t, u)),
  );
}

export function Stripes({ tagger, member, words, longest, t }) {
  const [more, setMore] = useState(false);
  const [row, setRow] = useState(0);
  const [column, setColumn] = useState(0);
  const needed = Math.max(FEWEST, words.length);
  const rows = useMemo(() => positionsOf(tagger, member, needed), [tagger, member, needed]);
  const few = Math.min(rows.length, Math.max(needed, longest ? longest + BEYOND : 0));
  const count = more ? rows.length : few;
  const H = rows[0].length;
  const width = Math.max(3, Math.min(14, WIDE / H));
  const left = NUMBERS + 10 + Math.max(widthOf(t("positions_word")), ...words.map(widthOf));
  const tiles = useMemo(
    () =>
      html`<${Tiles}
        rows=${count}
        columns=${H}
        value=${(i, j) => rows[i][j]}
        most=${largest(rows)}
        width=${width}
        height=${ROW}
        signed
      />`,
    [rows, count],
  );
  const [i, j] = [Math.min(row, count - 1), Math.min(column, H - 1)];
  const title = t("positions_stripes");
  const lines = rows.map((one, place) => [place, place + 1, words[place] ?? "", ...one]);
  const read = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    setRow(clamp(Math.floor((event.clientY - box.top) / ROW), count));
    setColumn(clamp(Math.floor((event.clientX - box.left) / width), H));
  };
  return html`
    <${Figure}
      name="positions-stripes"
      title=${title}
      unit=${t("positions_unit")}
      table=${[["from 0", "from 1", "word", ...rows[0].keys()], ...lines]}
      t=${t}
    >
      <svg
        role="group"
        aria-label=${title}
        width=${left + H * width + 130}
        height=${TOP + count * ROW + 2}
      >
        <${Hatching} />
        ${["zero", "one", "word"].map(
          (name, n) =>
            html`<text class="label small" x=${[0, 48, NUMBERS][n]} y="11"
              >${t(`positions_${name}`)}</text
            >`,
        )}
        ${rows.slice(0, count).map(
          (_, place) => html`
            <text
              class=${`label small${place === i ? " strong" : ""}`}
              x="8"
              y=${TOP + place * ROW + 11}
              >${place}</text
            >
            <text class="label small" x="56" y=${TOP + place * ROW + 11}>${place + 1}</text>
            ${
              words[place] !== undefined &&
              html`<text class="label small" x=${NUMBERS} y=${TOP + place * ROW + 11}
                >${short(words[place])}</text
              >`
            }
          `,
        )}
        <g transform=${`translate(${left} ${TOP})`}>
          ${tiles}
          <rect
            width=${H * width}
            height=${count * ROW}
            fill="transparent"
            stroke="var(--line)"
            onPointerMove=${read}
            onPointerDown=${read}
          />
          <rect
            x=${j * width - 1}
            y=${i * ROW - 1}
            width=${width + 2}
            height=${ROW + 2}
            fill="none"
            stroke="var(--accent)"
            stroke-width="2"
            pointer-events="none"
          />
          ${
            longest !== null &&
            longest < count &&
            html`<rect
                class="untrained"
                data-name="positions.untrained"
                data-value=${longest}
                x=${H * width + 3}
                y=${longest * ROW}
                width="16"
                height=${(count - longest) * ROW}
                fill="url(#hatching)"
                stroke="var(--line)"
              />
              <text class="label small" x=${H * width + 24} y=${longest * ROW + 11}>
                ${t("positions_untrained")}
              </text>`
          }
        </g>
      </svg>
    <//>
    <div>
      <${Slider}
        id="positions-row"
        label=${t("positions_row")}
        min=${0}
        max=${count - 1}
        step=${1}
        value=${i}
        text=${i}
        onInput=${setRow}
      />
      <${Slider}
        id="positions-column"
        label=${t("positions_column")}
        min=${0}
        max=${H - 1}
        step=${1}
        value=${j}
        text=${j}
        onInput=${setColumn}
      />
      <span data-name="position" data-word=${i} data-unit=${j} data-value=${rows[i][j].toFixed(6)}>
        ${t("positions_read", { row: i, column: j, value: show(rows[i][j]) })}
      </span>
      ${
        few < rows.length &&
        !more &&
        html` <button type="button" onClick=${() => setMore(true)}>
          ${t("positions_more", { count: rows.length })}
        </button>`
      }
    </div>
  `;
}

const clamp = (place, length) => Math.max(0, Math.min(length - 1, place));
