"""An import beside a running server: it lands in slices, between which guests book."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bakureserve.store import database
from bakureserve.store.database import write_alone
from bakureserve.store.engines import sqlite
from bakureserve.store.reservations.reservations import get
from bakureserve.store.transaction import Transaction
from tests.kit.old_server import a_row, a_user, codes, dump, overlaps, query, run, stored, write
from tests.kit.rows import a_reservation, book

Between = Callable[[Callable[[], None]], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [
        a_row("r1"),
        a_row("r2", table_id="t2"),
        a_row("r3", start="2026-12-03T19:30:00"),
        a_row("r4", restaurant_id="v9"),
        a_row("r5", status="cancelled"),
    ]
    return write(tmp_path / "old", rows, users={"u1": a_user()})


@pytest.fixture
def beside(path: Path) -> Iterator[None]:
    """The store is open elsewhere, as by a server."""
    with closing(sqlite.connect(path, "write")) as server:
        server.open_log()
        yield


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Between:
    """Every row is a slice of its own; what is done between two of them, and how often."""

    def do(what: Callable[[], None]) -> None:
        monkeypatch.setattr(database, "_SLICE_SECONDS", 0)
        monkeypatch.setattr(time, "sleep", lambda _: what())

    return do


def of_the_import(path: Path) -> list[object]:
    return [
        query(path, f"select * from {table} order by 1")
        for table in ("restaurant", "user_account", "reservation", "table_occupancy", "import_run",
                      "audit", "event")
    ]  # fmt: skip


def test_what_lands_in_slices_is_what_lands_at_once(
    migrated: Path, path: Path, folder: Path, between: Between, tmp_path: Path
) -> None:
    alone = tmp_path / "alone.db"
    alone.write_bytes(path.read_bytes())
    at_once = run(alone, folder)
    slices: list[None] = []
    between(lambda: slices.append(None))
    with closing(sqlite.connect(path, "write")) as server:
        server.open_log()
        in_slices = run(path, folder)
    assert len(slices) == 8
    assert in_slices.result == at_once.result == "taken"
    assert list(in_slices.entries) == list(at_once.entries)
    assert in_slices.files == at_once.files
    assert of_the_import(path) == of_the_import(alone)


@pytest.mark.usefixtures("beside")
def test_a_guest_who_books_between_two_slices_keeps_the_table(
    path: Path, folder: Path, between: Between
) -> None:
    def book_at_the_table_of_r2() -> None:
        def unit(transaction: Transaction) -> None:
            if get(transaction, "r1") is None or get(transaction, "here") is not None:
                return
            first = get(transaction, "r1")
            assert first is not None
            guest = a_reservation(
                "here",
                restaurant_id=first.restaurant_id,
                table_id="t2",
                start=first.start,
                end=first.end,
            )
            book(transaction, guest)

        write_alone(path, unit, busy_timeout=0)

    between(book_at_the_table_of_r2)
    report = run(path, folder)
    assert stored(path, "here").table_id == "t2"
    assert codes(report, "r2")[0] == "old_table_overlap"
    assert stored(path, "r2").table_id != "t2"
    assert overlaps(path) == []


@pytest.mark.usefixtures("beside")
def test_an_import_that_is_refused_has_written_nothing(path: Path, folder: Path) -> None:
    before = dump(path)
    assert run(path, folder, strict=True).result == "nothing_taken"
    (folder / "users.json").write_text('{"users": {"u1": ')
    assert run(path, folder).result == "nothing_taken"
    assert dump(path) == before


def test_an_import_of_what_is_there_already_commits_nothing(path: Path, folder: Path) -> None:
    run(path, folder)
    with closing(sqlite.connect(path, "write")) as server:
        server.open_log()
        before = server.change_mark()
        again = run(path, folder)
        assert server.change_mark() == before
    assert (again.result, again.landed) == ("taken", 0)


@pytest.mark.usefixtures("beside")
def test_an_import_that_was_stopped_half_way_is_finished_by_the_next(
    path: Path, folder: Path, between: Between, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop() -> None:
        if query(path, "select 1 from reservation where id = 'r1'"):
            raise KeyboardInterrupt

    between(stop)
    with pytest.raises(KeyboardInterrupt):
        run(path, folder)
    assert query(path, "select id from reservation") == [("r1",)]
    assert [json.loads(report) for (report,) in query(path, "select report from import_run")] == [
        {}
    ]
    between(lambda: None)
    report = run(path, folder)
    assert report.result == "taken"
    assert len(query(path, "select 1 from reservation")) == 4
    assert overlaps(path) == []
