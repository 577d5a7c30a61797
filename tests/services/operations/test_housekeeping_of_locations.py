"""Coordinates that a trip left behind are found and erased."""

from __future__ import annotations

import msgspec
import pytest

from bakureserve.domain.accounts.actor import system_actor
from bakureserve.domain.errors import Forbidden
from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.reservations.reservation import ArrivalIntent, Reservation
from bakureserve.runtime import Runtime
from bakureserve.services.operations.housekeeping import ErasedLocations
from bakureserve.store.arrivals import trips
from bakureserve.store.transaction import Transaction
from tests.kit.cast import ADMIN, GUEST, HOST
from tests.kit.houses import NOW, SetClock, by_another_process
from tests.kit.on_the_way import a_guest_on_the_way, north_of_the_door, whereabouts_kept
from tests.kit.rows import a_reservation, book

HERE = Coordinates(40.4, 49.9)


async def left_behind(runtime: Runtime, id_: str, **fields: object) -> None:
    """A reservation that came in by an import, with a trip that is over and its coordinates."""
    intent = ArrivalIntent(status="arrived", last_signal=NOW, current_location=HERE)
    reservation = msgspec.structs.replace(a_reservation(id_), arrival_intent=intent, **fields)

    def write(transaction: Transaction) -> Reservation:
        kept = book(transaction, reservation)
        trips.save(transaction, kept, trips.get(transaction, kept), due_at=None, now=NOW)
        return kept

    await by_another_process(runtime.database.path, write)


async def test_what_trips_left_behind_is_erased_and_written_down(runtime: Runtime) -> None:
    for number in range(7):  # more than are erased at once
        await left_behind(runtime, f"r{number}", status="completed", table_id=None)
    assert await whereabouts_kept(runtime) == 7
    assert await runtime.privacy.sweep(ADMIN, dry_run=True) == ErasedLocations(7, erased=False)
    assert await whereabouts_kept(runtime) == 7
    assert await runtime.privacy.sweep(system_actor("housekeeping")) == ErasedLocations(
        7, erased=True
    )
    assert await whereabouts_kept(runtime) == 0
    assert await runtime.privacy.sweep(ADMIN) == ErasedLocations(0, erased=True)
    left = await runtime.booking.get(ADMIN, "r0")
    assert left.arrival_intent.status == "arrived"
    rows = await runtime.database.read(
        lambda tx: tx.all("select actor, action, noun_id from audit order by noun_id")
    )
    written = ("housekeeping", "arrival.place_forgotten")
    assert rows == [(*written, f"r{number}") for number in range(7)]


async def test_a_guest_on_the_way_is_left_alone_until_nothing_is_heard_for_two_hours(
    runtime: Runtime, clock: SetClock
) -> None:
    id_ = await a_guest_on_the_way(runtime, start="14:00")
    await runtime.arrivals.locate(GUEST, id_, north_of_the_door(5_000))
    clock.pass_minutes(119)
    assert (await runtime.privacy.sweep(ADMIN)).reservations == 0
    clock.pass_minutes(1)
    assert (await runtime.privacy.sweep(ADMIN)).reservations == 1
    still = await runtime.booking.get(GUEST, id_)
    assert (still.arrival_intent.status, still.arrival_intent.current_location) == (
        "approved",
        None,
    )
    await runtime.arrivals.locate(GUEST, id_, north_of_the_door(4_000))


async def test_it_is_for_administrators(runtime: Runtime) -> None:
    for actor in (GUEST, HOST):
        with pytest.raises(Forbidden, match="admin_only"):
            await runtime.privacy.sweep(actor)
