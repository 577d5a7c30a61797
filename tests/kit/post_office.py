"""A mail server of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from bakureserve.notify.mail import MailServer
from tests.kit.ports import free_port


class PostOffice:
    """Keeps what comes in, or answers as it is told."""

    def __init__(self, answer: str = "") -> None:
        self.answer = answer
        self.letters: list[Envelope] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.answer:
            return self.answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.letters.append(envelope)
        return "250 OK"


@contextmanager
def open_office(office: PostOffice, **options: Any) -> Iterator[MailServer]:
    port = free_port()
    controller = Controller(office, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield MailServer("127.0.0.1", port, "none", timeout=5)
    finally:
        controller.stop()
