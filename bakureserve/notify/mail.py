"""Letters by SMTP. The standard library's client blocks, so each letter has a thread meanwhile."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Literal

from bakureserve.notify.failed import DeliveryFailed

Security = Literal["starttls", "tls", "none"]
_PERMANENT = 500


@dataclass(frozen=True)
class MailServer:
    """Where letters are handed in. `timeout` is in seconds, for each step of the conversation."""

    host: str
    port: int
    security: Security
    username: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 10.0

    async def send(self, message: EmailMessage) -> None:
        """Hand a letter in. Raises DeliveryFailed."""
        try:
            await asyncio.to_thread(self._send, message)
        except smtplib.SMTPRecipientsRefused as error:
            raise _failed(min(code for code, _ in error.recipients.values())) from error
        except smtplib.SMTPAuthenticationError as error:  # for an operator to mend
            raise DeliveryFailed(f"smtp_{error.smtp_code}") from error
        except smtplib.SMTPResponseException as error:
            raise _failed(error.smtp_code) from error
        except smtplib.SMTPNotSupportedError as error:
            raise DeliveryFailed("smtp_unsupported", permanent=True) from error
        except ssl.SSLError as error:
            raise DeliveryFailed("smtp_tls") from error
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryFailed("smtp_unreachable") from error

    def _send(self, message: EmailMessage) -> None:
        with self._connected() as server:
            if self.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if self.username:
                server.login(self.username, self.password)
            server.send_message(message)

    def _connected(self) -> smtplib.SMTP:
        if self.security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=context)
        return smtplib.SMTP(self.host, self.port, timeout=self.timeout)


def _failed(code: int) -> DeliveryFailed:
    """By the first digit of the reply (RFC 5321, section 4.2.1): 4 is passing, 5 is for good."""
    return DeliveryFailed(f"smtp_{code}", permanent=code >= _PERMANENT)
