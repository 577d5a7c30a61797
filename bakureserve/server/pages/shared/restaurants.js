// The restaurants that the pages need: each is fetched once, and cached as long as the page.

import { get } from "./api.js";
import { t } from "./i18n.js";

const GONE = 404;

const details = new Map();

/** A restaurant in full, by id or slug. After a failure the next call asks again. */
export function restaurant(name) {
  if (!details.has(name)) details.set(name, asked(name));
  return details.get(name);
}

/** The restaurant of a reservation; for a removed one a substitute without tables. */
export async function restaurantOf(reservation) {
  try {
    return await restaurant(reservation.restaurant_id);
  } catch (error) {
    if (error.status !== GONE) throw error;
    return { name: t("restaurant_gone"), timezone: "", areas: [] };
  }
}

async function asked(name) {
  try {
    const detail = await get(`/v1/restaurants/${encodeURIComponent(name)}`);
    details.set(detail.id, detail);
    return detail;
  } catch (error) {
    details.delete(name);
    throw error;
  }
}

/** The table with its area's name as `area`, or undefined when the restaurant no longer has it. */
export function tableOf(detail, tableId) {
  for (const area of detail.areas) {
    const table = area.tables.find((each) => each.id === tableId);
    if (table) return { ...table, area: area.name };
  }
  return undefined;
}
