from __future__ import annotations

import msgspec

from bakureserve.domain.accounts.actor import Actor
from bakureserve.store import audit
from bakureserve.store.codec import to_us
from bakureserve.store.transaction import Transaction
from tests.kit.rows import NOW

HOST = Actor(kind="staff", subject="leyla", request_id="req-1")


def test_a_change_leaves_an_audit_row_and_an_event(transaction: Transaction) -> None:
    number = audit.record(
        transaction,
        actor=HOST,
        now=NOW,
        action="reservation.moved",
        noun_id="r1",
        changes={"guest_name": "Rauf", "start": NOW, "service_date": NOW.date()},
        restaurant_id="v1",
        reservation_id="r1",
        event={"table": "t2"},
    )
    assert transaction.all("select * from event") == [
        (number, to_us(NOW), "reservation.moved", "v1", "r1", '{"table":"t2"}')
    ]
    ((_, *written, changes, request),) = transaction.all("select * from audit")
    assert written == [to_us(NOW), "staff", "leyla", "reservation.moved", "r1"]
    assert msgspec.json.decode(changes) == {
        "guest_name": "Rauf",
        "start": "2026-05-01T09:00:00Z",
        "service_date": "2026-05-01",
    }
    assert request == "req-1"


def test_events_are_numbered_in_order(transaction: Transaction) -> None:
    numbers = [
        audit.record(transaction, actor=HOST, now=NOW, action="venue.changed", noun_id=str(n))
        for n in range(3)
    ]
    assert numbers == [1, 2, 3]
