"""Settings that do not fit together, or that an operator should know of."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from bakureserve.cli.doctor_checks import Finding, fault, fine, note
from bakureserve.settings import Settings, SettingsError, check_together
from bakureserve.settings.checks import is_loopback

PUBLIC_OSRM = Settings.osrm_base_url


def check_combinations(settings: Settings) -> Iterator[Finding]:
    found = [
        *_together(settings),
        *_exposed(settings),
        *_providers(settings),
        *_for_development(settings),
    ]
    yield from found or [fine("settings", "they fit together")]


def _together(settings: Settings) -> Iterator[Finding]:
    try:
        check_together(settings)
    except SettingsError as error:
        yield fault("settings", str(error).rstrip("."), "serve refuses to start with these")


def _exposed(settings: Settings) -> Iterator[Finding]:
    if any(network.prefixlen == 0 for network in settings.trusted_proxies):
        yield fault(
            "settings",
            "TRUSTED_PROXIES names the whole Internet: anyone can claim any address",
            "name the addresses of your proxies",
        )
    if "*" in settings.cors_allow_origins:
        yield note(
            "settings", "CORS_ALLOW_ORIGINS lets any page call the API", "name your own origins"
        )
    if not settings.limits_rates:
        yield note(
            "settings",
            "requests are not limited (RATE_LIMIT_…)",
            "turn it on, if guests can reach this",
        )
    if not is_loopback(settings.host) and not settings.trusted_proxies:
        yield note(
            "settings",
            f"HOST {settings.host} is reached without a proxy, and so without TLS",
            "put a proxy with TLS before it, and name that in TRUSTED_PROXIES",
        )


def _providers(settings: Settings) -> Iterator[Finding]:
    if settings.gomap_guid and settings.gomap_base_url.startswith("http://"):
        yield fault("settings", "GOMAP_GUID is sent unencrypted", "use https in GOMAP_BASE_URL")
    if settings.osrm_base_url == PUBLIC_OSRM:
        yield note(
            "settings",
            "OSRM_BASE_URL is the public courtesy server, without guarantees",
            "run your own router for more than trying things out",
        )
    if settings.redis_url and find_spec("redis") is None:
        yield fault(
            "settings",
            "REDIS_URL is set, but redis is not installed",
            "pip install bakureserve[redis]",
        )


def _for_development(settings: Settings) -> Iterator[Finding]:
    if settings.dev:
        yield note("settings", "DEV makes everyone an admin", "unset DEV before guests come")
    if settings.log_level == "debug":
        yield note("settings", "LOG_LEVEL is debug", "info is enough, and quicker")
    if not settings.backup_interval:
        yield note(
            "settings", "BACKUP_INTERVAL is off", "take backups by other means, or set it to 1d"
        )
