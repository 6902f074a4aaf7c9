/** A worked example of the lectures: its equation, its table, and inputs that may be changed. */

import { html, useState } from "#vendor/preact";
import { Slider } from "#inside/figure";
import { RECOMPUTED } from "#inside/worked";

export const STRINGS = {
  en: {
    worked_inputs: "Inputs",
    worked_field: "{name}, number {place}",
    worked_reset: "Back to the lectures' inputs",
    worked_changed: "The inputs are changed; this page has computed the table again.",
    worked_beta: "beta",
  },
  zh: {
    worked_inputs: "输入",
    worked_field: "{name}，第 {place} 个数",
    worked_reset: "恢复课程中的输入",
    worked_changed: "输入已改动；下表由本页重新计算。",
    worked_beta: "beta",
  },
};

/**
 * Draw a worked example.
 * @param {{record: import("#inside/worked").Worked, language: "en" | "zh", t: Function}} props
 */
export function Worked({ record, language, t }) {
  const [inputs, setInputs] = useState(record.inputs);
  const changed = inputs !== record.inputs;
  const again = RECOMPUTED[record.name];
  const steps = changed ? again(record, inputs) : record.steps;
  const change = (path, number) => setInputs(setAt(inputs, path, number));
  const id = `worked-${record.name}`;
  const sharp = record.name === "convolution";
  const fields = again && !sharp;
  return html`<section id=${id} aria-labelledby=${`${id}-title`}>
    <h2 id=${`${id}-title`}>${record.title[language]}</h2>
    <p><code class="equation">${record.equation}</code></p>
    <p>${record.text[language]}</p>
    ${
      sharp &&
      html`<${Slider}
        id=${`${id}-beta`}
        label=${t("worked_beta")}
        min="0"
        max="40"
        step="0.5"
        value=${inputs.beta ?? 10}
        text=${String(inputs.beta ?? 10)}
        onInput=${(number) => change(["beta"], number)}
      />`
    }
    ${fields && html`<${Inputs} id=${id} inputs=${inputs} onChange=${change} t=${t} />`}
    ${
      changed &&
      html`<p role="status">
        ${t("worked_changed")}${" "}
        <button type="button" onClick=${() => setInputs(record.inputs)}>
          ${t("worked_reset")}
        </button>
      </p>`
    }
    <${Steps} id=${id} record=${record} steps=${steps} language=${language} />
    ${(!changed || sharp) && html`<p class="result">${record.result[language]}</p>`}
  </section>`;
}

/** The table of the steps. */
function Steps({ id, record, steps, language }) {
  const { columns } = record;
  return html`<div class="scroll" tabindex="0" role="group" aria-labelledby=${`${id}-title`}>
    <table class="worked">
      <thead>
        <tr>
          ${columns.map(
            ({ label, unit }) =>
              html`<th scope="col">
                ${label[language]}${unit[language] && html` <span class="unit">(${unit[language]})</span>`}
              </th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${steps.map(
          (row) =>
            html`<tr>
              ${row.map((cell, k) => html`<td>${cellText(cell, language, columns[k].powers)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Number fields for all the numbers of the inputs. */
function Inputs({ id, inputs, onChange, t }) {
  return html`<details>
    <summary>${t("worked_inputs")}</summary>
    ${Object.entries(inputs).map(
      ([name, value]) =>
        html`<fieldset>
          <legend>${name}</legend>
          ${rowsOf(value, [name]).map(
            (row) =>
              html`<div>
                ${row.map(
                  ({ path, number }, place) =>
                    html`<input
                      id=${`${id}-${path.join("-")}`}
                      class="number"
                      type="number"
                      step="any"
                      aria-label=${t("worked_field", {
                        name: path
                          .slice(0, Math.max(1, path.length - 1))
                          .map(counted)
                          .join(" "),
                        place: place + 1,
                      })}
                      value=${number}
                      onInput=${(event) => take(event.target, (found) => onChange(path, found))}
                    />`,
                )}
              </div>`,
          )}
        </fieldset>`,
    )}
  </details>`;
}

/** Write a part of a path as people count. */
const counted = (part) => (typeof part === "number" ? part + 1 : part);

/** Hand on what a field holds, where that is a number. */
function take(field, hand) {
  const number = field.valueAsNumber;
  if (Number.isFinite(number)) hand(number);
}

/**
 * Return the numbers of an input in rows, each with its path.
 * @param {number | Array | object} value
 * @param {(string | number)[]} path
 * @returns {{path: (string | number)[], number: number}[][]}
 */
export function rowsOf(value, path) {
  if (typeof value === "number") return [[{ path, number: value }]];
  const parts = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  if (parts.every(([, one]) => typeof one === "number")) {
    return [parts.map(([place, number]) => ({ path: [...path, place], number }))];
  }
  return parts.flatMap(([place, one]) => rowsOf(one, [...path, place]));
}

/** Return the inputs with another number at a path. */
export function setAt(value, [place, ...path], number) {
  const changed = Array.isArray(value) ? [...value] : { ...value };
  changed[place] = path.length ? setAt(value[place], path, number) : number;
  return changed;
}

/** Write a cell as `slotkit worked` does. */
export function cellText(cell, language, powers = false) {
  if (Array.isArray(cell)) return cell.map((one) => cellText(one, language, powers)).join(" ");
  if (typeof cell === "string") return cell;
  if (typeof cell === "object") return cell[language];
  if (powers) return cell.toExponential(0).replace(/e([+-])(\d)$/, "e$10$2");
  return Number.isInteger(cell) ? cell.toLocaleString("en-US") : cell.toFixed(4);
}
