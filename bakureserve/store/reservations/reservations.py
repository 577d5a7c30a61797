"""Reservations: read and written whole, as domain types."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from bakureserve.domain.reservations.reservation import (
    HOLDS_A_TABLE,
    ArrivalIntent,
    Prep,
    Reservation,
)
from bakureserve.domain.restaurants.restaurant import LONGEST_SITTING
from bakureserve.store.codec import dumps, from_us, loads, one_of, to_us
from bakureserve.store.transaction import Row, Transaction

COLUMNS = (
    "r.id, r.restaurant_id, t.id, r.party_size, r.starts_at, r.ends_at, r.held_until,"
    " r.service_date, r.guest_name, r.guest_phone, r.status, r.owner_id, r.prep,"
    " r.extra, r.created_at, r.updated_at, r.version, r.notes, r.staff_notes, r.tags, r.source,"
    " r.pinned, r.attention, r.cancelled_by, r.cancelled_late, r.hidden, r.language, a.document"
)
"""What `from_row` reads, of reservation r, dining_table t and arrival_intent a."""
FROM = (
    " from reservation r left join dining_table t on t.key = r.table_key"
    " left join arrival_intent a on a.reservation_id = r.id"
)
_GET = f"select {COLUMNS}{FROM} where r.id = ?"
_INSERT = (
    "insert into reservation (id, restaurant_id, table_key, party_size, starts_at, ends_at,"
    " held_until, service_date, guest_name, guest_phone, status, owner_id, prep,"
    " extra, notes, staff_notes, tags, source, pinned, attention, cancelled_by, cancelled_late,"
    " hidden, language, created_at, updated_at, version)"
    " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
# A conditional update: of two writers that read the same version, one wins.
_UPDATE = (
    "update reservation set table_key = ?, party_size = ?, starts_at = ?, ends_at = ?,"
    " held_until = ?, service_date = ?, guest_name = ?, guest_phone = ?, status = ?, owner_id = ?,"
    " prep = ?, extra = ?, notes = ?, staff_notes = ?, tags = ?, source = ?, pinned = ?,"
    " attention = ?, cancelled_by = ?, cancelled_late = ?, hidden = ?, language = ?,"
    " updated_at = ?, version = version + 1"
    " where id = ? and version = ?"
)
_NO_PREP = Prep()
_TEXTS = tuple[str, ...]
_NOTHING_ANNOUNCED = ArrivalIntent()
# Counted by the database: to read a guest's rows cost a booking a fifth of its time.
_CLAIMS = (
    "select sum(case when status = 'booked' then 1 else 0 end),"
    " min(case when starts_at < ? and ends_at > ? then id end)"
    " from reservation where owner_id = ? and starts_at > ? and ends_at > ? and id <> ?"
    f" and status {one_of(HOLDS_A_TABLE)} and source <> 'import'"
)


class Claims(NamedTuple):
    """How many upcoming bookings a guest has, and the one that overlaps a given time."""

    to_come: int
    then: str | None


def get(transaction: Transaction, reservation_id: str) -> Reservation | None:
    """The reservation with its arrival intent, or None."""
    row = transaction.one(_GET, (reservation_id,))
    return from_row(row) if row else None


def claims(
    transaction: Transaction,
    guest: str,
    now: dt.datetime,
    *,
    start: dt.datetime,
    end: dt.datetime,
    but: str | None,
) -> Claims:
    """The guest's bookings that are not over at `now`, and the one that overlaps [start, end).

    Leaves out the reservation `but` and imported ones.
    """
    row = transaction.one(
        _CLAIMS,
        (
            to_us(end),
            to_us(start),
            guest,
            to_us(now - LONGEST_SITTING),
            to_us(now),
            but or "",
        ),
    )
    return Claims(row[0] or 0, row[1]) if row else Claims(0, None)


def insert(transaction: Transaction, reservation: Reservation, table_key: int | None) -> None:
    """Add a new reservation. Its table is held separately, by `occupancy.hold`."""
    transaction.execute(
        _INSERT,
        (
            reservation.id,
            reservation.restaurant_id,
            *_changeable(reservation, table_key),
            to_us(reservation.created_at),
            to_us(reservation.updated_at),
            reservation.version,
        ),
    )
    if reservation.arrival_intent != _NOTHING_ANNOUNCED:
        put_arrival_intent(transaction, reservation)


def update(transaction: Transaction, reservation: Reservation, table_key: int | None) -> bool:
    """Write a changed reservation; False when it was changed since it was read."""
    changed = transaction.execute(
        _UPDATE,
        (
            *_changeable(reservation, table_key),
            to_us(reservation.updated_at),
            reservation.id,
            reservation.version,
        ),
    )
    return changed == 1


def delete(transaction: Transaction, reservation_id: str) -> None:
    """Remove it with its occupancy and arrival intent."""
    transaction.execute("delete from reservation where id = ?", (reservation_id,))


def put_arrival_intent(transaction: Transaction, reservation: Reservation) -> None:
    """Write the reservation's arrival intent, new or changed."""
    intent = reservation.arrival_intent
    transaction.execute(
        "insert into arrival_intent (reservation_id, status, last_signal_at, document, updated_at)"
        " values (?, ?, ?, ?, ?) on conflict (reservation_id) do update set"
        " status = excluded.status, last_signal_at = excluded.last_signal_at,"
        " document = excluded.document, updated_at = excluded.updated_at",
        (
            reservation.id,
            intent.status,
            to_us(intent.last_signal) if intent.last_signal else None,
            dumps(intent),
            to_us(reservation.updated_at),
        ),
    )


