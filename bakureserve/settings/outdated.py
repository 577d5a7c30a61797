"""Variables of the old server that have no effect any more, and what there is instead of each."""

from __future__ import annotations

from collections.abc import Mapping

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

_OF_OTHERS = frozenset({"DEBUG", "SENTRY_ENVIRONMENT", "SENTRY_RELEASE"})
_OF_OTHERS_BEGIN = "OPENAI_"
"""Names that other programs read as well: in the environment they need not be meant for us."""


def without_effect(
    environ: Mapping[str, str], in_file: Mapping[str, str | None]
) -> Mapping[str, str]:
    """Those of them that are set, by name: what there is instead."""
    given = {name for name, text in in_file.items() if text and text.strip()} | {
        name for name, text in environ.items() if text.strip() and not _is_of_others(name)
    }
    return {name: instead for name, instead in WITHOUT_EFFECT.items() if name in given}


def _is_of_others(name: str) -> bool:
    return name in _OF_OTHERS or name.startswith(_OF_OTHERS_BEGIN)
