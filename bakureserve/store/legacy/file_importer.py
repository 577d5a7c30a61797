"""Going through one file: every row is judged, landed or not, and counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import ClassVar

import msgspec

from bakureserve.domain.ids import canonical
from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.store.legacy import reservations, restaurants, users
from bakureserve.store.legacy.files import RESERVATIONS, RESTAURANTS, USERS, FileName
from bakureserve.store.legacy.import_writer import ImportWriter
from bakureserve.store.legacy.report import Outcome, Reason, Report
from bakureserve.store.legacy.row_reader import LONGEST_ID, Rejected, RowReader, faults_of
from bakureserve.store.legacy.scratch import Seen, Spool
from bakureserve.store.legacy.stream import OldRow

STAYS_REMOVED = Reason("old_stays_removed")


class FileImporter:
    """One file's way into the store: `take` each row in order, then `finish`."""

    file: ClassVar[FileName]

    def __init__(self, writer: ImportWriter, report: Report, now: dt.datetime) -> None:
        self.writer = writer
        self.report = report
        self.now = now
        self._seen = Seen()

    def take(self, row: OldRow) -> None:
        """Judge, land and count one row."""
        try:
            self._take(row)
        except Rejected as verdict:
            reasons = [verdict.reason, *faults_of(row.read)]
            self.count(row.position, _named(row), "rejected", reasons)

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


class RestaurantPassage(FileImporter):
    file = RESTAURANTS

    def _take(self, row: OldRow) -> None:
        found = restaurants.mapped(row.read)
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


class UserPassage(FileImporter):
    file = USERS

    def _take(self, row: OldRow) -> None:
        user = users.mapped(row, self.now)
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


class ReservationPassage(FileImporter):
    """Those without a table of their own wait until everybody else has theirs."""

    file = RESERVATIONS

    def __init__(self, writer: ImportWriter, report: Report, now: dt.datetime) -> None:
        super().__init__(writer, report, now)
        self._waiting: Spool[_Waiting] = Spool(_Waiting)

    def _take(self, row: OldRow) -> None:
        fields = reservations.row_reader(row.read)
        row_id = reservations.reservation_id_of(fields)
        self.refuse_repeated(row_id)
        if self.writer.had_reservation(row_id):
            self.count(row.position, row_id, "unchanged")
        elif self.writer.was_removed(row_id):
            self.count(row.position, row_id, "unchanged", [STAYS_REMOVED])
        else:
            self._land(row.position, row_id, fields)

    def finish(self) -> None:
        for waiting in self._waiting:
            restaurant = self.writer.known_restaurant(waiting.reservation.restaurant_id)
            reasons = (
                *waiting.reasons,
                *self.writer.add_anywhere(restaurant, waiting.reservation),
            )
            self.count(waiting.position, waiting.reservation.id, "adjusted", reasons)

    def _land(self, position: int, row_id: str, fields: RowReader) -> None:
        restaurant_id = fields.take_id("restaurant_id") or ""
        restaurant = self.writer.restaurant(canonical(restaurant_id)) or self.writer.restaurant(
            restaurant_id
        )
        if restaurant is None:
            raise Rejected("old_restaurant_unknown", restaurant=restaurant_id)
        reservation = reservations.mapped(fields, row_id, restaurant, self.now)
        landed = self.writer.add_as_it_stands(restaurant, reservation)
        reasons = (*fields.reasons, *landed.reasons)
        if landed.added:
            outcome: Outcome = "adjusted" if reasons else "imported"
            self.count(position, row_id, outcome, reasons)
        else:
            self._waiting.append(_Waiting(position, reservation, reasons))


PASSES: dict[FileName, type[FileImporter]] = {
    RESTAURANTS: RestaurantPassage,
    USERS: UserPassage,
    RESERVATIONS: ReservationPassage,
}


def _named(row: OldRow) -> str | None:
    """The id that a row has, for the report, however bad the row is."""
    if row.key is not None:
        return row.key[:LONGEST_ID]
    row_id = row.value.get("id") if isinstance(row.value, dict) else None
    return str(row_id)[:LONGEST_ID] if isinstance(row_id, str | int) else None
