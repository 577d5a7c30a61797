// The guest's own reservations: those to come, and the earlier ones folded away.

import { get, lastOnly, wasAborted } from "../shared/api.js";
import { byId, focusOn, h } from "../shared/dom.js";
import { t } from "../shared/i18n.js";
import { showFailure } from "../shared/notice.js";
import { restaurantOf } from "../shared/restaurants.js";
import { card, isOver } from "./card.js";

export class Mine {
  #status = byId("mine-status");
  #list = byId("mine-list");
  #banner = byId("banner");
  #signal = lastOnly();
  #reservations = null;
  #details = new Map();

  async load() {
    this.#reservations = null;
    this.#list.replaceChildren();
    this.#status.textContent = t("searching");
    focusOn(byId("mine-title"));
    try {
      const found = await get("/v1/reservations", {}, { signal: this.#signal() });
      await this.#learnRestaurants(found);
      this.#reservations = found;
      this.render();
    } catch (error) {
      if (wasAborted(error)) return;
      this.#status.textContent = "";
      showFailure(this.#banner, error, () => this.load());
    }
  }

  render() {
    if (!this.#reservations) return;
    this.#status.textContent = this.#reservations.length ? "" : t("none_mine");
    const upcoming = this.#reservations.filter((each) => !isOver(each));
    const earlier = this.#reservations.filter(isOver).reverse();
    this.#list.replaceChildren(
      ...(upcoming.length ? [h("h2", {}, t("upcoming")), this.#cards(upcoming)] : []),
      ...(earlier.length ? [this.#folded(earlier)] : []),
    );
  }

  async #learnRestaurants(reservations) {
    await Promise.all(
      reservations.map(async (each) =>
        this.#details.set(each.restaurant_id, await restaurantOf(each)),
      ),
    );
  }

  #cards(reservations) {
    return h(
      "ul",
      { class: "cards" },
      ...reservations.map((each) => h("li", { "data-id": each.id }, this.#card(each))),
    );
  }

  #folded(reservations) {
    const count = reservations.length;
    return h(
      "details",
      {},
      h("summary", {}, t("earlier", { count })),
      this.#cards(reservations),
    );
  }

  #card(reservation) {
    const detail = this.#details.get(reservation.restaurant_id);
    return card(reservation, detail, (changed) => this.#replace(changed));
  }

  #replace(changed) {
    this.#reservations = this.#reservations.map((each) => (each.id === changed.id ? changed : each));
    const item = this.#list.querySelector(`[data-id="${CSS.escape(changed.id)}"]`);
    item.replaceChildren(this.#card(changed));
    item.querySelector("button")?.focus();
    this.#status.textContent = t(changed.status);
  }
}
