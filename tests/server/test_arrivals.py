"""Guests on the way over HTTP: every line of the contract about arrival intents."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit.browser import Browser
from tests.kit.calls import Json, ask, book, problem
from tests.kit.cast import bearing
from tests.kit.houses import NOW, SAHIL, SetClock
from tests.kit.on_the_way import north_of_the_door
from tests.server.test_reservations import ARRIVAL_INTENT, RESERVATION

COMING: Json = {
    "lead_minutes": 20,
    "prep_scope": "mains",
    "share_location": True,
    "eta_source": "location",
    "auto_charge": False,
    "notes": " a  window seat ",
}
APPROVED: Json = {"action": "approve", "notes": None}


def a_place(meters: float) -> Json:
    place = north_of_the_door(meters)
    return {"latitude": place.latitude, "longitude": place.longitude}


async def tell(
    browser: Browser, id_: str, step: str, body: Json | None = None, *, who: str = "guest"
) -> Any:
    """A call about the arrival that must succeed; the reservation's intent after it."""
    more = {"json": body} if body is not None else {}
    answer = await ask(browser, "POST", f"/{id_}/arrival_intent{step}", who=who, **more)
    document = await answer.json()
    assert answer.status == 200, document
    assert document.keys() == RESERVATION
    assert document["arrival_intent"].keys() == ARRIVAL_INTENT
    return document["arrival_intent"]


@pytest.fixture
async def id_(browser: Browser) -> str:
    """Booked for half past twelve; it is noon."""
    booked = await book(browser, start="2027-03-01T12:30")
    return str(booked["id"])


async def test_the_whole_way_by_http(browser: Browser, id_: str, clock: SetClock) -> None:
    asked = await tell(browser, id_, "", COMING)
    assert {name: asked[name] for name in COMING} == COMING | {"notes": "a window seat"}
    assert (asked["status"], asked["last_signal"]) == ("requested", "2027-03-01T08:00:00Z")

    decided = await tell(browser, id_, "/decision", APPROVED, who="host")
    assert decided["status"] == "approved"
    assert decided["notes"] == "a window seat"

    clock.pass_minutes(1)
    here = await tell(browser, id_, "/location", a_place(6_000))
    assert here["current_location"] == a_place(6_000)
    assert here["traffic_source"] == "fallback"
    assert here["traffic_condition"] in {"smooth", "moderate", "heavy", "severe", "unknown"}
    assert here["predicted_eta_minutes"] > 10
    assert here["predicted_eta_seconds"] > 600
    assert here["route_distance_km"] > 6
    assert here["fire_at"] is not None

    word = await tell(browser, id_, "/eta", {"eta_minutes": 25})
    assert word["confirmed_eta_minutes"] == 25
    assert word["predicted_eta_minutes"] == here["predicted_eta_minutes"]

    clock.pass_minutes(20)
    there = await tell(browser, id_, "/location", a_place(20))
    assert (there["status"], there["arrived_at"]) == ("arrived", "2027-03-01T08:21:00Z")
    assert (there["current_location"], there["last_location"]) == (None, None)
    shown = await (await ask(browser, "GET", f"/{id_}")).json()
    assert shown["arrival_intent"] == there


async def test_the_minutes_are_all_that_has_to_be_said(browser: Browser, id_: str) -> None:
    asked = await tell(browser, id_, "", {"lead_minutes": 20})
    said = {name: asked[name] for name in COMING}
    assert said == {
        "lead_minutes": 20,
        "prep_scope": "full",
        "share_location": False,
        "eta_source": "user",
        "auto_charge": True,
        "notes": None,
    }
    assert asked["traffic_source"] is None


async def test_a_place_out_of_reach_is_set_aside_and_the_app_can_show_why(
    browser: Browser, id_: str, clock: SetClock
) -> None:
    await tell(browser, id_, "/location", a_place(6_000))
    for language, words in (("en", "cannot have come this far"), ("az", "mümkün deyil")):
        clock.pass_minutes(1)
        answer = await ask(
            browser,
            "POST",
            f"/{id_}/arrival_intent/location",
            json=a_place(60_000),
            headers={"Accept-Language": language},
        )
        told = (await answer.json())["arrival_intent"]
        assert words in told["route_summary"]
        assert told["current_location"] == a_place(6_000)
        shown = await (await ask(browser, "GET", f"/{id_}")).json()
        assert words not in str(shown)


