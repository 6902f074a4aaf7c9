/**
 * A tagger that is too large for the page: what it said of the sentences that the page was made with.
 */

import { reachOf } from "#inside/reach";
import { readArrays } from "#inside/weights";

/** Cut an array into a row for each word. */
function rowsOf({ shape, data }) {
  const size = shape.slice(1).reduce((product, one) => product * one, 1);
  return Array.from({ length: shape[0] }, (_, t) => data.slice(t * size, (t + 1) * size));
}

/** Make the trace of a recorded sentence, as `run` of a tagger gives it. */
function traceOf({ words, tags, active, arrays, tensors, axes }, columns) {
  const own = Object.entries(readArrays(tensors));
  const joint = Object.entries(readArrays(arrays)).map(([name, one]) => [name, rowsOf(one)]);
  return {
    words,
    tags,
    active,
    best: tags.map((tag) => columns.indexOf(tag)),
    tensors: new Map(
      own.map(([name, one]) => [name, { axes: axes[name], shape: one.shape, rows: rowsOf(one) }]),
    ),
    crf: null,
    ...Object.fromEntries(joint),
  };
}

/**
 * Open what was recorded of a model.
 * @param {object} payload what `slotkit.inside.payload.record` gives
 * @returns {object} as `open` of a tagger, but that it knows no other sentences
 */
export function openRecorded(payload) {
  const traces = new Map(payload.recorded.map((one) => [one.text, traceOf(one, payload.tags)]));
  const find = (words) => [...traces.values()].find((one) => String(one.words) === String(words));
  return {
    payload,
    tags: payload.tags,
    recorded: true,
    limit: Infinity,
    cut: (text) => ({ words: traces.get(text)?.words ?? [] }),
    run: (words) => find(words),
    influence: (words) => find(words).influence,
    reach: (words) => {
      const mask = find(words).tensors.get("mask")?.rows;
      return reachOf({
        length: words.length,
        reach: payload.reach,
        around: payload.window_size,
        layers: payload.arguments.num_layers,
        allowed: mask && mask.map((row) => Array.from(row, (one) => one > 0)),
      });
    },
  };
}
