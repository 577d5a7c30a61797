"""Letters: where they go, and whether the mail server lets us in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from bakureserve.cli.doctor_checks.finding import Finding, fault, fine, note
from bakureserve.cli.exits import sentence_of
from bakureserve.notify import DeliveryFailed
from bakureserve.notify.mail import mail_server
from bakureserve.services.notifications.retry import why
from bakureserve.settings import Settings

_SUBJECT = "mail"


def look(settings: Settings) -> Iterator[Finding]:
    server = mail_server(settings)
    if not settings.notify_enabled:
        yield note(_SUBJECT, "nobody is told anything (NOTIFY_ENABLED)", "unset NOTIFY_ENABLED")
    elif server is not None:
        try:
            asyncio.run(server.greet())
        except DeliveryFailed as failed:
            told = sentence_of(why(failed.failure.code))
            yield fault(_SUBJECT, f"{server.name}: {told}", "see SMTP_…; bakureserve outbox test")
        else:
            yield fine(_SUBJECT, f"{server.name} lets us in")
    elif settings.notify_files:
        folder = settings.data_dir / "outbox"
        yield note(_SUBJECT, f"letters become files in {folder}", "set SMTP_HOST to send them")
    else:
        yield fault(
            _SUBJECT, "letters go nowhere: NOTIFY_FILES is off", "set SMTP_HOST, or NOTIFY_FILES=on"
        )
