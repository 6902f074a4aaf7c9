/** What training did: the same sentence at every kept epoch, and the curves of the training. */

import { html, useState } from "#vendor/preact";
import { Choice, Figure } from "#inside/figure";

export const STRINGS = {
  en: {
    epochs_title: "What training did",
    epochs_epoch: "Epoch",
    epochs_text: "sentence",
    epochs_shares: "probabilities",
    epochs_softmax: "of each word alone",
    epochs_joint: "of legal sequences",
    epochs_word: "word",
    epochs_tag: "tag",
    epochs_likeliest: "likeliest tags",
    epochs_share: "probability",
    epochs_changed: "other than at the kept epoch before",
    epochs_kept: "the model has the weights of this epoch",
    epochs_none: "No epochs were kept: train with --snapshots.",
    epochs_curves: "Training by epoch",
    epochs_loss: "loss (nats a word)",
    epochs_f1: "F1 on validation",
    epochs_learning_rate: "learning rate",
    epochs_gradient_norm: "gradient norm",
    epochs_keys: "Arrow keys move the slider to the next kept epoch.",
  },
  zh: {
    epochs_title: "训练的过程",
    epochs_epoch: "轮次",
    epochs_text: "句子",
    epochs_shares: "概率",
    epochs_softmax: "每个词单独计算",
    epochs_joint: "按合法序列计算",
    epochs_word: "词",
    epochs_tag: "标签",
    epochs_likeliest: "最可能的标签",
    epochs_share: "概率",
    epochs_changed: "与前一个保留的轮次不同",
    epochs_kept: "模型采用的就是这一轮的权重",
    epochs_none: "没有保留任何轮次：训练时请加 --snapshots。",
    epochs_curves: "各轮的训练情况",
    epochs_loss: "损失（每词，纳特）",
    epochs_f1: "验证集 F1",
    epochs_learning_rate: "学习率",
    epochs_gradient_norm: "梯度范数",
    epochs_keys: "方向键把滑块移到下一个保留的轮次。",
  },
};

const CURVES = ["f1", "loss", "learning_rate", "gradient_norm"];
const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [270, 120, 54, 8, 20]; // pixels of a curve
const ROOM = 90; // pixels of a bar

/** Return which words of a text have another tag than at the kept epoch before. */
export function changed(epochs, number, text) {
  const now = epochs.epochs[number].texts[text].tags;
  const before = number ? epochs.epochs[number - 1].texts[text].tags : now;
  return now.map((tag, t) => tag !== before[t]);
}

/** Return the points of a curve, [epoch, number], where it is known. */
export function pointsOf(history, name) {
  return history.filter((row) => row[name] != null).map((row) => [row.epoch, row[name]]);
}

/** Write a number with three digits that count. */
export function brief(number) {
  if (number === 0) return "0";
  const size = Math.abs(number);
  return (
    size >= 1000 || size < 0.001 ? number.toExponential(1) : String(Number(number.toPrecision(3)))
  ).replace("-", "\u2212");
}

/**
 * The view: a slider over the kept epochs, the sentence at that epoch, and the curves.
 * @param {{epochs: object, t: (key: string) => string}} props epochs: what `slotkit.inside.epochs`
 *   made
 */
export function Epochs({ epochs, t }) {
  const last = epochs.epochs.length - 1;
  const kept = epochs.epochs.findIndex(({ epoch }) => epoch === epochs.kept);
  const [at, setAt] = useState(kept < 0 ? Math.max(0, last) : kept);
  const [text, setText] = useState(0);
  const [shares, setShares] = useState("joint");
  if (last < 0)
    return html`<section id="epochs" aria-labelledby="epochs-title">
      <h2 id="epochs-title">${t("epochs_title")}</h2>
      <p>${t("epochs_none")}</p>
    </section>`;
  const now = epochs.epochs[Math.min(at, last)];
  const said = now.epoch === epochs.kept ? ` (${t("epochs_kept")})` : "";
  return html`<section id="epochs" aria-labelledby="epochs-title">
    <h2 id="epochs-title">${t("epochs_title")}</h2>
    <label class="slider" for="epochs-slider">
      <span>${t("epochs_epoch")}</span>
      <input
        id="epochs-slider"
        type="range"
        min="0"
        max=${last}
        step="1"
        value=${at}
        aria-valuetext=${`${t("epochs_epoch")} ${now.epoch}${said}`}
        aria-describedby="epochs-keys"
        onInput=${(event) => setAt(Number(event.target.value))}
      />
      <output for="epochs-slider">${now.epoch}${said}</output>
    </label>
    <p class="note" id="epochs-keys">${t("epochs_keys")}</p>
    <p>
      <${Choice}
        id="epochs-text"
        label=${t("epochs_text")}
        options=${epochs.texts.map((one, number) => [String(number), one.text])}
        value=${String(text)}
        onChange=${(value) => setText(Number(value))}
      />
      <${Choice}
        id="epochs-shares"
        label=${t("epochs_shares")}
        options=${[
          ["joint", t("epochs_joint")],
          ["softmax", t("epochs_softmax")],
        ]}
        value=${shares}
        onChange=${setShares}
      />
    </p>
    <${Words} epochs=${epochs} number=${Math.min(at, last)} text=${text} shares=${shares} t=${t} />
    <h3>${t("epochs_curves")}</h3>
    <div class="curves" style="display: flex; flex-wrap: wrap; gap: 0 16px">
      ${CURVES.map((name) => {
        const points = pointsOf(epochs.history, name);
        return (
          points.length > 0 &&
          html`<${Curve} key=${name} name=${name} points=${points} epoch=${now.epoch} t=${t} />`
        );
      })}
    </div>
  </section>`;
}

