/** The shape of a word: its case, digits and punctuation; the twin of shape.py. */

import { cutOff, OneOfN } from "#encoder/words";

// Python's isdigit: decimal digits, and those that are raised, lowered or in circles.
const DIGIT = new RegExp(
  "[\\p{Nd}\u00b2\u00b3\u00b9\u1369-\u1371\u19da\u2070\u2074-\u2079\u2080-\u2089\u2460-\u2468" +
    "\u2474-\u247c\u2488-\u2490\u24ea\u24f5-\u24fd\u24ff\u2776-\u277e\u2780-\u2788\u278a-\u2792" +
    "\u{10a40}-\u{10a43}\u{10e60}-\u{10e68}\u{11052}-\u{1105a}\u{1f100}-\u{1f10a}]",
  "u",
);

/** Tell whether a character is a digit of any kind. */
export const isDigit = (character) => DIGIT.test(character);

/** Return what stands for a character. */
function kindOf(character) {
  if (/[\p{Uppercase}\p{Lt}]/u.test(character)) return "X";
  if (/\p{L}/u.test(character)) return "x";
  return isDigit(character) ? "d" : character;
}

/** Capital letters become X, other letters x, digits d; then what repeats is written once. */
export class Shape extends OneOfN {
  normalise(word) {
    const kinds = [...super.normalise(cutOff(word))].map(kindOf);
    return kinds.filter((kind, place) => kind !== kinds[place - 1]).join("");
  }
}
