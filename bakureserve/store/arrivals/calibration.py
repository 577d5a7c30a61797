"""Predicted and actual times of trips, and the speeds fitted from them.

A row names the reservation while the guest is on the way. On arrival the name goes, and the moment
of each prediction is cut to its day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from bakureserve.domain.arrivals.calibration import LONGEST_TRIP, Judged, Prediction, StoredSpeeds
from bakureserve.store.codec import from_us, to_us
from bakureserve.store.transaction import Transaction

_SECOND_US = 1_000_000
_DAY_US = 86_400 * _SECOND_US
_APART_US = 115 * _SECOND_US  # two minutes, with some play for a phone that is a little early
MOST_KEPT = 250_000
"""Predictions beyond the newest so many are dropped, however young: some 25,000 trips' worth."""

_ADD = (
    "insert into eta_prediction (reservation_id, predicted_at, predicted_seconds, provider,"
    " route_metres, straight_metres, hour, district) select ?, ?, ?, ?, ?, ?, ?, ?"
    " where not exists (select 1 from eta_prediction where reservation_id = ? and predicted_at > ?)"
)
_SETTLE = (
    "update eta_prediction set reservation_id = null, trip = ?,"
    f" actual_seconds = (? - predicted_at + {_SECOND_US // 2}) / {_SECOND_US},"
    f" predicted_at = predicted_at - predicted_at % {_DAY_US}"
    " where reservation_id = ?"
)
_JUDGED = (
    "select predicted_seconds, provider, route_metres, straight_metres, hour, district, trip,"
    " actual_seconds from eta_prediction where reservation_id is null order by id"
)


def add(
    transaction: Transaction, reservation_id: str, prediction: Prediction, at: dt.datetime
) -> None:
    """Keep a prediction of a guest on the way, unless one was kept within the last two minutes.

    However often a phone tells its place, a trip takes no more room and counts no more.
    """
    moment = to_us(at)
    transaction.execute(
        _ADD,
        (
            reservation_id,
            moment,
            prediction.seconds,
            prediction.provider,
            prediction.route_metres,
            prediction.straight_metres,
            prediction.hour,
            prediction.district,
            reservation_id,
            moment - _APART_US,
        ),
    )


def settle(transaction: Transaction, reservation_id: str, arrived_at: dt.datetime) -> None:
    """Note on the trip's predictions what it took, and take the reservation's name off them.

    Drops predictions from long before or after the arrival: they were about another drive.
    """
    moment = to_us(arrived_at)
    transaction.execute(
        "delete from eta_prediction where reservation_id = ?"
        " and (predicted_at < ? or predicted_at > ?)",
        (reservation_id, to_us(arrived_at - LONGEST_TRIP), moment),
    )
    first = transaction.one(
        "select min(id) from eta_prediction where reservation_id = ?", (reservation_id,)
    )
    transaction.execute(_SETTLE, (first and first[0], moment, reservation_id))


def forget(transaction: Transaction, reservation_id: str) -> None:
    """Drop the predictions of a trip that did not end at the restaurant."""
    transaction.execute("delete from eta_prediction where reservation_id = ?", (reservation_id,))


# The first two are ranges of the index: no id sorts before '', and an index holds nulls side by
# side.
_NO_LONGER_OF_USE = (
    "reservation_id > '' and predicted_at < ?",
    "reservation_id is null and predicted_at < ?",
    "id <= (select max(id) from eta_prediction) - ?",
)


def sweep(
    transaction: Transaction,
    *,
    pending_before: dt.datetime,
    judged_before: dt.datetime,
    limit: int,
) -> int:
    """Drop predictions of guests who never came, and those too old to be of use, at most `limit`
    of each kind; how many of the kind with most."""
    bounds = (to_us(pending_before), to_us(judged_before), MOST_KEPT)
    return max(
        transaction.execute(
            "delete from eta_prediction where id in"
            f" (select id from eta_prediction where {condition} limit ?)",
            (bound, limit),
        )
        for condition, bound in zip(_NO_LONGER_OF_USE, bounds, strict=True)
    )


def judged(transaction: Transaction) -> Iterable[Judged]:
    """Every prediction of a trip that ended, in the order in which they were made."""
    for row in transaction.rows(_JUDGED):
        yield Judged(
            seconds=row[0],
            provider=row[1],
            route_metres=row[2],
            straight_metres=row[3],
            hour=row[4],
            district=row[5],
            trip=row[6],
            actual_seconds=row[7],
        )


def speeds(transaction: Transaction) -> StoredSpeeds | None:
    """The fitted speeds; None while those of the settings apply."""
    row = transaction.one("select city_kmh, highway_kmh, trips, fitted_at from eta_speeds")
    if row is None:
        return None
    return StoredSpeeds(
        city_kmh=row[0], highway_kmh=row[1], trips=row[2], fitted_at=from_us(row[3])
    )


def put_speeds(transaction: Transaction, fitted: StoredSpeeds) -> None:
    """Use these speeds in place of earlier ones."""
    drop_speeds(transaction)
    transaction.execute(
        "insert into eta_speeds (id, city_kmh, highway_kmh, trips, fitted_at)"
        " values (1, ?, ?, ?, ?)",
        (fitted.city_kmh, fitted.highway_kmh, fitted.trips, to_us(fitted.fitted_at)),
    )


def drop_speeds(transaction: Transaction) -> bool:
    """Use the speeds of the settings again; False when they already applied."""
    return transaction.execute("delete from eta_speeds") > 0
