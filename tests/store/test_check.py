"""Looking a database over: what is found, what is said about it, and what a repair mends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from bakureserve.domain.errors import Conflict, SchemaMismatch
from bakureserve.store import occupancy
from bakureserve.store.engines.sqlite_triggers import guards
from bakureserve.store.maintenance.check import Finding, check
from bakureserve.store.maintenance.repair import Repaired, repair
from tests.kit.builders import utc
from tests.store import processes
from tests.store.samples import (
    NOW,
    RESTAURANT,
    a_reservation,
    add_restaurant,
    at_the_prompt,
    book,
    in_transaction,
)

HOUR = 3_600_000_000


@pytest.fixture
def sound(path: Path) -> Path:
    """A database with sittings of every kind at two of its three tables."""
    with at_the_prompt(path) as connection:
        transaction = in_transaction(connection)
        add_restaurant(transaction)
        book(transaction, a_reservation("r1"))
        book(transaction, a_reservation("r2", start=utc("2026-05-01 17:00"), status="seated"))
        book(transaction, a_reservation("r3", table_id="t2"))
        book(transaction, a_reservation("gone", status="cancelled"))
        book(transaction, a_reservation("came", status="completed", table_id=None))
    return path


def tamper(path: Path, *statements: str, guarded: bool = False) -> None:
    """Change rows behind the program's back, without its guards; they are put back afterwards."""
    with at_the_prompt(path, foreign_keys=False) as connection:
        present = dict(
            connection.execute("select name, sql from sqlite_master where type = 'trigger'")
        )
        for name in () if guarded else present:
            connection.execute(f"drop trigger {name}")
        for statement in statements:
            connection.execute(statement)
        for statement in () if guarded else present.values():
            connection.execute(statement)


def codes(path: Path) -> set[str]:
    return {finding.code for finding in check(path, NOW)}


def the_one(path: Path) -> Finding:
    (finding,) = check(path, NOW)
    return finding


def unguarded_occupancy(table: int, hour: int, reservation: str) -> str:
    """Hold a table for an hour that begins so many hours after 15:00."""
    return (
        "insert into table_occupancy (table_key, starts_at, ends_at, reservation_id)"
        f" select {table}, starts_at + {hour * HOUR}, starts_at + {(hour + 1) * HOUR},"
        f" '{reservation}' from reservation where id = 'r1'"
    )


class TestASoundDatabase:
    def test_gets_a_clean_bill(self, sound: Path) -> None:
        assert check(sound, NOW) == []

    def test_gets_it_while_another_process_writes(self, sound: Path) -> None:
        with processes.holding_the_lock(sound):
            assert check(sound, NOW) == []

    def test_is_not_written_to(self, sound: Path) -> None:
        before = sound.read_bytes()
        check(sound, NOW)
        assert sound.read_bytes() == before

    def test_must_exist(self, tmp_path: Path) -> None:
        with pytest.raises(SchemaMismatch, match="no_database"):
            check(tmp_path / "nothing.db", NOW)
        assert list(tmp_path.iterdir()) == []


