/** Word vectors from elsewhere: each word as its row of small whole numbers; of vectors.py. */

import { isDigit } from "#encoder/shape";
import { normalise } from "#encoder/words";

/** Return how a word is looked up: as it is, in lower case, and with every digit as 0 or #. */
export function spellings(word) {
  const forms = [normalise(word, false, false), normalise(word, true, false)];
  const folded = normalise(word, true, true);
  const hashes = [...forms[1]].map((one) => (isDigit(one) ? "#" : one)).join("");
  return [...new Set(folded === forms[1] ? forms : [...forms, folded, hashes])];
}

/** A row of F numbers for each word; a word that has none is zero. */
export class Vectors {
  /**
   * @param {{size: number}} config
   * @param {Object<string, {data: Int8Array | Float32Array | Uint8Array}>} arrays rows, scales and
   *   words, as Python's encoder has them
   */
  constructor({ size, vectors }, { rows, scales, words }) {
    this.name = vectors;
    this.featureSize = size;
    this.contextSize = this.dimensions = 0;
    this.rows = rows.data;
    this.scales = scales.data;
    const known = new TextDecoder("utf-8", { ignoreBOM: true }).decode(words.data).split("\n");
    this.numbers = new Map(known.map((word, number) => [word, number]));
  }

  active() {
    return [];
  }

  /** Return the spelling by which a word has a row; undefined where it has none. */
  spelling(word) {
    return spellings(word).find((form) => this.numbers.has(form));
  }

  /** Return the dense numbers of a word, (F,). */
  features(word) {
    const size = this.featureSize;
    const number = this.numbers.get(this.spelling(word));
    if (number === undefined) return new Float32Array(size);
    const row = this.rows.subarray(number * size, (number + 1) * size);
    return Float32Array.from(row, (one) => one * this.scales[number]);
  }
}
