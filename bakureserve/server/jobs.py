"""Background work: repeated, after commits, or until the server stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog

from bakureserve.domain.errors import ReserveError
from bakureserve.server.logs import log_trouble
from bakureserve.store.database import Database

OTHERS_SECONDS = 1.0
"""How often work that is nudged looks for what other processes committed."""


class Job:
    """Repeated work that logs when it begins to fail and when it recovers.

    Any error but a ReserveError is a bug: it is logged with its traceback each time.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._failing_with = ""
        self._log = structlog.get_logger()

    async def attempt(self, work: Callable[[], Awaitable[object]]) -> bool:
        """Do the work. Returns whether it was done; raises only a cancellation."""
        try:
            await work()
        except ReserveError as error:
            self._note(error)
            return False
        except Exception:  # noqa: BLE001 - no failure may end the work for good
            self._log.exception("work_failed", work=self._name)
            return False
        self._note(None)
        return True

    def _note(self, error: ReserveError | None) -> None:
        code = error.code if error else ""
        if code == self._failing_with:
            return
        if error:
            log_trouble("work_late", error, work=self._name)
        else:
            self._log.warning("work_resumed", work=self._name, after=self._failing_with)
        self._failing_with = code


async def repeating(
    work: Callable[[], Awaitable[object]],
    name: str,
    *,
    every: float,
    first: float = 0.0,
    share: float = 1.0,
) -> None:
    """Do `work` after `first` seconds, and again `every` seconds after each run, failed or not.

    Waits longer where the work would take more than this `share` of the time. Only a cancellation
    ends it.
    """
    job, loop = Job(name), asyncio.get_running_loop()
    await asyncio.sleep(first)
    while True:
        began = loop.time()
        await job.attempt(work)
        await asyncio.sleep(max(every, (loop.time() - began) * (1 / share - 1)))


async def after_commits(
    database: Database, work: Callable[[], Awaitable[object]], name: str, *, pause: float
) -> None:
    """Do `work` at once and after every commit of this process, as `when_nudged`."""
    nudged = asyncio.Event()
    database.on_commit(nudged.set)
    await when_nudged(nudged, work, name, pause=pause)


async def when_nudged(
    nudged: asyncio.Event, work: Callable[[], Awaitable[object]], name: str, *, pause: float
) -> None:
    """Do `work` at once and whenever it is nudged, at least `pause` seconds apart.

    Also every second, for what other processes committed. Only a cancellation ends it.
    """
    job = Job(name)
    while True:
        nudged.clear()
        if not await job.attempt(work):
            await asyncio.sleep(OTHERS_SECONDS)
        await asyncio.sleep(pause)
        with suppress(TimeoutError):
            async with asyncio.timeout(OTHERS_SECONDS):
                await nudged.wait()


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None], name: str) -> AsyncIterator[None]:
    """Run `work` while the block runs, and cancel it at the end."""
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])  # which, unlike `await task`, can be cancelled itself
