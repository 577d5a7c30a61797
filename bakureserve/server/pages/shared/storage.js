// Text stored in the browser. A browser that stores nothing is no reason to fail.

/** The text under `key` in `localStorage` or `sessionStorage`, or null. */
export function recall(area, key) {
  try {
    return window[area].getItem(key);
  } catch {
    return null;
  }
}

export function keep(area, key, text) {
  try {
    window[area].setItem(key, text);
  } catch {
    // The value then lasts as long as the page.
  }
}

export function drop(area, key) {
  try {
    window[area].removeItem(key);
  } catch {
    // Then it was not stored.
  }
}
