// Elements from plain values. What comes from the server becomes text, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** The element with this id, which the page has. */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/**
 * An HTML element. A property that starts with "on" is a listener, true and false set or leave out
 * an attribute, null and undefined leave it out. Children are nodes or text.
 */
export function h(tag, properties = {}, ...children) {
  return dressed(document.createElement(tag), properties, children);
}

/** An SVG element, made as `h` makes one. */
export function svg(tag, properties = {}, ...children) {
  return dressed(document.createElementNS(SVG, tag), properties, children);
}

function dressed(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Move to another heading: a screen reader reads on from it, and the page scrolls to the top. */
export function focusOn(heading) {
  heading.setAttribute("tabindex", "-1");
  heading.focus({ preventScroll: true });
  window.scrollTo(0, 0);
}