async def test_too_soon_is_a_429_with_retry_after(
    browser: Browser, id_: str, clock: SetClock
) -> None:
    await tell(browser, id_, "", COMING)
    await tell(browser, id_, "/location", a_place(6_000))
    clock.pass_minutes(0.2)
    path = f"/{id_}/arrival_intent/location"
    answer = await ask(browser, "POST", path, json=a_place(5_000))
    await problem(answer, 429, "location_too_soon")
    assert answer.headers["Retry-After"] == "18"
    clock.pass_minutes(0.3)
    await tell(browser, id_, "/location", a_place(5_000))


async def test_what_is_wrong_is_named(browser: Browser, id_: str) -> None:
    for step, body, field in (
        ("", COMING | {"lead_minutes": 4}, "lead_minutes"),
        ("", COMING | {"lead_minutes": 91}, "lead_minutes"),
        ("", COMING | {"lead_minutes": None}, "lead_minutes"),
        ("", {}, "lead_minutes"),
        ("", COMING | {"prep_scope": "dessert"}, "prep_scope"),
        ("", COMING | {"eta_source": "stars"}, "eta_source"),
        ("", COMING | {"notes": "x" * 401}, "notes"),
        ("", COMING | {"share_location": "yes"}, "share_location"),
        ("/decision", {"action": "eat"}, "action"),
        ("/decision", {}, "action"),
        ("/location", {"latitude": 91, "longitude": 0}, "latitude"),
        ("/location", {"latitude": 0, "longitude": -180.1}, "longitude"),
        ("/location", {"latitude": 0}, "longitude"),
        ("/location", {"latitude": 0, "longitude": 0}, "latitude"),
        ("/location", {"latitude": "north", "longitude": 49}, "latitude"),
        ("/eta", {"eta_minutes": 0}, "eta_minutes"),
        ("/eta", {"eta_minutes": 241}, "eta_minutes"),
        ("/eta", {}, "eta_minutes"),
    ):
        answer = await ask(browser, "POST", f"/{id_}/arrival_intent{step}", json=body)
        document = await problem(answer, 422)
        assert [each["field"] for each in document["errors"]] == [field]


async def test_staff_get_minutes_and_whole_kilometres_from_every_call(
    browser: Browser, id_: str, clock: SetClock
) -> None:
    await tell(browser, id_, "", COMING)
    own = await tell(browser, id_, "/location", a_place(6_000))
    clock.pass_minutes(1)
    answers = [
        await ask(browser, "GET", f"/{id_}", who="host"),
        await ask(browser, "GET", f"?restaurant_id={SAHIL.id}", who="host"),
        await ask(browser, "GET", who="admin"),
        await ask(browser, "PATCH", f"/{id_}", who="host", json={"guest_name": "Nigar"}),
        await ask(browser, "POST", f"/{id_}/arrival_intent/decision", who="admin", json=APPROVED),
        await browser.get(f"/v1/restaurants/{SAHIL.slug}/arrivals", headers=bearing("host")),
        await browser.get(f"/v1/restaurants/{SAHIL.slug}/arrivals/board", headers=bearing("host")),
    ]
    for answer in answers:
        text = await answer.text()
        assert answer.status == 200, text
        for told in ("40.4", str(own["route_distance_km"])):
            assert told not in text
    assert own["route_distance_km"] != int(own["route_distance_km"])


async def test_the_board_tells_kitchen_and_host_what_they_need(browser: Browser, id_: str) -> None:
    await tell(browser, id_, "", COMING)
    await tell(browser, id_, "/decision", APPROVED, who="host")
    await tell(browser, id_, "/location", a_place(9_000))
    board = f"/v1/restaurants/{SAHIL.slug}/arrivals/board"
    (seen,) = await (await browser.get(board, headers=bearing("host"))).json()
    assert seen["reservation_id"] == id_
    assert (seen["status"], seen["kitchen"], seen["stale"]) == ("approved", "waiting", False)
    assert seen["earliest_minutes"] <= seen["minutes"] <= seen["latest_minutes"]
    assert seen["distance_km"] == int(seen["distance_km"])
    assert seen["punctuality"] in {"early", "on_time", "late"}
    assert NOW.isoformat()[:10] in seen["fire_at"]
