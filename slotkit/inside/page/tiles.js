/** Many cells as few shapes: all that are about equally strong are one path. */

import { html } from "#vendor/preact";

const STEPS = 12; // of strength that are told apart

/**
 * Draw a map of numbers whose cells are not to be chosen one by one.
 * @param {{rows: number, columns: number, value: (i: number, j: number) => number, most: number,
 *   width: number, height: number, hatched?: (i: number, j: number) => boolean}} props
 *   width, height: of a cell in pixels; a number is as strong as it is a share of `most`, and
 *   numbers below 0 have a colour of their own where there are any
 */
export function Tiles({ rows, columns, value, most, width, height, hatched, signed = false }) {
  const paths = new Map();
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const number = value(i, j);
      const step = Math.round(Math.min(1, Math.abs(number) / (most || 1)) * STEPS);
      const empty = hatched?.(i, j);
      if (!step && !empty) continue;
      const key = empty ? "hatched" : number < 0 ? -step : step;
      const cell = `M${round(j * width)} ${round(i * height)}h${round(width)}v${round(height)}h${round(-width)}z`;
      paths.set(key, (paths.get(key) ?? "") + cell);
    }
  }
  const colour = (key) => (!signed ? "var(--share)" : key < 0 ? "var(--minus)" : "var(--plus)");
  return html`<g>
    ${[...paths].map(([key, d]) =>
      key === "hatched"
        ? html`<path d=${d} fill="url(#hatching)" />`
        : html`<path
            d=${d}
            fill=${colour(key)}
            fill-opacity=${(Math.abs(key) / STEPS).toFixed(3)}
          />`,
    )}
  </g>`;
}

const round = (number) => Math.round(number * 100) / 100;
