from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from bakureserve.eta.breaker import Breaker
from bakureserve.limits.limiter import Limiter
from bakureserve.runtime import Runtime
from tests.kit.browser import Browser
from tests.kit.calls import book, problem
from tests.kit.cast import bearing
from tests.kit.old_server import a_row, write
from tests.kit.processes import command

Json = dict[str, Any]


async def admin(browser: Browser, method: str, path: str, status: int = 200) -> Any:
    answer = await browser.request(method, f"/v1/admin{path}", headers=bearing("admin"))
    body = await answer.json(content_type=None)
    assert answer.status == status, body
    return body


async def cache(browser: Browser, name: str) -> Json:
    (found,) = [each for each in await admin(browser, "GET", "/caches") if each["name"] == name]
    return dict(found)


DAY = "/v1/restaurants/sahil-bagi/availability?date=2027-03-02&party_size=2"


async def test_every_cache_shows_what_became_of_its_questions(browser: Browser) -> None:
    for _ in range(3):
        assert (await browser.get(DAY)).status == 200
    days = await cache(browser, "availability")
    assert (days["entries"], days["misses"], days["hits"]) == (1, 1, 2)
    assert 0 < days["bytes"] <= days["bytes_bound"]
    renderings = await cache(browser, "renderings")
    assert (renderings["entries"], renderings["misses"], renderings["hits"]) == (1, 1, 2)
    directory = await cache(browser, "directory")
    assert (directory["entries"], directory["misses"]) == (1, 1)


async def test_an_emptied_cache_is_filled_again_and_answers_alike(browser: Browser) -> None:
    for name in ("availability", "renderings", "directory"):
        before = await (await browser.get(DAY)).read()
        misses = (await cache(browser, name))["misses"]
        assert (await admin(browser, "DELETE", f"/caches/{name}"))["dropped"] >= 1
        assert await (await browser.get(DAY)).read() == before
        assert (await cache(browser, name))["misses"] == misses + 1


async def test_all_caches_are_swept_and_emptied_at_once(browser: Browser) -> None:
    await browser.get(DAY)
    assert (await admin(browser, "POST", "/caches/sweep"))["dropped"] == 0
    with capture_logs() as logs:
        assert (await admin(browser, "DELETE", "/caches"))["dropped"] == 3
    (line,) = [log for log in logs if log["event"] == "caches_cleared"]
    assert (line["actor"], line["dropped"]) == ("admin-orxan", 3)
    for name in ("availability", "renderings"):
        assert (await cache(browser, name))["entries"] == 0


async def test_an_unknown_cache_is_told_which_there_are(browser: Browser) -> None:
    answer = await browser.delete("/v1/admin/caches/pantry", headers=bearing("admin"))
    assert "renderings" in (await problem(answer, 404, "cache_unknown"))["detail"]


def opened(runtime: Runtime, name: str) -> Breaker:
    breaker = runtime.maps.upstreams[name].breaker
    while (admission := breaker.admit()) is not None:
        admission.failed()
    return breaker


async def test_an_open_breaker_is_shown_and_closed(browser: Browser, runtime: Runtime) -> None:
    breaker = opened(runtime, "osrm")
    (shown,) = await admin(browser, "GET", "/breakers")
    assert (shown["name"], shown["state"], shown["opened"]) == ("osrm", "open", 1)
    assert shown["retry_in"] > 0
    (closed,) = await admin(browser, "POST", "/breakers/osrm/reset")
    assert (closed["state"], breaker.state) == ("closed", "closed")


async def test_an_unknown_breaker_is_told_which_there_are(browser: Browser) -> None:
    answer = await browser.post("/v1/admin/breakers/toaster/reset", headers=bearing("admin"))
    assert "osrm" in (await problem(answer, 404, "breaker_unknown"))["detail"]


def used(limiter: Limiter, client: str, calls: int) -> None:
    for _ in range(calls):
        limiter.take(client, 1)


