from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.reservations.reservation import NAMELESS, ArrivalIntent, Prep
from tests.kit.builders import utc
from tests.kit.old_server import (
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


def test_everything_a_guest_said_comes_along(path: Path, tmp_path: Path) -> None:
    place = {"latitude": 40.37, "longitude": 49.84}
    row = a_row(
        restaurant_id="slug-v1",
        notes="Fındığa allergiya",
        source="widget",
        owner_id="auth0|5f7c8ec7",
        prep_eta_minutes=15,
        prep_items=["Plov", "Çay"],
        prep_scope="full",
        prep_status="accepted",
        prep_policy="We ping the kitchen.",
        arrival_intent={
            "mood": ["happy"],
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
    assert (found.restaurant_id, found.source, found.notes) == ("v1", "import", "Fındığa allergiya")
    assert (found.created_at, found.updated_at) == (NOW, NOW)
    assert found.extra == {"source": "widget", "arrival_intent": {"mood": ["happy"]}}
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
    seen = dict(zip(("latitude", "longitude"), place, strict=True))
    row = a_row(arrival_intent={"status": "approved", "current_location": seen})
    report = imported(path, tmp_path, row, latitude=40.37, longitude=49.84)
    assert stored(path).arrival_intent.current_location == kept
    assert stored(path).extra == {}
    assert [code for entry in report.entries if entry.id == "r1" for code in codes(report)] == (
        reasons
    )


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


def test_a_row_that_cannot_be_understood_is_rejected_and_the_others_land(
    path: Path, tmp_path: Path
) -> None:
    rejected = [a_row(f"r{place}", **fields) for place, (_, fields) in enumerate(REJECTED.values())]
    report = run(path, write(tmp_path / "old", [a_row("good"), *rejected]))
    for place, (code, _) in enumerate(REJECTED.values()):
        assert codes(report, f"r{place}") == [code]
        entry = entry_of(report, f"r{place}")
        assert (entry.outcome, entry.position) == ("rejected", place + 1)
    assert stored(path, "good").status == "booked"


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


def test_nothing_personal_is_in_the_report(path: Path, tmp_path: Path) -> None:
    import io

    row = a_row(guest_name=f"Gizli\t{LONG}", guest_phone="+994 55 gizli " + LONG, party_size="x")
    out = io.BytesIO()
    imported(path, tmp_path, row).write_json(out)
    assert b"izli" not in out.getvalue()
    assert b"AAAA" not in out.getvalue()
