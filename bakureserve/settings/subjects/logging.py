"""What is logged, and how it looks."""

from __future__ import annotations

from dataclasses import dataclass

from bakureserve.settings.kinds import Choice, Shaped
from bakureserve.settings.row import setting


@dataclass(frozen=True, kw_only=True, repr=False)
class Logging:
    log_level: str = setting(
        "LOG_LEVEL",
        kind=Choice("debug", "info", "warning", "error", "critical"),
        default="info",
        what="The least important messages that are still logged.",
    )
    log_format: str = setting(
        "LOG_FORMAT",
        kind=Choice("auto", "json", "human"),
        default="auto",
        what="How log lines look; auto is human on a terminal and json elsewhere.",
    )
    sentry_dsn: str = setting(
        "SENTRY_DSN",
        kind=Shaped(r"[!-~]+", "a DSN such as https://key@host/1"),
        default="",
        what="Where errors are reported, scrubbed; needs the extra `sentry`. Unset: nowhere.",
        secret=True,
    )
