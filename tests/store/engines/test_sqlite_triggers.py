from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.store import migrator
from bakureserve.store.schema import LONGEST_SITTING_US
from bakureserve.store.transaction import BrokenRule
from tests.kit import other_processes
from tests.kit.rows import RESTAURANT, a_reservation, add_restaurant, book, in_transaction

HOLD = "insert into table_occupancy (table_key, starts_at, ends_at, reservation_id)"


def fill(connection: sqlite3.Connection) -> None:
    """A restaurant with reservations a and b that are alive and c that was cancelled."""
    transaction = in_transaction(connection)
    add_restaurant(transaction)
    for name, status in (("a", "booked"), ("b", "seated"), ("c", "cancelled")):
        book(transaction, a_reservation(name, table_id=None, status=status))


def hold(
    connection: sqlite3.Connection, start: int, end: int, reservation: str = "a", table: int = 1
) -> None:
    connection.execute(f"{HOLD} values (?, ?, ?, ?)", (table, start, end, reservation))


def held(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    return connection.execute("select starts_at, ends_at from table_occupancy").fetchall()


@pytest.fixture
def prompt(path: Path) -> Iterator[sqlite3.Connection]:
    """Somebody at the SQL prompt, where foreign keys are off unless asked for."""
    connection = sqlite3.connect(path, isolation_level=None)
    fill(connection)
    yield connection
    connection.close()


ARRANGEMENTS = [
    (10, 20, True),
    (30, 100, True),  # touching the start
    (30, 101, False),
    (90, 110, False),
    (100, 150, False),
    (100, 250, False),
    (120, 180, False),
    (100, 200, False),
    (90, 210, False),
    (150, 200, False),
    (50, 200, False),
    (199, 300, False),
    (200, 300, True),  # touching the end
    (400, 500, True),
]


def test_two_sittings_may_touch_and_never_overlap(prompt: sqlite3.Connection) -> None:
    for start, end, allowed in ARRANGEMENTS:
        prompt.execute("delete from table_occupancy")
        hold(prompt, 100, 200)
        hold(prompt, start, end, "b", table=2)  # another table is no obstacle
        if allowed:
            hold(prompt, start, end, "b")
        else:
            with pytest.raises(sqlite3.IntegrityError, match="table_taken"):
                hold(prompt, start, end, "b")
        expected = [(100, 200), (start, end), *[(start, end)] * allowed]
        assert sorted(held(prompt)) == sorted(expected)


def test_an_overlap_from_another_process_is_refused_as_well(
    prompt: sqlite3.Connection, path: Path
) -> None:
    hold(prompt, 100, 200)
    script = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=5)
try:
    connection.execute(sys.argv[2])
except sqlite3.IntegrityError as error:
    print(error)
