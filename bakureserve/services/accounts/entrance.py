"""Who wants to log in: to which account, and whether they have been there of late."""

from __future__ import annotations

from typing import NamedTuple

from bakureserve.auth.tokens import DeviceTokens
from bakureserve.domain.accounts.account import User
from bakureserve.services.accounts.sessions import is_known_device, is_known_from
from bakureserve.services.clock import Clock
from bakureserve.store import users
from bakureserve.store.transaction import Transaction


class Comer(NamedTuple):
    """Somebody with an address, before their password is looked at.

    `stored` is the password's hash; None for an account that cannot be entered. `device` is one
    that was logged in to it of late, `is_known` whether it was entered from this client.
    """

    user: User | None
    stored: str | None
    device: str
    is_known: bool


class Entrance:
    """Recognises who comes again."""

    def __init__(self, devices: DeviceTokens, clock: Clock) -> None:
        self._devices = devices
        self._clock = clock

    def who_comes(
        self, transaction: Transaction, address: str, client: str, device_token: str
    ) -> Comer:
        """Who comes with the address; as much is looked up for an account that there is not."""
        user, stored = who_may_enter(transaction, address)
        now, user_id = self._clock(), user.id if user else ""
        device = self._devices.read(device_token, user_id)
        is_known = is_known_device(transaction, user_id, device, now)
        return Comer(
            user=user,
            stored=stored,
            device=device if is_known else "",
            is_known=is_known_from(transaction, user_id, client, now),
        )


def who_may_enter(transaction: Transaction, address: str) -> tuple[User | None, str | None]:
    """The account with this address and its hash; no hash for one that cannot be entered."""
    user = users.find(transaction, address)
    if user is None or user.disabled_at is not None:
        return user, None
    return user, users.password_hash(transaction, user.id)
