/** Figures as files. */

/** Write rows as CSV; the first row names the columns. */
export function toCsv(rows) {
  const cell = (value) => {
    const text = String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${[...row].map(cell).join(",")}\n`).join("");
}

const KEPT = ["fill", "stroke", "stroke-width", "font-size", "font-family", "opacity"];

/** Write a drawn SVG so that it stands alone: with the colours of the page, and a title. */
export function toSvg(drawn, title) {
  const copy = drawn.cloneNode(true);
  const pairs = [[drawn, copy], ...pairsBelow(drawn, copy)];
  for (const [own, other] of pairs) {
    const style = getComputedStyle(own);
    for (const name of KEPT) {
      const value = style.getPropertyValue(name);
      if (value && !value.startsWith("url(")) other.setAttribute(name, value);
    }
    for (const name of ["tabindex", "role", "aria-label", "class"]) other.removeAttribute(name);
  }
  const named = document.createElementNS("http://www.w3.org/2000/svg", "title");
  named.textContent = title;
  copy.prepend(named);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.style.background = getComputedStyle(document.body).backgroundColor;
  return new XMLSerializer().serializeToString(copy);
}

function pairsBelow(one, other) {
  const own = [...one.querySelectorAll("*")];
  return own.map((element, place) => [element, other.querySelectorAll("*")[place]]);
}

/** Let the browser save a text as a file. */
export function save(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
