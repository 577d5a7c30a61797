"""Endpoints about the server itself: probes, metrics, its own description, what it offers."""

from __future__ import annotations

import msgspec
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from bakureserve.domain.errors import NotFound, Unavailable
from bakureserve.domain.notifications import Outlet
from bakureserve.notify.opening import outlet_of
from bakureserve.server.call import Call
from bakureserve.server.etags import etag_of
from bakureserve.server.keys import EXPOSITION, OPENAPI, READY, SCRAPERS, SETTINGS
from bakureserve.server.reply import Reply

Plain = Call[None, None]


class Probe(msgspec.Struct, frozen=True):
    """`ok`, or there is no answer."""

    status: str


class Features(msgspec.Struct, frozen=True, kw_only=True):
    """What this deployment offers, for the apps to show or hide.

    `letters` is how its letters go out: without a mail server into files that an operator reads.
    """

    prep_notify_enabled: bool
    payments_mode: str
    payment_provider: str | None
    currency: str
    maps_api_key_present: bool
    gomap_ready: bool
    letters: Outlet


async def livez(_call: Plain) -> Probe:
    return Probe("ok")


async def readyz(call: Plain) -> Probe:
    if not await call.app[READY]():
        raise Unavailable("not_ready", retry_after=1)
    return Probe("ok")


async def metrics(call: Plain) -> Reply:
    """For scrapers alone: to others there is nothing here."""
    if not await call.app[SCRAPERS].admit(call.request, call.exchange.client):
        raise NotFound("route_not_found")
    text = await call.app[EXPOSITION].text()
    return Reply(text, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


async def openapi(call: Plain) -> Reply:
    document = call.app[OPENAPI]
    return Reply(document, etag=etag_of(document), headers={"Cache-Control": "no-cache"})


async def features(call: Plain) -> Features:
    settings = call.app[SETTINGS]
    return Features(
        prep_notify_enabled=settings.prep_notify_enabled,
        payments_mode=settings.payments_mode,
        payment_provider=settings.payment_provider or None,
        currency=settings.currency,
        maps_api_key_present=bool(settings.maps_api_key),
        gomap_ready=bool(settings.gomap_guid),
        letters=outlet_of(settings) if settings.notify_enabled else "none",
    )


async def home(_call: Plain) -> Reply:
    raise web.HTTPTemporaryRedirect("/book/")
