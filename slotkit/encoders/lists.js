/** Lists of values: whether a run of words stands in a list; the twin of lists.py. */

import { cutOff } from "#encoder/words";

const LONG = 8; // letters of a word from which on one typo is forgiven
const LONGEST_WORD = 64;

/**
 * Write a character without case as Unicode's full case folding does. That is its capital letter
 * written small, but the dotless i stays and Cherokee becomes capital.
 */
function foldCase(character) {
  if (character === "\u0131") return character;
  if (/[\u13a0-\u13fd\uab70-\uabbf]/u.test(character)) return character.toUpperCase();
  return character.toLowerCase().toUpperCase().toLowerCase();
}

/**
 * Tell whether a character combines with the one before, by what normalising does: characters that
 * combine are put in order, so that one of them changes places with the lowest or a high one.
 */
function isCombining(character) {
  const overlay = "\u0334"; // of the lowest class
  const acute = "\u0301"; // of a high class
  return (
    (character + overlay).normalize("NFD") !== character + overlay ||
    (acute + character).normalize("NFD") !== acute + character ||
    character === overlay
  );
}

/** Write a word without case and accents. */
export function fold(word) {
  if (/^[\x00-\x7f]*$/.test(word)) return word.toLowerCase();
  const parts = [...[...cutOff(word)].map(foldCase).join("").normalize("NFD")];
  return parts
    .filter((one) => !isCombining(one))
    .join("")
    .normalize("NFC");
}

/** Return what a word becomes without any one of its letters, and the word itself. */
function withoutALetter(word) {
  const letters = [...word];
  return new Set([
    word,
    ...letters.map((_, place) => letters.filter((_, k) => k !== place).join("")),
  ]);
}

/** Whether a word begins or goes on with a value of a list: two numbers for each kind. */
export class Lists {
  /** @param {{lists: Object<string, string[][]>, slots: Object<string, string>}} config */
  constructor({ lists }) {
    this.kinds = Object.keys(lists).sort(byCharacters);
    this.contextSize = 2 * this.kinds.length;
    this.dimensions = this.featureSize = 0;
    this.tree = new Map(); // of words; null of a word leads to the kinds that end
    this.known = new Set();
    this.kinds.forEach((kind, number) => lists[kind].forEach((value) => this.add(value, number)));
  }

  add(value, kind) {
    let node = this.tree;
    for (const word of value.map(fold)) {
      this.known.add(word);
      if (!node.has(word)) node.set(word, new Map());
      node = node.get(word);
    }
    node.set(null, [...(node.get(null) ?? []), kind]);
  }

  active() {
    return [];
  }

  /** Return how lists write a word, null where no list has it. */
  find(token) {
    const word = fold(token);
    if (this.known.has(word)) return word;
    const length = [...word].length;
    if (length < LONG || length > LONGEST_WORD) return null;
    const forms = [...withoutALetter(word)].filter((form) => this.long.has(form));
    return forms.map((form) => this.long.get(form)).sort(byCharacters)[0] ?? null;
  }

  /** What a long word of the lists may be without a letter: the word. */
  get long() {
    const words = [...this.known].filter((word) => [...word].length >= LONG).sort(byCharacters);
    const forms = words.flatMap((word) => [...withoutALetter(word)].map((form) => [form, word]));
    const value = new Map(forms);
    Object.defineProperty(this, "long", { value }); // laid out once
    return value;
  }

  /**
   * Return the numbers of the tokens of an utterance.
   * @param {string[]} tokens
   * @returns {Float32Array[]} shape (T, 2 * kinds): begins, goes on, of each kind
   */
  context(tokens) {
    const found = tokens.map(() => new Float32Array(this.contextSize));
    const words = tokens.map((token) => this.find(token));
    const free = this.kinds.map(() => 0); // where the next value of each kind may begin
    words.forEach((_, start) => {
      for (const [kind, end] of this.longest(words, start)) {
        if (start < free[kind]) continue;
        found[start][2 * kind] = 1;
        for (let t = start + 1; t < end; t++) found[t][2 * kind + 1] = 1;
        free[kind] = end;
      }
    });
    return found;
  }

  /** Return where the longest value of each kind ends that begins at a word. */
  longest(words, start) {
    const ends = new Map();
    let node = this.tree;
    for (let end = start; words[end] != null && node.has(words[end]); end++) {
      node = node.get(words[end]);
      for (const kind of node.get(null) ?? []) ends.set(kind, end + 1);
    }
    return ends;
  }
}

/** Order words as Python does, by characters and not by UTF-16 units. */
function byCharacters(one, other) {
  const [a, b] = [one, other].map((word) => [...word].map((letter) => letter.codePointAt(0)));
  const place = a.findIndex((code, k) => code !== b[k]);
  if (place < 0) return a.length - b.length;
  return place < b.length ? a[place] - b[place] : 1;
}
