"""What is wrong with settings: errors, dangerous combinations, old and misspelt names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from bakureserve.domain.errors import ReserveError
from bakureserve.settings.table import TABLE, Settings

_LIKENESS = 0.7
_BREAKER = "every map service has a breaker: BREAKER_FAILURES and BREAKER_COOLDOWN_SECONDS"
_CACHES = "ETA_ROUTE_FRESH_SECONDS says how long a route holds good"
_CONCIERGE = "there is no concierge"
_SENTRY = "what is reported carries neither environment nor traces"

WITHOUT_EFFECT: Mapping[str, str] = {
    "AI_SCORE_FLOOR": _CONCIERGE,
    "AUTOCOMPLETE_BATCH_WINDOW_MS": "places are searched in memory",
    "AUTOCOMPLETE_CACHE_TTL_SECONDS": "places are searched in memory",
    "CONCIERGE_EMBED_MODEL": _CONCIERGE,
    "CONCIERGE_GPT_MODEL": _CONCIERGE,
    "CONCIERGE_MODE": _CONCIERGE,
    "CONCIERGE_REFRESH_INTERVAL_SECONDS": _CONCIERGE,
    "CONCIERGE_WEIGHTS": _CONCIERGE,
    "DEBUG": "LOG_LEVEL says how much is logged",
    "ETA_BUFFER_MINUTES": "only ETA_HEAVY_BUFFER_MINUTES is added, in heavy traffic",
    "GOMAP_CACHE_TTL_SECONDS": _CACHES,
    "GOMAP_CIRCUIT_BREAKER_COOLDOWN_SECONDS": _BREAKER,
    "GOMAP_CIRCUIT_BREAKER_ENABLED": _BREAKER,
    "GOMAP_CIRCUIT_BREAKER_THRESHOLD": _BREAKER,
    "GOMAP_DEFAULT_LANGUAGE": "places are told in the language of who asks",
    "GOMAP_GEOCODE_CACHE_TTL_SECONDS": _CACHES,
    "GOMAP_RETRY_ATTEMPTS": "nothing is asked again: another source answers",
    "GOMAP_RETRY_BACKOFF_SECONDS": "nothing is asked again: another source answers",
    "GOMAP_TIMEOUT_SECONDS": "ETA_BUDGET_SECONDS is the time for all sources together",
    "GOMAP_TRAFFIC_ENABLED": "traffic is asked for wherever GOMAP_GUID is set",
    "MAX_SUGGESTION_DISTANCE_KM": "what is suggested is bounded by its number",
    "MAX_SUGGESTION_ROUTE_DETAILS": "every suggestion has its way",
    "OPENAI_API_BASE": _CONCIERGE,
    "OPENAI_API_KEY": _CONCIERGE,
    "OPENAI_CONNECT_TIMEOUT_SECONDS": _CONCIERGE,
    "OPENAI_TIMEOUT_SECONDS": _CONCIERGE,
    "PREP_POLICY_TEXT": "the kitchen's sentence is made in the guest's language",
    "REDIS_ENABLED": "REDIS_URL alone decides whether there is a Redis",
    "SENTRY_ENVIRONMENT": _SENTRY,
    "SENTRY_RELEASE": _SENTRY,
    "SENTRY_TRACES_SAMPLE_RATE": _SENTRY,
}
"""The old server's variables that no longer have an effect, and what replaces each."""

_OF_OTHERS = frozenset({"DEBUG", "SENTRY_ENVIRONMENT", "SENTRY_RELEASE"})
_OF_OTHERS_BEGIN = "OPENAI_"
"""Names that other programs read too: in the environment they may be meant for those."""


class SettingsError(ReserveError):
    """A setting that cannot be used: `str()` says in one sentence which, and what is allowed."""

    def __init__(self, sentence: str) -> None:
        super().__init__("bad_setting", sentence=sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


class SettingsUnreadable(SettingsError):
    """A settings file that this account cannot read."""


def check_together(settings: Settings) -> None:
    """Raise `SettingsError` when settings that are fine alone are dangerous together."""
    if settings.dev and not is_loopback(settings.host):
        raise SettingsError(
            f"DEV makes every caller an admin, so it is refused with HOST {settings.host}: "
            "listen on 127.0.0.1, ::1 or localhost, or turn DEV (AUTH_BYPASS, AUTH0_BYPASS) off."
        )

    if settings.dev and settings.trusted_proxies:
        raise SettingsError(
            "DEV makes every caller an admin, also those that come through a proxy, so it is "
            "refused with TRUSTED_PROXIES: unset one of the two."
        )

    if settings.auth0_domain and not settings.auth0_audience:
        raise SettingsError(
            f"AUTH0_DOMAIN is {settings.auth0_domain}, but AUTH0_AUDIENCE is not set: without it "
            "tokens that were made for other programs would be taken here. Set both, or neither."
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens on `host`."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def without_effect(
    environ: Mapping[str, str], in_file: Mapping[str, str | None]
) -> Mapping[str, str]:
    """The old server's variables that are set, with what replaces each."""
    given = {name for name, text in in_file.items() if text and text.strip()} | {
        name for name, text in environ.items() if text.strip() and not _is_of_others(name)
    }
    return {name: instead for name, instead in WITHOUT_EFFECT.items() if name in given}


def _is_of_others(name: str) -> bool:
    return name in _OF_OTHERS or name.startswith(_OF_OTHERS_BEGIN)


@dataclass(frozen=True)
class UnknownSetting:
    """A name in a file, and the setting that may be meant, or nothing."""

    name: str
    file: Path
    meant: str

    def __str__(self) -> str:
        meant = f" Did you mean {self.meant}?" if self.meant else ""
        return f"{self.name} in {self.file} is no setting, and has no effect.{meant}"


def unknown_settings_in(file: Path, values: Mapping[str, str | None]) -> Iterable[UnknownSetting]:
    """The names in a file that no setting has or had."""
    known = {name for row in TABLE for name in row.names}
    for name in values:
        if name not in known and name not in WITHOUT_EFFECT:
            yield UnknownSetting(name, file, _closest(name.upper(), known))


def _closest(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415  # most files have no such name

    return next(iter(get_close_matches(name, sorted(known), 1, _LIKENESS)), "")
