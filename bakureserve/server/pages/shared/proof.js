// Links from e-mail, lost passwords, and the message after signing up.

import { get, post } from "./api.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { clearBanner, clearFieldErrors, showBanner, showFailure, showFieldErrors } from "./notice.js";

const LINK = /^#(verify|reset)=(.+)$/;
const REFUSED = "link_refused";
const TITLES = { verify: "verify_title", reset: "reset_title" };
// The message, by how the server sends e-mail.
const SIGNED_UP = { mail: "letter_by_mail", files: "letter_in_file", none: "letter_never" };
const FORGOTTEN = { mail: "forgot_hint", files: "forgot_in_file", none: "forgot_never" };

/** Act on the link that led here, and remove its token from the address at once. */
export function openLink() {
  const [, purpose, token] = LINK.exec(location.hash) ?? [];
  if (!purpose) return;
  history.replaceState(null, "", location.pathname + location.search);
  const isReset = purpose === "reset";
  new Question(TITLES[purpose], {
    fields: isReset ? [{ name: "password", words: "new_password", type: "password" }] : [],
    hint: isReset ? "password_hint" : "verify_hint",
    action: isReset ? "set_password" : "verify_action",
    done: isReset ? "password_set" : "verified",
    ask: (said) => post(`/v1/auth/${isReset ? "password/reset" : "verify"}`, { token, ...said }),
    again: isReset ? () => askForPassword() : askForLetter,
  });
}

/** Request another e-mail that verifies the reader's address. */
function askForLetter() {
  new Question("letter_title", {
    action: "letter_again",
    ask: async () => {
      await post("/v1/auth/verify/request");
      return letterHint(SIGNED_UP);
    },
  });
}

/** Request an e-mail for a forgotten password. */
export function askForPassword(email) {
  new Question("forgot_password", {
    fields: [{ name: "email", words: "email", type: "email", value: email }],
    hint: "forgot_hint",
    action: "send_letter",
    ask: async (said) => {
      await post("/v1/auth/password/forgot", said);
      return letterHint(FORGOTTEN);
    },
  });
}

/** Say after a sign-up that an e-mail is on its way, or what a server without mail offers. */
export async function tellOfLetter() {
  const text = await letterHint(SIGNED_UP);
  if (text) new Question("letter_title", { text });
}

/** How the e-mail goes out; empty when the server does not answer. */
async function letterHint(words) {
  try {
    const { letters } = await get("/v1/config/features");
    return t(words[letters]);
  } catch {
    return "";
  }
}

/** A dialog with a few fields; it submits them and shows the result. */
class Question {
  #asked;
  #banner = h("div", { class: "banner", role: "alert", hidden: true });
  #form = h("form", { novalidate: true, onsubmit: (event) => this.#submit(event) });
  #dialog = h("dialog", { "aria-labelledby": "question-title" }, this.#form);

  constructor(title, asked) {
    this.#asked = asked;
    const { fields = [], hint, action, text } = asked;
    this.#form.append(
      h("h2", { id: "question-title" }, t(title)),
      this.#banner,
      ...fields.map((each) => this.#field(each)),
      ...(hint ? [h("p", { class: "quiet" }, t(hint))] : []),
      ...(text ? [h("p", { role: "status" }, text)] : []),
      ...(action ? [h("button", { type: "submit", class: "main-action" }, t(action))] : []),
      this.#close(),
    );
    this.#dialog.addEventListener("close", () => this.#dialog.remove());
    document.body.append(this.#dialog);
    this.#dialog.showModal();
  }

  #field({ name, words, type, value = "" }) {
    const id = `question-${name}`;
    const autocomplete = type === "password" ? "new-password" : "username";
    const described = { "aria-describedby": `${id}-error` };
    return h(
      "div",
      { class: "field" },
      h("label", { for: id }, t(words)),
      h("input", { id, name, type, value, autocomplete, ...described }),
      h("p", { class: "error", id: `${id}-error`, "data-error-for": name }),
    );
  }

  #close() {
    const onclick = () => this.#dialog.close();
    return h("button", { type: "button", class: "link", onclick }, t("close"));
  }

  async #submit(event) {
    event.preventDefault();
    const button = this.#form.querySelector("[type=submit]");
    if (!button || button.disabled) return;
    clearBanner(this.#banner);
    clearFieldErrors(this.#form);
    button.disabled = true;
    try {
      const told = await this.#asked.ask(Object.fromEntries(new FormData(this.#form)));
      const text = this.#asked.done ? t(this.#asked.done) : told;
      this.#form.replaceChildren(h("p", { role: "status" }, text), this.#close());
    } catch (error) {
      this.#failed(error);
    } finally {
      button.disabled = false;
    }
  }

  #failed(error) {
    const homeless = showFieldErrors(this.#form, error.errors ?? []);
    if (homeless.length) showBanner(this.#banner, homeless.join(" "));
    else if (!error.errors?.length) showFailure(this.#banner, error, () => this.#form.requestSubmit());
    if (error.code === REFUSED) this.#offerAnother();
  }

  #offerAnother() {
    const onclick = () => {
      this.#dialog.close();
      this.#asked.again();
    };
    this.#banner.append(h("button", { type: "button", onclick }, t("letter_again")));
  }
}
