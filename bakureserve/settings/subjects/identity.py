"""Who is who."""

from __future__ import annotations

from dataclasses import dataclass

from bakureserve.settings.kinds import Seconds, Shaped, Switch
from bakureserve.settings.row import setting

# Plain http would let anybody on the way replace the keys, but for what stays on this machine.
_ISSUER = Shaped(
    r"((https://)?[A-Za-z0-9.-]+|http://(localhost|127(\.\d{1,3}){3}|\[::1\]))(:\d+)?(/[!-~]*)?",
    "a host name or an https:// URL; http:// only for this machine itself",
)
_AUDIENCE = Shaped(r"[!-~]+", "one word without spaces, often a URL")


@dataclass(frozen=True, kw_only=True, repr=False)
class Identity:
    dev: bool = setting(
        "DEV",
        "AUTH_BYPASS",
        "AUTH0_BYPASS",
        kind=Switch(),
        default=False,
        what="Everybody is a local guest with admin scope. Only on this machine.",
    )
    auth0_domain: str = setting(
        "AUTH0_DOMAIN",
        kind=_ISSUER,
        default="",
        what="The outside issuer of tokens: Auth0, or any other that speaks OpenID Connect.",
    )
    auth0_audience: str = setting(
        "AUTH0_AUDIENCE",
        kind=_AUDIENCE,
        default="",
        what="The audience that an outside token must name.",
    )
    auth0_leeway_seconds: float = setting(
        "AUTH0_LEEWAY_SECONDS",
        kind=Seconds(0, 600),
        default=60.0,
        what="How far the outside issuer's clock may be off.",
    )
