from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.reservations.reservation import NAMELESS, ArrivalIntent, Prep
from bakureserve.store import trips
from tests.kit.builders import utc
from tests.store.legacy.old_server import (
    NOW,
    a_restaurant,
    a_row,
    codes,
    entry_of,
    run,
    stored,
    without,
    write,
)
from tests.store.samples import at_the_prompt, in_transaction


def imported(path: Path, tmp_path: Path, row: dict[str, Any], **restaurant: Any) -> Any:
    return run(path, write(tmp_path / "old", [row], restaurants=[a_restaurant(**restaurant)]))


@pytest.mark.parametrize(
    ("zone", "start", "end", "starts_at", "ends_at"),
    [
        ("Asia/Baku", "2026-12-03T19:00:00+04:00", "2026-12-03T20:30:00+04:00", "15:00", "16:30"),
        ("Asia/Baku", "2026-12-03T15:00:00+00:00", "2026-12-03T16:30:00Z", "15:00", "16:30"),
        ("Asia/Baku", "2026-12-03t15:00:00z", "2026-12-03t16:30:00z", "15:00", "16:30"),
        ("Asia/Baku", "2026-12-03T19:00:00", "2026-12-03T20:30:00", "15:00", "16:30"),
        ("Asia/Baku", "2026-12-03 19:00", "2026-12-03T16:30:00.000Z", "15:00", "16:30"),
        ("Europe/Berlin", "2026-12-03T19:00:00", "2026-12-03T20:30:00", "18:00", "19:30"),
    ],
)
def test_a_time_without_an_offset_is_the_restaurants_own(
    path: Path, tmp_path: Path, zone: str, start: str, end: str, starts_at: str, ends_at: str
) -> None:
    report = imported(path, tmp_path, a_row(start=start, end=end), timezone=zone)
    assert report.is_clean
    found = stored(path)
    assert found.start == utc(f"2026-12-03 {starts_at}")
    assert found.end == found.held_until == utc(f"2026-12-03 {ends_at}")
    assert found.service_date == dt.date(2026, 12, 3)


def test_the_other_times_without_an_offset_are_utc(path: Path, tmp_path: Path) -> None:
    row = a_row(
        created_at="2026-11-01T08:00:00",
        updated_at="2026-11-01T12:30:00+04:00",
        prep_request_time="2026-11-01T08:10:00",
        arrival_intent={
            "status": "queued",
            "last_signal": "2026-11-01T08:20:00",
            "traffic_updated_at": "2026-11-01T08:21:00.5",
        },
    )
    assert imported(path, tmp_path, row).is_clean
    found = stored(path)
    assert (found.created_at, found.updated_at) == (
        utc("2026-11-01 08:00"),
        utc("2026-11-01 08:30"),
    )
    assert found.prep.request_time == utc("2026-11-01 08:10")
    assert found.arrival_intent.last_signal == utc("2026-11-01 08:20")
    assert found.arrival_intent.traffic_updated_at == utc("2026-11-01 08:21:00.500")


def test_a_row_without_a_creation_time_was_created_by_the_import(
    path: Path, tmp_path: Path
) -> None:
    imported(path, tmp_path, a_row())
    assert (stored(path).created_at, stored(path).updated_at) == (NOW, NOW)


