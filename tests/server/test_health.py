"""`/health` over the real application: what is wrong, and what still works."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bakureserve.runtime import Runtime
from bakureserve.server import background
from bakureserve.server.serving import application
from bakureserve.store.maintenance.backup_folder import kept_in
from tests.kit.browser import Browser
from tests.kit.calls import a_wish, ask, problem

PARTS = {"database", "cache", "auth", "disk", "backup"}


async def test_a_server_that_is_well_says_so_part_by_part(browser: Browser) -> None:
    answer = await browser.get("/health")
    found = await answer.json()
    assert answer.status == 200
    assert found["status"] in {"healthy", "degraded"}
    assert found["version"]
    assert found["uptime_seconds"] >= 0
    assert (found["service"], found["timestamp"]) == ("baku-reserve", "2027-03-01T08:00:00Z")
    assert found["checks"].keys() >= PARTS
    assert found["checks"]["database"]["status"] == "ok"
    assert found["checks"]["database"]["details"]["writes"] is True
    assert all(check["latency_ms"] >= 0 for check in found["checks"].values())


async def test_the_public_learns_nothing_of_how_much_is_going_on(browser: Browser) -> None:
    found = await (await browser.get("/health")).json()
    assert found["checks"]["limiter"]["details"].keys() == {"decides"}
    assert "details" not in found["checks"]["cache"]
    assert found["checks"]["disk"]["details"].keys() == {"free_percent"}


async def test_the_versioned_address_answers_alike(browser: Browser) -> None:
    for path in ("/health", "/livez", "/readyz"):
        assert (await browser.get(f"/v1{path}")).status == 200


async def test_asking_again_and_again_looks_once(browser: Browser, runtime: Runtime) -> None:
    probe = "select number from probe"
    await browser.get("/health")
    before = await runtime.database.read(lambda tx: tx.one(probe))
    for _ in range(50):
        await browser.get("/health")
    assert before is not None
    assert await runtime.database.read(lambda tx: tx.one(probe)) == before


async def test_a_lost_database_is_unhealthy_and_no_caller_learns_where_it_was(
    browser: Browser, runtime: Runtime
) -> None:
    runtime.settings.database_path.unlink()
    answer = await browser.get("/health")
    found = await answer.json()
    assert (answer.status, found["status"]) == (503, "unhealthy")
    database = found["checks"]["database"]
    assert "deleted or replaced" in database["message"]
    assert database["effect"]
    assert "reason" not in database
    assert str(runtime.settings.data_dir) not in await answer.text()


async def test_it_speaks_the_readers_language(browser: Browser, runtime: Runtime) -> None:
    runtime.settings.database_path.unlink()
    for language, word in (("az", "silinib"), ("ru", "удалён")):
        answer = await browser.get("/health", headers={"Accept-Language": language})
        assert word in (await answer.json())["checks"]["database"]["message"]


async def test_a_server_whose_database_is_gone_is_not_ready_and_takes_no_booking(
    browser: Browser, runtime: Runtime
) -> None:
    assert (await browser.get("/readyz")).status == 200
    runtime.settings.database_path.unlink()
    await problem(await browser.get("/readyz"), 503, "not_ready")
    await problem(await ask(browser, "POST", json=a_wish()), 503, "store_gone")


async def test_a_server_backs_its_database_up_by_itself(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "SETTLING_SECONDS", 0)
    folder = runtime.settings.backup_folder
    async with TestClient(TestServer(application(runtime))):
        async with asyncio.timeout(10):
            while not kept_in(folder):
                await asyncio.sleep(0.01)
    assert [kept.kind for kept in kept_in(folder)] == ["scheduled"]
