"""Forgetting where guests were, once nobody needs to know it any more."""

from __future__ import annotations

import datetime as dt

import msgspec

from bakureserve.domain.accounts.actor import Actor
from bakureserve.services.clock import Clock
from bakureserve.store import audit, reservations, trips
from bakureserve.store.database import Database
from bakureserve.store.transaction import Transaction

KEEP_UNHEARD = dt.timedelta(hours=2)
"""A guest who has not been heard of for so long is not followed any more."""
_AT_ONCE = 500


class Forgotten(msgspec.Struct, frozen=True):
    """How many reservations held coordinates that are not needed, and whether those are gone."""

    reservations: int
    erased: bool


class Privacy:
    """Erases coordinates that a trip left behind."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def sweep(self, actor: Actor, *, dry_run: bool = False) -> Forgotten:
        """Erase the coordinates of trips and sittings that are over, and of guests unheard of.

        A trip's end erases them by itself; this finds what came in by an import, what was written
        past the program, and who fell silent. A dry run counts. Raises Forbidden, Unavailable.
        """
        actor.require_admin()
        now = self._clock()
        if dry_run:
            found = await self._database.read_apart(lambda tx: _needless(tx, now, limit=-1))
            return Forgotten(len(found), erased=False)
        erased = 0
        while count := await self._database.write(lambda tx: _erase(tx, actor, now), by=actor):
            erased += count
        return Forgotten(erased, erased=True)


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
