"""The facts of which the pictures in `docs/cli.md` are drawn."""

from __future__ import annotations

from bakureserve.cli.doctor_checks import fault, fine, note
from bakureserve.cli.verdict import Check, Report
from bakureserve.domain.places.estimate import Leg
from bakureserve.domain.places.geo import Place
from bakureserve.eta.factory import eta_rules
from bakureserve.eta.route import Route
from bakureserve.eta.route_choice import BaseRoute, Circumstances, make_estimate
from bakureserve.locale import say
from bakureserve.server.shapes.maps import Explained, explained
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
    fine("schema", "030_probe is the newest there is"),
    fine("backups", "2, the newest 49 min 27 s old"),
    note("backups", "they lie on the disk of the database", "copy some to another machine"),
    fine("port", "127.0.0.1 port 8000 is free"),
    fine("clock", "it goes as that of OSRM's server"),
    fine("database", "it answers in 9 ms"),
    fault(
        "osrm",
        "OSRM cannot be reached. It refused the connection: nothing listens at that address.",
        "see that OSRM_BASE_URL names a router that runs and has Baku on its map",
    ),
    fine("auth", "it answers in 61 ms"),
)

LEGS = (
    Leg(
        name="osrm",
        service="osrm",
        took_ms=5.2,
        outcome="ok",
        breaker="closed",
        distance_km=5.56,
        seconds=508.4,
    ),
    Leg(
        name="gomap",
        service="gomap",
        started_ms=1.0,
        took_ms=1202.0,
        outcome="timeout",
        breaker="closed",
    ),
    Leg(
        name="traffic_origin",
        service="gomap",
        started_ms=1.0,
        took_ms=240.0,
        outcome="ok",
        breaker="closed",
        condition="heavy",
    ),
    Leg(
        name="traffic_destination",
        service="gomap",
        started_ms=240.0,
        took_ms=310.0,
        outcome="ok",
        breaker="closed",
        condition="moderate",
    ),
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
