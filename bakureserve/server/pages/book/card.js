// A reservation as its guest sees it, with what they can do about it.

import { post } from "../shared/api.js";
import { clockOf, dayOf, longDay } from "../shared/dates.js";
import { h } from "../shared/dom.js";
import { language, t } from "../shared/i18n.js";
import { showFailure } from "../shared/notice.js";
import { tableOf } from "../shared/restaurants.js";

const ACTIONS = {
  booked: { path: "cancel", label: "cancel" },
  cancelled: { path: "confirm", label: "book_again" },
};

/** Whether the party's time at the table is over. */
export function isOver(reservation) {
  return Date.parse(reservation.end) <= Date.now();
}

/** The card; `onChange(reservation)` is called with the changed reservation. */
export function card(reservation, detail, onChange) {
  const action = isOver(reservation) ? undefined : ACTIONS[reservation.status];
  return h(
    "article",
    { class: "card" },
    h("p", { class: `badge ${reservation.status}` }, t(reservation.status)),
    h("h2", {}, detail.name),
    h("p", { class: "when" }, when(reservation)),
    h(
      "dl",
      {},
      ...fact("guests", String(reservation.party_size)),
      ...fact("table", tableName(reservation, detail)),
      ...fact("name", reservation.guest_name),
    ),
    detail.timezone ? h("p", { class: "quiet" }, t("local_time", { zone: detail.timezone })) : null,
    action ? actionButton(reservation, action, onChange) : null,
  );
}

function when({ start, end }) {
  return `${longDay(dayOf(start), language())}, ${clockOf(start)}–${clockOf(end)}`;
}

function tableName(reservation, detail) {
  const table = tableOf(detail, reservation.table_id);
  return table ? `${table.name}, ${table.area}` : t("no_table");
}

function fact(key, text) {
  return [h("dt", {}, t(key)), h("dd", {}, text)];
}

function actionButton(reservation, { path, label }, onChange) {
  const banner = h("div", { class: "banner", role: "alert", hidden: true });
  const button = h("button", { type: "button", onclick: act }, t(label));
  async function act() {
    button.disabled = true;
    try {
      onChange(await post(`/v1/reservations/${reservation.id}/${path}`));
    } catch (error) {
      showFailure(banner, error, act);
    } finally {
      button.disabled = false;
    }
  }
  return h("div", {}, banner, button);
}