async def test_the_limiter_shows_its_figures_and_its_busiest(
    browser: Browser, runtime: Runtime
) -> None:
    used(runtime.limiter, "203.0.113.9", 5_000)
    used(runtime.limiter, "2001:db8:1:2::/64", 9_000)
    figures = await admin(browser, "GET", "/limiter")
    assert (figures["state"], figures["requests"]) == ("memory", 1_000_000)
    assert figures["allowed"] == 14_001
    first, second = await admin(browser, "GET", "/limiter/clients?limit=2")
    assert [first["client"], second["client"]] == ["2001:db8:1:2::/64", "203.0.113.9"]
    assert first["remaining"] == 1_000_000 - first["used"]


async def test_a_client_is_shown_and_reset_by_any_of_its_addresses(
    browser: Browser, runtime: Runtime
) -> None:
    for given in ("2001:db8:1:2::77", "2001:db8:1:2::%2F64"):
        used(runtime.limiter, "2001:db8:1:2::/64", 100_000)
        shown = await admin(browser, "GET", f"/limiter/clients/{given}")
        assert (shown["client"], shown["used"] > 10_000) == ("2001:db8:1:2::/64", True)
        assert await admin(browser, "DELETE", f"/limiter/clients/{given}") == {"dropped": 1}
        assert (await admin(browser, "GET", f"/limiter/clients/{given}"))["used"] == 0
        assert await admin(browser, "DELETE", f"/limiter/clients/{given}") == {"dropped": 0}


async def test_all_clients_are_reset_at_once(browser: Browser, runtime: Runtime) -> None:
    for number in range(1_500):
        used(runtime.limiter, f"10.0.{number >> 8}.{number & 255}", 1)
    assert (await admin(browser, "DELETE", "/limiter/clients"))["dropped"] == 1_501
    assert (await admin(browser, "GET", "/limiter"))["buckets"] == 1


async def test_what_is_no_address_is_no_client(browser: Browser) -> None:
    answer = await browser.get("/v1/admin/limiter/clients/kitchen", headers=bearing("admin"))
    await problem(answer, 422, "client_malformed")


async def test_the_audit_log_is_read_backwards_page_by_page(browser: Browser) -> None:
    booked = [await book(browser, start=f"2027-03-0{day}T19:00:00+04:00") for day in (2, 3, 4)]
    path: str | None = "/v1/admin/audit?action=reservation.booked&limit=2"
    pages = []
    while path is not None:
        answer = await browser.get(path, headers=bearing("admin"))
        pages.append(await answer.json())
        following = answer.links.get("next")
        path = str(following["url"].relative()) if following else None
    assert [len(page) for page in pages] == [2, 1]
    entries = [entry for page in pages for entry in page]
    assert [each["noun_id"] for each in entries] == [each["id"] for each in reversed(booked)]
    assert entries[0]["actor"] == "guest-aysel"
    assert entries[0]["request_id"]


async def test_the_audit_log_is_filtered_by_who_and_what(browser: Browser) -> None:
    one = await book(browser)
    await book(browser, who="other-guest")
    assert [each["actor"] for each in await admin(browser, "GET", "/audit?actor=guest-rauf")] == [
        "guest-rauf"
    ]
    found = await admin(browser, "GET", f"/audit?noun_id={one['id']}&limit=1")
    assert [each["noun_id"] for each in found] == [one["id"]]
    assert await admin(browser, "GET", "/audit?actor=nobody") == []


async def test_a_finished_import_is_listed(
    browser: Browser, runtime: Runtime, tmp_path: Path
) -> None:
    assert await admin(browser, "GET", "/imports") == []
    old = write(tmp_path / "old", [a_row(), a_row("r2", start="soon")])
    folder = runtime.settings.data_dir
    await asyncio.to_thread(command, "migrate-json", str(old), data_dir=folder)
    (run,) = await admin(browser, "GET", "/imports")
    assert {Path(file["path"]).parent for file in run["files"]} == {old}
    assert run["report"]["reservations.json"]["rejected"] == 1
