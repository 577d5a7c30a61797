"""What stays of a reservation once its guest is forgotten."""

from __future__ import annotations

import msgspec

from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.reservations.lifecycle import without_guest
from bakureserve.domain.reservations.reservation import ArrivalIntent, Prep, Reservation
from tests.kit.builders import utc
from tests.kit.rows import a_reservation

NOW = utc("2026-05-01 09:00")
SECRET = "SECRET"


def a_telling_reservation(**fields: object) -> Reservation:
    """A reservation that has SECRET, or 40.4 degrees, in every place that can hold it."""
    told = a_reservation(
        party_size=4,
        guest_name=SECRET,
        guest_phone=SECRET,
        owner_id=SECRET,
        prep=Prep(items=(SECRET,), status="accepted"),
        arrival_intent=ArrivalIntent(
            status="approved",
            lead_minutes=20,
            prep_scope="full",
            eta_source="location",
            last_signal=NOW,
            share_location=True,
            notes=SECRET,
            auto_charge=True,
            predicted_eta_minutes=40,
            predicted_eta_seconds=2400,
            typical_eta_minutes=40,
            confirmed_eta_minutes=40,
            current_location=Coordinates(40.4, 49.8),
            last_location=Coordinates(40.4, 49.8),
            route_distance_km=40.4,
            route_summary=SECRET,
            traffic_condition="heavy",
            fire_at=NOW,
            arrived_at=NOW,
        ),
        extra={"note": SECRET},
        version=3,
    )
    return msgspec.structs.replace(told, **fields)


def test_nothing_that_tells_of_the_guest_is_left() -> None:
    left = msgspec.json.encode(without_guest(a_telling_reservation(), NOW)).decode()
    assert SECRET not in left
    assert "40" not in left.replace("2026", "")


def test_what_a_restaurant_counts_is_left() -> None:
    told = a_telling_reservation(status="completed")
    left = without_guest(told, utc("2026-06-01 09:00"))
    for name in ("id", "restaurant_id", "table_id", "party_size", "start", "end", "held_until",
                 "service_date", "status", "created_at", "version"):  # fmt: skip
        assert getattr(left, name) == getattr(told, name)
    assert left.updated_at == utc("2026-06-01 09:00")
    intent = left.arrival_intent
    assert (intent.status, intent.lead_minutes, intent.fire_at) == ("approved", 20, NOW)


def test_only_a_booking_still_to_come_is_cancelled() -> None:
    for status, now, after in [
        ("booked", "2026-05-01 09:00", "cancelled"),
        ("booked", "2026-05-01 16:59", "cancelled"),
        ("booked", "2026-05-01 17:00", "booked"),
        ("seated", "2026-05-01 16:00", "seated"),
        ("completed", "2026-05-01 16:00", "completed"),
        ("no_show", "2026-05-01 16:00", "no_show"),
        ("cancelled", "2026-05-01 09:00", "cancelled"),
    ]:
        assert without_guest(a_telling_reservation(status=status), utc(now)).status == after


def test_what_is_cancelled_with_its_guest_need_not_be_looked_at() -> None:
    marked = a_telling_reservation(attention=("outside_hours", "table_overstayed"))
    assert without_guest(marked, NOW).attention == ()
    assert without_guest(marked, marked.end).attention == marked.attention
