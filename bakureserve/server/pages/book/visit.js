// A visit to one restaurant: date, party, time, table and guest, and the booking of it.

import { get, lastOnly, post, wasAborted } from "../shared/api.js";
import { byId, focusOn, h } from "../shared/dom.js";
import { addDays, clockOf, dayOf, isDay, longDay, serviceDay } from "../shared/dates.js";
import { language, t } from "../shared/i18n.js";
import {
  clearBanner,
  clearFieldErrors,
  explanation,
  showBanner,
  showFailure,
  showFieldErrors,
} from "../shared/notice.js";
import { restaurant } from "../shared/restaurants.js";
import { attemptSucceeded, keyFor } from "./attempt.js";
import { TableChoice } from "./floorplan.js";
import { Times } from "./times.js";
import { facts } from "./restaurant_list.js";

const DAYS_AHEAD = 7;
const DAYS_OFFERED = 4;
const USUAL_PARTY = 2;
const CONFLICT = 409;

export class Visit {
  #form = byId("booking");
  #date = byId("date");
  #party = byId("party");
  #details = byId("details");
  #submit = byId("submit");
  #banner = byId("banner");
  #bookingBanner = byId("booking-banner");
  #times = new Times((slot) => this.#pick(slot), (day) => this.#goTo(day));
  #tables = new TableChoice();
  #signal = lastOnly();
  #detail = null;
  #slots = [];
  #slot = null;
  #otherDays = null;
  #onChange;
  #onBooked;

