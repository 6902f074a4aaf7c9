/** What a reader has chosen, in the address behind #, so that a link shows the same. */

export const START = {
  a: "",
  b: "",
  word: 0,
  other: 0,
  layer: 0,
  way: "",
  tensor: "",
  unit: 0,
  head: 0,
  member: 0,
  edits: [],
  edges: null,
  order: null,
  hide: false,
  language: "en",
};

/** Write what differs from the start. */
export function toHash(state, start) {
  const changed = Object.entries(state).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(start[key]),
  );
  return changed
    .map(([key, value]) => `${key}=${encodeURIComponent(JSON.stringify(value))}`)
    .join("&");
}

/** Read what `toHash` wrote; what cannot be read is as at the start. */
export function fromHash(hash, start) {
  const state = { ...start };
  for (const part of hash.replace(/^#/, "").split("&")) {
    const [key, value] = part.split("=");
    if (!(key in start) || value === undefined) continue;
    try {
      const found = JSON.parse(decodeURIComponent(value));
      if (sameKind(found, start[key])) state[key] = found;
    } catch {
      continue; // of a link that was cut short
    }
  }
  return state;
}

function sameKind(found, wanted) {
  if (wanted === null) return found === null || Array.isArray(found);
  return typeof found === typeof wanted && Array.isArray(found) === Array.isArray(wanted);
}

/** Return a number that an address may hold as one of `count`, from 0. */
export const within = (number, count) => Math.max(0, Math.min(Math.trunc(number), count - 1));
