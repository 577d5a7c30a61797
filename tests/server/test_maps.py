"""Ways and places over HTTP, with nobody but ourselves to ask."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.places.place import place_at, point_of
from bakureserve.runtime import open_runtime
from bakureserve.server.serving import application
from bakureserve.settings import Settings
from tests.conftest import Browser
from tests.kit.cast import bearing, by_token
from tests.kit.houses import CAY_EVI, SAHIL, SetClock
from tests.server.asking import ask, book, problem

HOME, DOOR = "40.4093,49.8671", "40.37,49.8372"


async def get(
    browser: Browser, path: str, *, who: str | None = None, language: str = "en", **query: Any
) -> Any:
    headers = bearing(who) | {"Accept-Language": language}
    answer = await browser.get(f"/v1{path}", params=query, headers=headers)
    assert answer.status == 200, await answer.text()
    return await answer.json()


class TestDirections:
    async def test_always_answer_and_say_who_made_them(self, browser: Browser) -> None:
        way = await get(browser, "/directions", origin=HOME, destination=DOOR)

        assert way["provider"] == "fallback"
        assert way["eta_minutes"] == -(-way["eta_seconds"] // 60)
        assert way["route_distance_km"] > 5.05
        assert way["traffic_condition"] == "unknown"
        assert way["traffic_delay_minutes"] == 0
        assert way["typical_eta_minutes"] == way["eta_minutes"]
        assert "route_geometry" not in way
        assert not way["stale"]

    @pytest.mark.parametrize(
        ("language", "words"),
        [
            ("en", "without a map service"),
            ("az", "xəritə xidməti"),
            ("ru", "без картографического"),
        ],
    )
    async def test_the_summary_is_in_the_reader_s_language(
        self, browser: Browser, language: str, words: str
    ) -> None:
        way = await get(browser, "/directions", origin=HOME, destination=DOOR, language=language)

        assert words in way["route_summary"]

    @pytest.mark.parametrize(
        "bad", ["", "here", "40.37", "40.37;49.83", "91,49", "40,181", "nan,49", "40,inf", "1,2,3"]
    )
    @pytest.mark.parametrize("end", ["origin", "destination"])
    async def test_what_is_no_point_on_earth_is_a_400(
        self, browser: Browser, bad: str, end: str
    ) -> None:
        query = {"origin": HOME, "destination": DOOR} | {end: bad}

        refused = await problem(
            await browser.get("/v1/directions", params=query), 400, "coordinates_malformed"
        )
        assert end in refused["detail"]

    async def test_so_is_what_was_left_out(self, browser: Browser) -> None:
        await problem(await browser.get("/v1/directions"), 400, "coordinates_malformed")

    async def test_standing_at_the_door_takes_a_moment(self, browser: Browser) -> None:
        way = await get(browser, "/directions", origin=DOOR, destination=DOOR)

        assert way["route_distance_km"] == 0
        assert 0 < way["eta_seconds"] <= 300

    async def test_a_way_counts_more_than_a_plain_call(
        self, house_settings: Settings, clock: SetClock
    ) -> None:
        settings = replace(house_settings, rate_limit_requests=100)
        async with (
            open_runtime(settings, clock=clock) as runtime,
            TestClient(TestServer(application(runtime, identify=by_token))) as browser,
        ):
            query = {"origin": HOME, "destination": DOOR}
            answer = await browser.get("/v1/directions", params=query)

            assert int(answer.headers["X-RateLimit-Remaining"]) == 95

    async def test_the_old_address_leads_here(self, browser: Browser) -> None:
        answer = await browser.get(f"/directions?origin={HOME}&destination={DOOR}")

        assert answer.status == 200
        assert answer.history[0].status == 301


class TestGeocoding:
    async def test_finds_our_own_places_whatever_the_spelling(self, browser: Browser) -> None:
        (found,) = await get(browser, "/maps/geocode", query="SAHL bagi")

        assert found == {
            "id": SAHIL.id,
            "name": "Sahil Bağı",
            "place_name": "Sahil Bağı, Bulvar",
            "latitude": 40.37,
            "longitude": 49.8372,
            "provider": "directory",
        }

    async def test_no_more_than_asked_for(self, browser: Browser) -> None:
        assert len(await get(browser, "/maps/geocode", query="bulvar", limit=1)) == 1

    async def test_nothing_found_is_an_empty_list(self, browser: Browser) -> None:
        assert await get(browser, "/maps/geocode", query="xyzzy") == []

    @pytest.mark.parametrize("query", [{}, {"query": "x", "limit": 0}, {"query": "x" * 201}])
    async def test_what_breaks_a_rule_is_a_422(
        self, browser: Browser, query: dict[str, Any]
    ) -> None:
        await problem(await browser.get("/v1/maps/geocode", params=query), 422)


class TestSuggestions:
    async def test_come_with_the_way_to_the_restaurant(self, browser: Browser) -> None:
        booked = await book(browser)
        path = f"/reservations/{booked['id']}/arrival_intent/suggestions"

        district, _ = await get(browser, path, who="guest", q="bulvar")

        assert (district["id"], district["name"]) == ("district:bulvar", "Bulvar")
        assert district["distance_km"] == 0
        assert district["eta_minutes"] == -(-district["eta_seconds"] // 60)
        assert district["route_summary"]
        assert district["provider"] == "directory"

    async def test_a_restaurant_that_is_nowhere_has_no_way(self, browser: Browser) -> None:
        booked = await book(browser, restaurant_id=CAY_EVI.id, start="2027-03-02T19:00:00+01:00")
        path = f"/reservations/{booked['id']}/arrival_intent/suggestions"

        found = await get(browser, path, who="guest", q="bulvar", limit=1)

        assert [(each["name"], each["eta_minutes"]) for each in found] == [("Bulvar", None)]

    async def test_another_guest_s_reservation_does_not_exist(self, browser: Browser) -> None:
        booked = await book(browser)
        path = f"/{booked['id']}/arrival_intent/suggestions?q=bulvar"

        await problem(await ask(browser, "GET", path, who="other-guest"), 404)

    async def test_a_cancelled_one_needs_no_way(self, browser: Browser) -> None:
        booked = await book(browser)
        await ask(browser, "POST", f"/{booked['id']}/cancel")
        path = f"/{booked['id']}/arrival_intent/suggestions?q=bulvar"

        await problem(await ask(browser, "GET", path), 409, "reservation_not_active")

    @pytest.mark.parametrize("query", ["", "?q=a&limit=0", "?q=a&limit=9"])
    async def test_what_breaks_a_rule_is_a_422(self, browser: Browser, query: str) -> None:
        booked = await book(browser)
        path = f"/{booked['id']}/arrival_intent/suggestions{query}"

        await problem(await ask(browser, "GET", path), 422)


class TestExplaining:
    async def test_takes_points_slugs_and_names(self, browser: Browser) -> None:
        told = await get(browser, "/admin/eta", who="admin", origin=HOME, destination=SAHIL.slug)

        assert told["origin"]["provider"] == "coordinates"
        assert told["destination"]["name"] == "Sahil Bağı"
        assert told["diagnosis"]["choice"] == "nothing_came"
        assert told["diagnosis"]["base"] == told["directions"]["provider"] == "fallback"

    async def test_an_unknown_place_is_a_404(self, browser: Browser) -> None:
        answer = await browser.get(
            "/v1/admin/eta",
            params={"origin": "nowhere at all", "destination": DOOR},
            headers=bearing("admin"),
        )
        refused = await problem(answer, 404, "place_unknown")
        assert "nowhere at all" in refused["detail"]


@given(st.text(max_size=40))
def test_any_text_is_a_point_on_earth_or_none(text: str) -> None:
    point = point_of(text)

    assert point is None or (abs(point.latitude) <= 90 and abs(point.longitude) <= 180)


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_point_on_earth_is_read_as_it_is_written(latitude: float, longitude: float) -> None:
    assert point_of(f"{latitude},{longitude}") == Coordinates(latitude, longitude)
    assert place_at(Coordinates(latitude, longitude)).point == Coordinates(latitude, longitude)
