"""E-mail by SMTP, and the outlet for e-mail that the settings choose."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import TYPE_CHECKING, Literal

from bakureserve.causes import UNKNOWN_CAUSE, cause_of
from bakureserve.domain.notifications import Outlet
from bakureserve.notify import DeliveryFailed
from bakureserve.settings import Settings

if TYPE_CHECKING:
    import aiosmtplib

Security = Literal["starttls", "tls", "none"]
_PERMANENT = 500
_QUIT_SECONDS = 1.0


@dataclass(frozen=True)
class MailServer:
    """The server that accepts our e-mail. `timeout` is in seconds, for one whole message."""

    host: str
    port: int
    security: Security
    username: str = ""
    password: str = field(default="", repr=False)
    timeout: float = field(kw_only=True)

    @property
    def name(self) -> str:
        return f"{self.host}:{self.port}"

    async def send(self, message: EmailMessage) -> None:
        """Send a message. Raises DeliveryFailed.

        Only a refusal of this mailbox or this message is permanent; an operator on either side will
        fix everything else.
        """
        await self._session(message)

    async def greet(self) -> None:
        """Connect, encrypt and log in as for a message, then quit. Raises DeliveryFailed."""
        await self._session(None)

    async def _session(self, message: EmailMessage | None) -> None:
        client = self._client()
        try:
            async with asyncio.timeout(self.timeout):
                await client.connect()
                if self.security == "starttls":
                    await client.starttls()
                if self.username:
                    await client.login(self.username, self.password)
                if message is not None:
                    await client.send_message(message)
            await _quit(client)
        except Exception as error:
            raise _failure(error) from error
        finally:
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        import aiosmtplib  # noqa: PLC0415 - only with a mail server

        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.security == "tls",
            start_tls=False,
            timeout=self.timeout,
        )


async def _quit(client: aiosmtplib.SMTP) -> None:
    """Quit. The message is accepted, so no error here matters."""
    with suppress(Exception):
        await client.quit(timeout=_QUIT_SECONDS)


def _failure(error: Exception) -> Exception:
    """The failure as a DeliveryFailed; the error itself if it is not the mail server's."""
    import aiosmtplib  # noqa: PLC0415

    match error:
        case aiosmtplib.SMTPRecipientsRefused():
            failed = _refused(min(each.code for each in error.recipients))
        case aiosmtplib.SMTPDataError():
            failed = _refused(error.code)
        case aiosmtplib.SMTPResponseException():
            failed = DeliveryFailed(f"smtp_{error.code}", nowhere=True)
        case aiosmtplib.SMTPNotSupported():  # an address beyond ASCII
            failed = DeliveryFailed("smtp_unsupported", permanent=True)
        case TimeoutError():
            failed = DeliveryFailed("smtp_timeout", nowhere=True)
        case OSError():
            failed = DeliveryFailed(f"smtp_{_cause(error)}", nowhere=True)
        case aiosmtplib.SMTPException():  # no encryption offered, or no login
            failed = DeliveryFailed("smtp_unsuitable", nowhere=True)
        case _:
            return error
    return failed


def _cause(error: OSError) -> str:
    import aiosmtplib  # noqa: PLC0415

    cause = cause_of(error)
    disconnected = isinstance(error.__cause__ or error, aiosmtplib.SMTPServerDisconnected)
    return "connection_closed" if cause == UNKNOWN_CAUSE and disconnected else cause


def _refused(code: int) -> DeliveryFailed:
    """Judge by the reply's first digit (RFC 5321, section 4.2.1): 4 is temporary, 5 permanent."""
    return DeliveryFailed(f"smtp_{code}", permanent=code >= _PERMANENT)


def outlet_of(settings: Settings) -> Outlet:
    """Where e-mail goes: to a mail server, into files, or nowhere."""
    if settings.smtp_host:
        return "mail"
    return "files" if settings.notify_files else "none"


def mail_server(settings: Settings) -> MailServer | None:
    """The mail server of the settings; None if e-mail is written to files or not at all."""
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
