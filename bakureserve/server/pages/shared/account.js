// Signing in, opening an account, and signing out, on every page.

import { post } from "./api.js";
import { h } from "./dom.js";
import { onLanguage, t } from "./i18n.js";
import {
  clearBanner,
  clearFieldErrors,
  explanation,
  onSignInNeeded,
  showBanner,
  showFieldErrors,
} from "./notice.js";
import { askForPassword, tellOfLetter } from "./proof.js";
import { begin, current, deviceToken, end, onSession } from "./session.js";

const REFUSED = 401;
const FIELDS = [
  { name: "name", words: "your_name", type: "text", autocomplete: "name", isNew: true },
  { name: "email", words: "email", type: "email", autocomplete: "username" },
  { name: "phone", words: "phone", type: "tel", autocomplete: "tel", isNew: true },
  { name: "password", words: "password", type: "password", autocomplete: "current-password" },
];

/** Make `button` sign in and out, and offer signing in wherever a call needs it. */
export function offerAccount(button) {
  const show = () => {
    const session = current();
    button.textContent = t(session ? "sign_out" : "sign_in");
    button.title = session ? `${session.user.name} · ${session.user.email}` : "";
  };
  button.addEventListener("click", () => (current() ? signOut() : new Door(() => {})));
  onSignInNeeded((done) => new Door(done));
  onSession(show);
  onLanguage(show);
  show();
}

async function signOut() {
  try {
    await post("/v1/auth/logout");
  } catch {
    // This browser forgets the session anyway.
  } finally {
    end();
  }
}

/** A dialog for signing in. It calls `done` once the reader has signed in. */
class Door {
  #done;
  #isNew = false;
  #banner = h("div", { class: "banner", role: "alert", hidden: true });
  #form = h("form", { novalidate: true, onsubmit: (event) => this.#submit(event) });
  #dialog = h("dialog", { "aria-labelledby": "door-title" }, this.#form);

  constructor(done) {
    this.#done = done;
    this.#render();
    this.#dialog.addEventListener("close", () => this.#dialog.remove());
    document.body.append(this.#dialog);
    this.#dialog.showModal();
  }

  #render() {
    const typed = Object.fromEntries(new FormData(this.#form));
    const shown = FIELDS.filter((field) => this.#isNew || !field.isNew);
    this.#form.replaceChildren(
      h("h2", { id: "door-title" }, this.#title()),
      this.#banner,
      ...shown.map((field) => this.#field(field, typed[field.name])),
      h("button", { type: "submit", class: "main-action" }, this.#title()),
      h(
        "div",
        { class: "row" },
        this.#link(this.#isNew ? "sign_in_instead" : "sign_up_instead", () => this.#turn()),
        this.#isNew ? null : this.#link("forgot_password", () => this.#forgot()),
        this.#link("close", () => this.#dialog.close()),
      ),
    );
  }

  #field({ name, words, type, autocomplete }, value = "") {
    const id = `door-${name}`;
    const isNewPassword = this.#isNew && name === "password";
    return h(
      "div",
      { class: "field" },
      h("label", { for: id }, t(words)),
      h("input", {
        id,
        name,
        type,
        value,
        autocomplete: isNewPassword ? "new-password" : autocomplete,
        "aria-describedby": `${id}-error`,
      }),
      isNewPassword ? h("p", { class: "quiet" }, t("password_hint")) : null,
      h("p", { class: "error", id: `${id}-error`, "data-error-for": name }),
    );
  }

  #link(words, onclick) {
    return h("button", { type: "button", class: "link", onclick }, t(words));
  }

  #forgot() {
    const { email } = Object.fromEntries(new FormData(this.#form));
    this.#dialog.close();
    askForPassword(email);
  }

  #title() {
    return t(this.#isNew ? "sign_up" : "sign_in");
  }

  #turn() {
    this.#isNew = !this.#isNew;
    clearBanner(this.#banner);
    this.#render();
    this.#form.querySelector("input").focus();
  }

  async #submit(event) {
    event.preventDefault();
    const button = this.#form.querySelector("[type=submit]");
    if (button.disabled) return;
    clearBanner(this.#banner);
    clearFieldErrors(this.#form);
    button.disabled = true;
    button.textContent = t("signing_in");
    try {
      const said = Object.fromEntries(new FormData(this.#form));
      begin(
        this.#isNew
          ? await post("/v1/auth/signup", said)
          : await post("/v1/auth/login", { ...said, device_token: deviceToken() }),
      );
      this.#dialog.close();
      if (this.#isNew) tellOfLetter();
      this.#done();
    } catch (error) {
      this.#failed(error);
    } finally {
      button.disabled = false;
      button.textContent = this.#title();
    }
  }

  #failed(error) {
    const homeless = showFieldErrors(this.#form, error.errors ?? []);
    if (error.errors?.length && !homeless.length) return;
    // Here a 401 says what was wrong, not that the reader must sign in.
    showBanner(this.#banner, error.status === REFUSED ? error.message : explanation(error));
  }
}
