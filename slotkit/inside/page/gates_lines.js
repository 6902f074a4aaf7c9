/** The equations of one unit at one word as a table, line by line. */

import { html } from "#vendor/preact";
import { linesOf } from "#inside/equations";
import { Table, show } from "#inside/figure";
import { sayKind, wordBefore } from "#inside/tensors";

/**
 * @param {{tagger: object, cell: string, trace: object, t: Function, isB: boolean,
 *   place: import("#inside/equations").Place}} props
 */
export function Equations({ tagger, cell, trace, place, t, isB }) {
  const { arguments: args } = tagger.payload;
  const lines = linesOf(trace, place, {
    cell,
    activation: args.activation,
    resetAfter: args.reset !== "before",
  });
  const title = t("gates_equations", { unit: place.unit + 1, word: trace.words[place.word] });
  const first = wordBefore(trace, place.way, place.word) === undefined;
  const where = { "data-word": place.word, "data-unit": place.unit };
  const named = (name) => (isB ? `b/${name}` : name);
  const number = (term) => {
    const text = term.value < 0 ? `(${show(term.value)})` : show(term.value);
    if (!term.name) return text;
    return html`<span
      data-name=${named(term.name)}
      data-gate=${term.gate}
      data-value=${term.value.toFixed(6)}
      ...${where}
      >${text}</span
    >`;
  };
  return html`
    <h3>${title}</h3>
    ${first && html`<p class="note">${t("gates_first")}</p>`}
    <${Table}
      title=${title}
      id="gates-equations"
      head=${["name", "equation", "numbers", "value"].map((one) => t(`gates_${one}`))}
    >
      ${lines.map((line) => {
        const left = ["c", "out", "h"].includes(line.kind) ? `${line.kind}(t)` : line.kind;
        const symbols = wrapped(
          line,
          filled(line, (term) => term.symbol),
        );
        const sum = line.around && ` = ${line.around}(${show(line.sum)})`;
        return html`<tr>
          <th scope="row">${sayKind(tagger, line.kind, t)}</th>
          <td>${[`${left} = `, ...symbols]}</td>
          <td>${["= ", ...wrapped(line, filled(line, number)), sum]}</td>
          <td data-name=${`${named(line.name)}=`} data-value=${line.value.toFixed(6)} ...${where}>
            = ${show(line.value)} ${line.edited && html`<small>${t("gates_edited")}</small>`}
          </td>
        </tr>`;
      })}
    <//>
  `;
}

/** Put something for each term into an equation. */
function filled({ joined, terms }, put) {
  return joined.split(/\{(\d)\}/).map((piece, n) => (n % 2 ? put(terms[Number(piece)]) : piece));
}

const wrapped = ({ around }, inner) => (around ? [around, "(", ...inner, ")"] : inner);
