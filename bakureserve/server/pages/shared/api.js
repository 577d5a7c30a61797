// Calls to the server. They return an answer, or throw Problem (the server's refusal) or Unreachable.

import { language } from "./i18n.js";
import { begin, current, end, keepDeviceToken, latest } from "./session.js";

const TIMEOUT_MS = 15_000;
const SERVER_FAULT = 500;
const SIGN_IN_NEEDED = 401;
const EARLY_MS = 30_000;
const STILL_RUNNING = "idempotency_key_in_use";

/** The server's refusal with its reason (RFC 9457). `errors` are {field, message} of a 422. */
export class Problem extends Error {
  constructor(status, { detail = "", code = "", errors = [] } = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }

  /** Whether it is unknown if the server did it: sending the same call again will tell. */
  get isUncertain() {
    return this.status >= SERVER_FAULT || this.code === STILL_RUNNING;
  }
}

/** No answer came in time; the server may have done what was asked all the same. */
export class Unreachable extends Error {
  constructor(timedOut) {
    super("no answer");
    this.timedOut = timedOut;
  }

  get isUncertain() {
    return true;
  }
}

export function get(path, query = {}, { signal } = {}) {
  const asked = Object.entries(query).filter(([, value]) => value !== "");
  const search = asked.length ? `?${new URLSearchParams(asked)}` : "";
  // Always ask: an unchanged answer costs the server a 304.
  return call(path + search, { cache: "no-cache", signal });
}

export function post(path, body, headers = {}) {
  return call(path, posted(body, headers));
}

/** Whether `error` says that the caller itself aborted the call. */
export function wasAborted(error) {
  return error.name === "AbortError";
}

/** Gives each call a signal that aborts the one before it: only the last question counts. */
export function lastOnly() {
  let controller = new AbortController();
  return () => {
    controller.abort();
    controller = new AbortController();
    return controller.signal;
  };
}

let renewing = null;

/** Call with the reader's token; once more with a new one if it turns out to have expired. */
async function call(path, options) {
  const token = await freshToken();
  try {
    return await send(path, options, token);
  } catch (error) {
    if (!token || error.status !== SIGN_IN_NEEDED) throw error;
    return send(path, options, await renewed(token));
  }
}

async function freshToken() {
  const session = current();
  if (!session) return null;
  const isFresh = session.until - Date.now() > EARLY_MS;
  return isFresh ? session.access_token : renewed(session.access_token);
}

/** A new token to replace `stale`; null when the session is over. */
function renewed(stale) {
  renewing ??= alone(() => renew(stale)).finally(() => (renewing = null));
  return renewing;
}

// A refresh token works once: one of several tabs uses it, and the others take over its result.
function alone(work) {
  return navigator.locks ? navigator.locks.request("bakureserve.refresh", work) : work();
}

async function renew(stale) {
  const session = latest();
  if (!session || session.access_token !== stale) return session?.access_token ?? null;
  try {
    const { refresh_token } = session;
    begin(await send("/v1/auth/refresh", posted({ refresh_token }), null));
    return current().access_token;
  } catch (error) {
    if (error.status !== SIGN_IN_NEEDED) throw error;
    end();
    return null;
  }
}

async function send(path, { headers = {}, signal, ...options }, token) {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const proof = token ? { Authorization: `Bearer ${token}` } : {};
  try {
    const response = await fetch(path, {
      ...options,
      headers: { "Accept-Language": language(), ...proof, ...headers },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    const text = await response.text();
    return answerOf(response, text);
  } catch (error) {
    if (error instanceof Problem || wasAborted(error)) throw error;
    throw new Unreachable(error.name === "TimeoutError");
  }
}

function posted(body, headers = {}) {
  const typed = body === undefined ? {} : { "Content-Type": "application/json" };
  return {
    method: "POST",
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: { ...typed, ...headers },
  };
}

function answerOf(response, text) {
  const isJson = /[/+]json/.test(response.headers.get("Content-Type") ?? "");
  const answer = isJson ? JSON.parse(text) : {};
  const device = response.headers.get("Device-Token");
  if (device) keepDeviceToken(device);
  if (response.ok) return answer;
  throw new Problem(response.status, answer);
}
