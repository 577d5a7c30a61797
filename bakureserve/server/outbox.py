"""Making deliveries and attempting them, for as long as the server runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

from aiohttp import web

from bakureserve.domain.errors import NotFound
from bakureserve.notify.courier import Courier
from bakureserve.notify.letters import Letters
from bakureserve.notify.mail import mail_server
from bakureserve.notify.webhook import Webhooks
from bakureserve.runtime import Runtime
from bakureserve.server.attempts import attempting
from bakureserve.server.background import after_commits, running
from bakureserve.server.keys import RUNTIME

PAUSE_SECONDS = 0.1
"""At least between two looks at what happened: what comes together is told of together."""


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
    planning = after_commits(runtime.database, runtime.outbox.plan, "notices", pause=PAUSE_SECONDS)
    async with attempting(runtime, courier), running(planning, "notices"):
        yield
    await courier.close()


def courier_of(runtime: Runtime, webhooks: Webhooks) -> Courier:
    """The ways out that the settings open."""
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
