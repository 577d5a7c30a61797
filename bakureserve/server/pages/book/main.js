// The booking page: which view is shown, and the address that leads back to it.

import { offerAccount } from "../shared/account.js";
import { byId, focusOn } from "../shared/dom.js";
import { addWords, offerLanguages, onLanguage, translatePage } from "../shared/i18n.js";
import { clearBanner } from "../shared/notice.js";
import { openLink } from "../shared/proof.js";
import { onSession } from "../shared/session.js";
import { Confirmation } from "./confirmation.js";
import { Mine } from "./mine.js";
import { RestaurantList } from "./restaurant_list.js";
import { Visit } from "./visit.js";
import { WORDS } from "./words.js";

const PARTS = ["choose", "visit", "done", "mine"];

addWords(WORDS);
translatePage();
offerLanguages(byId("language"));
offerAccount(byId("account"));
openLink();
window.addEventListener("hashchange", openLink);

const restaurants = new RestaurantList((slug) => showVisit(slug));
const visit = new Visit(setAddress, showConfirmation);
const confirmation = new Confirmation();
const mine = new Mine();

onLanguage(() => {
  clearBanner(byId("banner"));
  for (const part of [restaurants, visit, confirmation, mine]) part.render();
});
onSession(() => {
  if (!byId("mine").hidden) mine.load();
});
byId("to-book").addEventListener("click", startOver);
byId("to-mine").addEventListener("click", showMine);
byId("other").addEventListener("click", startOver);
byId("another").addEventListener("click", startOver);

const asked = new URLSearchParams(location.search);
if (asked.get("view") === "mine") showMine();
else if (asked.has("restaurant") || asked.has("rid")) {
  // Links of the old pages say rid.
  showVisit(asked.get("restaurant") ?? asked.get("rid"), { date: asked.get("date"), party: asked.get("party") });
} else showChoice();

function showChoice() {
  show("choose");
  setAddress({});
  restaurants.load();
}

function startOver() {
  showChoice();
  focusOn(byId("choose-title"));
}

function showVisit(slug, wanted) {
  show("visit");
  visit.open(slug, wanted);
}

function showConfirmation(reservation) {
  show("done");
  setAddress({});
  confirmation.show(reservation);
}

function showMine() {
  show("mine");
  setAddress({ view: "mine" });
  mine.load();
}

function show(wanted) {
  clearBanner(byId("banner"));
  for (const part of PARTS) byId(part).hidden = part !== wanted;
  byId("to-mine").setAttribute("aria-current", wanted === "mine" ? "page" : "false");
  byId("to-book").setAttribute("aria-current", wanted === "mine" ? "false" : "page");
}

function setAddress(parts) {
  const search = new URLSearchParams(parts).toString();
  history.replaceState(null, "", search ? `?${search}` : location.pathname);
}
