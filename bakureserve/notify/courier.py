"""Sends each delivery by e-mail, webhook or file, whichever this deployment has."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bakureserve.domain.accounts.account import Purpose
from bakureserve.domain.notifications import ACCOUNT_GONE, Delivery
from bakureserve.notify import DeliveryFailed
from bakureserve.notify.letters import Letters, legible
from bakureserve.notify.mail import MailServer
from bakureserve.notify.outbox_folder import OutboxFolder
from bakureserve.notify.webhook import Webhooks, body_of

AddressOf = Callable[[str], Awaitable[str]]
"""A restaurant's webhook address by its id; empty when it has none."""

LinkFor = Callable[[Delivery], Awaitable[str]]
"""Makes the link for an e-mail about an account; empty when the account is gone."""

HINTS: dict[Purpose, str] = {
    "verify": "without SMTP_HOST forward the file, or run: bakureserve users verify EMAIL",
    "reset": "without SMTP_HOST forward the file, or run: bakureserve users passwd EMAIL",
}
"""What an operator can do about an e-mail that became a file."""

log = structlog.get_logger(__name__)


class Courier:
    """Sends e-mail to the mail server and webhooks to the restaurant's address. Without these it
    writes files, and without a folder for files the delivery fails."""

    def __init__(
        self,
        letters: Letters,
        webhooks: Webhooks,
        address_of: AddressOf,
        *,
        link_for: LinkFor,
        mail: MailServer | None,
        files: OutboxFolder | None,
    ) -> None:
        self._letters = letters
        self._webhooks = webhooks
        self._address_of = address_of
        self._link_for = link_for
        self._mail = mail
        self._files = files

    async def deliver(self, delivery: Delivery) -> None:
        """Make one attempt. Raises DeliveryFailed."""
        if delivery.channel == "email":
            await self._send_mail(delivery)
        else:
            await self._send_webhook(delivery)

    async def withdraw(self, delivery: Delivery) -> None:
        """Remove the file of a delivery to a person who was erased while it was written."""
        if self._files is not None:
            await self._files.forget({delivery.id}, ())

    async def close(self) -> None:
        """Close open connections."""
        await self._webhooks.close()

    async def _send_mail(self, delivery: Delivery) -> None:
        link = await self._link_for(delivery) if delivery.letter is not None else ""
        if delivery.letter is not None and not link:
            raise DeliveryFailed(ACCOUNT_GONE, permanent=True)
        try:
            letter = await asyncio.to_thread(self._letters.letter, delivery, link)
        except (ValueError, UnicodeError) as error:
            raise DeliveryFailed("letter_malformed", permanent=True) from error
        if self._mail is not None:
            await self._mail.send(letter)
        else:
            await self._write_file(f"{delivery.id}.eml", legible(letter))
            if delivery.letter is not None:
                hint = HINTS[delivery.letter.purpose]
                log.warning("account_letter_in_a_file", file=f"outbox/{delivery.id}.eml", hint=hint)

    async def _send_webhook(self, delivery: Delivery) -> None:
        address = await self._address_of(delivery.restaurant_id)
        if address:
            await self._webhooks.send(delivery, address)
        else:
            await self._write_file(f"{delivery.id}.json", body_of(delivery))

    async def _write_file(self, name: str, content: bytes) -> None:
        if self._files is None:
            raise DeliveryFailed("no_way_out", permanent=True)
        await self._files.put(name, content)
