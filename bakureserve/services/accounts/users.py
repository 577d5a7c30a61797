"""Add people, change what they may do, and close their accounts, for operators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import msgspec

from bakureserve.auth.passwords import Passwords
from bakureserve.domain import text
from bakureserve.domain.accounts import contact
from bakureserve.domain.accounts.account import Role, Session, User
from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Conflict, NotFound
from bakureserve.notify.outbox_folder import OutboxFolder
from bakureserve.services.accounts import erasure
from bakureserve.services.accounts.erasure import Erased
from bakureserve.services.accounts.proofs import mark_verified
from bakureserve.services.accounts.security import Report
from bakureserve.services.clock import Clock
from bakureserve.store import audit
from bakureserve.store.accounts import sessions, users
from bakureserve.store.codec import new_id
from bakureserve.store.database import Database
from bakureserve.store.restaurants import restaurants
from bakureserve.store.transaction import Transaction


class Users:
    """Changes the accounts of one store, for admins.

    A `user` is named by id or e-mail address. Every method except `has_admin` raises Forbidden for
    all but admins; those that change something, Unauthenticated for an account that has lost
    rights; those that name a user, NotFound; and all Unavailable. A right that is granted counts
    from the next refresh on, one that is withdrawn at once: triggers of the store outdate all
    tokens.
    """

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        clock: Clock,
        report: Report,
        *,
        files: OutboxFolder,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._clock = clock
        self._report = report
        self._files = files

    async def require_standing(self, actor: Actor) -> None:
        """Raises Unauthenticated unless the actor's token still holds, and Unavailable."""
        if actor.rights is not None:
            await self._database.read(lambda tx: users.require_standing(tx, actor))

    async def has_admin(self) -> bool:
        """Whether an account can log in as an admin."""
        return await self._database.read(users.has_admin)

    async def page(self, actor: Actor, *, after: str = "", limit: int | None = None) -> list[User]:
        """Accounts in order of e-mail address, after that of `after`, at most `limit`."""
        actor.require_admin()
        return await self._database.read_apart(lambda tx: users.page(tx, after=after, limit=limit))

    async def get(self, actor: Actor, user: str) -> User:
        """One account."""
        actor.require_admin()
        return await self._database.read(lambda tx: found_account(tx, user))

    async def sessions(self, actor: Actor, user: str) -> list[Session]:
        """Where the person is logged in, the last used first."""
        actor.require_admin()
        return await self._database.read(
            lambda tx: sessions.live(tx, found_account(tx, user).id, self._clock())
        )

    async def add(
        self,
        actor: Actor,
        *,
        name: str,
        email: str,
        password: str,
        phone: str = "",
        role: Role = "guest",
    ) -> User:
        """Open an account for a person. Raises Invalid, Conflict (email_taken)."""
        actor.require_admin()
        now = self._clock()
        user = User(
            id=new_id(now),
            name=text.guest_name(name, field="name"),
            email=contact.email(email),
            phone=contact.phone_e164(phone) if phone else "",
            role=role,
            verified_email=True,  # the admin who typed it vouches for it
            created_at=now,
            updated_at=now,
        )
        contact.password(password, email=user.email, name=user.name)
        password_hash = await self._passwords.hash(password)

        def unit(transaction: Transaction) -> User:
            users.insert(transaction, user, password_hash)
            self._record(transaction, actor, "user.added", user, {"role": role})
            return user

        return await self._database.write(unit, by=actor)

    async def verify(self, actor: Actor, user: str) -> User:
        """Vouch for the person's address without an e-mail; returns the account."""

        def change(transaction: Transaction, found: User) -> None:
            if not found.verified_email:
                mark_verified(transaction, found, self._clock())
                self._record(transaction, actor, "user.verified", found)

        return await self._change(actor, user, change)

    async def grant(
        self, actor: Actor, user: str, id_or_slug: str, *, unverified: bool = False
    ) -> User:
        """Make the person staff of a restaurant (id or slug); returns the account.

        Raises Conflict (address_unproved) if the address may be a stranger's, unless `unverified`
        accepts that.
        """

        def change(transaction: Transaction, found: User) -> None:
            _require_proved(found, unverified)
            restaurant = restaurants.find(transaction, id_or_slug)
            if users.grant(transaction, found.id, restaurant.id):
                changes = {"restaurant_id": restaurant.id}
                self._record(transaction, actor, "user.granted", found, changes)

        return await self._change(actor, user, change)

    async def revoke(self, actor: Actor, user: str, id_or_slug: str) -> User:
        """End the person's work for a restaurant (id or slug); returns the account."""

        def change(transaction: Transaction, found: User) -> None:
            restaurant = restaurants.find(transaction, id_or_slug)
            if users.revoke(transaction, found.id, restaurant.id):
                changes = {"restaurant_id": restaurant.id}
                self._record(transaction, actor, "user.revoked", found, changes)

        return await self._change(actor, user, change)

    async def set_role(
        self, actor: Actor, user: str, role: Role, *, unverified: bool = False
    ) -> User:
        """Make the person an admin, or no longer one; returns the account.

        Raises Conflict as `grant` does.
        """

        def change(transaction: Transaction, found: User) -> None:
            if found.role != role:
                _require_proved(found, unverified or role == "guest")
                self._update(transaction, found, role=role)
                self._record(transaction, actor, "user.role_changed", found, {"role": role})

        return await self._change(actor, user, change)

    async def disable(self, actor: Actor, user: str) -> User:
        """Lock the person out, and end all their sessions; returns the account."""

        def change(transaction: Transaction, found: User) -> None:
            if found.disabled_at is None:
                self._update(transaction, found, disabled_at=self._clock())
                sessions.drop_all(transaction, found.id, self._clock())
                self._record(transaction, actor, "user.disabled", found)

        return await self._change(actor, user, change)

    async def enable(self, actor: Actor, user: str) -> User:
        """Let a disabled person log in again; returns the account."""

        def change(transaction: Transaction, found: User) -> None:
            if found.disabled_at is not None:
                self._update(transaction, found, disabled_at=None)
                self._record(transaction, actor, "user.enabled", found)

        return await self._change(actor, user, change)

    async def set_password(self, actor: Actor, user: str, password: str) -> User:
        """Set a new password for the person, and end all their sessions. Raises Invalid."""
        found = await self.get(actor, user)
        contact.password(password, email=found.email, name=found.name)
        password_hash = await self._passwords.hash(password)

        def change(transaction: Transaction, found: User) -> None:
            users.set_password_hash(transaction, found.id, password_hash, self._clock())
            sessions.drop_all(transaction, found.id, self._clock())
            users.outdate_rights(transaction, found.id)
            self._record(transaction, actor, "user.password_changed", found)

        changed = await self._change(actor, found.id, change)
        self._report("password_changed", {"user": changed.id})
        return changed

    async def end_sessions(self, actor: Actor, user: str) -> int:
        """Log the person out everywhere; returns of how many devices."""
        actor.require_admin()

        def unit(transaction: Transaction) -> int:
            found = found_account(transaction, user)
            ended = sessions.drop_all(transaction, found.id, self._clock())
            if ended:
                self._record(transaction, actor, "user.logged_out", found, {"sessions": ended})
            return ended

        return await self._database.write(unit, by=actor)

    async def erase(self, actor: Actor, user: str) -> None:
        """Erase the account and every trace of the person; see `erasure.erase`."""
        actor.require_admin()

        def unit(transaction: Transaction) -> tuple[str, Erased]:
            found = found_account(transaction, user)
            return found.id, erasure.erase(transaction, actor, found.id, self._clock())

        user_id, erased = await self._database.write(unit, by=actor)
        await erasure.leave_no_trace(self._database, self._files, erased)
        self._report("account_erased", {"user": user_id})

    async def _change(
        self, actor: Actor, user: str, change: Callable[[Transaction, User], None]
    ) -> User:
        actor.require_admin()

        def unit(transaction: Transaction) -> User:
            found = found_account(transaction, user)
            change(transaction, found)
            return found_account(transaction, found.id)

        return await self._database.write(unit, by=actor)

    def _update(
        self,
        transaction: Transaction,
        found: User,
        **changes: Role | dt.datetime | None,
    ) -> None:
        users.update(
            transaction, msgspec.structs.replace(found, updated_at=self._clock(), **changes)
        )

    def _record(
        self,
        transaction: Transaction,
        actor: Actor,
        action: str,
        user: User,
        changes: dict[str, Any] | None = None,
    ) -> None:
        audit.record(
            transaction,
            actor=actor,
            now=self._clock(),
            action=action,
            noun_id=user.id,
            changes=changes,
        )


def _require_proved(user: User, unverified: bool) -> None:
    if not (user.verified_email or unverified):
        raise Conflict("address_unproved", email=user.email)


def found_account(transaction: Transaction, user: str) -> User:
    """The account with this id or e-mail address. Raises NotFound."""
    found = users.get(transaction, user) or users.find(transaction, contact.email_key(user))
    if found is None:
        raise NotFound("user_unknown", user=user)
    return found
