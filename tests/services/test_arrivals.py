"""Guests on the way, from the first word to the door, over the real store and engine."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import msgspec
import pytest

from bakureserve.domain.actor import Actor
from bakureserve.domain.arrival.trip import Wish
from bakureserve.domain.errors import Conflict, Forbidden, NotFound, TooMany
from bakureserve.domain.geo import Coordinates
from bakureserve.domain.reservation import Reservation
from bakureserve.runtime import Runtime, open_runtime
from bakureserve.services.arrivals import Decision
from tests.cast import ADMIN, GUEST, HOST, OTHER_GUEST
from tests.houses import CAY_EVI, NOW, SAHIL, SetClock
from tests.services.asking import at, book

DOOR = Coordinates(40.3700, 49.8372)
TODAY = NOW.date()


def north_of_the_door(meters: float) -> Coordinates:
    return Coordinates(DOOR.latitude + meters / 111_195, DOOR.longitude)


def a_wish(**fields: Any) -> Wish:
    """Twenty minutes away, mains wanted, location shared; say what matters."""
    given: dict[str, Any] = {
        "lead_minutes": 20,
        "prep_scope": "mains",
        "share_location": True,
        "eta_source": "location",
        "auto_charge": False,
    }
    return Wish(**(given | fields))


async def a_guest_on_the_way(
    runtime: Runtime, *, decision: Decision | None = "approve", start: str = "12:30", **fields: Any
) -> str:
    """Booked for today and announced; the tests' now is noon."""
    booked = await book(runtime, GUEST, start=at(start, day=TODAY))
    await runtime.arrivals.request(GUEST, booked.id, a_wish(**fields))
    if decision:
        await runtime.arrivals.decide(HOST, booked.id, decision)
    return booked.id


async def events(runtime: Runtime) -> list[str]:
    rows = await runtime.database.read(
        lambda tx: tx.all("select kind from event where kind like 'arrival.%' order by id")
    )
    return [kind.removeprefix("arrival.") for (kind,) in rows]


async def last_event(runtime: Runtime) -> Any:
    row = await runtime.database.read(
        lambda tx: tx.one("select data from event order by id desc limit 1")
    )
    assert row
    return msgspec.json.decode(row[0])


