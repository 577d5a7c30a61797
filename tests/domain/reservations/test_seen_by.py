"""What each reader may see of a guest's way to the restaurant."""

from __future__ import annotations

import msgspec

from bakureserve.domain.accounts.actor import cli_actor, system_actor
from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.reservations.reservation import ArrivalIntent, Reservation, seen_by
from tests.kit.builders import utc
from tests.kit.cast import ADMIN, GUEST, HOST, OTHER_GUEST
from tests.kit.rows import a_reservation

NOW = utc("2026-05-01 09:00")


def on_the_way(owner_id: str | None) -> Reservation:
    """A reservation with everything that is known of a guest who shares their location."""
    intent = ArrivalIntent(
        status="approved",
        predicted_eta_minutes=40,
        predicted_eta_seconds=2400,
        current_location=Coordinates(40.4, 49.8),
        last_location=Coordinates(40.4, 49.8),
        route_distance_km=40.4,
        route_summary="Heydər Əliyev prospekti",
        fire_at=NOW,
    )
    return msgspec.structs.replace(a_reservation(owner_id=owner_id), arrival_intent=intent)


ALL_OTHERS = [OTHER_GUEST, HOST, ADMIN, cli_actor(GUEST.subject), system_actor(GUEST.subject)]


def test_others_see_minutes_and_whole_kilometres_of_a_guests_way() -> None:
    for reader in ALL_OTHERS:
        told = on_the_way(owner_id=GUEST.subject)
        seen = seen_by(reader, told).arrival_intent
        assert (seen.current_location, seen.last_location, seen.route_summary) == (None, None, None)
        assert seen.predicted_eta_seconds is None
        assert seen.route_distance_km == 41.0
        assert (seen.status, seen.predicted_eta_minutes, seen.fire_at) == ("approved", 40, NOW)


def test_a_guest_sees_their_own_way_whole() -> None:
    for scopes in [frozenset(), frozenset({"admin"})]:
        told = on_the_way(owner_id=GUEST.subject)
        reader = msgspec.structs.replace(GUEST, scopes=scopes)
        assert seen_by(reader, told) == told


def test_a_booking_without_an_owner_is_no_guest_s_to_follow() -> None:
    told = on_the_way(owner_id=None)
    assert seen_by(GUEST, told).arrival_intent.current_location is None
