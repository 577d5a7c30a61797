"""A running server's figures as lines that a person can read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from bakureserve.cli.output import counted, size, span
from bakureserve.cli.verdict import ServerReport, verdict_on

Fact = tuple[str, str]
Json = Mapping[str, Any]

NO_FIGURES = "the database does not say"


def facts_of(told: ServerReport, now: dt.datetime) -> Iterator[Fact]:
    """Fields and values, the most important first.

    Figures that an older server does not report are left out.
    """
    verdict = verdict_on(told)
    yield "verdict", verdict.sentence
    for problem in verdict.problems:
        yield f"wrong {problem.part}", problem.sentence
    if told.figures is not None and told.health is not None:
        yield from _figures(told.figures, told.health, now)


def _figures(figures: Json, health: Json, now: dt.datetime) -> Iterator[Fact]:
    yield "version", f"{figures['version']}, process {figures['pid']}"
    yield "up for", span(figures["uptime_seconds"])
    for address in figures.get("addresses", ()):
        yield "address", address
    yield "health", _health(health)
    yield from _requests(figures["requests"])
    if "errors" in figures:
        yield from _errors(figures["errors"])
    if "process" in figures:
        yield from _process(figures["process"])
        yield "connections", "{open} of {allowed}".format(**figures["connections"])
    yield "today", about_today(figures["today"])
    if "guests" in figures:
        yield "on the way", about_guests(figures["guests"])
    yield "writer", about_writer(figures["writer"])
    yield "database", about_store(figures["store"], now)
    if "disk" in figures:
        yield "disk", _disk(figures["disk"])
    yield "streams", about_streams(figures["streams"])
    yield "outbox", about_outbox(figures["outbox"], now)
    yield "limiter", about_limiter(figures["limiter"])
    for cache in figures["caches"]:
        yield f"cache {cache['name']}", about_cache(cache)
    for breaker in figures["breakers"]:
        yield f"breaker {breaker['name']}", about_breaker(breaker)
    yield "backups", about_backups(figures["backups"], now)


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


def _errors(found: Json) -> Iterator[Fact]:
    told = f"{found['failed']} failed, {found['refused']} refused in the last "
    yield "errors", told + span(found["seconds"])
    for each in found["routes"]:
        counts = "{failed} failed, {refused} refused".format(**each)
        yield f"errors {each['method']} {each['route']}", counts
    if found["other_routes"]:
        yield "errors elsewhere", f"at {counted(found['other_routes'], 'more route')}"


def _process(found: Json) -> Iterator[Fact]:
    if found["resident_bytes"] is not None:
        yield "memory", size(found["resident_bytes"])
    yield "processor", f"{100 * found['processor']:.1f} % of a core"
    yield "loop lag", "{mean_ms:g} ms, at worst {worst_ms:g} ms".format(**found["loop_lag"])
    if found["descriptors"] is not None:
        yield "open files", "{descriptors} of {descriptors_allowed}".format(**found)


def about_guests(found: Json | None) -> str:
    """Guests on the way, and the next expected."""
    if found is None:
        return NO_FIGURES
    told = f"{counted(found['on_the_way'], 'party', 'parties')}, {found['at_the_door']} at the door"
    soonest = (f"{each['restaurant']} in {each['minutes']} min" for each in found["soonest"])
    return "; ".join((told, *soonest))


def _disk(found: Json | None) -> str:
    if found is None:
        return "it cannot be checked"
    free, total, wanted = (size(found[f"{name}_bytes"]) for name in ("free", "total", "wanted"))
    return f"{free} free of {total}; {wanted} should be"


def about_today(found: Json | None) -> str:
    """Today's reservations by status, and their covers."""
    if found is None:
        return NO_FIGURES
    return (
        "{booked} booked, {seated} seated, {completed} completed, {cancelled} cancelled, "
        "{no_show} no-show; {covers} covers"
    ).format(**found)


def about_writer(found: Json) -> str:
    done = f"{counted(found['units'], 'unit')} in {counted(found['batches'], 'commit')}"
    return f"{found['waiting']} waiting; {done}"


def about_store(found: Json, now: dt.datetime) -> str:
    told = size(found["bytes"])
    if found["bytes_per_reservation"] is not None:
        told += f", {found['bytes_per_reservation']} B a booking"
    told += f", log {size(found['log_bytes'])}; "
    if not found["sound"]:
        return told + "it cannot be trusted, so nothing is booked"
    if found["checked_at"] is None:
        return told + "not checked yet"
    told += f"checked {_age(found['checked_at'], now)} ago"
    return told + (f", but for {', '.join(found['unread'])}" if found["unread"] else "")


def about_streams(found: Json) -> str:
    return "{open} open, {delivered} messages so far".format(**found)


def about_outbox(found: Json | None, now: dt.datetime) -> str:
    if found is None:
        return NO_FIGURES
    told = f"{found['waiting']} waiting, {found['sending']} being sent, {found['dead']} given up"
    if found["unread"]:
        told += f"; {counted(found['unread'], 'event')} unread"
        told += f" for {_age(found['unread_at'], now)}" if found["unread_at"] else ""
    if found["oldest_at"] is not None:
        told += f"; the oldest for {_age(found['oldest_at'], now)}"
    return told


def about_limiter(found: Json) -> str:
    who = {"shared": "Redis decides", "local": "Redis is away, each process decides"}
    return (
        f"{who.get(found['state'], 'this process decides')}; "
        f"{found['requests']} per {span(found['window_seconds'])}; "
        f"{counted(found['buckets'], 'client')} of {found['bound']}; "
        f"{found['allowed']} allowed, {found['denied']} denied"
    )


def about_cache(found: Json) -> str:
    asked = found["hits"] + found["misses"]
    share = 100 * found["hits"] / asked if asked else 0.0
    return (
        f"{found['entries']} of {found['bound']}, {size(found['bytes'])}, "
        f"{share:.0f} % hits of {asked}"
    )


def about_breaker(found: Json) -> str:
    if found["state"] == "closed":
        return f"closed, {counted(found['failures'], 'failure')} in a row"
    return f"{found['state'].replace('_', '-')}, next try in {span(found['retry_in'])}"


def about_backups(found: Json, now: dt.datetime) -> str:
    every = found["every_seconds"]
    plan = f"every {span(every)}, at least {found['keep']} kept" if every else "none automatic"
    if found["failed"]:
        plan += ", the last one failed"
    if found["command_failed"]:
        plan += ", BACKUP_COMMAND failed on the last one"
    if found["newest_at"] is None:
        return f"none yet; {plan}"
    return f"newest {_age(found['newest_at'], now)} ago ({size(found['newest_bytes'])}); {plan}"


def _age(at: str, now: dt.datetime) -> str:
    return span(max((now - dt.datetime.fromisoformat(at)).total_seconds(), 0.0))
