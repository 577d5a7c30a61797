// The session on this browser: its tokens, stored across reloads and shared by all tabs.

import { drop, keep, recall } from "./storage.js";

const SESSION = "bakureserve.session";
const DEVICE = "bakureserve.device"; // survives a sign-out

const listeners = [];
let session = read();

window.addEventListener("storage", (event) => {
  if (event.key === SESSION || event.key === null) become(read());
});

/** `{access_token, refresh_token, until, user}`, with `until` in milliseconds, or null. */
export function current() {
  return session;
}

/** The session as stored now: another tab may just have changed it. */
export function latest() {
  become(read() ?? session);
  return session;
}

/** Store the answer of a login, sign-up or refresh. */
export function begin({ access_token, refresh_token, device_token, expires_in, user }) {
  const until = Date.now() + expires_in * 1000;
  const begun = { access_token, refresh_token, until, user };
  keep("localStorage", SESSION, JSON.stringify(begun));
  keepDeviceToken(device_token);
  become(begun);
}

/** Store the device token, so that strangers' guesses cannot lock this browser out. */
export function keepDeviceToken(token) {
  keep("localStorage", DEVICE, token);
}

/** The stored device token, or null. */
export function deviceToken() {
  return recall("localStorage", DEVICE) ?? null;
}

export function end() {
  drop("localStorage", SESSION);
  become(null);
}

/** Call `listener` at each sign-in and sign-out, not at a refresh. */
export function onSession(listener) {
  listeners.push(listener);
}

function become(next) {
  const before = session?.user.id;
  session = next;
  if (next?.user.id !== before) for (const listener of listeners) listener();
}

function read() {
  try {
    return JSON.parse(recall("localStorage", SESSION) ?? "null");
  } catch {
    return null;
  }
}
