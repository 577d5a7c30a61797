"""Where a guest says they are: when that is kept, when it is answered only, when refused."""

from __future__ import annotations

import datetime as dt

import pytest

from bakureserve.domain.errors import Conflict, Forbidden, Invalid, TooMany
from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.reservations.lifecycle import Action
from bakureserve.domain.reservations.reservation import ArrivalIntent, BookingChange
from bakureserve.runtime import Runtime
from tests.kit.booking import at, book
from tests.kit.cast import ADMIN, GUEST, HOST
from tests.kit.houses import NOW, SAHIL, SetClock
from tests.kit.on_the_way import (
    DOOR,
    TODAY,
    a_guest_on_the_way,
    a_wish,
    events,
    north_of_the_door,
    whereabouts_kept,
)

EVENING = at("19:00", day=TODAY)
FIVE_KM = north_of_the_door(5_000)


async def a_silent_guest(runtime: Runtime, start: dt.datetime | None = None) -> str:
    """Booked, and nothing announced; for half past twelve if nothing else is said."""
    return (await book(runtime, GUEST, start=start or at("12:30", day=TODAY))).id


async def ping(runtime: Runtime, id_: str, place: Coordinates = FIVE_KM) -> ArrivalIntent:
    return (await runtime.arrivals.locate(GUEST, id_, place)).arrival_intent


async def kept(runtime: Runtime, id_: str) -> ArrivalIntent:
    return (await runtime.booking.get(GUEST, id_)).arrival_intent


async def test_a_guests_own_ping_is_their_consent(runtime: Runtime) -> None:
    id_ = await a_silent_guest(runtime)
    here = await ping(runtime, id_)
    assert (here.status, here.share_location, here.eta_source) == ("idle", True, "location")
    assert here.predicted_eta_minutes is not None
    assert here.predicted_eta_minutes > 5
    assert (here.current_location, here.traffic_source) == (FIVE_KM, "fallback")
    assert await kept(runtime, id_) == here


async def test_who_announced_nothing_stays_idle_even_at_the_door_until_they_do(
    runtime: Runtime, clock: SetClock
) -> None:
    id_ = await a_silent_guest(runtime)
    for _ in range(3):
        here = await ping(runtime, id_, DOOR)
        assert here.status == "idle"
        assert here.predicted_eta_minutes is not None
        clock.pass_minutes(1)
    assert await runtime.arrivals.board(HOST, SAHIL.id) == []
    first = await ping(runtime, id_)
    clock.pass_minutes(1)
    asked = (await runtime.arrivals.request(GUEST, id_, a_wish())).arrival_intent
    assert (asked.status, asked.current_location) == ("requested", FIVE_KM)
    assert asked.predicted_eta_minutes == first.predicted_eta_minutes
    assert (await ping(runtime, id_)).status == "requested"


@pytest.mark.parametrize("action", ["seat", "no_show", "cancel"])
async def test_consent_ends_with_the_visit(
    runtime: Runtime, clock: SetClock, action: Action
) -> None:
    id_ = await a_silent_guest(runtime)
    await ping(runtime, id_)
    clock.pass_minutes(31)
    ended = (await runtime.booking.act(HOST, id_, action)).arrival_intent
    assert (ended.share_location, ended.current_location) == (False, None)
    if action == "seat":  # who sits is answered, and not followed any more
        await ping(runtime, id_, DOOR)
        assert (await kept(runtime, id_)).share_location is False
    assert await whereabouts_kept(runtime) == 0


async def test_withdrawing_consent_forgets_the_place_and_sticks(
    runtime: Runtime, clock: SetClock
) -> None:
    id_ = await a_guest_on_the_way(runtime, share_location=False, eta_source="user")
    here = await ping(runtime, id_)
    assert (here.status, here.share_location, here.eta_source) == ("approved", True, "location")
    for actor in (HOST, ADMIN):
        with pytest.raises(Forbidden, match="location_of_another"):
            await runtime.arrivals.withdraw(actor, id_)
    back = (await runtime.arrivals.withdraw(GUEST, id_)).arrival_intent
    assert (back.status, back.share_location) == ("approved", False)
    assert await whereabouts_kept(runtime) == 0
    assert (await events(runtime))[-1] == "unshared"
    clock.pass_minutes(1)
    with pytest.raises(Conflict, match="location_withdrawn"):
        await ping(runtime, id_)


