"""The whole server over a real store: what a process manager sees of it."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bakureserve.runtime import Runtime
from bakureserve.server import background
from bakureserve.server.serving import application
from bakureserve.store.maintenance.backup_folder import kept_in
from tests.kit.browser import Browser
from tests.server.asking import a_wish, ask, problem


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
