"""How many bookings to come a guest may have, and none at one time."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bakureserve.domain.errors import Conflict
from bakureserve.domain.reservations.reservation import BookingChange, Reservation
from bakureserve.runtime import Runtime, open_runtime
from bakureserve.server.caller import LOCAL_GUEST
from bakureserve.settings import Settings
from tests.kit.booking import DAY, at, baku, book
from tests.kit.cast import ADMIN, GUEST, HOST, OTHER_GUEST
from tests.kit.houses import CAY_EVI, SAHIL, SetClock, by_another_process
from tests.kit.rows import a_reservation
from tests.kit.rows import book as keep

MOST = 3


@pytest.fixture
async def runtime(house_settings: Settings, clock: SetClock) -> AsyncIterator[Runtime]:
    """The program with a limit for each guest."""
    settings = replace(house_settings, bookings_per_guest=MOST)
    async with open_runtime(settings, clock=clock) as opened:
        yield opened


async def as_many_as_allowed(runtime: Runtime) -> list[Reservation]:
    """On days of their own, from tomorrow on."""
    return [
        await book(runtime, GUEST, start=at("19:00", day=DAY + dt.timedelta(days=number)))
        for number in range(MOST)
    ]


LATER = DAY + dt.timedelta(days=10)


async def test_a_guest_has_so_many_bookings_to_come_and_no_more(runtime: Runtime) -> None:
    assert Settings().bookings_per_guest == 10
    first, *_ = await as_many_as_allowed(runtime)
    with pytest.raises(Conflict, match="guest_bookings_many") as refused:
        await book(runtime, GUEST, start=at("19:00", day=LATER))
    assert refused.value.params == {"most": MOST}
    assert await book(runtime, OTHER_GUEST, start=at("19:00", day=LATER))
    change = BookingChange(start=at("20:00"), party_size=1)
    assert (await runtime.booking.change(GUEST, first.id, change)).start == baku("20:00")


async def test_a_cancelled_booking_makes_room_and_takes_it_when_it_comes_back(
    runtime: Runtime,
) -> None:
    days = [DAY + dt.timedelta(days=number) for number in range(3 * MOST)]
    results = await asyncio.gather(
        *(book(runtime, GUEST, start=at("19:00", day=day)) for day in days),
        return_exceptions=True,
    )
    first, *others = [each for each in results if isinstance(each, Reservation)]
    assert len(others) == MOST - 1
    await runtime.booking.act(GUEST, first.id, "cancel")
    await book(runtime, GUEST, start=at("19:00", day=LATER))
    with pytest.raises(Conflict, match="guest_bookings_many"):
        await runtime.booking.act(GUEST, first.id, "confirm")


async def test_a_booking_that_is_over_counts_no_more(runtime: Runtime, clock: SetClock) -> None:
    first, *_ = await as_many_as_allowed(runtime)
    clock.now = first.end - dt.datetime.resolution
    with pytest.raises(Conflict, match="guest_bookings_many"):
        await book(runtime, GUEST, start=at("19:00", day=LATER))
    clock.now = first.end
    assert await book(runtime, GUEST, start=at("19:00", day=LATER))


async def test_a_guest_sits_at_one_table_at_a_time_wherever_it_is(runtime: Runtime) -> None:
    other = await book(runtime, GUEST)
    with pytest.raises(Conflict, match="guest_already_booked") as refused:
        await book(runtime, GUEST, restaurant_id=CAY_EVI.id, start=at("17:00"))
    assert refused.value.params == {
        "reservation": other.id,
        "restaurant": SAHIL.name,
        "start": "2027-03-02 19:00",
    }
    await book(runtime, GUEST, start=at("20:30"))
    assert await book(runtime, GUEST, start=at("17:30"))


async def test_a_guest_does_not_move_a_booking_onto_another_of_theirs(runtime: Runtime) -> None:
    await book(runtime, GUEST)
    moving = await book(runtime, GUEST, start=at("12:00"))
    change = BookingChange(start=at("19:30"))
    with pytest.raises(Conflict, match="guest_already_booked"):
        await runtime.booking.change(GUEST, moving.id, change)
    assert await runtime.booking.change(HOST, moving.id, change)


async def test_a_guest_who_sits_books_no_other_table_and_brings_none_back_meanwhile(
    runtime: Runtime, clock: SetClock
) -> None:
    gone = await book(runtime, GUEST)
    await runtime.booking.act(GUEST, gone.id, "cancel")
    sitting = await book(runtime, GUEST, start=at("19:30"))
    with pytest.raises(Conflict, match="guest_already_booked"):
        await runtime.booking.act(GUEST, gone.id, "confirm")
    clock.now = baku("19:30")
    await runtime.booking.act(HOST, sitting.id, "seat")
    with pytest.raises(Conflict, match="guest_already_booked"):
        await book(runtime, GUEST, start=at("20:00"))


async def test_staff_administrators_and_the_local_guest_have_no_limits_but_staff_elsewhere_do(
    runtime: Runtime,
) -> None:
    for actor in (HOST, ADMIN, LOCAL_GUEST):
        for number in range(MOST + 1):
            day = DAY + dt.timedelta(days=number)
            assert await book(runtime, actor, start=at("19:00", day=day))
        for _ in range(2):
            assert await book(runtime, actor, start=at("12:00"))
        await by_another_process(
            runtime.database.path, lambda tx: tx.execute("delete from reservation")
        )
    there = {"restaurant_id": CAY_EVI.id, "start": at("18:30")}
    await book(runtime, HOST, **there)
    with pytest.raises(Conflict, match="guest_already_booked"):
        await book(runtime, HOST, **there)


async def test_imported_bookings_count_for_neither_limit(runtime: Runtime) -> None:
    for number in range(MOST + 1):
        old = a_reservation(
            f"r{number}", table_id=None, start=baku("19:00"), owner_id=GUEST.subject,
            source="import",
        )  # fmt: skip
        await by_another_process(runtime.database.path, lambda tx, old=old: keep(tx, old))
    assert await book(runtime, GUEST)
