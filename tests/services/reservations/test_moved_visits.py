"""A booking that is moved: a small move keeps the guest's way, another service begins it anew."""

from __future__ import annotations

import datetime as dt

import pytest

from bakureserve.domain.reservations.reservation import ArrivalIntent, BookingChange, Prep
from bakureserve.runtime import Runtime
from bakureserve.services.reservations.preorder import Preorder, PreorderRequest
from bakureserve.store.arrivals import trips
from tests.kit.booking import at, baku
from tests.kit.cast import GUEST, HOST
from tests.kit.houses import SAHIL, SetClock
from tests.kit.on_the_way import (
    DOOR,
    TODAY,
    a_guest_on_the_way,
    a_wish,
    events,
    north_of_the_door,
)

NEXT_WEEK = TODAY + dt.timedelta(days=8)
ANOTHER_SERVICE = [at("12:30", day=NEXT_WEEK), at("19:00", day=TODAY)]


async def move(runtime: Runtime, id_: str, start: dt.datetime) -> ArrivalIntent:
    moved = await runtime.booking.change(GUEST, id_, BookingChange(start=start))
    return moved.arrival_intent


@pytest.mark.parametrize("start", ANOTHER_SERVICE)
async def test_one_who_was_cooked_for_and_had_come_is_awaited_anew(
    runtime: Runtime, clock: SetClock, start: dt.datetime
) -> None:
    id_ = await a_guest_on_the_way(runtime, lead_minutes=60)
    assert "late" in await events(runtime)
    preorder = Preorder(runtime.units, enabled=True)
    await preorder.confirm(GUEST, id_, PreorderRequest(minutes_away=20, scope="starters"))
    for minutes, place in ((1, north_of_the_door(5_000)), (15, DOOR)):
        clock.pass_minutes(minutes)
        await runtime.arrivals.locate(GUEST, id_, place)
    assert "fire" in await events(runtime)
    assert await move(runtime, id_, start) == ArrivalIntent()
    kept = await runtime.booking.get(GUEST, id_)
    assert kept.prep == Prep()
    trip = await runtime.database.read(lambda tx: trips.get(tx, kept))
    assert (trip.fired_at, trip.held, trip.late, trip.forecast) == (None, 0.0, None, None)
    assert (await events(runtime))[-1] == "cleared"
    assert await runtime.arrivals.board(HOST, SAHIL.id) == []
    clock.pass_minutes(60)
    assert (await runtime.arrival_watch.look()).trips == 0


async def test_what_was_predicted_for_the_old_visit_is_never_judged_and_no_place_is_kept(
    runtime: Runtime, clock: SetClock
) -> None:
    id_ = await a_guest_on_the_way(runtime)
    clock.pass_minutes(1)
    await runtime.arrivals.locate(GUEST, id_, north_of_the_door(5_000))
    moved = await move(runtime, id_, at("12:30", day=NEXT_WEEK))
    assert (moved.share_location, moved.current_location) == (False, None)
    rows = await runtime.database.read(lambda tx: tx.all("select id from eta_prediction"))
    assert rows == []


@pytest.mark.parametrize("start", ANOTHER_SERVICE)
async def test_the_kitchen_is_told_once_again_when_the_new_time_comes(
    runtime: Runtime, clock: SetClock, start: dt.datetime
) -> None:
    id_ = await a_guest_on_the_way(runtime)
    clock.pass_minutes(16)
    assert "fire" in (await runtime.arrival_watch.look()).counts
    await move(runtime, id_, start)
    booked = baku(f"{start:%H:%M}", day=start.date())
    clock.now = booked - dt.timedelta(minutes=30)
    await runtime.arrivals.request(GUEST, id_, a_wish())
    await runtime.arrivals.decide(HOST, id_, "approve")
    clock.pass_minutes(15)
    assert (await runtime.arrival_watch.look()).counts == {"fire": 1}
    assert (await events(runtime)).count("fire") == 2


async def test_a_small_move_keeps_trip_and_preorder(runtime: Runtime) -> None:
    id_ = await a_guest_on_the_way(runtime)
    preorder = Preorder(runtime.units, enabled=True)
    await preorder.confirm(GUEST, id_, PreorderRequest(minutes_away=20, scope="starters"))
    moved = await move(runtime, id_, at("13:00", day=TODAY))
    assert moved.status == "approved"
    kept = await runtime.booking.get(GUEST, id_)
    assert kept.prep.status == "accepted"


async def test_who_had_said_nothing_is_told_nothing_of_a_moved_booking(runtime: Runtime) -> None:
    id_ = await a_guest_on_the_way(runtime)
    await move(runtime, id_, at("12:30", day=NEXT_WEEK))
    told = await events(runtime)
    await move(runtime, id_, at("19:00", day=TODAY))
    assert await events(runtime) == told
