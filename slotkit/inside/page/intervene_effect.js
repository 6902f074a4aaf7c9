/** What edits move: the share of the way from A's decision to B's, and the tags that change. */

import { html, useMemo, useState } from "#vendor/preact";
import { resolve } from "#inside/edits";
import { Figure, show } from "#inside/figure";
import { wayOf } from "#inside/pairs";
import { sayPart } from "#inside/intervene_texts";
import { partsOf, transplant } from "#inside/transplants";

/** The share of the way at a word, or the change of the softmax where there is no way to go. */
export function Effect({ tagger, a, plain, b, state, other, t }) {
  const way = wayOf(plain, a, b, state.word, other);
  const word = a.words[state.word];
  return html`
    ${way ? html`<${Way} tagger=${tagger} way=${way} word=${word} t=${t} />` : html`<p class="note">${noWay(plain, b, state.word, other, t)}</p>`}
    <${Softmax} tagger=${tagger} a=${a} plain=${plain} word=${state.word} t=${t} />
    <${Flips} a=${a} plain=${plain} t=${t} />
  `;
}

function noWay(plain, b, word, other, t) {
  if (!b) return t("intervene_no_b");
  if (other === null) return t("intervene_unpaired");
  return t(plain.best[word] === b.best[other] ? "intervene_equal" : "intervene_transitions");
}

const [LEFT, LONG] = [60, 220]; // pixels before A's end of the line, and between both ends

/** A line from A's decision to B's, and the place of the edited run on it. */
function Way({ tagger, way, word, t }) {
  const { from, to, own, now, aim, share } = way;
  const x = (part) => LEFT + LONG * Math.max(-0.25, Math.min(1.25, part));
  const title = t("intervene_way", { word });
  const said = { share: show(share), from: tagger.tags[from], to: tagger.tags[to] };
  const rows = [
    ["A", own, 0],
    [t("intervene_edited"), now, share],
    ["B", aim, 1],
  ];
  return html`
    <p role="status">
      <span id="intervene-share" data-name="share" data-value=${share.toFixed(6)}>
        ${t("intervene_said", said)}
      </span>
    </p>
    <${Figure}
      name="intervene-way"
      title=${title}
      unit=${t("intervene_logits")}
      table=${[["run", "m", "share of the way"], ...rows]}
      t=${t}
    >
      <svg role="img" aria-label=${t("intervene_said", said)} width=${2 * LEFT + LONG} height="70">
        <line x1=${x(0)} x2=${x(1)} y1="35" y2="35" stroke="var(--line)" stroke-width="2" />
        <line x1=${x(0)} x2=${x(share)} y1="35" y2="35" stroke="var(--accent)" stroke-width="5" />
        ${[rows[0], rows[2]].map(
          ([name, m, part]) => html`
            <circle cx=${x(part)} cy="35" r="5" fill="var(--paper)" stroke="var(--ink)" />
            <text class="label" x=${x(part)} y="58" text-anchor="middle"
              >${name} ${show(m, 1)}</text
            >
          `,
        )}
        <circle cx=${x(share)} cy="35" r="7" fill="var(--accent)" />
        <text class="label strong" x=${x(share)} y="20" text-anchor="middle">${show(share)}</text>
      </svg>
    <//>
    <table id="intervene-logits">
      <thead>
        <tr>
          ${["intervene_run", "intervene_m", "intervene_share"].map((key) => html`<th scope="col">${t(key)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([name, m, part], n) =>
            html`<tr>
              <th scope="row">${name}</th>
              <td data-name=${`m-${["a", "edited", "b"][n]}`} data-value=${m.toFixed(6)}>
                ${show(m)}
              </td>
              <td>${show(part)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  `;
}

/** The softmax of A's tag at the word, and of the likeliest tag now. */
function Softmax({ tagger, a, plain, word, t }) {
  const tags = [...new Set([plain.best[word], a.best[word]])];
  return html`<p>
    ${t("intervene_softmax", { word: a.words[word] })}${" "}
    ${tags.map((k, n) => {
      const [before, after] = [plain.softmax[word][k], a.softmax[word][k]];
      const said = `${tagger.tags[k]} ${show(before)} → ${show(after)}`;
      return html`${n > 0 && "; "}<span
          data-name="softmax-after"
          data-tag=${tagger.tags[k]}
          data-value=${after.toFixed(6)}
          >${said}</span
        >`;
    })}
  </p>`;
}

/** The words whose tags change. */
function Flips({ a, plain, t }) {
  const flipped = a.words.map((_, i) => i).filter((i) => a.tags[i] !== plain.tags[i]);
  return html`<p role="status">
      ${flipped.length ? t("intervene_flips", { count: flipped.length }) : t("intervene_none_flips")}
    </p>
    ${
      flipped.length > 0 &&
      html`<ul id="intervene-flips">
        ${flipped.map(
          (i) =>
            html`<li data-name="flip" data-word=${i}>
              ${t("intervene_flip", { word: a.words[i], from: plain.tags[i], to: a.tags[i] })}
            </li>`,
        )}
      </ul>`
    }`;
}

/** Each part of the state alone: what it moves, computed where a reader asks for it. */
export function Compare({ tagger, plain, b, state, way, word, other, decided, t }) {
  const [open, setOpen] = useState(false);
  const shares = useMemo(() => {
    if (!open || !b || other === null) return [];
    const { edges, member, order } = state;
    return partsOf(plain).map((part) => {
      const edits = resolve(transplant(plain, b, { part, way, word, other }), b);
      const run = tagger.run(plain.words, { edits, edges, member, order });
      return [part, wayOf(plain, run, b, state.word, decided)?.share ?? null];
    });
  }, [open, plain, b, state.word, way, word, other, decided]);
  const shown = shares.filter(([, share]) => share !== null);
  return html`
    <p>
      <button type="button" aria-expanded=${open} onClick=${() => setOpen(!open)}>
        ${t("intervene_compare")}
      </button>
    </p>
    ${open && !shown.length && html`<p class="note">${t("intervene_equal")}</p>`}
    ${
      shown.length > 0 &&
      html`<table id="intervene-compare">
        <thead>
          <tr>
            <th scope="col">${t("intervene_part")}</th>
            <th scope="col">${t("intervene_share")}</th>
          </tr>
        </thead>
        <tbody>
          ${shown.map(
            ([part, share]) =>
              html`<tr>
                <th scope="row">${sayPart(part, t)}</th>
                <td
                  class="share"
                  data-name="part-share"
                  data-part=${part}
                  data-value=${share.toFixed(6)}
                >
                  <span
                    class="bar"
                    style=${`width:${(Math.min(1, Math.max(0, share)) * 3.5).toFixed(2)}em`}
                  ></span>
                  ${show(share)}
                </td>
              </tr>`,
          )}
        </tbody>
      </table>`
    }
  `;
}
