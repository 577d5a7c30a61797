"""Reservations at the terminal: looked at, cancelled, and handed on."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bakureserve.cli import reservations as commands
from bakureserve.cli.status import Status
from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.reservations.reservation import ArrivalIntent, Reservation
from bakureserve.settings import Settings
from bakureserve.store.transaction import Transaction
from tests.cli.conftest import Ran, Run
from tests.kit import program
from tests.kit.builders import utc
from tests.kit.houses import CAY_EVI, SAHIL, by_another_hand
from tests.store.samples import a_reservation, book

BOOKED = [
    a_reservation("dinner", start=utc("2027-03-05 15:00"), guest_phone="+994 50 555 01 01"),
    a_reservation("late", start=utc("2027-03-05 18:00"), table_id="t2", guest_name="Rauf"),
    a_reservation("over", start=utc("2027-03-04 15:00"), status="completed"),
    a_reservation("berlin", start=utc("2027-03-05 15:00"), restaurant_id=CAY_EVI.id, party_size=1),
]
"""Four reservations; in the order of their start and id: over, berlin, dinner, late."""


def keep(settings: Settings, *reservations: Reservation) -> None:
    def write(transaction: Transaction) -> None:
        for reservation in reservations:
            book(transaction, reservation)

    by_another_hand(settings.database_path, write)


@pytest.fixture(autouse=True)
def _booked(house_settings: Settings) -> None:
    keep(house_settings, *BOOKED)


def ids(ran: Ran) -> list[str]:
    assert ran.status == Status.OK, ran.err
    return [row[0] for row in ran.cells]


class TestListing:
    def test_times_are_told_in_the_restaurants_own_zone(self, run: Run) -> None:
        rows = run("reservations", "list").cells

        assert rows[1][:5] == ["berlin", "isti-cay-evi", "2027-03-05 16:00", "18:00", "1"]
        assert rows[2] == [
            "dinner",
            "sahil-bagi",
            "2027-03-05 19:00",
            "21:00",
            "2",
            "T1",
            "Aysel",
            "booked",
        ]

    @pytest.mark.parametrize(
        ("filters", "found"),
        [
            ([], ["over", "berlin", "dinner", "late"]),
            (["--restaurant", "sahil-bagi"], ["over", "dinner", "late"]),
            (["--restaurant", CAY_EVI.id], ["berlin"]),
            (["--date", "2027-03-05"], ["berlin", "dinner", "late"]),
            (["--status", "completed"], ["over"]),
            (["--date", "2027-03-05", "--restaurant", SAHIL.id], ["dinner", "late"]),
            (["--limit", "2"], ["over", "berlin"]),
            (["--date", "2027-03-06"], []),
        ],
    )
    @pytest.mark.parametrize("page", [1, 2, 1000])
    def test_filters_narrow_it_whatever_the_size_of_a_page(
        self,
        filters: list[str],
        found: list[str],
        page: int,
        run: Run,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(commands, "_PAGE", page)

        assert ids(run("reservations", "list", *filters)) == found

    @pytest.mark.parametrize(
        ("filters", "status", "said"),
        [
            (["--restaurant", "nowhere"], Status.NOT_FOUND, "There is no restaurant nowhere."),
            (["--date", "tomorrow"], Status.REFUSED, "'tomorrow'"),
            (["--status", "eaten"], Status.REFUSED, "'eaten'"),
            (["--limit", "0"], Status.REFUSED, "'--limit'"),
            (["--limit", "99999999999999999999"], Status.REFUSED, "'--limit'"),
        ],
    )
    def test_a_filter_that_means_nothing_is_refused(
        self, filters: list[str], status: Status, said: str, run: Run
    ) -> None:
        ran = run("reservations", "list", *filters)

        assert (ran.status, ran.out) == (status, "")
        assert said in ran.err

    def test_json_is_what_the_server_answers(self, run: Run) -> None:
        listed = run("reservations", "list", "--json", "--date", "2027-03-05").json

        assert [each["start"] for each in listed] == [
            "2027-03-05T16:00:00+01:00",
            "2027-03-05T19:00:00+04:00",
            "2027-03-05T22:00:00+04:00",
        ]
        assert listed[0]["arrival_intent"]["status"] == "idle"

    def test_csv_has_a_heading_and_everything(self, run: Run) -> None:
        ran = run("reservations", "list", "--csv", "--restaurant", "isti-cay-evi")

        (row,) = csv.DictReader(io.StringIO(ran.out.removeprefix("\ufeff")))
        assert row["restaurant"] == "İsti Çay Evi"
        assert row["start"] == "2027-03-05T16:00:00+01:00"
        assert row["service_date"] == "2027-03-05"

    def test_a_terminal_gets_a_table(self, house_settings: Settings) -> None:
        folder = house_settings.data_dir
        shown = program.on_a_terminal("reservations", "list", cwd=folder, DATA_DIR=str(folder))

        assert "GUEST" in shown
        assert "Rauf" in shown

    def test_reservations_of_a_restaurant_that_was_removed_are_still_listed(
        self, run: Run, house_settings: Settings
    ) -> None:
        assert run("reservations", "cancel", "berlin", "--yes").status == Status.OK
        assert "is hidden" in run("restaurants", "remove", CAY_EVI.slug, "--yes").err

        assert ids(run("reservations", "list", "--restaurant", CAY_EVI.slug)) == ["berlin"]


class TestShowing:
    def test_it_is_told_field_by_field(self, run: Run) -> None:
        facts = dict(run("reservations", "show", "dinner").cells)

        assert facts["guest name"] == "Aysel"
        assert facts["start"] == "2027-03-05T19:00:00+04:00"
        assert facts["table"] == "T1"
        assert "attention" not in facts
        assert "prep items" not in facts

    def test_a_uuid_is_read_in_any_letter_case(self, run: Run, house_settings: Settings) -> None:
        id_, restaurant = (f"0b5c1a3e-aaaa-4bbb-8ccc-{digit * 12}" for digit in "ab")
        keep(house_settings, a_reservation(id_, start=utc("2027-03-06 15:00")))

        for command in (["show"], ["cancel", "--yes"]):
            assert run("reservations", *command, id_.upper()).status == Status.OK
        assert run("reservations", "show", "DINNER").status == Status.NOT_FOUND
        assert restaurant in run("restaurants", "show", restaurant.upper()).err

    def test_json_is_what_the_server_answers(self, run: Run) -> None:
        shown = run("reservations", "show", "dinner", "--json").json

        assert (shown["id"], shown["guest_phone"]) == ("dinner", "+994 50 555 01 01")

    @pytest.mark.parametrize(
        "command", [["show", "way", "--json"], ["list", "--json"], ["export", "--format", "jsonl"]]
    )
    def test_nobody_at_the_terminal_learns_where_a_guest_is(
        self, command: list[str], run: Run, house_settings: Settings
    ) -> None:
        way = ArrivalIntent(
            status="approved",
            predicted_eta_minutes=12,
            current_location=Coordinates(40.4123, 49.8123),
            last_location=Coordinates(40.4124, 49.8124),
            route_distance_km=5.21,
        )
        keep(
            house_settings,
            a_reservation("way", start=utc("2027-03-06 15:00"), arrival_intent=way),
        )

        out = run("reservations", *command).out

        assert '"predicted_eta_minutes":12' in out.replace(": ", ":")
        assert not any(told in out for told in ("40.41", "49.81", "5.21"))

    def test_an_unknown_one_is_not_found(self, run: Run) -> None:
        ran = run("reservations", "show", "nowhere")

        assert ran == (Status.NOT_FOUND, "", "There is no reservation nowhere.\n")


class TestCancelling:
    def test_what_it_made_of_them_is_json_when_asked_for(self, run: Run) -> None:
        told = run("reservations", "cancel", "dinner", "late", "--yes", "--json").json

        assert [(row["id"], row["status"]) for row in told] == [
            ("dinner", "cancelled"),
            ("late", "cancelled"),
        ]

    def test_it_frees_the_table(self, run: Run, house_settings: Settings) -> None:
        ran = run("reservations", "cancel", "dinner", "late", "dinner", "--yes")

        assert ran.status == Status.OK
        assert ran.err.splitlines() == [
            "Cancelled dinner: Aysel, 2 covers, 2027-03-05 19:00, sahil-bagi.",
            "Cancelled late: Rauf, 2 covers, 2027-03-05 22:00, sahil-bagi.",
        ]
        assert ids(run("reservations", "list", "--status", "cancelled")) == ["dinner", "late"]
        held = by_another_hand(
            house_settings.database_path,
            lambda tx: tx.all("select reservation_id from table_occupancy"),
        )
        assert held == [("berlin",)]

    def test_cancelling_again_changes_nothing(self, run: Run) -> None:
        run("reservations", "cancel", "dinner", "--yes")
        before = run("reservations", "show", "dinner").out

        assert run("reservations", "cancel", "dinner", "--yes").status == Status.OK
        assert run("reservations", "show", "dinner").out == before

    @pytest.mark.parametrize(
        ("other", "status", "said"),
        [
            ("nowhere", Status.NOT_FOUND, "There is no reservation nowhere."),
            ("over", Status.CONFLICT, "A reservation that is completed cannot"),
        ],
    )
    def test_one_that_cannot_be_cancelled_leaves_all_as_they_were(
        self, other: str, status: Status, said: str, run: Run
    ) -> None:
        ran = run("reservations", "cancel", "dinner", other, "--yes")

        assert ran.status == status
        assert ran.err.startswith(said)
        assert ids(run("reservations", "list", "--status", "cancelled")) == []

    def test_it_asks_and_with_nobody_to_answer_does_nothing(self, run: Run) -> None:
        ran = run("reservations", "cancel", "dinner")

        assert ran.status == Status.REFUSED
        assert "This cancels:\n  dinner: Aysel, 2 covers" in ran.err
        assert ids(run("reservations", "list", "--status", "cancelled")) == []


class TestExporting:
    def test_csv_is_the_default(self, run: Run) -> None:
        rows = list(
            csv.DictReader(io.StringIO(run("reservations", "export").out.removeprefix("\ufeff")))
        )

        assert [row["id"] for row in rows] == ["over", "berlin", "dinner", "late"]
        assert rows[2]["guest_phone"] == "'+994 50 555 01 01"

    def test_json_is_an_array_and_jsonl_a_line_each(self, run: Run) -> None:
        array = run("reservations", "export", "--format", "json").json
        lines = run("reservations", "export", "--format", "jsonl").out.splitlines()

        assert [json.loads(line) for line in lines] == array
        assert [each["id"] for each in array] == ["over", "berlin", "dinner", "late"]

    def test_it_goes_to_a_file_only_its_owner_can_read(self, run: Run, tmp_path: Path) -> None:
        ran = run("reservations", "export", "--format", "jsonl", "--output", "out", "--limit", "3")

        assert (ran.status, ran.out, ran.err) == (Status.OK, "", "Wrote out.\n")
        assert len((tmp_path / "out").read_text().splitlines()) == 3
        assert (tmp_path / "out").stat().st_mode & 0o077 == 0

    def test_it_takes_the_filters_of_the_list(self, run: Run) -> None:
        ran = run(
            *("reservations", "export", "--format", "json", "--date", "2027-03-05"),
            *("--restaurant", "sahil-bagi", "--status", "booked"),
        )

        assert [each["id"] for each in ran.json] == ["dinner", "late"]

    def test_a_terminal_sees_a_bar(self, house_settings: Settings) -> None:
        folder = house_settings.data_dir
        shown = program.on_a_terminal(
            *("reservations", "export", "--output", "out"), cwd=folder, DATA_DIR=str(folder)
        )

        assert "Exporting" in shown
        assert "100%" in shown

    def test_no_more_than_a_page_is_held(
        self, run: Run, house_settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The rows are written as they are read: of ten times as many, no more are held."""
        monkeypatch.setattr(commands, "_PAGE", 10)
        peaks = []
        for day in range(2):
            keep(house_settings, *_crowd(day, 30 if day == 0 else 300))
            peaks.append(_peak(lambda: run("reservations", "export", "--output", "out")))

        assert peaks[1] < peaks[0] * 1.5


