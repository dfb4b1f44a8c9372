// Elements are made from text, never from markup, so whatever an id or an answer holds is shown and not run.

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

export function el(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** Sets the text only when it is another one: a live region speaks at each change. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Pairs of a name and what belongs to it, as the content of a `dl`; changed only where it differs. */
export function facts(list, pairs) {
  keyed(list, pairs.filter(([, value]) => value !== null && value !== ""), ([name]) => name, ([name, value]) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, value)));
}

/**
 * Makes the children of `parent` those of `items`, in order. One whose item is the same stays as it is; where another
 * takes its place, the focus stays too.
 */
export function keyed(parent, items, keyOf, make) {
  const before = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const [index, item] of items.entries()) {
    const key = String(keyOf(item, index));
    const known = before.get(key);
    before.delete(key);
    const print = printOf(item);
    const child = known && known.print === print ? known : fresh(make(item), key, print);
    if (known && child !== known) {
      const focused = focusables(known).indexOf(document.activeElement);
      if (place === known) place = child;
      known.replaceWith(child);
      if (focused >= 0) focusables(child)[focused]?.focus();
    }
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
  }
  for (const gone of before.values()) gone.remove();
}

function fresh(child, key, print) {
  child.dataset.key = key;
  child.print = print;
  return child;
}

const printOf = (item) => JSON.stringify(item, (_, value) => (value instanceof Node ? value.outerHTML : value));
const focusables = (element) => [...element.querySelectorAll("a[href], button, summary")];
