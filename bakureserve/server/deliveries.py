"""Makes deliveries from events, and attempts them, while the server runs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from aiohttp import web

from bakureserve.domain.errors import NotFound, Unavailable
from bakureserve.domain.notifications import Delivery, Failure
from bakureserve.notify import DeliveryFailed
from bakureserve.notify.courier import Courier
from bakureserve.notify.letters import Letters
from bakureserve.notify.mail import mail_server
from bakureserve.notify.webhook import Webhooks
from bakureserve.runtime import Runtime
from bakureserve.server.app_keys import RUNTIME
from bakureserve.server.jobs import after_commits, running, when_nudged
from bakureserve.server.logs import log_trouble
from bakureserve.services.notifications.outbox import Outbox

PLANNING_PAUSE_SECONDS = 0.1
"""The shortest pause between two plannings: events that come together are planned together."""
ATTEMPTS_PAUSE_SECONDS = 0.02
"""The shortest pause between two claims: attempts that end together make room together."""
LAST_SECONDS = 2.0
"""How long a stopping server waits for attempts to end. Those it cuts off are attempted again."""


async def delivering(app: web.Application) -> AsyncIterator[None]:
    """Make deliveries from events and attempt them, until the application stops."""
    runtime = app[RUNTIME]
    webhooks = Webhooks(
        master=runtime.settings.webhook_secret,
        private_addresses=runtime.settings.webhook_private_addresses,
        timeout=runtime.settings.notify_timeout_seconds,
        clock=runtime.clock,
    )
    courier = courier_of(runtime, webhooks)
    async with attempting(runtime, courier) as attempts:

        async def plan() -> None:
            if await runtime.outbox.plan():
                attempts.nudged.set()

        planning = after_commits(runtime.database, plan, "notices", pause=PLANNING_PAUSE_SECONDS)
        async with running(planning, "notices"):
            yield
    await courier.close()


def courier_of(runtime: Runtime, webhooks: Webhooks) -> Courier:
    """The courier, with the outlets that the settings choose."""
    settings = runtime.settings

    async def address_of(restaurant_id: str) -> str:
        with suppress(NotFound):
            return (await runtime.directory.known(restaurant_id)).webhook_url
        return ""

    return Courier(
        Letters(settings.notify_from, settings.notify_language),  # type: ignore[arg-type]  # a Choice
        webhooks,
        address_of,
        link_for=runtime.proofs.link_for,
        mail=mail_server(settings),
        files=runtime.files if settings.notify_files else None,
    )


@asynccontextmanager
async def attempting(runtime: Runtime, courier: Courier) -> AsyncIterator[Attempts]:
    """Attempt due deliveries while the block runs, then end those under way.

    Looks for them when it is nudged, and not after every booking's commit: most lead to none.
    """
    attempts = Attempts(runtime.outbox, courier)
    beginning = when_nudged(
        attempts.nudged, attempts.begin, "deliveries", pause=ATTEMPTS_PAUSE_SECONDS
    )
    try:
        async with running(beginning, "deliveries"):
            yield attempts
    finally:
        await attempts.end()


class Attempts:
    """The attempts under way. A slow recipient holds up only its own deliveries.

    `nudged` is set when there may be something to begin: deliveries were made, or an attempt ended.
    """

    def __init__(self, outbox: Outbox, courier: Courier) -> None:
        self._outbox = outbox
        self._courier = courier
        self._lanes: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self.nudged = asyncio.Event()

    async def begin(self) -> None:
        """Begin as many due deliveries as there is room for. Raises Unavailable."""
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
        """Wait a moment for attempts under way, and cancel the rest."""
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
                await self._courier.withdraw(delivery)
        except Unavailable as error:  # attempted again once its lease is over
            log_trouble("delivery_not_noted", error, delivery=delivery.id)
        finally:
            self._lanes[delivery.lane] -= 1
            self.nudged.set()

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
        except Exception:  # one broken delivery must not hold up the others
            log.exception("delivery_broke", delivery=delivery.id, channel=delivery.channel)
            return Failure("internal_error")
        return None
