// The parameters in the page's address: `?restaurant=das-nerdivan&date=2026-12-04`.

import { isDay } from "../shared/dates.js";

/** The day that the address names; `otherwise` where it names none. */
export function askedDay(search, otherwise) {
  const named = new URLSearchParams(search).get("date") ?? "";
  return isDay(named) ? named : otherwise;
}

/** The restaurant that the address names by its slug, if it is one of these. */
export function askedRestaurant(search, restaurants) {
  const slug = new URLSearchParams(search).get("restaurant");
  return restaurants.find((each) => each.slug === slug);
}
