/** Figures that every view draws with: each names its unit, and is saved as SVG and as CSV. */

import { html, useRef, useState } from "#vendor/preact";
import { save, toCsv, toSvg } from "#inside/save";

/** Write a number as it is shown everywhere: three decimals, a true minus sign. */
export function show(number, decimals = 3) {
  return number.toFixed(decimals).replace("-", "\u2212");
}

/**
 * A figure with its caption and buttons that save it.
 * @param {{name: string, title: string, unit?: string, table: (string | number)[][], t: Function,
 *   children: any}} props table: the numbers of the figure, the first row names the columns
 */
export function Figure({ name, title, unit, table, t, children }) {
  const box = useRef(null);
  const drawn = () => box.current.querySelector("svg");
  return html`<figure class="figure" id=${`figure-${name}`}>
    <figcaption>
      ${title}${unit && html` <span class="unit">(${unit})</span>`}
      <span class="save">
        <button
          type="button"
          aria-label=${t("save_svg", { title })}
          onClick=${() => save(`${name}.svg`, "image/svg+xml", toSvg(drawn(), title))}
        >
          SVG
        </button>
        <button
          type="button"
          aria-label=${t("save_csv", { title })}
          onClick=${() => save(`${name}.csv`, "text/csv", toCsv(table))}
        >
          CSV
        </button>
      </span>
    </figcaption>
    <div class="scroll" ref=${box} tabindex="0" role="group" aria-label=${title}>${children}</div>
  </figure>`;
}

const CELL = 26; // pixels
const LETTER = 7.8; // of a label
const LONGEST = 18; // letters of a label that are drawn