class TestTheWay:
    async def test_from_the_first_word_to_the_table(
        self, runtime: Runtime, clock: SetClock
    ) -> None:
        booked = await book(runtime, GUEST, start=at("12:30", day=TODAY))
        asked = await runtime.arrivals.request(
            GUEST, booked.id, a_wish(notes="  one  nut allergy ")
        )
        intent = asked.arrival_intent
        assert (intent.status, intent.notes, intent.last_signal) == (
            "requested",
            "one nut allergy",
            NOW,
        )
        assert (intent.predicted_eta_minutes, intent.arrived_at) == (20, None)

        approved = await runtime.arrivals.decide(HOST, booked.id, "approve")
        assert approved.arrival_intent.status == "approved"

        clock.pass_minutes(1)
        here = (
            await runtime.arrivals.locate(GUEST, booked.id, north_of_the_door(9_000))
        ).arrival_intent
        assert here.predicted_eta_minutes is not None
        assert here.predicted_eta_minutes > 20
        assert here.current_location == north_of_the_door(9_000)
        assert (here.eta_source, here.traffic_updated_at) == ("location", clock())
        assert here.fire_at is not None
        assert here.fire_at > clock()

        clock.now = here.fire_at + dt.timedelta(minutes=5)
        assert (await runtime.arrival_watch.look()).counts == {"fire": 1, "quiet": 1}
        assert (await runtime.arrival_watch.look()).counts == {}

        clock.pass_minutes(1)
        at_door = (
            await runtime.arrivals.locate(GUEST, booked.id, north_of_the_door(30))
        ).arrival_intent
        assert (at_door.status, at_door.arrived_at) == ("arrived", clock())
        assert (at_door.current_location, at_door.last_location, at_door.route_summary) == (
            None,
        ) * 3
        assert (
            await runtime.booking.act(HOST, booked.id, "seat")
        ).arrival_intent.status == "arrived"
        assert await runtime.arrivals.on_the_way(HOST, SAHIL.slug) == []
        assert await events(runtime) == [
            "requested",
            "approved",
            "located",
            "fire",
            "quiet",
            "arrived",
        ]

    async def test_a_stored_trip_is_read_back_as_it_was_answered(
        self, runtime: Runtime, clock: SetClock
    ) -> None:
        id_ = await a_guest_on_the_way(runtime)
        clock.pass_minutes(1)
        answered = await runtime.arrivals.locate(GUEST, id_, north_of_the_door(4_000))
        assert (await runtime.booking.get(GUEST, id_)).arrival_intent == answered.arrival_intent

    async def test_two_signals_in_a_row_inside_the_fence_are_an_arrival(
        self, runtime: Runtime, clock: SetClock
    ) -> None:
        id_ = await a_guest_on_the_way(runtime)
        seen = []
        for meters in (140, 160, 140, 120):
            clock.pass_minutes(1)
            located = await runtime.arrivals.locate(GUEST, id_, north_of_the_door(meters))
            seen.append(located.arrival_intent.status)
        assert seen == ["approved", "approved", "approved", "arrived"]

    async def test_staff_note_an_arrival_by_hand_announced_or_not(self, runtime: Runtime) -> None:
        announced = await a_guest_on_the_way(runtime, decision=None)
        silent = (await book(runtime, GUEST)).id
        for id_ in (announced, silent):
            arrived = await runtime.arrivals.arrive(HOST, id_)
            assert arrived.arrival_intent.status == "arrived"
        waiting = await runtime.arrivals.on_the_way(HOST, SAHIL.id)
        assert [each.reservation_id for each in waiting] == [announced, silent]

    async def test_where_the_door_is_not_known_the_guests_word_stands(
        self, runtime: Runtime, clock: SetClock
    ) -> None:
        booked = await book(runtime, GUEST, restaurant_id=CAY_EVI.id)
        await runtime.arrivals.request(GUEST, booked.id, a_wish())
        clock.pass_minutes(1)
        located = await runtime.arrivals.locate(GUEST, booked.id, DOOR)
        assert located.arrival_intent.predicted_eta_minutes == 20
        assert located.arrival_intent.status == "requested"


class TestWhoMay:
    async def test_only_the_guest_says_where_they_are(self, runtime: Runtime) -> None:
        id_ = await a_guest_on_the_way(runtime)
        for actor in (HOST, ADMIN):
            with pytest.raises(Forbidden, match="location_of_another"):
                await runtime.arrivals.locate(actor, id_, DOOR)
        with pytest.raises(NotFound, match="reservation_unknown"):
            await runtime.arrivals.locate(OTHER_GUEST, id_, DOOR)

    async def test_staff_announce_one_who_telephones_but_share_no_location(
        self, runtime: Runtime
    ) -> None:
        booked = await book(runtime, GUEST)
        with pytest.raises(Forbidden, match="location_of_another"):
            await runtime.arrivals.request(HOST, booked.id, a_wish())
        asked = await runtime.arrivals.request(HOST, booked.id, a_wish(share_location=False))
        assert asked.arrival_intent.status == "requested"

    @pytest.mark.parametrize("decision", ["approve", "queue", "reject"])
    async def test_a_guest_does_not_decide(self, runtime: Runtime, decision: Decision) -> None:
        id_ = await a_guest_on_the_way(runtime, decision=None)
        with pytest.raises(Forbidden, match="staff_only"):
            await runtime.arrivals.decide(GUEST, id_, decision)

    @pytest.mark.parametrize("actor", [GUEST, HOST, ADMIN], ids=lambda each: each.kind)
    async def test_guest_and_staff_may_cancel(self, runtime: Runtime, actor: Actor) -> None:
        id_ = await a_guest_on_the_way(runtime)
        cancelled = await runtime.arrivals.decide(actor, id_, "cancel")
        assert cancelled.arrival_intent.status == "cancelled"

    @pytest.mark.parametrize("actor", [GUEST, OTHER_GUEST], ids=lambda each: each.subject)
    async def test_the_board_is_for_staff(self, runtime: Runtime, actor: Actor) -> None:
        with pytest.raises(Forbidden, match="staff_only"):
            await runtime.arrivals.on_the_way(actor, SAHIL.slug)


