"""Ways and places over HTTP on a real OSRM and a GoMap on loopback.

How an estimate is made, and what each trouble of a map service does to it, is in `tests/eta`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bakureserve.settings import Settings
from tests.kit.browser import Browser, open_browser
from tests.kit.calls import book, get
from tests.kit.houses import SAHIL, SetClock
from tests.kit.roads.fixtures import Roads
from tests.kit.roads.gomap import GUID, GoMap
from tests.kit.roads.trouble import Front, hanging, resetting

DOOR = f"{SAHIL.latitude},{SAHIL.longitude}"

GENCLIK = {"x": 49.85, "y": 40.40, "nm": "Gənclik metrosu", "addr": "Nərimanov", "id": 7}
"""A place as GoMap tells it."""


@pytest.fixture
def home(roads: Roads) -> str:
    """Seventeen blocks north and ten east of the town's corner."""
    return at(roads, 17, 10)


def at(roads: Roads, row: int, column: int) -> str:
    point = roads.grid.at(row, column)
    return f"{point.latitude:.6f},{point.longitude:.6f}"


@pytest.fixture
async def frugal_browser(town_settings: Settings, clock: SetClock) -> AsyncIterator[Browser]:
    """A client of a server that asks maps four times for strangers."""
    settings = replace(town_settings, map_calls_without_token=4)
    async with open_browser(settings, clock) as opened:
        yield opened


async def test_strangers_share_one_budget_of_map_calls_and_token_holders_have_their_own(
    frugal_browser: Browser, home: str, roads: Roads
) -> None:
    elsewhere, beyond = at(roads, 3, 3), at(roads, 18, 2)
    providers = [
        (await get(frugal_browser, "/directions", who=who, origin=where, destination=DOOR))[
            "provider"
        ]
        for who, where in [
            (None, home),
            (None, elsewhere),
            ("bad token", elsewhere),
            ("guest", beyond),
            (None, beyond),
            (None, home),
        ]
    ]
    assert providers == ["gomap", "fallback", "fallback", "gomap", "gomap", "gomap"]


async def test_strangers_without_budget_search_the_directory(
    frugal_browser: Browser, gomap: GoMap, home: str
) -> None:
    gomap.places = [GENCLIK]
    await get(frugal_browser, "/directions", origin=home, destination=DOOR)
    calls = len(gomap.calls)

    by_stranger = await get(frugal_browser, "/maps/geocode", query="sahil bagi")
    by_guest = await get(frugal_browser, "/maps/geocode", who="guest", query="gənclik")

    assert by_stranger[0]["name"] == SAHIL.name
    assert [place["provider"] for place in by_guest] == ["gomap"]
    assert len(gomap.calls) == calls + 1


async def test_directions_show_gomap_s_way_and_the_traffic(
    town_browser: Browser, gomap: GoMap, home: str
) -> None:
    gomap.severity = 3

    way = await get(town_browser, "/directions", origin=home, destination=DOOR, language="az")

    assert (way["provider"], way["route_summary"]) == ("gomap", "Neftçilər prospekti")
    assert way["traffic_condition"] == "heavy"
    assert way["traffic_delay_minutes"] >= 2
    assert way["eta_minutes"] > way["typical_eta_minutes"]
    latitude, longitude = way["route_geometry"][0]
    assert (latitude, longitude) == pytest.approx([float(each) for each in home.split(",")])


async def test_directions_show_osrm_s_way_when_gomap_is_down(
    town_browser: Browser, gomap: GoMap, home: str
) -> None:
    gomap.trouble = hanging()

    way = await get(town_browser, "/directions", origin=home, destination=DOOR)

    assert (way["provider"], way["traffic_condition"]) == ("osrm", "unknown")
    assert f"{way['route_distance_km']:.1f} km by road" in way["route_summary"]
    assert all(40 < latitude < 41 for latitude, _ in way["route_geometry"])


async def test_directions_are_the_last_known_ones_once_no_service_answers(
    town_browser: Browser, osrm_front: Front, gomap: GoMap, home: str
) -> None:
    await get(town_browser, "/directions", origin=home, destination=DOOR)
    osrm_front.trouble = gomap.trouble = resetting()
    latitude, longitude = (float(each) for each in home.split(","))
    nearby = f"{latitude + 0.00002},{longitude}"

    way = await get(town_browser, "/directions", origin=nearby, destination=DOOR)

    assert (way["provider"], way["stale"]) == ("gomap", True)


async def test_an_explanation_shows_each_leg_and_no_secret(
    town_browser: Browser, gomap: GoMap, home: str
) -> None:
    gomap.answers["getRoute"] = {"success": False, "msg": f"guid {GUID} is unknown"}

    told = await get(town_browser, "/admin/eta", who="admin", origin=home, destination=SAHIL.slug)

    legs = {leg["name"]: leg for leg in told["diagnosis"]["legs"]}
    assert {name: leg["outcome"] for name, leg in legs.items()} == {
        "osrm": "ok",
        "gomap": "error",
        "traffic_origin": "ok",
        "traffic_destination": "ok",
    }
    assert legs["osrm"]["distance_km"] > 5
    assert legs["traffic_origin"]["condition"] == "smooth"
    assert told["diagnosis"]["choice"] == "osrm_alone"
    assert GUID not in str(told)


async def test_places_from_gomap_come_in_the_reader_s_language(
    town_browser: Browser, gomap: GoMap
) -> None:
    gomap.places = [GENCLIK]

    (found,) = await get(town_browser, "/maps/geocode", query="gənclik", language="ru")

    assert found == {
        "id": "gomap:7",
        "name": "Gənclik metrosu",
        "place_name": "Gənclik metrosu, Nərimanov",
        "latitude": 40.40,
        "longitude": 49.85,
        "provider": "gomap",
    }
    assert {call.form["lng"] for call in gomap.calls} == {"ru"}


async def test_suggestions_are_searched_near_the_restaurant_and_come_with_the_way(
    town_browser: Browser, gomap: GoMap
) -> None:
    gomap.places = [GENCLIK]
    gomap.answers["searchObj"] = {"rows": []}
    booked = await book(town_browser)

    path = f"/reservations/{booked['id']}/arrival_intent/suggestions"
    (found,) = await get(town_browser, path, who="guest", q="gənclik")

    assert (found["name"], found["provider"]) == ("Gənclik metrosu", "gomap")
    assert found["eta_seconds"] > 300
    assert found["distance_km"] > 3
    (form,) = gomap.asked("searchObjWithDistance")
    assert (float(form["lat"]), float(form["lon"])) == pytest.approx((40.37, 49.84))
