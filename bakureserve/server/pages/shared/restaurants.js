// What the pages know of restaurants: asked once each, and kept as long as the page.

import { get } from "./api.js";

const details = new Map();

/** A restaurant in full, by id or slug. A failed question is asked again the next time. */
export function restaurant(name) {
  if (!details.has(name)) details.set(name, asked(name));
  return details.get(name);
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

/** The table with its area's name as `area`, or undefined when the restaurant has it no more. */
export function tableOf(detail, tableId) {
  for (const area of detail.areas) {
    const table = area.tables.find((each) => each.id === tableId);
    if (table) return { ...table, area: area.name };
  }
  return undefined;
}