FAULTS = [
    pytest.param(
        ["update reservation set status = 'no_show' where id = 'r1'"],
        "orphaned_occupancy",
        ("table 1 for reservation r1",),
        id="a table held by a party that never came",
    ),
    pytest.param(
        ["delete from table_occupancy where reservation_id = 'r3'"],
        "reservation_without_table",
        ("r3",),
        id="a party without the table it was promised",
    ),
    pytest.param(
        ["update reservation set table_key = 3 where id = 'r3'"],
        "misplaced_occupancy",
        ("r3",),
        id="another table held than promised",
    ),
    pytest.param(
        [f"update reservation set held_until = held_until + {HOUR} where id = 'r3'"],
        "misplaced_occupancy",
        ("r3",),
        id="a table held until another time than promised",
    ),
    pytest.param(
        [f"update table_occupancy set starts_at = starts_at - {HOUR} where reservation_id = 'r3'"],
        "misplaced_occupancy",
        ("r3",),
        id="a table held from another time than promised",
    ),
    pytest.param(
        ["update table_seating set table_key = 2"],
        "empty_seat",
        ("table 2 for reservation r2",),
        id="a party noted at another table",
    ),
    pytest.param(
        ["delete from table_seating"],
        "party_without_seat",
        ("r2",),
        id="a party that sits and is not noted",
    ),
    pytest.param(
        ["update dining_table set retired = 1 where id = 't2'"],
        "retired_table_held",
        (f"table t2 of restaurant {RESTAURANT.id} for reservation r3",),
        id="a table held that is off the floor plan",
    ),
    pytest.param(
        [
            "update restaurant set retired_at = 1",
            "delete from table_occupancy where table_key = 1",
            "update reservation set status = 'completed' where table_key = 1",
            "delete from table_seating",
        ],
        "retired_table_held",
        (f"table t2 of restaurant {RESTAURANT.id} for reservation r3",),
        id="a table held in a restaurant that is closed for good",
    ),
    pytest.param(
        [
            "delete from table_occupancy where reservation_id = 'r3'",
            "update reservation set id = cast(x'ff41' as text) where id = 'r3'",
        ],
        "reservation_without_table",
        ("\ufffdA",),
        id="text that is not UTF-8",
    ),
    pytest.param(
        ["drop trigger occupancy_never_overlaps"],
        "guards_astray",
        ("occupancy_never_overlaps",),
        id="a guard is gone",
    ),
    pytest.param(
        [
            "drop trigger occupancy_never_overlaps",
            "create trigger occupancy_never_overlaps before insert on area begin select 1; end",
        ],
        "guards_astray",
        ("occupancy_never_overlaps",),
        id="a guard was changed",
    ),
    pytest.param(
        ["update venue_ledger set restaurant_id = 'x'", "delete from opening_period where 0"],
        None,
        (),
        id="what nobody relies on",
    ),
    pytest.param(
        ["update restaurant set timezone = 'Asia/Nowhere'"],
        "unreadable_restaurant",
        (f"{RESTAURANT.id}: 'No time zone found with key Asia/Nowhere'",),
        id="a restaurant whose time zone is none",
    ),
    pytest.param(
        ["update restaurant set document = '{{'"],
        "unreadable_restaurant",
        (f"{RESTAURANT.id}: JSON is malformed: object keys must be strings (byte 1)",),
        id="a restaurant whose document is no JSON",
    ),
    *(
        pytest.param(
            [f"update reservation set {column} = '{value}' where id = 'r1'"],
            "unreadable_reservation",
            ("r1",),
            id=f"a reservation whose {column} cannot be read",
        )
        for column, value in (
            ("service_date", "soon"),
            ("service_date", "2026-02-30"),
            ("prep", "{{"),
            ("extra", "none"),
        )
    ),
    pytest.param(
        ["delete from migratehistory where name = '001_core'"],
        "schema_older",
        ("001_core",),
        id="a migration is missing",
    ),
    pytest.param(
        ["insert into migratehistory (name, migrated_at) values ('999_x', 0)"],
        "schema_newer",
        ("999_x",),
        id="a migration from the future",
    ),
]


class TestAFault:
    @pytest.mark.parametrize(("statements", "code", "examples"), FAULTS)
    def test_is_found_once_and_named(
        self, sound: Path, statements: list[str], code: str | None, examples: tuple[str, ...]
    ) -> None:
        tamper(sound, *statements, guarded=any("trigger" in each for each in statements))
        found = check(sound, NOW)
        assert [(each.code, each.examples) for each in found] == (
            [(code, examples)] if code else []
        )
        assert all(each.level == "fault" and each.remedy and each.what for each in found)

    def test_of_two_parties_at_one_table_names_both(self, sound: Path) -> None:
        tamper(sound, unguarded_occupancy(1, 1, "r3"))
        found = {each.code: each for each in check(sound, NOW)}
        assert found["overlapping_occupancy"].examples == ("table 1 for reservations r1 and r3",)

    def test_of_a_short_sitting_behind_a_long_one_is_seen(self, sound: Path) -> None:
        tamper(
            sound,
            f"update table_occupancy set ends_at = ends_at + {6 * HOUR} where reservation_id='r1'",
            unguarded_occupancy(1, 6, "r3"),
        )
        found = {each.code: each for each in check(sound, NOW)}
        assert found["overlapping_occupancy"].count == 2

    def test_of_a_reference_to_nothing_is_found(self, sound: Path) -> None:
        tamper(sound, "delete from reservation where id = 'r3'")
        found = {each.code: each for each in check(sound, NOW)}
        assert found.keys() == {"dangling_references", "orphaned_occupancy"}
        assert found["dangling_references"].examples == ("table_occupancy to reservation",)

    def test_of_which_there_are_many_is_counted_with_a_few_examples(self, sound: Path) -> None:
        with at_the_prompt(sound) as connection:
            for number in range(8):
                reservation = a_reservation(f"n{number}", table_id=None)
                book(in_transaction(connection), reservation)
        finding = the_one(sound)
        assert (finding.code, finding.count, len(finding.examples)) == (
            "reservation_without_table",
            8,
            5,
        )

    def test_comes_as_plain_data(self, sound: Path) -> None:
        tamper(sound, "drop trigger occupancy_never_overlaps", guarded=True)
        assert msgspec.json.decode(msgspec.json.encode(check(sound, NOW)), type=list[Finding])