/** Cut a label that has no room. */
export function short(label) {
  const letters = [...label];
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST - 1).join("")}…` : label;
}

/** Return the width of a label in pixels; letters of Chinese take two. */
export function widthOf(label) {
  return LETTER * [...short(label)].reduce((sum, one) => sum + (one > "\u2e7f" ? 2 : 1), 0);
}

/**
 * A map of numbers, one cell each; arrows move between cells, Enter chooses one.
 * @param {{rows: string[], columns: string[], values: ArrayLike<number>[], kind?: string,
 *   most?: number, hatched?: boolean[][], chosen?: [number, number] | null, title: string,
 *   label: (i: number, j: number) => string, onChoose?: Function, onHover?: Function,
 *   size?: number, name?: (i: number, j: number) => object}} props kind: "share" from 0 to `most`
 *   (1 unless given), or "signed" about 0; name: attributes of a cell
 */
export function HeatMap(props) {
  const { rows, columns, values, kind = "share", hatched, chosen, title, label } = props;
  const { onChoose, onHover, size = CELL, name = () => ({}) } = props;
  const [at, setAt] = useState([0, 0]);
  const [row, column] = [Math.min(at[0], rows.length - 1), Math.min(at[1], columns.length - 1)];
  const left = 8 + Math.max(0, ...rows.map(widthOf));
  const top = 8 + Math.max(0, ...columns.map(widthOf));
  const most = props.most ?? (kind === "share" ? 1 : largest(values));
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  function onKeyDown(event) {
    if ((event.key === "Enter" || event.key === " ") && onChoose) {
      event.preventDefault();
      onChoose(row, column);
    }
    const [down, right] = step[event.key] ?? [0, 0];
    if (!down && !right) return;
    event.preventDefault();
    const to = [clamp(row + down, rows.length), clamp(column + right, columns.length)];
    setAt(to);
    event.currentTarget.querySelector(`[data-cell="${to}"]`)?.focus();
  }

  return html`<svg
    role="group"
    aria-label=${title}
    width=${left + columns.length * size + 2}
    height=${top + rows.length * size + 2}
    onKeyDown=${onKeyDown}
  >
    <${Hatching} />
    ${columns.map(
      (text, j) =>
        html`<text
          class="label"
          transform=${`translate(${left + (j + 0.65) * size} ${top - 5}) rotate(-90)`}
        >
          ${short(text)}
        </text>`,
    )}
    ${rows.map(
      (text, i) =>
        html`<text class="label" x=${left - 5} y=${top + (i + 0.65) * size} text-anchor="end">
          ${short(text)}
        </text>`,
    )}
    ${rows.map((_, i) =>
      columns.map((_, j) => {
        const value = values[i][j];
        const empty = hatched?.[i][j];
        return html`<rect
          class=${`cell${chosen && chosen[0] === i && chosen[1] === j ? " chosen" : ""}`}
          x=${left + j * size}
          y=${top + i * size}
          width=${size - 1}
          height=${size - 1}
          fill=${empty ? "url(#hatching)" : colourOf(value, kind)}
          fill-opacity=${empty ? 1 : Math.min(1, Math.abs(value) / (most || 1)).toFixed(3)}
          role=${onChoose ? "button" : "img"}
          tabindex=${i === row && j === column ? 0 : -1}
          aria-label=${label(i, j)}
          data-cell=${`${i},${j}`}
          data-value=${value.toFixed(6)}
          ...${name(i, j)}
          onClick=${onChoose && (() => onChoose(i, j))}
          onMouseEnter=${onHover && (() => onHover(i, j))}
          onFocus=${() => {
            setAt([i, j]);
            onHover?.(i, j);
          }}
        />`;
      }),
    )}
  </svg>`;
}

/** The pattern of cells that hold nothing; all maps share its name. */
export function Hatching() {
  return html`<defs>
    <pattern id="hatching" width="6" height="6" patternUnits="userSpaceOnUse">
      <path d="M0 6 L6 0" stroke="var(--line)" stroke-width="1.5" />
    </pattern>
  </defs>`;
}

const colourOf = (value, kind) =>
  kind === "share" ? "var(--share)" : value < 0 ? "var(--minus)" : "var(--plus)";
const clamp = (place, length) => Math.max(0, Math.min(length - 1, place));

/** Return the largest size of any number. */
export function largest(values) {
  let most = 0;
  for (const row of values) for (const value of row) most = Math.max(most, Math.abs(value));
  return most;
}

/**
 * Bars beside their labels.
 * @param {{items: {label: string, value: number, note?: string, name?: object}[], most?: number,
 *   title: string}} props
 */
export function Bars({ items, most, title }) {
  const full = most ?? Math.max(1e-9, ...items.map((one) => Math.abs(one.value)));
  const left = 8 + Math.max(0, ...items.map((one) => widthOf(one.label)));
  const [height, room] = [22, 160];
  return html`<svg
    role="group"
    aria-label=${title}
    width=${left + room + 90}
    height=${items.length * height}
  >
    ${items.map(
      ({ label, value, note, name = {} }, i) => html`
        <text class="label" x=${left - 6} y=${i * height + 15} text-anchor="end">
          ${short(label)}
        </text>
        <rect
          x=${left}
          y=${i * height + 4}
          width=${(room * Math.min(1, Math.abs(value) / full)).toFixed(1)}
          height=${height - 8}
          fill=${value < 0 ? "var(--minus)" : "var(--plus)"}
        />
        <text
          class="label"
          x=${left + room + 6}
          y=${i * height + 15}
          data-value=${value.toFixed(6)}
          ...${name}
        >
          ${note ?? show(value)}
        </text>
      `,
    )}
  </svg>`;
}

/**
 * A table that scrolls inside its own box where there is no room.
 * @param {{title: string, head: any[], id?: string, kind?: string, children: any}} props kind: a
 *   class of the style sheet
 */
export function Table({ title, head, id, kind, children }) {
  return html`<div class="scroll" tabindex="0" role="group" aria-label=${title}>
    <table id=${id} class=${kind}>
      <thead>
        <tr>
          ${head.map((text) => html`<th scope="col">${text}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${children}
      </tbody>
    </table>
  </div>`;
}

/** A slider with its label and its number. */
export function Slider({ id, label, min, max, step, value, onInput, text }) {
  return html`<label class="slider" for=${id}>
    <span>${label}</span>
    <input
      id=${id}
      type="range"
      min=${min}
      max=${max}
      step=${step}
      value=${value}
      onInput=${(event) => onInput(Number(event.target.value))}
    />
    <output for=${id}>${text ?? show(value)}</output>
  </label>`;
}

/** A choice of one of several: pairs of a value and its text. */
export function Choice({ id, label, options, value, onChange }) {
  return html`<label class="choice" for=${id}>
    <span>${label}</span>
    <select id=${id} value=${value} onChange=${(event) => onChange(event.target.value)}>
      ${options.map(
        ([one, text]) => html`<option value=${one} selected=${one === value}>${text}</option>`,
      )}
    </select>
  </label>`;
}

/** The choice of the page's language. */
export function Language({ value, onChange, t }) {
  const options = [
    ["en", "English"],
    ["zh", "中文"],
  ];
  return html`<${Choice}
    id="language"
    label=${t("language")}
    ...${{ options, value, onChange }}
  />`;
}
