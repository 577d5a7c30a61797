// The page in the reader's language: the browser's, or the one they chose here before.

import { h } from "./dom.js";
import { keep, recall } from "./storage.js";
import { WORDS } from "./words.js";

export const LANGUAGES = ["az", "en", "ru"];
const NAMES = { az: "Azərbaycanca", en: "English", ru: "Русский" };
const CHOSEN = "bakureserve.language";

const words = { ...WORDS };
const listeners = [];
let current = preferred();

/** Add a page's own sentences: key to its sentence in each language. */
export function addWords(more) {
  Object.assign(words, more);
}

export function language() {
  return current;
}

/** The sentence for `key`, with `{name}` replaced by `values.name`. */
export function t(key, values = {}) {
  return words[key][current].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Call `listener` whenever the reader chooses another language. */
export function onLanguage(listener) {
  listeners.push(listener);
}

/**
 * Fill in every element that names its words: `data-t` for its text, `data-t-placeholder` and
 * `data-t-label` for the attributes.
 */
export function translatePage() {
  document.documentElement.lang = current;
  for (const element of document.querySelectorAll("[data-t]")) {
    element.textContent = t(element.dataset.t);
  }
  for (const element of document.querySelectorAll("[data-t-placeholder]")) {
    element.setAttribute("placeholder", t(element.dataset.tPlaceholder));
  }
  for (const element of document.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
  }
}

/** Fill a `select` with the languages, and follow it. */
export function offerLanguages(select) {
  select.append(
    ...LANGUAGES.map((each) =>
      h("option", { value: each, lang: each, selected: each === current }, NAMES[each]),
    ),
  );
  select.addEventListener("change", () => choose(select.value));
}

function choose(wanted) {
  current = wanted;
  keep("localStorage", CHOSEN, wanted);
  translatePage();
  for (const listener of listeners) listener();
}

function preferred() {
  const tags = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  const wanted = [recall("localStorage", CHOSEN), ...tags];
  return wanted.find((each) => LANGUAGES.includes(each)) ?? "en";
}
