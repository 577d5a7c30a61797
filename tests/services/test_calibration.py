"""Predictions, from the ping that made them to the arrival that judges them."""

from __future__ import annotations

import pytest

from bakureserve.domain.actor import Actor
from bakureserve.domain.calibration import Judged
from bakureserve.domain.estimate import Estimate
from bakureserve.domain.geo import Coordinates
from bakureserve.runtime import Runtime
from bakureserve.services import calibration
from bakureserve.services.accounts import Accounts
from bakureserve.store import calibration as kept
from tests.houses import SAHIL, SetClock
from tests.services.asking import book

WAY_TO_WORK = Coordinates(40.4093, 49.8671)
DOOR = Coordinates(40.3700, 49.8372)


async def predict(runtime: Runtime, reservation_id: str) -> Estimate:
    """A ping on the way to the restaurant's door; the estimate it made."""
    estimate = await runtime.eta.estimate(WAY_TO_WORK, DOOR)
    now = runtime.clock()
    await runtime.database.write(
        lambda tx: calibration.predicted(tx, reservation_id, SAHIL, estimate, now)
    )
    return estimate


async def judged(runtime: Runtime) -> list[Judged]:
    return await runtime.database.read(lambda tx: list(kept.judged(tx)))


async def counted(runtime: Runtime) -> int:
    row = await runtime.database.read(lambda tx: tx.one("select count(*) from eta_prediction"))
    assert row
    return int(row[0])


async def test_a_trip_is_judged_on_arrival(runtime: Runtime, guest: Actor, clock: SetClock) -> None:
    reservation = await book(runtime, guest)
    estimate = await predict(runtime, reservation.id)
    clock.pass_minutes(11)
    await runtime.database.write(lambda tx: calibration.arrived(tx, reservation.id, clock()))

    (trip,) = await judged(runtime)
    assert (trip.seconds, trip.provider) == (estimate.eta_seconds, estimate.provider)
    assert (trip.actual_seconds, trip.error) == (660, estimate.eta_seconds - 660)
    assert (trip.hour, trip.district) == (12, "Bulvar")


async def test_distances_are_kept_to_a_hundred_metres(
    runtime: Runtime, guest: Actor, clock: SetClock
) -> None:
    reservation = await book(runtime, guest)
    estimate = await predict(runtime, reservation.id)
    await runtime.database.write(lambda tx: calibration.arrived(tx, reservation.id, clock()))

    (trip,) = await judged(runtime)
    assert estimate.diagnosis.straight_line_km == pytest.approx(5.051, abs=0.001)
    assert trip.straight_metres == 5100
    assert trip.route_metres == round(estimate.distance_km, 1) * 1000


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
