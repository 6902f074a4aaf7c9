/**
 * A trained tagger in the page: text to tags with every number on the way, as Python's
 * `SlotFiller.trace` gives them.
 */

import { remember, softmax, under } from "#blocks";
import { makeChain, makeMarginals, viterbi } from "#decoding/chain";
import { keepOff } from "#decoding/marks";
import { encoderFromConfig } from "#encoder/table";
import { makeInput, windows, zeros } from "#inside/input";
import { NETWORKS } from "#inside/networks";
import { makeProbe } from "#inside/probe";
import { reachOf } from "#inside/reach";
import { readArrays } from "#inside/weights";
import { adjacency, EDGE_RULES } from "#text/edges";
import { tokenize } from "#text/tokenizer";

const LIMIT = 60; // words of a text: influence takes a run for each of them

/**
 * @typedef {object} Options
 * @property {import("#inside/probe").Edit[]} [edits]
 * @property {[number, number][] | null} [edges] for attention along a graph, instead of the rule's
 * @property {number} [member] of an ensemble
 * @property {number[] | null} [order] a permutation: the word that stands at each place of what the
 *   network sees. Positions stay, vectors of words and edges go with the words; all results are
 *   given in the order of the words, in which tags are found too.
 */

/**
 * Open a model.
 * @param {object} payload what `slotkit.inside.payload.make_payload` gives
 */
export function open(payload) {
  const { architecture, arguments: args, tags, temperature, window_size: around } = payload;
  const encoder = encoderFromConfig(payload.encoder, readArrays(payload.encoder_arrays));
  const size = payload.embedding_size;
  const nothing = zeros(size);
  const members = payload.members.map((arrays) => {
    const weights = readArrays(arrays);
    const input = makeInput(encoder, under(weights, "input"), size);
    return { input, network: under(weights, "network") };
  });
  const plain = makeChain(tags);
  const chain = payload.crf && makeChain(tags, dataOf(readArrays(payload.crf)));
  const ofLegal = makeMarginals(plain, temperature);
  const ofChain = chain && makeMarginals(chain, temperature);

  /** Run the network of a member: its logits, and what was kept on the way; one word is zero. */
  function forward(words, options, keeps = true, without = null) {
    const { edits = [], edges = null, member = 0, order = null } = options;
    const seen = order ?? [...words.keys()];
    checkOrder(seen, words.length);
    const { probe, tensors, check } = makeProbe(seen, edits, keeps);
    const { input, network } = members[member];
    const ofText = input(words);
    const vectors = seen.map((word, t) => {
      const vector = probe("word", t, ofText[word]);
      return word === without ? nothing : vector;
    });
    const x = windows(vectors, around, nothing).map((row, t) =>
      probe("window", t, row, [2 * around + 1, size]),
    );
    const joined = edgesOf(words, edges);
    const allowed = joined && seen.map((i) => seen.map((j) => joined[i][j]));
    const given = words.length
      ? NETWORKS[architecture](network, x, probe, args, allowed).logits
      : [];
    if (words.length) check();
    const logits = given.map((_, word) => given[seen.indexOf(word)]);
    if (!logits.every((row) => row.every(Number.isFinite))) {
      throw new RangeError(`the tagger's numbers overflow on these ${words.length} words`);
    }
    return { logits, tensors };
  }

  /** Return whom words may attend to along the edges given, or the model's own; else null. */
  function edgesOf(words, edges) {
    const { edges: rule } = payload;
    if (rule === null) {
      if (edges !== null)
        throw new RangeError("this tagger takes no edges; attention along a graph does");
      return null;
    }
    if (edges === null && rule === "corpus") {
      throw new RangeError("this tagger needs the edges of the utterance: pairs of token indices");
    }
    return adjacency(edges ?? EDGE_RULES[rule](words), words.length);
  }

  /**
   * Run the tagger.
   * @param {string[]} words
   * @param {Options} [options]
   * @returns {object} tensors: a Map from names to {axes, shape, rows}; logits (with marks kept off
   *   the ends of values), softmax, legal and crf: T rows of K, `crf` null without one; best: the
   *   number of each word's tag, tags: its name; active: the dimensions of each word that are 1
   */
  function run(words, options = {}) {
    const { logits: given, tensors } = forward(words, options);
    const decode = (logits) => viterbi(chain ?? plain, logits);
    const logits = keepOff(tags, payload.value_marks, given, words, decode);
    const best = decode(logits);
    return {
      words,
      tensors,
      logits,
      softmax: logits.map(softmax),
      legal: words.length ? ofLegal(logits) : [],
      crf: ofChain && (words.length ? ofChain(logits) : []),
      best,
      tags: best.map((k) => tags[k]),
      active: words.map((word) => encoder.active(word)),
    };
  }

  /**
   * Measure how far the logits of each word move when the vector of another is replaced by zeros.
   * @param {string[]} words
   * @param {Options} [options]
   * @returns {Float32Array[]} shape (T, T): row i, column j: the largest change of the logits of
   *   word i when the vector of word j is zero
   */
  function influence(words, options = {}) {
    const { logits: whole } = remember(() => forward(words, options, false));
    const moved = words.map(() => new Float32Array(words.length));
    words.forEach((_, j) => {
      const { logits } = forward(words, options, false, j);
      logits.forEach((row, i) => (moved[i][j] = largestChange(row, whole[i])));
    });
    return moved;
  }

  /**
   * Tell who can influence whom, whatever the weights; edits of `mask` count.
   * @param {string[]} words
   * @param {Options} [options]
   * @returns {boolean[][]} shape (T, T): whether word j can change the logits of word i
   */
  function reach(words, options = {}) {
    const seen = options.order ?? [...words.keys()];
    checkOrder(seen, words.length);
    const place = words.map((_, word) => seen.indexOf(word));
    const mask = architecture === "attention" && words.length ? maskOf(words, options) : null;
    const byPlace = reachOf({
      length: words.length,
      reach: payload.reach,
      around,
      layers: args.num_layers,
      allowed: mask && seen.map((i) => seen.map((j) => mask[i][j] > 0)),
    });
    return words.map((_, i) => words.map((_, j) => byPlace[place[i]][place[j]]));
  }

  function maskOf(words, options) {
    return forward(words, options).tensors.get("mask").rows;
  }

  return {
    payload,
    tags,
    encoder,
    /** The most words of a text. */
    limit: args.positions === "learned" ? Math.min(LIMIT, args.max_length) : LIMIT,
    /** Cut a text into words, with the offsets of each in it. */
    cut: (text) => tokenize(text, payload.tokenizer, payload.marked_words),
    run,
    influence,
    reach,
  };
}

/** Return the numbers of arrays alone. */
function dataOf(arrays) {
  return Object.fromEntries(Object.entries(arrays).map(([name, { data }]) => [name, data]));
}

/** Return the largest difference between two rows. */
function largestChange(one, other) {
  return one.reduce((most, number, k) => Math.max(most, Math.abs(number - other[k])), 0);
}

/** Throw unless an order names each word once. */
function checkOrder(order, length) {
  const right = order.length === length && new Set(order).size === length;
  if (!right || order.some((word) => !(word >= 0 && word < length))) {
    throw new RangeError(`an order must name each of the ${length} words once, got [${order}]`);
  }
}
