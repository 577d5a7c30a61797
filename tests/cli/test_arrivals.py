"""Guests on the way, and what is forgotten of them, at the terminal."""

from __future__ import annotations

import datetime as dt

import msgspec

from bakureserve.cli.exit_status import Status
from bakureserve.domain.arrivals.forecast import first
from bakureserve.domain.arrivals.trip import Trip
from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.reservations.reservation import ArrivalIntent
from bakureserve.store.arrivals import trips
from bakureserve.store.transaction import Transaction
from tests.cli.conftest import Run
from tests.kit.rows import a_reservation, book

HERE = Coordinates(40.4123, 49.8123)


def on_the_way(run: Run, id_: str, *, status: str = "approved") -> dt.datetime:
    """A guest who is expected twenty minutes from now, for the mains; when they are."""
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    arrival = now + dt.timedelta(minutes=20)
    intent = ArrivalIntent(
        status=status,  # type: ignore[arg-type]
        prep_scope="mains",
        share_location=True,
        last_signal=now,
        current_location=HERE,
        route_distance_km=7.3,
        fire_at=now,
    )
    trip = Trip(intent=intent, forecast=first(now, 900, "road"), pinged_at=now)

    def write(transaction: Transaction) -> None:
        reservation = book(transaction, a_reservation(id_, start=arrival, table_id=None))
        trips.save(transaction, reservation, trip, due_at=now, now=now)

    run.store(write)
    return arrival


def test_a_list_shows_how_late_a_guest_is_who_announced_nothing(run: Run) -> None:
    start = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=44, seconds=30)
    run.store(lambda tx: book(tx, a_reservation("silent", start=start, table_id="t2")))
    (row,) = run("arrivals", "list", "sahil-bagi").cells
    assert (row[0], *row[4:7], row[10]) == ("silent", "T2", "idle", "", "late 45")
    (told,) = run("arrivals", "list", "sahil-bagi", "--json").json
    assert told["table_id"] == "t2"


def test_a_list_tells_minutes_and_kitchen_and_not_where(run: Run) -> None:
    arrival = on_the_way(run, "way")
    (row,) = run("arrivals", "list", "sahil-bagi").cells
    booked = (arrival + dt.timedelta(hours=4)).strftime("%H:%M")
    assert row[:6] == ["way", booked, "Aysel", "2", "", "approved"]
    assert row[6].split()[0] in {"15", "16", "17", "18"}
    assert row[7:9] == ["8", "waiting"]
    assert "40.41" not in run("arrivals", "list", "sahil-bagi", "--json").out


def test_without_arrivals_the_list_is_empty(run: Run) -> None:
    assert run("arrivals", "list", "sahil-bagi", "--json").json == []
    assert run("arrivals", "list", "nowhere").status == Status.NOT_FOUND


def test_a_sweep_tells_the_kitchen_what_is_due_once(run: Run) -> None:
    on_the_way(run, "way")
    nearly_there = msgspec.json.encode(first(dt.datetime.now(dt.UTC), 120, "road")).decode()
    run.store(
        lambda tx: tx.execute(
            "update arrival_trip set document = json_set(document, '$.forecast', json(?))",
            (nearly_there,),
        )
    )
    assert run("arrivals", "sweep", "--json").json == {"trips": 1, "counts": {"fire": 1}}
    assert run("arrivals", "sweep").err == "Checked 0 trips; sent: nothing.\n"


def test_privacy_erases_where_guests_were_after_a_rehearsal(run: Run) -> None:
    on_the_way(run, "over", status="arrived")
    dry = run("privacy", "sweep", "--dry-run", "--json").json
    assert dry == {"reservations": 1, "erased": False}
    assert "would erase" in run("privacy", "sweep", "--dry-run").err
    assert run("privacy", "sweep").err == "Erased the coordinates of 1 reservation.\n"
    assert run("privacy", "sweep", "--json").json == {"reservations": 0, "erased": True}
    for table in ("arrival_intent", "arrival_trip"):
        assert "40.41" not in str(run.rows(f"select document from {table}"))
