"""Guests and the past: what they can still change, cancel and take out of their sight."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Conflict, NotFound
from bakureserve.domain.reservations.lifecycle import Action
from bakureserve.domain.reservations.reservation import BookingChange, Reservation
from bakureserve.runtime import Runtime
from bakureserve.server.identity import LOCAL_GUEST
from bakureserve.store import restaurants
from bakureserve.store.reservations import Filter
from tests.kit.cast import ADMIN, GUEST, HOST, OTHER_GUEST
from tests.kit.houses import SAHIL, SetClock, by_another_process
from tests.services.asking import at, baku, book

OUTSIDE_ADMIN = Actor(kind="guest", subject="auth0|chief", scopes=frozenset({"admin"}))


async def with_policy(runtime: Runtime, clock: SetClock, **policy: int) -> None:
    """The restaurant changes its rules."""
    changed = msgspec.structs.replace(SAHIL, policy=msgspec.structs.replace(SAHIL.policy, **policy))
    await by_another_process(
        runtime.database.path, lambda tx: restaurants.replace(tx, changed, now=clock())
    )


@pytest.fixture
async def booked(runtime: Runtime) -> Reservation:
    """Two covers at seven, at t1."""
    return await book(runtime, GUEST)


class TestChanging:
    @pytest.mark.parametrize(
        "change",
        [
            BookingChange(start=at("20:00")),
            BookingChange(party_size=1),
            BookingChange(guest_name="N"),
        ],
    )
    async def test_a_guest_changes_a_booking_before_it_starts(
        self, runtime: Runtime, clock: SetClock, booked: Reservation, change: BookingChange
    ) -> None:
        clock.now = baku("19:00")
        with pytest.raises(Conflict, match="visit_begun"):
            await runtime.booking.change(GUEST, booked.id, change)
        assert (await runtime.booking.change(HOST, booked.id, change)).version == 2

    async def test_and_not_once_they_sit(
        self, runtime: Runtime, clock: SetClock, booked: Reservation
    ) -> None:
        clock.now = baku("18:50")
        await runtime.booking.act(HOST, booked.id, "seat")
        with pytest.raises(Conflict, match="visit_begun"):
            await runtime.booking.change(GUEST, booked.id, BookingChange(party_size=1))

    async def test_what_is_so_already_is_no_change(
        self, runtime: Runtime, clock: SetClock, booked: Reservation
    ) -> None:
        clock.now = baku("19:20")
        change = BookingChange(start=at("19:00"), guest_name="Aysel")
        assert await runtime.booking.change(GUEST, booked.id, change) == booked


class TestCancelling:
    async def test_a_late_cancellation_frees_the_table_and_is_kept_as_late(
        self, runtime: Runtime, clock: SetClock, booked: Reservation
    ) -> None:
        clock.now = baku("19:20")
        late = await runtime.booking.act(GUEST, booked.id, "cancel")
        assert (late.status, late.cancelled_late, late.cancelled_by) == ("cancelled", True, "guest")
        walked_in = await book(runtime, HOST, start=at("19:20"))
        assert walked_in.table_id == "t1"

    async def test_the_restaurants_window_makes_it_late_as_well(
        self, runtime: Runtime, clock: SetClock, booked: Reservation
    ) -> None:
        await with_policy(runtime, clock, cancellation_minutes=240)
        clock.now = baku("14:59")
        assert not (await runtime.booking.act(GUEST, booked.id, "cancel")).cancelled_late
        await runtime.booking.act(GUEST, booked.id, "confirm")
        clock.now = baku("15:00")
        assert (await runtime.booking.act(GUEST, booked.id, "cancel")).cancelled_late

    @pytest.mark.parametrize("actor", [GUEST, HOST, ADMIN], ids=lambda each: each.subject)
    async def test_nobody_cancels_what_is_over(
        self, runtime: Runtime, clock: SetClock, booked: Reservation, actor: Actor
    ) -> None:
        clock.now = booked.end
        with pytest.raises(Conflict, match="sitting_over"):
            await runtime.booking.act(actor, booked.id, "cancel")

    @pytest.mark.parametrize(
        ("actor", "by"),
        [(GUEST, "guest"), (HOST, "staff"), (ADMIN, "staff"), (OUTSIDE_ADMIN, "staff")],
    )
    async def test_it_is_kept_who_cancelled(
        self, runtime: Runtime, booked: Reservation, actor: Actor, by: str
    ) -> None:
        assert (await runtime.booking.act(actor, booked.id, "cancel")).cancelled_by == by

    async def test_the_local_guest_cancels_as_a_guest(self, runtime: Runtime) -> None:
        booked = await book(runtime, LOCAL_GUEST)
        assert (await runtime.booking.act(LOCAL_GUEST, booked.id, "cancel")).cancelled_by == "guest"


class TestRemoving:
    async def test_outside_of_the_window_a_guest_removes_the_row(
        self, runtime: Runtime, booked: Reservation
    ) -> None:
        await runtime.booking.remove(GUEST, booked.id)
        with pytest.raises(NotFound):
            await runtime.booking.get(ADMIN, booked.id)

    async def test_once_begun_it_is_a_late_cancellation_that_the_guest_sees_no_more(
        self, runtime: Runtime, clock: SetClock, booked: Reservation
    ) -> None:
        clock.now = baku("19:20")
        removed = await runtime.booking.remove(GUEST, booked.id)
        assert (removed.status, removed.cancelled_late, removed.hidden) == ("cancelled", True, True)
        with pytest.raises(NotFound):
            await runtime.booking.get(GUEST, booked.id)
        with pytest.raises(NotFound):
            await runtime.booking.act(GUEST, booked.id, "confirm")
        assert await runtime.booking.list(GUEST, Filter()) == []
        assert await runtime.booking.count(GUEST, Filter()) == 0
        here = Filter(restaurant_id=SAHIL.id)
        assert await runtime.booking.list(HOST, here) == [removed]
        assert (await book(runtime, OTHER_GUEST, start=at("19:30"))).table_id == "t1"

    async def test_a_late_cancellation_is_put_out_of_sight_and_not_undone(
        self, runtime: Runtime, clock: SetClock, booked: Reservation
    ) -> None:
        clock.now = baku("19:20")
        await runtime.booking.act(GUEST, booked.id, "cancel")
        await runtime.booking.remove(GUEST, booked.id)
        kept = await runtime.booking.get(HOST, booked.id)
        assert (kept.cancelled_late, kept.hidden) == (True, True)

    @pytest.mark.parametrize("actions", [["seat"], ["seat", "complete"], ["no_show"]])
    async def test_a_guest_removes_no_visit(
        self, runtime: Runtime, clock: SetClock, booked: Reservation, actions: list[Action]
    ) -> None:
        clock.now = baku("19:20")
        for action in actions:
            await runtime.booking.act(HOST, booked.id, action)
        with pytest.raises(Conflict, match="visit_kept"):
            await runtime.booking.remove(GUEST, booked.id)

    async def test_a_guest_removes_nothing_that_is_over(
        self, runtime: Runtime, clock: SetClock, booked: Reservation
    ) -> None:
        clock.now = booked.end
        with pytest.raises(Conflict, match="sitting_over"):
            await runtime.booking.remove(GUEST, booked.id)

    async def test_staff_remove_a_row_whatever_its_time(
        self, runtime: Runtime, clock: SetClock, booked: Reservation
    ) -> None:
        clock.now = booked.end + dt.timedelta(days=1)
        await runtime.booking.remove(HOST, booked.id)
        with pytest.raises(NotFound):
            await runtime.booking.get(ADMIN, booked.id)

    @pytest.mark.parametrize("actor", [HOST, ADMIN], ids=lambda each: each.subject)
    async def test_a_no_show_stays_on_the_books(
        self, runtime: Runtime, clock: SetClock, booked: Reservation, actor: Actor
    ) -> None:
        clock.now = baku("19:20")
        await runtime.booking.act(HOST, booked.id, "no_show")
        with pytest.raises(Conflict, match="no_show_kept"):
            await runtime.booking.remove(actor, booked.id)


class TestComingBack:
    async def test_a_guest_does_not_bring_back_what_staff_cancelled(
        self, runtime: Runtime, booked: Reservation
    ) -> None:
        await runtime.booking.act(HOST, booked.id, "cancel")
        with pytest.raises(Conflict, match="cancelled_by_restaurant"):
            await runtime.booking.act(GUEST, booked.id, "confirm")
        back = await runtime.booking.act(HOST, booked.id, "confirm")
        assert (back.status, back.cancelled_by) == ("booked", None)

    async def test_nothing_is_left_of_a_cancellation_that_was_taken_back(
        self, runtime: Runtime, clock: SetClock, booked: Reservation
    ) -> None:
        clock.now = baku("19:20")
        await runtime.booking.remove(GUEST, booked.id)
        back = await runtime.booking.act(HOST, booked.id, "confirm")
        assert (back.cancelled_late, back.cancelled_by, back.hidden) == (False, None, False)
        assert await runtime.booking.get(GUEST, booked.id) == back

    @pytest.mark.parametrize(
        ("policy", "code"),
        [
            ({"lead_minutes": 7 * 60 + 1}, "start_too_soon"),
            ({"horizon_days": 1, "slot_minutes": 50}, "start_off_grid"),
            ({"max_party": 1}, "party_too_large"),
        ],
    )
    async def test_a_guest_gets_back_what_is_offered_now(
        self,
        runtime: Runtime,
        clock: SetClock,
        booked: Reservation,
        policy: dict[str, int],
        code: str,
    ) -> None:
        await runtime.booking.act(GUEST, booked.id, "cancel")
        clock.now = baku("12:00")
        await with_policy(runtime, clock, **policy)
        with pytest.raises(Conflict, match=code):
            await runtime.booking.act(GUEST, booked.id, "confirm")

    @pytest.mark.parametrize("actor", [GUEST, HOST], ids=["guest", "host"])
    async def test_it_does_not_come_back_on_a_day_that_closed_meanwhile(
        self, runtime: Runtime, clock: SetClock, booked: Reservation, actor: Actor
    ) -> None:
        await runtime.booking.act(GUEST, booked.id, "cancel")
        closed = msgspec.structs.replace(
            SAHIL, hours=msgspec.structs.replace(SAHIL.hours, weekly=((),) * 7)
        )
        await by_another_process(
            runtime.database.path, lambda tx: restaurants.replace(tx, closed, now=clock())
        )
        with pytest.raises(Conflict, match="closed_that_day"):
            await runtime.booking.act(actor, booked.id, "confirm")

    async def test_staff_bring_back_what_they_could_still_write_down(
        self, runtime: Runtime, clock: SetClock, booked: Reservation
    ) -> None:
        await runtime.booking.act(GUEST, booked.id, "cancel")
        clock.now = booked.start + dt.timedelta(hours=25)
        with pytest.raises(Conflict, match="start_in_past"):
            await runtime.booking.act(HOST, booked.id, "confirm")
        clock.now = booked.start + dt.timedelta(hours=23)
        assert (await runtime.booking.act(HOST, booked.id, "confirm")).status == "booked"

    async def test_it_does_not_come_back_to_a_table_that_is_too_small_by_now(
        self, runtime: Runtime, clock: SetClock, booked: Reservation
    ) -> None:
        await runtime.booking.act(GUEST, booked.id, "cancel")
        room = SAHIL.areas[0]
        first, *others = room.tables
        smaller = msgspec.structs.replace(first, capacity=1)
        changed = msgspec.structs.replace(
            SAHIL, areas=(msgspec.structs.replace(room, tables=(smaller, *others)),)
        )
        await by_another_process(
            runtime.database.path, lambda tx: restaurants.replace(tx, changed, now=clock())
        )
        with pytest.raises(Conflict, match="party_larger_than_table"):
            await runtime.booking.act(GUEST, booked.id, "confirm")
