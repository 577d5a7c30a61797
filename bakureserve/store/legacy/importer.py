"""Imports the rows of the old files: each is judged, put into the store or not, and counted.

The store's own rules hold, above all one party to a table. A row that is there already is left
alone, and so is one that was removed here since: an older file never undoes what was done here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

import msgspec

from bakureserve.domain.arrivals.trip import Trip
from bakureserve.domain.errors import Conflict, NotFound
from bakureserve.domain.reservations.attention import NO_TABLE
from bakureserve.domain.reservations.reservation import HOLDS_A_TABLE, Reservation
from bakureserve.domain.reservations.seating import tables_that_fit
from bakureserve.domain.restaurants.restaurant import Restaurant, Table
from bakureserve.domain.text import canonical_id
from bakureserve.store.arrivals import trips
from bakureserve.store.audit import REMOVALS
from bakureserve.store.database import Slices
from bakureserve.store.legacy import reservations as old_reservations
from bakureserve.store.legacy import restaurants as old_restaurants
from bakureserve.store.legacy import users as old_users
from bakureserve.store.legacy.files import RESERVATIONS, RESTAURANTS, USERS, FileName
from bakureserve.store.legacy.json_rows import OldRow
from bakureserve.store.legacy.report import Outcome, Reason, Report
from bakureserve.store.legacy.row_reader import LONGEST_ID, Rejected, RowReader, faults_of
from bakureserve.store.legacy.scratch import SeenIds, Spool
from bakureserve.store.reservations import occupancy, reservations
from bakureserve.store.restaurants import restaurants
from bakureserve.store.transaction import Transaction

STAYS_REMOVED = Reason("old_stays_removed")
_EXISTS = "select 1 from reservation where id = ?"
_REMOVED = f"select 1 from audit where action in {REMOVALS}"
_SLUGS_TRIED = 1000


class Added(NamedTuple):
    """Whether a reservation could be added at its table, and what there is to say of it."""

    added: bool
    reasons: tuple[Reason, ...]


class ImportWriter:
    """The store for the length of one import.

    `slices` lets others write between two rows; without it, all is one transaction.
    """

    def __init__(
        self, transaction: Transaction, now: dt.datetime, slices: Slices | None = None
    ) -> None:
        self._transaction = transaction
        self._now = now
        self._slices = slices
        self._restaurants: dict[str, Restaurant] = {}
        self._ever = restaurants.known_ids(transaction)
        self._was_empty = (
            slices is None and transaction.one("select 1 from reservation limit 1") is None
        )
        self._some_removed = transaction.one(f"{_REMOVED} limit 1") is not None

    def pause(self) -> None:
        """Let others write, if they may: between two rows."""
        if self._slices is not None:
            self._slices.pause()

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
        return old_users.exists(self._transaction, user_id)

    def add_user(self, user: old_users.OldUser) -> None:
        """Add an account. Raises Rejected when another one has its e-mail address."""
        old_users.insert(self._transaction, user)

    def was_removed(self, noun_id: str) -> bool:
        """Whether the audit log knows that it was here and was removed."""
        if not self._some_removed:
            return False
        return self._transaction.one(f"{_REMOVED} and noun_id = ?", (noun_id,)) is not None

    def add_as_it_stands(self, restaurant: Restaurant, reservation: Reservation) -> Added:
        """Add a reservation at the table it names, or say why that table cannot be had.

        One that is not active holds no table, and so never conflicts.
        """
        table = restaurant.tables_by_id.get(reservation.table_id or "")
        if reservation.status not in HOLDS_A_TABLE:
            return Added(True, self._add(reservation, table))
        if table is None:
            return Added(False, (Reason("old_table_missing"),))
        if self._first_free([table], reservation) is None:
            return Added(False, (Reason("old_table_overlap", {"table": table.id}),))
        return Added(True, self._add(reservation, table))

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


class FileImporter:
    """One file's way into the store: `take` each row in order, then `finish`."""

    file: ClassVar[FileName]

    def __init__(self, writer: ImportWriter, report: Report, now: dt.datetime) -> None:
        self.writer = writer
        self.report = report
        self.now = now
        self._seen = SeenIds()

    def take(self, row: OldRow) -> None:
        """Judge, land and count one row."""
        try:
            self._take(row)
        except Rejected as verdict:
            reasons = [verdict.reason, *faults_of(row.read)]
            self.count(row.position, _named(row), "rejected", reasons)
        self.writer.pause()

    def finish(self) -> None:
        """Deal with what had to wait for the file's end."""

    def count(
        self, position: int, row_id: str | None, outcome: Outcome, reasons: Sequence[Reason] = ()
    ) -> None:
        self.report.count(self.file, position, row_id, outcome, reasons)

    def refuse_repeated(self, row_id: str) -> None:
        """Raises Rejected for an id that an earlier row of the file has."""
        if not self._seen.add(row_id):
            raise Rejected("old_id_repeated")

    def _take(self, row: OldRow) -> None:
        raise NotImplementedError


