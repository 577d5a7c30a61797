"""Ways and places over HTTP where no map service answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bakureserve.settings import Settings
from tests.kit.browser import Browser, open_browser
from tests.kit.calls import ask, book, get, problem
from tests.kit.cast import bearing
from tests.kit.houses import CAY_EVI, SAHIL, SetClock

HOME, DOOR = "40.4093,49.8671", "40.37,49.8372"


async def test_directions_always_answer_and_say_who_made_them(browser: Browser) -> None:
    for language, words in (
        ("az", "xəritə xidməti"),
        ("ru", "без картографического"),
        ("en", "without a map service"),
    ):
        way = await get(browser, "/directions", origin=HOME, destination=DOOR, language=language)
        assert words in way["route_summary"]

    assert way["provider"] == "fallback"
    assert way["eta_minutes"] == -(-way["eta_seconds"] // 60)
    assert way["route_distance_km"] > 5.05
    assert way["traffic_condition"] == "unknown"
    assert way["traffic_delay_minutes"] == 0
    assert way["typical_eta_minutes"] == way["eta_minutes"]
    assert "route_geometry" not in way
    assert not way["stale"]


async def test_directions_between_what_is_no_point_on_earth_are_a_400(browser: Browser) -> None:
    for bad in ("", "here", "40.37", "40.37;49.83", "91,49", "40,181", "nan,49", "1,2,3"):
        for end in ("origin", "destination"):
            query = {"origin": HOME, "destination": DOOR} | {end: bad}
            answer = await browser.get("/v1/directions", params=query)
            assert end in (await problem(answer, 400, "coordinates_malformed"))["detail"]
    await problem(await browser.get("/v1/directions"), 400, "coordinates_malformed")


async def test_directions_count_as_five_calls_and_keep_their_old_address(
    house_settings: Settings, clock: SetClock
) -> None:
    settings = replace(house_settings, rate_limit_requests=100)
    async with open_browser(settings, clock) as browser:
        path = f"/directions?origin={HOME}&destination={DOOR}"
        answer = await browser.get(f"/v1{path}")
        assert int(answer.headers["X-RateLimit-Remaining"]) == 95
        old = await browser.get(path)
        assert (old.status, old.history[0].status) == (200, 301)


async def test_geocoding_finds_our_own_places_whatever_the_spelling(browser: Browser) -> None:
    (found,) = await get(browser, "/maps/geocode", query="SAHL bagi")

    assert found == {
        "id": SAHIL.id,
        "name": "Sahil Bağı",
        "place_name": "Sahil Bağı, Bulvar",
        "latitude": 40.37,
        "longitude": 49.8372,
        "provider": "directory",
    }
    assert len(await get(browser, "/maps/geocode", query="bulvar", limit=1)) == 1
    assert await get(browser, "/maps/geocode", query="xyzzy") == []


async def test_suggestions_come_with_the_way_to_the_restaurant(browser: Browser) -> None:
    booked = await book(browser)
    path = f"/reservations/{booked['id']}/arrival_intent/suggestions"

    district, _ = await get(browser, path, who="guest", q="bulvar")

    assert (district["id"], district["name"]) == ("district:bulvar", "Bulvar")
    assert district["distance_km"] == 0
    assert district["eta_minutes"] == -(-district["eta_seconds"] // 60)
    assert district["route_summary"]
    assert district["provider"] == "directory"


async def test_suggestions_for_a_restaurant_without_coordinates_have_no_way(
    browser: Browser,
) -> None:
    booked = await book(browser, restaurant_id=CAY_EVI.id, start="2027-03-02T19:00:00+01:00")
    path = f"/reservations/{booked['id']}/arrival_intent/suggestions"

    found = await get(browser, path, who="guest", q="bulvar", limit=1)

    assert [(each["name"], each["eta_minutes"]) for each in found] == [("Bulvar", None)]


async def test_a_cancelled_reservation_gets_no_suggestions(browser: Browser) -> None:
    booked = await book(browser)
    await ask(browser, "POST", f"/{booked['id']}/cancel")
    path = f"/{booked['id']}/arrival_intent/suggestions?q=bulvar"

    await problem(await ask(browser, "GET", path), 409, "reservation_not_active")


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/v1/maps/geocode", ["", "?query=x&limit=0", "?query=x&limit=21", f"?query={'x' * 201}"]),
        ("/v1/reservations/{}/arrival_intent/suggestions", ["", "?q=a&limit=0", "?q=a&limit=9"]),
    ],
)
async def test_a_search_that_breaks_a_rule_is_a_422(
    browser: Browser, path: str, queries: list[str]
) -> None:
    booked = await book(browser)
    for query in queries:
        answer = await browser.get(path.format(booked["id"]) + query, headers=bearing("guest"))
        await problem(answer, 422)


async def test_an_explanation_takes_points_slugs_and_names(browser: Browser) -> None:
    told = await get(browser, "/admin/eta", who="admin", origin=HOME, destination=SAHIL.slug)

    assert told["origin"]["provider"] == "coordinates"
    assert told["destination"]["name"] == "Sahil Bağı"
    assert told["diagnosis"]["choice"] == "nothing_came"
    assert told["diagnosis"]["base"] == told["directions"]["provider"] == "fallback"

    query = {"origin": "nowhere at all", "destination": DOOR}
    answer = await browser.get("/v1/admin/eta", params=query, headers=bearing("admin"))
    assert "nowhere at all" in (await problem(answer, 404, "place_unknown"))["detail"]
