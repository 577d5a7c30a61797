"""Guests on the way: each trip with its intent, found by restaurant, by when it is due, and by
whether it holds coordinates. None of these looks at trips that are over."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import msgspec

from bakureserve.domain.arrivals.intent import MAY_BE_OPEN
from bakureserve.domain.arrivals.trip import Trip, without_places
from bakureserve.domain.reservations.reservation import HOLDS_A_TABLE, ArrivalIntent, Reservation
from bakureserve.domain.restaurants.restaurant import LONGEST_SITTING
from bakureserve.store.codec import document_of, further, loads, one_of, to_us
from bakureserve.store.reservations import reservations
from bakureserve.store.transaction import Row, Transaction

_GET = "select document, version from arrival_trip where reservation_id = ?"
_INSERT = (
    "insert into arrival_trip (due_at, holds_until, located_at, pinged_at, fired_at, document,"
    " reservation_id, restaurant_id, version) values (?, ?, ?, ?, ?, ?, ?, ?, 1)"
    " on conflict do nothing"
)
# A conditional update: of two writers that read the same version, one wins.
_UPDATE = (
    "update arrival_trip set due_at = ?, holds_until = ?, located_at = ?, pinged_at = ?,"
    " fired_at = ?, document = ?, version = version + 1 where reservation_id = ? and version = ?"
)
_DUE = "select reservation_id from arrival_trip where due_at <= ? order by due_at limit ?"
# A trip that must be looked at again is on the way or at the door.
_IS_UNDER_WAY = "p.due_at > 0"
_IS_BOOKED = "r.status = 'booked'"
# Neither on the way nor at the door.
_IS_AWAITED = "coalesce(a.status, 'idle') <> 'arrived' and p.due_at is null"
_WITH_TRIP = (
    " from reservation r left join arrival_intent a on a.reservation_id = r.id"
    " left join arrival_trip p on p.reservation_id = r.id"
)
_EXPECTED = (
    f"select {reservations.COLUMNS}, p.document, p.version from reservation r"
    " left join dining_table t on t.key = r.table_key"
    " left join arrival_intent a on a.reservation_id = r.id"
    " left join arrival_trip p on p.reservation_id = r.id"
    " where r.id in (select p.reservation_id from arrival_trip p"
    f" where p.restaurant_id = ? and {_IS_UNDER_WAY}"
    f" union select r.id{_WITH_TRIP}"
    " where r.restaurant_id = ? and r.starts_at between ? and ? and r.ends_at > ?"
    f" and {further(_IS_BOOKED)} and {_IS_AWAITED})"
    " order by r.starts_at, r.id"
)
_MISSED = (
    f"select r.id, r.restaurant_id{_WITH_TRIP}"
    f" where r.starts_at >= ? and r.starts_at < ? and r.ends_at > ?"
    f" and {_IS_BOOKED} and {_IS_AWAITED}"
)
_COMING = (
    "select p.restaurant_id, a.status, p.document"
    " from arrival_trip p join arrival_intent a on a.reservation_id = p.reservation_id"
    f" where {_IS_UNDER_WAY}"
)
_LOCATED = (
    "select p.reservation_id from arrival_trip p"
    " join arrival_intent a on a.reservation_id = p.reservation_id"
    " join reservation r on r.id = p.reservation_id"
    " where p.located_at <= ? or p.located_at > 0 and"
    f" (r.status not {one_of(HOLDS_A_TABLE)} or a.status not {one_of(MAY_BE_OPEN)}"
    " or r.held_until <= ?)"
    " order by p.located_at, p.reservation_id limit ?"
)
_LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_ERASE = (
    "update arrival_trip set located_at = null, document = ?, version = version + 1"
    " where reservation_id = ? and version = ?"
)
_IN_COLUMNS = frozenset({"intent", "version"})


class _Arrival(msgspec.Struct):
    arrival: dt.datetime | None = None


class _Forecasted(msgspec.Struct):
    """The one part of a trip that `coming` reads."""

    forecast: _Arrival | None = None


class Coming(NamedTuple):
    """An anonymous party on its way: where to, whether it is at the door, and its last forecast."""

    restaurant_id: str
    is_there: bool
    arrival: dt.datetime | None


def get(transaction: Transaction, reservation: Reservation) -> Trip:
    """The reservation's trip; one that was never saved has version 0."""
    row = transaction.one(_GET, (reservation.id,))
    return (
        _trip(reservation.arrival_intent, *row) if row else Trip(intent=reservation.arrival_intent)
    )


