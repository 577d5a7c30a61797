"""Learn from trips: store each prediction until the guest arrives, then compare the two.

`predicted` and `arrived` run inside the transaction of the ping or the arrival they belong to.
`Calibration` measures how accurate predictions were, and fits the fallback's speeds to the trips.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.arrivals.calibration import Accuracy, Prediction, StoredSpeeds, accuracy
from bakureserve.domain.places.estimate import Estimate
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.eta.engine import EtaEngine
from bakureserve.eta.speed_fit import SpeedFit, fit_speeds
from bakureserve.services.clock import Clock
from bakureserve.store import audit
from bakureserve.store.arrivals import calibration
from bakureserve.store.database import Database
from bakureserve.store.transaction import Transaction

_COARSE_METRES = 100
"""Distances are rounded to this: fine enough to learn from, too coarse to find a house by."""


def predicted(
    transaction: Transaction,
    reservation_id: str,
    restaurant: Restaurant,
    estimate: Estimate,
    now: dt.datetime,
) -> None:
    """Store the estimate that was made for a guest's location."""
    prediction = Prediction(
        seconds=estimate.eta_seconds,
        provider=estimate.provider,
        route_metres=_coarse(estimate.distance_km),
        straight_metres=_coarse(estimate.diagnosis.straight_line_km),
        hour=now.astimezone(restaurant.zone).hour,
        district=restaurant.neighborhood or restaurant.city,
    )
    calibration.add(transaction, reservation_id, prediction, now)


def arrived(transaction: Transaction, reservation_id: str, now: dt.datetime) -> None:
    """The guest has arrived: compare the predictions, and detach them from the guest."""
    calibration.settle(transaction, reservation_id, now)


def abandoned(transaction: Transaction, reservation_id: str) -> None:
    """The guest is not coming, or was erased: delete the trip's predictions."""
    calibration.forget(transaction, reservation_id)


class Calibration:
    """Measures the trips that ended, and sets the speeds of the engine's fallback by them.

    Fitted speeds are stored and replace those of the settings. The process that stores them uses
    them at once, a running server from its next `refresh` on.
    """

    def __init__(self, database: Database, engine: EtaEngine, clock: Clock) -> None:
        self._database = database
        self._engine = engine
        self._clock = clock
        self._of_settings = engine.rules.speeds

    async def accuracy(self) -> list[Accuracy]:
        """The accuracy of predictions by provider, hour and district. Raises Unavailable."""
        return await self._database.read_apart(lambda tx: accuracy(calibration.judged(tx)))

    async def fit(self, actor: Actor, *, dry_run: bool = False) -> SpeedFit:
        """Fit the speeds to every stored trip, and use them unless `dry_run`.

        With too few trips nothing changes. Raises Forbidden, Unavailable.
        """
        actor.require_admin()
        await self.refresh()
        present = self._engine.rules.speeds
        fit = await self._database.read_apart(
            lambda tx: fit_speeds(calibration.judged(tx), present)
        )
        if dry_run or not fit.found:
            return fit
        fitted = StoredSpeeds(
            city_kmh=fit.city.after_kmh,
            highway_kmh=fit.highway.after_kmh,
            trips=fit.trips,
            fitted_at=self._clock(),
        )

        def unit(transaction: Transaction) -> None:
            calibration.put_speeds(transaction, fitted)
            changes = {"city_kmh": fitted.city_kmh, "highway_kmh": fitted.highway_kmh}
            _record(transaction, actor, fitted.fitted_at, "fitted", changes)

        await self._database.write(unit, by=actor)
        self._use(fitted)
        return fit

    async def reset(self, actor: Actor) -> bool:
        """Use the settings' speeds again; False when they are in use already.

        Raises Forbidden, Unavailable.
        """
        actor.require_admin()
        now = self._clock()

        def unit(transaction: Transaction) -> bool:
            dropped = calibration.drop_speeds(transaction)
            if dropped:
                _record(transaction, actor, now, "reset", {})
            return dropped

        dropped = await self._database.write(unit, by=actor)
        self._use(None)
        return dropped

    async def refresh(self) -> None:
        """Use the present speeds, stored by any process. Raises Unavailable."""
        self._use(await self._database.read(calibration.speeds))

    def _use(self, stored: StoredSpeeds | None) -> None:
        speeds = self._of_settings
        if stored is not None:
            speeds = msgspec.structs.replace(
                speeds, city_kmh=stored.city_kmh, highway_kmh=stored.highway_kmh
            )
        if speeds != self._engine.rules.speeds:
            self._engine.rules = msgspec.structs.replace(self._engine.rules, speeds=speeds)


def _record(
    transaction: Transaction, actor: Actor, now: dt.datetime, done: str, changes: dict[str, Any]
) -> None:
    audit.record(
        transaction,
        actor=actor,
        now=now,
        action=f"eta_speeds.{done}",
        noun_id="eta_speeds",
        changes=changes,
    )


def _coarse(kilometres: float) -> int:
    return round(kilometres * 1000 / _COARSE_METRES) * _COARSE_METRES
