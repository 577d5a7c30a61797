// The list of restaurants, searched while the guest types.

import { get, lastOnly, wasAborted } from "../shared/api.js";
import { byId, h } from "../shared/dom.js";
import { t } from "../shared/i18n.js";
import { clearBanner, showFailure } from "../shared/notice.js";

const TYPING_PAUSE_MS = 200;
const NO_BREAK = "\u00a0";

export class RestaurantList {
  #search = byId("search");
  #found = byId("found");
  #list = byId("restaurants");
  #banner = byId("banner");
  #signal = lastOnly();
  #pause;
  #shown = null;
  #onPick;

  /** `onPick(slug)` is called when a restaurant is chosen. */
  constructor(onPick) {
    this.#onPick = onPick;
    this.#search.addEventListener("input", () => {
      clearTimeout(this.#pause);
      this.#pause = setTimeout(() => this.load(), TYPING_PAUSE_MS);
    });
  }

  async load() {
    clearBanner(this.#banner);
    const text = this.#search.value.trim();
    if (!this.#shown) this.#found.textContent = t("searching");
    try {
      const restaurants = await get("/v1/restaurants", { q: text }, { signal: this.#signal() });
      this.#shown = { restaurants, text };
      this.render();
    } catch (error) {
      if (wasAborted(error)) return;
      this.#found.textContent = "";
      showFailure(this.#banner, error, () => this.load());
    }
  }

  render() {
    if (!this.#shown) return;
    const { restaurants, text } = this.#shown;
    this.#found.textContent = restaurants.length
      ? t("found", { count: restaurants.length })
      : t("none_found", { text });
    this.#list.replaceChildren(...restaurants.map((restaurant) => this.#item(restaurant)));
  }

  #item(restaurant) {
    const pick = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // another tab was asked for
      event.preventDefault();
      this.#onPick(restaurant.slug);
    };
    return h(
      "li",
      {},
      h(
        "a",
        { class: "restaurant", href: `/book/?restaurant=${encodeURIComponent(restaurant.slug)}`, onclick: pick },
        h("strong", {}, restaurant.name),
        h("span", { class: "quiet" }, facts(restaurant)),
        h("span", {}, restaurant.short_description),
      ),
    );
  }
}

/** Where it is, what it cooks and what it costs, on one line. */
export function facts(restaurant) {
  const price = restaurant.price_level.replaceAll(" ", NO_BREAK);
  return [restaurant.neighborhood, restaurant.cuisine.join(", "), price]
    .filter((each) => each)
    .join(" · ");
}