def test_a_reservation_that_waits_for_a_host_is_a_note_and_no_fault(sound: Path) -> None:
    with at_the_prompt(sound) as connection:
        waiting = a_reservation("w1", table_id=None, attention=("no_table",))
        book(in_transaction(connection), waiting)
    finding = the_one(sound)
    assert (finding.code, finding.examples, finding.level) == ("needs_attention", ("w1",), "note")


def test_one_that_waits_for_a_table_is_found_whatever_else_is_to_be_looked_at(sound: Path) -> None:
    with at_the_prompt(sound) as connection:
        waiting = a_reservation("w1", table_id=None, attention=("closed_that_day",))
        book(in_transaction(connection), waiting)
    assert "reservation_without_table" in codes(sound)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "insert into special_day values ('{restaurant}', '2026-05-01', '[]', '')",
            "closed_that_day",
        ),
        ("update opening_period set closes = 1200", "end_after_closing"),
        ("update restaurant set policy = json_set(policy, '$.min_party', 3)", "party_too_small"),
    ],
)
def test_a_booking_to_come_that_the_rules_refuse_is_a_note(
    sound: Path, statement: str, told: str
) -> None:
    tamper(sound, statement.format(restaurant=RESTAURANT.id))
    finding = the_one(sound)
    assert (finding.code, finding.level) == ("against_rules", "note")
    assert finding.examples[0] == f"r1: {told}"


def test_a_sitting_that_is_over_is_against_no_rule(sound: Path) -> None:
    tamper(sound, f"insert into special_day values ('{RESTAURANT.id}', '2026-05-01', '[]', '')")
    assert check(sound, NOW + dt.timedelta(days=2)) == []


def test_a_retired_table_may_be_held_in_the_past(sound: Path) -> None:
    tamper(sound, "update dining_table set retired = 1 where id = 't2'")
    assert check(sound, NOW + dt.timedelta(days=1)) == []


