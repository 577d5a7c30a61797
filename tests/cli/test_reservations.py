"""Reservations at the terminal: looked at, cancelled, and handed on."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from pathlib import Path

import pytest

from bakureserve.cli import reservations as commands
from bakureserve.cli.exit_status import Status
from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.reservations.reservation import ArrivalIntent, Reservation
from bakureserve.store.transaction import Transaction
from tests.cli.conftest import Ran, Run
from tests.kit.builders import utc
from tests.kit.houses import CAY_EVI, SAHIL
from tests.kit.rows import a_reservation, book

BOOKED = [
    a_reservation("dinner", start=utc("2027-03-05 15:00"), guest_phone="+994 50 555 01 01"),
    a_reservation("late", start=utc("2027-03-05 18:00"), table_id="t2", guest_name="Rauf"),
    a_reservation("over", start=utc("2027-03-04 15:00"), status="completed"),
    a_reservation("berlin", start=utc("2027-03-05 15:00"), restaurant_id=CAY_EVI.id, party_size=1),
]
"""Four reservations; in the order of their start and id: over, berlin, dinner, late."""


def keep(run: Run, *reservations: Reservation) -> None:
    def write(transaction: Transaction) -> None:
        for reservation in reservations:
            book(transaction, reservation)

    run.store(write)


@pytest.fixture(autouse=True)
def _booked(run: Run) -> None:
    keep(run, *BOOKED)


def ids(ran: Ran) -> list[str]:
    assert ran.status == Status.OK, ran.err
    return [row[0] for row in ran.cells]


def from_csv(ran: Ran) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(ran.out.removeprefix("\ufeff"))))


def cancelled(run: Run) -> list[str]:
    return ids(run("reservations", "list", "--status", "cancelled"))


def test_a_list_tells_times_in_the_restaurants_own_zone(run: Run) -> None:
    rows = run("reservations", "list").cells
    assert rows[1][:5] == ["berlin", "isti-cay-evi", "2027-03-05 16:00", "18:00", "1"]
    dinner = ["dinner", "sahil-bagi", "2027-03-05 19:00", "21:00", "2", "T1", "Aysel", "booked"]
    assert rows[2] == dinner


@pytest.mark.parametrize("page", [1, 2, 1000])
def test_filters_narrow_a_list_whatever_the_size_of_a_page(
    page: int, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "_PAGE", page)
    for filters, found in {
        "": ["over", "berlin", "dinner", "late"],
        "--restaurant sahil-bagi": ["over", "dinner", "late"],
        f"--restaurant {CAY_EVI.id}": ["berlin"],
        "--date 2027-03-05": ["berlin", "dinner", "late"],
        "--status completed": ["over"],
        f"--date 2027-03-05 --restaurant {SAHIL.id}": ["dinner", "late"],
        "--limit 2": ["over", "berlin"],
        "--date 2027-03-06": [],
    }.items():
        assert ids(run("reservations", "list", *filters.split())) == found, filters


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
    filters: list[str], status: Status, said: str, run: Run
) -> None:
    run("reservations", "list", *filters).ends(status, said, out="")


def test_json_is_what_the_server_answers(run: Run) -> None:
    listed = run("reservations", "list", "--json", "--date", "2027-03-05").json
    assert [each["start"] for each in listed] == [
        "2027-03-05T16:00:00+01:00",
        "2027-03-05T19:00:00+04:00",
        "2027-03-05T22:00:00+04:00",
    ]
    assert listed[0]["arrival_intent"]["status"] == "idle"
    assert run("reservations", "show", "dinner", "--json").json == listed[1]
    assert (listed[1]["id"], listed[1]["guest_phone"]) == ("dinner", "+994 50 555 01 01")


def test_csv_has_a_heading_and_everything(run: Run) -> None:
    (row,) = from_csv(run("reservations", "list", "--csv", "--restaurant", "isti-cay-evi"))
    told = (row["restaurant"], row["start"], row["service_date"])
    assert told == ("İsti Çay Evi", "2027-03-05T16:00:00+01:00", "2027-03-05")


def test_a_terminal_sees_how_far_an_export_is(run: Run) -> None:
    shown = run.on_a_terminal("reservations", "export", "--output", "out")
    assert "Exporting" in shown
    assert "100%" in shown


def test_reservations_of_a_restaurant_that_was_removed_are_still_listed(run: Run) -> None:
    assert run("reservations", "cancel", "berlin", "--yes").status == Status.OK
    assert "is hidden" in run("restaurants", "remove", CAY_EVI.slug, "--yes").err
    assert ids(run("reservations", "list", "--restaurant", CAY_EVI.slug)) == ["berlin"]


def test_one_is_shown_field_by_field(run: Run) -> None:
    facts = run("reservations", "show", "dinner").facts
    assert facts["guest name"] == "Aysel"
    assert facts["start"] == "2027-03-05T19:00:00+04:00"
    assert facts["table"] == "T1"
    assert not {"attention", "prep items"} & facts.keys()


def test_a_uuid_is_read_in_any_letter_case(run: Run) -> None:
    id_ = "0b5c1a3e-aaaa-4bbb-8ccc-aaaaaaaaaaaa"
    keep(run, a_reservation(id_, start=utc("2027-03-06 15:00")))
    for command in (["show"], ["cancel", "--yes"]):
        assert run("reservations", *command, id_.upper()).status == Status.OK
    assert run("reservations", "show", "DINNER").status == Status.NOT_FOUND


def test_no_command_tells_where_a_guest_is(run: Run) -> None:
    way = ArrivalIntent(
        status="approved",
        predicted_eta_minutes=12,
        current_location=Coordinates(40.4123, 49.8123),
        last_location=Coordinates(40.4124, 49.8124),
        route_distance_km=5.21,
    )
    keep(run, a_reservation("way", start=utc("2027-03-06 15:00"), arrival_intent=way))
    for line in ("show way --json", "list --json", "export --format jsonl"):
        out = run("reservations", *line.split()).out
        assert '"predicted_eta_minutes":12' in out.replace(": ", ":")
        assert not any(told in out for told in ("40.41", "49.81", "5.21")), line


def test_cancelling_frees_the_table(run: Run) -> None:
    ran = run("reservations", "cancel", "dinner", "late", "dinner", "--yes")
    assert ran.status == Status.OK
    assert ran.err.splitlines() == [
        "Cancelled dinner: Aysel, 2 covers, 2027-03-05 19:00, sahil-bagi.",
        "Cancelled late: Rauf, 2 covers, 2027-03-05 22:00, sahil-bagi.",
    ]
    assert cancelled(run) == ["dinner", "late"]
    assert run.rows("select reservation_id from table_occupancy") == [("berlin",)]


def test_cancelling_again_changes_nothing(run: Run) -> None:
    run("reservations", "cancel", "dinner", "--yes")
    before = run("reservations", "show", "dinner").out
    told = run("reservations", "cancel", "dinner", "--yes", "--json").json
    assert [(row["id"], row["status"]) for row in told] == [("dinner", "cancelled")]
    assert run("reservations", "show", "dinner").out == before


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["nowhere", "--yes"], Status.NOT_FOUND, "There is no reservation nowhere.\n"),
        (["over", "--yes"], Status.CONFLICT, "The action cancel is not possible"),
        ([], Status.REFUSED, "This cancels:\n  dinner: Aysel, 2 covers"),
    ],
)
def test_what_cannot_be_cancelled_or_is_not_agreed_to_leaves_all_as_they_were(
    words: list[str], status: Status, said: str, run: Run
) -> None:
    run("reservations", "cancel", "dinner", *words).ends(status, said)
    assert cancelled(run) == []


def test_an_export_is_csv_json_or_jsonl(run: Run) -> None:
    rows = from_csv(run("reservations", "export"))
    assert [row["id"] for row in rows] == ["over", "berlin", "dinner", "late"]
    assert rows[2]["guest_phone"] == "'+994 50 555 01 01"
    array = run("reservations", "export", "--format", "json").json
    lines = run("reservations", "export", "--format", "jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == array
    assert [each["id"] for each in array] == ["over", "berlin", "dinner", "late"]
    filters = "--date 2027-03-05 --restaurant sahil-bagi --status booked"
    found = run("reservations", "export", "--format", "json", *filters.split()).json
    assert [each["id"] for each in found] == ["dinner", "late"]


def test_an_export_goes_to_a_file_that_only_its_owner_can_read(run: Run) -> None:
    ran = run("reservations", "export", "--format", "jsonl", "--output", "out", "--limit", "3")
    assert ran == (Status.OK, "", "Wrote out.\n")
    assert len(Path("out").read_text().splitlines()) == 3
    assert Path("out").stat().st_mode & 0o077 == 0


def test_an_export_holds_no_more_than_a_page(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of ten times as many rows, no more are held at one time."""
    monkeypatch.setattr(commands, "_PAGE", 10)
    peaks = []
    for day, size in ((1, 30), (2, 300)):
        keep(
            run,
            *(
                a_reservation(
                    f"{day}-{number:04}",
                    start=utc(f"2026-05-0{day} 15:00"),
                    status="completed",
                    guest_name="x" * 10_000,
                )
                for number in range(size)
            ),
        )
        tracemalloc.start()
        run("reservations", "export", "--output", "out")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.5


def test_a_closed_day_settles_all_that_are_over(run: Run) -> None:
    keep(run, a_reservation("missed", start=utc("2026-03-05 15:00"), table_id="t3"))
    dry = run("reservations", "close-day", "--all-no-show", "--dry-run").cells
    assert dry == [[SAHIL.slug, "2026-03-05", "0", "0", "1", "0"]]
    assert run("reservations", "close-day", "--all-no-show").cells == dry
    again = run("reservations", "close-day", "--all-no-show")
    assert (again.cells, again.err.partition(":")[0]) == ([], "Nothing to settle")


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (f"--restaurant {SAHIL.slug} --date 2099-03-05", Status.CONFLICT, "too early"),
        ("--all-came --all-no-show", Status.REFUSED, ""),
    ],
)
def test_a_day_that_is_not_over_or_ended_in_two_ways_is_not_closed(
    options: str, status: Status, said: str, run: Run
) -> None:
    run("reservations", "close-day", *options.split()).ends(status, said)
