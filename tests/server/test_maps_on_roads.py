"""Ways over HTTP on a real OSRM and a GoMap on loopback, well and in every kind of trouble."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bakureserve.runtime import open_runtime
from bakureserve.server.serving import application
from bakureserve.settings import Settings
from tests.conftest import Browser
from tests.kit.cast import bearing, by_token
from tests.kit.houses import SAHIL, SetClock
from tests.kit.people import CHEAP
from tests.kit.roads.fixtures import Roads
from tests.kit.roads.gomap import GUID, GoMap
from tests.kit.roads.trouble import (
    Front,
    Trouble,
    answering,
    delaying,
    hanging,
    huge,
    resetting,
    trickling,
)
from tests.server.asking import book

DOOR = f"{SAHIL.latitude},{SAHIL.longitude}"

GENCLIK = {"x": 49.85, "y": 40.40, "nm": "Gənclik metrosu", "addr": "Nərimanov", "id": 7}
"""A place as GoMap tells it."""

TROUBLES: dict[str, Trouble] = {
    "is slow": delaying(5),
    "hangs": hanging(),
    "trickles": trickling(),
    "resets": resetting(),
    "fails": answering("oops", status=500),
    "talks nonsense": answering("<html>busy</html>"),
    "sends megabytes": huge(5),
}


UNBELIEVABLE = {
    "swapped coordinates": ("0", "0", "0"),
    "a start that was moved far away": ("9000", "900", "6862000"),
    "a way shorter than the line": ("2000", "400", "0"),
    "a way at 300 km/h": ("9000", "108", "0"),
    "a negative length": ("-9000", "900", "0"),
    "a negative time": ("9000", "-900", "0"),
    "NaN": ("NaN", "900", "0"),
    "infinity": ("9000", "1e999", "0"),
}
"""Metres, seconds, and how far the start was moved to a road, as OSRM would write them."""

INCREDIBLE: dict[str, tuple[object, object]] = {
    "no length": (None, "12 dəq"),
    "no time": ("9 km", None),
    "a negative length": ("-9 km", "12 dəq"),
    "a negative time": (9, -12),
    "NaN": (float("nan"), "12 dəq"),
    "a way shorter than the line": ("800 m", "12 dəq"),
    "a way at 1000 km/h": ("9 km", "00:00:32"),
    "words": ("far", "soon"),
}
"""Length and time as GoMap would tell them."""


@pytest.fixture
def home(roads: Roads) -> str:
    """Seventeen blocks north and ten east of the town's corner."""
    point = roads.grid.at(17, 10)
    return f"{point.latitude:.6f},{point.longitude:.6f}"


async def get(
    browser: Browser, path: str, *, who: str | None = None, language: str = "en", **query: Any
) -> Any:
    headers = bearing(who) | {"Accept-Language": language}
    answer = await browser.get(f"/v1{path}", params=query, headers=headers)
    assert answer.status == 200, await answer.text()
    return await answer.json()


@pytest.fixture
async def frugal_browser(town_settings: Settings, clock: SetClock) -> AsyncIterator[Browser]:
    """A client of a server that asks maps four times for strangers."""
    settings = replace(town_settings, map_calls_without_token=4)
    async with (
        open_runtime(settings, clock=clock, hashing=CHEAP) as opened,
        TestClient(TestServer(application(opened, identify=by_token))) as client,
    ):
        yield client


class TestTheBudgetOfStrangers:
    async def test_is_used_up_by_all_of_them_together_and_by_nobody_with_a_token(
        self, frugal_browser: Browser, home: str, roads: Roads
    ) -> None:
        elsewhere, beyond = (
            f"{point.latitude:.6f},{point.longitude:.6f}"
            for point in (roads.grid.at(3, 3), roads.grid.at(18, 2))
        )
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

    async def test_leaves_the_directory_to_search_places_in(
        self, frugal_browser: Browser, gomap: GoMap, home: str
    ) -> None:
        gomap.places = [GENCLIK]
        await get(frugal_browser, "/directions", origin=home, destination=DOOR)
        calls = len(gomap.calls)

        by_stranger = await get(frugal_browser, "/maps/geocode", query="sahil bagi")
        by_guest = await get(frugal_browser, "/maps/geocode", who="guest", query="gənclik")

        assert by_stranger[0]["name"] == SAHIL.name
        assert [place["provider"] for place in by_guest] == ["gomap"]
        assert len(gomap.calls) == calls + 1


