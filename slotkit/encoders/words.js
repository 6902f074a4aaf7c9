/** 1-of-N, and 1-of-N with "other"; the twin of words.py, with what all encoders share. */

const LONGEST_COMPOSED = 1000; // characters
const LONGEST_WORD = 64;

/** Write a word the one way that an encoder looks it up: composed, in lower case, digits as 0. */
export function normalise(word, lowerCase, foldDigits) {
  if ([...word].length <= LONGEST_COMPOSED) word = word.normalize("NFC");
  if (lowerCase) word = word.toLowerCase();
  return foldDigits ? word.replace(/\p{Nd}/gu, "0") : word;
}

/** Return the first 64 characters of a word. */
export const cutOff = (word) => [...word].slice(0, LONGEST_WORD).join("");

/** 1-of-N: one dimension a training word; the vector of any other word is zero. */
export class OneOfN {
  /** @param {{lower_case?: boolean, fold_digits?: boolean, vocabulary: string[]}} config */
  constructor({ lower_case = false, fold_digits = false, vocabulary }) {
    this.lowerCase = lower_case;
    this.foldDigits = fold_digits;
    this.vocabulary = vocabulary;
    this.index = new Map(vocabulary.map((word, number) => [word, number]));
    this.featureSize = this.contextSize = 0;
  }

  get dimensions() {
    return this.vocabulary.length;
  }

  normalise(word) {
    return normalise(word, this.lowerCase, this.foldDigits);
  }

  /** Return the dimensions of a word that are 1, each once. */
  active(word) {
    const number = this.index.get(this.normalise(word));
    return number === undefined ? [] : [number];
  }

  /** Name what a dimension stands for. */
  describe(dimension) {
    return this.vocabulary[dimension];
  }
}

/** 1-of-N with one more dimension, the last, that all other words share. */
export class Other extends OneOfN {
  get dimensions() {
    return this.vocabulary.length + 1;
  }

  active(word) {
    const own = super.active(word);
    return own.length ? own : [this.vocabulary.length];
  }

  describe(dimension) {
    return dimension === this.vocabulary.length ? "other" : this.vocabulary[dimension];
  }
}
