"""Letters handed to a real mail server on loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from bakureserve.domain.notices import Failure
from bakureserve.notify.failed import DeliveryFailed
from bakureserve.notify.letters import Letters
from bakureserve.notify.mail import MailServer
from tests.notify.samples import a_delivery


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
def open_office(office: PostOffice) -> Iterator[MailServer]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(office, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield MailServer("127.0.0.1", port, "none", timeout=5)
    finally:
        controller.stop()


@pytest.fixture
def letter() -> EmailMessage:
    return Letters("tables@baku.example", "az").letter(a_delivery())


async def test_a_letter_arrives_as_it_was_written(letter: EmailMessage) -> None:
    office = PostOffice()
    with open_office(office) as server:
        await server.send(letter)

    (received,) = office.letters
    assert received.mail_from == "tables@baku.example"
    assert received.rcpt_tos == ["aysel@example.az"]
    assert isinstance(received.content, bytes)
    assert letter["Message-ID"].encode() in received.content
    assert b"text/calendar" in received.content


@pytest.mark.parametrize(
    ("answer", "code", "permanent"),
    [
        ("550 no such mailbox", "smtp_550", True),
        ("451 try again", "smtp_451", False),
    ],
)
async def test_a_refusal_says_whether_to_try_again(
    letter: EmailMessage, answer: str, code: str, permanent: bool
) -> None:
    with open_office(PostOffice(answer)) as server, pytest.raises(DeliveryFailed) as failed:
        await server.send(letter)
    assert failed.value.failure == Failure(code, permanent)


async def test_a_server_that_is_not_there_may_come_back(letter: EmailMessage) -> None:
    with open_office(PostOffice()) as server:
        pass
    with pytest.raises(DeliveryFailed) as failed:
        await server.send(letter)
    assert failed.value.failure == Failure("smtp_unreachable")


async def test_a_server_without_encryption_is_not_trusted_with_a_letter(
    letter: EmailMessage,
) -> None:
    with open_office(PostOffice()) as plain, pytest.raises(DeliveryFailed) as failed:
        await MailServer(plain.host, plain.port, "starttls", timeout=5).send(letter)
    assert failed.value.failure.permanent