class RestaurantImporter(FileImporter):
    file = RESTAURANTS

    def _take(self, row: OldRow) -> None:
        found = old_restaurants.mapped(row.read)
        restaurant = found.restaurant
        self.refuse_repeated(restaurant.id)
        if self.writer.ever_had_restaurant(restaurant.id):
            stays_removed = self.writer.restaurant(restaurant.id) is None
            reasons = [STAYS_REMOVED] if stays_removed else []
            self.count(row.position, restaurant.id, "unchanged", reasons)
            return
        reasons = [*found.reasons, *self.writer.add_restaurant(restaurant)]
        outcome: Outcome = "adjusted" if reasons else "imported"
        self.count(row.position, restaurant.id, outcome, [*reasons, *found.assumed])
        self.report.files[self.file].tables += len(restaurant.tables)


class UserImporter(FileImporter):
    file = USERS

    def _take(self, row: OldRow) -> None:
        user = old_users.mapped(row, self.now)
        self.refuse_repeated(user.id)
        if self.writer.has_user(user.id):
            self.count(row.position, user.id, "unchanged")
        elif self.writer.was_removed(user.id):
            self.count(row.position, user.id, "unchanged", [STAYS_REMOVED])
        else:
            self.writer.add_user(user)
            outcome: Outcome = "adjusted" if user.reasons else "imported"
            self.count(row.position, user.id, outcome, user.reasons)


class _Waiting(msgspec.Struct, frozen=True):
    """An active reservation that cannot have the table it names."""

    position: int
    reservation: Reservation
    reasons: tuple[Reason, ...]


class ReservationImporter(FileImporter):
    """Those without a table of their own wait until everybody else has theirs."""

    file = RESERVATIONS

    def __init__(self, writer: ImportWriter, report: Report, now: dt.datetime) -> None:
        super().__init__(writer, report, now)
        self._waiting: Spool[_Waiting] = Spool(_Waiting)

    def _take(self, row: OldRow) -> None:
        fields = old_reservations.row_reader(row.read)
        row_id = old_reservations.reservation_id_of(fields)
        self.refuse_repeated(row_id)
        if self.writer.had_reservation(row_id):
            self.count(row.position, row_id, "unchanged")
        elif self.writer.was_removed(row_id):
            self.count(row.position, row_id, "unchanged", [STAYS_REMOVED])
        else:
            self._import(row.position, row_id, fields)

    def finish(self) -> None:
        for waiting in self._waiting:
            restaurant = self.writer.known_restaurant(waiting.reservation.restaurant_id)
            reasons = (
                *waiting.reasons,
                *self.writer.add_anywhere(restaurant, waiting.reservation),
            )
            self.count(waiting.position, waiting.reservation.id, "adjusted", reasons)
            self.writer.pause()

    def _import(self, position: int, row_id: str, fields: RowReader) -> None:
        restaurant_id = fields.take_id("restaurant_id") or ""
        restaurant = self.writer.restaurant(canonical_id(restaurant_id)) or self.writer.restaurant(
            restaurant_id
        )
        if restaurant is None:
            raise Rejected("old_restaurant_unknown", restaurant=restaurant_id)
        reservation = old_reservations.mapped(fields, row_id, restaurant, self.now)
        stored = self.writer.add_as_it_stands(restaurant, reservation)
        reasons = (*fields.reasons, *stored.reasons)
        if stored.added:
            outcome: Outcome = "adjusted" if reasons else "imported"
            self.count(position, row_id, outcome, reasons)
        else:
            self._waiting.append(_Waiting(position, reservation, reasons))


IMPORTERS: dict[FileName, type[FileImporter]] = {
    RESTAURANTS: RestaurantImporter,
    USERS: UserImporter,
    RESERVATIONS: ReservationImporter,
}


def _named(row: OldRow) -> str | None:
    """The id that a row has, for the report, however bad the row is."""
    if row.key is not None:
        return row.key[:LONGEST_ID]
    row_id = row.value.get("id") if isinstance(row.value, dict) else None
    return str(row_id)[:LONGEST_ID] if isinstance(row_id, str | int) else None
