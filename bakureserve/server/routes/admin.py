"""Calls about the server's insides, for administrators."""

from __future__ import annotations

from functools import partial

from bakureserve.caching.ttl_cache import CacheFigures
from bakureserve.eta.breaker import BreakerFigures
from bakureserve.limits.limiter import LimiterFigures
from bakureserve.server.api import admin
from bakureserve.server.endpoint import Endpoint
from bakureserve.server.wire import admin as wire
from bakureserve.store.audit import AuditEntry, ImportRun

_CACHES = "/v1/admin/caches"
_BREAKERS = "/v1/admin/breakers"
_LIMITER = "/v1/admin/limiter"
_CLIENTS = f"{_LIMITER}/clients"

_admin = partial(Endpoint, tag="Administration", auth="admin")

ADMIN = (
    _admin(
        "GET",
        _CACHES,
        admin.list_caches,
        summary="How each cache is doing",
        reply=list[CacheFigures],
    ),
    _admin(
        "POST",
        f"{_CACHES}/sweep",
        admin.sweep_caches,
        summary="Forget what has expired in any of them",
        reply=wire.Dropped,
    ),
    _admin(
        "DELETE",
        _CACHES,
        admin.clear_caches,
        summary="Empty all caches",
        reply=wire.Dropped,
    ),
    _admin(
        "DELETE",
        f"{_CACHES}/{{cache}}",
        admin.clear_cache,
        summary="Empty one cache",
        reply=wire.Dropped,
        problems=(404,),
    ),
    _admin(
        "GET",
        _BREAKERS,
        admin.list_breakers,
        summary="How each circuit breaker stands",
        reply=list[BreakerFigures],
    ),
    _admin(
        "POST",
        f"{_BREAKERS}/reset",
        admin.reset_breakers,
        summary="Close all breakers, so that every service is asked again",
        reply=list[BreakerFigures],
    ),
    _admin(
        "POST",
        f"{_BREAKERS}/{{breaker}}/reset",
        admin.reset_breaker,
        summary="Close one breaker",
        reply=list[BreakerFigures],
        problems=(404,),
    ),
    _admin(
        "GET",
        _LIMITER,
        admin.show_limiter,
        summary="How the rate limiter is doing",
        reply=LimiterFigures,
    ),
    _admin(
        "GET",
        _CLIENTS,
        admin.busiest_clients,
        summary="The clients nearest to their limit",
        query=wire.BusiestQuery,
        reply=list[wire.LimitedClient],
    ),
    _admin(
        "GET",
        f"{_CLIENTS}/{{client}}",
        admin.show_client,
        summary="What one client has used and has left",
        reply=wire.LimitedClient,
        problems=(422,),
    ),
    _admin(
        "DELETE",
        f"{_CLIENTS}/{{client}}",
        admin.reset_client,
        summary="Give one client a fresh quota",
        reply=wire.Dropped,
        problems=(422,),
    ),
    _admin(
        "DELETE",
        _CLIENTS,
        admin.reset_clients,
        summary="Give every client a fresh quota",
        reply=wire.Dropped,
    ),
    _admin(
        "GET",
        "/v1/admin/audit",
        admin.list_audit,
        summary="Who changed what, the newest first",
        query=wire.AuditQuery,
        reply=list[AuditEntry],
    ),
    _admin(
        "GET",
        "/v1/admin/imports",
        admin.list_imports,
        summary="Finished imports of old files, the latest first",
        reply=list[ImportRun],
    ),
)
