"""Maps and roads."""

from __future__ import annotations

from dataclasses import dataclass

from bakureserve.settings.kinds import Seconds, Shaped, Url
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
        acts=False,
    )
    gomap_traffic_update_interval_seconds: float = setting(
        "GOMAP_TRAFFIC_UPDATE_INTERVAL_SECONDS",
        kind=Seconds(0, 86_400),
        default=300.0,
        what="How long one look at a district's traffic holds good.",
        acts=False,
    )
    osrm_base_url: str = setting(
        "OSRM_BASE_URL",
        kind=Url("https", "http"),
        default="https://router.project-osrm.org",
        what="Address of the OSRM router.",
        acts=False,
    )
