"""Today, by each restaurant's own calendar."""

from __future__ import annotations

import pytest

from bakureserve.runtime import Runtime
from tests.kit.booking import book
from tests.kit.builders import utc
from tests.kit.cast import GUEST
from tests.kit.houses import CAY_EVI, SetClock


@pytest.mark.parametrize(
    ("now", "booked", "covers"),
    [
        ("2027-03-01 19:59", 0, 0),  # 23:59 in Baku
        ("2027-03-01 20:01", 1, 2),  # 00:01 in Baku, still the day before in Berlin
        ("2027-03-02 12:00", 2, 5),
        ("2027-03-02 20:01", 1, 3),
        ("2027-03-03 08:00", 0, 0),
    ],
)
async def test_a_day_is_the_restaurants_own(
    runtime: Runtime, clock: SetClock, now: str, booked: int, covers: int
) -> None:
    await book(runtime, GUEST, start=utc("2027-03-02 15:00"))
    await book(
        runtime, GUEST, restaurant_id=CAY_EVI.id, start=utc("2027-03-02 18:00"), party_size=3
    )
    clock.now = utc(now)
    today = await runtime.overview.today()
    assert (today.booked, today.covers) == (booked, covers)
