"""What is counted is what would be listed, for whoever asks."""

from __future__ import annotations

import pytest

from bakureserve.domain.accounts.actor import Actor
from bakureserve.runtime import Runtime
from bakureserve.settings import Settings
from bakureserve.store.reservation_lists import Filter
from tests.kit.builders import utc
from tests.kit.cast import GUEST
from tests.kit.houses import CAY_EVI, SAHIL, by_another_hand
from tests.store.samples import a_reservation, book

BOOKED = [
    a_reservation("hers", owner_id=GUEST.subject),
    a_reservation("theirs", table_id="t2"),
    a_reservation("elsewhere", restaurant_id=CAY_EVI.id, start=utc("2026-05-02 15:00")),
]


@pytest.mark.parametrize(
    ("who", "wanted", "expected"),
    [
        ("admin", Filter(), 3),
        ("admin", Filter(restaurant_id=CAY_EVI.id), 1),
        ("guest", Filter(), 1),
        ("guest", Filter(restaurant_id=SAHIL.id), 1),
        ("other_guest", Filter(), 0),
        ("host", Filter(restaurant_id=SAHIL.id), 2),
        ("host", Filter(), 2),
        ("host", Filter(restaurant_id=CAY_EVI.id), 0),
    ],
)
async def test_everybody_counts_what_they_may_see(
    who: str,
    wanted: Filter,
    expected: int,
    runtime: Runtime,
    house_settings: Settings,
    request: pytest.FixtureRequest,
) -> None:
    actor: Actor = request.getfixturevalue(who)
    for reservation in BOOKED:
        by_another_hand(house_settings.database_path, lambda tx, each=reservation: book(tx, each))
    assert await runtime.booking.count(actor, wanted) == expected
    assert len(await runtime.booking.list(actor, wanted)) == expected