class TestADamagedFile:
    @pytest.mark.parametrize(
        ("damage", "code"),
        [
            (lambda content: b"To-do: reservations\n" * 500, "file_damaged"),
            (lambda content: b"\xa5" * 100 + content[100:], "file_damaged"),
            (
                lambda content: content[: 8 * 4096] + b"\xa5" * 8 * 4096 + content[16 * 4096 :],
                "file_damaged",
            ),
            (lambda content: content[:-20_000], "file_damaged"),
            (lambda content: content[:30], "file_damaged"),
            (lambda content: b"", "schema_older"),
        ],
        ids=["text", "header", "middle", "cut short", "cut off", "empty"],
    )
    def test_is_a_finding(self, sound: Path, damage: Callable[[bytes], bytes], code: str) -> None:
        sound.write_bytes(damage(sound.read_bytes()))
        first = check(sound, NOW)[0]
        assert (first.code, first.level) == (code, "fault")
        assert first.examples

    def test_at_any_place_is_a_finding_or_harmless(self, sound: Path) -> None:
        content = sound.read_bytes()
        for page in range(len(content) // 4096):
            at = page * 4096
            sound.write_bytes(content[:at] + b"\xff" * 4096 + content[at + 4096 :])
            assert codes(sound) & {"file_damaged", "schema_older"}, f"page {page + 1}"

    def test_of_another_program_is_a_finding(self, tmp_path: Path) -> None:
        with at_the_prompt(tmp_path / "songs.db") as connection:
            connection.execute("create table song (title)")
        assert the_one(tmp_path / "songs.db").code == "not_our_database"


class TestARepair:
    def test_of_a_sound_database_changes_nothing(self, sound: Path) -> None:
        assert repair(sound, busy_timeout=0) == Repaired((), 0, 0, 0, ())

    def test_puts_the_guards_back(self, sound: Path) -> None:
        tamper(sound, *(f"drop trigger {name}" for name in guards()), guarded=True)
        assert repair(sound, busy_timeout=0).guards == tuple(guards())
        assert check(sound, NOW) == []

    def test_puts_back_guards_that_work(self, sound: Path) -> None:
        tamper(sound, "drop trigger occupancy_never_overlaps", guarded=True)
        repair(sound, busy_timeout=0)
        wanted = a_reservation("r3")
        with at_the_prompt(sound) as connection, pytest.raises(Conflict):
            occupancy.hold(in_transaction(connection), 1, wanted.start, wanted.end, "r3")

    @pytest.mark.parametrize(
        "statement",
        [
            "update reservation set status = 'no_show' where id = 'r1'",
            "delete from reservation where id = 'r1'",
        ],
        ids=["over", "gone"],
    )
    def test_frees_tables_of_parties_that_are_over_or_gone(
        self, sound: Path, statement: str
    ) -> None:
        tamper(sound, statement)
        assert repair(sound, busy_timeout=0).freed == 1
        assert check(sound, NOW) == []

    @pytest.mark.parametrize(
        "statement",
        [
            "delete from table_occupancy where reservation_id = 'r3'",
            "update reservation set table_key = 3 where id = 'r3'",
            f"update table_occupancy set starts_at = starts_at - {HOUR} where table_key = 2",
        ],
        ids=["no table", "another table", "another time"],
    )
    def test_gives_a_party_what_it_was_promised(self, sound: Path, statement: str) -> None:
        tamper(sound, statement)
        assert repair(sound, busy_timeout=0).held == 1
        assert check(sound, NOW) == []

    @pytest.mark.parametrize(
        "statement",
        ["delete from table_seating", "update table_seating set table_key = 2"],
        ids=["nowhere", "elsewhere"],
    )
    def test_notes_a_seated_party_at_its_table(self, sound: Path, statement: str) -> None:
        tamper(sound, statement)
        assert repair(sound, busy_timeout=0).seated == 1
        assert check(sound, NOW) == []

    def test_of_two_parties_seated_at_one_table_believes_the_later(self, sound: Path) -> None:
        tamper(
            sound,
            "delete from table_seating",
            "update reservation set status = 'seated' where id = 'r1'",
        )
        done = repair(sound, busy_timeout=0)
        assert (done.seated, done.refused) == (1, ("r1",))
        assert the_one(sound).code == "party_without_seat"

    def test_leaves_what_takes_judgement(self, sound: Path) -> None:
        tamper(sound, "update reservation set table_key = 1 where id = 'r3'")
        done = repair(sound, busy_timeout=0)
        assert (done.held, done.refused) == (0, ("r3",))
        assert the_one(sound).code == "misplaced_occupancy"

    def test_seats_nobody_who_waits_for_a_host(self, sound: Path) -> None:
        with at_the_prompt(sound) as connection:
            waiting = a_reservation("w1", start=utc("2026-05-02 15:00"), attention=("no_table",))
            book(in_transaction(connection), waiting)
            occupancy.release(in_transaction(connection), "w1")
        assert repair(sound, busy_timeout=0).held == 0

    def test_needs_the_present_schema(self, sound: Path) -> None:
        tamper(sound, "delete from migratehistory")
        with pytest.raises(SchemaMismatch, match="schema_older"):
            repair(sound, busy_timeout=0)

    def test_needs_a_database(self, tmp_path: Path) -> None:
        with pytest.raises(SchemaMismatch, match="no_database"):
            repair(tmp_path / "nothing.db", busy_timeout=0)
