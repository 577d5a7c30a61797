"""What is counted is what would be listed, for whoever asks."""

from __future__ import annotations

from bakureserve.runtime import Runtime
from bakureserve.settings import Settings
from bakureserve.store.reservations.reservation_lists import Filter
from tests.kit.builders import utc
from tests.kit.cast import ADMIN, GUEST, HOST, OTHER_GUEST
from tests.kit.houses import CAY_EVI, SAHIL, by_another_hand
from tests.kit.rows import a_reservation, book

BOOKED = [
    a_reservation("hers", owner_id=GUEST.subject),
    a_reservation("theirs", table_id="t2"),
    a_reservation("elsewhere", restaurant_id=CAY_EVI.id, start=utc("2026-05-02 15:00")),
]


async def test_everybody_counts_what_they_may_see(
    runtime: Runtime, house_settings: Settings
) -> None:
    for reservation in BOOKED:
        by_another_hand(house_settings.database_path, lambda tx, each=reservation: book(tx, each))
    for actor, wanted, expected in (
        (ADMIN, Filter(), 3),
        (ADMIN, Filter(restaurant_id=CAY_EVI.id), 1),
        (GUEST, Filter(), 1),
        (GUEST, Filter(restaurant_id=SAHIL.id), 1),
        (OTHER_GUEST, Filter(), 0),
        (HOST, Filter(restaurant_id=SAHIL.id), 2),
        (HOST, Filter(), 2),
        (HOST, Filter(restaurant_id=CAY_EVI.id), 0),
    ):
        assert await runtime.booking.count(actor, wanted) == expected
        assert len(await runtime.booking.list(actor, wanted)) == expected