def table_key(transaction: Transaction, reservation_id: str) -> int | None:
    """The store's number of the reservation's table."""
    row = transaction.one("select table_key from reservation where id = ?", (reservation_id,))
    return row[0] if row else None


def _changeable(reservation: Reservation, key: int | None) -> tuple[Any, ...]:
    return (
        key,
        reservation.party_size,
        to_us(reservation.start),
        to_us(reservation.end),
        to_us(reservation.held_until),
        reservation.service_date.isoformat(),
        reservation.guest_name,
        reservation.guest_phone,
        reservation.status,
        reservation.owner_id,
        None if reservation.prep == _NO_PREP else dumps(reservation.prep),
        dumps(reservation.extra) if reservation.extra else None,
        reservation.notes or None,
        reservation.staff_notes or None,
        dumps(reservation.tags) if reservation.tags else None,
        reservation.source,
        reservation.pinned,
        dumps(reservation.attention) if reservation.attention else None,
        reservation.cancelled_by,
        reservation.cancelled_late,
        reservation.hidden,
        reservation.language or None,
    )


def from_row(row: Row) -> Reservation:
    """The reservation in a row of COLUMNS."""
    return Reservation(
        id=row[0],
        restaurant_id=row[1],
        table_id=row[2],
        party_size=row[3],
        start=from_us(row[4]),
        end=from_us(row[5]),
        held_until=from_us(row[6]),
        service_date=dt.date.fromisoformat(row[7]),
        guest_name=row[8],
        guest_phone=row[9],
        status=row[10],
        owner_id=row[11],
        prep=loads(row[12], Prep) if row[12] else _NO_PREP,
        extra=loads(row[13], dict[str, Any]) if row[13] else {},
        created_at=from_us(row[14]),
        updated_at=from_us(row[15]),
        version=row[16],
        notes=row[17] or "",
        staff_notes=row[18] or "",
        tags=loads(row[19], _TEXTS) if row[19] else (),
        source=row[20],
        pinned=bool(row[21]),
        attention=loads(row[22], _TEXTS) if row[22] else (),
        cancelled_by=row[23],
        cancelled_late=bool(row[24]),
        hidden=bool(row[25]),
        language=row[26] or "",
        arrival_intent=loads(row[27], ArrivalIntent) if row[27] else _NOTHING_ANNOUNCED,
    )