def test_everything_a_guest_said_comes_along(path: Path, tmp_path: Path) -> None:
    place = {"latitude": 40.37, "longitude": 49.84}
    row = a_row(
        owner_id="auth0|5f7c8ec7",
        prep_eta_minutes=15,
        prep_items=["Plov", "Çay"],
        prep_scope="full",
        prep_status="accepted",
        prep_policy="We ping the kitchen.",
        arrival_intent={
            "status": "approved",
            "lead_minutes": 20,
            "prep_scope": "mains",
            "eta_source": "location",
            "share_location": True,
            "auto_charge": True,
            "notes": "Pəncərə yanı",
            "predicted_eta_minutes": 11,
            "predicted_eta_seconds": 660,
            "confirmed_eta_minutes": 12,
            "current_location": place,
            "last_location": place,
            "route_distance_km": 7.01,
            "traffic_source": "fallback",
            "traffic_condition": "heavy",
        },
    )
    assert imported(path, tmp_path, row).is_clean
    found = stored(path)
    assert found.owner_id == "auth0|5f7c8ec7"
    assert found.prep == Prep(
        eta_minutes=15,
        items=("Plov", "Çay"),
        scope="full",
        status="accepted",
        policy="We ping the kitchen.",
    )
    assert found.arrival_intent == ArrivalIntent(
        status="approved",
        lead_minutes=20,
        prep_scope="mains",
        eta_source="location",
        share_location=True,
        auto_charge=True,
        notes="Pəncərə yanı",
        predicted_eta_minutes=11,
        predicted_eta_seconds=660,
        confirmed_eta_minutes=12,
        current_location=Coordinates(40.37, 49.84),
        last_location=Coordinates(40.37, 49.84),
        route_distance_km=7.01,
        traffic_source="fallback",
        traffic_condition="heavy",
    )


def test_places_that_the_old_server_left_are_found_by_the_privacy_sweep(
    path: Path, tmp_path: Path
) -> None:
    place = {"latitude": 40.37, "longitude": 49.84}
    left = a_row(arrival_intent={"status": "arrived", "current_location": place})
    imported(path, tmp_path, left)
    with at_the_prompt(path) as connection:
        now = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
        found = trips.with_needless_places(
            in_transaction(connection), now, unheard_since=now, limit=5
        )
    assert found == [stored(path).id]


@pytest.mark.parametrize(
    ("place", "kept", "reasons"),
    [
        ((40.40, 49.90), Coordinates(40.40, 49.90), []),
        ((49.90, 40.40), Coordinates(40.40, 49.90), ["old_place_swapped"]),
        ((0, 0), None, ["old_place_unusable"]),
        ((51.5, -0.12), None, ["old_place_unusable"]),
    ],
)
def test_a_guest_was_where_a_guest_can_be(
    path: Path, tmp_path: Path, place: tuple[float, float], kept: Any, reasons: list[str]
) -> None:
    latitude, longitude = place
    seen = {"latitude": latitude, "longitude": longitude}
    row = a_row(arrival_intent={"status": "approved", "current_location": seen})
    baku = a_restaurant(latitude=40.37, longitude=49.84)
    report = run(path, write(tmp_path / "old", [row], restaurants=[baku]))
    assert stored(path).arrival_intent.current_location == kept
    assert stored(path).extra == {}
    assert [
        reason.code for entry in report.entries if entry.id == "r1" for reason in entry.reasons
    ] == reasons


def test_what_a_guest_said_before_setting_out_is_kept_as_well(path: Path, tmp_path: Path) -> None:
    imported(path, tmp_path, a_row(arrival_intent={"status": "idle", "notes": "Window"}))
    assert stored(path).arrival_intent == ArrivalIntent(notes="Window")


REJECTED: dict[str, tuple[str, dict[str, Any]]] = {
    "a start that is no time": ("old_time_unreadable", {"start": "tonight"}),
    "a start that is a date": ("old_time_unreadable", {"start": "2026-12-03"}),
    "a start that is a number": ("old_time_unreadable", {"start": 1796310000}),
    "no start": ("old_time_unreadable", {"start": None}),
    "an end that is no time": ("old_time_unreadable", {"end": "2026-13-03T19:00:00"}),
    "a start beyond the calendar": ("old_time_unreadable", {"start": "9999-12-31T23:59:59-10:00"}),
    "no party": ("old_party_unreadable", {"party_size": None}),
    "nobody": ("old_party_unreadable", {"party_size": 0}),
    "half a person": ("old_party_unreadable", {"party_size": 2.5}),
    "a crowd in words": ("old_party_unreadable", {"party_size": "many"}),
    "an unknown status": ("old_status_unknown", {"status": "waitlisted"}),
    "a status that is no word": ("old_status_unknown", {"status": {}}),
    "an unknown restaurant": ("old_restaurant_unknown", {"restaurant_id": "v9"}),
    "no restaurant": ("old_restaurant_unknown", {"restaurant_id": None}),
    "a restaurant that is no id": ("old_restaurant_unknown", {"restaurant_id": ["v1"]}),
}


