"""The figures of which the pictures of `status` and `top` in `docs/cli.md` are drawn."""

from __future__ import annotations

import datetime as dt
from math import sin
from typing import Any

from bakureserve.cli.verdict import Report, ServerReport
from tests.cli.drawn_facts import HEALTH, well

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


FIGURES: dict[str, Any] = {
    "version": "0.1.0",
    "pid": 14146,
    "uptime_seconds": 97_400.0,
    "addresses": ["http://127.0.0.1:8000"],
    "requests": {
        "seconds": 60.0,
        "ever": 812_411,
        "answered": 1_290,
        "failed": 0,
        "per_second": 21.5,
        "in_flight": 2,
        "mean_ms": 3.41,
        "p50_ms": 1.9,
        "p99_ms": 38.2,
    },
    "errors": {
        "seconds": 600.0,
        "failed": 2,
        "refused": 31,
        "routes": [
            {"route": "/v1/eta", "method": "GET", "failed": 2, "refused": 0},
            {"route": "/v1/reservations", "method": "POST", "failed": 0, "refused": 27},
            {"route": "unmatched", "method": "GET", "failed": 0, "refused": 4},
        ],
        "other_routes": 0,
    },
    "process": {
        "resident_bytes": 93 * _MEGABYTE,
        "processor": 0.124,
        "loop_lag": {"mean_ms": 0.61, "worst_ms": 6.2},
        "descriptors": 61,
        "descriptors_allowed": 1_048_576,
    },
    "connections": {"open": 37, "allowed": 1_047_392},
    "today": {
        "booked": 212,
        "seated": 148,
        "completed": 96,
        "cancelled": 17,
        "no_show": 5,
        "covers": 1_391,
    },
    "guests": {
        "on_the_way": 23,
        "at_the_door": 4,
        "soonest": [
            {"restaurant_id": "1", "restaurant": "Daş Nərdivan", "minutes": 2},
            {"restaurant_id": "2", "restaurant": "Sahil Bağı", "minutes": 4},
            {"restaurant_id": "1", "restaurant": "Daş Nərdivan", "minutes": 9},
            {"restaurant_id": "3", "restaurant": "Qırx Pillə Çay Evi", "minutes": 11},
            {"restaurant_id": "4", "restaurant": "Xəzər Balıq Evi", "minutes": 16},
        ],
    },
    "writer": {"waiting": 0, "units": 18_210, "batches": 12_004},
    "store": {
        "bytes": int(48.6 * _MEGABYTE),
        "log_bytes": int(3.9 * _MEGABYTE),
        "sound": True,
        "checked_at": "2026-12-04T19:18:00Z",
        "unread": [],
    },
    "disk": {
        "free_bytes": 79_293 * _MEGABYTE,
        "total_bytes": 258_000 * _MEGABYTE,
        "wanted_bytes": 354 * _MEGABYTE,
    },
    "streams": {"open": 19, "delivered": 40_122},
    "outbox": {
        "unread": 0,
        "waiting": 1,
        "sending": 1,
        "dead": 0,
        "oldest_at": "2026-12-04T19:29:56Z",
    },
    "limiter": {
        "state": "memory",
        "requests": 300,
        "window_seconds": 60.0,
        "buckets": 214,
        "bound": 200_000,
        "allowed": 812_380,
        "denied": 31,
        "evicted": 0,
        "pruned": 0,
        "failures": 0,
    },
    "caches": [
        _cache("routes", entries=412, bound=4_096, bytes=310_000, hits=3_502, misses=498),
        _cache("renderings", entries=61, bound=512, bytes=2_400_000, hits=90_422, misses=1_204),
    ],
    "breakers": [
        {
            "name": "osrm",
            "state": "closed",
            "failures": 0,
            "retry_in": 0.0,
            "opened": 0,
            "refused": 0,
        }
    ],
    "backups": {
        "every_seconds": 86_400.0,
        "keep": 7,
        "newest_at": "2026-12-04T06:00:00Z",
        "newest_bytes": int(47.9 * _MEGABYTE),
        "failed": False,
        "command_failed": False,
    },
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
