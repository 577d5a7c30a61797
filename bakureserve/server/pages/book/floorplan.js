// The choice of a table: a list that works for everyone, and beside it a plan to point at.

import { byId, h, svg } from "../shared/dom.js";
import { t } from "../shared/i18n.js";

const SMALLEST = 7; // per cent of the canvas; anything smaller cannot be tapped
const MARGIN = 4;

export class TableChoice {
  #select = byId("table");
  #plan = byId("plan");
  #areas = [];
  #free = new Set();

  constructor() {
    this.#select.addEventListener("change", () => this.#markChosen());
  }

  /** The id of the table that was chosen, or "" for any. */
  get value() {
    return this.#select.value;
  }

  /** Start over with the floor plan of a restaurant. */
  open(areas) {
    this.#areas = areas;
    this.#select.replaceChildren();
  }

  /** Offer the free tables; a choice that is still free stays. */
  offer(freeIds) {
    this.#free = new Set(freeIds);
    this.render();
  }

  render() {
    const before = this.value;
    const groups = this.#areas.map((area) => this.#group(area)).filter((group) => group.firstChild);
    this.#select.replaceChildren(h("option", { value: "" }, t("any_table")), ...groups);
    this.#select.value = this.#free.has(before) ? before : "";
    const drawn = this.#areas.filter((area) => area.tables.length);
    this.#plan.replaceChildren(...drawn.map((area) => this.#drawing(area)));
    this.#markChosen();
  }

  #group(area) {
    const free = area.tables.filter((table) => this.#free.has(table.id));
    return h(
      "optgroup",
      { label: area.name },
      ...free.map((table) => h("option", { value: table.id }, t("table_option", table))),
    );
  }

  #drawing(area) {
    const landmarks = area.landmarks.filter((each) => each.position);
    return h(
      "figure",
      {},
      svg(
        "svg",
        { viewBox: viewOf([...landmarks, ...area.tables]) },
        ...landmarks.map(landmark),
        ...area.tables.map((table) => this.#table(table)),
      ),
      h("figcaption", { class: "quiet" }, area.name),
    );
  }

  #table(table) {
    const free = this.#free.has(table.id);
    const [x, y] = table.position;
    return svg(
      "g",
      {
        class: free ? "free" : "taken",
        "data-table": table.id,
        onclick: free ? () => this.#toggle(table.id) : null,
      },
      svg("title", {}, t("table_option", table)),
      outline(table),
      svg("text", { x, y }, String(table.capacity)),
    );
  }

  #toggle(id) {
    this.#select.value = this.value === id ? "" : id;
    this.#markChosen();
  }

  #markChosen() {
    for (const each of this.#plan.querySelectorAll("[data-table]")) {
      each.classList.toggle("chosen", each.dataset.table === this.value);
    }
  }
}

function outline(thing) {
  const points = cornersOf(thing);
  if (thing.shape !== "circle") return svg("polygon", { points: points.join(" ") });
  const [[left, right], [top, bottom]] = [0, 1].map((axis) => extentOf(points, axis));
  const [rx, ry] = [(right - left) / 2, (bottom - top) / 2];
  return svg("ellipse", { cx: left + rx, cy: top + ry, rx, ry });
}

function landmark(thing) {
  const [x, y] = thing.position;
  const label = svg("text", { x, y }, thing.label ?? "");
  return svg("g", { class: "landmark" }, outline(thing), label);
}

/** The footprint; one that is missing or too small to tap is drawn larger around its middle. */
function cornersOf({ position: [x, y], footprint }) {
  const corners = footprint?.length > 2 ? footprint : squareAround(x, y);
  const smaller = Math.min(
    ...[0, 1].map((axis) => extentOf(corners, axis)).map(([least, most]) => most - least),
  );
  const scale = Math.max(1, SMALLEST / (smaller || SMALLEST));
  return corners.map(([cx, cy]) => [x + (cx - x) * scale, y + (cy - y) * scale]);
}

function squareAround(x, y) {
  const half = SMALLEST / 2;
  return [
    [x - half, y - half],
    [x + half, y - half],
    [x + half, y + half],
    [x - half, y + half],
  ];
}

function extentOf(points, axis) {
  const along = points.map((point) => point[axis]);
  return [Math.min(...along), Math.max(...along)];
}

/** The part of the canvas that has something on it. */
function viewOf(things) {
  const points = things.flatMap(cornersOf);
  const [[left, right], [top, bottom]] = [0, 1].map((axis) => extentOf(points, axis));
  const [width, height] = [right - left, bottom - top].map((size) => size + 2 * MARGIN);
  return `${left - MARGIN} ${top - MARGIN} ${width} ${height}`;
}
