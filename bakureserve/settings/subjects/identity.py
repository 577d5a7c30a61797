"""Who is who."""

from __future__ import annotations

from dataclasses import dataclass

from bakureserve.settings.kinds import Shaped, Switch
from bakureserve.settings.row import setting

_ISSUER = Shaped(r"(https://)?[A-Za-z0-9.-]+(:\d+)?(/[!-~]*)?", "a host name or an https:// URL")
_AUDIENCE = Shaped(r"[!-~]+", "one word without spaces, often a URL")


@dataclass(frozen=True, kw_only=True, repr=False)
class Identity:
    dev: bool = setting(
        "DEV",
        "AUTH_BYPASS",
        "AUTH0_BYPASS",
        kind=Switch(),
        default=False,
        what="Everybody is a local guest with admin scope. Only on a loopback `HOST`.",
    )
    auth0_domain: str = setting(
        "AUTH0_DOMAIN",
        kind=_ISSUER,
        default="",
        what="The outside issuer of tokens.",
        acts=False,
    )
    auth0_audience: str = setting(
        "AUTH0_AUDIENCE",
        kind=_AUDIENCE,
        default="",
        what="The audience that an outside token must name.",
        acts=False,
    )
