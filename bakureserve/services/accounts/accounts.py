"""A person's own account: signing up, logging in and out, and what they may do with it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from bakureserve.auth.passwords import Checked, Passwords
from bakureserve.auth.tokens import AccessTokens, DeviceTokens, RefreshSecrets
from bakureserve.domain import text
from bakureserve.domain.accounts import contact
from bakureserve.domain.accounts.account import Session, User
from bakureserve.domain.accounts.actor import Actor, system_actor
from bakureserve.domain.errors import Conflict, Invalid, NotFound, TooMany, Unauthenticated
from bakureserve.notify.outbox_folder import OutboxFolder
from bakureserve.services.accounts import erasure
from bakureserve.services.accounts.erasure import PersonalData
from bakureserve.services.accounts.login_guard import Attempt, LoginGuard
from bakureserve.services.accounts.proofs import want_letter
from bakureserve.services.accounts.security import Report, mark_of
from bakureserve.services.accounts.sessions import (
    LoginLookup,
    Opened,
    Reused,
    account_for_login,
    open_session,
    renew,
)
from bakureserve.services.clock import Clock
from bakureserve.store import audit
from bakureserve.store.accounts import sessions, users
from bakureserve.store.codec import new_id
from bakureserve.store.database import Database
from bakureserve.store.transaction import Transaction


@dataclass(frozen=True)
class LoggedIn:
    """The tokens of a login. `expires_in` is the access token's life in seconds.

    `device_token` shows at the next login that this device is known; see `auth.devices`.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    device_token: str = field(repr=False)
    expires_in: int
    user: User


def actor_of(user: User, *, session_id: str = "", request_id: str = "") -> Actor:
    """The person, with all that they may do."""
    return Actor(
        kind=user.kind,
        subject=user.id,
        scopes=user.scopes,
        restaurants=frozenset(user.restaurants),
        email=user.email,
        name=user.name,
        rights=user.rights,
        session_id=session_id,
        request_id=request_id,
    )


