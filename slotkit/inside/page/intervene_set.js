/** Controls that set numbers of a tensor, or take them from B. */

import { html, useState } from "#vendor/preact";
import { add } from "#inside/edits";
import { Choice, largest, show, Slider } from "#inside/figure";
import { byDifference } from "#inside/pairs";
import { isShare, namedTensors, parse, sayTensor, unitNames } from "#inside/tensors";

const TEN = 10; // units that differ most
const EVERY = "every"; // word

/** Choose a tensor, a word and units; a slider sets them, buttons set them to 0 or to B's. */
export function SetNumbers({ tagger, a, plain, b, pairs, word, setWord, state, set, t }) {
  const [chosen, setChosen] = useState("");
  const [every, setEvery] = useState(false);
  const [span, setSpan] = useState("all");
  const [which, setWhich] = useState(null);
  const named = namedTensors(plain).map((one) => one.name);
  const first = named.find((name) => parse(name).kind === "f") ?? named[0];
  const tensor = named.includes(chosen) ? chosen : first;
  const names = unitNames(tagger, plain, tensor, t);
  const { rows, shape } = a.tensors.get(tensor);
  const other = pairs[word];
  const theirs = other === null ? undefined : b?.tensors.get(tensor).rows[other];
  const order = orderOf(plain.tensors.get(tensor).rows[word], theirs, shape[1]);
  const one = which !== null && which < names.length ? which : order[0];
  const units = { one: [one], ten: order.slice(0, TEN).sort((x, y) => x - y), all: null }[span];
  const words = every ? null : [word];
  const put = (more, again) =>
    set({ edits: add(state.edits, [{ tensor, words, units, ...more }], again) });
  const share = isShare(tagger, parse(tensor).kind);
  const most = share ? 1 : Math.max(1, Math.ceil(largest(plain.tensors.get(tensor).rows)));
  const value = meanOf(rows[word], units, shape[1]);
  return html`<h3>${t("intervene_set")}</h3>
    <${Choice}
      id="intervene-tensor"
      label=${t("intervene_tensor")}
      options=${named.map((name) => [name, sayTensor(tagger, name, t)])}
      value=${tensor}
      onChange=${(name) => {
        setChosen(name);
        setWhich(null);
      }}
    />
    <${Choice}
      id="intervene-word"
      label=${t("intervene_word")}
      options=${[...a.words.map((text, n) => [String(n), text]), [EVERY, t("intervene_every")]]}
      value=${every ? EVERY : String(word)}
      onChange=${(text) => {
        setEvery(text === EVERY);
        if (text !== EVERY) setWord(Number(text));
      }}
    />
    <${Choice}
      id="intervene-units"
      label=${t("intervene_units")}
      options=${["one", "ten", "all"].map((kind) => [kind, t(`intervene_${kind}`)])}
      value=${span}
      onChange=${setSpan}
    />
    ${
      span === "one" &&
      html`<${Choice}
        id="intervene-which"
        label=${t("intervene_which")}
        options=${order.map((u) => [String(u), names[u]])}
        value=${String(one)}
        onChange=${(u) => setWhich(Number(u))}
      />`
    }
    <p>
      <${Slider}
        id="intervene-value"
        label=${t("intervene_value")}
        min=${share ? 0 : -most}
        max=${most}
        step=${share ? 0.01 : most / 100}
        value=${value}
        text=${show(value)}
        onInput=${(number) => put({ value: number }, true)}
      />
      <button type="button" onClick=${() => put({ value: 0 })}>${t("intervene_zero")}</button>${" "}
      ${
        theirs &&
        !every &&
        theirs.length === rows[word].length &&
        html`<button type="button" onClick=${() => put({ from: "b", word: other })}>
          ${t("intervene_take")}
        </button>`
      }
    </p>`;
}

/** Order units, each of several numbers perhaps, by how much they differ from B's. */
function orderOf(row, other, count) {
  const size = row.length / count;
  const same = other?.length === row.length;
  const lengths = Array.from({ length: count }, (_, u) => {
    let sum = 0;
    for (let k = u * size; k < (u + 1) * size; k++) sum += (row[k] - (same ? other[k] : 0)) ** 2;
    return sum;
  });
  return byDifference(lengths);
}

/** Return the mean of what units have. */
function meanOf(row, units, count) {
  const size = row.length / count;
  const of = units ?? Array.from({ length: count }, (_, u) => u);
  let sum = 0;
  for (const u of of) for (let k = u * size; k < (u + 1) * size; k++) sum += row[k];
  return sum / (of.length * size);
}
