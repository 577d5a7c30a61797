from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.arrivals.board import board_entry
from bakureserve.domain.arrivals.intent import Role
from bakureserve.domain.arrivals.review import ArrivalAlert, Plan, due_at, review
from bakureserve.domain.arrivals.trip import (
    Trip,
    Wish,
    announce,
    decide,
    end_trip,
    expected,
    locate,
    promise_arrival,
    reopen,
    set_aside,
)
from bakureserve.domain.errors import Conflict
from bakureserve.domain.places.fallback import AS_SHIPPED, fallback_seconds
from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.restaurants.restaurant import ArrivalPolicy
from tests.kit.builders import utc
from tests.kit.estimates import an_estimate
from tests.kit.rows import a_reservation

NOW = utc("2027-03-01 14:30")
BOOKED = utc("2027-03-01 15:00")
POLICY = ArrivalPolicy()
PLAN = Plan(BOOKED, BOOKED + dt.timedelta(minutes=90), "booked", POLICY)
PLACE = Coordinates(40.4123, 49.8456)
ALL: frozenset[Role] = frozenset({"guest", "staff", "system"})


def later(minutes: float) -> dt.datetime:
    return NOW + dt.timedelta(minutes=minutes)


def a_wish(**fields: Any) -> Wish:
    given: dict[str, Any] = {
        "lead_minutes": 40,
        "prep_scope": "mains",
        "share_location": True,
        "eta_source": "location",
        "auto_charge": False,
    }
    return Wish(**(given | fields))


def announced(**fields: Any) -> Trip:
    return announce(Trip(), a_wish(**fields), NOW, ALL)


def approved(**fields: Any) -> Trip:
    return decide(announced(**fields), "approve", NOW, ALL)


def pinged(trip: Trip, at: float, minutes: float, *, distance: float = 5_000) -> Trip:
    """A location `at` minutes from now, `minutes` of way from the door."""
    return locate(
        trip,
        PLACE,
        later(at),
        distance=distance,
        estimate=an_estimate(minutes * 60),
        fence=POLICY.geofence_meters,
    )


def test_the_kitchen_waits_until_the_time_comes_and_is_told_once() -> None:
    trip, tellings = review(pinged(approved(), 0, 40), PLAN, NOW)
    assert tellings == ()
    fire_at = trip.intent.fire_at
    assert fire_at is not None
    assert later(25) < fire_at < later(30)
    trip, tellings = review(pinged(trip, 27, 13), PLAN, later(27))
    assert tellings == ("fire",)
    assert (trip.fired_at, trip.intent.fire_at) == (later(27), later(27))
    assert review(trip, PLAN, later(27)).alerts == ()
    due = due_at(trip, PLAN, later(27))
    assert due is not None
    assert due > later(27)


def test_the_kitchen_does_not_begin_what_it_has_not_agreed_to() -> None:
    for decision in [None, "queue"]:
        trip = announced() if decision is None else decide(announced(), decision, NOW, ALL)
        trip, tellings = review(pinged(trip, 30, 5), PLAN, later(30))
        assert tellings == ()
        agreed = decide(trip, "approve", later(31), ALL)
        assert review(agreed, PLAN, later(31)).alerts == ("fire",)


def test_a_guest_who_does_not_come_is_held_for_though_nothing_is_heard() -> None:
    """Every five minutes until the food is spoilt anyway, and looked at for nothing else."""
    trip, _ = review(approved(lead_minutes=20, share_location=False), PLAN, later(15))
    assert trip.fired_for is not None
    trip = msgspec.structs.replace(trip, late="kept")
    told = []
    while (due := due_at(trip, PLAN, later(15))) < PLAN.held_until:  # type: ignore[operator]
        trip, tellings = review(trip, PLAN, due)
        told.append((due, tellings))
    assert [tellings for _, tellings in told] == [("hold",)] * 6
    assert told[0][0] == trip.fired_for + dt.timedelta(minutes=5)


def test_asking_again_after_the_start_starts_nothing_again() -> None:
    trip, _ = review(pinged(approved(), 27, 13), PLAN, later(27))
    again = decide(announce(trip, a_wish(lead_minutes=5), later(28), ALL), "approve", NOW, ALL)
    assert "fire" not in review(again, PLAN, later(29)).alerts


def test_a_guest_much_too_early_is_cooked_for_when_their_table_may_be_theirs() -> None:
    """They live next door, or walk past at noon: that begins no dinner."""
    noon = BOOKED - dt.timedelta(hours=7)
    trip = decide(approved(), "arrive", noon, ALL)
    trip, tellings = review(trip, PLAN, noon)
    assert tellings == ()
    fire_at = due_at(trip, PLAN, noon)
    assert fire_at == trip.intent.fire_at == BOOKED - dt.timedelta(minutes=30 - 5 + 20)
    assert board_entry(a_reservation(start=BOOKED), trip, POLICY, noon).kitchen == "waiting"
    fired, tellings = review(trip, PLAN, fire_at)
    assert tellings == ("fire",)
    assert due_at(fired, PLAN, fire_at) == PLAN.held_until


