// The times of a day as radio buttons, and other days for a day without free times.

import { byId, h } from "../shared/dom.js";
import { clockOf, dayOf, longDay, shortDay } from "../shared/dates.js";
import { language, t } from "../shared/i18n.js";

export class Times {
  #status = byId("times-status");
  #times = byId("times");
  #days = byId("next-days");
  #onPick;
  #onDay;

  /** `onPick(slot)` is called for a chosen time, `onDay(day)` for another day. */
  constructor(onPick, onDay) {
    this.#onPick = onPick;
    this.#onDay = onDay;
  }

  say(text) {
    this.#status.textContent = text;
  }

  clear() {
    this.#times.replaceChildren();
    this.#days.replaceChildren();
  }

  /** Show the slots of a day, the one that starts at `chosen` picked. */
  show(day, slots, chosen) {
    const free = slots.filter((slot) => slot.count).length;
    const key = free ? "times_found" : slots.length ? "day_full" : "day_empty";
    this.say(t(key, { day: longDay(day, language()), free, full: slots.length - free }));
    this.#times.replaceChildren(...slots.map((slot) => this.#time(day, slot, chosen)));
    this.#days.replaceChildren();
  }

  /** Offer other days: `found` are {day, from}, `from` being the first free time. */
  offerDays(found) {
    const buttons = found.map(({ day, from }) =>
      h(
        "button",
        { type: "button", class: "chip", onclick: () => this.#onDay(day) },
        shortDay(day, language()),
        h("small", {}, clockOf(from)),
      ),
    );
    const words = t(found.length ? "next_days" : "no_next_days");
    this.#days.replaceChildren(h("p", { role: "status" }, words), ...buttons);
  }

  #time(day, slot, chosen) {
    const input = h("input", {
      type: "radio",
      name: "start",
      value: slot.start,
      disabled: slot.count === 0,
      onchange: () => this.#onPick(slot),
    });
    input.checked = slot.start === chosen;
    return h(
      "label",
      { class: "chip" },
      input,
      h("span", {}, clockOf(slot.start)),
      h("small", {}, remark(day, slot)),
    );
  }
}

function remark(day, slot) {
  if (slot.count === 0) return t("full");
  // A service that runs past midnight offers times of the next date.
  return dayOf(slot.start) === day ? "" : shortDay(dayOf(slot.start), language());
}
