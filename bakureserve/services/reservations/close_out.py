"""Close service days: by staff at once, or by the server some hours after a day's end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import msgspec

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Conflict, NotFound, ReserveError
from bakureserve.domain.localtime import calendar_text
from bakureserve.domain.reservations.lifecycle import (
    Unsettled,
    can_be_settled,
    closes_automatically_at,
    closing_of,
    holds_table,
    settled,
)
from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.services.arrivals import trip_recorder
from bakureserve.services.reservations.unit import BookingUnit, BookingUnits
from bakureserve.store.reservations import reservation_lists
from bakureserve.store.transaction import Transaction

_LOOKBACK = dt.timedelta(days=4)
"""How far back a sweep looks for open days, once older ones have been closed."""


class ClosedDay(msgspec.Struct, frozen=True, kw_only=True):
    """A restaurant's service date, and the ids of the reservations that were settled with it:
    parties that left, that came and were never seated, that did not come, and those that staff must
    still settle."""

    restaurant_id: str
    date: dt.date
    left: tuple[str, ...] = ()
    came: tuple[str, ...] = ()
    no_show: tuple[str, ...] = ()
    flagged: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return sum(map(len, (self.left, self.came, self.no_show, self.flagged)))


class CloseOut:
    """Closes days for one store. Visits that were over when they were imported are left alone."""

    def __init__(self, units: BookingUnits) -> None:
        self._units = units
        self._looked_at: dt.datetime | None = None

    async def close(
        self,
        actor: Actor,
        id_or_slug: str,
        day: dt.date,
        unsettled: Unsettled = "flag",
        *,
        dry_run: bool = False,
    ) -> ClosedDay:
        """Settle a service date that is over; returns what became of each party.

        Parties that are booked for after closing, or still sit where the restaurant never closes,
        are left until their time is over. A dry run changes nothing.

        Raises NotFound, Forbidden, Conflict (too_early: the restaurant has not closed), Invalid,
        Unavailable.
        """
        restaurant = await self._restaurant(id_or_slug)
        actor.require_staff_of(restaurant.id)
        self._require_over(restaurant, day)

        def planned(transaction: Transaction) -> list[tuple[Reservation, Reservation]]:
            found = reservation_lists.unsettled_on(transaction, restaurant.id, day)
            now = self._units.clock()
            due = [each for each in found if can_be_settled(restaurant, each, now)]
            return _changes(due, unsettled)

        def settle(unit: BookingUnit) -> list[tuple[Reservation, Reservation]]:
            changes = planned(unit.transaction)
            for before, after in changes:
                _save(unit, before, after)
            return changes

        if dry_run:
            return _closed(restaurant, day, await self._units.database.read(planned))
        return _closed(restaurant, day, await self._units.run(actor, restaurant, settle))

    async def open_days(
        self, id_or_slug: str | None = None, *, flagged: bool = False
    ) -> list[tuple[Restaurant, dt.date]]:
        """The service dates that are over and not closed, the oldest first; with `flagged` also
        those where all open reservations wait for staff."""
        restaurant = None if id_or_slug is None else await self._restaurant(id_or_slug)
        found = await self._open_days(
            None, None if restaurant is None else restaurant.id, flagged=flagged
        )
        return [(each, day) for each, day in found if closing_of(each, day) <= self._units.clock()]

    async def sweep(self, actor: Actor) -> list[ClosedDay]:
        """Close all days that are due: complete seated parties and flag the others for staff.

        A failure does not stop the others; the first is raised at the end.
        """
        now = self._units.clock()
        since = None if self._looked_at is None else self._looked_at - _LOOKBACK
        closed: list[ClosedDay] = []
        failed: list[ReserveError] = []
        for restaurant, day in await self._open_days(since, None):
            try:
                closed.append(await self._close_by_itself(actor, restaurant, day))
            except ReserveError as error:  # close the other restaurants' days all the same
                failed.append(error)
        if failed:
            raise failed[0]
        self._looked_at = now
        return [each for each in closed if each.count]

    async def _close_by_itself(
        self, actor: Actor, restaurant: Restaurant, day: dt.date
    ) -> ClosedDay:
        def settle(unit: BookingUnit) -> list[tuple[Reservation, Reservation]]:
            due = [
                each
                for each in reservation_lists.unsettled_on(unit.transaction, restaurant.id, day)
                if closes_automatically_at(unit.restaurant, each) <= unit.now
            ]
            changes = _changes(due, "flag")
            for before, after in changes:
                _save(unit, before, after)
            return changes

        return _closed(restaurant, day, await self._units.run(actor, restaurant, settle))

    async def _open_days(
        self, since: dt.datetime | None, restaurant_id: str | None, *, flagged: bool = False
    ) -> list[tuple[Restaurant, dt.date]]:
        now = self._units.clock()
        found = await self._units.database.read_apart(
            lambda tx: reservation_lists.open_days(
                tx, since=since, until=now, restaurant=restaurant_id, flagged=flagged
            )
        )
        return [(await self._units.directory.known(each), day) for each, day in found]

    async def _restaurant(self, restaurant: str) -> Restaurant:
        """The restaurant by id or slug; a retired one by its id."""
        try:
            return await self._units.directory.restaurant(restaurant)
        except NotFound:
            return await self._units.directory.known(restaurant)

    def _require_over(self, restaurant: Restaurant, day: dt.date) -> None:
        closes = closing_of(restaurant, day)
        if self._units.clock() < closes:
            shown = calendar_text(closes, restaurant.zone)
            raise Conflict("too_early", action="close", earliest=shown)


def _changes(unsettled: list[Reservation], how: Unsettled) -> list[tuple[Reservation, Reservation]]:
    pairs = [(before, settled(before, how)) for before in unsettled]
    return [(before, after) for before, after in pairs if after != before]


def _save(unit: BookingUnit, before: Reservation, after: Reservation) -> None:
    if holds_table(after.status):
        unit.save(before, after, "flagged")
        return
    unit.seating.release(before)
    action = "completed" if after.status == "completed" else "marked_no_show"
    saved = unit.save(before, after, action)
    # The arrival time is unknown, so nothing is learnt from a trip that is still open.
    trip_recorder.follow(unit, saved, "no_show")


def _closed(
    restaurant: Restaurant, day: dt.date, changes: list[tuple[Reservation, Reservation]]
) -> ClosedDay:
    def ids(is_meant: Callable[[Reservation, Reservation], bool]) -> tuple[str, ...]:
        return tuple(before.id for before, after in changes if is_meant(before, after))

    return ClosedDay(
        restaurant_id=restaurant.id,
        date=day,
        left=ids(lambda before, _: before.status == "seated"),
        came=ids(lambda before, after: (before.status, after.status) == ("booked", "completed")),
        no_show=ids(lambda _, after: after.status == "no_show"),
        flagged=ids(lambda _, after: after.status == "booked"),
    )
