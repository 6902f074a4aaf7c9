/** What takes long is computed when the reader has stopped typing. */

import { useEffect, useMemo, useState } from "#vendor/preact";

const PAUSE = 250; // milliseconds without a change

/**
 * Return what `compute` gives, or null until it has run.
 * @param {() => any} compute
 * @param {object} key compute runs again when it is another
 * @param {boolean} now whether to compute at once, as a part of drawing
 */
export function useLater(compute, key, now) {
  const [late, setLate] = useState({ key: null, found: null });
  const found = useMemo(() => (now ? compute() : null), [key, now]);
  useEffect(() => {
    if (now) return undefined;
    const timer = setTimeout(() => setLate({ key, found: compute() }), PAUSE);
    return () => clearTimeout(timer);
  }, [key, now]);
  if (now) return found;
  return late.key === key ? late.found : null;
}
