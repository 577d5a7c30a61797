"""Tables that parties keep beyond what the book says: those that sit, and those that are late."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from bakureserve.domain.arrivals.trip import Wish
from bakureserve.domain.errors import Conflict
from bakureserve.domain.reservations.reservation import BookingChange, Reservation
from bakureserve.runtime import Runtime, open_runtime
from tests.kit.booking import DAY, at, baku, book, change_sahil, free_at
from tests.kit.builders import a_restaurant, some_hours, some_tables
from tests.kit.cast import GUEST, HOST, OTHER_GUEST
from tests.kit.houses import SAHIL, SetClock
from tests.services.reservations.test_availability import fresh

ONE_TABLE = a_restaurant(tables=some_tables(4))

LATER = Wish(
    lead_minutes=20, prep_scope="full", share_location=False, eta_source="user", auto_charge=False
)


@pytest.fixture
async def house(runtime: Runtime) -> Runtime:
    """One table, a quarter of an hour to lay it anew: 18:00 holds it until 19:45."""
    await change_sahil(runtime, areas=ONE_TABLE.areas, buffer_minutes=15)
    return runtime


@pytest.fixture
async def seated(house: Runtime, clock: SetClock) -> Reservation:
    """Booked for six and sitting since."""
    booked = await book(house, GUEST, start=at("18:00"))
    clock.now = baku("18:00")
    return await house.booking.act(HOST, booked.id, "seat")


async def offered(runtime: Runtime, *clocks: str) -> list[str]:
    """Which of these sittings a party of two can have."""
    day = await runtime.availability.on(SAHIL.id, DAY, 2)
    assert day.sittings == await fresh(runtime, SAHIL.id, DAY, 2)
    return [each for each in clocks if free_at(day, each)]


async def can_book(runtime: Runtime, clock: str) -> bool:
    """Whether a guest is given the sitting, which is cancelled at once."""
    try:
        booked = await book(runtime, OTHER_GUEST, start=at(clock))
    except Conflict:
        return False
    await runtime.booking.act(HOST, booked.id, "cancel")
    return True


@pytest.mark.parametrize(
    ("now", "free"),
    [
        ("19:00", ["20:00", "20:30", "21:00"]),  # held by the book until 19:45
        ("19:30", ["20:00", "20:30", "21:00"]),
        ("19:31", ["20:30", "21:00"]),
        ("20:00", ["20:30", "21:00"]),
        ("20:01", ["21:00"]),
    ],
)
async def test_a_seated_party_keeps_its_table_half_an_hour_ahead_until_it_leaves(
    house: Runtime, seated: Reservation, clock: SetClock, now: str, free: list[str]
) -> None:
    clock.now = baku(now)
    later = [each for each in ("20:00", "20:30", "21:00") if baku(each) >= clock.now]
    assert await offered(house, *later) == free
    assert [each for each in later if await can_book(house, each)] == free
    await house.booking.act(HOST, seated.id, "complete")
    assert await offered(house, *later) == later


async def test_a_seated_party_keeps_its_table_from_staff_as_well_and_is_not_in_its_own_way(
    house: Runtime, seated: Reservation, clock: SetClock
) -> None:
    clock.now = baku("19:50")
    longer = await house.booking.change(HOST, seated.id, BookingChange(end=at("20:05")))
    assert (longer.end, longer.table_id) == (baku("20:05"), "t1")
    clock.now = baku("20:30")
    for table in (None, "t1"):
        with pytest.raises(Conflict, match="table_taken" if table else "fully_booked"):
            await book(house, HOST, start=at("20:30"), table_id=table)
    settings = replace(house.settings, overstay_minutes=0)
    async with open_runtime(settings, clock=clock) as switched_off:  # the book alone decides
        assert await can_book(switched_off, "21:00")
    await house.booking.act(HOST, seated.id, "complete")
    assert (await book(house, HOST, start=at("20:30"))).table_id == "t1"


async def test_a_seated_party_holds_nothing_beyond_its_service(
    runtime: Runtime, clock: SetClock
) -> None:
    await change_sahil(runtime, areas=ONE_TABLE.areas, hours=some_hours("10:00-15:00 15:15-23:00"))
    booked = await book(runtime, GUEST, start=at("13:30"))
    clock.now = baku("13:30")
    await runtime.booking.act(HOST, booked.id, "seat")
    clock.now = baku("15:10")
    assert free_at(await runtime.availability.on(SAHIL.id, DAY, 2), "15:15") == ["t1"]


async def test_a_seated_party_that_came_early_is_in_the_way_of_those_before_it(
    house: Runtime, clock: SetClock
) -> None:
    booked = await book(house, GUEST, start=at("21:00"))
    clock.now = baku("18:00")
    await house.booking.act(HOST, booked.id, "seat")
    assert await offered(house, "18:00", "18:30", "19:00") == []
    assert not await can_book(house, "18:30")


async def test_a_seated_party_changes_a_remembered_answer_at_the_very_moment(
    house: Runtime, seated: Reservation, clock: SetClock
) -> None:
    assert seated.status == "seated"
    await change_sahil(house, areas=ONE_TABLE.areas, buffer_minutes=15, slot_minutes=45)
    clock.now = baku("19:15")
    tags = set()
    for _ in range(4):
        day = await house.availability.on(SAHIL.id, DAY, 2)
        assert day.good_until is not None
        tags.add(day.tag)
        clock.now = day.good_until - dt.datetime.resolution
        assert (await house.availability.on(SAHIL.id, DAY, 2)).sittings == day.sittings
        assert day.sittings == await fresh(house, SAHIL.id, DAY, 2)
        clock.now = day.good_until
        assert await fresh(house, SAHIL.id, DAY, 2) != day.sittings
        assert (await house.availability.on(SAHIL.id, DAY, 2)).sittings != day.sittings
    assert len(tags) == 4


async def test_a_seated_party_is_seen_by_another_process_at_once(
    house: Runtime, clock: SetClock
) -> None:
    booked = await book(house, GUEST, start=at("18:00"))
    clock.now = baku("18:00")
    async with open_runtime(house.settings, clock=clock) as other:
        clock.now = baku("19:50")
        assert await offered(house, "20:00") == ["20:00"]
        await other.booking.act(HOST, booked.id, "seat")
        assert await offered(house, "20:00") == []
        await other.booking.act(HOST, booked.id, "complete")
        assert await offered(house, "20:00") == ["20:00"]


class TestALateGuest:
    """Booked for seven, on the way and expected at five past eight, for a sitting until 21:35."""

    @pytest.fixture
    async def late(self, house: Runtime, clock: SetClock) -> Reservation:
        booked = await book(house, GUEST, start=at("19:00"))
        clock.now = baku("18:40")
        assert await offered(house, "21:00", "21:30") == ["21:00", "21:30"]
        await house.arrivals.request(GUEST, booked.id, LATER)
        return await house.arrivals.promise(GUEST, booked.id, 85)

    async def test_a_late_guest_finds_the_table_still_theirs_but_for_staff(
        self, house: Runtime, late: Reservation
    ) -> None:
        assert await offered(house, "21:00", "21:30") == []
        assert not await can_book(house, "21:00")
        assert not await can_book(house, "21:30")
        assert (late.start, late.end) == (baku("19:00"), baku("20:30"))
        for table in ("t1", None):
            booked = await book(house, HOST, start=at("21:00"), table_id=table)
            assert booked.table_id == late.table_id
            await house.booking.act(HOST, booked.id, "cancel")

    async def test_a_late_guest_is_overruled_last_of_all(
        self, runtime: Runtime, clock: SetClock
    ) -> None:
        booked = await book(runtime, GUEST, start=at("19:00"))
        clock.now = baku("18:40")
        await runtime.arrivals.request(GUEST, booked.id, LATER)
        await runtime.arrivals.promise(GUEST, booked.id, 85)
        assert (await book(runtime, HOST, start=at("21:00"))).table_id == "t2"

    @pytest.mark.parametrize("end", ["on time after all", "given up", "cancelled", "removed"])
    async def test_a_guest_who_is_late_no_more_holds_nothing(
        self, house: Runtime, late: Reservation, clock: SetClock, end: str
    ) -> None:
        if end == "on time after all":
            await house.arrivals.promise(GUEST, late.id, 20)
        elif end == "given up":
            clock.now = baku("20:46")
            await house.arrival_watch.look()
        elif end == "cancelled":
            await house.booking.act(HOST, late.id, "cancel")
        else:
            await house.booking.remove(HOST, late.id)
        assert await offered(house, "21:00") == ["21:00"]
        assert await can_book(house, "21:00")

    async def test_a_late_guest_is_not_in_their_own_way(
        self, house: Runtime, late: Reservation
    ) -> None:
        moved = await house.booking.change(HOST, late.id, BookingChange(start=at("20:00")))
        assert (moved.start, moved.table_id) == (baku("20:00"), "t1")
