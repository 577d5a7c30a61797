"""The whole server on one page: what surrounds every request, and what answers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from time import monotonic, monotonic_ns

import msgspec
from aiohttp import web
from prometheus_client import CollectorRegistry

from bakureserve.limits.limiter import Limiter
from bakureserve.server import keys
from bakureserve.server.access_log import AccessLines, access_log
from bakureserve.server.api import (
    accounts,
    admin,
    arrivals,
    maps,
    operations,
    reservations,
    restaurants,
    service,
    streams,
    users,
)
from bakureserve.server.body import ask_for_body
from bakureserve.server.client import client_identity
from bakureserve.server.crowd import Crowd
from bakureserve.server.descriptors import limit, shared_out
from bakureserve.server.endpoint import Endpoint, Group, adapt
from bakureserve.server.exchange import RouteFacts
from bakureserve.server.history import History
from bakureserve.server.identity import Identify, people_only
from bakureserve.server.legacy import add_legacy_routes
from bakureserve.server.metrics.exposition import Exposition, Scrapers
from bakureserve.server.metrics.loop import LoopLag
from bakureserve.server.metrics.requests import RequestMetrics
from bakureserve.server.openapi import openapi_document
from bakureserve.server.origins import cors, local_only
from bakureserve.server.pipeline import limit_body, pipeline, request_context
from bakureserve.server.problems import BODY_LIMIT
from bakureserve.server.rate_limit import rate_limit
from bakureserve.server.recent_errors import RecentErrors
from bakureserve.server.request_stats import RequestStats
from bakureserve.server.static import PAGES, add_pages, add_photos, add_problem_page
from bakureserve.server.streams.frames import FrameBudgets
from bakureserve.server.streams.stream_limits import StreamLimits
from bakureserve.settings import Settings

GROUPS: tuple[Group, ...] = (
    restaurants.api,
    reservations.api,
    arrivals.api,
    restaurants.days,
    streams.api,
    maps.api,
    accounts.api,
    users.api,
    operations.api,
    admin.api,
    service.api,
)
"""Every call of the API. Pages and old addresses are added in `create_app`."""
ENDPOINTS = tuple(endpoint for group in GROUPS for endpoint in group.endpoints)


def create_app(
    *,
    settings: Settings,
    clock: keys.Clock,
    identify: Identify,
    ready: keys.Ready,
    registry: CollectorRegistry,
    limiter: Limiter,
    access_lines: AccessLines,
    endpoints: Iterable[Endpoint] = ENDPOINTS,
    pages: Path = PAGES,
) -> web.Application:
    """The application, handed everything it needs; it opens nothing but its own pages.

    The limiter is left out when the settings say so.
    """
    routes: dict[web.AbstractRoute, RouteFacts] = {}
    metrics = RequestMetrics(registry)
    person = people_only(identify)
    surroundings = pipeline(
        request_context(routes, client_identity(settings.trusted_proxies)),
        guards=(
            metrics.arrive,
            *([local_only(settings.cors_allow_origins)] if settings.dev else []),
            *([cors(settings.cors_allow_origins)] if settings.cors_allow_origins else []),
            *([rate_limit(limiter)] if settings.limits_rates else []),
            limit_body,
        ),
        identify=person,
        observers=(metrics.observe, access_log(access_lines, clock)),
    )
    app = web.Application(middlewares=[surroundings], client_max_size=BODY_LIMIT)
    app.on_cleanup.append(_flushing(access_lines))

    table = tuple(endpoints)
    app[keys.SETTINGS] = settings
    app[keys.IN_EFFECT] = lambda: settings
    app[keys.SHARES] = shares = shared_out(limit(), settings)
    app[keys.STREAM_LIMITS] = StreamLimits(
        total=shares.streams,
        per_client=shares.streams_of_client,
        per_account=settings.live_max_streams_per_account,
    )
    app[keys.FRAMES] = FrameBudgets(
        heartbeat=settings.live_heartbeat_seconds,
        streams_of_client=settings.live_max_streams_per_client,
        clock=monotonic_ns,
    )
    app[keys.CROWD] = Crowd(
        shares.connections_of_client,
        settings.trusted_proxies,
        monotonic,
        total=shares.connections,
    )
    app[keys.CLOCK] = clock
    app[keys.IDENTIFY] = person
    app[keys.REQUEST_STATS] = RequestStats(metrics.totals)
    app[keys.LAG] = lag = LoopLag()
    app[keys.HISTORY] = History(metrics.totals, lag)
    app[keys.ERRORS] = RecentErrors(metrics.errors)
    app[keys.ADDRESSES] = []
    app[keys.READY] = ready
    app[keys.STARTED] = monotonic()
    app[keys.REGISTRY] = registry
    app[keys.EXPOSITION] = Exposition(registry, clock)
    app[keys.SCRAPERS] = Scrapers(settings.metrics_allow, identify)
    app[keys.OPENAPI] = msgspec.json.encode(openapi_document(table))

    for endpoint in table:
        _add_endpoint(app, endpoint, routes)
    add_legacy_routes(app, redirect=settings.legacy_routes)
    _note_routes(app, routes, weight=1)
    add_problem_page(app)
    add_photos(app)
    add_pages(app, pages)
    # A page is a score of files from memory: guests behind one address must all get them.
    _note_routes(app, routes, weight=0)
    return app


def _add_endpoint(
    app: web.Application, endpoint: Endpoint, routes: dict[web.AbstractRoute, RouteFacts]
) -> None:
    """Route the endpoint and its aliases; a GET answers HEAD as well."""
    handler = adapt(endpoint)
    methods = ("GET", "HEAD") if endpoint.method == "GET" else (endpoint.method,)
    for path in (endpoint.path, *endpoint.aliases):
        resource = app.router.add_resource(path)
        for method in methods:
            route = resource.add_route(method, handler, expect_handler=ask_for_body)
            routes[route] = RouteFacts(
                resource.canonical, endpoint.weight, endpoint.identifies, endpoint.recognises
            )


def _note_routes(
    app: web.Application, routes: dict[web.AbstractRoute, RouteFacts], *, weight: int
) -> None:
    """Give every route that has none yet its facts."""
    for route in app.router.routes():
        routes.setdefault(route, RouteFacts(_template(route), weight))


def _template(route: web.AbstractRoute) -> str:
    return route.resource.canonical if route.resource else ""


def _flushing(lines: AccessLines) -> Callable[[web.Application], Awaitable[None]]:
    async def flush(_app: web.Application) -> None:
        lines.flush()

    return flush