async def test_a_withdrawal_is_undone_by_announcing_oneself_with_sharing_and_by_nothing_else(
    runtime: Runtime,
) -> None:
    id_ = await a_silent_guest(runtime)
    await runtime.arrivals.withdraw(GUEST, id_)
    await runtime.arrivals.request(GUEST, id_, a_wish(share_location=False))
    await runtime.booking.change(GUEST, id_, BookingChange(start=EVENING))
    with pytest.raises(Conflict, match="location_withdrawn"):
        await ping(runtime, id_)
    await runtime.arrivals.request(GUEST, id_, a_wish(share_location=True))
    assert (await ping(runtime, id_)).share_location
    # Who agreed in words is followed as early as they like.
    assert (await kept(runtime, id_)).current_location == FIVE_KM


@pytest.mark.parametrize("place", [FIVE_KM, DOOR])
async def test_outside_the_window_a_location_is_answered_and_not_kept(
    runtime: Runtime, clock: SetClock, place: Coordinates
) -> None:
    for start in (EVENING, at("12:30", day=TODAY + dt.timedelta(days=7))):
        id_ = await a_silent_guest(runtime, start)
        here = await ping(runtime, id_, place)
        assert (here.status, here.share_location) == ("idle", False)
        assert here.predicted_eta_minutes is not None
        assert here.traffic_source == "fallback"
        assert await kept(runtime, id_) == ArrivalIntent()
        with pytest.raises(TooMany, match="location_too_soon"):
            await ping(runtime, id_, place)
    over = await a_silent_guest(runtime)
    clock.pass_minutes(30 + 90)
    await ping(runtime, over, place)
    assert await kept(runtime, over) == ArrivalIntent()
    assert await whereabouts_kept(runtime) == 0
    assert await events(runtime) == []


async def test_a_guest_at_the_door_at_noon_has_not_arrived_for_the_evening(
    runtime: Runtime, clock: SetClock
) -> None:
    id_ = await a_guest_on_the_way(runtime, start="19:00")
    for _ in range(3):
        assert (await ping(runtime, id_, DOOR)).status == "approved"
        clock.pass_minutes(1)
    assert "fire" not in await events(runtime)


async def test_from_two_hours_before_a_guest_is_followed_and_from_one_they_may_arrive(
    runtime: Runtime, clock: SetClock
) -> None:
    id_ = await a_guest_on_the_way(runtime, start="19:00", share_location=False)
    seen = []
    for minutes_before in (121, 120, 61, 60):
        clock.now = NOW + dt.timedelta(hours=7, minutes=-minutes_before)
        await ping(runtime, id_, north_of_the_door(20))
        here = await kept(runtime, id_)
        seen.append((here.status, here.current_location is not None))
    assert seen == [
        ("approved", False),
        ("approved", True),
        ("approved", True),
        ("arrived", False),
    ]


@pytest.mark.parametrize("start", ["12:30", "19:00"])
async def test_a_place_where_no_guest_can_be_is_not_believed(runtime: Runtime, start: str) -> None:
    id_ = await a_guest_on_the_way(runtime, start=start)
    before = await kept(runtime, id_)
    with pytest.raises(Invalid, match="location_too_far"):
        await ping(runtime, id_, Coordinates(52.52, 13.40))
    assert await kept(runtime, id_) == before


async def test_two_wrong_places_in_a_row_leave_a_good_forecast_alone(
    runtime: Runtime, clock: SetClock
) -> None:
    id_ = await a_guest_on_the_way(runtime)
    good = await ping(runtime, id_)
    for _ in range(2):
        clock.pass_minutes(0.5)
        still = await ping(runtime, id_, north_of_the_door(40_000))
        assert still.current_location == FIVE_KM
        assert still.predicted_eta_seconds == good.predicted_eta_seconds
        assert still.last_signal == good.last_signal
    with pytest.raises(TooMany, match="location_too_soon"):  # what is set aside counts
        await ping(runtime, id_)
    clock.pass_minutes(0.5)
    assert (await ping(runtime, id_)).predicted_eta_minutes in {14, 15}