class TestDirections:
    async def test_are_gomap_s_way_when_both_agree(
        self, town_browser: Browser, gomap: GoMap, home: str
    ) -> None:
        gomap.severity = 3

        way = await get(town_browser, "/directions", origin=home, destination=DOOR, language="az")

        assert (way["provider"], way["route_summary"]) == ("gomap", "Neftçilər prospekti")
        assert way["traffic_condition"] == "heavy"
        assert way["traffic_delay_minutes"] >= 2
        assert way["eta_minutes"] > way["typical_eta_minutes"]
        latitude, longitude = way["route_geometry"][0]
        assert (latitude, longitude) == pytest.approx([float(each) for each in home.split(",")])

    async def test_have_osrm_s_geometry_when_only_that_answers(
        self, town_browser: Browser, gomap: GoMap, home: str
    ) -> None:
        gomap.trouble = resetting()

        way = await get(town_browser, "/directions", origin=home, destination=DOOR)

        assert way["provider"] == "osrm"
        assert f"{way['route_distance_km']:.1f} km by road" in way["route_summary"]
        assert all(40 < latitude < 41 for latitude, _ in way["route_geometry"])

    @pytest.mark.parametrize("trouble", TROUBLES)
    async def test_are_the_other_s_when_gomap(
        self, town_browser: Browser, gomap: GoMap, home: str, trouble: str
    ) -> None:
        gomap.trouble = TROUBLES[trouble]

        way = await get(town_browser, "/directions", origin=home, destination=DOOR)

        assert (way["provider"], way["traffic_condition"]) == ("osrm", "unknown")

    @pytest.mark.parametrize("trouble", TROUBLES)
    async def test_are_the_other_s_when_osrm(
        self, town_browser: Browser, osrm_front: Front, home: str, trouble: str
    ) -> None:
        osrm_front.trouble = TROUBLES[trouble]

        way = await get(town_browser, "/directions", origin=home, destination=DOOR)

        assert (way["provider"], way["traffic_condition"]) == ("gomap", "smooth")

    @pytest.mark.parametrize("trouble", TROUBLES)
    async def test_are_a_guess_when_each(
        self, town_browser: Browser, osrm_front: Front, gomap: GoMap, home: str, trouble: str
    ) -> None:
        osrm_front.trouble = gomap.trouble = TROUBLES[trouble]

        way = await get(town_browser, "/directions", origin=home, destination=DOOR)

        assert (way["provider"], way["stale"]) == ("fallback", False)
        assert "route_geometry" not in way

    async def test_are_the_last_that_were_known_once_nobody_answers(
        self, town_browser: Browser, osrm_front: Front, gomap: GoMap, home: str
    ) -> None:
        await get(town_browser, "/directions", origin=home, destination=DOOR)
        osrm_front.trouble = gomap.trouble = resetting()
        latitude, longitude = (float(each) for each in home.split(","))
        nearby = f"{latitude + 0.00002},{longitude}"

        way = await get(town_browser, "/directions", origin=nearby, destination=DOOR)

        assert (way["provider"], way["stale"]) == ("gomap", True)

    async def test_to_where_no_road_leads_are_a_guess(
        self, town_browser: Browser, osrm_front: Front, gomap: GoMap, home: str
    ) -> None:
        gomap.trouble = resetting()

        way = await get(town_browser, "/directions", origin=home, destination="41.5,48.5")

        assert way["provider"] == "fallback"
        assert osrm_front.asked

    @pytest.mark.parametrize(
        ("metres", "seconds", "moved"), UNBELIEVABLE.values(), ids=UNBELIEVABLE
    )
    async def test_never_believe_osrm_when_it_tells_of(
        self,
        town_browser: Browser,
        osrm_front: Front,
        gomap: GoMap,
        home: str,
        metres: str,
        seconds: str,
        moved: str,
    ) -> None:
        gomap.trouble = resetting()
        osrm_front.trouble = answering(
            f'{{"code":"Ok","routes":[{{"distance":{metres},"duration":{seconds},"geometry":'
            f'{{"coordinates":[]}}}}],"waypoints":[{{"distance":{moved}}},{{"distance":0}}]}}'
        )

        way = await get(town_browser, "/directions", origin=home, destination=DOOR)

        assert way["provider"] == "fallback"

    async def test_believe_osrm_when_it_tells_of_a_way(
        self, town_browser: Browser, osrm_front: Front, gomap: GoMap, home: str
    ) -> None:
        """The same answer with figures that can be true, so that it is they that are refused."""
        gomap.trouble = resetting()
        osrm_front.trouble = answering(
            '{"code":"Ok","routes":[{"distance":9000,"duration":900,"geometry":'
            '{"coordinates":[]}}],"waypoints":[{"distance":5},{"distance":0}]}'
        )

        way = await get(town_browser, "/directions", origin=home, destination=DOOR)

        assert (way["provider"], way["eta_seconds"]) == ("osrm", 900)

    @pytest.mark.parametrize(("length", "time"), INCREDIBLE.values(), ids=INCREDIBLE)
    async def test_never_believe_gomap_when_it_tells_of(
        self,
        town_browser: Browser,
        osrm_front: Front,
        gomap: GoMap,
        home: str,
        length: object,
        time: object,
    ) -> None:
        osrm_front.trouble = resetting()
        gomap.answers["getRoute"] = {"success": True, "distance": length, "time": time}

        way = await get(town_browser, "/directions", origin=home, destination=DOOR)

        assert way["provider"] == "fallback"