/** The words of a sentence at an epoch: their tags, and how likely these are. */
function Words({ epochs, number, text, shares, t }) {
  const { epoch, texts } = epochs.epochs[number];
  const { tokens } = epochs.texts[text];
  const others = changed(epochs, number, text);
  return html`<div
    class="scroll"
    tabindex="0"
    role="group"
    aria-label=${`${t("epochs_epoch")} ${epoch}`}
  >
    <table>
      <thead>
        <tr>
          <th scope="col">${t("epochs_word")}</th>
          <th scope="col">${t("epochs_tag")}</th>
          <th scope="col">
            ${t("epochs_likeliest")} <span class="unit">(${t("epochs_share")})</span>
          </th>
        </tr>
      </thead>
      <tbody>
        ${tokens.map(
          (word, place) =>
            html`<tr key=${place}>
              <th scope="row">${word}</th>
              <td data-name="epochs.tag">
                ${texts[text].tags[place]}${
                  others[place] &&
                  html` <span
                    role="img"
                    aria-label=${t("epochs_changed")}
                    title=${t("epochs_changed")}
                    >◆</span
                  >`
                }
              </td>
              <td>
                ${texts[text][shares][place].map(
                  ([tag, share]) =>
                    html`<span class="likely" key=${tag}>
                      <${Share} value=${share} /> ${epochs.columns[tag]}${" "}
                      <span
                        data-name="epochs.share"
                        data-word=${place}
                        data-tag=${epochs.columns[tag]}
                        data-value=${share}
                        >${share.toFixed(3)}</span
                      >${" "}
                    </span>`,
                )}
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function Share({ value }) {
  return html`<svg width=${ROOM} height="10" style="display: inline-block" aria-hidden="true">
    <rect width=${ROOM} height="10" fill="none" stroke="var(--line)" />
    <rect width=${(ROOM * value).toFixed(1)} height="10" fill="var(--share)" />
  </svg>`;
}

/** A curve over the epochs, with the chosen one marked. */
function Curve({ name, points, epoch, t }) {
  const title = t(`epochs_${name}`);
  const first = points[0][0];
  const span = Math.max(1, points.at(-1)[0] - first);
  const values = points.map(([, value]) => value);
  const [low, high] = [Math.min(0, ...values), Math.max(...values)];
  const x = (one) => LEFT + ((one - first) / span) * (WIDTH - LEFT - 8);
  const y = (one) => TOP + (1 - (one - low) / (high - low || 1)) * (HEIGHT - TOP - BOTTOM);
  const line = points
    .map(([one, value]) => `${x(one).toFixed(1)},${y(value).toFixed(1)}`)
    .join(" ");
  const now = points.find(([one]) => one === epoch);
  const label = `${title}${now ? `, ${t("epochs_epoch")} ${epoch}: ${brief(now[1])}` : ""}`;
  return html`<${Figure}
    name=${`epochs-${name}`}
    title=${title}
    table=${[["epoch", name], ...points]}
    t=${t}
  >
    <svg role="img" aria-label=${label} width=${WIDTH} height=${HEIGHT}>
      <path
        d=${`M${LEFT} ${TOP} V${HEIGHT - BOTTOM} H${WIDTH - 8}`}
        fill="none"
        stroke="var(--line)"
      />
      <text class="label" x=${LEFT - 4} y=${TOP + 8} text-anchor="end">${brief(high)}</text>
      <text class="label" x=${LEFT - 4} y=${HEIGHT - BOTTOM} text-anchor="end">${brief(low)}</text>
      <text class="label" x=${LEFT} y=${HEIGHT - 6}>${first}</text>
      <text class="label" x=${WIDTH - 8} y=${HEIGHT - 6} text-anchor="end">
        ${points.at(-1)[0]}
      </text>
      <polyline points=${line} fill="none" stroke="var(--plus)" stroke-width="1.5" />
      ${
        now &&
        html`<circle cx=${x(epoch)} cy=${y(now[1])} r="4" fill="var(--accent)" />
          <text
            class="label"
            x=${Math.min(x(epoch), WIDTH - 44)}
            y=${y(now[1]) < TOP + 20 ? y(now[1]) + 16 : y(now[1]) - 7}
            data-name=${`epochs.${name}`}
            data-value=${now[1]}
          >
            ${brief(now[1])}
          </text>`
      }
    </svg>
  <//>`;
}
