"""Letters handed to a real mail server on loopback."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from bakureserve.domain.notifications import Failure
from bakureserve.notify import DeliveryFailed
from bakureserve.notify.letters import Letters
from bakureserve.notify.mail import MailServer
from tests.kit.certificates import certificate_in, context_of
from tests.kit.deliveries import a_delivery
from tests.kit.post_office import PostOffice, open_office


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
    [("550 no such mailbox", "smtp_550", True), ("451 try again", "smtp_451", False)],
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
    assert failed.value.failure == Failure("smtp_connection_refused", nowhere=True)


async def test_a_letter_that_was_taken_is_sent_whatever_is_said_after_it(
    letter: EmailMessage,
) -> None:
    class Rude(PostOffice):
        async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
            return "421 closing"

    office = Rude()
    with open_office(office) as server:
        await server.send(letter)
    assert len(office.letters) == 1


@pytest.mark.parametrize(
    ("greeting", "failure"),
    [
        (b"554 no service for you", Failure("smtp_554", nowhere=True)),
        (b"421 too busy", Failure("smtp_421", nowhere=True)),
        (b"", Failure("smtp_connection_closed", nowhere=True)),
    ],
)
async def test_letters_wait_for_a_server_that_takes_none_at_all(
    letter: EmailMessage, greeting: bytes, failure: Failure
) -> None:
    async def greet(_reading: asyncio.StreamReader, writing: asyncio.StreamWriter) -> None:
        writing.write(greeting + b"\r\n" if greeting else b"")
        writing.close()

    async with await asyncio.start_server(greet, "127.0.0.1") as listening:
        host, port = listening.sockets[0].getsockname()
        with pytest.raises(DeliveryFailed) as failed:
            await MailServer(host, port, "none", timeout=5).send(letter)
    assert failed.value.failure == failure


async def test_a_server_that_answers_drop_by_drop_is_not_waited_for(letter: EmailMessage) -> None:
    hung_up = asyncio.Event()

    async def drip(reading: asyncio.StreamReader, writing: asyncio.StreamWriter) -> None:
        while not reading.at_eof():
            writing.write(b"2")
            with suppress(TimeoutError):
                await asyncio.wait_for(reading.read(), 0.05)
        writing.close()
        hung_up.set()

    async with await asyncio.start_server(drip, "127.0.0.1") as listening:
        host, port = listening.sockets[0].getsockname()
        with pytest.raises(DeliveryFailed) as failed:
            await MailServer(host, port, "none", timeout=0.3).send(letter)
        await asyncio.wait_for(hung_up.wait(), 5)
    assert failed.value.failure == Failure("smtp_timeout", nowhere=True)


async def test_a_server_without_encryption_is_not_trusted_with_a_letter(
    letter: EmailMessage,
) -> None:
    office = PostOffice()
    with open_office(office) as plain, pytest.raises(DeliveryFailed) as failed:
        await MailServer(plain.host, plain.port, "starttls", timeout=5).send(letter)
    assert failed.value.failure == Failure("smtp_unsuitable", nowhere=True)
    assert office.letters == []


class TestEncrypted:
    """A server with a certificate of its own making."""

    @pytest.fixture
    def certificate(self, tmp_path: Path) -> Path:
        return certificate_in(tmp_path)

    @pytest.fixture
    def context(self, certificate: Path) -> ssl.SSLContext:
        return context_of(certificate)

    @pytest.mark.parametrize("security", ["starttls", "tls"])
    async def test_a_letter_is_handed_in_encrypted_by_who_logs_in(
        self,
        letter: EmailMessage,
        certificate: Path,
        context: ssl.SSLContext,
        monkeypatch: pytest.MonkeyPatch,
        security: Any,
    ) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))  # as an operator's own authority
        office = PostOffice()
        logins = []

        def let_in(
            _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: LoginPassword
        ) -> AuthResult:
            logins.append((data.login, data.password))
            return AuthResult(success=data.password == b"right", handled=False)

        # aiosmtpd does not notice encryption from the first byte, and would not let anybody log in.
        options = {"authenticator": let_in, "auth_require_tls": security == "starttls"}
        secured = {"starttls": {"tls_context": context}, "tls": {"ssl_context": context}}[security]
        with open_office(office, **options, **secured) as plain:
            server = replace(plain, security=security, username="tables", password="right")
            await server.send(letter)
            with pytest.raises(DeliveryFailed) as failed:
                await replace(server, password="wrong").send(letter)

        assert len(office.letters) == 1
        assert logins[:2] == [(b"tables", b"right"), (b"tables", b"wrong")]
        # Not for good: the letters wait for an operator to mend the password.
        assert failed.value.failure == Failure("smtp_535", nowhere=True)

    async def test_a_server_that_cannot_prove_who_it_is_gets_nothing(
        self, letter: EmailMessage, context: ssl.SSLContext
    ) -> None:
        office = PostOffice()
        with (
            open_office(office, tls_context=context) as plain,
            pytest.raises(DeliveryFailed) as failed,
        ):
            await replace(plain, security="starttls").send(letter)
        assert failed.value.failure == Failure("smtp_certificate_untrusted", nowhere=True)
        assert office.letters == []
