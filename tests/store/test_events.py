"""The event log as it is read, and what is forgotten of it."""

from __future__ import annotations

import datetime as dt

import pytest

from bakureserve.domain.accounts.actor import system_actor
from bakureserve.store import audit, events
from bakureserve.store.transaction import Transaction
from tests.kit.rows import NOW


def _happen(transaction: Transaction, reservation: str | None = "r1", hours: int = 0) -> int:
    return audit.record(
        transaction,
        actor=system_actor("test"),
        now=NOW + dt.timedelta(hours=hours),
        action="reservation.changed",
        noun_id="r1",
        restaurant_id="v1",
        reservation_id=reservation,
        event={"version": 2},
    )


def test_events_are_read_in_order_from_where_the_reader_left_off(transaction: Transaction) -> None:
    assert (events.newest(transaction), events.oldest(transaction)) == (0, 0)
    assert events.after(transaction, 0, limit=10) == []
    ids = [_happen(transaction) for _ in range(5)]
    found = events.after(transaction, ids[1], limit=2)
    assert [event.id for event in found] == ids[2:4]
    assert found[0] == events.Event(
        id=ids[2],
        at=NOW,
        kind="reservation.changed",
        restaurant_id="v1",
        reservation_id="r1",
        data={"version": 2},
    )


def test_the_events_of_one_reservation_or_of_a_restaurant_are_found(
    transaction: Transaction,
) -> None:
    first, other, _of_none, last = (
        _happen(transaction, reservation) for reservation in ("r1", "r2", None, "r1")
    )
    of_one = events.of_reservation(transaction, "r1", 0)
    of_all = events.of_restaurant(transaction, "v1", first)
    assert [event.id for event in of_one] == [first, last]
    assert [event.id for event in of_all] == [other, last]


@pytest.mark.parametrize(
    ("read_up_to", "limit", "kept"),
    [
        pytest.param(6, 100, [4, 5, 6], id="what is old"),
        pytest.param(2, 100, [3, 4, 5, 6], id="but not what nobody has read"),
        pytest.param(6, 1, [2, 3, 4, 5, 6], id="a few at a time"),
    ],
)
def test_old_events_are_forgotten(
    transaction: Transaction, read_up_to: int, limit: int, kept: list[int]
) -> None:
    for hours in range(6):
        _happen(transaction, hours=hours)
    before = NOW + dt.timedelta(hours=3)
    forgotten = events.prune(transaction, before, read_up_to=read_up_to, limit=limit)
    assert [event.id for event in events.after(transaction, 0, limit=10)] == kept
    assert forgotten == 6 - len(kept)


def test_the_newest_event_stays_so_that_no_id_is_given_out_again(transaction: Transaction) -> None:
    for _ in range(3):
        _happen(transaction)
    events.prune(transaction, NOW + dt.timedelta(days=9), read_up_to=3, limit=100)
    assert events.newest(transaction) == 3
    assert _happen(transaction) == 4