connection.close()
"""
    assert other_processes.run(script, path, f"{HOLD} values (1, 150, 250, 'b')") == "table_taken\n"


def test_no_manner_of_inserting_smuggles_an_overlap_in(prompt: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="table_taken"):
        prompt.execute(f"{HOLD} values (1, 100, 200, 'a'), (1, 199, 300, 'b')")
    assert held(prompt) == []
    hold(prompt, 100, 200)
    upsert = " on conflict (table_key, starts_at) do update set ends_at = 900"
    for verb, more in (
        ("insert or replace", ""), ("insert or ignore", ""), ("replace", ""), ("insert", upsert)
    ):  # fmt: skip
        for start, end in ((100, 150), (100, 200), (150, 250), (50, 101)):
            values = f"values (1, {start}, {end}, 'b')"
            with pytest.raises(sqlite3.IntegrityError, match="table_taken"):
                prompt.execute(f"{HOLD.replace('insert', verb)} {values}{more}")
    assert held(prompt) == [(100, 200)]


def test_a_row_of_held_time_never_changes(prompt: sqlite3.Connection) -> None:
    hold(prompt, 100, 200)
    for column in ("starts_at", "ends_at", "table_key", "reservation_id"):
        with pytest.raises(sqlite3.IntegrityError, match="delete the occupancy row"):
            prompt.execute(f"update table_occupancy set {column} = {column}")


def test_holds_of_impossible_lengths_are_refused(prompt: sqlite3.Connection) -> None:
    for start, end in ((100, 100), (200, 100), (0, LONGEST_SITTING_US + 1)):
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            hold(prompt, start, end)
    hold(prompt, 0, LONGEST_SITTING_US)
    assert held(prompt) == [(0, LONGEST_SITTING_US)]


@pytest.fixture(scope="module")
def in_memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = tmp_path_factory.mktemp("guards") / "store.sqlite3"
    migrator.up(path, busy_timeout=5)
    connection = sqlite3.connect(":memory:", isolation_level=None)
    with sqlite3.connect(path) as stored:
        stored.backup(connection)
    stored.close()
    fill(connection)
    yield connection
    connection.close()


steps = st.lists(
    st.tuples(
        st.sampled_from(["hold", "hold", "hold", "free"]),
        st.integers(1, 2),
        st.integers(0, 30),
        st.integers(1, 12),
    ),
    max_size=40,
)


@given(steps=steps)
def test_any_history_of_holding_and_freeing_ends_as_comparing_with_every_interval_would(
    in_memory: sqlite3.Connection, steps: list[tuple[str, int, int, int]]
) -> None:
    """The guard looks at one row, the last that starts before the new one ends."""
    in_memory.execute("begin")
    model: dict[int, list[tuple[int, int]]] = {1: [], 2: []}
    try:
        for step, table, start, length in steps:
            end = start + length
            if step == "free":
                in_memory.execute(
                    "delete from table_occupancy where table_key = ? and starts_at = ?",
                    (table, start),
                )
                model[table] = [held for held in model[table] if held[0] != start]
                continue
            free = all(end <= s or e <= start for s, e in model[table])
            try:
                hold(in_memory, start, end, table=table)
            except sqlite3.IntegrityError:
                assert not free
            else:
                assert free
                model[table].append((start, end))
        for table, intervals in model.items():
            rows = in_memory.execute(
                "select starts_at, ends_at from table_occupancy where table_key = ?"
                " order by starts_at",
                (table,),
            ).fetchall()
            assert rows == sorted(intervals)
    finally:
        in_memory.execute("rollback")


def test_a_reservation_that_ended_or_never_was_cannot_take_one(prompt: sqlite3.Connection) -> None:
    for name in ("c", "nobody"):  # nobody: even without foreign keys
        for status in ("completed", "cancelled", "no_show"):
            prompt.execute("update reservation set status = ? where id = 'c'", (status,))
            with pytest.raises(sqlite3.IntegrityError, match="booked or seated"):
                hold(prompt, 100, 200, name)


@pytest.mark.parametrize("status", ["completed", "cancelled", "no_show"])
def test_ending_a_reservation_frees_its_table_and_no_other(
    prompt: sqlite3.Connection, status: str
) -> None:
    hold(prompt, 100, 200, "a")
    hold(prompt, 200, 300, "b")
    prompt.execute("update reservation set status = 'seated' where id = 'a'")
    assert held(prompt) == [(100, 200), (200, 300)]
    prompt.execute("update reservation set status = ? where id = 'a'", (status,))
    assert held(prompt) == [(200, 300)]


@pytest.mark.parametrize("foreign_keys", [0, 1])
def test_deleting_a_reservation_frees_its_table(
    prompt: sqlite3.Connection, foreign_keys: int
) -> None:
    prompt.execute(f"pragma foreign_keys = {foreign_keys}")
    hold(prompt, 100, 200, "a")
    before = revisions(prompt)[1]
    prompt.execute("delete from reservation where id = 'a'")
    assert held(prompt) == []
    assert revisions(prompt)[1] > before


def revisions(connection: sqlite3.Connection, restaurant: str = RESTAURANT.id) -> tuple[int, int]:
    row: tuple[int, int] = connection.execute(
        "select directory_revision, occupancy_revision from venue_ledger where restaurant_id = ?",
        (restaurant,),
    ).fetchone()
    return row


DIRECTORY_CHANGES = [
    "update restaurant set name = 'Other'",
    "update area set name = 'Other'",
    (
        "insert into area (restaurant_id, id, name, document, position, retired)"
        " select id, 'n', 'n', '', 9, 0 from restaurant"
    ),
    "delete from area where id = 'n'",
    "update dining_table set capacity = 9 where id = 't1'",
    "delete from dining_table where id = 't1'",
    (
        "insert into dining_table (restaurant_id, area_key, id, name, capacity, document, position,"
        " retired) select restaurant_id, key, 'n', 'n', 1, '', 9, 0 from area"
    ),
    "update opening_period set closes = closes - 1 where weekday = 0",
    (
        "insert or replace into opening_period select restaurant_id, weekday, opens, closes - 1"
        " from opening_period where weekday = 0"
    ),
    "delete from opening_period where weekday = 0",
    "insert into special_day select id, '2026-12-31', '[]', '' from restaurant",
    "update special_day set note = 'n'",
    "delete from special_day",
]


def test_every_change_to_a_restaurant_raises_its_directory_revision(
    prompt: sqlite3.Connection,
) -> None:
    for statement in DIRECTORY_CHANGES:
        directory, occupancy = revisions(prompt)
        assert prompt.execute(statement).rowcount > 0
        after = revisions(prompt)
        assert after[0] > directory, statement
        assert after[1] == occupancy


def test_taking_and_freeing_a_table_each_raise_the_occupancy_revision(
    prompt: sqlite3.Connection,
) -> None:
    book(in_transaction(prompt), a_reservation("d", table_id=None))
    seen = [revisions(prompt)[1]]
    assert seen == [0]  # who has no table has changed nothing
    for free in (
        "delete from table_occupancy",
        "update reservation set status = 'cancelled' where id = 'a'",
    ):
        hold(prompt, 100, 200, "a")
        seen.append(revisions(prompt)[1])
        prompt.execute(free)
        seen.append(revisions(prompt)[1])
    assert seen == sorted(set(seen))


def test_a_table_that_moves_to_another_restaurant_raises_both(prompt: sqlite3.Connection) -> None:
    prompt.execute("insert into venue_ledger (restaurant_id) values ('other')")
    before, _ = revisions(prompt)
    prompt.execute("update dining_table set restaurant_id = 'other' where id = 't1'")
    assert revisions(prompt)[0] > before
    assert revisions(prompt, "other")[0] > revisions(prompt)[0]


def test_the_ledger_outlives_the_restaurant_and_goes_on_when_that_comes_back(
    prompt: sqlite3.Connection,
) -> None:
    prompt.execute("pragma foreign_keys = 1")
    prompt.execute("delete from reservation")
    before, _ = revisions(prompt)
    prompt.execute("delete from restaurant")
    gone, _ = revisions(prompt)
    add_restaurant(in_transaction(prompt))
    assert before < gone < revisions(prompt)[0]


SEATED = "update reservation set status = 'seated', table_key = ? where id = ?"


def sitting(connection: sqlite3.Connection) -> list[tuple[int, str]]:
    return connection.execute(
        "select table_key, reservation_id from table_seating order by table_key"
    ).fetchall()


class TestSeats:
    """At most one seated party at a table, whoever writes."""

    @pytest.fixture
    def prompt(self, prompt: sqlite3.Connection) -> sqlite3.Connection:
        prompt.execute(SEATED, (1, "b"))
        return prompt

    def test_a_second_party_at_a_table_is_refused(self, prompt: sqlite3.Connection) -> None:
        assert sitting(prompt) == [(1, "b")]
        with pytest.raises(sqlite3.IntegrityError, match="table_occupied"):
            prompt.execute(SEATED, (1, "a"))
        with pytest.raises(BrokenRule, match="table_occupied"):
            book(in_transaction(prompt), a_reservation("d", status="seated"))
        assert sitting(prompt) == [(1, "b")]

    def test_a_party_that_moves_takes_no_table_where_another_sits(
        self, prompt: sqlite3.Connection
    ) -> None:
        prompt.execute(SEATED, (2, "a"))
        with pytest.raises(sqlite3.IntegrityError, match="table_occupied"):
            prompt.execute(SEATED, (1, "a"))
        prompt.execute(SEATED, (3, "a"))
        assert sitting(prompt) == [(1, "b"), (3, "a")]

    def test_a_party_that_leaves_makes_room_for_the_next(self, prompt: sqlite3.Connection) -> None:
        for statement in (
            "update reservation set status = 'completed' where id = 'b'",
            "update reservation set status = 'booked' where id = 'b'",
            "update reservation set table_key = null where id = 'b'",
            "delete from reservation where id = 'b'",
        ):
            prompt.execute(statement)
            assert sitting(prompt) == []
            prompt.execute(SEATED, (1, "a"))
            assert sitting(prompt) == [(1, "a")]
            prompt.execute("update reservation set status = 'booked' where id = 'a'")
            prompt.execute(SEATED, (1, "b"))

    def test_a_longer_sitting_is_noted(self, prompt: sqlite3.Connection) -> None:
        prompt.execute("update reservation set ends_at = ends_at + 1, held_until = held_until + 1")
        noted = prompt.execute(
            "select s.ends_at - r.ends_at from table_seating s join reservation r"
            " on r.id = s.reservation_id"
        ).fetchall()
        assert noted == [(0,)]
