// Shows what went wrong: at the field concerned, else in a banner.

import { Unreachable } from "./api.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";

const SIGN_IN_NEEDED = 401;

let askToSignIn = null;

/** Register `ask(done)`, called when the reader must sign in; it calls `done` when they have. */
export function onSignInNeeded(ask) {
  askToSignIn = ask;
}

/** Show `text` in a banner, with a button that tries again if `retry` is given. */
export function showBanner(banner, text, retry = null) {
  banner.replaceChildren(h("p", {}, text));
  if (retry) {
    const again = () => {
      clearBanner(banner);
      retry();
    };
    banner.append(h("button", { type: "button", onclick: again }, t("try_again")));
  }
  reveal(banner);
}

export function clearBanner(banner) {
  banner.replaceChildren();
  banner.hidden = true;
}

/** Show the message of a failed call; offer to try again only where it can help. */
export function showFailure(banner, error, retry = null) {
  if (error.status === SIGN_IN_NEEDED && askToSignIn) offerSignIn(banner, retry);
  else showBanner(banner, explanation(error), error.isUncertain ? retry : null);
}

/** The message for a failed call. Any other error is a bug and is thrown again. */
export function explanation(error) {
  if (error instanceof Unreachable) return t(error.timedOut ? "timed_out" : "unreachable");
  if (error.status === SIGN_IN_NEEDED) return t("sign_in_needed");
  if (error.status === undefined) throw error;
  return error.message || t("failed");
}

/**
 * Put each message of a 422 next to the control of `form` that has the field's name, and go to the
 * first. Returns the messages without such a control.
 */
export function showFieldErrors(form, errors) {
  const homeless = [];
  for (const { field, message } of errors) {
    const place = form.querySelector(`[data-error-for="${CSS.escape(field)}"]`);
    if (!place) {
      homeless.push(message);
      continue;
    }
    place.textContent = message;
    control(form, field)?.setAttribute("aria-invalid", "true");
  }
  form.querySelector("[aria-invalid]")?.focus();
  return homeless;
}

export function clearFieldErrors(form) {
  for (const place of form.querySelectorAll("[data-error-for]")) place.textContent = "";
  for (const each of form.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
}

function offerSignIn(banner, retry) {
  const signedIn = () => {
    clearBanner(banner);
    retry?.();
  };
  banner.replaceChildren(
    h("p", {}, t("sign_in_needed")),
    h("button", { type: "button", onclick: () => askToSignIn(signedIn) }, t("sign_in")),
  );
  reveal(banner);
}

function reveal(banner) {
  banner.hidden = false;
  banner.scrollIntoView({ block: "nearest" });
}

function control(form, field) {
  const named = form.elements.namedItem(field);
  return named instanceof RadioNodeList ? named[0] : named;
}
