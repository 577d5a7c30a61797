"""Looking a database over: what is found, what is said about it, and what a repair mends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from bakureserve.domain.errors import Conflict, SchemaMismatch
from bakureserve.store.engines.sqlite_triggers import guards
from bakureserve.store.maintenance.check import DatabaseFinding, check
from bakureserve.store.maintenance.repair import Repaired, repair
from bakureserve.store.reservations import occupancy
from tests.kit import other_processes
from tests.kit.builders import utc
from tests.kit.rows import (
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


def the_one(path: Path) -> DatabaseFinding:
    (finding,) = check(path, NOW)
    return finding


def unguarded_occupancy(table: int, hour: int, reservation: str) -> str:
    """Hold a table for an hour that begins so many hours after 15:00."""
    return (
        "insert into table_occupancy (table_key, starts_at, ends_at, reservation_id)"
        f" select {table}, starts_at + {hour * HOUR}, starts_at + {(hour + 1) * HOUR},"
        f" '{reservation}' from reservation where id = 'r1'"
    )


def test_a_sound_database_gets_a_clean_bill_while_another_process_writes_and_is_not_written_to(
    sound: Path,
) -> None:
    before = sound.read_bytes()
    with other_processes.holding_the_lock(sound):
        assert check(sound, NOW) == []
    assert sound.read_bytes() == before


def test_a_database_to_check_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SchemaMismatch, match="no_database"):
        check(tmp_path / "nothing.db", NOW)
    assert list(tmp_path.iterdir()) == []


R3_AT_T2 = f"table t2 of restaurant {RESTAURANT.id} for reservation r3"
OVERLAPS = "occupancy_never_overlaps"
FAULTS: dict[str, tuple[list[str], str | None, str]] = {
    "a table held by a party that never came": (
        ["update reservation set status = 'no_show' where id = 'r1'"],
        "orphaned_occupancy",
        "table 1 for reservation r1",
    ),
    "a party without the table it was promised": (
        ["delete from table_occupancy where reservation_id = 'r3'"],
        "reservation_without_table",
        "r3",
    ),
    "another table held than promised": (
        ["update reservation set table_key = 3 where id = 'r3'"],
        "misplaced_occupancy",
        "r3",
    ),
    "a table held until another time than promised": (
        [f"update reservation set held_until = held_until + {HOUR} where id = 'r3'"],
        "misplaced_occupancy",
        "r3",
    ),
    "a table held from another time than promised": (
        [f"update table_occupancy set starts_at = starts_at - {HOUR} where reservation_id = 'r3'"],
        "misplaced_occupancy",
        "r3",
    ),
    "a party noted at another table": (
        ["update table_seating set table_key = 2"],
        "empty_seat",
        "table 2 for reservation r2",
    ),
    "a party that sits and is not noted": (
        ["delete from table_seating"], "party_without_seat", "r2",
    ),
    "a table held that is off the floor plan": (
        ["update dining_table set retired = 1 where id = 't2'"], "retired_table_held", R3_AT_T2,
    ),
    "a table held in a restaurant that is closed for good": (
        [
            "update restaurant set retired_at = 1",
            "delete from table_occupancy where table_key = 1",
            "update reservation set status = 'completed' where table_key = 1",
            "delete from table_seating",
        ],
        "retired_table_held",
        R3_AT_T2,
    ),
    "text that is not UTF-8": (
        [
            "delete from table_occupancy where reservation_id = 'r3'",
            "update reservation set id = cast(x'ff41' as text) where id = 'r3'",
        ],
        "reservation_without_table",
        "\ufffdA",
    ),
    "a guard is gone": ([f"drop trigger {OVERLAPS}"], "guards_astray", OVERLAPS),
    "a guard was changed": (
        [
            f"drop trigger {OVERLAPS}",
            f"create trigger {OVERLAPS} before insert on area begin select 1; end",
        ],
        "guards_astray",
        OVERLAPS,
    ),
    "what nobody relies on": (
        ["update venue_ledger set restaurant_id = 'x'", "delete from opening_period where 0"],
        None,
        "",
    ),
    "a restaurant whose time zone is none": (
        ["update restaurant set timezone = 'Asia/Nowhere'"],
        "unreadable_restaurant",
        f"{RESTAURANT.id}: 'No time zone found with key Asia/Nowhere'",
    ),
    "a restaurant whose document is no JSON": (
        ["update restaurant set document = '{{'"],
        "unreadable_restaurant",
        f"{RESTAURANT.id}: JSON is malformed: object keys must be strings (byte 1)",
    ),
    "a migration is missing": (
        ["delete from migratehistory where name = '001_core'"], "schema_older", "001_core",
    ),
    "a migration from the future": (
        ["insert into migratehistory (name, migrated_at) values ('999_x', 0)"],
        "schema_newer",
        "999_x",
    ),
} | {
    f"a reservation whose {change} cannot be read": (
        [f"update reservation set {change} where id = 'r1'"], "unreadable_reservation", "r1",
    )
    for change in (
        "service_date = 'soon'", "service_date = '2026-02-30'", "prep = '{{'", "extra = 'none'"
    )
}  # fmt: skip


@pytest.mark.parametrize(("statements", "code", "example"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_found_once_and_named(
    sound: Path, statements: list[str], code: str | None, example: str
) -> None:
    tamper(sound, *statements, guarded=any("trigger" in each for each in statements))
    found = check(sound, NOW)
    assert [(each.code, each.examples) for each in found] == ([(code, (example,))] if code else [])
    assert all(each.level == "fault" and each.remedy and each.what for each in found)
    assert msgspec.json.decode(msgspec.json.encode(found), type=list[DatabaseFinding]) == found


def test_a_fault_of_two_parties_at_one_table_names_both_also_behind_a_long_sitting(
    sound: Path,
) -> None:
    tamper(sound, unguarded_occupancy(1, 1, "r3"))
    found = {each.code: each for each in check(sound, NOW)}
    assert found["overlapping_occupancy"].examples == ("table 1 for reservations r1 and r3",)
    tamper(
        sound,
        "delete from table_occupancy where reservation_id = 'r3'",
        f"update table_occupancy set ends_at = ends_at + {6 * HOUR} where reservation_id='r1'",
        unguarded_occupancy(1, 6, "r3"),
    )
    found = {each.code: each for each in check(sound, NOW)}
    assert found["overlapping_occupancy"].count == 2


def test_a_reference_to_nothing_is_found(sound: Path) -> None:
    tamper(sound, "delete from reservation where id = 'r3'")
    found = {each.code: each for each in check(sound, NOW)}
    assert found.keys() == {"dangling_references", "orphaned_occupancy"}
    assert found["dangling_references"].examples == ("table_occupancy to reservation",)


def test_a_fault_of_which_there_are_many_is_counted_with_a_few_examples(sound: Path) -> None:
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


def test_a_reservation_that_waits_for_a_host_is_a_note_and_no_fault(sound: Path) -> None:
    with at_the_prompt(sound) as connection:
        waiting = a_reservation("w1", table_id=None, attention=("no_table",))
        book(in_transaction(connection), waiting)
    finding = the_one(sound)
    assert (finding.code, finding.examples, finding.level) == ("needs_attention", ("w1",), "note")
    tamper(sound, "update reservation set attention = '[\"closed_that_day\"]' where id = 'w1'")
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


def test_what_is_over_is_against_no_rule(sound: Path) -> None:
    tamper(
        sound,
        "update dining_table set retired = 1 where id = 't2'",
        f"insert into special_day values ('{RESTAURANT.id}', '2026-05-01', '[]', '')",
    )
    assert check(sound, NOW + dt.timedelta(days=2)) == []


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
def test_a_damaged_file_is_a_finding(
    sound: Path, damage: Callable[[bytes], bytes], code: str
) -> None:
    sound.write_bytes(damage(sound.read_bytes()))
    first = check(sound, NOW)[0]
    assert (first.code, first.level) == (code, "fault")
    assert first.examples


def test_damage_at_any_place_is_a_finding_or_harmless(sound: Path) -> None:
    content = sound.read_bytes()
    for page in range(len(content) // 4096):
        at = page * 4096
        sound.write_bytes(content[:at] + b"\xff" * 4096 + content[at + 4096 :])
        assert codes(sound) & {"file_damaged", "schema_older"}, f"page {page + 1}"


def test_a_file_of_another_program_is_a_finding(tmp_path: Path) -> None:
    with at_the_prompt(tmp_path / "songs.db") as connection:
        connection.execute("create table song (title)")
    assert the_one(tmp_path / "songs.db").code == "not_our_database"


def test_a_repair_of_a_sound_database_changes_nothing(sound: Path) -> None:
    with at_the_prompt(sound) as connection:  # nobody is seated who waits for a host
        waiting = a_reservation("w1", start=utc("2026-05-02 15:00"), attention=("no_table",))
        book(in_transaction(connection), waiting)
        occupancy.release(in_transaction(connection), "w1")
    assert repair(sound, busy_timeout=0) == Repaired((), 0, 0, 0, ())


def test_a_repair_puts_the_guards_back(sound: Path) -> None:
    tamper(sound, *(f"drop trigger {name}" for name in guards()), guarded=True)
    assert repair(sound, busy_timeout=0).guards == tuple(guards())
    assert check(sound, NOW) == []
    wanted = a_reservation("r3")
    with at_the_prompt(sound) as connection, pytest.raises(Conflict):
        occupancy.hold(in_transaction(connection), 1, wanted.start, wanted.end, "r3")


@pytest.mark.parametrize(
    ("mended", "statement"),
    [
        ("freed", "update reservation set status = 'no_show' where id = 'r1'"),
        ("freed", "delete from reservation where id = 'r1'"),
        ("held", "delete from table_occupancy where reservation_id = 'r3'"),
        ("held", "update reservation set table_key = 3 where id = 'r3'"),
        (
            "held",
            f"update table_occupancy set starts_at = starts_at - {HOUR} where table_key = 2",
        ),
        ("seated", "delete from table_seating"),
        ("seated", "update table_seating set table_key = 2"),
    ],
)
def test_a_repair_gives_each_party_the_table_it_was_promised_and_no_other(
    sound: Path, mended: str, statement: str
) -> None:
    tamper(sound, statement)
    done = repair(sound, busy_timeout=0)
    assert (done.freed, done.held, done.seated) == tuple(
        int(each == mended) for each in ("freed", "held", "seated")
    )
    assert check(sound, NOW) == []


def test_a_repair_of_two_parties_seated_at_one_table_believes_the_later(sound: Path) -> None:
    tamper(
        sound,
        "delete from table_seating",
        "update reservation set status = 'seated' where id = 'r1'",
    )
    done = repair(sound, busy_timeout=0)
    assert (done.seated, done.refused) == (1, ("r1",))
    assert the_one(sound).code == "party_without_seat"


def test_a_repair_leaves_what_takes_judgement(sound: Path) -> None:
    tamper(sound, "update reservation set table_key = 1 where id = 'r3'")
    done = repair(sound, busy_timeout=0)
    assert (done.held, done.refused) == (0, ("r3",))
    assert the_one(sound).code == "misplaced_occupancy"


def test_a_repair_needs_a_database_with_the_present_schema(sound: Path, tmp_path: Path) -> None:
    with pytest.raises(SchemaMismatch, match="no_database"):
        repair(tmp_path / "nothing.db", busy_timeout=0)
    tamper(sound, "delete from migratehistory")
    with pytest.raises(SchemaMismatch, match="schema_older"):
        repair(sound, busy_timeout=0)
