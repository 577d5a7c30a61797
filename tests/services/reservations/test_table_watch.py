"""A party that still sits when the next one is to come."""

from __future__ import annotations

import pytest

from bakureserve.domain.reservations.reservation import BookingChange, Reservation
from bakureserve.runtime import Runtime, open_runtime
from tests.kit.booking import at, baku, book
from tests.kit.cast import GUEST, HOST, OTHER_GUEST
from tests.kit.houses import SetClock

KEPT_WAITING = ("table_overstayed",)


@pytest.fixture
async def first(runtime: Runtime, clock: SetClock) -> Reservation:
    """Booked at t1 from six to half past seven, and sitting since."""
    booked = await book(runtime, GUEST, start=at("18:00"), table_id="t1")
    clock.now = baku("18:00")
    return await runtime.booking.act(HOST, booked.id, "seat")


@pytest.fixture
async def following(runtime: Runtime) -> Reservation:
    """Booked at t1 from eight."""
    return await book(runtime, OTHER_GUEST, start=at("20:00"), table_id="t1")


@pytest.fixture
async def waiting(
    runtime: Runtime, clock: SetClock, following: Reservation, first: Reservation
) -> Reservation:
    assert first.table_id == following.table_id
    clock.now = baku("19:50")
    assert await runtime.table_watch.look() == 1
    return await runtime.booking.get(HOST, following.id)


async def attention(runtime: Runtime, reservation: Reservation) -> tuple[str, ...]:
    return (await runtime.booking.get(HOST, reservation.id)).attention


async def test_the_next_booking_is_marked_once_the_party_should_be_gone(
    runtime: Runtime, clock: SetClock, following: Reservation, first: Reservation
) -> None:
    for now, changed in (("19:29", 0), ("19:30", 0), ("19:31", 1), ("20:10", 0), ("21:31", 0)):
        clock.now = baku(now)
        assert await runtime.table_watch.look() == changed
        assert await attention(runtime, following) == KEPT_WAITING * (now > "19:30")
        assert (await runtime.booking.get(HOST, first.id)).attention == ()
        assert (await runtime.booking.get(HOST, following.id)).table_id == "t1"


async def test_it_is_told_once_however_many_look(
    runtime: Runtime, clock: SetClock, waiting: Reservation
) -> None:
    async with open_runtime(runtime.settings, clock=clock) as other:
        assert (await runtime.table_watch.look(), await other.table_watch.look()) == (0, 0)
    told = await runtime.database.read(
        lambda tx: tx.all(
            "select kind from event where reservation_id = ? order by id", (waiting.id,)
        )
    )
    assert told == [("reservation.booked",), ("reservation.flagged",)]


@pytest.mark.parametrize("end", ["complete", "undo", "moved", "removed"])
async def test_the_mark_goes_with_the_party(
    runtime: Runtime, first: Reservation, waiting: Reservation, end: str
) -> None:
    assert waiting.attention == KEPT_WAITING
    if end == "moved":
        await runtime.booking.change(HOST, first.id, BookingChange(table_id="t2"))
    elif end == "removed":
        await runtime.booking.remove(HOST, first.id)
    elif end == "undo":
        await runtime.booking.act(HOST, first.id, "undo")
    else:
        await runtime.booking.act(HOST, first.id, "complete")
    assert await attention(runtime, waiting) == ()
    assert await runtime.table_watch.look() == 0


async def test_the_mark_goes_when_the_waiting_party_gets_another_table(
    runtime: Runtime, waiting: Reservation
) -> None:
    smaller = await runtime.booking.change(OTHER_GUEST, waiting.id, BookingChange(party_size=1))
    assert (smaller.party_size, smaller.table_id) == (1, "t1")
    moved = await runtime.booking.change(HOST, waiting.id, BookingChange(table_id="t2"))
    assert moved.attention == ()
    assert await runtime.table_watch.look() == 0


async def test_other_marks_stay(
    runtime: Runtime, clock: SetClock, following: Reservation, first: Reservation
) -> None:
    await runtime.database.write(
        lambda tx: tx.execute(
            "update reservation set attention = '[\"rules_changed\"]' where id = ?", (following.id,)
        )
    )
    clock.now = baku("19:50")
    await runtime.table_watch.look()
    assert await attention(runtime, following) == ("rules_changed", *KEPT_WAITING)
    await runtime.booking.act(HOST, first.id, "complete")
    assert await attention(runtime, following) == ("rules_changed",)
