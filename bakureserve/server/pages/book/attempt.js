// One booking, however often it is sent: the Idempotency-Key belongs to the request's content.
//
// The key is stored until the booking is known to be made, across reloads, so that sending the same
// again after a lost answer finds the booking instead of making a second one.

import { keep, recall } from "../shared/storage.js";

const ATTEMPT = "bakureserve.attempt";

let attempt = JSON.parse(recall("sessionStorage", ATTEMPT) ?? "null");

/** The key under which to send `body`: the previous attempt's, if that sent the same. */
export function keyFor(body) {
  const asked = JSON.stringify(body);
  if (attempt?.asked !== asked) remember({ asked, key: newKey() });
  return attempt.key;
}

/** The booking was made: sending the same again means a second booking. */
export function attemptSucceeded() {
  remember(null);
}

function remember(next) {
  attempt = next;
  keep("sessionStorage", ATTEMPT, JSON.stringify(next));
}

// crypto.randomUUID is missing on plain http, which a server in a restaurant's own network may use.
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