def test_a_guest_who_came_early_is_cooked_for_once_they_sit_and_not_when_they_leave() -> None:
    for status, told in [("seated", ("fire",)), ("cancelled", ()), ("no_show", ())]:
        noon = BOOKED - dt.timedelta(hours=7)
        trip, _ = review(decide(approved(), "arrive", noon, ALL), PLAN, noon)
        later_plan = PLAN._replace(status=status)
        assert review(trip, later_plan, noon).alerts == told
        assert review(trip, later_plan, BOOKED).alerts == told
        assert due_at(trip, later_plan, noon) is None


def test_nothing_is_cooked_for_a_guest_who_was_turned_down() -> None:
    refused = decide(announced(), "reject", NOW, ALL)
    assert review(refused, PLAN, later(60)).alerts == ()
    came = decide(refused, "arrive", later(60), ALL)
    assert review(came, PLAN, later(60)).alerts == ()


class TestOldWords:
    """ "Twenty minutes" said at noon says nothing of dinner."""

    DINNER = PLAN._replace(booked=BOOKED + dt.timedelta(hours=4), held_until=later(7 * 60))
    BEGINS = BOOKED + dt.timedelta(hours=4, minutes=-45)
    """Half an hour before the booked time, less 20 minutes of making and 5 for the way in."""

    def said(self, minutes: int, at: float, **fields: Any) -> Trip:
        trip = announce(Trip(), a_wish(lead_minutes=minutes, **fields), later(at), ALL)
        return review(decide(trip, "approve", later(at), ALL), self.DINNER, later(at)).trip

    def played(self, trip: Trip, at: float) -> list[tuple[dt.datetime, tuple[ArrivalAlert, ...]]]:
        """All that is told, from then until the sitting is over."""
        trip, told = msgspec.structs.replace(trip, late="kept"), []
        due = due_at(trip, self.DINNER, later(at))
        while due is not None:
            trip, tellings = review(trip, self.DINNER, due)
            told += [(due, tellings)] if tellings else []
            due = due_at(trip, self.DINNER, due)
        return told

    def test_the_kitchen_begins_nothing_by_an_old_word_and_staff_hear_why(self) -> None:
        told = self.played(self.said(20, 0, share_location=False), 0)
        assert told == [(later(50), ("quiet",)), (self.DINNER.held_until, ("lapse",))]

    def test_the_kitchen_shows_that_it_waits_for_a_newer_word(self) -> None:
        trip = self.said(20, 0)
        waiting = board_entry(a_reservation(start=BOOKED), trip, POLICY, NOW)
        trip, _ = review(trip, self.DINNER, later(50))
        unheard = board_entry(a_reservation(start=BOOKED), trip, POLICY, later(50))
        assert (waiting.kitchen, unheard.kitchen) == ("waiting", "unheard")
        assert trip.intent.fire_at is None

    def test_the_kitchen_begins_by_a_newer_word(self) -> None:
        trip, _ = review(self.said(20, 0), self.DINNER, later(50))
        trip = promise_arrival(trip, 30, later(240))
        trip, _ = review(trip, self.DINNER, later(240))
        assert trip.intent.fire_at is not None
        assert self.played(trip, 240)[0][1] == ("fire",)

    def test_a_guest_who_names_a_moment_within_the_half_hour_is_believed(self) -> None:
        named = (self.BEGINS - dt.timedelta(minutes=29) - NOW).total_seconds() / 60
        told = self.played(self.said(90, named - 90, share_location=False), named - 90)
        assert told[0] == (self.BEGINS, ("fire",))


def test_silence_is_told_once_and_again_after_the_next_signal() -> None:
    trip = pinged(approved(lead_minutes=90), 0, 80)
    trip, tellings = review(trip, PLAN, later(3))
    assert tellings == ("quiet",)
    assert review(trip, PLAN, later(4)).alerts == ()
    assert review(pinged(trip, 5, 75), PLAN, later(9)).alerts == ("quiet",)


def test_a_stale_place_widens_what_staff_see_and_says_so() -> None:
    trip = pinged(approved(), 0, 40)
    fresh = board_entry(a_reservation(start=BOOKED), trip, POLICY, NOW)
    stale = board_entry(a_reservation(start=BOOKED), trip, POLICY, later(15))
    assert (fresh.stale, stale.stale) == (False, True)
    assert _width(stale) > _width(fresh)


