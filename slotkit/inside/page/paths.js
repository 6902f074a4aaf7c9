/** Paths of optimizers down a ravine and a saddle: a rate too small, right, too large. */

import { html, useState } from "#vendor/preact";
import { Choice, Figure, Slider } from "#inside/figure";

export const STRINGS = {
  en: {
    paths_title: "Learning rates",
    paths_text:
      "Each path takes the steps of one of slotkit's optimizers from the same place. Darker is higher; the ring is the start, the square the end.",
    paths_surface: "surface",
    paths_optimizer: "optimizer",
    paths_rate: "learning rate",
    paths_small: "too small",
    paths_right: "right",
    paths_large: "too large",
    paths_unit: "x to the right, y up",
    paths_said:
      "Learning rate {rate}: {verdict}. After {steps} steps {left} % of the way down is left.",
    paths_step: "step",
  },
  zh: {
    paths_title: "学习率",
    paths_text:
      "每条路径都是 slotkit 的一个优化器从同一点出发走的步子。颜色越深越高；圆圈是起点，方块是终点。",
    paths_surface: "曲面",
    paths_optimizer: "优化器",
    paths_rate: "学习率",
    paths_small: "太小",
    paths_right: "合适",
    paths_large: "太大",
    paths_unit: "向右为 x，向上为 y",
    paths_said: "学习率 {rate}：{verdict}。走了 {steps} 步，还剩 {left} % 的高度没有下降。",
    paths_step: "步",
  },
};

const [WIDTH, HEIGHT] = [400, 200]; // pixels of a picture
const VERDICTS = ["small", "right", "large"];

/**
 * Draw the paths.
 * @param {{paths: object, language: "en" | "zh", t: Function}} props paths: what
 *   `slotkit.inside.paths` wrote
 */
export function Paths({ paths, language, t }) {
  const surfaces = Object.entries(paths.surfaces);
  const [surface, setSurface] = useState(surfaces[0][0]);
  const [optimizer, setOptimizer] = useState("sgd");
  const own = paths.surfaces[surface];
  const walked = own.paths[optimizer];
  const [rate, setRate] = useState(typical(walked, "right"));
  const one = walked[rate];
  const said = {
    rate: paths.rates[rate],
    verdict: t(`paths_${one.verdict}`),
    steps: one.places.length - 1,
    left: (100 * one.left).toFixed(1),
  };
  return html`<section id="paths" aria-labelledby="paths-title">
    <h2 id="paths-title">${t("paths_title")}</h2>
    <p>${t("paths_text")}</p>
    <${Choice}
      id="paths-surface"
      label=${t("paths_surface")}
      options=${surfaces.map(([name, { title }]) => [name, title[language]])}
      value=${surface}
      onChange=${setSurface}
    />
    <${Choice}
      id="paths-optimizer"
      label=${t("paths_optimizer")}
      options=${Object.keys(own.paths).map((name) => [name, name])}
      value=${optimizer}
      onChange=${setOptimizer}
    />
    <${Slider}
      id="paths-rate"
      label=${t("paths_rate")}
      min="0"
      max=${paths.rates.length - 1}
      step="1"
      value=${rate}
      text=${String(paths.rates[rate])}
      onInput=${setRate}
    />
    ${VERDICTS.map((verdict) => {
      const place = typical(walked, verdict);
      return html`<button
        type="button"
        disabled=${place < 0}
        aria-pressed=${one.verdict === verdict}
        onClick=${() => setRate(place)}
      >
        ${t(`paths_${verdict}`)}
      </button>`;
    })}
    <p role="status">${t("paths_said", said)}</p>
    <p><code class="equation">${own.equation}</code></p>
    <${Figure}
      name="paths"
      title=${`${own.title[language]}: ${optimizer}, ${paths.rates[rate]}`}
      unit=${t("paths_unit")}
      table=${[[t("paths_step"), "x", "y"], ...one.places.map(([x, y], step) => [step, x, y])]}
      t=${t}
    >
      <${Picture} surface=${own} places=${one.places} title=${t("paths_said", said)} />
    <//>
  </section>`;
}

/** Return which rate shows a verdict best: the middle one of those that have it, or -1. */
export function typical(walked, verdict) {
  const fit = [...walked.keys()].filter((k) => walked[k].verdict === verdict);
  return fit.length ? fit[Math.floor(fit.length / 2)] : -1;
}

/**
 * Return where places lie in the picture, in pixels; what is far outside stands at its edge.
 * @param {{box: number[]}} surface
 * @param {number[][]} places
 * @returns {number[][]}
 */
export function pixels({ box: [left, right, low, high] }, places) {
  const clamp = (number, most) => Math.max(-most, Math.min(2 * most, number));
  return places.map(([x, y]) => [
    clamp(((x - left) / (right - left)) * WIDTH, WIDTH),
    clamp(((high - y) / (high - low)) * HEIGHT, HEIGHT),
  ]);
}

/** Draw the heights and a path. */
function Picture({ surface, places, title }) {
  const { levels } = surface;
  const [width, height] = [WIDTH / levels[0].length, HEIGHT / levels.length];
  const points = pixels(surface, places);
  const [end, start] = [points.at(-1), points[0]];
  const line = points.map((point) => point.map((one) => one.toFixed(1)).join(",")).join(" ");
  return html`<svg
    role="img"
    aria-label=${title}
    width=${WIDTH}
    height=${HEIGHT}
    viewBox=${`0 0 ${WIDTH} ${HEIGHT}`}
  >
    ${levels.flatMap((row, i) =>
      [...row].map(
        (level, j) =>
          html`<rect
            x=${j * width}
            y=${i * height}
            width=${width}
            height=${height}
            fill="var(--line)"
            fill-opacity=${(Number(level) / 12).toFixed(2)}
          />`,
      ),
    )}
    <polyline points=${line} fill="none" stroke="var(--accent)" stroke-width="1.5" />
    ${points.map(([x, y]) => html`<circle cx=${x} cy=${y} r="2" fill="var(--accent)" />`)}
    <circle cx=${start[0]} cy=${start[1]} r="6" fill="none" stroke="var(--ink)" stroke-width="2" />
    <rect x=${end[0] - 4} y=${end[1] - 4} width="8" height="8" fill="var(--ink)" />
  </svg>`;
}
