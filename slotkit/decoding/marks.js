/**
 * Marks at the ends of values: none that no training value of the slot has; the twin of marks.py.
 *
 * A token of nothing but punctuation, symbols or characters without width is a mark. A value begins
 * with one only if a training value of its slot does, and ends so too.
 */

const FORBIDDEN = -80; // added to a logit, as often as it takes
const ROUNDS = 50;
const MARK = /^[\p{P}\p{S}\u00ad\u200b-\u200f\u2060\ufe0f\ufeff]*$/u;
const APART = /^[^\p{L}\p{N}_\s]+$/u; // a token that can be a mark and is no word of Python's \w

/** Tell whether a token is nothing but punctuation, symbols or characters without width. */
export const isMark = (token) => MARK.test(token);

// A quotation mark and the one that closes it.
const QUOTES = {
  "'": "'",
  '"': '"',
  "\u2018": "\u2019",
  "\u2019": "\u2019",
  "\u201c": "\u201d",
};

/** Tell whether a mark opens a quotation: another closes it, before another word than it has. */
function opens(words, place) {
  const closing = QUOTES[words[place]];
  const closes = (word, k) => word === closing && words[k + 1] !== words[place + 1];
  return closing !== undefined && words.some((word, k) => k >= place + 2 && closes(word, k));
}

/**
 * Lower the logits of marks until no best sequence has one at the end of a value.
 * @param {string[]} tags the K tags
 * @param {Object<string, [string[], string[]]> | null} marks of each slot, those at which its
 *   values begin and end; null where nobody knows
 * @param {Float32Array[]} logits shape (T, K)
 * @param {string[]} words the T tokens
 * @param {(logits: Float32Array[]) => number[]} decode
 * @returns {Float32Array[]} shape (T, K): the same, or lowered
 */
export function keepOff(tags, marks, logits, words, decode) {
  const known = marks !== null && tags.includes("O"); // without it nothing else is left
  if (!known || !words.some((word) => APART.test(word))) return logits;
  const slots = tags.map((tag) => ({ prefix: tag[0], slot: tag === "O" ? "" : tag.slice(2) }));
  const of = (slot) => (Object.hasOwn(marks, slot) ? marks[slot] : [[], []]);
  const lowered = logits.map((row) => row.slice());
  const places = [...words.keys()].filter((place) => isMark(words[place]));
  for (const place of places) {
    const anyOpens = opens(words, place);
    slots.forEach(({ prefix, slot }, k) => {
      const may = !anyOpens && of(slot)[0].includes(words[place]);
      if (prefix === "B" && !may) lowered[place][k] += FORBIDDEN;
    });
  }
  for (let round = 0; round < ROUNDS; round++) {
    if (!lowerEnds(slots, of, lowered, words, places, decode(lowered))) break;
  }
  return lowered;
}

/** Lower the logits of marks at which values of the best sequence begin or end, if any do. */
function lowerEnds(slots, of, logits, words, places, best) {
  const tagged = [...best.map((k) => slots[k]), { prefix: "O", slot: "" }];
  let lowered = false;
  const lower = (place) => {
    logits[place][best[place]] += FORBIDDEN;
    lowered = true;
  };
  for (let place of places) {
    const { prefix, slot } = tagged[place];
    if (prefix === "B" && !of(slot)[0].includes(words[place])) lower(place);
    const goesOn = tagged[place + 1].prefix === "I" && tagged[place + 1].slot === slot;
    if (!slot || goesOn) continue;
    while (places.includes(place) && tagged[place].slot === slot) {
      if (of(slot)[1].includes(words[place])) break;
      lower(place);
      place -= 1;
    }
  }
  return lowered;
}
