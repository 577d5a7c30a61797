from __future__ import annotations

import pytest
from msgspec.structs import replace

from bakureserve.domain.notifications import DeliveryStatus
from bakureserve.store import notifications
from bakureserve.store.transaction import Transaction
from tests.kit.deliveries import a_delivery


@pytest.fixture
def deliveries(transaction: Transaction) -> Transaction:
    """Two of each of five events, every third of them given up."""
    for number in range(10):
        delivery = a_delivery(recipient=f"guest{number}@example.az", event_id=number // 2)
        status: DeliveryStatus = "dead" if number % 3 == 0 else "sent"
        notifications.add(transaction, replace(delivery, id=f"d{9 - number}", status=status))
    return transaction


@pytest.mark.parametrize("statuses", [[], ["sent"], ["dead"], ["dead", "sent"], ["waiting"]])
@pytest.mark.parametrize("limit", [1, 3, 20])
def test_pages_hold_every_delivery_once_the_newest_first(
    deliveries: Transaction, statuses: list[DeliveryStatus], limit: int
) -> None:
    whole = notifications.page(deliveries, statuses=statuses)
    assert whole == sorted(whole, key=lambda each: (-each.event_id, each.id))
    found, after = [], None
    while page := notifications.page(deliveries, statuses=statuses, after=after, limit=limit):
        found += page
        after = notifications.position_of(page[-1])
    assert found == whole
    assert {each.status for each in whole} <= set(statuses or ["dead", "sent"])
    assert len(whole) == {"": 10, "sent": 6, "dead": 4, "deadsent": 10}.get("".join(statuses), 0)
