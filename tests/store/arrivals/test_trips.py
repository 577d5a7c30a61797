from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from bakureserve.domain.arrivals.forecast import first
from bakureserve.domain.arrivals.intent import STATUSES
from bakureserve.domain.arrivals.trip import Trip
from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.reservations.reservation import (
    ArrivalIntent,
    ArrivalStatus,
    Reservation,
    Status,
)
from bakureserve.store import migrator
from bakureserve.store.arrivals import trips
from bakureserve.store.reservations import reservations
from bakureserve.store.transaction import Transaction
from tests.kit.rows import (
    NOW,
    RESTAURANT,
    a_reservation,
    add_restaurant,
    at_the_prompt,
    book,
    in_transaction,
)

HERE = Coordinates(40.4, 49.9)
COMING = Trip(
    intent=ArrivalIntent(status="approved", share_location=True, current_location=HERE),
    forecast=first(NOW, 900, "road"),
    pinged_at=NOW,
    routed_from=HERE,
    inside=1,
    fired_at=NOW,
    fired_for=NOW,
    held=300.0,
    late="kept",
    quiet=True,
    open_as="queued",
    by_step=True,
)


def save(
    transaction: Transaction, reservation: Reservation, trip: Trip, due_in: float | None = 0
) -> bool:
    due_at = None if due_in is None else NOW + dt.timedelta(minutes=due_in)
    return trips.save(transaction, reservation, trip, due_at=due_at, now=NOW)


def with_intent(trip: Trip, **fields: Any) -> Trip:
    return msgspec.structs.replace(trip, intent=msgspec.structs.replace(trip.intent, **fields))


def read_back(transaction: Transaction, id_: str) -> Trip:
    found = reservations.get(transaction, id_)
    assert found
    return trips.get(transaction, found)


def test_a_trip_is_read_back_as_it_was_written(transaction: Transaction) -> None:
    booked = book(transaction, a_reservation())
    assert trips.get(transaction, booked) == Trip()
    assert save(transaction, booked, COMING)
    assert read_back(transaction, booked.id) == msgspec.structs.replace(COMING, version=1)


def test_of_two_writers_that_read_the_same_trip_one_wins(transaction: Transaction) -> None:
    booked = book(transaction, a_reservation())
    assert save(transaction, booked, COMING)
    assert not save(transaction, booked, COMING)  # who found none yet
    read = read_back(transaction, booked.id)
    held = msgspec.structs.replace(read, held=600.0)
    assert save(transaction, booked, held)
    assert not save(transaction, booked, with_intent(read, status="rejected"))
    left = read_back(transaction, booked.id)
    assert (left.held, left.intent.status, left.version) == (600.0, "approved", 2)


def test_what_is_due_is_found_and_goes_with_its_reservation(transaction: Transaction) -> None:
    transaction.execute("pragma defer_foreign_keys = on")
    booked = book(transaction, a_reservation())
    for due_in, found in ((-1, ["r1"]), (0, ["r1"]), (1, []), (None, [])):
        version = read_back(transaction, booked.id).version
        save(transaction, booked, msgspec.structs.replace(COMING, version=version), due_in)
        assert trips.due(transaction, NOW, limit=5) == found
    reservations.delete(transaction, booked.id)
    assert transaction.all("select * from arrival_trip") == []


def test_the_board_is_a_restaurants_own_and_in_order(transaction: Transaction) -> None:
    add_restaurant(
        transaction, msgspec.structs.replace(RESTAURANT, id="other", slug="other", areas=())
    )
    later = a_reservation("later", start=NOW + dt.timedelta(hours=9))
    elsewhere = a_reservation("elsewhere", restaurant_id="other", table_id=None)
    over = a_reservation("over", table_id="t2")
    for each in (later, a_reservation("first"), elsewhere):
        save(transaction, book(transaction, each), COMING)
    save(transaction, book(transaction, over), COMING, None)
    board = trips.expected_at(transaction, RESTAURANT.id, NOW)
    assert [reservation.id for reservation, _ in board] == ["first", "later"]
    assert {trip.version for _, trip in board} == {1}
    assert all(reservation.arrival_intent == COMING.intent for reservation, _ in board)


@pytest.mark.parametrize("status", get_args(Status))
@pytest.mark.parametrize("arrival", STATUSES)
def test_places_are_needless_once_the_visit_or_the_trip_is_over(
    transaction: Transaction, status: Status, arrival: ArrivalStatus
) -> None:
    booked = book(transaction, a_reservation(status=status))
    save(transaction, booked, with_intent(COMING, status=arrival))
    needless = trips.with_needless_places(
        transaction, NOW, unheard_since=NOW - dt.timedelta(hours=2), limit=5
    )
    goes_on = status in {"booked", "seated"}
    may_be_coming = arrival in {"idle", "requested", "queued", "approved"}
    assert needless == ([] if goes_on and may_be_coming else ["r1"])


def test_the_migration_adopts_places_that_were_kept_before(path: Path) -> None:
    with at_the_prompt(path) as connection:
        connection.execute("begin")
        transaction = in_transaction(connection)
        add_restaurant(transaction)
        book(transaction, a_reservation("told", arrival_intent=COMING.intent))
        book(
            transaction,
            a_reservation("silent", table_id="t2", arrival_intent=ArrivalIntent(notes="x")),
        )
        connection.commit()
    migrator.down(path, steps=len(list(migrator.MIGRATIONS.glob("0*.py"))) - 2, busy_timeout=5)
    migrator.up(path, busy_timeout=5)
    with at_the_prompt(path) as connection:
        rows = connection.execute("select reservation_id, version from arrival_trip").fetchall()
        assert rows == [("told", 1)]
        read = read_back(in_transaction(connection), "told")
    assert read == Trip(intent=COMING.intent, version=1)
