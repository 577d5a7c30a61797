"""Delivering what waits in the outbox, for as long as the server runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import structlog
from aiohttp import web

from bakureserve.domain.errors import NotFound, Unavailable
from bakureserve.domain.notices import Delivery, Failure
from bakureserve.notify.courier import Courier
from bakureserve.notify.failed import DeliveryFailed
from bakureserve.notify.files import Files
from bakureserve.notify.letters import Letters
from bakureserve.notify.mail import MailServer
from bakureserve.notify.webhook import Webhooks
from bakureserve.runtime import Runtime
from bakureserve.server.background import running
from bakureserve.server.keys import RUNTIME
from bakureserve.services.outbox import Outbox
from bakureserve.settings import Settings

LOOK_SECONDS = 1.0
"""Between two looks for what is due; what this process commits is seen at once."""
PAUSE_SECONDS = 0.1
"""At least between two looks: what comes together is planned together."""


async def delivering(app: web.Application) -> AsyncIterator[None]:
    """Make deliveries from events and attempt them, until the application stops."""
    runtime = app[RUNTIME]
    webhooks = Webhooks(
        master=runtime.settings.webhook_secret,
        private_addresses=runtime.settings.webhook_private_addresses,
        timeout=runtime.settings.notify_timeout_seconds,
        clock=runtime.clock,
    )
    async with running(_deliver_forever(runtime, courier_of(runtime, webhooks)), "outbox"):
        yield
    await webhooks.close()


def courier_of(runtime: Runtime, webhooks: Webhooks) -> Courier:
    """The ways out that the settings open."""
    settings = runtime.settings

    async def address_of(restaurant_id: str) -> str:
        with suppress(NotFound):
            return (await runtime.directory.known(restaurant_id)).webhook_url
        return ""

    files = Files(settings.data_dir / "outbox", keep=settings.notify_files_keep)
    return Courier(
        Letters(settings.notify_from, settings.notify_language),  # type: ignore[arg-type]  # a Choice
        webhooks,
        address_of,
        mail=_mail_server(settings) if settings.smtp_host else None,
        files=files if settings.notify_files else None,
    )


def _mail_server(settings: Settings) -> MailServer:
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,  # type: ignore[arg-type]  # a Choice of just these
        username=settings.smtp_username,
        password=settings.smtp_password,
        timeout=settings.notify_timeout_seconds,
    )


async def _deliver_forever(runtime: Runtime, courier: Courier) -> None:
    log = structlog.get_logger()
    nudged = asyncio.Event()
    runtime.database.on_commit(nudged.set)
    while True:
        nudged.clear()
        try:
            await runtime.outbox.plan()
            while await deliver_due(runtime.outbox, courier):
                pass
        except Unavailable as error:
            log.warning("outbox_late", code=error.code)
        except Exception:  # whatever it was, it must not be the end of all notices
            log.exception("outbox_failed")
            await asyncio.sleep(LOOK_SECONDS)
        await asyncio.sleep(PAUSE_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await nudged.wait()


async def deliver_due(outbox: Outbox, courier: Courier) -> int:
    """Attempt some of what is due, side by side; how many. Raises Unavailable."""
    token, taken = await outbox.claim()
    await asyncio.gather(*(_attempt(outbox, courier, token, delivery) for delivery in taken))
    return len(taken)


async def _attempt(outbox: Outbox, courier: Courier, token: str, delivery: Delivery) -> None:
    log = structlog.get_logger()
    failure: Failure | None = None
    try:
        await courier.deliver(delivery)
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
    except Exception:  # one letter that cannot be written must not hold up the others
        failure = Failure("internal_error")
        log.exception("delivery_broke", delivery=delivery.id, channel=delivery.channel)
    await outbox.settle(delivery, token, failure)
