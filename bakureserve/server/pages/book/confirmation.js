// What the guest sees once a table is booked.

import { byId, focusOn } from "../shared/dom.js";
import { t } from "../shared/i18n.js";
import { restaurant } from "../shared/restaurants.js";
import { card } from "./card.js";

export class Confirmation {
  #title = byId("done-title");
  #place = byId("done-card");
  #shown = null;

  async show(reservation) {
    this.#shown = { reservation, detail: await restaurant(reservation.restaurant_id) };
    this.render();
    focusOn(this.#title);
  }

  render() {
    if (!this.#shown) return;
    const { reservation, detail } = this.#shown;
    this.#title.textContent = t(reservation.status === "cancelled" ? "was_cancelled" : "done");
    this.#place.replaceChildren(card(reservation, detail, (changed) => this.show(changed)));
  }
}
