"""The mail server that the settings name."""

from __future__ import annotations

from bakureserve.notify.mail import MailServer
from bakureserve.settings import Settings


def mail_server(settings: Settings) -> MailServer | None:
    """Where letters are handed in; None where they become files, or nothing."""
    if not settings.smtp_host:
        return None
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,  # type: ignore[arg-type]  # a Choice of just these
        username=settings.smtp_username,
        password=settings.smtp_password,
        timeout=settings.notify_timeout_seconds,
    )
