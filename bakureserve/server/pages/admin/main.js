// The reservations of one day, refreshed while the page is visible.

import { offerAccount } from "../shared/account.js";
import { get, lastOnly, post, wasAborted } from "../shared/api.js";
import { isDay, serviceDayOfAll } from "../shared/dates.js";
import { byId, h } from "../shared/dom.js";
import { addWords, offerLanguages, onLanguage, t, translatePage } from "../shared/i18n.js";
import { clearBanner, showFailure } from "../shared/notice.js";
import { restaurantOf } from "../shared/restaurants.js";
import { onSession } from "../shared/session.js";
import { askedDay, askedRestaurant } from "./address.js";
import { isActive, row } from "./rows.js";
import { WORDS } from "./words.js";

const REFRESH_MS = 15_000;
const USUAL_ZONE = "Asia/Baku";

const [chosen, date, banner] = [byId("restaurant"), byId("date"), byId("banner")];
const [status, list, rows] = [byId("status"), byId("list"), byId("rows")];
const nextSignal = lastOnly();
const details = new Map();
const underWay = new Set();
let shown = null;

addWords(WORDS);
translatePage();
offerLanguages(byId("language"));
offerAccount(byId("account"));
onLanguage(render);
onSession(startOver);

date.value = askedDay(location.search, serviceDayOfAll(USUAL_ZONE));
chosen.append(h("option", { value: "", "data-t": "all_restaurants" }, t("all_restaurants")));
chosen.addEventListener("change", startOver);
date.addEventListener("change", startOver);
document.addEventListener("visibilitychange", refreshIfVisible);
setInterval(refreshIfVisible, REFRESH_MS);
offerRestaurants();
startOver();

async function offerRestaurants() {
  try {
    const found = await get("/v1/restaurants");
    chosen.append(...found.map((each) => h("option", { value: each.id }, each.name)));
    choose(askedRestaurant(location.search, found));
  } catch (error) {
    showFailure(banner, error, offerRestaurants);
  }
}

function choose(restaurant) {
  if (!restaurant) return;
  chosen.value = restaurant.id;
  startOver();
}

function startOver() {
  shown = null;
  list.hidden = true;
  status.textContent = t("loading");
  refresh();
}

function refreshIfVisible() {
  if (document.visibilityState === "visible") refresh();
}

/** Ask for the list; what is on the page stays until there is a newer one. */
async function refresh() {
  if (!isDay(date.value)) return;
  const query = { restaurant_id: chosen.value, date: date.value };
  try {
    const reservations = await get("/v1/reservations", query, { signal: nextSignal() });
    await learnRestaurants(reservations);
    shown = { reservations, at: new Date() };
    clearBanner(banner);
    render();
  } catch (error) {
    if (wasAborted(error)) return;
    if (!shown) status.textContent = "";
    showFailure(banner, error, refresh);
  }
}

async function learnRestaurants(reservations) {
  await Promise.all(
    reservations.map(async (each) => details.set(each.restaurant_id, await restaurantOf(each))),
  );
}

function render() {
  if (!shown) return;
  const { reservations, at } = shown;
  const active = reservations.filter(isActive);
  const covers = active.reduce((sum, each) => sum + each.party_size, 0);
  const clock = at.toTimeString().slice(0, 5);
  const totals = t("totals", { parties: active.length, covers, clock });
  status.textContent = reservations.length ? totals : t("none");
  list.hidden = reservations.length === 0;
  keepingFocus(() => {
    rows.replaceChildren(
      ...reservations.map((each) => row(each, details.get(each.restaurant_id), act)),
    );
  });
}

/** Redraw without losing the keyboard focus. */
function keepingFocus(redraw) {
  const id = document.activeElement?.closest("[data-id]")?.dataset.id;
  const action = document.activeElement?.dataset.action;
  redraw();
  if (!id) return;
  const same = rows.querySelector(`[data-id="${CSS.escape(id)}"]`);
  (same?.querySelector(`[data-action="${action}"]`) ?? same?.querySelector("button"))?.focus();
}

async function act(reservation, action) {
  if (underWay.has(reservation.id)) return;
  underWay.add(reservation.id);
  try {
    await post(`/v1/reservations/${reservation.id}/${action}`);
    await refresh();
  } catch (error) {
    await refresh();
    showFailure(banner, error, () => act(reservation, action));
  } finally {
    underWay.delete(reservation.id);
  }
}
