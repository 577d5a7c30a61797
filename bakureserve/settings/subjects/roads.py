"""The map services: where they are, and how patient we are with them."""

from __future__ import annotations

from dataclasses import dataclass

from bakureserve.settings.kinds import Choice, Seconds, Shaped, Url, Whole
from bakureserve.settings.row import setting

_SECRET = Shaped(r"[!-~]+", "one word without spaces")


@dataclass(frozen=True, kw_only=True, repr=False)
class Roads:
    maps_api_key: str = setting(
        "MAPS_API_KEY",
        kind=_SECRET,
        default="",
        what="Key of the map provider; the apps are told only whether there is one.",
        secret=True,
    )
    gomap_guid: str = setting(
        "GOMAP_GUID",
        kind=_SECRET,
        default="",
        what="Key of gomap.az; the apps are told only whether there is one.",
        secret=True,
    )
    gomap_base_url: str = setting(
        "GOMAP_BASE_URL",
        kind=Url("https", "http"),
        default="https://api.gomap.az/Main.asmx",
        what="Address of gomap.az's API.",
    )
    gomap_format: str = setting(
        "GOMAP_FORMAT",
        kind=Choice("form", "json"),
        default="form",
        what="How gomap.az is asked: json where its address takes nothing but that.",
    )
    gomap_traffic_update_interval_seconds: float = setting(
        "GOMAP_TRAFFIC_UPDATE_INTERVAL_SECONDS",
        kind=Seconds(0, 86_400),
        default=300.0,
        what="How long one look at a district's traffic holds good.",
    )
    osrm_base_url: str = setting(
        "OSRM_BASE_URL",
        kind=Url("https", "http"),
        default="https://router.project-osrm.org",
        what="Address of the OSRM router.",
    )
    gomap_traffic_radius_meters: int = setting(
        "GOMAP_TRAFFIC_RADIUS_METERS",
        kind=Whole(100, 50_000),
        default=1000,
        what="How far around a point gomap.az is asked for traffic.",
    )
    osrm_snap_meters: int = setting(
        "OSRM_SNAP_METERS",
        kind=Whole(10, 100_000),
        default=1000,
        what="A point farther than this from any road that OSRM knows has no route.",
    )
    map_calls_without_token: int = setting(
        "MAP_CALLS_WITHOUT_TOKEN",
        kind=Whole(0, 1_000_000),
        default=600,
        what="Calls to map services a minute for all callers without a token together; beyond"
        " them they are answered without. 0 is no limit.",
    )
    breaker_failures: int = setting(
        "BREAKER_FAILURES",
        kind=Whole(1, 100),
        default=3,
        what="Failures of a map service in a row after which it is left alone.",
    )
    breaker_cooldown_seconds: float = setting(
        "BREAKER_COOLDOWN_SECONDS",
        kind=Seconds(1, 86_400),
        default=300.0,
        what="How long it is left alone before one call tries it again.",
    )
