"""Delete old data: stored answers, events, audit rows, sessions, and guests' locations."""

from __future__ import annotations

import datetime as dt

import msgspec

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.notifications import LINK_LIFE
from bakureserve.services.accounts.sessions import REMEMBERED
from bakureserve.services.clock import Clock
from bakureserve.store import audit, events, notifications
from bakureserve.store.accounts import sessions, users
from bakureserve.store.arrivals import calibration, trips
from bakureserve.store.database import Database
from bakureserve.store.reservations import idempotency, reservations
from bakureserve.store.transaction import Transaction, Unit

_GIVEN_UP = dt.timedelta(days=1)
"""A guest who has not arrived by then is no longer on the way."""
ROWS_AT_ONCE = 100
"""Rows deleted in one transaction: deliveries, the largest, then hold up the event loop for 2 ms.
All 20,000 in one held it up for 225 ms."""

PAGES_AT_ONCE, KEPT_FREE = 50, 0.1
"""Pages given back to the disk in one transaction, 2 ms of the event loop; and the share of the
file that stays free for the rows of the next days, which would else be asked back at once."""


class Housekeeping:
    """Deletes old data: answers to creating calls after `keep_answers`, events after
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
        self._audit_seen = 0

    async def sweep(self) -> int:
        """Delete what is old enough; returns the number of answers. Raises Unavailable.

        In many short transactions, between which guests come first. Then give free room back to
        the disk, and truncate the write-ahead log: an erasure while others were reading left that
        to do.
        """
        now = self._clock()
        for chore in self._chores(now):
            await self._in_slices(chore)
        await self._sweep_audit(now - self._keep_audit)
        forgotten = await self._in_slices(
            lambda tx: idempotency.forget_before(tx, now - self._keep_answers, limit=ROWS_AT_ONCE)
        )
        while await self._database.give_back(most=PAGES_AT_ONCE, keep=KEPT_FREE):
            pass
        await self._database.truncate_log()
        return forgotten

    def _chores(self, now: dt.datetime) -> tuple[Unit[int], ...]:
        return (
            lambda tx: users.sweep_proofs(tx, now, limit=ROWS_AT_ONCE),
            lambda tx: notifications.sweep_letters(tx, now - LINK_LIFE, limit=ROWS_AT_ONCE),
            lambda tx: sessions.sweep(tx, over=now, unused=now - REMEMBERED, limit=ROWS_AT_ONCE),
            lambda tx: notifications.prune(tx, now, limit=ROWS_AT_ONCE),
            lambda tx: calibration.sweep(
                tx,
                pending_before=now - _GIVEN_UP,
                judged_before=now - self._keep_trips,
                limit=ROWS_AT_ONCE,
            ),
            lambda tx: events.prune(
                tx,
                now - self._keep_events,
                read_up_to=notifications.position(tx),
                limit=ROWS_AT_ONCE,
            ),
        )

    async def _sweep_audit(self, before: dt.datetime) -> None:
        """From where the last sweep ended: what it left is kept for good."""

        def chore(transaction: Transaction) -> tuple[int, int]:
            return audit.prune_audit(
                transaction, before, after=self._audit_seen, limit=ROWS_AT_ONCE
            )

        old = 1
        while old:
            old, self._audit_seen = await self._database.write_slice(chore)

    async def _in_slices(self, chore: Unit[int]) -> int:
        """Do it until there is no more to delete; how many rows it deleted."""
        deleted = 0
        while count := await self._database.write_slice(chore):
            deleted += count
        return deleted


KEEP_UNHEARD = dt.timedelta(hours=2)
"""A guest who was silent for this long is no longer followed."""
_AT_ONCE = 500


class ErasedLocations(msgspec.Struct, frozen=True):
    """How many reservations held coordinates no longer needed, and whether those were erased."""

    reservations: int
    erased: bool


class Privacy:
    """Erases coordinates that trips left behind."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def sweep(self, actor: Actor, *, dry_run: bool = False) -> ErasedLocations:
        """Erase the coordinates of trips and sittings that are over, and of guests who fell silent.

        The end of a trip erases them already; this finds those that were imported, written past
        the program, or left by silence. A dry run only counts. Raises Forbidden, Unavailable.
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
    """Erase a batch, with an event and an audit row each; returns how many."""
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
