"""What is told by e-mail and webhook, and how it goes out."""

from __future__ import annotations

from dataclasses import dataclass

from bakureserve.settings.kinds import Choice, Seconds, Shaped, Switch, Whole
from bakureserve.settings.row import setting

_HOST = Shaped(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+", "a host name or an IP address")
_MAILBOX = Shaped(r"[^@\s<>]+@[^@\s<>]+", "an e-mail address")


@dataclass(frozen=True, kw_only=True, repr=False)
class Notices:
    notify_enabled: bool = setting(
        "NOTIFY_ENABLED",
        kind=Switch(),
        default=True,
        what="Tell guests by e-mail, and restaurants by e-mail and webhook.",
    )
    notify_from: str = setting(
        "NOTIFY_FROM",
        kind=_MAILBOX,
        default="reservations@localhost",
        what="The sender of all e-mail, under the restaurant's name.",
    )
    notify_language: str = setting(
        "NOTIFY_LANGUAGE",
        kind=Choice("az", "en", "ru"),
        default="az",
        what="Language of e-mail to readers whose own is not known.",
    )
    notify_attempts: int = setting(
        "NOTIFY_ATTEMPTS",
        kind=Whole(1, 100),
        default=12,
        what="Attempts after which a delivery is given up; the pauses grow up to an hour."
        " Those that find nothing to talk to do not count.",
    )
    notify_letters_per_hour: int = setting(
        "NOTIFY_LETTERS_PER_HOUR",
        kind=Whole(1, 10_000),
        default=60,
        what="Letters to one address in an hour; more wait, and say how things stand by then.",
    )
    notify_timeout_seconds: float = setting(
        "NOTIFY_TIMEOUT_SECONDS",
        kind=Seconds(0.1, 120),
        default=10.0,
        what="How long an attempt may take. A server that died in one is waited for twice as long.",
    )
    notify_files: bool = setting(
        "NOTIFY_FILES",
        kind=Switch(),
        default=True,
        what="Write what has no other way out into files in `outbox/` in `DATA_DIR`.",
    )
    notify_files_keep: int = setting(
        "NOTIFY_FILES_KEEP",
        kind=Whole(1, 1_000_000),
        default=1_000,
        what="How many of those files are kept.",
    )
    smtp_host: str = setting(
        "SMTP_HOST",
        kind=_HOST,
        default="",
        what="Mail server for outgoing e-mail. Unset: e-mail goes into files.",
    )
    smtp_port: int = setting("SMTP_PORT", kind=Whole(1, 65535), default=587, what="Its port.")
    smtp_security: str = setting(
        "SMTP_SECURITY",
        kind=Choice("starttls", "tls", "none"),
        default="starttls",
        what="How the connection to it is encrypted; tls is from the first byte (port 465).",
    )
    smtp_username: str = setting(
        "SMTP_USERNAME",
        kind=Shaped(r"\S+", "one word without spaces"),
        default="",
        what="Whom to log in as. Unset: without.",
    )
    smtp_password: str = setting(
        "SMTP_PASSWORD",
        kind=Shaped(r"\S+", "one word without spaces"),
        default="",
        what="With which password.",
        secret=True,
    )
    webhook_secret: str = setting(
        "WEBHOOK_SECRET",
        kind=Shaped(r"\S{10,}", "at least 10 characters without spaces"),
        default="",
        what="What the restaurants' webhook secrets are made from (`bakureserve outbox secret`).",
        secret=True,
    )
    webhook_private_addresses: bool = setting(
        "WEBHOOK_PRIVATE_ADDRESSES",
        kind=Switch(),
        default=False,
        what="Send webhooks also to private networks and this machine.",
    )