def test_a_trip_that_is_not_heard_of_is_given_up_after_its_sitting() -> None:
    trip = pinged(approved(), 0, 40)
    last = later(120)
    assert review(trip, PLAN, last - dt.timedelta(seconds=1)).trip.is_open
    trip, tellings = review(trip, PLAN, last)
    assert (trip.intent.status, tellings) == ("cancelled", ("lapse",))
    assert due_at(trip, PLAN, last) is None


def test_a_guest_who_came_and_was_never_seated_is_waited_for_until_the_sitting_is_over() -> None:
    trip = decide(approved(), "arrive", later(5), ALL)
    assert due_at(trip, PLAN, later(5)) == PLAN.held_until
    assert due_at(trip, PLAN, PLAN.held_until) is None


def test_no_place_is_left_when_the_trip_ends() -> None:
    for move in ["arrive", "cancel", "reject"]:
        trip = pinged(pinged(approved(), 0, 40), 1, 39)
        assert _keeps(trip, PLACE)
        assert not _keeps(decide(trip, move, later(2), ALL), PLACE)


def test_no_place_is_left_when_sharing_is_taken_back() -> None:
    trip = pinged(approved(), 0, 40)
    anew = announce(trip, a_wish(share_location=False), later(1), ALL)
    assert not _keeps(anew, PLACE)


def test_a_step_that_ended_the_trip_can_be_undone_and_an_arrival_cannot() -> None:
    by_step = end_trip(approved(), "cancelled", NOW, by_step=True)
    assert reopen(by_step).intent.status == "approved"
    there = pinged(approved(), 5, 1, distance=10)
    assert reopen(there).intent.status == "arrived"


class TestReach:
    """Positions 30 km off, thirty seconds apart, on the way of a guest who is 10 km away."""

    FAR = Coordinates(PLACE.latitude + 0.27, PLACE.longitude)

    def sent(self, trip: Trip, at: float, place: Coordinates) -> tuple[Trip, bool]:
        """The trip after a position, and whether that was believed."""
        doubted = set_aside(trip, place, later(at))
        if doubted is not None:
            return doubted, False
        estimate = an_estimate(20 * 60 if place == PLACE else 50 * 60)
        fence = POLICY.geofence_meters
        return locate(trip, place, later(at), distance=9_000, estimate=estimate, fence=fence), True

    def test_two_wrong_positions_in_a_row_move_nothing(self) -> None:
        trip = pinged(approved(), 0, 20)
        before = trip.forecast
        for at in (0.5, 1):
            trip, believed = self.sent(trip, at, self.FAR)
            assert not believed
        assert (trip.forecast, trip.intent.current_location) == (before, PLACE)
        trip, believed = self.sent(trip, 1.5, PLACE)
        assert believed
        assert trip.sighting is None
        assert trip.intent.predicted_eta_minutes == 20

    def test_after_a_wrong_first_position_the_third_right_one_is_believed(self) -> None:
        trip = locate(
            approved(), self.FAR, NOW, distance=9_000, estimate=an_estimate(3_000), fence=150
        )
        outcomes = []
        for at in (0.5, 1, 1.5):
            trip, believed = self.sent(trip, at, PLACE)
            outcomes.append(believed)
        assert outcomes == [False, False, True]
        assert trip.intent.predicted_eta_minutes == 20
        assert expected(trip, later(1.5)) == later(21.5)

    def test_wrong_positions_that_disagree_are_never_believed(self) -> None:
        trip = pinged(approved(), 0, 20)
        for number in range(6):
            elsewhere = Coordinates(PLACE.latitude + 0.3 * (number + 1), PLACE.longitude)
            trip, believed = self.sent(trip, 0.5 * (number + 1), elsewhere)
            assert not believed

    def test_a_position_that_was_set_aside_is_a_place_and_goes_with_the_others(self) -> None:
        trip, _ = self.sent(pinged(approved(), 0, 20), 0.5, self.FAR)
        assert _keeps(trip, self.FAR)
        assert not _keeps(end_trip(trip, "arrived", later(1)), self.FAR)


def test_a_guests_word_is_believed_and_stands_beside_what_was_predicted() -> None:
    trip = promise_arrival(pinged(approved(), 0, 20), 35, later(1))
    intent = trip.intent
    assert (intent.confirmed_eta_minutes, intent.predicted_eta_minutes) == (35, 20)
    assert (intent.minutes_left(later(1)), intent.eta_source) == (35, "user")
    assert expected(trip, later(1)) == later(36)
    nearer = pinged(trip, 2, 18).intent
    assert nearer.minutes_left(later(2)) == nearer.predicted_eta_minutes
    with pytest.raises(Conflict, match="arrival_not_open"):
        promise_arrival(Trip(), 35, NOW)


