"""Deleting what is old: answers, events, audit rows, sessions, and where guests were."""

from __future__ import annotations

import datetime as dt

import msgspec

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.notifications import LINK_LIFE
from bakureserve.services.accounts.sessions import REMEMBERED
from bakureserve.services.clock import Clock
from bakureserve.store import (
    audit,
    calibration,
    events,
    idempotency,
    outbox,
    reservations,
    sessions,
    trips,
    users,
)
from bakureserve.store.database import Database
from bakureserve.store.transaction import Transaction

_GIVEN_UP = dt.timedelta(days=1)
"""A guest who has not arrived by then is no longer on the way."""
ROWS_AT_ONCE = 20_000
"""Rows of each log forgotten in one sweep, so that it stays short; more wait for the next."""


class Housekeeping:
    """Forgets what is old: answers to creating calls after `keep_answers`, events after
    `keep_events`, audit rows after `keep_audit`, judged predictions after `keep_trips`, those of
    guests who never came, and sessions that are over."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        keep_answers: dt.timedelta,
        keep_trips: dt.timedelta,
        keep_events: dt.timedelta,
        keep_audit: dt.timedelta,
    ) -> None:
        self._database = database
        self._clock = clock
        self._keep_answers = keep_answers
        self._keep_trips = keep_trips
        self._keep_events = keep_events
        self._keep_audit = keep_audit

    async def sweep(self) -> int:
        """Forget what is old enough; how many answers that were. Raises Unavailable.

        Then cut the log: an erasure that met readers left that to be done.
        """
        now = self._clock()

        def unit(transaction: Transaction) -> int:
            users.sweep_proofs(transaction, now)
            outbox.sweep_letters(transaction, now - LINK_LIFE)
            sessions.sweep(transaction, over=now, unused=now - REMEMBERED)
            outbox.prune(transaction, now, limit=ROWS_AT_ONCE)
            calibration.sweep(
                transaction,
                pending_before=now - _GIVEN_UP,
                judged_before=now - self._keep_trips,
            )
            events.prune(
                transaction,
                now - self._keep_events,
                read_up_to=outbox.position(transaction),
                limit=ROWS_AT_ONCE,
            )
            audit.prune_audit(transaction, now - self._keep_audit, limit=ROWS_AT_ONCE)
            return idempotency.forget_before(transaction, now - self._keep_answers)

        forgotten = await self._database.write(unit)
        await self._database.truncate_log()
        return forgotten


KEEP_UNHEARD = dt.timedelta(hours=2)
"""A guest who was silent for so long is not followed any more."""
_AT_ONCE = 500


class ErasedLocations(msgspec.Struct, frozen=True):
    """How many reservations held coordinates that are not needed, and whether those are gone."""

    reservations: int
    erased: bool


class Privacy:
    """Erases coordinates that a trip left behind."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def sweep(self, actor: Actor, *, dry_run: bool = False) -> ErasedLocations:
        """Erase the coordinates of trips and sittings that are over, and of guests unheard of.

        A trip's end erases them by itself; this finds what came in by an import, what was written
        past the program, and who fell silent. A dry run counts. Raises Forbidden, Unavailable.
        """
        actor.require_admin()
        now = self._clock()
        if dry_run:
            found = await self._database.read_apart(lambda tx: _needless(tx, now, limit=-1))
            return ErasedLocations(len(found), erased=False)
        erased = 0
        while count := await self._database.write(lambda tx: _erase(tx, actor, now), by=actor):
            erased += count
        return ErasedLocations(erased, erased=True)


def _needless(transaction: Transaction, now: dt.datetime, *, limit: int) -> list[str]:
    return trips.with_needless_places(
        transaction, now, unheard_since=now - KEEP_UNHEARD, limit=limit
    )


def _erase(transaction: Transaction, actor: Actor, now: dt.datetime) -> int:
    """Erase a batch, with an event and an audit row each; how many it were."""
    erased = 0
    for reservation_id in _needless(transaction, now, limit=_AT_ONCE):
        reservation = reservations.get(transaction, reservation_id)
        if reservation is None or not trips.erase_places(transaction, reservation, now):
            continue
        erased += 1
        audit.record(
            transaction,
            actor=actor,
            now=now,
            action="arrival.place_forgotten",
            noun_id=reservation_id,
            restaurant_id=reservation.restaurant_id,
            reservation_id=reservation_id,
            event={"version": reservation.version, "status": reservation.status},
        )
    return erased
