/** The page of the lectures' worked examples: computed by slotkit, and some again by the page. */

import { html, render, useEffect, useMemo, useState } from "#vendor/preact";
import { Language } from "#inside/figure";
import * as paths from "#inside/paths";
import { STRINGS, translator } from "#inside/strings";
import * as waiting from "#inside/waiting";
import * as widgets from "#inside/widgets";

const data = JSON.parse(document.getElementById("data").textContent);
const TITLES = {
  en: {
    lectures_title: "Worked examples",
    lectures_text:
      "Each number is computed by slotkit's own code when this page is written. Inputs that can be changed are computed again here.",
  },
  zh: {
    lectures_title: "课程中的算例",
    lectures_text:
      "每个数字都由 slotkit 自己的代码在生成本页时算出；可以改动的输入由本页重新计算。",
  },
};

function App() {
  const [language, setLanguage] = useState(data.language);
  const t = useMemo(
    () => translator(language, [STRINGS, TITLES, widgets.STRINGS, paths.STRINGS, waiting.STRINGS]),
    [language],
  );
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
    document.title = t("lectures_title");
  }, [language]);
  return html`
    <header>
      <h1>${t("lectures_title")}</h1>
      <p>${t("lectures_text")}</p>
      <${Language} value=${language} onChange=${setLanguage} t=${t} />
    </header>
    <main>
      ${data.worked.map(
        (record) =>
          html`<${widgets.Worked}
            key=${record.name}
            record=${record}
            language=${language}
            t=${t}
          />`,
      )}
      <${paths.Paths} paths=${data.paths} language=${language} t=${t} />
      <${waiting.Waiting} waiting=${data.waiting} t=${t} />
    </main>
  `;
}

const page = document.getElementById("page");
page.replaceChildren();
render(html`<${App} />`, page);
