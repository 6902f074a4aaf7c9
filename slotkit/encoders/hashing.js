/** Word hashing: a word as its pieces of some letters; the twin of hashing.py. */

import { cutOff, OneOfN } from "#encoder/words";

/** One dimension for each piece of `letters` letters of #word#. */
export class Hashing extends OneOfN {
  constructor(config) {
    super(config);
    this.letters = config.letters;
  }

  /** Cut a word into its pieces, in order, each once; a # of the text is written \#. */
  pieces(word) {
    const letters = [...this.normalise(cutOff(word))];
    const padded = ["#", ...letters.map((one) => ("#\\".includes(one) ? `\\${one}` : one)), "#"];
    const count = Math.max(1, padded.length - this.letters + 1);
    const piece = (_, start) => padded.slice(start, start + this.letters).join("");
    return [...new Set(Array.from({ length: count }, piece))];
  }

  active(word) {
    const found = this.pieces(word).map((piece) => this.index.get(piece));
    return found.filter((number) => number !== undefined);
  }
}
