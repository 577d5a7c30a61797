"""Guests and the past: what they can still change, cancel and take out of their sight."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Conflict, NotFound
from bakureserve.domain.reservations.reservation import BookingChange, Reservation
from bakureserve.runtime import Runtime
from bakureserve.server.caller import LOCAL_GUEST
from bakureserve.store.reservations.reservation_lists import Filter
from tests.kit.booking import at, baku, book, change_sahil
from tests.kit.cast import ADMIN, GUEST, HOST, OTHER_GUEST
from tests.kit.houses import SAHIL, SetClock

OUTSIDE_ADMIN = Actor(kind="guest", subject="auth0|chief", scopes=frozenset({"admin"}))


@pytest.fixture
async def booked(runtime: Runtime) -> Reservation:
    """Two covers at seven, at t1."""
    return await book(runtime, GUEST)


async def test_a_guest_changes_a_booking_until_it_starts_or_they_sit(
    runtime: Runtime, clock: SetClock, booked: Reservation
) -> None:
    smaller = BookingChange(party_size=1)
    later = BookingChange(start=at("20:00"))
    clock.now = baku("19:00")
    for change in (smaller, later, BookingChange(guest_name="N")):
        with pytest.raises(Conflict, match="visit_begun"):
            await runtime.booking.change(GUEST, booked.id, change)
    same = BookingChange(start=at("19:00"), guest_name="Aysel")
    assert await runtime.booking.change(GUEST, booked.id, same) == booked
    assert (await runtime.booking.change(HOST, booked.id, later)).version == 2
    clock.now = baku("18:50")
    await runtime.booking.act(HOST, booked.id, "seat")
    with pytest.raises(Conflict, match="visit_begun"):
        await runtime.booking.change(GUEST, booked.id, smaller)


async def test_a_late_cancellation_frees_the_table_and_is_kept_as_late(
    runtime: Runtime, clock: SetClock, booked: Reservation
) -> None:
    clock.now = baku("19:20")
    late = await runtime.booking.act(GUEST, booked.id, "cancel")
    assert (late.status, late.cancelled_late, late.cancelled_by) == ("cancelled", True, "guest")
    walked_in = await book(runtime, HOST, start=at("19:20"))
    assert walked_in.table_id == "t1"


async def test_what_is_over_is_not_cancelled_and_no_guest_removes_it(
    runtime: Runtime, clock: SetClock, booked: Reservation
) -> None:
    clock.now = booked.end
    for actor in (GUEST, HOST, ADMIN):
        with pytest.raises(Conflict, match="sitting_over"):
            await runtime.booking.act(actor, booked.id, "cancel")
    with pytest.raises(Conflict, match="sitting_over"):
        await runtime.booking.remove(GUEST, booked.id)


async def test_who_cancelled_is_kept(runtime: Runtime) -> None:
    for owner, actor, by in (
        (GUEST, GUEST, "guest"),
        (GUEST, HOST, "staff"),
        (GUEST, ADMIN, "staff"),
        (GUEST, OUTSIDE_ADMIN, "staff"),
        (LOCAL_GUEST, LOCAL_GUEST, "guest"),
    ):
        booked = await book(runtime, owner)
        assert (await runtime.booking.act(actor, booked.id, "cancel")).cancelled_by == by


@pytest.mark.parametrize("cancelled_first", [False, True])
async def test_a_booking_removed_once_begun_is_a_late_cancellation_that_the_guest_sees_no_more(
    runtime: Runtime, clock: SetClock, booked: Reservation, cancelled_first: bool
) -> None:
    clock.now = baku("19:20")
    if cancelled_first:
        await runtime.booking.act(GUEST, booked.id, "cancel")
    removed = await runtime.booking.remove(GUEST, booked.id)
    assert (removed.status, removed.cancelled_late, removed.hidden) == ("cancelled", True, True)
    with pytest.raises(NotFound):
        await runtime.booking.get(GUEST, booked.id)
    with pytest.raises(NotFound):
        await runtime.booking.act(GUEST, booked.id, "confirm")
    assert await runtime.booking.list(GUEST, Filter()) == []
    assert await runtime.booking.count(GUEST, Filter()) == 0
    assert await runtime.booking.list(HOST, Filter(restaurant_id=SAHIL.id)) == [removed]
    assert (await book(runtime, OTHER_GUEST, start=at("19:30"))).table_id == "t1"


async def test_a_guest_removes_no_visit_and_staff_no_no_show_but_any_other_row(
    runtime: Runtime, clock: SetClock, booked: Reservation
) -> None:
    over = await book(runtime, OTHER_GUEST)
    clock.now = baku("19:20")
    await runtime.booking.act(HOST, booked.id, "no_show")
    with pytest.raises(Conflict, match="visit_kept"):
        await runtime.booking.remove(GUEST, booked.id)
    for actor in (HOST, ADMIN):
        with pytest.raises(Conflict, match="no_show_kept"):
            await runtime.booking.remove(actor, booked.id)
    clock.now = over.end + dt.timedelta(days=1)
    await runtime.booking.remove(HOST, over.id)
    with pytest.raises(NotFound):
        await runtime.booking.get(ADMIN, over.id)


async def test_a_guest_does_not_bring_back_what_staff_cancelled(
    runtime: Runtime, booked: Reservation
) -> None:
    await runtime.booking.act(HOST, booked.id, "cancel")
    with pytest.raises(Conflict, match="cancelled_by_restaurant"):
        await runtime.booking.act(GUEST, booked.id, "confirm")
    back = await runtime.booking.act(HOST, booked.id, "confirm")
    assert (back.status, back.cancelled_by) == ("booked", None)


async def test_nothing_is_left_of_a_cancellation_that_was_taken_back(
    runtime: Runtime, clock: SetClock, booked: Reservation
) -> None:
    clock.now = baku("19:20")
    await runtime.booking.remove(GUEST, booked.id)
    back = await runtime.booking.act(HOST, booked.id, "confirm")
    assert (back.cancelled_late, back.cancelled_by, back.hidden) == (False, None, False)
    assert await runtime.booking.get(GUEST, booked.id) == back


async def test_a_guest_gets_back_what_is_offered_now(
    runtime: Runtime, clock: SetClock, booked: Reservation
) -> None:
    await runtime.booking.act(GUEST, booked.id, "cancel")
    clock.now = baku("12:00")
    room = SAHIL.areas[0]
    first, *others = room.tables
    small = (msgspec.structs.replace(first, capacity=1), *others)
    for rules, code in (
        ({"lead_minutes": 7 * 60 + 1}, "start_too_soon"),
        ({"horizon_days": 1, "slot_minutes": 50}, "start_off_grid"),
        ({"max_party": 1}, "party_too_large"),
        ({"areas": (msgspec.structs.replace(room, tables=small),)}, "party_larger_than_table"),
        ({"hours": msgspec.structs.replace(SAHIL.hours, weekly=((),) * 7)}, "closed_that_day"),
    ):
        await change_sahil(runtime, **rules)
        with pytest.raises(Conflict, match=code):
            await runtime.booking.act(GUEST, booked.id, "confirm")
    with pytest.raises(Conflict, match="closed_that_day"):
        await runtime.booking.act(HOST, booked.id, "confirm")
