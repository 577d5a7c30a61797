"""Where letters go by the settings, and the mail server that they name."""

from __future__ import annotations

from bakureserve.domain.notifications import Outlet
from bakureserve.notify.mail import MailServer
from bakureserve.settings import Settings


def outlet_of(settings: Settings) -> Outlet:
    """Where letters go, if any are written."""
    if settings.smtp_host:
        return "mail"
    return "files" if settings.notify_files else "none"


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
