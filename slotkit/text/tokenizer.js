/**
 * Text to tokens, with the offsets of each in the text as given; the twin of tokenizer.py.
 *
 * Offsets count UTF-16 units: `text.slice(start, end)` is the token. Characters are those of
 * the browser's Unicode, which may know more of them than Python's.
 */

// Scripts without blanks between words: first and last code points of their blocks.
const UNSPACED = [
  [0x0e00, 0x0eff], // Thai, Lao
  [0x1000, 0x109f], // Burmese
  [0x1780, 0x17ff], // Khmer
  [0x2e80, 0x2fdf], // CJK radicals
  [0x3005, 0x3007], // iteration mark, closing mark, zero
  [0x3021, 0x312f], // numerals, Hiragana, Katakana, Bopomofo
  [0x31f0, 0x31ff], // Katakana extensions
  [0x3400, 0x9fff], // CJK
  [0xf900, 0xfaff], // CJK compatibility
  [0xff66, 0xff9f], // half-width Katakana
  [0x20000, 0x3ffff], // CJK extensions B and later
];

const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/u;
// The space without width, the marks of direction and of byte order.
const UNSEEN = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/u;

/** Tell whether a character stands between tokens and is part of none. */
export const isBlank = (character) => SPACE.test(character) || UNSEEN.test(character);

const classes = new Map(); // of characters that were met

/** Find the class of a character, one letter; the rules are tried in order. */
function find(character) {
  const code = character.codePointAt(0);
  if ("'\u2019".includes(character)) return "'"; // stands inside words
  if (character === ".") return ".";
  if (":,".includes(character)) return ":"; // stands inside numbers, as the stop does
  if (character === "\u200d") return "J"; // joins emoji
  if (isBlank(character)) return " ";
  // What modifies the character before it: accent, variant, skin tone.
  if (/[\p{M}\p{Cf}\u{1f3fb}-\u{1f3ff}]/u.test(character)) return "M";
  if (/[\p{L}\p{N}]/u.test(character)) {
    if (UNSPACED.some(([first, last]) => first <= code && code <= last)) return "U";
    return /\p{N}/u.test(character) ? "D" : "L";
  }
  if (character === "_") return "L";
  return code >= 0x1f1e6 && code <= 0x1f1ff ? "F" : "X"; // half a flag; anything else
}

function classOf(character) {
  if (!classes.has(character)) classes.set(character, find(character));
  return classes.get(character);
}

// Over classes, one letter a character: an abbreviation (a.m.); a word or number with its inner
// apostrophes (o'clock), stops, colons and commas (7:30pm, 1,000); a flag; one character with its
// marks, and the emoji joined to it.
const TOKEN = new RegExp(
  [
    "(?<![LMJ]\\.)(?:L[MJ]*\\.){2,}(?![LD])",
    "(?:[LD][MJ]*)+(?:'(?:L[MJ]*)+|(?<=D)[.:](?:D[MJ]*)(?:[LD][MJ]*)*)*",
    "FF[MJ]*",
    "X[M]*(?:JXM*)*",
    "[^ ][MJ]*",
  ].join("|"),
  "g",
);

/** Find words where the script has blanks, characters where it has none. */
function words(text, apart) {
  const characters = [...text];
  const ends = [0]; // where each character begins in the text, and the end
  for (const one of characters) ends.push(ends.at(-1) + one.length);
  const kinds = characters.map(classOf).join("");
  const found = (apart ? kinds.replaceAll("'", "X") : kinds).matchAll(TOKEN);
  return [...found].map((match) => [ends[match.index], ends[match.index + match[0].length]]);
}

/** Find what stands between blanks. */
function pieces(text) {
  const found = text.matchAll(new RegExp(`[^${SPACE.source.slice(1)}+`, "gu"));
  return [...found].map((match) => [match.index, match.index + match[0].length]);
}

/** Find every character that is no blank. */
function characters(text) {
  const found = [];
  let start = 0;
  for (const character of text) {
    const end = start + character.length;
    if (!isBlank(character)) found.push([start, end]);
    start = end;
  }
  return found;
}

// Punctuation, pictures and what has no width; # % & @ / \ are parts of words: C#, 5%, R&B.
const MARK = /^[\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Po}\p{Cf}\p{So}]$/u;
const isMark = (character) => MARK.test(character) && !"#%&@/\\".includes(character);

/** Take marks off the ends of what stands between blanks; those that no token is are dropped. */
function peeled(text, marked) {
  const found = [];
  for (const [first, last] of pieces(text)) found.push(...peel(text, first, last, marked));
  return found.filter(([start, end]) => {
    const token = text.slice(start, end);
    return !isMark(token) || marked.has(token);
  });
}

/** Take the marks off a piece: those before it, the rest, and those behind it. */
function peel(text, start, end, marked) {
  const before = [];
  const behind = [];
  while (start < end && !marked.has(text.slice(start, end).toLowerCase())) {
    const first = String.fromCodePoint(text.codePointAt(start));
    const last = lastOf(text.slice(start, end));
    if (isMark(first)) {
      before.push([start, start + first.length]);
      start += first.length;
    } else if (isMark(last)) {
      end -= last.length;
      behind.unshift([end, end + last.length]);
    } else {
      break;
    }
  }
  return [...before, ...(start < end ? [[start, end]] : []), ...behind];
}

/** Return the last character of a string. */
function lastOf(piece) {
  const pair = piece.slice(-2);
  return pair.length === 2 && pair.codePointAt(0) > 0xffff ? pair : piece.slice(-1);
}

const TOKENIZERS = {
  words: (text) => words(text, false),
  apart: (text) => words(text, true),
  peeled,
  whitespace: pieces,
  characters,
};

/**
 * Split a text into tokens.
 * @param {string} text
 * @param {string} tokenizer a name of Python's TOKENIZERS
 * @param {Iterable<string>} [marked] for `peeled`: the words with marks at their ends
 * @returns {{words: string[], offsets: [number, number][]}} T tokens, in UTF-16 units
 */
export function tokenize(text, tokenizer = "words", marked = []) {
  const offsets = TOKENIZERS[tokenizer](text, new Set(marked));
  return { words: offsets.map(([start, end]) => text.slice(start, end)), offsets };
}