class Accounts:
    """The accounts of one store, as their owners use them.

    An ended session cannot be refreshed; its last access token lives on until it expires, within
    `AccessTokens.lifetime`. Changes with one raise Unauthenticated once the account is closed or
    has lost rights.
    """

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        tokens: AccessTokens,
        clock: Clock,
        report: Report,
        *,
        files: OutboxFolder,
        logins: LoginGuard | None = None,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._tokens = tokens
        self._clock = clock
        self._report = report
        self._files = files
        self._refreshing = RefreshSecrets(tokens.keys)
        self._devices = DeviceTokens(tokens.keys, clock)
        self._lookup = LoginLookup(self._devices, clock)
        self._logins = LoginGuard(clock) if logins is None else logins
        self._sign_ups = LoginGuard(clock, strangers_share=False)

    async def sign_up(
        self,
        *,
        name: str,
        email: str,
        phone: str,
        password: str,
        device: str = "",
        client: str = "",
        language: str = "",
        request_id: str = "",
    ) -> LoggedIn:
        """Open a guest's account and log in to it. `client` is the address that asks.

        An e-mail asks whether the address is theirs. Until they confirm it no other is sent there,
        but they can book.

        Raises Invalid, Conflict (email_taken), TooMany (many sign-ups from one client, or with one
        address), Unavailable.
        """
        now = self._clock()
        user = User(
            id=new_id(now),
            name=text.guest_name(name, field="name"),
            email=contact.email(email),
            phone=contact.phone_e164(phone),
            self_made=True,
            created_at=now,
            updated_at=now,
        )
        contact.password(password, email=user.email, name=user.name)
        attempt = self._admit(self._sign_ups, mark_of(user.email), client)
        if await self._database.read(lambda tx: users.find(tx, user.email)):
            raise Conflict("email_taken")
        try:
            password_hash = await self._passwords.hash(password, client=client)
        except TooMany:
            self._sign_ups.void(attempt)
            raise

        def unit(transaction: Transaction) -> LoggedIn:
            users.insert(transaction, user, password_hash, language=language)
            actor = actor_of(user, request_id=request_id)
            _record(transaction, actor, now, "user.signed_up", user.id)
            want_letter(
                transaction,
                user.email,
                user.id,
                "verify",
                actor=actor,
                now=now,
                language=language,
            )
            return self._let_in(transaction, user, device, client, request_id)

        return await self._database.write(unit)

    async def log_in(
        self,
        *,
        email: str,
        password: str,
        device: str = "",
        device_token: str = "",
        client: str = "",
        request_id: str = "",
    ) -> LoggedIn:
        """Open a session. A failed attempt learns nothing, not even from the time it takes.

        An unknown address, a wrong password and a disabled account are the same Unauthenticated
        (credentials_wrong). With the `device_token` of an earlier login, or from a client that
        logged in recently, strangers' failures cause no wait. Raises TooMany (after
        repeated failures, or too busy), Unavailable.
        """
        address = contact.email_key(email)
        mark = mark_of(address)
        candidate = await self._database.read(
            lambda tx: self._lookup.candidate(tx, address, client, device_token)
        )
        stored = candidate.stored
        attempt = self._admit(
            self._logins, mark, client, device=candidate.device, is_known=candidate.is_known
        )
        checked = await self._checked(attempt, stored, password, client)

        def unit(transaction: Transaction) -> LoggedIn | None:
            present, present_hash = account_for_login(transaction, address)
            if present is None or stored is None or present_hash != stored:
                return None
            if checked.better:
                users.renew_password_hash(transaction, present.id, old=stored, new=checked.better)
            return self._let_in(transaction, present, device, client, request_id)

        entered = await self._database.write(unit) if checked.ok else None
        if entered is None:
            known = {"user": candidate.user.id} if candidate.user else {}
            self._report("login_failed", {"account": mark, "client": client, **known})
            raise Unauthenticated("credentials_wrong")
        self._logins.succeeded(attempt)
        return entered

    async def refresh(self, refresh_token: str, *, client: str = "") -> LoggedIn:
        """Continue a session; the token is used up. See `sessions` for one used twice.

        Raises Unauthenticated (refresh_refused), Unavailable.
        """

        def unit(transaction: Transaction) -> LoggedIn | Reused | None:
            now = self._clock()
            outcome = renew(transaction, refresh_token, now, self._refreshing, client=client)
            if isinstance(outcome, Reused):
                ended = outcome.session.id
                _record(transaction, system_actor("sessions"), now, "session.ended", ended)
            return self._proofs(outcome) if isinstance(outcome, Opened) else outcome

        outcome = await self._database.write(unit)
        if isinstance(outcome, LoggedIn):
            return outcome
        if isinstance(outcome, Reused):
            told = {"user": outcome.session.user_id, "session": outcome.session.id}
            self._report("refresh_reused", told)
        raise Unauthenticated("refresh_refused")

    async def log_out(self, actor: Actor) -> None:
        """End the session that the actor's access token belongs to, if any.

        Works whatever has become of the account.
        """
        await self._end(actor, actor.session_id, by=None)

    async def sessions(self, actor: Actor) -> list[Session]:
        """Where the actor is logged in, the last used first."""
        return await self._database.read(lambda tx: sessions.live(tx, actor.subject, self._clock()))

    async def end_session(self, actor: Actor, session_id: str) -> None:
        """Log a device of the actor's out. Raises NotFound, also for another person's."""
        if not await self._end(actor, session_id, by=actor):
            raise NotFound("session_unknown", session=session_id)

    async def change_password(self, actor: Actor, current: str, new: str) -> None:
        """Change the password, and end every session except the actor's present one.

        Raises NotFound (the actor signs in elsewhere), Invalid (`current` is wrong, or `new` is not
        acceptable), TooMany, Conflict (changed meanwhile), Unavailable.
        """
        user, stored = await self._database.read(lambda tx: _own(tx, actor))
        contact.password(new, email=user.email, name=user.name, field="new")
        mark = mark_of(user.email)
        # Counted separately: guesses at the login from outside must not keep the owner from this.
        holder = actor.session_id or "token"
        attempt = self._admit(self._logins, mark, "", device=holder)
        if not (await self._checked(attempt, stored, current, holder)).ok:
            self._report("login_failed", {"account": mark, "client": "", "user": user.id})
            raise Invalid("password_wrong", field="current")
        self._logins.succeeded(attempt)
        password_hash = await self._passwords.hash(new, client=holder)

        def unit(transaction: Transaction) -> None:
            now = self._clock()
            if users.password_hash(transaction, user.id) != stored:
                raise Conflict("changed_meanwhile")
            users.set_password_hash(transaction, user.id, password_hash, now)
            sessions.drop_all(transaction, user.id, now, but=actor.session_id)
            _record(transaction, actor, now, "user.password_changed", user.id)

        await self._database.write(unit, by=actor)
        self._report("password_changed", {"user": user.id})

    async def export(self, actor: Actor) -> PersonalData:
        """All that is stored about the actor. Raises Unavailable."""
        return await self._database.read_apart(
            lambda tx: erasure.data_of(tx, actor.subject, self._clock())
        )

    async def erase(self, actor: Actor) -> None:
        """Erase the actor's account and every trace of them; see `erasure.erase`."""
        erased = await self._database.write(
            lambda tx: erasure.erase(tx, actor, actor.subject, self._clock()), by=actor
        )
        await erasure.leave_no_trace(self._database, self._files, erased)
        self._report("account_erased", {"user": actor.subject})

    def _admit(
        self,
        guard: LoginGuard,
        mark: str,
        client: str,
        *,
        device: str = "",
        is_known: bool = False,
    ) -> Attempt:
        try:
            return guard.attempt(mark, client, device=device, is_known=is_known)
        except TooMany:
            self._report("login_limited", {"account": mark, "client": client})
            raise

    async def _checked(
        self, attempt: Attempt, stored: str | None, password: str, client: str
    ) -> Checked:
        """Check a password. Raises TooMany if too many wait, which is no failed guess."""
        try:
            return await self._passwords.verify(stored, password, client=client)
        except TooMany:
            self._logins.void(attempt)
            raise

    def _let_in(
        self, transaction: Transaction, user: User, device: str, client: str, request_id: str
    ) -> LoggedIn:
        now = self._clock()
        opened = open_session(transaction, user, device, now, self._refreshing, client=client)
        actor = actor_of(user, request_id=request_id)
        _record(transaction, actor, now, "session.opened", opened.session.id)
        for session_id in opened.crowded_out:
            _record(transaction, system_actor("sessions"), now, "session.ended", session_id)
        return self._proofs(opened)

    def _proofs(self, opened: Opened) -> LoggedIn:
        actor = actor_of(opened.user, session_id=opened.session.id)
        return LoggedIn(
            access_token=self._tokens.issue(actor),
            refresh_token=opened.refresh_token,
            device_token=self._devices.issue(opened.user.id, opened.session.id),
            expires_in=int(self._tokens.lifetime.total_seconds()),
            user=opened.user,
        )

    async def _end(self, actor: Actor, session_id: str, *, by: Actor | None) -> bool:
        """End a session of the actor's; False if there is none."""

        def unit(transaction: Transaction) -> bool:
            kept = sessions.find(transaction, session_id)
            now = self._clock()
            if kept is None or not actor.owns(kept.session.user_id):
                return False
            if not kept.session.is_live(now):
                return False
            sessions.end(transaction, session_id, now)
            _record(transaction, actor, now, "session.ended", session_id)
            return True

        ended = await self._database.write(unit, by=by)
        if ended:
            self._report("session_ended", {"user": actor.subject, "session": session_id})
        return ended


def _own(transaction: Transaction, actor: Actor) -> tuple[User, str | None]:
    """The actor's account and its hash. Raises NotFound."""
    user = users.get(transaction, actor.subject)
    if user is None:
        raise NotFound("account_elsewhere")
    return user, users.password_hash(transaction, user.id)


def _record(
    transaction: Transaction, actor: Actor, now: dt.datetime, action: str, noun_id: str
) -> None:
    audit.record(transaction, actor=actor, now=now, action=action, noun_id=noun_id)
