"""One transaction, all or nothing, as often as one likes."""

from __future__ import annotations

import json
import shutil
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from bakureserve.domain.errors import StoreBusy
from bakureserve.store.audit import record
from bakureserve.store.database import write_alone
from bakureserve.store.engines import sqlite
from bakureserve.store.legacy.importer import ImportWriter
from bakureserve.store.legacy.run import Order, import_files
from bakureserve.store.reservations import occupancy, reservations
from bakureserve.store.restaurants import restaurants
from tests.kit.old_server import (
    NOW,
    a_restaurant,
    a_row,
    a_user,
    codes,
    dump,
    query,
    run,
    stored,
    write,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One restaurant, two accounts, and rows for every outcome."""
    rows = [
        a_row("r1"),
        a_row("r2", status="cancelled"),
        a_row("r3", start="2026-12-03T19:30:00"),
        a_row("r4", restaurant_id="v9"),
        a_row("r5", guest_name=""),
    ]
    users = {"u1": a_user(), "u2": a_user("u2", email="")}
    return write(tmp_path / "old", rows, users=users)


def counts(report: Any) -> dict[str, list[int]]:
    return {name: list(file.counts().values()) for name, file in report.files.items()}


def test_uuids_are_one_id_in_any_letter_case(path: Path, tmp_path: Path) -> None:
    restaurant, user, first, second = (
        f"{each}0000000-aaaa-4bbb-8ccc-dddddddddddd" for each in "cdef"
    )
    rows = [
        a_row(first.upper(), restaurant_id=restaurant, owner_id=user),
        a_row(second, restaurant_id=restaurant.upper(), owner_id=user.upper(), table_id="t2"),
        a_row(first, restaurant_id=restaurant, table_id="t3"),
    ]
    folder = write(
        tmp_path / "old",
        rows,
        restaurants=[a_restaurant(restaurant.upper())],
        users={user.upper(): a_user(user.upper())},
    )
    report = run(path, folder)
    assert counts(report) == {
        "restaurants.json": [1, 0, 0, 1, 0],
        "users.json": [1, 0, 0, 1, 0],
        "reservations.json": [3, 0, 0, 2, 1],
    }
    assert codes(report, second) == ["old_value_converted"]
    assert query(path, "select id from restaurant") == [(restaurant,)]
    assert query(path, "select id from user_account") == [(user,)]
    found = query(path, "select id, restaurant_id, owner_id from reservation order by id")
    assert found == [(first, restaurant, user), (second, restaurant, user)]
    assert counts(run(path, folder))["reservations.json"] == [3, 0, 2, 0, 1]


def test_a_dry_run_writes_nothing_and_a_second_run_changes_nothing(
    path: Path, folder: Path
) -> None:
    empty = dump(path)
    writing = sqlite.connect(path, "write")
    writing.begin_writing()
    dry = run(path, folder, dry_run=True)  # which waits for nobody
    writing.close()
    assert dump(path) == empty
    wet = run(path, folder)
    assert (dry.result, wet.result) == ("would_be_taken", "taken")
    assert list(dry.entries) == list(wet.entries)
    assert (
        counts(dry)
        == counts(wet)
        == {
            "restaurants.json": [1, 1, 0, 0, 0],
            "users.json": [2, 1, 0, 0, 1],
            "reservations.json": [5, 2, 0, 2, 1],
        }
    )
    assert wet.files["restaurants.json"].tables == 3
    before = dump(path)
    again = run(path, folder)
    assert dump(path) == before
    assert counts(again) == {
        "restaurants.json": [1, 0, 1, 0, 0],
        "users.json": [2, 0, 1, 0, 1],
        "reservations.json": [5, 0, 4, 0, 1],
    }


def test_a_row_changed_since_is_not_overwritten(path: Path, folder: Path) -> None:
    run(path, folder)

    def change(transaction: Any) -> None:
        transaction.execute("update reservation set guest_name = 'Rəşad' where id = 'r1'")
        transaction.execute("update user_account set name = 'Aygün' where id = 'u1'")
        transaction.execute("update restaurant set name = 'Sahil' where id = 'v1'")

    write_alone(path, change, busy_timeout=5)
    run(path, folder)
    assert stored(path).guest_name == "Rəşad"
    assert query(path, "select name from user_account") == [("Aygün",)]
    assert query(path, "select name from restaurant") == [("Sahil",)]


def test_a_reservation_removed_since_stays_removed(path: Path, folder: Path) -> None:
    run(path, folder)

    def remove(transaction: Any) -> None:
        from bakureserve.domain.accounts.actor import cli_actor

        reservations.delete(transaction, "r1")
        record(
            transaction,
            actor=cli_actor("host"),
            now=NOW,
            action="reservation.removed",
            noun_id="r1",
        )

    write_alone(path, remove, busy_timeout=5)
    report = run(path, folder)
    assert codes(report, "r1") == ["old_stays_removed"]
    assert report.files["reservations.json"].unchanged == 4
    assert query(path, "select id from reservation where id = 'r1'") == []


def test_a_party_booked_here_keeps_its_table_from_an_older_file(path: Path, folder: Path) -> None:
    run(path, write(folder.parent / "venues"))

    def book(transaction: Any) -> None:
        restaurant = restaurants.find(transaction, "v1")
        table = restaurant.tables_by_id["t1"]
        old = reservations.get(transaction, "walk-in")
        assert old is None
        transaction.execute(
            "insert into reservation (id, restaurant_id, table_key, party_size, starts_at, ends_at,"
            " held_until, service_date, guest_name, guest_phone, status,"
            " created_at, updated_at, version)"
            " select 'here', 'v1', ?, 2, 1796310000000000, 1796320000000000, 1796320000000000,"
            " '2026-12-03', 'Nigar', '', 'booked', 0, 0, 1",
            (table.key,),
        )
        from bakureserve.store.codec import from_us

        occupancy.hold(
            transaction, table.key, from_us(1796310000000000), from_us(1796320000000000), "here"
        )

    write_alone(path, book, busy_timeout=5)
    assert codes(run(path, folder), "r1") == ["old_table_overlap", "old_table_given"]


def test_the_run_is_written_down_once(path: Path, folder: Path) -> None:
    run(path, folder)
    run(path, folder)
    ((at, files, report),) = query(path, "select at, files, report from import_run")
    assert at == int(NOW.timestamp() * 1_000_000)
    assert [Path(file["path"]).name for file in json.loads(files)] == [
        "restaurants.json",
        "users.json",
        "reservations.json",
    ]
    assert all(len(file["sha256"]) == 64 and file["bytes"] > 0 for file in json.loads(files))
    assert json.loads(report)["reservations.json"]["adjusted"] == 2
    assert query(path, "select kind, data from event") == [("import.finished", '{"landed":6}')]
    assert query(path, "select action, actor_kind, actor from audit") == [
        ("import.finished", "cli", "tester")
    ]


def test_strict_takes_nothing_when_a_row_is_rejected(path: Path, folder: Path) -> None:
    before = dump(path)
    report = run(path, folder, strict=True)
    assert report.result == "nothing_taken"
    assert report.error is not None
    assert (report.error.code, report.error.params) == ("old_rows_rejected", {"count": 2})
    assert dump(path) == before
    assert codes(report, "r4") == ["old_restaurant_unknown"]
    adjusted = write(folder, [a_row(guest_name="")], users={})
    assert run(path, adjusted, strict=True).result == "taken"


def test_a_dry_run_without_a_database_leaves_nothing_behind(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    report = run(tmp_path / "data" / "store.db", folder, dry_run=True)
    assert report.landed == 6
    assert not (tmp_path / "data").exists()
    assert list(scratch.iterdir()) == []


def test_a_store_that_another_process_writes_to_is_said_to_be_busy(
    path: Path, folder: Path
) -> None:
    from bakureserve.domain.accounts.actor import cli_actor
    from bakureserve.store.legacy.files import find_old_files

    writing = sqlite.connect(path, "write")
    writing.begin_writing()
    order = Order(files=find_old_files(folder), actor=cli_actor("tester"), now=NOW)
    with pytest.raises(StoreBusy):
        import_files(path, order, busy_timeout=0.05, advance=lambda _: None)
    writing.close()


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ValueError])
def test_whatever_stops_it_midway_nothing_is_half_written(
    path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]
) -> None:
    before = dump(path)
    add = ImportWriter.add_anywhere

    def stopped(*arguments: Any) -> Any:
        add(*arguments)
        raise stop

    monkeypatch.setattr(ImportWriter, "add_anywhere", stopped)
    with pytest.raises(stop):
        run(path, folder)
    assert dump(path) == before


def test_more_rows_need_no_more_memory(migrated: Path, tmp_path: Path) -> None:
    run(Path(shutil.copy(migrated, tmp_path / "first.db")), write(tmp_path / "one", [a_row()]))
    few, many = (
        most_memory(Path(shutil.copy(migrated, tmp_path / f"{rows}.db")), tmp_path, rows)
        for rows in (500, 3000)
    )
    assert many - few < 100 * 1024


def most_memory(path: Path, tmp_path: Path, rows: int) -> int:
    """The most bytes that Python objects took at once while so many rows were imported."""
    bookings = [
        a_row(f"r{number:036}", status="cancelled", padding="x" * 500) for number in range(rows)
    ]
    folder = write(tmp_path / f"of-{rows}", bookings)
    tracemalloc.start()
    try:
        assert run(path, folder).landed == rows + 1
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_progress_tells_every_byte(path: Path, folder: Path) -> None:
    from bakureserve.domain.accounts.actor import cli_actor
    from bakureserve.store.legacy.files import find_old_files

    seen: list[int] = []
    files = find_old_files(folder)
    order = Order(files=files, actor=cli_actor("tester"), now=NOW)
    import_files(path, order, busy_timeout=5, advance=seen.append)
    assert sum(seen) == files.bytes() == sum(file.stat().st_size for file in folder.iterdir())


def test_outside_owners_are_the_named_issuer_s(path: Path, tmp_path: Path) -> None:
    """And an account of the file stays its own, as whoever was local does."""
    rows = [
        a_row(f"r{number}", start=f"2026-12-0{number}T19:00:00", end=f"2026-12-0{number}T20:00:00",
              owner_id=owner)
        for number, owner in enumerate(("auth0|5f7c8ec7", "u1", "local-dev-user", None), start=1)
    ]  # fmt: skip
    folder = write(tmp_path / "old", rows, users={"u1": a_user()})
    for _ in range(2):
        run(path, folder, issuer="https://baku.eu.auth0.com")
    owners = [stored(path, f"r{number}").owner_id for number in range(1, 5)]
    assert owners == ["https://baku.eu.auth0.com auth0|5f7c8ec7", "u1", "local-dev-user", None]
