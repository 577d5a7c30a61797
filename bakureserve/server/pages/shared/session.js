// Who is signed in on this browser: their proofs, kept over reloads and shared by its tabs.

import { drop, keep, recall } from "./storage.js";

const SESSION = "bakureserve.session";
const DEVICE = "bakureserve.device"; // stays after a sign-out

const listeners = [];
let session = read();

window.addEventListener("storage", (event) => {
  if (event.key === SESSION || event.key === null) become(read());
});

/** `{access_token, refresh_token, until, user}`, with `until` in milliseconds, or null. */
export function current() {
  return session;
}

/** What is kept by now, which another tab may have changed a moment ago. */
export function latest() {
  become(read() ?? session);
  return session;
}

/** Go on with what a login, sign-up or refresh answered. */
export function begin({ access_token, refresh_token, device_token, expires_in, user }) {
  const until = Date.now() + expires_in * 1000;
  const begun = { access_token, refresh_token, until, user };
  keep("localStorage", SESSION, JSON.stringify(begun));
  keepDeviceToken(device_token);
  become(begun);
}

/** Keep what shows at a login that this browser was here, so that strangers cannot lock it out. */
export function keepDeviceToken(token) {
  keep("localStorage", DEVICE, token);
}

/** What was kept of that, or null. */
export function deviceToken() {
  return recall("localStorage", DEVICE) ?? null;
}

export function end() {
  drop("localStorage", SESSION);
  become(null);
}

/** Call `listener` whenever somebody signs in or out; not for a mere refresh. */
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
