"""How much of anything is allowed, and how long it is remembered."""

from __future__ import annotations

from dataclasses import dataclass

from bakureserve.settings.kinds import Number, Seconds, Switch, Whole
from bakureserve.settings.row import setting


@dataclass(frozen=True, kw_only=True, repr=False)
class Limits:
    rate_limit_enabled: bool = setting(
        "RATE_LIMIT_ENABLED",
        kind=Switch(),
        default=True,
        what="Limit how often each client may call.",
    )
    rate_limit_requests: int = setting(
        "RATE_LIMIT_REQUESTS",
        kind=Whole(0, 1_000_000),
        default=300,
        what="Requests each client may make in one window; 0 is no limit.",
    )
    rate_limit_window_seconds: float = setting(
        "RATE_LIMIT_WINDOW_SECONDS",
        kind=Seconds(1, 86_400, or_zero=True),
        default=60.0,
        what="Length of that window; 0 is no limit.",
    )
    max_connections_per_client: int = setting(
        "MAX_CONNECTIONS_PER_CLIENT",
        kind=Whole(1, 1_000_000),
        default=256,
        what="Connections one client may have open; a new one takes an idle one's place.",
    )
    location_ping_min_interval_seconds: float = setting(
        "LOCATION_PING_MIN_INTERVAL_SECONDS",
        kind=Seconds(0, 3_600),
        default=30.0,
        what="How long a guest on the way waits between two locations; 0 is no wait.",
    )
    location_ping_min_distance_meters: float = setting(
        "LOCATION_PING_MIN_DISTANCE_METERS",
        kind=Number(0, 10_000, "metres"),
        default=100.0,
        what="A guest who moved less keeps the route they have; 0 asks for one at every location.",
    )
    idempotency_keep_hours: int = setting(
        "IDEMPOTENCY_KEEP_HOURS",
        kind=Whole(1, 8_760),
        default=24,
        what="How long the answer to an `Idempotency-Key` is kept for a repeated request.",
    )
    calibration_keep_days: int = setting(
        "CALIBRATION_KEEP_DAYS",
        kind=Whole(1, 3_650),
        default=365,
        what="How long what trips were predicted to take, and took, is kept to learn from.",
    )
