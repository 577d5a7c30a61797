"""A running server's figures as lines that a person can read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from bakureserve.cli.output import counted
from bakureserve.cli.spans import span

Fact = tuple[str, str]
Json = Mapping[str, Any]

_MEGABYTE = 1024 * 1024


def facts_of(figures: Json, health: Json, now: dt.datetime) -> Iterator[Fact]:
    """Field and value, in the order in which one looks; `figures` are those of its status page."""
    yield "version", f"{figures['version']}, process {figures['pid']}"
    yield "up for", span(figures["uptime_seconds"])
    yield "health", _health(health)
    yield from _requests(figures["requests"])
    yield "today", _today(figures["today"])
    yield "writer", _writer(figures["writer"])
    yield "database", _store(figures["store"], now)
    yield "streams", "{open} open, {delivered} messages so far".format(**figures["streams"])
    yield "outbox", _outbox(figures["outbox"], now)
    yield "limiter", _limiter(figures["limiter"])
    for cache in figures["caches"]:
        yield f"cache {cache['name']}", _cache(cache)
    for breaker in figures["breakers"]:
        yield f"breaker {breaker['name']}", _breaker(breaker)
    yield "backups", _backups(figures["backups"], now)


def _health(health: Json) -> str:
    checks = health["checks"].items()
    wrong = [name for name, found in checks if found["status"] in {"degraded", "error"}]
    return f"{health['status']}: {', '.join(wrong)}" if wrong else str(health["status"])


def _requests(found: Json) -> Iterator[Fact]:
    rate = f"{found['per_second']:g}/s in the last {span(found['seconds'])}"
    yield "requests", f"{rate}, {found['failed']} failed, {found['in_flight']} in flight"
    half, nearly_all = f"{found['p50_ms']:.3g} ms", f"{found['p99_ms']:.3g} ms"
    mean = f"{found['mean_ms']:.3g} ms"
    yield "latency", f"half within {half}, 99 % within {nearly_all}, mean {mean}"


def _today(found: Json | None) -> str:
    if found is None:
        return "the database does not say"
    return (
        "{booked} booked, {seated} seated, {completed} completed, {cancelled} cancelled, "
        "{no_show} no-show; {covers} covers"
    ).format(**found)


def _writer(found: Json) -> str:
    done = f"{counted(found['units'], 'unit')} in {counted(found['batches'], 'commit')}"
    return f"{found['waiting']} waiting; {done}"


def _store(found: Json, now: dt.datetime) -> str:
    size, log = found["bytes"] / _MEGABYTE, found["log_bytes"] / _MEGABYTE
    told = f"{size:.1f} MB, log {log:.1f} MB; "
    if not found["sound"]:
        return told + "it cannot be trusted, so nothing is booked"
    if found["checked_at"] is None:
        return told + "not looked through yet"
    told += f"looked through {_age(found['checked_at'], now)} ago"
    return told + (f", but for {', '.join(found['unread'])}" if found["unread"] else "")


def _outbox(found: Json | None, now: dt.datetime) -> str:
    if found is None:
        return "the database does not say"
    told = f"{found['waiting']} waiting, {found['sending']} being sent, {found['dead']} given up"
    if found["unread"]:
        told += f"; {counted(found['unread'], 'event')} not looked at"
    if found["oldest_at"] is not None:
        told += f"; the oldest for {_age(found['oldest_at'], now)}"
    return told


def _limiter(found: Json) -> str:
    who = {"shared": "Redis decides", "local": "Redis is away, each process decides"}
    return (
        f"{who.get(found['state'], 'this process decides')}; "
        f"{found['requests']} per {span(found['window_seconds'])}; "
        f"{counted(found['buckets'], 'client')} of {found['bound']}; "
        f"{found['allowed']} allowed, {found['denied']} denied"
    )


def _cache(found: Json) -> str:
    asked = found["hits"] + found["misses"]
    share = 100 * found["hits"] / asked if asked else 0.0
    return (
        f"{found['entries']} of {found['bound']}, {found['bytes'] / _MEGABYTE:.1f} MB, "
        f"{share:.0f} % hits of {asked}"
    )


def _breaker(found: Json) -> str:
    if found["state"] == "closed":
        return f"closed, {counted(found['failures'], 'failure')} in a row"
    return f"{found['state'].replace('_', '-')}, next try in {span(found['retry_in'])}"


def _backups(found: Json, now: dt.datetime) -> str:
    every = found["every_seconds"]
    plan = f"every {span(every)}, at least {found['keep']} kept" if every else "none by themselves"
    if found["failed"]:
        plan += ", the last one failed"
    if found["command_failed"]:
        plan += ", BACKUP_COMMAND failed on the last one"
    if found["newest_at"] is None:
        return f"none yet; {plan}"
    size = found["newest_bytes"] / _MEGABYTE
    return f"newest {_age(found['newest_at'], now)} ago ({size:.1f} MB); {plan}"


def _age(at: str, now: dt.datetime) -> str:
    return span(max((now - dt.datetime.fromisoformat(at)).total_seconds(), 0.0))
