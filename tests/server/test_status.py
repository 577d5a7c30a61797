"""The status page for operators, over the real application."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bakureserve.domain.errors import Unavailable
from bakureserve.runtime import Runtime
from bakureserve.server import background
from bakureserve.server.serving import application
from tests.kit.browser import Browser
from tests.kit.calls import ask, book
from tests.kit.cast import HOST, bearing, by_token
from tests.kit.houses import SAHIL, SetClock
from tests.server.test_arrivals import COMING


async def test_it_counts_requests_reservations_and_commits(
    browser: Browser, clock: SetClock
) -> None:
    await book(browser)
    clock.pass_minutes(24 * 60)  # to the day of the booking
    answer = await browser.get("/v1/admin/status", headers=bearing("admin"))
    found = await answer.json()
    assert answer.status == 200
    assert found["requests"]["ever"] == 1
    assert found["requests"]["in_flight"] == 1
    assert (found["today"]["booked"], found["today"]["covers"]) == (1, 2)
    assert found["writer"]["units"] >= 1
    assert (found["store"]["sound"], found["store"]["checked_at"]) == (True, None)
    assert found["store"]["bytes"] > 0
    assert set(found["outbox"]) == {
        "unread",
        "waiting",
        "sending",
        "dead",
        "unread_at",
        "oldest_at",
    }
    assert found["limiter"]["allowed"] >= 1
    assert found["backups"]["newest_at"] is None
    assert found["pid"] > 0


async def test_it_tells_what_the_process_takes_of_the_machine(browser: Browser) -> None:
    found = await _status(browser)
    process, disk = found["process"], found["disk"]
    assert process["resident_bytes"] > 10_000_000
    assert 5 < process["descriptors"] < process["descriptors_allowed"]
    assert process["processor"] >= 0
    assert process["loop_lag"].keys() == {"mean_ms", "worst_ms"}
    assert 0 < disk["free_bytes"] <= disk["total_bytes"]
    assert disk["wanted_bytes"] > 0
    assert 0 <= found["connections"]["open"] < found["connections"]["allowed"]


async def test_it_tells_which_routes_answered_with_errors(browser: Browser) -> None:
    for _ in range(2):
        assert (await browser.get("/v1/restaurants/no-such-place")).status == 404
    errors = (await _status(browser))["errors"]
    assert errors["routes"] == [
        {"route": "/v1/restaurants/{restaurant}", "method": "GET", "failed": 0, "refused": 2}
    ]
    assert (errors["failed"], errors["refused"]) == (0, 2)


async def test_a_server_that_runs_draws_its_lines(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "NOTE_SECONDS", 0.05)
    app = application(runtime, identify=by_token)
    async with TestClient(TestServer(app)) as browser, asyncio.timeout(10):
        while len((lines := (await _status(browser))["history"])["requests_per_second"]) < 3:
            await asyncio.sleep(0.05)
    assert max(lines["requests_per_second"]) > 0
    assert len(lines["loop_lag_ms"]) == len(lines["resident_bytes"]) >= 3


async def test_it_tells_who_is_on_the_way_but_not_who_they_are(
    browser: Browser, runtime: Runtime, clock: SetClock
) -> None:
    for minutes in (20, 35):
        booked = await _coming_in(browser, minutes)
    clock.pass_minutes(5)
    guests = (await _status(browser))["guests"]
    assert (guests["on_the_way"], guests["at_the_door"]) == (2, 0)
    assert guests["soonest"] == [
        {"restaurant_id": SAHIL.id, "restaurant": SAHIL.name, "minutes": minutes}
        for minutes in (15, 30)
    ]
    await runtime.arrivals.arrive(HOST, booked)
    guests = (await _status(browser))["guests"]
    assert (guests["on_the_way"], guests["at_the_door"], len(guests["soonest"])) == (1, 1, 1)
    assert guests["soonest"][0].keys() == {"restaurant_id", "restaurant", "minutes"}


async def _coming_in(browser: Browser, minutes: int) -> str:
    booked = await book(browser, start="2027-03-01T13:00")
    coming = COMING | {"lead_minutes": minutes, "share_location": False, "eta_source": "user"}
    answer = await ask(browser, "POST", f"/{booked['id']}/arrival_intent", json=coming)
    assert answer.status == 200, await answer.text()
    return str(booked["id"])


async def _status(browser: Browser) -> Any:
    answer = await browser.get("/v1/admin/status", headers=bearing("admin"))
    assert answer.status == 200
    return await answer.json()


async def test_it_tells_what_went_wrong_with_backups(browser: Browser, runtime: Runtime) -> None:
    runtime.backups.command_failure = Unavailable("backup_command_failed", command="cp", reason="")
    answer = await browser.get("/v1/admin/status", headers=bearing("admin"))
    told = (await answer.json())["backups"]
    assert (told["failed"], told["command_failed"]) == (False, True)


async def test_a_database_in_trouble_leaves_the_rest_to_be_read(
    browser: Browser, runtime: Runtime
) -> None:
    await runtime.database.close()
    answer = await browser.get("/v1/admin/status", headers=bearing("admin"))
    assert answer.status == 200
    found = await answer.json()
    assert (found["today"], found["guests"], found["outbox"]) == (None, None, None)
