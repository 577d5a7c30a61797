"""Attempting what is due in the outbox, some of it side by side."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from bakureserve.domain.errors import Unavailable
from bakureserve.domain.notifications import Delivery, Failure
from bakureserve.notify import DeliveryFailed
from bakureserve.notify.courier import Courier
from bakureserve.runtime import Runtime
from bakureserve.server.background import after_commits, running
from bakureserve.server.trouble import log_trouble
from bakureserve.services.notifications.outbox import Outbox

PAUSE_SECONDS = 0.02
"""At least between two looks: what ends together makes room together."""
LAST_SECONDS = 2.0
"""How long a stopping server waits for attempts to end. What it cuts off is attempted again."""


@asynccontextmanager
async def attempting(runtime: Runtime, courier: Courier) -> AsyncIterator[None]:
    """Attempt what is due beside what happens inside, and end what is under way."""
    attempts = Attempts(runtime.outbox, courier)
    # The end of an attempt is a commit as well, and makes room for the next.
    beginning = after_commits(runtime.database, attempts.begin, "deliveries", pause=PAUSE_SECONDS)
    try:
        async with running(beginning, "deliveries"):
            yield
    finally:
        await attempts.end()


class Attempts:
    """Those under way. A slow recipient holds up nobody but itself."""

    def __init__(self, outbox: Outbox, courier: Courier) -> None:
        self._outbox = outbox
        self._courier = courier
        self._lanes: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()

    async def begin(self) -> None:
        """Begin as many of those due as there is room for. Raises Unavailable."""
        while True:
            token, taken = await self._outbox.claim(self._lanes)
            if not token:
                return
            for delivery in taken:
                self._lanes[delivery.lane] += 1
                task = asyncio.create_task(self._attempt(token, delivery))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def end(self) -> None:
        """Wait a moment for those under way, and cut off the others."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=LAST_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _attempt(self, token: str, delivery: Delivery) -> None:
        try:
            failure = await self._outcome(delivery)
            noted = await self._outbox.settle(delivery, token, failure)
            if not noted and await self._outbox.is_forgotten(delivery):
                await self._courier.take_back(delivery)
        except Unavailable as error:  # attempted again once its time is over
            log_trouble("delivery_not_noted", error, delivery=delivery.id)
        finally:
            self._lanes[delivery.lane] -= 1

    async def _outcome(self, delivery: Delivery) -> Failure | None:
        log = structlog.get_logger()
        try:
            await self._courier.deliver(delivery)
        except DeliveryFailed as failed:
            failure = failed.failure
            log.warning(
                "delivery_failed",
                delivery=delivery.id,
                channel=delivery.channel,
                code=failure.code,
                attempt=delivery.attempts,
                permanent=failure.permanent,
            )
            return failure
        except Unavailable:
            raise
        except Exception:  # one letter that cannot be written must not hold up the others
            log.exception("delivery_broke", delivery=delivery.id, channel=delivery.channel)
            return Failure("internal_error")
        return None
