"""The server's internals, for administrators: caches, breakers, limiter, audit, imports.

Caches, breakers and buckets live in this process's memory or in Redis, and changing them must work
when the store does not: so the log, not the audit, records who did it.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
import structlog
from msgspec import Meta

from bakureserve.caching.cache import CacheFigures
from bakureserve.domain.errors import Invalid
from bakureserve.eta.breaker import BreakerFigures
from bakureserve.limits.limiter import Bucket, LimiterFigures, Quota
from bakureserve.server.addresses import client_of
from bakureserve.server.call import Call
from bakureserve.server.endpoint import Group, InputText
from bakureserve.server.paging import Cursor, PageSize, page_of, place_from
from bakureserve.server.reply import Reply
from bakureserve.store.audit import AuditEntry, AuditFilter, ImportRun

api = Group("Administration", auth="admin")
_CACHES = "/v1/admin/caches"
_BREAKERS = "/v1/admin/breakers"
_LIMITER = "/v1/admin/limiter"
_CLIENTS = f"{_LIMITER}/clients"


class Dropped(msgspec.Struct, frozen=True):
    """How many entries were dropped."""

    dropped: int


class LimitedClient(msgspec.Struct, frozen=True, kw_only=True):
    """A client of the limiter: an IPv4 address or an IPv6 /64, what it has used and has left of its
    quota, and in how many seconds all of it is free again."""

    client: str
    used: int
    remaining: int
    reset_after: float


class BusiestQuery(msgspec.Struct, frozen=True):
    limit: Annotated[int, Meta(ge=1, le=100)] = 10


class AuditQuery(msgspec.Struct, frozen=True):
    action: InputText | None = None
    actor: InputText | None = None
    noun_id: InputText | None = None
    limit: PageSize = 100
    cursor: Cursor = ""


def limited_client(client: str, bucket: Bucket | None, quota: Quota) -> LimitedClient:
    """A client's row; without a bucket it has its whole quota."""
    used = bucket.used if bucket else 0
    return LimitedClient(
        client=client,
        used=used,
        remaining=quota.requests - used,
        reset_after=bucket.reset_after if bucket else 0.0,
    )


Plain = Call[None, None]

log = structlog.get_logger(__name__)


class _Place(msgspec.Struct):
    before: int


@api.get(_CACHES, "Show the figures of each cache")
async def list_caches(call: Plain) -> tuple[CacheFigures, ...]:
    return call.runtime.caches.figures()


@api.post(f"{_CACHES}/sweep", "Drop expired entries from all caches")
async def sweep_caches(call: Plain) -> Dropped:
    return _dropped(call, "caches_swept", call.runtime.caches.sweep())


@api.delete(_CACHES, "Empty all caches")
async def clear_caches(call: Plain) -> Dropped:
    return _dropped(call, "caches_cleared", call.runtime.caches.clear())


@api.delete(f"{_CACHES}/{{cache}}", "Empty one cache", problems=(404,))
async def clear_cache(call: Plain) -> Dropped:
    name = call.path["cache"]
    return _dropped(call, "cache_cleared", call.runtime.caches.clear(name), cache=name)


@api.get(_BREAKERS, "Show the state of each circuit breaker")
async def list_breakers(call: Plain) -> tuple[BreakerFigures, ...]:
    return call.runtime.maps.breakers()


@api.post(f"{_BREAKERS}/{{breaker}}/reset", "Close one breaker", problems=(404,))
async def reset_breaker(call: Plain) -> tuple[BreakerFigures, ...]:
    maps, name = call.runtime.maps, call.path["breaker"]
    maps.reset(name)
    _note(call, "breaker_reset", breaker=name)
    return maps.breakers()


@api.post(f"{_BREAKERS}/reset", "Close all breakers, so that every service is asked again")
async def reset_breakers(call: Plain) -> tuple[BreakerFigures, ...]:
    maps = call.runtime.maps
    for breaker in maps.breakers():
        maps.reset(breaker.name)
    _note(call, "breakers_reset")
    return maps.breakers()


@api.get(_LIMITER, "Show the figures of the rate limiter")
async def show_limiter(call: Plain) -> LimiterFigures:
    return call.runtime.limiter.figures()


@api.get(_CLIENTS, "The clients nearest to their limit")
async def busiest_clients(call: Call[BusiestQuery, None]) -> list[LimitedClient]:
    limiter = call.runtime.limiter
    return [
        limited_client(bucket.client, bucket, limiter.quota)
        for bucket in limiter.busiest(call.query.limit)
    ]


@api.get(f"{_CLIENTS}/{{client}}", "What one client has used and has left", problems=(422,))
async def show_client(call: Plain) -> LimitedClient:
    limiter, client = call.runtime.limiter, _client(call)
    return limited_client(client, await limiter.show(client), limiter.quota)


@api.delete(f"{_CLIENTS}/{{client}}", "Give one client a fresh quota", problems=(422,))
async def reset_client(call: Plain) -> Dropped:
    client = _client(call)
    known = await call.runtime.limiter.reset(client)
    return _dropped(call, "client_reset", int(known), client=client)


@api.delete(_CLIENTS, "Give every client a fresh quota")
async def reset_clients(call: Plain) -> Dropped:
    return _dropped(call, "limiter_reset", await call.runtime.limiter.reset_all())


@api.get("/v1/admin/audit", "Who changed what, the newest first")
async def list_audit(call: Call[AuditQuery, None]) -> Reply[list[AuditEntry]]:
    query = call.query
    wanted = AuditFilter(query.action, query.actor, query.noun_id)
    place = place_from(query.cursor, _Place)
    found = await call.runtime.audit_log.page(
        call.actor, wanted, before=place.before if place else None, limit=query.limit + 1
    )
    page, headers = page_of(call.request, found, query.limit, lambda entry: _Place(entry.id))
    return Reply([*page], headers=headers)


@api.get("/v1/admin/imports", "Finished imports of old files, the latest first")
async def list_imports(call: Plain) -> list[ImportRun]:
    return await call.runtime.audit_log.imports(call.actor)


def _client(call: Plain) -> str:
    """The limiter's key for the address, or IPv6 network, in the path."""
    given = call.path["client"]
    key = client_of(given.removesuffix("/64"), "", ()).key
    if not key:
        raise Invalid("client_malformed", field="client", client=given)
    return key


def _dropped(call: Plain, event: str, dropped: int, **about: str) -> Dropped:
    _note(call, event, dropped=dropped, **about)
    return Dropped(dropped)


def _note(call: Plain, event: str, **about: str | int) -> None:
    who = {"actor_kind": call.actor.kind, "actor": call.actor.subject}
    log.info(event, **about, **who, request_id=call.request_id)
