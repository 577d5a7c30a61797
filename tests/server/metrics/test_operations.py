"""What an operator has to look after is in the figures: backups, disks, letters, each part."""

from __future__ import annotations

import asyncio
import shutil
from collections import namedtuple

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bakureserve.domain.errors import StoreFull
from bakureserve.runtime import Runtime
from bakureserve.server.metrics.operations import HealthMetrics, OutboxMetrics
from bakureserve.services.health.check import Condition, Examiner, fine
from bakureserve.services.health.database import MEGABYTE
from bakureserve.store import notifications
from bakureserve.store.maintenance.backup import back_up
from bakureserve.store.maintenance.backup_folder import make_folder, name_for
from tests.kit.booking import book
from tests.kit.browser import Browser
from tests.kit.cast import HOST
from tests.kit.deliveries import a_delivery
from tests.kit.houses import SetClock

Usage = namedtuple("Usage", "total used free")


pytestmark = pytest.mark.usefixtures("of_this_moment")


async def told(browser: Browser, name: str) -> dict[tuple[str, ...], float]:
    """The samples of a metric by the values of their labels."""
    text = await (await browser.get("/metrics")).text()
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    }


async def test_the_newest_backup_with_its_age_and_size(
    browser: Browser, runtime: Runtime, clock: SetClock
) -> None:
    assert await told(browser, "bakureserve_backup_timestamp_seconds") == {(): 0}
    folder = runtime.settings.backup_folder
    make_folder(folder)
    taken = await asyncio.to_thread(back_up, runtime.database.path, folder / name_for(clock()))
    whole_second = clock().replace(microsecond=0).timestamp()
    assert await told(browser, "bakureserve_backup_timestamp_seconds") == {(): whole_second}
    assert await told(browser, "bakureserve_backup_bytes") == {(): taken.bytes}
    assert await told(browser, "bakureserve_backup_interval_seconds") == {
        (): runtime.settings.backup_interval
    }


async def test_a_backup_that_failed(browser: Browser, runtime: Runtime) -> None:
    assert await told(browser, "bakureserve_backup_failed") == {(): 0}
    runtime.backups.failure = StoreFull("folder_full", path="/backups")
    assert await told(browser, "bakureserve_backup_failed") == {(): 1}


async def test_the_room_on_each_disk(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        shutil, "disk_usage", lambda _path: Usage(900 * MEGABYTE, 0, 100 * MEGABYTE)
    )
    free = await told(browser, "bakureserve_disk_free_bytes")
    assert free == {("database",): 100 * MEGABYTE, ("backups",): 100 * MEGABYTE}
    wanted = await told(browser, "bakureserve_disk_wanted_bytes")
    assert wanted["database",] >= 256 * MEGABYTE


async def test_each_part_and_the_whole(browser: Browser) -> None:
    parts = await told(browser, "bakureserve_health_check")
    assert parts["database", "ok"] == 1
    assert parts["database", "error"] == 0
    assert parts["redis", "disabled"] == 1
    assert sum((await told(browser, "bakureserve_health")).values()) == 1


async def test_parts_are_looked_at_once_a_minute_however_often_is_asked(clock: SetClock) -> None:
    class Part:
        name, vital, seconds_good = "part", True, 0.0
        looked = 0

        async def look(self) -> Condition:
            self.looked += 1
            return fine()

    part = Part()
    figures = HealthMetrics(lambda: Examiner([part]), clock)
    for pause, looked in ((0, 1), (0.9, 1), (0.1, 2), (-60, 3)):
        clock.pass_minutes(pause)
        await figures.refresh()
        assert part.looked == looked


async def test_every_state_of_deliveries_by_channel(browser: Browser, runtime: Runtime) -> None:
    before = await told(browser, "bakureserve_outbox_deliveries")
    assert before["webhook", "dead"] == 0
    assert len(before) == 10
    dead = msgspec.structs.replace(a_delivery(channel="webhook"), status="dead")
    await runtime.database.write(lambda tx: notifications.add(tx, dead))
    after = await told(browser, "bakureserve_outbox_deliveries")
    assert after["webhook", "dead"] == 1
    assert after["email", "dead"] == 0


async def test_how_long_events_and_deliveries_wait(runtime: Runtime, clock: SetClock) -> None:
    waiting = msgspec.structs.replace(
        a_delivery(channel="webhook"), status="waiting", created_at=clock()
    )
    await runtime.database.write(lambda tx: notifications.add(tx, waiting))
    clock.pass_minutes(2)
    await book(runtime, HOST)
    clock.pass_minutes(1)
    figures = OutboxMetrics(runtime.outbox, clock)

    async def waits() -> dict[str, float]:
        await figures.refresh()
        return {
            sample.name: sample.value
            for family in figures.metrics()
            for sample in family.samples
            if not sample.labels
        }

    assert await waits() == {
        "bakureserve_outbox_oldest_seconds": 180,
        "bakureserve_outbox_unread_seconds": 60,
    }
    await runtime.outbox.plan()
    assert (await waits())["bakureserve_outbox_unread_seconds"] == 0
