/** The page: two sentences, what a reader has chosen, and all views of the run. */

import { html, render, useEffect, useMemo, useState } from "#vendor/preact";
import { resolve } from "#inside/edits";
import { Choice, Language } from "#inside/figure";
import { Answer, Ask } from "#inside/predict";
import { fromHash, START, toHash } from "#inside/state";
import { STRINGS, translator } from "#inside/strings";
import { openRecorded } from "#inside/recorded";
import { open } from "#inside/tagger";
import { VIEWS } from "#inside/views";

const PREPARED = ["match", "epochs"]; // views of what the page cannot compute
const PAUSE = 350; // milliseconds between two writings of the address, which browsers limit
let written = 0;
const data = JSON.parse(document.getElementById("data").textContent);
const tagger = data.model.recorded ? openRecorded(data.model) : open(data.model);
/** Run the tagger on a text; an error instead where it cannot. */
function look(text, options, t) {
  const { words } = tagger.cut(text);
  if (!words.length) return { error: t("no_words") };
  if (words.length > tagger.limit) {
    return { error: t("too_long", { count: words.length, limit: tagger.limit }) };
  }
  try {
    return { trace: tagger.run(words, options) };
  } catch (error) {
    return { error: t("wrong", { error: error.message }) };
  }
}

/** Return the first word at which the tags of two texts differ; else the first word. */
function firstDifference(texts) {
  const [one, other] = texts.map((text) => look(text, {}, String).trace?.tags ?? []);
  return Math.max(0, other ? one.findIndex((tag, word) => tag !== other[word]) : 0);
}

const start = {
  ...START,
  a: data.texts[0],
  b: data.texts[1] ?? "",
  word: firstDifference(data.texts),
  language: data.language,
};

function App() {
  const [state, setState] = useState(() => fromHash(location.hash, start));
  const [mine, setMine] = useState(null);
  const set = (patch) => setState((before) => ({ ...before, ...patch }));
  const shown = data.views
    .filter((name) => name in VIEWS && (data[name] || !PREPARED.includes(name)))
    .map((name) => [name, ...VIEWS[name]]);
  const t = useMemo(
    () => translator(state.language, [STRINGS, ...shown.map(([, , file]) => file.STRINGS)]),
    [state.language],
  );

  useEffect(() => {
    const rest = written + PAUSE - Date.now();
    const timer = setTimeout(() => {
      written = Date.now();
      history.replaceState(null, "", `#${toHash(state, start)}`);
    }, rest);
    return () => clearTimeout(timer);
  }, [state]);
  useEffect(() => {
    document.documentElement.lang = state.language === "zh" ? "zh-Hans" : "en";
  }, [state.language]);
  useEffect(() => {
    const follow = () => setState(fromHash(location.hash, start));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);

  const own = { edges: state.edges, member: state.member, order: state.order };
  const other = useMemo(() => {
    const found = state.b.trim() ? look(state.b, { member: state.member }, t) : {};
    return found;
  }, [state.b, state.member, t]);
  const options = { ...own, edits: resolve(state.edits, other.trace) };
  const plain = useMemo(
    () => look(state.a, own, t),
    [state.a, state.edges, state.member, state.order, t],
  );
  const edited = useMemo(
    () => (state.edits.length ? look(state.a, options, t) : plain),
    [plain, state.edits, other],
  );

  /** A new sentence has other words: what was said of the old ones goes. */
  const write = (key) => (event) => {
    const gone = key === "a" ? { word: 0, edits: [], edges: null, order: null } : { other: 0 };
    set({ [key]: event.target.value, ...gone });
    setMine(null);
  };
  const traces = { a: edited.trace, plain: plain.trace, b: other.trace ?? null };
  const props = { tagger, state, set, t, options, ...traces };
  const length = edited.trace?.words.length ?? 0;
  if (state.word >= length) props.state = { ...state, word: Math.max(0, length - 1) };
  const hidden = state.hide && mine === null;
  return html`
    <header>
      <h1>${data.model.name}</h1>
      <p>
        ${named(t, data.model.architecture)}${t("stop")}${t(tagger.recorded ? "fixed" : "about")}
      </p>
      <${Language} value=${state.language} onChange=${(language) => set({ language })} t=${t} />
    </header>
    <form aria-label=${t("sentences")} onSubmit=${(event) => event.preventDefault()}>
      ${["a", "b"].map(
        (one) => html`
          <label for=${`text-${one}`}>${t(`text_${one}`)}</label>
          <input
            id=${`text-${one}`}
            readonly=${tagger.recorded}
            value=${state[one]}
            onInput=${write(one)}
            spellcheck="false"
            autocomplete="off"
          />
        `,
      )}
      ${
        data.model.members.length > 1 &&
        html`<${Choice}
          id="member"
          label=${t("member")}
          options=${data.model.members.map((_, n) => [String(n), String(n + 1)])}
          value=${String(state.member)}
          onChange=${(n) => set({ member: Number(n), edits: [] })}
        />`
      }
      <label class="check">
        <input
          type="checkbox"
          checked=${state.hide}
          onChange=${(event) => {
            set({ hide: event.target.checked });
            setMine(null);
          }}
        />
        ${t("predict")}
      </label>
    </form>
    <nav aria-label=${t("views")}>
      ${shown.map(([name]) => html`<a href=${`#${name}`} onClick=${jump(name)}>${t(`${name}_title`)}</a> `)}
    </nav>
    <main>
      ${[edited.error, other.error].map((error) => error && html`<p role="alert">${error}</p>`)}
      ${
        state.edits.length > 0 &&
        html`<p role="status">${t("edited", { count: state.edits.length })}</p>`
      }
      ${
        edited.trace &&
        (hidden
          ? html`<${Ask}
              tagger=${tagger}
              words=${edited.trace.words}
              word=${props.state.word}
              onCommit=${setMine}
              t=${t}
            />`
          : html`
              ${
                state.hide &&
                html`<${Answer} mine=${mine} its=${edited.trace.tags[props.state.word]} t=${t} />`
              }
              ${shown.map(([name, View]) => html`<${View} key=${name} ...${props} data=${data[name]} />`)}
            `)
      }
    </main>
  `;
}

/** Name the kind of network; its English name is Python's. */
function named(t, architecture) {
  const found = t(architecture);
  return found === architecture ? data.summary : found;
}

/** Go to a view without a change of the address, which holds the state. */
function jump(name) {
  return (event) => {
    event.preventDefault();
    const section = document.getElementById(name);
    section?.scrollIntoView();
    section?.querySelector("h2")?.focus();
  };
}

const page = document.getElementById("page");
page.replaceChildren();
render(html`<${App} />`, page);
