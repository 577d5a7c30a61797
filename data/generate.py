"""Write restaurants.json, the sample data, from venues.toml: `python data/generate.py`.

The same words give the same file: every restaurant's plan and place come from a generator seeded
with its own slug, so that a change to one leaves the others as they are.
"""

from __future__ import annotations

import json
import random
import tomllib
import uuid
from pathlib import Path
from typing import Any

from districts import DISTRICTS, Place, in_the_bay, place_in
from floor_plans import floor_plan
from service import booking, opening_hours

from bakureserve.domain.restaurants.document import (
    NAMESPACE,
    document_from_restaurant,
    restaurant_from_document,
    slug_from_name,
)

HERE = Path(__file__).parent
SEED = "baku-reserve/1"
LINE = 100
ABOUT = (
    "Sample data: every restaurant here is invented, and so are its address, dishes and prices. "
    "The telephone numbers follow the pattern +994 12 555 01 NN and belong to nobody; "
    "web addresses lie under the reserved domain .example. Made by data/generate.py."
)


def main() -> None:
    (HERE / "restaurants.json").write_text(sample_file(), encoding="utf-8")


def sample_file() -> str:
    """The whole file's text."""
    entries = tomllib.loads((HERE / "venues.toml").read_text(encoding="utf-8"))["venue"]
    taken: list[Place] = []
    venues = [_document(number, entry, taken) for number, entry in enumerate(entries, 1)]
    return _pretty({"about": ABOUT, "format": 1, "venues": venues}) + "\n"


def _document(number: int, entry: dict[str, Any], taken: list[Place]) -> dict[str, Any]:
    slug = entry["slug"]
    rng = random.Random(f"{SEED}/{slug}")
    district = DISTRICTS[entry["district"]]
    place = place_in(district, taken, rng)
    if in_the_bay(place):
        raise ValueError(f"{slug} would lie in the bay: {place}")
    taken.append(place)
    policy = booking(entry["booking"])
    largest = policy.get("max_party", policy["turn_times"][-1]["up_to"])
    areas = floor_plan(_rooms(entry), largest=largest, view=district.view, rng=rng)
    return _checked(
        {
            **_directory_fields(number, entry),
            "latitude": place[0],
            "longitude": place[1],
            "areas": areas,
            "opening_hours": opening_hours(entry["hours"], entry["special"]),
            "booking": policy,
        }
    )


def _directory_fields(number: int, entry: dict[str, Any]) -> dict[str, Any]:
    slug, (least, most) = entry["slug"], entry["spend"]
    return {
        "id": str(uuid.uuid5(NAMESPACE, slug)),
        "slug": slug,
        "name": entry["name"],
        "timezone": "Asia/Baku",
        "city": "Xırdalan" if entry["district"] == "Xırdalan" else "Baku",
        "neighborhood": entry["district"],
        "address": entry["address"],
        "short_description": entry["about"],
        "cuisine": entry["cuisine"],
        "tags": entry["tags"],
        "price_level": f"AZN {entry['price']}/4",
        "average_spend": f"AZN {least}–{most} per guest",
        "highlights": entry["highlights"],
        "experiences": entry["experiences"],
        "phone": f"+994 12 555 01 {number:02}",
        "menu_url": f"https://{slug}.example/menu",
        "dress_code": entry["dress"],
    }


def _rooms(entry: dict[str, Any]) -> list[tuple[str, str, str]]:
    pairs = [room.split(": ") for room in entry["areas"]]
    return [(slug_from_name(name), kind, name) for kind, name in pairs]


def _checked(document: dict[str, Any]) -> dict[str, Any]:
    """The document in full and in its usual order, as an export would write it."""
    restaurant, assumptions = restaurant_from_document(document)
    if assumptions:
        raise ValueError(f"{restaurant.slug} leaves something to be assumed: {assumptions}")
    return document_from_restaurant(restaurant)


def _pretty(value: Any, indent: str = "", ahead: int = 0) -> str:
    """JSON in which whatever is short, and every table and landmark, takes one line."""
    line = json.dumps(_whole(value), ensure_ascii=False)
    short = len(indent) + ahead + len(line) < LINE
    if not isinstance(value, dict | list) or short or "footprint" in value:
        return line
    deeper = indent + "  "
    if isinstance(value, list):
        parts = [deeper + _pretty(item, deeper) for item in value]
        return "[\n" + ",\n".join(parts) + f"\n{indent}]"
    keys = {name: f"{json.dumps(name)}: " for name in value}
    parts = [deeper + key + _pretty(value[name], deeper, len(key)) for name, key in keys.items()]
    return "{\n" + ",\n".join(parts) + f"\n{indent}}}"


def _whole(value: Any) -> Any:
    """Numbers without the ".0" that says nothing."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {name: _whole(item) for name, item in value.items()}
    return value


if __name__ == "__main__":
    main()
