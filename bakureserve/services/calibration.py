"""Learning from trips: each prediction is kept until the guest is there, then judged by it.

`predicted` and `arrived` run inside the transaction of the ping or the arrival they belong to.
"""

from __future__ import annotations

import datetime as dt

from bakureserve.domain.calibration import Prediction
from bakureserve.domain.estimate import Estimate
from bakureserve.domain.localtime import local
from bakureserve.domain.venue import Venue
from bakureserve.store import calibration
from bakureserve.store.transaction import Transaction

_COARSE_METRES = 100
"""Distances are kept to this: fine enough to learn from, too coarse to find a house by."""


def predicted(
    transaction: Transaction,
    reservation_id: str,
    venue: Venue,
    estimate: Estimate,
    now: dt.datetime,
) -> None:
    """A ping made this estimate for a guest of the restaurant."""
    prediction = Prediction(
        seconds=estimate.eta_seconds,
        provider=estimate.provider,
        route_metres=_coarse(estimate.distance_km),
        straight_metres=_coarse(estimate.diagnosis.straight_line_km),
        hour=local(now, venue.zone).hour,
        district=venue.neighborhood or venue.city,
    )
    calibration.add(transaction, reservation_id, prediction, now)


def arrived(transaction: Transaction, reservation_id: str, now: dt.datetime) -> None:
    """The guest is there: what was predicted on the way can be judged, and no longer names them."""
    calibration.settle(transaction, reservation_id, now)


def abandoned(transaction: Transaction, reservation_id: str) -> None:
    """The guest is not coming, or takes their data along: nothing of the trip is kept."""
    calibration.forget(transaction, reservation_id)


def _coarse(kilometres: float) -> int:
    return round(kilometres * 1000 / _COARSE_METRES) * _COARSE_METRES