  /**
   * `onChange({restaurant, date, party})` tells what is being looked at, `onBooked(reservation)`
   * that a table was booked.
   */
  constructor(onChange, onBooked) {
    this.#onChange = onChange;
    this.#onBooked = onBooked;
    this.#date.addEventListener("change", () => this.#look());
    this.#party.addEventListener("change", () => this.#look());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#book();
    });
  }

  /**
   * Show a restaurant, by slug or id. What is not said is kept from the visit before; a date or
   * party that cannot be is replaced.
   */
  async open(slug, { date = this.#date.value, party = this.#party.value } = {}) {
    this.#close();
    const signal = this.#signal();
    try {
      const detail = await restaurant(slug);
      const plan = await get(`/v1/restaurants/${detail.id}/floorplan`, {}, { signal });
      this.#detail = detail;
      this.#tables.open(plan.areas);
    } catch (error) {
      if (wasAborted(error)) return;
      showFailure(this.#banner, error, () => this.open(slug, { date, party }));
      return;
    }
    this.#offerDates(date);
    this.#offerParties(party);
    this.render();
    focusOn(byId("visit-title"));
    await this.#look();
  }

  /** Redraw everything in the present language. */
  render() {
    if (!this.#detail) return;
    byId("visit-title").textContent = this.#detail.name;
    byId("visit-facts").textContent = [facts(this.#detail), this.#detail.address].join(" · ");
    byId("visit-about").textContent = this.#detail.short_description;
    byId("zone").textContent = t("local_time", { zone: this.#detail.timezone });
    clearFieldErrors(this.#form);
    this.#renderTimes();
    this.#renderDetails();
  }

  #close() {
    this.#detail = null;
    this.#slots = [];
    this.#slot = null;
    this.#otherDays = null;
    this.#details.hidden = true;
    this.#times.clear();
    this.#times.say("");
    for (const id of ["visit-title", "visit-facts", "visit-about", "zone"]) byId(id).textContent = "";
    clearBanner(this.#banner);
    clearBanner(this.#bookingBanner);
  }

  #offerDates(wanted) {
    const today = serviceDay(this.#detail.timezone, this.#detail.opening_hours);
    this.#date.min = today;
    this.#date.max = addDays(today, this.#detail.booking.horizon_days);
    this.#date.value = isDay(wanted) && this.#isOffered(wanted) ? wanted : today;
  }

  #offerParties(wanted) {
    const { smallest_party: smallest, largest_party: largest } = this.#detail.booking;
    const sizes = Array.from({ length: Math.max(0, largest - smallest + 1) }, (_, index) =>
      String(smallest + index),
    );
    this.#party.replaceChildren(...sizes.map((size) => h("option", { value: size }, size)));
    const usual = String(Math.min(Math.max(USUAL_PARTY, smallest), largest));
    this.#party.value = sizes.includes(wanted) ? wanted : usual;
  }

  #isOffered(day) {
    return this.#date.min <= day && day <= this.#date.max;
  }

  #goTo(day) {
    this.#date.value = day;
    this.#date.focus();
    this.#look();
  }

  /** Ask for the times of the date and party, and keep the time that was picked if it is free. */
  async #look() {
    clearFieldErrors(this.#form);
    clearBanner(this.#banner);
    this.#otherDays = null;
    const [day, signal] = [this.#date.value, this.#signal()];
    if (!isDay(day) || !this.#isOffered(day)) {
      this.#refuseDate();
      return;
    }
    this.#onChange({ restaurant: this.#detail.slug, date: day, party: this.#party.value });
    this.#times.say(t("looking"));
    try {
      this.#slots = await this.#slotsOn(day, signal);
      this.#settle();
      if (!this.#slots.some((slot) => slot.count)) await this.#findOtherDays(day, signal);
    } catch (error) {
      if (!wasAborted(error)) this.#lookFailed(error);
    }
  }

  async #slotsOn(day, signal) {
    const query = { date: day, party_size: this.#party.value };
    const path = `/v1/restaurants/${this.#detail.id}/availability`;
    return (await get(path, query, { signal })).slots;
  }

  async #findOtherDays(day, signal) {
    const days = Array.from({ length: DAYS_AHEAD }, (_, index) => addDays(day, index + 1));
    const asked = days
      .filter((each) => this.#isOffered(each))
      .map(async (each) => {
        const free = (await this.#slotsOn(each, signal)).find((slot) => slot.count);
        return free && { day: each, from: free.start };
      });
    const found = (await Promise.all(asked)).filter((each) => each);
    this.#otherDays = found.slice(0, DAYS_OFFERED);
    this.#times.offerDays(this.#otherDays);
  }

  #refuseDate() {
    const [from, to] = [this.#date.min, this.#date.max].map((each) => longDay(each, language()));
    showFieldErrors(this.#form, [{ field: "date", message: t("date_range", { from, to }) }]);
    this.#forgetTimes();
  }

  #lookFailed(error) {
    this.#forgetTimes();
    const homeless = showFieldErrors(this.#form, error.errors ?? []);
    if (error.errors?.length && !homeless.length) return;
    showFailure(this.#banner, error, () => this.#look());
  }

  #forgetTimes() {
    this.#slots = [];
    this.#slot = null;
    this.#details.hidden = true;
    this.#times.clear();
    this.#times.say("");
  }

  #settle() {
    const still = this.#slots.find((slot) => slot.start === this.#slot?.start && slot.count);
    this.#slot = still ?? null;
    this.#renderTimes();
    this.#renderDetails();
  }

  #pick(slot) {
    this.#slot = slot;
    clearBanner(this.#bookingBanner);
    this.#renderDetails();
  }

  #renderTimes() {
    this.#times.show(this.#date.value, this.#slots, this.#slot?.start);
    if (this.#otherDays) this.#times.offerDays(this.#otherDays);
  }

  #renderDetails() {
    this.#details.hidden = !this.#slot;
    if (!this.#slot) return;
    this.#tables.offer(this.#slot.available_table_ids);
    const { start, end } = this.#slot;
    byId("summary").textContent = [
      this.#detail.name,
      longDay(dayOf(start), language()),
      `${clockOf(start)}–${clockOf(end)}`,
      `${t("guests")}: ${this.#party.value}`,
    ].join(" · ");
  }

  async #book() {
    if (!this.#slot || this.#submit.disabled) return;
    clearFieldErrors(this.#form);
    clearBanner(this.#bookingBanner);
    this.#setBusy(true);
    try {
      const body = this.#asked();
      const reservation = await post("/v1/reservations", body, { "Idempotency-Key": keyFor(body) });
      attemptSucceeded();
      this.#onBooked(reservation);
    } catch (error) {
      await this.#bookingFailed(error);
    } finally {
      this.#setBusy(false);
    }
  }

  #asked() {
    const { guest_name, guest_phone } = this.#form.elements;
    return {
      restaurant_id: this.#detail.id,
      party_size: Number(this.#party.value),
      start: this.#slot.start,
      guest_name: guest_name.value,
      guest_phone: guest_phone.value.trim() || null,
      table_id: this.#tables.value || null,
    };
  }

  async #bookingFailed(error) {
    if (error.isUncertain) {
      showBanner(this.#bookingBanner, t("booking_uncertain"), () => this.#book());
      return;
    }
    if (error.status === CONFLICT) {
      await this.#look();
      const place = this.#slot ? this.#bookingBanner : this.#banner;
      showBanner(place, t("taken_meanwhile", { detail: explanation(error) }));
      return;
    }
    const homeless = showFieldErrors(this.#form, error.errors ?? []);
    if (error.errors?.length && !homeless.length) return;
    showFailure(this.#bookingBanner, error, () => this.#book());
  }

  #setBusy(busy) {
    this.#submit.disabled = busy;
    this.#submit.textContent = t(busy ? "booking" : "book");
  }
}
