"""Closing a service day by HTTP."""

from __future__ import annotations

from tests.kit.browser import Browser
from tests.kit.cast import bearing
from tests.kit.houses import SAHIL, SetClock
from tests.server.asking import book, problem

CLOSE = f"/v1/restaurants/{SAHIL.slug}/day/close"


async def test_one_press_settles_a_day(browser: Browser, clock: SetClock) -> None:
    booked = await book(browser, start="2027-03-01T19:00")
    day = {"date": "2027-03-01", "unsettled": "no_show"}

    early = await browser.post(CLOSE, json=day, headers=bearing("host"))
    await problem(early, 409, "too_early")

    clock.pass_minutes(24 * 60)
    answer = await browser.post(CLOSE, json=day, headers=bearing("host"))
    assert (answer.status, await answer.json()) == (
        200,
        {
            "restaurant_id": SAHIL.id,
            "date": "2027-03-01",
            "left": [],
            "came": [],
            "no_show": [booked["id"]],
            "flagged": [],
        },
    )


async def test_what_became_of_them_is_one_of_three_words(browser: Browser) -> None:
    body = {"date": "2027-02-01", "unsettled": "perhaps"}
    await problem(await browser.post(CLOSE, json=body, headers=bearing("host")), 422)
