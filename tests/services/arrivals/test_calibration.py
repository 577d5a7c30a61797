"""Predictions, from the ping that made them to the arrival that judges them."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.arrivals.calibration import Judged
from bakureserve.domain.errors import Forbidden
from bakureserve.domain.places.estimate import Estimate
from bakureserve.domain.places.geo import Coordinates
from bakureserve.eta.speed_fit import FEWEST_TRIPS
from bakureserve.runtime import Runtime, open_runtime
from bakureserve.services.accounts.accounts import Accounts
from bakureserve.services.arrivals import calibration
from bakureserve.store.arrivals import calibration as kept
from tests.kit.booking import book
from tests.kit.cast import ADMIN, GUEST, OTHER_GUEST
from tests.kit.houses import SAHIL, SetClock
from tests.kit.people import CHEAP

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


async def test_a_trip_is_judged_on_arrival(runtime: Runtime, clock: SetClock) -> None:
    reservation = await book(runtime, GUEST)
    estimate = await predict(runtime, reservation.id)
    clock.pass_minutes(11)
    await runtime.database.write(lambda tx: calibration.arrived(tx, reservation.id, clock()))
    (trip,) = await judged(runtime)
    assert (trip.seconds, trip.provider) == (estimate.eta_seconds, estimate.provider)
    assert (trip.actual_seconds, trip.error) == (660, estimate.eta_seconds - 660)
    assert (trip.hour, trip.district) == (12, "Bulvar")
    assert estimate.diagnosis.straight_line_km == pytest.approx(5.051, abs=0.001)
    assert trip.straight_metres == 5100  # to a hundred metres
    assert trip.route_metres == round(estimate.distance_km, 1) * 1000


async def test_of_guests_who_never_came_or_were_erased_nothing_is_kept(
    runtime: Runtime, accounts: Accounts, clock: SetClock
) -> None:
    reservation = await book(runtime, GUEST)
    await predict(runtime, reservation.id)
    clock.pass_minutes(24 * 60)
    await runtime.housekeeping.sweep()
    assert await counted(runtime) == 1
    clock.pass_minutes(1)
    await runtime.housekeeping.sweep()
    assert await counted(runtime) == 0
    await predict(runtime, reservation.id)
    await accounts.erase(GUEST)
    assert await counted(runtime) == 0


async def drive(runtime: Runtime, guest: Actor, trips: int, *, minutes: float) -> None:
    """A guest comes so many times by the same way in the same time."""
    there = runtime.clock() + dt.timedelta(minutes=minutes)
    reservation = await book(runtime, guest)
    for _ in range(trips):
        await predict(runtime, reservation.id)
        await runtime.database.write(lambda tx: calibration.arrived(tx, reservation.id, there))


async def way(runtime: Runtime) -> int:
    return (await runtime.eta.estimate(WAY_TO_WORK, DOOR)).eta_seconds


async def test_estimates_follow_what_operators_fit_until_they_reset_it(runtime: Runtime) -> None:
    before = await way(runtime)
    await drive(runtime, GUEST, FEWEST_TRIPS - 1, minutes=30)
    assert not (await runtime.calibration.fit(ADMIN)).found  # of too few trips
    assert await way(runtime) == before
    await drive(runtime, OTHER_GUEST, 1, minutes=30)
    with pytest.raises(Forbidden):
        await runtime.calibration.fit(GUEST, dry_run=True)
    tried = await runtime.calibration.fit(ADMIN, dry_run=True)
    assert await way(runtime) == before
    fit = await runtime.calibration.fit(ADMIN)
    assert fit == tried
    assert fit.city.enough
    assert await way(runtime) == pytest.approx(30 * 60, rel=0.02)
    with pytest.raises(Forbidden):
        await runtime.calibration.reset(GUEST)
    assert await runtime.calibration.reset(ADMIN)
    assert await way(runtime) == before
    assert not await runtime.calibration.reset(ADMIN)
    (who, fitted, changes), (_, reset, _) = await runtime.database.read(
        lambda tx: tx.all(
            "select actor, action, changes from audit where noun_id = 'eta_speeds' order by id"
        )
    )
    assert (who, fitted, reset) == (ADMIN.subject, "eta_speeds.fitted", "eta_speeds.reset")
    assert json.loads(changes)["city_kmh"] == fit.city.after_kmh


async def test_a_fit_outlives_the_process_and_reaches_those_that_run(
    runtime: Runtime, clock: SetClock
) -> None:
    await drive(runtime, GUEST, FEWEST_TRIPS, minutes=30)
    async with open_runtime(runtime.settings, clock=clock, hashing=CHEAP) as other:
        await other.calibration.fit(ADMIN)
    before = await way(runtime)
    await runtime.calibration.refresh()
    assert await way(runtime) > before
    async with open_runtime(runtime.settings, clock=clock, hashing=CHEAP) as later:
        assert await way(later) == await way(runtime)


async def test_accuracy_is_told_by_provider_hour_and_district(runtime: Runtime) -> None:
    assert await runtime.calibration.accuracy() == []
    await drive(runtime, GUEST, 2, minutes=20)
    told = await runtime.calibration.accuracy()
    assert [(each.by, each.group, each.trips) for each in told] == [
        ("all", "", 2),
        ("provider", "fallback", 2),
        ("hour", "12", 2),
        ("district", "Bulvar", 2),
    ]
