"""The server's insides, for administrators: caches, breakers, limiter, audit log, imports.

What is steered here lives in this process's memory or in Redis, not in the store, and has to work
when the store does not: so it goes to the log, with who did it, and not to the audit.
"""

from __future__ import annotations

import msgspec
import structlog

from bakureserve.caching.ttl_cache import CacheFigures
from bakureserve.domain.errors import Invalid
from bakureserve.eta.breaker import BreakerFigures
from bakureserve.limits.limiter import LimiterFigures
from bakureserve.server.call import Call
from bakureserve.server.keys import RUNTIME
from bakureserve.server.middleware.client import client_of
from bakureserve.server.paging import link_to_next, place_from
from bakureserve.server.reply import Reply
from bakureserve.server.wire import admin as wire
from bakureserve.store.audit import AuditFilter, ImportRun

Plain = Call[None, None]

log = structlog.get_logger(__name__)


class _Place(msgspec.Struct):
    before: int


async def list_caches(call: Plain) -> tuple[CacheFigures, ...]:
    return call.app[RUNTIME].caches.figures()


async def sweep_caches(call: Plain) -> wire.Dropped:
    return _dropped(call, "caches_swept", call.app[RUNTIME].caches.sweep())


async def clear_caches(call: Plain) -> wire.Dropped:
    return _dropped(call, "caches_cleared", call.app[RUNTIME].caches.clear())


async def clear_cache(call: Plain) -> wire.Dropped:
    name = call.path["cache"]
    return _dropped(call, "cache_cleared", call.app[RUNTIME].caches.clear(name), cache=name)


async def list_breakers(call: Plain) -> tuple[BreakerFigures, ...]:
    return call.app[RUNTIME].maps.breakers()


async def reset_breaker(call: Plain) -> tuple[BreakerFigures, ...]:
    maps, name = call.app[RUNTIME].maps, call.path["breaker"]
    maps.reset(name)
    _note(call, "breaker_reset", breaker=name)
    return maps.breakers()


async def reset_breakers(call: Plain) -> tuple[BreakerFigures, ...]:
    maps = call.app[RUNTIME].maps
    for breaker in maps.breakers():
        maps.reset(breaker.name)
    _note(call, "breakers_reset")
    return maps.breakers()


async def show_limiter(call: Plain) -> LimiterFigures:
    return call.app[RUNTIME].limiter.figures()


async def busiest_clients(call: Call[wire.BusiestQuery, None]) -> list[wire.LimitedClient]:
    limiter = call.app[RUNTIME].limiter
    return [
        wire.limited_client(bucket.client, bucket, limiter.quota)
        for bucket in limiter.busiest(call.query.limit)
    ]


async def show_client(call: Plain) -> wire.LimitedClient:
    limiter, client = call.app[RUNTIME].limiter, _client(call)
    return wire.limited_client(client, await limiter.show(client), limiter.quota)


async def reset_client(call: Plain) -> wire.Dropped:
    client = _client(call)
    known = await call.app[RUNTIME].limiter.reset(client)
    return _dropped(call, "client_reset", int(known), client=client)


async def reset_clients(call: Plain) -> wire.Dropped:
    return _dropped(call, "limiter_reset", await call.app[RUNTIME].limiter.reset_all())


async def list_audit(call: Call[wire.AuditQuery, None]) -> Reply:
    query = call.query
    wanted = AuditFilter(query.action, query.actor, query.noun_id)
    place = place_from(query.cursor, _Place)
    found = await call.app[RUNTIME].records.audit(
        call.actor, wanted, before=place.before if place else None, limit=query.limit + 1
    )
    page = found[: query.limit]
    more = len(found) > len(page)
    headers = {"Link": link_to_next(call.request, _Place(page[-1].id))} if more else {}
    return Reply(page, headers=headers)


async def list_imports(call: Plain) -> list[ImportRun]:
    return await call.app[RUNTIME].records.imports(call.actor)


def _client(call: Plain) -> str:
    """The limiter's key for the address, or IPv6 network, in the path."""
    given = call.path["client"]
    key = client_of(given.removesuffix("/64"), "", ()).key
    if not key:
        raise Invalid("client_malformed", field="client", client=given)
    return key


def _dropped(call: Plain, event: str, dropped: int, **about: str) -> wire.Dropped:
    _note(call, event, dropped=dropped, **about)
    return wire.Dropped(dropped)


def _note(call: Plain, event: str, **about: str | int) -> None:
    who = {"actor_kind": call.actor.kind, "actor": call.actor.subject}
    log.info(event, **about, **who, request_id=call.request_id)