class TestExplaining:
    async def test_shows_each_leg_and_no_secret(
        self, town_browser: Browser, gomap: GoMap, home: str
    ) -> None:
        gomap.answers["getRoute"] = {"success": False, "msg": f"guid {GUID} is unknown"}

        told = await get(
            town_browser, "/admin/eta", who="admin", origin=home, destination=SAHIL.slug
        )

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


class TestPlaces:
    async def test_from_gomap_come_in_the_reader_s_language(
        self, town_browser: Browser, gomap: GoMap
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

    async def test_are_searched_more_leniently_only_when_nothing_was_found(
        self, town_browser: Browser, gomap: GoMap
    ) -> None:
        gomap.places = [GENCLIK]

        assert await get(town_browser, "/maps/geocode", query="gənclik metrsou")

        assert [call.method for call in gomap.calls] == [
            "searchObj",
            "makeSearchCitySettlementFuzzy",
        ]

    async def test_suggested_are_searched_near_the_restaurant_and_come_with_the_way(
        self, town_browser: Browser, gomap: GoMap
    ) -> None:
        gomap.places = [GENCLIK]
        gomap.answers["searchObj"] = {"rows": []}
        booked = await book(town_browser)

        (found,) = await get(
            town_browser,
            f"/reservations/{booked['id']}/arrival_intent/suggestions",
            who="guest",
            q="gənclik",
        )

        assert (found["name"], found["provider"]) == ("Gənclik metrosu", "gomap")
        assert found["eta_seconds"] > 300
        assert found["distance_km"] > 3
        (form,) = gomap.asked("searchObjWithDistance")
        assert (float(form["lat"]), float(form["lon"])) == pytest.approx((40.37, 49.84))

    @pytest.mark.parametrize("trouble", TROUBLES)
    async def test_of_our_own_are_found_when_gomap(
        self, town_browser: Browser, gomap: GoMap, trouble: str
    ) -> None:
        gomap.trouble = TROUBLES[trouble]

        found = await get(town_browser, "/maps/geocode", query="sahl bagi")

        assert [each["name"] for each in found] == ["Sahil Bağı"]
