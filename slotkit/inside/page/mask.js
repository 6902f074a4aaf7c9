/**
 * Edits of the mask, which says whom words may attend to: a range, and single edges over it.
 *
 * A range is one edit that holds the whole mask; its `range` tells it from others. An edge is an
 * edit of one word and one unit.
 */

import { nextStep } from "#inside/edits";

const isRange = (edit) => edit.tensor === "mask" && Number.isInteger(edit.range);
const isEdge = (edit, i, j) =>
  edit.tensor === "mask" &&
  edit.words?.length === 1 &&
  edit.units?.length === 1 &&
  edit.words[0] === i &&
  edit.units[0] === j;

/**
 * Return the places of the slider of ranges: from 0 to `all`, where all words are in range.
 * @param {string} attend of the model: all, range:R or graph
 * @param {number} length T
 * @returns {{all: number, trained: number, most: number}} a graph has a place of its own, the last
 */
export function rangesOf(attend, length) {
  const all = Math.max(0, length - 1);
  if (attend === "graph") return { all, trained: all + 1, most: all + 1 };
  const range = attend.startsWith("range:") ? Number(attend.slice("range:".length)) : all;
  return { all, trained: Math.min(range, all), most: all };
}

/** Return the range that edits ask for, or else the trained one. */
export function rangeIn(edits, { trained, most }) {
  return Math.max(0, Math.min(edits.find(isRange)?.range ?? trained, most));
}

/**
 * Return edits with another range; the trained one needs none.
 * @param {object[]} edits
 * @param {number} range
 * @param {number} trained
 * @param {number[]} order the word at each place
 */
export function withRange(edits, range, trained, order) {
  const others = edits.filter((edit) => !isRange(edit));
  if (range === trained) return others;
  const value = maskOf(range, order);
  const step = nextStep(edits);
  return [{ tensor: "mask", value, words: null, units: null, range, step }, ...others];
}

/** Return edits whose range counts the places of another order. */
export function withOrder(edits, order) {
  return edits.map((edit) =>
    isRange(edit) ? { ...edit, value: maskOf(edit.range, order) } : edit,
  );
}

/** Return 1 where the place of word i is in range of the place of word j, shape (T, T). */
function maskOf(range, order) {
  const place = order.map((_, word) => order.indexOf(word));
  return place.map((one) => place.map((other) => (Math.abs(one - other) <= range ? 1 : 0)));
}

/**
 * Return edits that cut an edge which is there, or join two words that have none. The edge of a
 * word to itself stays.
 * @param {object[]} edits
 * @param {number} i the word that attends
 * @param {number} j the word that it attends to
 * @param {ArrayLike<number>[]} plain the mask without edits, shape (T, T)
 */
export function withEdge(edits, i, j, plain) {
  if (i === j) return edits;
  const wanted = valueAt(edits, i, j, plain) > 0 ? 0 : 1;
  const others = edits.filter((edit) => !isEdge(edit, i, j));
  const there = valueAt(others, i, j, plain) > 0 ? 1 : 0;
  if (there === wanted) return others;
  const step = nextStep(edits);
  return [...others, { tensor: "mask", value: wanted, words: [i], units: [j], step }];
}

/** Return the number of the mask at a pair of words after edits. */
function valueAt(edits, i, j, plain) {
  let found = plain[i][j];
  for (const { tensor, value = 0, words, units } of edits) {
    const named = (words ?? [i]).includes(i) && (units ?? [j]).includes(j);
    if (tensor !== "mask" || !named) continue;
    const row =
      typeof value === "number" ? value : (value[words ? words.indexOf(i) : i] ?? value[0]);
    found = typeof row === "number" ? row : row[units ? units.indexOf(j) : j];
  }
  return found;
}
