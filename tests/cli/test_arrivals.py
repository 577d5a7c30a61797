"""Guests on the way, and what is forgotten of them, at the terminal."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from bakureserve.cli.status import Status
from bakureserve.domain.arrivals.forecast import first
from bakureserve.domain.arrivals.trip import Trip
from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.reservations.reservation import ArrivalIntent
from bakureserve.settings import Settings
from bakureserve.store import trips
from bakureserve.store.transaction import Transaction
from tests.cli.conftest import Run
from tests.kit.houses import by_another_hand
from tests.store.samples import a_reservation, book

HERE = Coordinates(40.4123, 49.8123)


def on_the_way(settings: Settings, id_: str, *, status: str = "approved") -> dt.datetime:
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

    by_another_hand(settings.database_path, write)
    return arrival


class TestListing:
    def test_it_shows_how_late_one_is_who_announced_nothing(
        self, run: Run, house_settings: Settings
    ) -> None:
        start = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=44, seconds=30)
        silent = a_reservation("silent", start=start, table_id=None)
        by_another_hand(house_settings.database_path, lambda tx: book(tx, silent))

        (row,) = run("arrivals", "list", "sahil-bagi").cells
        assert (row[0], row[5], row[6], row[10]) == ("silent", "idle", "", "late 45")

    def test_it_shows_the_tables_name(self, run: Run, house_settings: Settings) -> None:
        missed = a_reservation("missed", start=dt.datetime.now(dt.UTC), table_id="t2")
        by_another_hand(house_settings.database_path, lambda tx: book(tx, missed))

        (row,) = run("arrivals", "list", "sahil-bagi").cells
        assert row[4] == "T2"
        (told,) = run("arrivals", "list", "sahil-bagi", "--json").json
        assert told["table_id"] == "t2"

    def test_it_tells_minutes_and_kitchen_and_not_where(
        self, run: Run, house_settings: Settings
    ) -> None:
        arrival = on_the_way(house_settings, "way")
        ran = run("arrivals", "list", "sahil-bagi")

        (row,) = ran.cells
        booked = (arrival + dt.timedelta(hours=4)).strftime("%H:%M")
        assert row[:6] == ["way", booked, "Aysel", "2", "", "approved"]
        assert row[6].split()[0] in {"15", "16", "17", "18"}
        assert row[7:9] == ["8", "waiting"]
        assert "40.41" not in run("arrivals", "list", "sahil-bagi", "--json").out

    def test_nobody_is_an_empty_list(self, run: Run) -> None:
        assert run("arrivals", "list", "sahil-bagi", "--json").json == []

    def test_an_unknown_restaurant_is_not_found(self, run: Run) -> None:
        assert run("arrivals", "list", "nowhere").status == Status.NOT_FOUND


class TestSweeping:
    def test_it_tells_the_kitchen_what_is_due_once(
        self, run: Run, house_settings: Settings
    ) -> None:
        on_the_way(house_settings, "way")

        by_another_hand(house_settings.database_path, _make_it_urgent)
        assert run("arrivals", "sweep", "--json").json == {"trips": 1, "counts": {"fire": 1}}
        assert run("arrivals", "sweep").err == "Looked at 0 trips; told: nothing.\n"


class TestForgetting:
    @pytest.fixture(autouse=True)
    def _left_behind(self, house_settings: Settings) -> None:
        on_the_way(house_settings, "over", status="arrived")

    def test_a_dry_run_counts(self, run: Run) -> None:
        ran = run("privacy", "sweep", "--dry-run", "--json")
        assert ran.json == {"reservations": 1, "erased": False}
        assert "would erase" in run("privacy", "sweep", "--dry-run").err

    def test_a_sweep_erases(self, run: Run, house_settings: Settings) -> None:
        assert run("privacy", "sweep").err == "Erased the coordinates of 1 reservation.\n"
        assert run("privacy", "sweep", "--json").json == {"reservations": 0, "erased": True}
        documents = by_another_hand(
            house_settings.database_path,
            lambda tx: tx.all(
                "select document from arrival_intent union all select document from arrival_trip"
            ),
        )
        assert not any("40.41" in document for (document,) in documents)


def _make_it_urgent(transaction: Transaction) -> None:
    """The guest turns out to be nearly there."""
    now = dt.datetime.now(dt.UTC)
    forecast = msgspec.json.encode(first(now, 120, "road")).decode()
    transaction.execute(
        "update arrival_trip set document = json_set(document, '$.forecast', json(?))", (forecast,)
    )
