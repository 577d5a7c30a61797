"""Issue tokens for scripts, and rotate the keys that sign them, for operators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec

from bakureserve.auth.keys import KeyRing
from bakureserve.auth.tokens import AccessTokens
from bakureserve.domain.accounts.actor import METRICS_SCOPE, SEEING_SCOPES, Actor
from bakureserve.domain.errors import Conflict, Invalid
from bakureserve.services.accounts.accounts import actor_of
from bakureserve.services.accounts.security import Report
from bakureserve.services.accounts.users import found_account
from bakureserve.services.clock import Clock
from bakureserve.store import audit
from bakureserve.store.database import Database
from bakureserve.store.transaction import Transaction

LONGEST = dt.timedelta(days=7)
"""The longest life of any token: only a change of keys revokes one before it expires."""
SHORTEST = dt.timedelta(minutes=1)
SCOPES = SEEING_SCOPES | {METRICS_SCOPE}
"""The scopes that a token may be issued with."""


class Tokens:
    """For admins: each method raises Forbidden for all others."""

    def __init__(
        self,
        database: Database,
        keys: KeyRing,
        tokens: AccessTokens,
        clock: Clock,
        report: Report,
    ) -> None:
        self._database = database
        self._keys = keys
        self._tokens = tokens
        self._clock = clock
        self._report = report

    async def issue(
        self, actor: Actor, user: str, *, lifetime: dt.timedelta, scopes: Iterable[str] = ()
    ) -> str:
        """A token for a script that works on behalf of `user` (an id or e-mail address).

        It may do what the account may; with `scopes`, what a guest may and what they allow; with
        the scope `metrics`, which stands alone, read the server's metrics and nothing else. Raises
        NotFound, Invalid (lifetime or scopes), Conflict (the account is disabled), Unavailable.
        """
        actor.require_admin()
        wanted = frozenset(scopes)
        _require_known(wanted)
        _require_short(lifetime)

        def unit(transaction: Transaction) -> Actor:
            account = found_account(transaction, user)
            if account.disabled_at is not None:
                raise Conflict("user_disabled", user=user)
            changes = {"scopes": sorted(wanted), "seconds": int(lifetime.total_seconds())}
            self._record(transaction, actor, "token.issued", account.id, changes)
            holder = actor_of(account)
            return _narrowed(holder, wanted) if wanted else holder

        holder = await self._database.write(unit, by=actor)
        self._report("token_issued", {"user": holder.subject, "by": actor.subject})
        return self._tokens.issue(holder, lifetime)

    async def rotate_keys(self, actor: Actor, *, at_once: bool = False) -> str:
        """Sign with a new key from now on; returns its id.

        Tokens signed before stay valid until they expire, or none with `at_once`: people's devices
        then refresh theirs, and scripts need new ones. Raises Unavailable.
        """
        actor.require_admin()
        key = self._keys.rotate(self._clock(), dt.timedelta(0) if at_once else LONGEST)
        await self._database.write(
            lambda tx: self._record(tx, actor, "keys.rotated", key.kid, {"at_once": at_once}),
            by=actor,
        )
        self._report("keys_rotated", {"key": key.kid, "at_once": at_once, "by": actor.subject})
        return key.kid

    def _record(
        self,
        transaction: Transaction,
        actor: Actor,
        action: str,
        noun_id: str,
        changes: dict[str, object],
    ) -> None:
        audit.record(
            transaction,
            actor=actor,
            now=self._clock(),
            action=action,
            noun_id=noun_id,
            changes=changes,
        )


def _narrowed(holder: Actor, scopes: frozenset[str]) -> Actor:
    return msgspec.structs.replace(holder, kind="guest", restaurants=frozenset(), scopes=scopes)


def _require_known(scopes: frozenset[str]) -> None:
    unknown = scopes - SCOPES
    if unknown:
        raise Invalid(
            "scope_unknown",
            field="scope",
            scope=min(unknown),
            choices=sorted(SCOPES),
        )
    if METRICS_SCOPE in scopes and len(scopes) > 1:
        raise Invalid("scope_stands_alone", field="scope", scope=METRICS_SCOPE)


def _require_short(lifetime: dt.timedelta) -> None:
    if not SHORTEST <= lifetime <= LONGEST:
        raise Invalid("lifetime_out_of_range", field="ttl", days=LONGEST.days)
