"""How the server listens, and whom it believes."""

from __future__ import annotations

from dataclasses import dataclass

from bakureserve.settings.kinds import (
    Network,
    Networks,
    Origins,
    Seconds,
    Shaped,
    Switch,
    Url,
    Whole,
)
from bakureserve.settings.row import setting

_HOST = Shaped(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(%\w+)?", "an IP address or a host name")


@dataclass(frozen=True, kw_only=True, repr=False)
class Serving:
    host: str = setting(
        "HOST",
        kind=_HOST,
        default="127.0.0.1",
        what="Address to listen on; 0.0.0.0 is every IPv4 address of the machine.",
    )
    port: int = setting(
        "PORT",
        kind=Whole(0, 65535),
        default=8000,
        what="Port to listen on; 0 is any free one.",
    )
    public_url: str = setting(
        "PUBLIC_URL",
        kind=Url("http", "https"),
        default="",
        what="Where people reach the server, for links and photos. Unset: `HOST` and `PORT`.",
    )
    cors_allow_origins: tuple[str, ...] = setting(
        "CORS_ALLOW_ORIGINS",
        kind=Origins(),
        default=(),
        what="Web origins whose pages may call the API. Unset: only the server's own.",
    )
    trusted_proxies: tuple[Network, ...] = setting(
        "TRUSTED_PROXIES",
        kind=Networks(),
        default=(),
        what="Proxies whose `X-Forwarded-For` is believed. Unset: nobody's.",
    )
    metrics_allow: tuple[Network, ...] = setting(
        "METRICS_ALLOW",
        kind=Networks(),
        default=(),
        what="Networks that may read `/metrics`, besides this machine and tokens for it.",
    )
    shutdown_timeout_seconds: float = setting(
        "SHUTDOWN_TIMEOUT_SECONDS",
        kind=Seconds(0, 300),
        default=10.0,
        what="How long running requests may take to end after the server was told to stop.",
    )
    legacy_routes: bool = setting(
        "LEGACY_ROUTES",
        kind=Switch(),
        default=True,
        what="Redirect the unversioned paths of old clients to `/v1`; off answers 410.",
    )
