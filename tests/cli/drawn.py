"""The facts and figures of which the pictures in `docs/cli.md` are drawn."""

from __future__ import annotations

import datetime as dt
from math import sin
from typing import Any

import yaml

from bakureserve.cli.doctor_checks import fault, fine, note
from bakureserve.cli.verdict import Check, Report, ServerReport
from bakureserve.domain.places.estimate import Leg
from bakureserve.domain.places.geo import Place
from bakureserve.eta.factory import eta_rules
from bakureserve.eta.route import Route
from bakureserve.eta.route_choice import BaseRoute, Circumstances, make_estimate
from bakureserve.locale import say
from bakureserve.server.shapes.places import Explained, explained
from bakureserve.settings import Settings


def well(latency_ms: float, **details: object) -> Check:
    return {"status": "ok", "latency_ms": latency_ms, "details": details}


def unwell(status: str, latency_ms: float, code: str, effect: str, reason: str = "") -> Check:
    words = {"message": say(code, {}, "en"), "effect": say(effect, {}, "en"), "reason": reason}
    return {"status": status, "latency_ms": latency_ms} | words


OFF: Check = {"status": "disabled", "latency_ms": 0.0}
HEALTH: Report = {
    "server": "14146-18bf",
    "status": "degraded",
    "version": "0.1.0",
    "uptime_seconds": 97_400.0,
    "checks": {
        "database": well(8.1, reads=True, writes=True, read_ms=0.14, write_ms=7.63, log_mb=0),
        "osrm": unwell("error", 1500.0, "osrm_silent", "effect_without_osrm"),
        "gomap": OFF,
        "redis": OFF,
        "cache": well(3.0, caches=5, entries=412, hit_percent=87.5),
        "limiter": well(3.0, decides="this process", clients=14, allowed=2310, denied=2),
        "auth": well(261.2),
        "mail": well(1.3, goes_to="files"),
        "disk": well(6.6, free_percent=30.7, free_mb=79293, wanted_mb=257),
        "backup": unwell("degraded", 7.0, "backup_late", "effect_loss_at_risk"),
    },
}

FINDINGS = (
    note("folder", "others can look into /srv/baku", "chmod 700 /srv/baku"),
    fine("database file", "/srv/baku/bakureserve.db is for its owner alone"),
    fine("signing keys", "/srv/baku/signing-keys.json is for its owner alone"),
    fine("file system", "the database lies on ext4"),
    fine("disk", "79365 MB are free for the database"),
    fine("disk", "79365 MB are free for the backups"),
    fine("schema", "034_lists_by_status is the newest there is"),
    fine("backups", "2, the newest 49 min 27 s old"),
    note("backups", "they are on the same disk as the database", "copy some to another machine"),
    fine("port", "127.0.0.1 port 8000 is free"),
    fine("clock", "it agrees with that of OSRM's server"),
    fine("database", "it answers in 9 ms"),
    fault(
        "osrm",
        "OSRM cannot be reached. It refused the connection: nothing listens at that address.",
        "see that OSRM_BASE_URL names a router that runs and has Baku on its map",
    ),
    fine("auth", "it answers in 61 ms"),
)

LEGS = tuple(
    Leg(
        name=name,
        service=service,
        started_ms=start,
        took_ms=took,
        outcome=outcome,
        breaker="closed",
        **more,
    )
    for name, service, start, took, outcome, more in [
        ("osrm", "osrm", 0.0, 5.2, "ok", {"distance_km": 5.56, "seconds": 508.4}),
        ("gomap", "gomap", 1.0, 1202.0, "timeout", {}),
        ("traffic_origin", "gomap", 1.0, 240.0, "ok", {"condition": "heavy"}),
        ("traffic_destination", "gomap", 240.0, 310.0, "ok", {"condition": "moderate"}),
    ]
)
GANJLIK = Place(
    id="ganjlik",
    name="Ganjlik",
    address="Baku",
    latitude=40.4007,
    longitude=49.8515,
    provider="gomap",
)
DAS_NERDIVAN = Place(
    id="das-nerdivan",
    name="Daş Nərdivan",
    address="17 Kiçik Qala Street, Old City",
    latitude=40.3663,
    longitude=49.8372,
    provider="directory",
)


def an_estimate() -> Explained:
    """A way that OSRM alone found in time, in heavy traffic."""
    estimate = make_estimate(
        BaseRoute(Route(distance_km=5.56, seconds=508.4), "osrm", "osrm_alone"),
        Circumstances(line_km=3.95, traffic="heavy", legs=LEGS, deadline_ms=1200, took_ms=1203),
        eta_rules(Settings()),
    )
    return explained(GANJLIK, DAS_NERDIVAN, estimate, "en")


