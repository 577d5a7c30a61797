"""Guests on the way, from the first word to the door, over the real store and engine."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bakureserve.domain.errors import Conflict, Forbidden, NotFound, TooMany
from bakureserve.domain.reservations.lifecycle import Action
from bakureserve.domain.reservations.reservation import BookingChange, Reservation
from bakureserve.runtime import Runtime, open_runtime
from bakureserve.settings import Settings
from tests.kit.booking import at, baku, book
from tests.kit.cast import ADMIN, GUEST, HOST, OTHER_GUEST
from tests.kit.houses import CAY_EVI, NOW, SAHIL, SetClock
from tests.kit.on_the_way import (
    DOOR,
    TODAY,
    a_guest_on_the_way,
    a_wish,
    events,
    north_of_the_door,
    whereabouts_kept,
)
from tests.kit.roads.fixtures import Roads
from tests.kit.roads.gomap import GUID, GoMap
from tests.kit.roads.trouble import Front, hanging, resetting


async def test_a_guest_is_followed_from_the_first_word_to_the_table(
    runtime: Runtime, clock: SetClock
) -> None:
    booked = await book(runtime, GUEST, start=at("12:30", day=TODAY))
    asked = await runtime.arrivals.request(GUEST, booked.id, a_wish(notes="  one  nut allergy "))
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
    assert (await runtime.booking.get(GUEST, booked.id)).arrival_intent == here
    assert await whereabouts_kept(runtime) > 0
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
    assert (at_door.current_location, at_door.last_location, at_door.route_summary) == (None,) * 3
    assert await whereabouts_kept(runtime) == 0
    seated = await runtime.booking.act(HOST, booked.id, "seat")
    assert seated.arrival_intent.status == "arrived"
    assert await runtime.arrivals.board(HOST, SAHIL.slug) == []
    assert await events(runtime) == [
        "requested",
        "approved",
        "located",
        "fire",
        "quiet",
        "arrived",
    ]


async def test_staff_note_an_arrival_by_hand_announced_or_not(runtime: Runtime) -> None:
    announced = await a_guest_on_the_way(runtime, decision=None)
    silent = (await book(runtime, GUEST, start=at("19:00", day=TODAY))).id
    for id_ in (announced, silent):
        arrived = await runtime.arrivals.arrive(HOST, id_)
        assert arrived.arrival_intent.status == "arrived"
    waiting = await runtime.arrivals.board(HOST, SAHIL.id)
    assert [each.reservation_id for each in waiting] == [announced, silent]


async def test_where_the_door_is_not_known_the_guests_word_stands(
    runtime: Runtime, clock: SetClock
) -> None:
    booked = await book(runtime, GUEST, restaurant_id=CAY_EVI.id)
    await runtime.arrivals.request(GUEST, booked.id, a_wish())
    clock.pass_minutes(1)
    located = await runtime.arrivals.locate(GUEST, booked.id, DOOR)
    assert located.arrival_intent.predicted_eta_minutes == 20
    assert located.arrival_intent.status == "requested"


async def test_after_an_arrival_is_taken_back_the_guest_is_awaited_as_before_or_is_as_silent(
    runtime: Runtime, clock: SetClock
) -> None:
    id_ = await a_guest_on_the_way(runtime)
    silent = (await book(runtime, GUEST, start=at("19:00", day=TODAY))).id
    with pytest.raises(Conflict, match="not_arrived"):
        await runtime.arrivals.undo_arrival(HOST, id_)
    for each, status in ((id_, "approved"), (silent, "idle")):
        await runtime.arrivals.arrive(HOST, each)
        with pytest.raises(Forbidden, match="staff_only"):
            await runtime.arrivals.undo_arrival(GUEST, each)
        back = (await runtime.arrivals.undo_arrival(HOST, each)).arrival_intent
        assert (back.status, back.arrived_at) == (status, None)
        assert back.predicted_eta_minutes is None
    board = await runtime.arrivals.board(HOST, SAHIL.id)
    assert [each.reservation_id for each in board] == [id_]
    clock.pass_minutes(1)
    await runtime.arrivals.locate(GUEST, id_, north_of_the_door(140))
    assert (await runtime.booking.get(GUEST, id_)).arrival_intent.status == "approved"
    assert (await events(runtime)).count("fire") == 1
    await runtime.booking.act(HOST, id_, "seat")
    with pytest.raises(Conflict, match="arrival_of_seated"):
        await runtime.arrivals.undo_arrival(HOST, id_)


async def test_only_the_guest_says_where_they_are_and_only_staff_decide(runtime: Runtime) -> None:
    id_ = await a_guest_on_the_way(runtime, decision=None)
    for actor in (HOST, ADMIN):
        with pytest.raises(Forbidden, match="location_of_another"):
            await runtime.arrivals.locate(actor, id_, DOOR)
    with pytest.raises(NotFound, match="reservation_unknown"):
        await runtime.arrivals.locate(OTHER_GUEST, id_, DOOR)
    for decision in ("approve", "queue", "reject"):
        with pytest.raises(Forbidden, match="staff_only"):
            await runtime.arrivals.decide(GUEST, id_, decision)
    for actor in (GUEST, OTHER_GUEST):
        with pytest.raises(Forbidden, match="staff_only"):
            await runtime.arrivals.board(actor, SAHIL.slug)
    cancelled = await runtime.arrivals.decide(GUEST, id_, "cancel")
    assert cancelled.arrival_intent.status == "cancelled"


async def test_staff_announce_one_who_telephones_but_share_no_location(runtime: Runtime) -> None:
    booked = await book(runtime, GUEST)
    with pytest.raises(Forbidden, match="location_of_another"):
        await runtime.arrivals.request(HOST, booked.id, a_wish())
    asked = await runtime.arrivals.request(HOST, booked.id, a_wish(share_location=False))
    assert asked.arrival_intent.status == "requested"


async def test_nothing_is_said_about_a_booking_that_is_over(runtime: Runtime) -> None:
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


async def test_no_guest_is_on_the_way_to_a_sitting_whose_time_is_past(
    runtime: Runtime, clock: SetClock
) -> None:
    booked = await book(runtime, GUEST, start=at("12:30", day=TODAY))
    clock.now = booked.end - dt.timedelta(minutes=1)
    await runtime.arrivals.request(GUEST, booked.id, a_wish())
    clock.now = booked.end
    for call in (
        runtime.arrivals.request(GUEST, booked.id, a_wish()),
        runtime.arrivals.promise(GUEST, booked.id, 10),
    ):
        with pytest.raises(Conflict, match="sitting_over"):
            await call


async def test_a_request_does_not_count_as_a_ping_and_a_ping_does_in_every_process(
    runtime: Runtime, clock: SetClock
) -> None:
    id_ = await a_guest_on_the_way(runtime)
    await runtime.arrivals.locate(GUEST, id_, north_of_the_door(5_000))
    clock.pass_minutes(0.25)
    async with open_runtime(runtime.settings, clock=clock) as other:
        for server in (runtime, other):
            with pytest.raises(TooMany, match="location_too_soon") as refused:
                await server.arrivals.locate(GUEST, id_, north_of_the_door(4_000))
            assert refused.value.retry_after == 15
    clock.pass_minutes(0.25)
    await runtime.arrivals.locate(GUEST, id_, north_of_the_door(4_000))


async def test_a_clock_that_is_set_back_locks_no_guest_out(
    runtime: Runtime, clock: SetClock
) -> None:
    id_ = await a_guest_on_the_way(runtime)
    await runtime.arrivals.locate(GUEST, id_, north_of_the_door(5_000))
    clock.pass_minutes(-0.1)  # as another server's clock may differ
    with pytest.raises(TooMany):
        await runtime.arrivals.locate(GUEST, id_, north_of_the_door(4_000))
    clock.pass_minutes(-60)
    await runtime.arrivals.locate(GUEST, id_, north_of_the_door(4_000))
    with pytest.raises(TooMany):
        await runtime.arrivals.locate(GUEST, id_, north_of_the_door(3_000))


async def test_of_two_pings_at_once_on_two_processes_one_is_taken(
    runtime: Runtime, clock: SetClock
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


async def test_zero_switches_either_limit_of_pings_off(
    house_settings: Settings, clock: SetClock
) -> None:
    settings = dataclasses.replace(
        house_settings,
        location_ping_min_interval_seconds=0,
        location_ping_min_distance_meters=0,
    )
    async with open_runtime(settings, clock=clock) as unlimited:
        id_ = await a_guest_on_the_way(unlimited)
        for _ in range(3):
            here = await unlimited.arrivals.locate(GUEST, id_, north_of_the_door(5_000))
            assert here.arrival_intent.traffic_updated_at == clock()
            clock.pass_minutes(0.01)


class TestRaces:
    """Two servers on one file."""

    async def test_of_two_decisions_at_once_both_are_in_order_and_the_last_stands(
        self, runtime: Runtime, clock: SetClock
    ) -> None:
        id_ = await a_guest_on_the_way(runtime, decision=None)
        async with open_runtime(runtime.settings, clock=clock) as other:
            await asyncio.gather(
                runtime.arrivals.decide(HOST, id_, "approve"),
                other.arrivals.decide(ADMIN, id_, "reject"),
            )
            *_, first, last = await events(runtime)
            assert {first, last} == {"approved", "rejected"}
            assert (await runtime.booking.get(GUEST, id_)).arrival_intent.status == last
            await asyncio.gather(
                runtime.arrivals.decide(GUEST, id_, "cancel"),
                *(other.arrivals.decide(HOST, id_, "approve") for _ in range(5)),
                return_exceptions=True,
            )
        assert (await runtime.booking.get(GUEST, id_)).arrival_intent.status == "cancelled"
        assert (await events(runtime))[-1] == "cancelled"

    async def test_of_many_who_see_the_guest_arrive_one_notes_it(
        self, runtime: Runtime, clock: SetClock
    ) -> None:
        id_ = await a_guest_on_the_way(runtime)
        async with open_runtime(runtime.settings, clock=clock) as other:
            await asyncio.gather(
                *(each.arrivals.arrive(HOST, id_) for each in (runtime, other) * 4),
                runtime.arrivals.locate(GUEST, id_, DOOR),
                return_exceptions=True,
            )
        told = await events(runtime)
        assert (told.count("arrived"), told.count("fire")) == (1, 1)


@pytest.mark.parametrize(
    ("action", "ends_as"),
    [("seat", "arrived"), ("no_show", "cancelled"), ("cancel", "cancelled"), ("remove", None)],
)
async def test_the_trip_ends_with_its_reservation(
    runtime: Runtime, clock: SetClock, action: Any, ends_as: str | None
) -> None:
    id_ = await a_guest_on_the_way(runtime)
    clock.pass_minutes(1)
    await runtime.arrivals.locate(GUEST, id_, north_of_the_door(5_000))
    clock.now = (await runtime.booking.get(GUEST, id_)).start
    if ends_as is None:
        await runtime.booking.remove(HOST, id_)
    else:
        ended = (await runtime.booking.act(HOST, id_, action)).arrival_intent
        assert ended.status == ends_as
        assert (ended.current_location, ended.last_location) == (None, None)
        assert (await runtime.booking.get(GUEST, id_)).arrival_intent == ended
    assert await runtime.arrivals.board(HOST, SAHIL.id) == []
    assert await whereabouts_kept(runtime) == 0


@pytest.mark.parametrize("action", ["seat", "no_show"])
async def test_an_undone_step_takes_the_trip_up_again(
    runtime: Runtime, clock: SetClock, action: Action
) -> None:
    id_ = await a_guest_on_the_way(runtime)
    clock.now = (await runtime.booking.get(GUEST, id_)).start
    await runtime.booking.act(HOST, id_, action)
    if action == "seat":  # to undo the end of a meal is not to undo the arrival
        assert "fire" in await events(runtime)
        await runtime.booking.act(HOST, id_, "complete")
        left = await runtime.booking.act(HOST, id_, "undo")
        assert (left.status, left.arrival_intent.status) == ("seated", "arrived")
    undone = await runtime.booking.act(HOST, id_, "undo")
    assert (undone.status, undone.arrival_intent.status) == ("booked", "approved")
    clock.pass_minutes(1)
    await runtime.arrivals.locate(GUEST, id_, north_of_the_door(5_000))


async def test_a_booking_moved_for_one_who_is_there_already_is_cooked_for_then(
    runtime: Runtime, clock: SetClock
) -> None:
    id_ = await a_guest_on_the_way(runtime, start="19:00")
    early = (await runtime.arrivals.arrive(HOST, id_)).arrival_intent
    assert early.fire_at == baku("19:00", day=TODAY) - dt.timedelta(minutes=45)
    sooner = BookingChange(start=at("14:30", day=TODAY))
    moved = (await runtime.booking.change(GUEST, id_, sooner)).arrival_intent
    assert moved.fire_at == baku("14:30", day=TODAY) - dt.timedelta(minutes=45)
    clock.pass_minutes(105)
    assert (await runtime.arrival_watch.look()).counts == {"fire": 1}


class TestRoads:
    @pytest.fixture
    async def on_roads(
        self, house_settings: Settings, clock: SetClock, osrm_front: Front, gomap: GoMap
    ) -> AsyncIterator[Runtime]:
        """The program with a real OSRM and a GoMap."""
        settings = dataclasses.replace(
            house_settings, osrm_base_url=osrm_front.url, gomap_base_url=gomap.url, gomap_guid=GUID
        )
        async with open_runtime(settings, clock=clock) as opened:
            yield opened

    async def test_a_ping_tells_the_way_by_road_and_is_judged_by_the_arrival(
        self, on_roads: Runtime, clock: SetClock, roads: Roads
    ) -> None:
        id_ = await a_guest_on_the_way(on_roads)
        clock.pass_minutes(1)
        here = await on_roads.arrivals.locate(GUEST, id_, roads.grid.at(15, 15))
        intent = here.arrival_intent
        assert intent.traffic_source in {"gomap", "osrm"}
        assert intent.route_distance_km
        assert intent.route_distance_km > 5
        assert intent.traffic_condition == "smooth"
        assert intent.typical_eta_minutes
        clock.pass_minutes(18)
        await on_roads.arrivals.locate(GUEST, id_, DOOR)
        row = await on_roads.database.read(
            lambda tx: tx.all("select reservation_id, actual_seconds from eta_prediction")
        )
        assert row == [(None, 18 * 60)]

    async def test_a_ping_is_answered_in_time_when_maps_are_down(
        self, on_roads: Runtime, clock: SetClock, roads: Roads, gomap: GoMap, osrm_front: Front
    ) -> None:
        id_ = await a_guest_on_the_way(on_roads)
        budget = on_roads.settings.eta_budget_seconds
        for place, without, source in (
            (roads.grid.at(15, 15), None, "osrm"),
            (roads.grid.at(13, 13), resetting(), "fallback"),
        ):
            gomap.trouble, osrm_front.trouble = hanging(), without
            clock.pass_minutes(1)
            here = await asyncio.wait_for(on_roads.arrivals.locate(GUEST, id_, place), budget + 2)
            assert here.arrival_intent.traffic_source == source

    async def test_no_write_waits_for_a_map(
        self, on_roads: Runtime, clock: SetClock, roads: Roads, gomap: GoMap, osrm_front: Front
    ) -> None:
        """While one ping hangs on its maps, another guest books."""
        gomap.trouble = osrm_front.trouble = hanging()
        id_ = await a_guest_on_the_way(on_roads)
        clock.pass_minutes(1)
        ping = asyncio.create_task(on_roads.arrivals.locate(GUEST, id_, roads.grid.at(15, 15)))
        while not osrm_front.asked:
            await asyncio.sleep(0)
        await book(on_roads, OTHER_GUEST)
        assert not ping.done()
        assert (await ping).arrival_intent.traffic_source == "fallback"

    async def test_a_guest_who_hardly_moved_keeps_their_way_and_no_map_is_asked(
        self, on_roads: Runtime, clock: SetClock, osrm_front: Front
    ) -> None:
        id_ = await a_guest_on_the_way(on_roads)
        asked = []
        for meters in (3_000, 2_950, 2_905, 2_895):
            clock.pass_minutes(1)
            here = await on_roads.arrivals.locate(GUEST, id_, north_of_the_door(meters))
            asked.append(len(osrm_front.asked))
            assert here.arrival_intent.last_signal == clock()
        assert asked == [1, 1, 1, 2]
