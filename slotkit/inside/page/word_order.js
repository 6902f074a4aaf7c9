/** Words that are dragged to other places, or moved by buttons. */

import { html, useRef, useState } from "#vendor/preact";

/**
 * Move the word at one place to another.
 * @param {number[]} order the word at each place
 * @param {number} from
 * @param {number} to
 */
export function moved(order, from, to) {
  const found = order.filter((_, place) => place !== from);
  found.splice(to, 0, order[from]);
  return found;
}

/**
 * @param {{words: string[], order: number[], word: number, onChoose: (word: number) => void,
 *   onOrder: (order: number[]) => void, t: Function}} props
 */
export function WordOrder({ words, order, word, onChoose, onOrder, t }) {
  const list = useRef(null);
  const [drag, setDrag] = useState(null); // of one word: its place, where it would go
  const shown = drag ? moved(order, drag.from, drag.to) : order;
  const place = order.indexOf(word);

  /** Return the place under the pointer as words stood at the start, or the last known one. */
  function placeAt({ clientX, clientY }, boxes, otherwise) {
    const within = (box) =>
      clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
    const found = boxes.findIndex(within);
    return found < 0 ? otherwise : found;
  }

  const start = (from) => (event) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    onChoose(order[from]);
    const boxes = [...list.current.children].map((one) => one.getBoundingClientRect());
    setDrag({ from, to: from, boxes });
  };
  const follow = (event) => drag && setDrag({ ...drag, to: placeAt(event, drag.boxes, drag.to) });
  const drop = () => {
    if (drag && drag.to !== drag.from) onOrder(moved(order, drag.from, drag.to));
    setDrag(null);
  };
  const step = (by) => () => onOrder(moved(order, place, place + by));
  const isMoved = order.some((one, at) => one !== at);
  return html`
    <ol class="order" ref=${list} aria-label=${t("positions_order")}>
      ${shown.map(
        (one) =>
          html`<li key=${one}>
            <button
              type="button"
              class="word"
              aria-pressed=${one === word}
              onPointerDown=${start(order.indexOf(one))}
              onPointerMove=${follow}
              onPointerUp=${drop}
              onPointerCancel=${() => setDrag(null)}
              onClick=${() => onChoose(one)}
            >
              ${words[one]}
            </button>
          </li>`,
      )}
    </ol>
    <button type="button" disabled=${place === 0} onClick=${step(-1)}>
      ← ${t("positions_left", { word: words[word] })}</button
    >${" "}
    <button type="button" disabled=${place === order.length - 1} onClick=${step(1)}>
      ${t("positions_right", { word: words[word] })} →</button
    >${" "}
    <button type="button" disabled=${!isMoved} onClick=${() => onOrder([...words.keys()])}>
      ${t("positions_reset")}
    </button>
  `;
}
