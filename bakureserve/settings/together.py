"""Rules between settings, for whoever is about to serve."""

from __future__ import annotations

from ipaddress import ip_address

from bakureserve.settings.errors import SettingsError
from bakureserve.settings.table import Settings

EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - not bound to here, but told apart


def check_together(settings: Settings) -> None:
    """Raise `SettingsError` when settings that are fine alone are dangerous together."""
    if settings.dev and not is_loopback(settings.host):
        raise SettingsError(
            f"DEV makes everybody an admin, so it is refused with HOST {settings.host}: "
            "listen on 127.0.0.1, ::1 or localhost, or turn DEV (AUTH_BYPASS, AUTH0_BYPASS) off."
        )

    if settings.dev and settings.trusted_proxies:
        raise SettingsError(
            "DEV makes everybody an admin, also those whom a proxy brings from elsewhere, so it is "
            "refused with TRUSTED_PROXIES: unset one of the two."
        )

    if settings.auth0_domain and not settings.auth0_audience:
        raise SettingsError(
            f"AUTH0_DOMAIN is {settings.auth0_domain}, but AUTH0_AUDIENCE is not set: without it "
            "tokens that were made for other programs would be taken here. Set both, or neither."
        )


def public_address(settings: Settings) -> str:
    """Where people reach the server, for links in letters: never what a request says of itself."""
    if settings.public_url:
        return settings.public_url
    host = "localhost" if settings.host in EVERY_ADDRESS else settings.host
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens on `host`."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
