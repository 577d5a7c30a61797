// Text kept in the browser. One that keeps nothing for us is no reason to fail.

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
    // It is then known as long as the page lives.
  }
}

export function drop(area, key) {
  try {
    window[area].removeItem(key);
  } catch {
    // It was not kept then.
  }
}