class TestWhatStandsInTheWay:
    async def test_nothing_is_said_about_a_booking_that_is_over(self, runtime: Runtime) -> None:
        id_ = await a_guest_on_the_way(runtime)
        await runtime.booking.act(GUEST, id_, "cancel")
        calls = (
            runtime.arrivals.request(GUEST, id_, a_wish()),
            runtime.arrivals.decide(HOST, id_, "approve"),
            runtime.arrivals.locate(GUEST, id_, DOOR),
            runtime.arrivals.promise(GUEST, id_, 10),
            runtime.arrivals.arrive(HOST, id_),
        )
        for call in calls:
            with pytest.raises(Conflict, match="reservation_not_active"):
                await call

    async def test_nothing_but_an_announcement_goes_from_idle(self, runtime: Runtime) -> None:
        id_ = (await book(runtime, GUEST)).id
        for call, code in (
            (runtime.arrivals.decide(HOST, id_, "approve"), "illegal_arrival_move"),
            (runtime.arrivals.decide(GUEST, id_, "cancel"), "illegal_arrival_move"),
            (runtime.arrivals.locate(GUEST, id_, DOOR), "arrival_not_open"),
            (runtime.arrivals.promise(GUEST, id_, 10), "arrival_not_open"),
        ):
            with pytest.raises(Conflict, match=code):
                await call

    async def test_a_location_is_taken_only_from_who_shares_it(self, runtime: Runtime) -> None:
        id_ = await a_guest_on_the_way(runtime, share_location=False)
        with pytest.raises(Conflict, match="location_not_shared"):
            await runtime.arrivals.locate(GUEST, id_, DOOR)


class TestThrottling:
    async def test_the_request_does_not_count_and_the_ping_does(
        self, runtime: Runtime, clock: SetClock
    ) -> None:
        id_ = await a_guest_on_the_way(runtime)
        await runtime.arrivals.locate(GUEST, id_, north_of_the_door(5_000))
        clock.pass_minutes(0.25)
        with pytest.raises(TooMany, match="location_too_soon") as refused:
            await runtime.arrivals.locate(GUEST, id_, north_of_the_door(4_000))
        assert refused.value.retry_after == 15
        clock.pass_minutes(0.25)
        await runtime.arrivals.locate(GUEST, id_, north_of_the_door(4_000))

    async def test_another_process_and_a_restart_know_of_the_ping(
        self, runtime: Runtime, clock: SetClock
    ) -> None:
        id_ = await a_guest_on_the_way(runtime)
        await runtime.arrivals.locate(GUEST, id_, north_of_the_door(5_000))
        async with open_runtime(runtime.settings, clock=clock) as other:
            with pytest.raises(TooMany):
                await other.arrivals.locate(GUEST, id_, north_of_the_door(4_000))

    async def test_of_two_pings_at_once_on_two_processes_one_is_taken(
        self, runtime: Runtime, clock: SetClock
    ) -> None:
        id_ = await a_guest_on_the_way(runtime)
        async with open_runtime(runtime.settings, clock=clock) as other:
            outcomes = await asyncio.gather(
                *(
                    each.arrivals.locate(GUEST, id_, north_of_the_door(5_000))
                    for each in (runtime, other) * 4
                ),
                return_exceptions=True,
            )
        taken = [each for each in outcomes if isinstance(each, Reservation)]
        assert len(taken) == 1
        assert {type(each) for each in outcomes} == {Reservation, TooMany}
        assert (await events(runtime)).count("located") == 1


async def test_of_several_processes_one_tells_the_kitchen(
    runtime: Runtime, clock: SetClock
) -> None:
    id_ = await a_guest_on_the_way(runtime)
    clock.pass_minutes(15)
    async with open_runtime(runtime.settings, clock=clock) as other:
        looks = await asyncio.gather(*(each.arrival_watch.look() for each in (runtime, other) * 3))
    assert sum(look.counts.get("fire", 0) for look in looks) == 1
    assert (await events(runtime)).count("fire") == 1
    fired = (await runtime.booking.get(GUEST, id_)).arrival_intent
    assert fired.fire_at == clock()
