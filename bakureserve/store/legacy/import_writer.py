"""Putting mapped rows into the store, under its own rules: above all, one party to a table.

A row that lies there already is left alone, and so is one that was removed here since: an older
file never undoes what was done in the store.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from bakureserve.domain.arrivals.trip import Trip
from bakureserve.domain.errors import Conflict, NotFound
from bakureserve.domain.reservations.attention import NO_TABLE
from bakureserve.domain.reservations.reservation import HOLDS_A_TABLE, Reservation
from bakureserve.domain.reservations.seating import tables_that_fit
from bakureserve.domain.restaurants.restaurant import Restaurant, Table
from bakureserve.store import occupancy, reservations, restaurants, trips
from bakureserve.store.audit import REMOVALS
from bakureserve.store.legacy import users
from bakureserve.store.legacy.report import Reason
from bakureserve.store.transaction import Transaction

_EXISTS = "select 1 from reservation where id = ?"
_REMOVED = f"select 1 from audit where action in {REMOVALS}"
_SLUGS_TRIED = 1000


class Landed(NamedTuple):
    """Whether a reservation could be added at its table, and what there is to say of it."""

    added: bool
    reasons: tuple[Reason, ...]


class ImportWriter:
    """The store for the length of one import."""

    def __init__(self, transaction: Transaction, now: dt.datetime) -> None:
        self._transaction = transaction
        self._now = now
        self._restaurants: dict[str, Restaurant] = {}
        self._ever = restaurants.known_ids(transaction)
        self._was_empty = transaction.one("select 1 from reservation limit 1") is None
        self._some_removed = transaction.one(f"{_REMOVED} limit 1") is not None

    def restaurant(self, id_or_slug: str) -> Restaurant | None:
        """A stored restaurant with its tables' keys, or None."""
        restaurant = self._restaurants.get(id_or_slug)
        if restaurant is None and (restaurant := self._find(id_or_slug)) is not None:
            self._restaurants[id_or_slug] = restaurant
        return restaurant

    def known_restaurant(self, id_or_slug: str) -> Restaurant:
        """One that has been found before."""
        restaurant = self.restaurant(id_or_slug)
        if restaurant is None:
            raise NotFound("restaurant_unknown", restaurant=id_or_slug)
        return restaurant

    def ever_had_restaurant(self, restaurant_id: str) -> bool:
        """Whether it is here, or was before the import and was deleted."""
        return restaurant_id in self._ever

    def add_restaurant(self, restaurant: Restaurant) -> list[Reason]:
        """Add a restaurant; under another slug when its own is taken."""
        for number in range(1, _SLUGS_TRIED):
            slug = restaurant.slug if number == 1 else f"{restaurant.slug}-{number}"
            try:
                restaurants.insert(
                    self._transaction,
                    msgspec.structs.replace(restaurant, slug=slug),
                    source="import",
                    now=self._now,
                )
            except Conflict as error:
                refused = error
                continue
            return [] if number == 1 else [Reason("old_slug_taken", {"slug": slug})]
        raise refused

    def had_reservation(self, reservation_id: str) -> bool:
        """Whether it was here before the import."""
        if self._was_empty:
            return False
        return self._transaction.one(_EXISTS, (reservation_id,)) is not None

    def has_user(self, user_id: str) -> bool:
        return users.exists(self._transaction, user_id)

    def add_user(self, user: users.OldUser) -> None:
        """Add an account. Raises Rejected when another one has its e-mail address."""
        users.insert(self._transaction, user)

    def was_removed(self, noun_id: str) -> bool:
        """Whether the audit log knows that it was here and was removed."""
        if not self._some_removed:
            return False
        return self._transaction.one(f"{_REMOVED} and noun_id = ?", (noun_id,)) is not None

    def add_as_it_stands(self, restaurant: Restaurant, reservation: Reservation) -> Landed:
        """Add a reservation at the table it names, or say why that table cannot be had.

        One that is not active holds no table, and so never conflicts.
        """
        table = restaurant.tables_by_id.get(reservation.table_id or "")
        if reservation.status not in HOLDS_A_TABLE:
            return Landed(True, self._add(reservation, table))
        if table is None:
            return Landed(False, (Reason("old_table_missing"),))
        if self._first_free([table], reservation) is None:
            return Landed(False, (Reason("old_table_overlap", {"table": table.id}),))
        return Landed(True, self._add(reservation, table))

    def add_anywhere(self, restaurant: Restaurant, reservation: Reservation) -> tuple[Reason, ...]:
        """Add an active reservation at the smallest free table that fits, or at none."""
        table = self._first_free(tables_that_fit(restaurant, reservation.party_size), reservation)
        seated = msgspec.structs.replace(
            reservation,
            table_id=table.id if table else None,
            attention=() if table else (NO_TABLE,),
        )
        given = Reason("old_table_given", {"table": table.id}) if table else Reason("old_no_table")
        return (given, *self._add(seated, table))

    def _find(self, id_or_slug: str) -> Restaurant | None:
        try:
            return restaurants.find(self._transaction, id_or_slug)
        except NotFound:
            return None

    def _first_free(self, tables: Sequence[Table], reservation: Reservation) -> Table | None:
        return occupancy.first_free(
            self._transaction, tables, reservation.start, reservation.held_until
        )

    def _add(self, reservation: Reservation, table: Table | None) -> tuple[Reason, ...]:
        """Write it down; the reasons for which not as it stood."""
        left = bool(table and reservation.status == "seated" and self._has_left(reservation, table))
        if left:
            reservation = msgspec.structs.replace(reservation, status="completed")
        reservations.insert(self._transaction, reservation, table.key if table else None)
        self._adopt_trip(reservation)
        if table and reservation.status in HOLDS_A_TABLE:
            occupancy.hold(
                self._transaction,
                table.key,
                reservation.start,
                reservation.held_until,
                reservation.id,
            )
        return (Reason("old_party_left"),) if left else ()

    def _has_left(self, reservation: Reservation, table: Table) -> bool:
        """Whether a party that the old server still shows at a table cannot be there any more."""
        over = reservation.held_until <= self._now
        return over or occupancy.at_table(self._transaction, table.key) is not None

    def _adopt_trip(self, reservation: Reservation) -> None:
        """Let the sweeps find a guest who was on the way, and places that were left behind."""
        intent = reservation.arrival_intent
        trip = Trip(intent=intent)
        if not (trip.is_open or intent.current_location or intent.last_location):
            return
        awaited = trip.is_open and reservation.held_until > self._now
        due_at = reservation.held_until if awaited else None
        trips.save(self._transaction, reservation, trip, due_at=due_at, now=reservation.updated_at)