def save(
    transaction: Transaction,
    reservation: Reservation,
    trip: Trip,
    *,
    due_at: dt.datetime | None,
    now: dt.datetime,
    holds_until: dt.datetime | None = None,
) -> bool:
    """Write the trip with its intent; False when it was changed since it was read.

    `holds_until` is how long a guest who is late now keeps the table from other guests.
    """
    statement, last = (
        (_UPDATE, trip.version) if trip.version else (_INSERT, reservation.restaurant_id)
    )
    saved = transaction.execute(
        statement, (_us(due_at), _us(holds_until), *_values(trip), reservation.id, last)
    )
    if saved:
        intended = msgspec.structs.replace(reservation, arrival_intent=trip.intent, updated_at=now)
        reservations.put_arrival_intent(transaction, intended)
    return saved == 1


def erase_places(transaction: Transaction, reservation: Reservation, now: dt.datetime) -> bool:
    """Erase where the guest was, and keep the trip; False when it was changed since it was read."""
    trip = without_places(get(transaction, reservation))
    erased = transaction.execute(
        _ERASE, (document_of(trip, _IN_COLUMNS), reservation.id, trip.version)
    )
    if erased:
        intended = msgspec.structs.replace(reservation, arrival_intent=trip.intent, updated_at=now)
        reservations.put_arrival_intent(transaction, intended)
    return erased == 1


def forget(transaction: Transaction, reservation_id: str) -> None:
    """Delete the trip, and keep the intent."""
    transaction.execute("delete from arrival_trip where reservation_id = ?", (reservation_id,))


def due(transaction: Transaction, now: dt.datetime, *, limit: int) -> list[str]:
    """The reservations with a trip to review, the longest overdue first."""
    return [row[0] for row in transaction.all(_DUE, (to_us(now), limit))]


def expected_at(
    transaction: Transaction, restaurant_id: str, now: dt.datetime
) -> list[tuple[Reservation, Trip]]:
    """The parties that a restaurant expects, by booked time: on the way, at the door, or due though
    they announced nothing."""
    since, at = to_us(now - LONGEST_SITTING), to_us(now)
    rows = transaction.rows(_EXPECTED, (restaurant_id, restaurant_id, since, at, at))
    return [_with_trip(row) for row in rows]


def missed(
    transaction: Transaction, since: dt.datetime, before: dt.datetime, now: dt.datetime
) -> list[tuple[str, str]]:
    """The parties that announced nothing and are not there, of the sittings that started in
    [since, before) and go on: the ids of reservation and restaurant."""
    return transaction.all(_MISSED, (to_us(since), to_us(before), to_us(now)))


def coming(transaction: Transaction) -> list[Coming]:
    """The parties on the way or at the door, at all restaurants, in no order."""
    return [
        Coming(restaurant, status == "arrived", forecast.arrival if forecast else None)
        for restaurant, status, document in transaction.rows(_COMING)
        for forecast in [loads(document, _Forecasted).forecast]
    ]


def with_needless_places(
    transaction: Transaction, now: dt.datetime, *, unheard_since: dt.datetime, limit: int
) -> list[str]:
    """The reservations that hold coordinates although the trip or the sitting is over, or nothing
    was heard since."""
    rows = transaction.all(_LOCATED, (to_us(unheard_since), to_us(now), limit))
    return [row[0] for row in rows]


def _values(trip: Trip) -> tuple[Any, ...]:
    return (
        _us(_located_at(trip)),
        _us(trip.pinged_at),
        _us(trip.fired_at),
        document_of(trip, _IN_COLUMNS),
    )


def _located_at(trip: Trip) -> dt.datetime | None:
    intent = trip.intent
    places = (intent.current_location, intent.last_location, trip.routed_from, trip.sighting)
    if not any(places):
        return None
    return trip.pinged_at or intent.last_signal or _LONG_AGO


def _us(moment: dt.datetime | None) -> int | None:
    return None if moment is None else to_us(moment)


def _with_trip(row: Row) -> tuple[Reservation, Trip]:
    *columns, document, version = row
    reservation = reservations.from_row(tuple(columns))
    intent = reservation.arrival_intent
    return reservation, _trip(intent, document, version) if document else Trip(intent=intent)


def _trip(intent: ArrivalIntent, document: str, version: int) -> Trip:
    trip = loads(document, Trip)
    return msgspec.structs.replace(trip, intent=intent, version=version)
