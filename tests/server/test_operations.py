"""The status page for operators, over the real application."""

from __future__ import annotations

from bakureserve.domain.errors import Unavailable
from bakureserve.runtime import Runtime
from tests.cast import bearing
from tests.conftest import Browser
from tests.houses import SetClock
from tests.server.asking import book


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
    assert set(found["outbox"]) == {"unread", "waiting", "sending", "dead", "oldest_at"}
    assert found["limiter"]["allowed"] >= 1
    assert found["backups"]["newest_at"] is None
    assert found["pid"] > 0


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
    assert (found["today"], found["outbox"]) == (None, None)


async def test_guests_do_not_see_it(browser: Browser) -> None:
    assert (await browser.get("/v1/admin/status", headers=bearing("guest"))).status == 403
