"""What is told as it happens, and to how many."""

from __future__ import annotations

from dataclasses import dataclass

from bakureserve.settings.kinds import Seconds, Whole
from bakureserve.settings.row import setting


@dataclass(frozen=True, kw_only=True, repr=False)
class Live:
    live_max_streams: int = setting(
        "LIVE_MAX_STREAMS",
        kind=Whole(1, 100_000),
        default=5_000,
        what="WebSockets that may be open at once in this process.",
    )
    live_max_streams_per_client: int = setting(
        "LIVE_MAX_STREAMS_PER_CLIENT",
        kind=Whole(1, 100_000),
        default=100,
        what="How many of them one client (an IPv4 address, an IPv6 /64) may have.",
    )
    live_max_streams_per_account: int = setting(
        "LIVE_MAX_STREAMS_PER_ACCOUNT",
        kind=Whole(1, 100_000),
        default=50,
        what="How many of them one account may have, from wherever.",
    )
    live_heartbeat_seconds: float = setting(
        "LIVE_HEARTBEAT_SECONDS",
        kind=Seconds(0.1, 300),
        default=20.0,
        what="Time between two heartbeats of a stream, at which its token is looked at again.",
    )
    event_keep_hours: int = setting(
        "EVENT_KEEP_HOURS",
        kind=Whole(1, 8_760),
        default=72,
        what="How long an event is kept for readers who come back; behind it they start anew.",
    )