NOW = dt.datetime(2026, 12, 4, 19, 30, tzinfo=dt.UTC)
_POINTS = range(120)
_MEGABYTE = 1024 * 1024


def _wave(base: float, swing: float, digits: int = 1) -> list[float]:
    return [
        round(base + swing * sin(each / 9) + swing * sin(each / 2) / 3, digits) for each in _POINTS
    ]


def _cache(name: str, **figures: int) -> dict[str, Any]:
    others = {"bytes_bound": 64 * _MEGABYTE, "evictions": 0, "expirations": 0, "age": 0.0}
    return {"name": name} | figures | others


FIGURES: dict[str, Any] = yaml.safe_load("""
version: "0.1.0"
pid: 14146
uptime_seconds: 97400.0
addresses: ["http://127.0.0.1:8000"]
requests: {seconds: 60.0, ever: 812411, answered: 1290, failed: 0, per_second: 21.5,
  in_flight: 2, mean_ms: 3.41, p50_ms: 1.9, p99_ms: 38.2}
errors:
  {seconds: 600.0, failed: 2, refused: 31, other_routes: 0, routes: [
  {route: "/v1/eta", method: "GET", failed: 2, refused: 0},
  {route: "/v1/reservations", method: "POST", failed: 0, refused: 27},
  {route: "unmatched", method: "GET", failed: 0, refused: 4}]}
process: {resident_bytes: 97517568, processor: 0.124, loop_lag: {mean_ms: 0.61, worst_ms: 6.2},
  descriptors: 61, descriptors_allowed: 1048576}
connections: {open: 37, allowed: 1047392}
today: {booked: 212, seated: 148, completed: 96, cancelled: 17, no_show: 5, covers: 1391}
guests:
  {on_the_way: 23, at_the_door: 4, soonest: [
  {restaurant_id: "1", restaurant: "Daş Nərdivan", minutes: 2},
  {restaurant_id: "2", restaurant: "Sahil Bağı", minutes: 4},
  {restaurant_id: "1", restaurant: "Daş Nərdivan", minutes: 9},
  {restaurant_id: "3", restaurant: "Qırx Pillə Çay Evi", minutes: 11},
  {restaurant_id: "4", restaurant: "Xəzər Balıq Evi", minutes: 16}]}
writer: {waiting: 0, units: 18210, batches: 12004}
store: {bytes: 50960793, log_bytes: 4089446, bytes_per_reservation: 884, sound: true,
  checked_at: "2026-12-04T19:18:00Z", unread: []}
disk: {free_bytes: 83144736768, total_bytes: 270532608000, wanted_bytes: 371195904}
streams: {open: 19, delivered: 40122}
outbox: {unread: 0, waiting: 1, sending: 1, dead: 0, unread_at: null,
  oldest_at: "2026-12-04T19:29:56Z"}
limiter: {state: "memory", requests: 300, window_seconds: 60.0, buckets: 214, bound: 200000,
  allowed: 812380, denied: 31, evicted: 0, pruned: 0, failures: 0}
breakers: [{name: "osrm", state: "closed", failures: 0, retry_in: 0.0, opened: 0, refused: 0}]
backups: {every_seconds: 86400.0, keep: 7, newest_at: "2026-12-04T06:00:00Z",
  newest_bytes: 50226790, failed: false, command_failed: false}
""") | {
    "caches": [
        _cache("routes", entries=412, bound=4_096, bytes=310_000, hits=3_502, misses=498),
        _cache("renderings", entries=61, bound=512, bytes=2_400_000, hits=90_422, misses=1_204),
    ],
    "history": {
        "every_seconds": 5.0,
        "requests_per_second": _wave(18, 7),
        "p99_ms": _wave(40, 22),
        "failed": [int(each in {31, 77}) for each in _POINTS],
        "refused": [int(each % 4 == 0) for each in _POINTS],
        "resident_bytes": [(90 * 40 + each) * _MEGABYTE // 40 for each in _POINTS],
        "processor": _wave(0.12, 0.05, 3),
        "loop_lag_ms": _wave(4, 3),
    },
}
WELL: Report = HEALTH | {
    "status": "healthy",
    "checks": HEALTH["checks"] | {"osrm": well(11.8), "backup": well(7.0)},
}
FINE = ServerReport("14146-18bf", FIGURES, WELL)
UNWELL = ServerReport(
    "14146-18bf", FIGURES | {"requests": FIGURES["requests"] | {"failed": 2}}, HEALTH
)