def test_what_was_heard_of_the_way_is_worth_less_with_every_minute() -> None:
    said = announced(lead_minutes=31).intent
    assert [said.minutes_left(later(after)) for after in (0, 0.5, 1, 23, 31, 40)] == [
        31,
        31,
        30,
        8,
        0,
        0,
    ]
    promise = promise_arrival(pinged(approved(), 0, 20), 35, NOW)
    assert promise.intent.minutes_left(later(10)) == 25
    assert end_trip(promise, "arrived", later(10)).intent.minutes_left(later(10)) == 0
    assert Trip().intent.minutes_left(NOW) is None


def test_asking_again_keeps_what_is_known_of_the_way() -> None:
    for share_location in [True, False]:
        trip = pinged(approved(), 0, 20)
        again = announce(
            trip, a_wish(lead_minutes=60, share_location=share_location), later(1), ALL
        )
        assert again.intent.predicted_eta_minutes == 20
        assert again.intent.traffic_source == "osrm"
        assert (again.intent.current_location is not None) == share_location
        assert expected(again, later(1)) == later(61)


def test_a_small_move_renews_the_signal_and_keeps_the_way() -> None:
    trip = pinged(approved(), 0, 20)
    still = locate(trip, PLACE, later(2), distance=5_000, estimate=None, fence=150)
    assert still.intent.last_signal == still.pinged_at == later(2)
    assert still.routed_from == trip.routed_from
    assert still.intent.traffic_updated_at == NOW
    assert still.forecast is not None
    assert trip.forecast is not None
    assert still.forecast.remaining == trip.forecast.remaining


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ping"), st.floats(1, 80), st.sampled_from([20.0, 140.0, 9_000.0])),
        st.tuples(st.just("word"), st.integers(1, 120), st.none()),
        st.tuples(st.just("request"), st.integers(5, 90), st.booleans()),
        st.tuples(
            st.just("decide"),
            st.sampled_from(["approve", "queue", "reject", "cancel", "arrive"]),
            st.none(),
        ),
        st.tuples(st.just("wait"), st.none(), st.none()),
    ),
    max_size=40,
)


@given(STEPS, st.floats(0.1, 12))
def test_whatever_happens_the_kitchen_is_told_to_start_at_most_once(
    steps: list[tuple[str, Any, Any]], pause: float
) -> None:
    trip, told = announced(), []
    for number, step in enumerate(steps):
        at = number * pause
        try:
            trip = _stepped(trip, step, at)
        except Conflict:
            continue
        trip, tellings = review(trip, PLAN, later(at))
        told += tellings
        assert review(trip, PLAN, later(at)).alerts == ()
        assert (trip.fired_at is not None) == ("fire" in told)
        assert trip.is_open or not _keeps(trip, PLACE)
        due = due_at(msgspec.structs.replace(trip, late="kept"), PLAN, later(at))
        assert due is None or due > later(at)
        waited_for = trip.intent.status == "arrived" and later(at) < PLAN.held_until
        assert (due is not None) == (trip.is_open or waited_for)
    assert told.count("fire") <= 1
    assert "hold" not in told or told.index("fire") < told.index("hold")


def _stepped(trip: Trip, step: tuple[str, Any, Any], at: float) -> Trip:
    kind, value, more = step
    if kind == "ping":
        return pinged(trip, at, value, distance=more)
    if kind == "word":
        return promise_arrival(trip, value, later(at))
    if kind == "request":
        return announce(trip, a_wish(lead_minutes=value, share_location=more), later(at), ALL)
    if kind == "decide":
        return decide(trip, value, later(at), ALL)
    return trip


def _keeps(trip: Trip, place: Coordinates) -> bool:
    """Whether the place stands anywhere in what is kept of the trip."""
    return msgspec.json.encode(place) in msgspec.json.encode(trip)


def _width(seen: Any) -> int:
    return int(seen.latest_minutes - seen.earliest_minutes)


def test_the_kitchen_does_not_hold_for_a_near_guest_at_a_light_while_no_map_service_answers() -> (
    None
):
    wish = Wish(
        lead_minutes=30,
        prep_scope="starters",
        share_location=True,
        eta_source="location",
        auto_charge=False,
    )
    trip = decide(announce(Trip(), wish, NOW, ALL), "approve", NOW, ALL)
    plan = PLAN._replace(booked=NOW)
    km_a_second = AS_SHIPPED.city_kmh / AS_SHIPPED.detour / 3600
    km, told, moment = 8.0, list[ArrivalAlert](), NOW
    light = 4  # pings of half a minute
    while km > 0.15:
        seconds = max(fallback_seconds(km, AS_SHIPPED), 60.0)
        estimate = an_estimate(seconds, provider="fallback")
        trip = locate(trip, PLACE, moment, distance=km * 1000, estimate=estimate, fence=150)
        trip, alerts = review(trip, plan, moment)
        told += alerts
        moment += dt.timedelta(seconds=30)
        if km < 0.3 and light:
            light -= 1
        else:
            km -= 30 * km_a_second
    assert [alert for alert in told if alert in {"fire", "hold"}] == ["fire"]
