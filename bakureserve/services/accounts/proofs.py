"""Prove that a person reads the address of their account: verification, and a lost password.

Both work by a link in an e-mail: its token has 256 bits, is made when the e-mail is sent, works
once within a day, and only its hash is stored. An address gets three such e-mails a day, whatever
becomes of the account meanwhile. The first of either kind is sent in any case: a stranger who keeps
asking for verification must not prevent the owner from resetting the password.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Callable

import msgspec

from bakureserve.auth.passwords import Passwords
from bakureserve.auth.tokens import DeviceTokens
from bakureserve.domain.accounts import contact
from bakureserve.domain.accounts.account import Purpose, User
from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Invalid, NotFound, TooMany
from bakureserve.domain.notifications import ACCOUNT_LETTERS, LINK_LIFE, Delivery
from bakureserve.services.accounts.login_guard import LoginGuard
from bakureserve.services.accounts.security import Report, mark_of
from bakureserve.services.accounts.sessions import remember_device
from bakureserve.services.clock import Clock
from bakureserve.store import audit, notifications
from bakureserve.store.accounts import sessions, users
from bakureserve.store.database import Database
from bakureserve.store.reservations import idempotency, reservation_lists, reservations
from bakureserve.store.reservations.reservation_lists import Filter
from bakureserve.store.transaction import Transaction

MOST_LETTERS = 3
"""E-mails to one address within LINK_LIFE, except the first of its kind."""
_TOKEN_BYTES = 32
_KINDS = {purpose: kind for kind, purpose in ACCOUNT_LETTERS.items()}


class Proofs:
    """Links for people with an account in one store. They lead to pages below `public_url`.

    All methods raise Unavailable.
    """

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        clock: Clock,
        report: Report,
        *,
        devices: DeviceTokens,
        public_url: Callable[[], str],
        logins: LoginGuard | None = None,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._clock = clock
        self._report = report
        self._devices = devices
        self._public_url = public_url
        self._logins = LoginGuard(clock) if logins is None else logins
        self._asking = LoginGuard(clock, strangers_share=False)

    async def ask_to_verify(self, actor: Actor, *, language: str = "") -> None:
        """Send another e-mail to the actor's address, unless it is verified.

        Raises NotFound (the actor signs in elsewhere), TooMany (letters_used_up), Unauthenticated.
        """

        def unit(transaction: Transaction) -> None:
            user = users.get(transaction, actor.subject)
            if user is None:
                raise NotFound("account_elsewhere")
            if not user.verified_email and not want_letter(
                transaction,
                user.email,
                user.id,
                "verify",
                actor=actor,
                now=self._clock(),
                language=language,
            ):
                raise TooMany(
                    "letters_used_up",
                    retry_after=_until_the_next(transaction, user.email, self._clock()),
                    most=MOST_LETTERS,
                )

        await self._database.write(unit, by=actor)

    async def verify(self, token: str, *, request_id: str = "") -> None:
        """Verify the address by its link. Raises Invalid (link_refused)."""

        await self._database.read(lambda tx: _holder(tx, token, "verify", self._clock()))

        def unit(transaction: Transaction) -> User:
            now = self._clock()
            user = _holder(transaction, token, "verify", now)
            users.use_up_proofs(transaction, user.id)
            mark_verified(transaction, user, now)
            _record(transaction, user, now, "user.verified", request_id)
            return user

        user = await self._database.write(unit)
        self._report("address_verified", {"user": user.id})

    async def forgot(
        self, email: str, *, client: str = "", language: str = "", request_id: str = ""
    ) -> None:
        """Send an e-mail to the address if it has an account that can log in.

        The caller never learns whether it has, not even from the time it takes: the same is read
        and written for all. Raises TooMany (too often by one client or for one address).
        """
        address = contact.email_key(email)
        self._asking.attempt(mark_of(address), client)

        def unit(transaction: Transaction) -> None:
            found = users.id_of(transaction, address) or ""
            asker = Actor(kind="guest", subject=found, request_id=request_id)
            want_letter(
                transaction,
                address,
                found,
                "reset",
                actor=asker,
                now=self._clock(),
                language=language,
            )

        await self._database.write(unit)

    async def reset(
        self,
        token: str,
        password: str,
        *,
        device: str = "",
        client: str = "",
        request_id: str = "",
    ) -> str:
        """Set a new password by a link, which proves the address, and end every session.

        Returns a device token: strangers cannot lock out the next login with it, not even from the
        same network address.

        An account that a stranger opened with the address is handed over: what they typed and
        booked does not become the owner's. Raises Invalid (link_refused, or the password is not
        acceptable), TooMany (logins_busy).
        """
        user = await self._database.read(lambda tx: _holder(tx, token, "reset", self._clock()))
        contact.password(password, email=user.email, name=user.name)
        password_hash = await self._passwords.hash(password, client=client)

        def unit(transaction: Transaction) -> str:
            now = self._clock()
            present = _holder(transaction, token, "reset", now)
            users.use_up_proofs(transaction, present.id)
            users.set_password_hash(transaction, present.id, password_hash, now)
            sessions.drop_all(transaction, present.id, now)
            users.outdate_rights(transaction, present.id)
            if present.may_be_a_strangers:
                present = _handed_over(transaction, present, now)
            mark_verified(transaction, present, now)
            _record(transaction, present, now, "user.password_reset", request_id)
            return remember_device(transaction, present.id, device, now, client=client)

        remembered = await self._database.write(unit)
        self._logins.forget(mark_of(user.email), client)
        self._report("password_changed", {"user": user.id})
        return self._devices.issue(user.id, remembered)

    async def link_for(self, delivery: Delivery) -> str:
        """A link for an e-mail that is about to be sent; '' if its address no longer has an
        account."""
        if delivery.letter is None:
            return ""
        purpose = delivery.letter.purpose
        token = secrets.token_urlsafe(_TOKEN_BYTES)

        def unit(transaction: Transaction) -> bool:
            found = users.id_of(transaction, delivery.recipient)
            if found is None or found != delivery.subject:
                return False
            expires_at = self._clock() + LINK_LIFE
            users.add_proof(transaction, _hash(token), found, purpose, expires_at)
            return True

        is_theirs = await self._database.write(unit)
        return f"{self._public_url()}/book/#{purpose}={token}" if is_theirs else ""


def want_letter(
    transaction: Transaction,
    address: str,
    user_id: str,
    purpose: Purpose,
    *,
    actor: Actor,
    now: dt.datetime,
    language: str,
) -> bool:
    """Request an e-mail with a link to the address; False if it had too many recently.

    The outbox sends none if no account has `user_id`.
    """
    if not _has_room(transaction, address, purpose, now):
        return False
    for mark in _marks(address, purpose):
        notifications.note_letter(transaction, mark, "account", now)
    audit.record(
        transaction,
        actor=actor,
        now=now,
        action=_KINDS[purpose],
        noun_id=user_id,
        event={"user": user_id, "language": language},
    )
    return True


def _has_room(transaction: Transaction, address: str, purpose: Purpose, now: dt.datetime) -> bool:
    """Whether the address may get an e-mail: the first of its purpose in a day, or one of three."""
    of_all, of_purpose = (
        notifications.letters_since(transaction, mark, "account", now - LINK_LIFE)
        for mark in _marks(address, purpose)
    )
    return of_all < MOST_LETTERS or of_purpose == 0


def _marks(address: str, purpose: Purpose) -> tuple[bytes, bytes]:
    """The names by which e-mails to an address are counted: all, and those for this purpose."""
    return letter_mark(address), letter_mark(f"{purpose} {address}")


def _until_the_next(transaction: Transaction, address: str, now: dt.datetime) -> float:
    """Seconds until an address that had too many e-mails may get another."""
    first = notifications.last_letter_but(
        transaction, letter_mark(address), "account", MOST_LETTERS - 1
    )
    return (first + LINK_LIFE - now).total_seconds() if first else 0.0


def mark_verified(transaction: Transaction, user: User, now: dt.datetime) -> None:
    """Record that the person reads the address."""
    users.update(transaction, msgspec.structs.replace(user, verified_email=True, updated_at=now))


def letter_mark(address: str) -> bytes:
    """The name under which e-mails to an address are counted: a hash, not the address."""
    return hashlib.sha256(address.encode()).digest()


def _holder(transaction: Transaction, token: str, purpose: Purpose, now: dt.datetime) -> User:
    """The user of a link. Raises Invalid for a link that is used, expired or unknown."""
    user_id = users.proof_holder(transaction, _hash(token), purpose, now)
    user = users.get(transaction, user_id) if user_id else None
    if user is None or user.disabled_at is not None:
        raise Invalid("link_refused", field="token")
    return user


def _handed_over(transaction: Transaction, user: User, now: dt.datetime) -> User:
    """The account without what a stranger put there.

    Their bookings remain with the restaurants, and belong to no account.
    """
    for before in reservation_lists.page(transaction, Filter(owner_id=user.id)):
        after = msgspec.structs.replace(before, owner_id=None, updated_at=now)
        reservations.update(transaction, after, reservations.table_key(transaction, before.id))
        audit.record(
            transaction,
            actor=Actor(kind="guest", subject=user.id),
            now=now,
            action="reservation.disowned",
            noun_id=before.id,
            restaurant_id=before.restaurant_id,
            reservation_id=before.id,
            event={"version": before.version + 1, "status": before.status},
        )
    idempotency.forget_of(transaction, user.id)
    name, _, _ = user.email.partition("@")
    return msgspec.structs.replace(user, name=name, phone="", verified_phone=False)


def _record(
    transaction: Transaction, user: User, now: dt.datetime, action: str, request_id: str
) -> None:
    actor = Actor(kind=user.kind, subject=user.id, request_id=request_id)
    audit.record(transaction, actor=actor, now=now, action=action, noun_id=user.id)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
