"""The whole server over a real store: what a process manager sees of it."""

from __future__ import annotations

from bakureserve.runtime import Runtime
from tests.conftest import Browser
from tests.server.asking import a_wish, ask, problem


async def test_a_server_whose_database_is_gone_is_not_ready_and_takes_no_booking(
    browser: Browser, runtime: Runtime
) -> None:
    assert (await browser.get("/readyz")).status == 200
    runtime.settings.database_path.unlink()
    await problem(await browser.get("/readyz"), 503, "not_ready")
    await problem(await ask(browser, "POST", json=a_wish()), 503, "store_gone")
