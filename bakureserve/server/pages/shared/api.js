// Calls to the server. They end in an answer, a Problem it explained, or Unreachable.

import { language } from "./i18n.js";

const TIMEOUT_MS = 15_000;
const SERVER_FAULT = 500;
const STILL_RUNNING = "idempotency_key_in_use";

/** The server refused, and said why (RFC 9457). `errors` are {field, message} of a 422. */
export class Problem extends Error {
  constructor(status, { detail = "", code = "", errors = [] } = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }

  /** Whether it may or may not have been done: the same call again will tell. */
  get isUncertain() {
    return this.status >= SERVER_FAULT || this.code === STILL_RUNNING;
  }
}

/** No answer came, or none in time; the server may have done what was asked all the same. */
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
  const typed = body === undefined ? {} : { "Content-Type": "application/json" };
  return call(path, {
    method: "POST",
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: { ...typed, ...headers },
  });
}

/** Whether `error` says that the caller itself gave the call up. */
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

async function call(path, { headers = {}, signal, ...options }) {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(path, {
      ...options,
      headers: { "Accept-Language": language(), ...headers },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    const text = await response.text();
    return answerOf(response, text);
  } catch (error) {
    if (error instanceof Problem || wasAborted(error)) throw error;
    throw new Unreachable(error.name === "TimeoutError");
  }
}

function answerOf(response, text) {
  const isJson = /[/+]json/.test(response.headers.get("Content-Type") ?? "");
  const answer = isJson ? JSON.parse(text) : {};
  if (response.ok) return answer;
  throw new Problem(response.status, answer);
}
