"""The server itself: probes, metrics, health, the OpenAPI document, features."""

from __future__ import annotations

from time import monotonic
from typing import Any

import msgspec
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from bakureserve import __version__
from bakureserve.domain.errors import NotFound, Unavailable
from bakureserve.domain.notifications import Outlet
from bakureserve.notify.mail import outlet_of
from bakureserve.server.app_keys import (
    EXAMINER,
    EXPOSITION,
    OPENAPI,
    READY,
    SCRAPERS,
    SETTINGS,
    STARTED,
)
from bakureserve.server.call import Call
from bakureserve.server.caller import operator_of
from bakureserve.server.endpoint import Group
from bakureserve.server.reply import Reply, etag_of
from bakureserve.server.shapes.health import HealthOut, health_out

api = Group("Service")

STATUS_OF_UNHEALTHY = 503

Plain = Call[None, None]


class Probe(msgspec.Struct, frozen=True):
    """`ok`; a server that is not answers with an error, or not at all."""

    status: str


class Features(msgspec.Struct, frozen=True, kw_only=True):
    """What this deployment offers, for the apps to show or hide.

    `letters` says how e-mail goes out: without a mail server into files that an operator reads.
    """

    prep_notify_enabled: bool
    payments_mode: str
    payment_provider: str | None
    currency: str
    maps_api_key_present: bool
    gomap_ready: bool
    letters: Outlet


@api.get("/livez", "Whether the process runs", weight=0, aliases=("/v1/livez",))
async def livez(_call: Plain) -> Probe:
    return Probe("ok")


@api.get(
    "/readyz", "Whether requests can be served", weight=0, problems=(503,), aliases=("/v1/readyz",)
)
async def readyz(call: Plain) -> Probe:
    if not await call.app[READY]():
        raise Unavailable("not_ready", retry_after=1)
    return Probe("ok")


@api.get(
    "/metrics",
    "Metrics for Prometheus; only for scrapers",
    reply_media_type="text/plain",
    weight=0,
    problems=(404,),
    aliases=("/v1/metrics",),
)
async def metrics(call: Plain) -> Reply[str]:
    """For scrapers only; others get a 404."""
    if not await call.app[SCRAPERS].admit(call.request, call.exchange.client):
        raise NotFound("route_not_found")
    text = await call.app[EXPOSITION].text()
    return Reply(text, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


@api.get("/openapi.json", "This description of the API", aliases=("/v1/openapi.json",))
async def openapi(call: Plain) -> Reply[dict[str, Any]]:
    document = call.app[OPENAPI]
    return Reply(document, etag=etag_of(document), headers={"Cache-Control": "no-cache"})


@api.get(
    "/health",
    "Health of the server and what it depends on, check by check",
    also=(STATUS_OF_UNHEALTHY,),
    weight=0,
    aliases=("/v1/health",),
)
async def health(call: Call[None, None]) -> Reply[HealthOut]:
    found = await call.app[EXAMINER].examine()
    answer = health_out(
        found,
        now=call.now,
        version=__version__,
        uptime=monotonic() - call.app[STARTED],
        language=call.language,
        to_operator=operator_of(call.request) is not None,
    )
    return Reply(
        answer,
        status=STATUS_OF_UNHEALTHY if found.status == "unhealthy" else 200,
        headers={"Cache-Control": "no-store"},
    )


@api.get("/v1/config/features", "What this deployment offers")
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


@api.get("/", "Redirect to the booking page", status=307)
async def home(_call: Plain) -> Reply[None]:
    raise web.HTTPTemporaryRedirect("/book/")
