"""Who keeps a table when the old files promise it twice."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from tests.kit.old_server import (
    a_restaurant,
    a_row,
    codes,
    entry_of,
    overlaps,
    query,
    run,
    stored,
    write,
)

NAIVE = {"start": "2026-12-03T19:30:00", "end": "2026-12-03T21:00:00"}
UTC = {"start": "2026-12-03T15:30:00Z", "end": "2026-12-03T17:00:00Z"}
LONG_AGO = {"start": "2020-12-03T19:30:00", "end": "2020-12-03T21:00:00"}
NEXT = {"start": "2026-12-03T20:30:00", "end": "2026-12-03T22:00:00"}


def held(path: Path) -> dict[str, str]:
    """Reservation → the table it holds."""
    rows = query(
        path,
        "select o.reservation_id, t.id from table_occupancy o"
        " join dining_table t on t.key = o.table_key",
    )
    return dict(rows)


@pytest.mark.parametrize("times", [NAIVE, UTC], ids=["naive", "UTC"])
def test_the_first_keeps_the_table_and_the_next_gets_another_that_fits(
    path: Path, tmp_path: Path, times: dict[str, Any]
) -> None:
    report = run(path, write(tmp_path / "old", [a_row("r1"), a_row("r2", **times)]))
    assert codes(report, "r2") == ["old_table_overlap", "old_table_given"]
    assert entry_of(report, "r2").reasons[1].params == {"table": "t2"}
    assert not [entry for entry in report.entries if entry.id == "r1"]
    assert held(path) == {"r1": "t1", "r2": "t2"}
    assert not stored(path, "r2").needs_attention
    assert overlaps(path) == []


def test_one_that_fits_nowhere_keeps_its_status_and_needs_attention(
    path: Path, tmp_path: Path
) -> None:
    rows = [a_row("r1"), a_row("r2", **NAIVE), a_row("r3", party_size=4, table_id="t2")]
    folder = write(tmp_path / "old", rows, restaurants=[a_restaurant("v1", 2, 4)])
    report = run(path, folder)
    assert codes(report, "r2") == ["old_table_overlap", "old_no_table"]
    left_over = stored(path, "r2")
    assert (left_over.status, left_over.table_id, left_over.needs_attention) == (
        "booked",
        None,
        True,
    )
    assert held(path) == {"r1": "t1", "r3": "t2"}


def test_a_restaurants_buffer_is_held_after_each_sitting(path: Path, tmp_path: Path) -> None:
    rows = [
        a_row("r1"),
        a_row("r2", **NEXT),
        a_row("r3", start="2026-12-04T10:00:00", end="2026-12-09T10:00:00"),
    ]
    buffered = a_restaurant("v1", booking={"buffer_minutes": 15})
    report = run(path, write(tmp_path / "old", rows, restaurants=[buffered]))
    assert codes(report, "r2") == ["old_table_overlap", "old_table_given"]
    for id_, minutes in {"r1": 105, "r2": 105, "r3": 24 * 60}.items():
        found = stored(path, id_)
        assert found.held_until - found.start == dt.timedelta(minutes=minutes)
        assert found.held_until - found.end == dt.timedelta(minutes=15)


def test_a_later_row_is_not_driven_from_its_own_table_by_an_earlier_one_that_lost_its(
    path: Path, tmp_path: Path
) -> None:
    rows = [
        a_row("r1"),
        a_row("r2", **NAIVE),
        a_row("r3", table_id=None),
        a_row("r4", table_id="t2"),
    ]
    folder = write(tmp_path / "old", rows, restaurants=[a_restaurant("v1", 2, 2, 2, 2)])
    report = run(path, folder)
    assert held(path) == {"r1": "t1", "r2": "t3", "r3": "t4", "r4": "t2"}
    assert codes(report, "r3") == ["old_table_missing", "old_table_given"]


def test_a_table_that_is_gone_is_replaced_and_its_name_kept(path: Path, tmp_path: Path) -> None:
    report = run(path, write(tmp_path / "old", [a_row(table_id="terrace-9", party_size=3)]))
    assert codes(report) == ["old_table_unknown", "old_table_missing", "old_table_given"]
    assert stored(path).table_id == "t3"
    assert stored(path).extra == {"table_id": "terrace-9"}


def test_a_cancelled_row_keeps_its_table_and_holds_nothing(path: Path, tmp_path: Path) -> None:
    rows = [
        a_row("r1", party_size=9),  # larger than its table, where it stays
        a_row("r2", **NEXT),  # which touches r1 and does not overlap
        a_row("r3", status="cancelled"),
        a_row("r4", status="cancelled", table_id=None),
        a_row("r5", restaurant_id="v2"),
    ]
    two = [a_restaurant("v1"), a_restaurant("v2")]
    assert run(path, write(tmp_path / "old", rows, restaurants=two)).is_clean
    assert held(path) == {"r1": "t1", "r2": "t1", "r5": "t1"}
    assert stored(path, "r3").table_id == "t1"
    assert not stored(path, "r4").needs_attention
    report = run(path, write(tmp_path / "old", [a_row("r6", status="cancelled", table_id="t9")]))
    assert codes(report, "r6") == ["old_table_unknown"]
    assert (stored(path, "r6").table_id, stored(path, "r6").needs_attention) == (None, False)


def test_a_restaurant_without_tables_leaves_its_parties_to_be_looked_after(
    path: Path, tmp_path: Path
) -> None:
    folder = write(
        tmp_path / "old", [a_row(table_id=None)], restaurants=[a_restaurant("v1", areas=[])]
    )
    report = run(path, folder)
    assert codes(report) == ["old_table_missing", "old_no_table"]
    assert stored(path).needs_attention


@pytest.mark.parametrize(
    ("rows", "statuses"),
    [
        ([a_row("r1", status="seated")], {"r1": "seated"}),
        ([a_row("r1", status="seated", **LONG_AGO)], {"r1": "completed"}),
        (
            [a_row("r1", status="seated"), a_row("r2", status="seated", **NEXT)],
            {"r1": "seated", "r2": "completed"},
        ),
    ],
    ids=["there now", "there long ago", "two at one table"],
)
def test_at_a_table_sits_at_most_one_party(
    path: Path, tmp_path: Path, rows: list[Any], statuses: dict[str, str]
) -> None:
    report = run(path, write(tmp_path / "old", rows))
    assert {id_: stored(path, id_).status for id_ in statuses} == statuses
    left = {id_ for id_, status in statuses.items() if status == "completed"}
    assert {entry.id for entry in report.entries} & set(statuses) == left
    assert all(codes(report, id_) == ["old_party_left"] for id_ in left)
    seats = {id_ for (id_,) in query(path, "select reservation_id from table_seating")}
    assert seats == {id_ for id_, status in statuses.items() if status == "seated"}
