// One reservation as a row, with the changes of status that are open to it.

import { clockOf } from "../shared/dates.js";
import { h } from "../shared/dom.js";
import { t } from "../shared/i18n.js";
import { tableOf } from "../shared/restaurants.js";

const ACTIONS = {
  booked: ["seat", "no-show", "cancel"],
  seated: ["complete", "undo"],
  completed: ["undo"],
  no_show: ["undo"],
  cancelled: ["confirm"],
};

/** Whether the party is still expected, or here. */
export function isActive(reservation) {
  return reservation.status === "booked" || reservation.status === "seated";
}

/** The row; `onAct(reservation, action)` is called for a button. */
export function row(reservation, detail, onAct) {
  return h(
    "tr",
    { "data-id": reservation.id, class: isActive(reservation) ? null : "over" },
    cell("time", `${clockOf(reservation.start)}–${clockOf(reservation.end)}`),
    cell("guest", reservation.guest_name),
    cell("phone", phoneLink(reservation.guest_phone)),
    cell("covers", String(reservation.party_size)),
    cell("table", tableOf(detail, reservation.table_id)?.name ?? t("no_table")),
    cell("restaurant", detail.name),
    cell("status", ...badges(reservation)),
    cell("actions", h("div", {}, ...buttons(reservation, onAct))),
  );
}

function cell(key, ...content) {
  return h("td", { class: key, "data-label": t(key) }, ...content);
}

function phoneLink(phone) {
  return phone ? h("a", { href: `tel:${phone.replace(/[^+\d]/g, "")}` }, phone) : null;
}

function badges({ status, needs_attention: needsAttention }) {
  const mark = h("span", { class: "badge attention" }, `⚠ ${t("needs_attention")}`);
  return [h("span", { class: `badge ${status}` }, t(status)), ...(needsAttention ? [" ", mark] : [])];
}

function buttons(reservation, onAct) {
  const button = (action) =>
    h(
      "button",
      {
        type: "button",
        "data-action": action,
        "aria-label": `${t(action)}: ${reservation.guest_name}`,
        onclick: () => onAct(reservation, action),
      },
      t(action),
    );
  return (ACTIONS[reservation.status] ?? []).map(button);
}
