/** Predict first: the result is hidden until the reader has committed. */

import { html, useState } from "#vendor/preact";
import { Choice } from "#inside/figure";

/** Ask for the tag of the chosen word. */
export function Ask({ tagger, words, word, onCommit, t }) {
  const [mine, setMine] = useState("O");
  return html`<section id="predict" aria-labelledby="predict-title">
    <h2 id="predict-title">${t("predict_title")}</h2>
    <p>${t("predict_ask", { word: words[word] })}</p>
    <${Choice}
      id="predict-tag"
      label=${t("predict_tag")}
      options=${[...tagger.tags].sort().map((tag) => [tag, tag])}
      value=${mine}
      onChange=${setMine}
    />
    <button type="button" onClick=${() => onCommit(mine)}>${t("predict_commit")}</button>
  </section>`;
}

/** Say how the prediction and the tagger agree. */
export function Answer({ mine, its, t }) {
  const right = mine === its;
  return html`<p role="status" class="answer">
    ${t(right ? "predict_right" : "predict_wrong", { mine, its })}
  </p>`;
}