def _crowd(day: int, size: int) -> Iterator[Reservation]:
    """Past parties with long names."""
    for number in range(size):
        yield a_reservation(
            f"{day}-{number:04}",
            start=utc(f"2026-05-0{day + 1} 15:00"),
            status="completed",
            guest_name="x" * 10_000,
        )


def _peak(work: Callable[[], object]) -> int:
    """Bytes held at most at one time."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


class TestClosingDays:
    def test_all_that_are_over_are_closed_and_told(
        self, run: Run, house_settings: Settings
    ) -> None:
        missed = a_reservation("missed", start=utc("2026-03-05 15:00"), table_id="t3")
        keep(house_settings, missed)

        dry = run("reservations", "close-day", "--all-no-show", "--dry-run").cells
        assert run("reservations", "close-day", "--all-no-show").cells == dry
        assert dry == [[SAHIL.slug, "2026-03-05", "0", "0", "1", "0"]]
        again = run("reservations", "close-day", "--all-no-show")
        assert (again.cells, again.err.partition(":")[0]) == ([], "Nothing to settle")

    def test_a_day_that_is_not_over_is_not(self, run: Run) -> None:
        ran = run("reservations", "close-day", "--restaurant", SAHIL.slug, "--date", "2099-03-05")

        assert ran.status == Status.CONFLICT
        assert "too early" in ran.err

    def test_all_came_or_none_did(self, run: Run) -> None:
        ran = run("reservations", "close-day", "--all-came", "--all-no-show")

        assert ran.status == Status.REFUSED