@pytest.mark.parametrize(("code", "fields"), REJECTED.values(), ids=REJECTED)
def test_a_row_that_cannot_be_understood_is_rejected_and_the_others_land(
    path: Path, tmp_path: Path, code: str, fields: dict[str, Any]
) -> None:
    folder = write(tmp_path / "old", [a_row("r0", table_id="t2"), a_row(**fields)])
    report = run(path, folder)
    assert codes(report) == [code]
    assert (entry_of(report).outcome, entry_of(report).position) == ("rejected", 1)
    assert stored(path, "r0").status == "booked"


LONG = "A" * 200
ADJUSTED: dict[str, tuple[list[str], dict[str, Any], dict[str, Any]]] = {
    "a number in quotes": (["old_value_converted"], {"party_size": "2"}, {"party_size": 2}),
    "a phone without quotes": (
        ["old_value_converted"],
        {"guest_phone": 994120000000},
        {"guest_phone": "994120000000"},
    ),
    "an id that is a number": (["old_value_converted"], {"id": 7}, {"id": "7"}),
    "a status in capitals": (["old_value_converted"], {"status": " BOOKED"}, {"status": "booked"}),
    "American spelling": (["old_value_converted"], {"status": "canceled"}, {"status": "cancelled"}),
    "no status": (["old_status_assumed"], {"status": None}, {"status": "booked"}),
    "no name": (["old_name_missing"], {"guest_name": ""}, {"guest_name": NAMELESS}),
    "a name that is too long": (["old_text_cut"], {"guest_name": LONG}, {"guest_name": LONG[:80]}),
    "a name with white space": (
        ["old_text_squeezed"],
        {"guest_name": " Aysel\n Əliyeva\0"},
        {"guest_name": "Aysel Əliyeva"},
    ),
    "an owner that is a list": (["old_value_unusable"], {"owner_id": [1]}, {"owner_id": None}),
    "an end before the start": (
        ["old_end_before_start"],
        {"end": "2026-12-03T18:00:00+04:00"},
        {"end": utc("2026-12-03 16:30")},
    ),
    "no end": (["old_end_missing"], {"end": None}, {"end": utc("2026-12-03 16:30")}),
    "a sitting of three days": (
        ["old_sitting_too_long"],
        {"end": "2026-12-06T20:30:00+04:00"},
        {"end": utc("2026-12-04 15:00")},
    ),
    "a pre-order of one word": (["old_value_unusable"], {"prep_items": "Plov"}, {"prep": Prep()}),
    "an intent that is text": (
        ["old_value_unusable"],
        {"arrival_intent": "soon"},
        {"arrival_intent": ArrivalIntent()},
    ),
    "words that an intent does not know": (
        ["old_value_unusable", "old_value_unusable"],
        {"arrival_intent": {"status": "flying", "eta_source": "stars", "notes": "x"}},
        {"arrival_intent": ArrivalIntent(notes="x")},
    ),
    "numbers out of range": (
        ["old_value_unusable", "old_value_unusable"],
        {
            "arrival_intent": {
                "status": "requested",
                "lead_minutes": -5,
                "last_location": {"latitude": 91, "longitude": 0},
            }
        },
        {"arrival_intent": ArrivalIntent(status="requested")},
    ),
    "a signal that is no time": (
        ["old_value_unusable"],
        {"arrival_intent": {"status": "requested", "last_signal": "soon"}},
        {"arrival_intent": ArrivalIntent(status="requested")},
    ),
    "a creation time that is no time": (
        ["old_value_unusable"],
        {"created_at": "yesterday"},
        {"created_at": NOW},
    ),
    "a creation time before the calendar": (
        ["old_value_unusable"],
        {"created_at": "0001-01-01T00:00:00+14:00"},
        {"created_at": NOW},
    ),
}


