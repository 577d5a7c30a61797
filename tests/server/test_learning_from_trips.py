"""A guest drives to the restaurant, and what was said on the way is held against the clock."""

from __future__ import annotations

from bakureserve.domain.arrivals.calibration import Judged
from bakureserve.server.keys import RUNTIME
from bakureserve.store import calibration
from tests.conftest import Browser
from tests.kit.houses import SetClock
from tests.kit.roads.fixtures import Roads
from tests.kit.roads.gomap import GoMap
from tests.kit.roads.trouble import resetting
from tests.server.asking import ask, book

NORTH_AND_EAST = [(12, 12), (8, 10), (5, 8)]
"""Crossings that lead to the door, which is near row 2 and column 6."""
DOOR = {"latitude": 40.3700, "longitude": 49.8372}
MINUTES_APART = 4


async def drive(browser: Browser, roads: Roads, clock: SetClock) -> None:
    """From the first of the crossings to the door, with a ping at each."""
    booked = await book(browser, start="2027-03-01T12:30")
    intent = f"/{booked['id']}/arrival_intent"
    wish = {"lead_minutes": 20, "prep_scope": "full", "share_location": True}
    assert (await ask(browser, "POST", intent, json=wish)).status == 200
    for row, column in NORTH_AND_EAST:
        point = roads.grid.at(row, column)
        await ping(browser, intent, point.latitude, point.longitude)
        clock.pass_minutes(MINUTES_APART)
    await ping(browser, intent, **DOOR)
    there = await (await ask(browser, "GET", f"/{booked['id']}")).json()
    assert there["arrival_intent"]["status"] == "arrived"


async def ping(browser: Browser, intent: str, latitude: float, longitude: float) -> None:
    place = {"latitude": latitude, "longitude": longitude}
    answer = await ask(browser, "POST", f"{intent}/location", json=place)
    assert answer.status == 200, await answer.text()


async def judged(browser: Browser) -> list[Judged]:
    app = browser.app
    assert app is not None
    return await app[RUNTIME].database.read(lambda tx: list(calibration.judged(tx)))


async def test_each_estimate_on_the_way_learns_what_the_rest_of_it_took(
    town_browser: Browser, roads: Roads, clock: SetClock
) -> None:
    await drive(town_browser, roads, clock)

    kept = await judged(town_browser)

    assert [each.actual_seconds for each in kept] == [12 * 60, 8 * 60, 4 * 60]
    assert {each.provider for each in kept} == {"gomap"}
    assert {each.district for each in kept} == {"Bulvar"}
    assert {each.hour for each in kept} == {12}
    assert [each.seconds for each in kept] == sorted((each.seconds for each in kept), reverse=True)
    assert all(each.route_metres > each.straight_metres for each in kept)


async def test_each_provider_is_judged_for_itself(
    town_browser: Browser, roads: Roads, clock: SetClock, gomap: GoMap
) -> None:
    gomap.trouble = resetting()

    await drive(town_browser, roads, clock)

    assert {each.provider for each in await judged(town_browser)} == {"osrm"}
