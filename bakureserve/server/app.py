"""The whole server on one page: the steps around every request, and the calls that answer it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from time import monotonic, monotonic_ns

import msgspec
from aiohttp import web
from prometheus_client import CollectorRegistry

from bakureserve.limits.limiter import Limiter
from bakureserve.server import app_keys
from bakureserve.server.api import (
    admin,
    arrivals,
    notifications,
    places,
    reservations,
    restaurants,
    service,
    status,
)
from bakureserve.server.api.accounts import own_account, users
from bakureserve.server.call import ask_for_body
from bakureserve.server.caller import (
    Clients,
    Identify,
    Scrapers,
    noting_actor,
    people_only,
)
from bakureserve.server.connection_limits import ConnectionLimits, descriptor_limit, shares_of
from bakureserve.server.endpoint import Endpoint, Group
from bakureserve.server.front_cache import FrontCache
from bakureserve.server.history import History, LoopLag
from bakureserve.server.legacy_routes import add_legacy_routes
from bakureserve.server.metrics.exposition import Exposition
from bakureserve.server.observers import AccessLines, RequestMetrics, access_log
from bakureserve.server.openapi import openapi_document
from bakureserve.server.origins import cors, local_only
from bakureserve.server.pipeline import (
    Client,
    Marks,
    RouteFacts,
    limit_body,
    pipeline,
    request_context,
    request_ids,
)
from bakureserve.server.problems import BODY_LIMIT
from bakureserve.server.rate_limit import RateLimit
from bakureserve.server.static import PAGES, add_pages, add_photos, add_problem_page
from bakureserve.server.streams.stream_limits import FrameBudgets, StreamLimits
from bakureserve.settings import Settings

GROUPS: tuple[Group, ...] = (
    restaurants.api,
    reservations.api,
    arrivals.api,
    restaurants.days,
    arrivals.live,
    places.api,
    own_account.api,
    users.api,
    status.api,
    admin.api,
    notifications.api,
    service.api,
)
"""Every call of the API. Pages and old addresses are added in `create_app`."""
ENDPOINTS = tuple(endpoint for group in GROUPS for endpoint in group.endpoints)


def create_app(
    *,
    settings: Settings,
    clock: app_keys.Clock,
    identify: Identify,
    ready: app_keys.Ready,
    registry: CollectorRegistry,
    limiter: Limiter,
    access_lines: AccessLines,
    endpoints: Iterable[Endpoint] = ENDPOINTS,
    pages: Path = PAGES,
    marks: Callable[[], Marks] | None = None,
) -> web.Application:
    """The application from everything it needs; it opens nothing but its own pages.

    `marks` tells the present state of what shared answers depend on; without it, and on a `--dev`
    server, which looks closely at every head, nothing is answered from the front cache.
    """
    routes: dict[web.AbstractRoute, RouteFacts] = {}
    metrics = RequestMetrics(registry)
    person = people_only(identify)
    clients, new_id = Clients(settings.trusted_proxies), request_ids()
    limit = RateLimit(limiter) if settings.limits_rates else None
    observers = (metrics.observe, access_log(access_lines, clock))
    surroundings = pipeline(
        request_context(routes, clients.of_request, new_id),
        guards=(
            metrics.arrive,
            *([local_only(settings.cors_allow_origins)] if settings.dev else []),
            *([cors(settings.cors_allow_origins)] if settings.cors_allow_origins else []),
            *([limit.guard] if limit else []),
            limit_body,
        ),
        note_actor=noting_actor(person),
        observers=observers,
    )
    app = web.Application(middlewares=[surroundings], client_max_size=BODY_LIMIT)
    app.on_cleanup.append(_flushing(access_lines))

    table = tuple(endpoints)
    app[app_keys.SETTINGS] = settings
    app[app_keys.IN_EFFECT] = lambda: settings
    app[app_keys.SHARES] = shares = shares_of(descriptor_limit(), settings)
    app[app_keys.STREAM_LIMITS] = StreamLimits(
        total=shares.streams,
        per_client=shares.streams_of_client,
        per_account=settings.live_max_streams_per_account,
    )
    app[app_keys.FRAMES] = FrameBudgets(
        heartbeat=settings.live_heartbeat_seconds,
        streams_of_client=settings.live_max_streams_per_client,
        clock=monotonic_ns,
    )
    app[app_keys.CONNECTION_LIMITS] = ConnectionLimits(
        shares.connections_of_client,
        settings.trusted_proxies,
        monotonic,
        total=shares.connections,
    )
    app[app_keys.CLOCK] = clock
    app[app_keys.IDENTIFY] = person
    app[app_keys.LAG] = lag = LoopLag()
    app[app_keys.FRONT_CACHE] = (
        FrontCache(
            now=marks,
            clock=clock,
            client_of=clients.of,
            at_once=limit.at_once if limit else _unlimited,
            new_id=new_id,
            arrive=metrics.arrive,
            observers=observers,
        )
        if marks and not settings.dev
        else None
    )
    app[app_keys.HISTORY] = History(metrics, lag)
    app[app_keys.ADDRESSES] = []
    app[app_keys.READY] = ready
    app[app_keys.STARTED] = monotonic()
    app[app_keys.REGISTRY] = registry
    app[app_keys.EXPOSITION] = Exposition(registry, clock)
    app[app_keys.SCRAPERS] = Scrapers(settings.metrics_allow, identify)
    app[app_keys.OPENAPI] = msgspec.json.encode(openapi_document(table))

    for endpoint in table:
        _add_endpoint(app, endpoint, routes)
    add_legacy_routes(app, redirect=settings.legacy_routes)
    _note_routes(app, routes, weight=1)
    add_problem_page(app)
    add_photos(app)
    add_pages(app, pages)
    # A page is some twenty files from memory, which all guests behind one address must get.
    _note_routes(app, routes, weight=0)
    return app


def _unlimited(_client: Client, _weight: int) -> bytes:
    return b""


def _add_endpoint(
    app: web.Application, endpoint: Endpoint, routes: dict[web.AbstractRoute, RouteFacts]
) -> None:
    """Route the endpoint and its aliases; a GET answers HEAD as well."""
    handler = endpoint.aiohttp_handler()
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
    """Note the facts of every route that has none yet."""
    for route in app.router.routes():
        routes.setdefault(route, RouteFacts(_template(route), weight))


def _template(route: web.AbstractRoute) -> str:
    return route.resource.canonical if route.resource else ""


def _flushing(lines: AccessLines) -> Callable[[web.Application], Awaitable[None]]:
    async def flush(_app: web.Application) -> None:
        lines.flush()

    return flush