@pytest.mark.parametrize(("expected", "fields", "kept"), ADJUSTED.values(), ids=ADJUSTED)
def test_a_value_that_cannot_stand_is_adjusted_listed_and_kept_aside(
    path: Path, tmp_path: Path, expected: list[str], fields: dict[str, Any], kept: dict[str, Any]
) -> None:
    report = imported(path, tmp_path, a_row(**fields))
    id_ = str(fields.get("id", "r1"))
    assert codes(report, id_) == expected
    assert entry_of(report, id_).outcome == "adjusted"
    found = stored(path, id_)
    assert {name: getattr(found, name) for name in kept} == kept
    ((name, value),) = fields.items()
    if name == "arrival_intent" and isinstance(value, dict):
        assert found.extra[name].items() <= value.items()
        assert len(found.extra[name]) == len(expected)
    elif value is not None:
        assert found.extra == {name: value}


def test_notes_of_a_booking_come_along(path: Path, tmp_path: Path) -> None:
    assert imported(path, tmp_path, a_row(notes="Fındığa allergiya")).is_clean
    assert stored(path).notes == "Fındığa allergiya"
    assert stored(path).extra == {}


def test_notes_that_are_too_long_are_cut_and_kept_whole(path: Path, tmp_path: Path) -> None:
    report = imported(path, tmp_path, a_row(notes="a" * 2001))
    assert codes(report) == ["old_text_cut"]
    assert stored(path).notes == "a" * 2000
    assert stored(path).extra == {"notes": "a" * 2001}


def test_an_imported_booking_is_known_as_one(path: Path, tmp_path: Path) -> None:
    assert imported(path, tmp_path, a_row()).is_clean
    assert stored(path).source == "import"


def test_unknown_keys_are_kept_at_every_level(path: Path, tmp_path: Path) -> None:
    row = a_row(source="widget", arrival_intent={"status": "queued", "mood": ["happy"]})
    assert imported(path, tmp_path, row).is_clean
    assert stored(path).extra == {"source": "widget", "arrival_intent": {"mood": ["happy"]}}


@pytest.mark.parametrize(
    "missing", ["guest_phone", "owner_id", "arrival_intent", "prep_items", "prep_eta_minutes"]
)
def test_keys_that_say_nothing_may_be_missing(path: Path, tmp_path: Path, missing: str) -> None:
    assert imported(path, tmp_path, without(a_row(), missing)).is_clean


def test_a_row_without_an_id_gets_the_same_one_in_every_run(path: Path, tmp_path: Path) -> None:
    row = without(a_row(), "id")
    first = imported(path, tmp_path, row)
    (made,) = [entry for entry in first.entries if entry.file == "reservations.json"]
    again = imported(path, tmp_path, row)
    assert made.id is not None
    assert codes(first, made.id) == ["old_id_made"]
    assert stored(path, made.id).guest_name == "Aysel"
    assert again.files["reservations.json"].unchanged == 1


def test_of_rows_with_one_id_the_first_is_taken(path: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "old", [a_row(), a_row(guest_name="Rəşad", table_id="t2")])
    for _ in range(2):
        report = run(path, folder)
        rejected = [entry for entry in report.entries if entry.outcome == "rejected"]
        assert [(entry.position, entry.reasons[0].code) for entry in rejected] == [
            (1, "old_id_repeated")
        ]
    assert stored(path).guest_name == "Aysel"


def test_past_midnight_belongs_to_the_service_that_opened_before(
    path: Path, tmp_path: Path
) -> None:
    night = {"weekly": {"thu": [{"open": "18:00", "close": "02:00"}]}, "special_days": []}
    row = a_row(start="2026-12-04T00:30:00", end="2026-12-04T01:30:00")
    imported(path, tmp_path, row, opening_hours=night)
    assert stored(path).service_date == dt.date(2026, 12, 3)


def test_a_restaurant_may_be_named_by_its_slug(path: Path, tmp_path: Path) -> None:
    assert imported(path, tmp_path, a_row(restaurant_id="slug-v1")).is_clean
    assert stored(path).restaurant_id == "v1"


def test_nothing_personal_is_in_the_report(path: Path, tmp_path: Path) -> None:
    import io

    row = a_row(guest_name=f"Gizli\t{LONG}", guest_phone="+994 55 gizli " + LONG, party_size="x")
    out = io.BytesIO()
    imported(path, tmp_path, row).write_json(out)
    assert b"izli" not in out.getvalue()
    assert b"AAAA" not in out.getvalue()
