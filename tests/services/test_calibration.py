"""Predictions, from the ping that made them to the arrival that judges them."""

from __future__ import annotations

from bakureserve.domain.actor import Actor
from bakureserve.domain.calibration import Judged
from bakureserve.runtime import Runtime
from bakureserve.services import calibration
from bakureserve.services.accounts import Accounts
from bakureserve.store import calibration as kept
from bakureserve.store.transaction import Transaction
from tests.houses import SAHIL, SetClock
from tests.services.asking import book


async def predict(runtime: Runtime, reservation_id: str, *, seconds: int = 600) -> None:
    def ping(transaction: Transaction) -> None:
        calibration.predicted(
            transaction,
            reservation_id,
            SAHIL,
            seconds=seconds,
            provider="osrm",
            route_km=5.04,
            straight_km=3.96,
            now=runtime.clock(),
        )

    await runtime.database.write(ping)


async def judged(runtime: Runtime) -> list[Judged]:
    return await runtime.database.read(lambda tx: list(kept.judged(tx)))


async def counted(runtime: Runtime) -> int:
    row = await runtime.database.read(lambda tx: tx.one("select count(*) from eta_prediction"))
    assert row
    return int(row[0])


async def test_a_trip_is_judged_on_arrival(runtime: Runtime, guest: Actor, clock: SetClock) -> None:
    reservation = await book(runtime, guest)
    await predict(runtime, reservation.id)
    clock.pass_minutes(11)
    await runtime.database.write(lambda tx: calibration.arrived(tx, reservation.id, clock()))

    (trip,) = await judged(runtime)
    assert (trip.seconds, trip.actual_seconds, trip.error) == (600, 660, -60)
    assert (trip.hour, trip.district) == (12, "Bulvar")


async def test_distances_are_kept_to_a_hundred_metres(
    runtime: Runtime, guest: Actor, clock: SetClock
) -> None:
    reservation = await book(runtime, guest)
    await predict(runtime, reservation.id)
    await runtime.database.write(lambda tx: calibration.arrived(tx, reservation.id, clock()))

    (trip,) = await judged(runtime)
    assert (trip.route_metres, trip.straight_metres) == (5000, 4000)


async def test_whoever_has_their_data_erased_leaves_no_trip_behind(
    runtime: Runtime, guest: Actor, accounts: Accounts
) -> None:
    reservation = await book(runtime, guest)
    await predict(runtime, reservation.id)
    await accounts.erase(guest)

    assert await counted(runtime) == 0


async def test_of_guests_who_never_came_nothing_is_kept_after_a_day(
    runtime: Runtime, guest: Actor, clock: SetClock
) -> None:
    reservation = await book(runtime, guest)
    await predict(runtime, reservation.id)
    clock.pass_minutes(24 * 60)
    await runtime.housekeeping.sweep()
    assert await counted(runtime) == 1

    clock.pass_minutes(1)
    await runtime.housekeeping.sweep()
    assert await counted(runtime) == 0
