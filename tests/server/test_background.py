"""Work that the server does by itself, again and again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import asynccontextmanager, suppress

import pytest
import structlog
from aiohttp import web
from structlog.testing import capture_logs

from bakureserve.domain.errors import StoreBusy, StoreCorrupt, StoreFull, StoreReadOnly
from bakureserve.runtime import Runtime
from bakureserve.server import background
from bakureserve.server.app_keys import RUNTIME
from bakureserve.server.jobs import Job, after_commits, repeating, running
from tests.kit.waiting import until


class Work:
    """Fails as it is told to, and counts how often it was tried."""

    def __init__(self) -> None:
        self.tried = 0
        self.error: Exception | None = None

    async def __call__(self) -> None:
        self.tried += 1
        if self.error is not None:
            raise self.error

    async def until_tried(self, times: int) -> None:
        async with asyncio.timeout(10):
            while self.tried < times:
                await asyncio.sleep(0.001)


@pytest.fixture
def told() -> Iterator[list[structlog.typing.EventDict]]:
    with capture_logs() as lines:
        yield lines


async def test_what_stands_in_the_way_is_told_once_and_so_is_its_end(
    told: list[structlog.typing.EventDict],
) -> None:
    work = Work()
    work.error = StoreReadOnly("store_read_only")
    async with running(repeating(work, "notices", every=0), "notices"):
        await work.until_tried(50)
        work.error = None
        await work.until_tried(work.tried + 5)

    assert [(line["event"], line["work"]) for line in told] == [
        ("work_late", "notices"),
        ("work_resumed", "notices"),
    ]


async def test_it_is_told_as_gravely_as_it_is_and_with_where(
    told: list[structlog.typing.EventDict],
) -> None:
    for error, level, reason in (
        (StoreCorrupt("file_damaged", path="/srv/x.db", finding="page 7"), "critical", "/srv/x.db"),
        (
            StoreReadOnly("store_cannot_create", path="/backups", reason="Permission denied"),
            "error",
            "/backups",
        ),
        (StoreFull("folder_full", path="/backups"), "error", "/backups"),
        (StoreBusy("store_busy"), "warning", "another change"),
    ):
        work = Work()
        work.error = error
        await Job("backup").attempt(work)
        line = told.pop()
        assert told == []
        assert (line["log_level"], line["code"]) == (level, error.code)
        assert reason.lower() in line["reason"].lower()


async def test_a_fault_of_the_program_ends_no_work(told: list[structlog.typing.EventDict]) -> None:
    work = Work()
    work.error = ZeroDivisionError()
    async with running(repeating(work, "sweep", every=0), "sweep"):
        await work.until_tried(3)

    assert {line["event"] for line in told} == {"work_failed"}


async def test_a_fault_in_one_look_does_not_end_the_looks_at_the_signing_keys(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    def broken() -> None:
        looks.append(1)
        raise ZeroDivisionError

    monkeypatch.setattr(runtime.signing_keys, "refresh", broken)
    monkeypatch.setattr(background, "KEYS_SECONDS", 0.01)
    app = web.Application()
    app[RUNTIME] = runtime
    async with asynccontextmanager(background.signing_keys)(app):
        await until(lambda: len(looks) > 2)


async def test_work_that_fails_is_not_tried_at_every_commit(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bakureserve.server.jobs.OTHERS_SECONDS", 60.0)
    database = runtime.database
    work = Work()
    work.error = StoreReadOnly("store_read_only")
    async with running(after_commits(database, work, "notices", pause=0), "notices"):
        await work.until_tried(1)
        for _ in range(20):
            await database.write(lambda tx: tx.execute("create table if not exists x (a)"))
            await asyncio.sleep(0.002)

    assert work.tried == 1


async def test_long_work_takes_no_more_than_its_share_of_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise asyncio.CancelledError

    async def work() -> None:
        if len(pauses) == 2:
            time.sleep(0.05)

    monkeypatch.setattr(asyncio, "sleep", pause)
    with suppress(asyncio.CancelledError):
        await repeating(work, "check", every=0.2, share=0.1)
    assert pauses[1] >= 0.2
    assert pauses[2] >= 9 * 0.05
