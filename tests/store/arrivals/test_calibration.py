from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from bakureserve.domain.arrivals.calibration import Prediction
from bakureserve.store.arrivals import calibration
from bakureserve.store.reservations import reservations
from bakureserve.store.transaction import Transaction
from tests.kit.rows import NOW, a_reservation, book

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)


def a_prediction(**fields: Any) -> Prediction:
    given: dict[str, Any] = {
        "seconds": 600,
        "provider": "osrm",
        "route_metres": 5000,
        "straight_metres": 4000,
        "hour": 19,
        "district": "Nasimi",
    }
    return Prediction(**(given | fields))


@pytest.fixture
def on_the_way(transaction: Transaction) -> Transaction:
    """A store with the reservations r1 and r2, both with guests under way."""
    book(transaction, a_reservation("r1"))
    book(transaction, a_reservation("r2", table_id="t2"))
    return transaction


def rows(transaction: Transaction) -> list[tuple[Any, ...]]:
    return transaction.all("select reservation_id, predicted_at from eta_prediction order by id")


def actuals(transaction: Transaction) -> list[int]:
    return [each.actual_seconds for each in calibration.judged(transaction)]


def test_on_arrival_each_prediction_is_told_what_it_took_and_names_no_person(
    on_the_way: Transaction,
) -> None:
    calibration.add(on_the_way, "r1", a_prediction(seconds=600), NOW)
    calibration.add(on_the_way, "r1", a_prediction(seconds=300, provider="gomap"), NOW + 4 * MINUTE)
    calibration.add(on_the_way, "r2", a_prediction(), NOW)
    assert actuals(on_the_way) == []
    for _ in range(2):  # arriving twice changes nothing
        calibration.settle(on_the_way, "r1", NOW + 9 * MINUTE)
        first, second = calibration.judged(on_the_way)
        assert (first.seconds, first.provider, first.actual_seconds) == (600, "osrm", 540)
        assert (second.seconds, second.provider, second.actual_seconds) == (300, "gomap", 300)
        assert first.trip == second.trip
    for reservation_id, moment in rows(on_the_way)[:2]:
        assert reservation_id is None
        assert moment % (86_400 * 1_000_000) == 0
    calibration.settle(on_the_way, "r2", NOW + MINUTE)
    assert sorted(actuals(on_the_way)) == [60, 300, 540]
    assert len({each.trip for each in calibration.judged(on_the_way)}) == 2


def test_a_trip_given_up_or_removed_leaves_nothing(on_the_way: Transaction) -> None:
    for end in (calibration.forget, reservations.delete):
        calibration.add(on_the_way, "r1", a_prediction(), NOW)
        end(on_the_way, "r1")
        assert rows(on_the_way) == []


def test_however_often_a_phone_pings_a_trip_counts_no_more(on_the_way: Transaction) -> None:
    for second in range(600):
        calibration.add(on_the_way, "r1", a_prediction(), NOW + dt.timedelta(seconds=second))
    assert len(rows(on_the_way)) == 6


def test_a_drive_of_long_before_is_not_this_one(on_the_way: Transaction) -> None:
    calibration.add(on_the_way, "r1", a_prediction(), NOW)
    calibration.add(on_the_way, "r1", a_prediction(), NOW + 7 * 60 * MINUTE)
    calibration.settle(on_the_way, "r1", NOW + 7 * 60 * MINUTE + MINUTE)
    assert actuals(on_the_way) == [60]


def test_what_was_judged_is_kept_longer_than_what_never_will_be(on_the_way: Transaction) -> None:
    calibration.add(on_the_way, "r1", a_prediction(), NOW)
    calibration.settle(on_the_way, "r1", NOW + MINUTE)
    calibration.add(on_the_way, "r2", a_prediction(), NOW)

    def sweep(now: dt.datetime) -> int:
        calibration.sweep(
            on_the_way, pending_before=now - DAY, judged_before=now - 30 * DAY, limit=9
        )
        return len(rows(on_the_way))

    assert sweep(NOW + DAY) == 2
    assert sweep(NOW + DAY + MINUTE) == 1
    assert sweep(NOW + 31 * DAY) == 0


def test_only_the_newest_are_kept_however_young(
    on_the_way: Transaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "MOST_KEPT", 3)
    for number in range(1, 6):
        calibration.add(on_the_way, "r1", a_prediction(seconds=number), NOW + number * 2 * MINUTE)
    calibration.settle(on_the_way, "r1", NOW + 20 * MINUTE)
    calibration.sweep(on_the_way, pending_before=NOW - DAY, judged_before=NOW - DAY, limit=9)
    assert [each.seconds for each in calibration.judged(on_the_way)] == [3, 4, 5]


def test_looking_for_what_is_old_reads_nothing_else(on_the_way: Transaction) -> None:
    plans = [
        on_the_way.all(f"explain query plan delete from eta_prediction where {condition}")
        for condition in (
            "reservation_id > '' and predicted_at < 0",
            "reservation_id is null and predicted_at < 0",
            "id <= (select max(id) from eta_prediction) - 3",
        )
    ]
    assert not [step for plan in plans for *_, step in plan if step.startswith("SCAN")]
