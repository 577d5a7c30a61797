from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import peewee as pw
import pytest

from bakureserve.domain.errors import (
    Invalid,
    SchemaMismatch,
    StoreBusy,
    StoreCorrupt,
    StoreFull,
    StoreReadOnly,
)
from bakureserve.store import migrator
from bakureserve.store.engines.sqlite_triggers import guards
from bakureserve.store.migrator import MigrationFiles
from bakureserve.store.schema import MODELS
from bakureserve.store.transaction import EngineError
from tests.kit import other_processes
from tests.kit.rows import a_reservation, add_restaurant, at_the_prompt, book, in_transaction

ALL = tuple(sorted(each.stem for each in migrator.MIGRATIONS.glob("0*.py")))
EVERY_STEP = len(ALL)
EVERYTHING = "'table', 'index', 'trigger'"


def up(path: Path, *, dry_run: bool = False) -> tuple[str, ...]:
    return migrator.up(path, busy_timeout=5, dry_run=dry_run)


def down(path: Path, *, steps: int = 1, dry_run: bool = False) -> tuple[str, ...]:
    return migrator.down(path, steps=steps, busy_timeout=5, dry_run=dry_run)


def described(connection: sqlite3.Connection, kinds: str) -> dict[str, list[str]]:
    """Name → what the statement of everything in the schema of these kinds says, in any order.

    A column that a migration adds stands behind the table's constraints.
    """
    rows = connection.execute(
        "select type || ' ' || name, coalesce(sql, '') from sqlite_master"
        f" where type in ({kinds}) and tbl_name <> ? and name not like 'sqlite_%'",
        (migrator.HISTORY,),
    )
    return {name: sorted(parts(sql)) for name, sql in rows}


def parts(statement: str) -> Iterator[str]:
    """What stands before, between and behind the commas of a statement's outermost brackets."""
    depth, part = 0, ""
    for letter in statement:
        depth += (letter == "(") - (letter == ")")
        if (letter, depth) in {("(", 1), (",", 1), (")", 0)}:
            yield part.strip()
            part = ""
        else:
            part += letter
    yield part.strip()


def fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def everything_in(path: Path) -> list[str]:
    with at_the_prompt(path) as connection:
        return list(connection.iterdump())


@pytest.fixture
def migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the program's migrations, to which a test can add its own."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrator.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(migrator, "MIGRATIONS", folder)
    return folder


def add_migration(folder: Path, name: str, up: str, down: str = "pass") -> None:
    (folder / f"{name}.py").write_text(
        "import peewee as pw\n"
        f"def migrate(migrator, database, *, fake=False):\n    {up}\n"
        f"def rollback(migrator, database, *, fake=False):\n    {down}\n"
    )


def test_migrations_make_exactly_what_the_models_describe(path: Path) -> None:
    in_memory = pw.SqliteDatabase(":memory:")
    with in_memory.bind_ctx(MODELS):
        in_memory.create_tables(MODELS)
    modelled = described(in_memory.connection(), "'table', 'index'")
    in_memory.close()
    with at_the_prompt(path) as connection:
        assert described(connection, "'table', 'index'") == modelled
    assert len(modelled) > len(MODELS)


def test_migrations_and_models_leave_no_difference_to_write_a_migration_from(
    migrations: Path,
) -> None:
    assert migrator.create("more", directory=migrations) is None


def test_a_new_migration_is_the_last_though_numbers_were_left_out(migrations: Path) -> None:
    newest = max(migrations.glob("0*.py"))
    numbered = MigrationFiles(pw.SqliteDatabase(":memory:"), migrate_dir=migrations).compile("more")
    assert numbered == f"{int(newest.name[:3]) + 1:03}_more"


def test_what_could_be_no_file_of_migrations_is_no_name_of_one(tmp_path: Path) -> None:
    for name in ("", "../more", "Waiting list", "more.py", "__"):
        with pytest.raises(Invalid, match="migration_name_malformed"):
            migrator.create(name, directory=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_every_guard_is_installed_in_a_file_that_is_marked_as_ours(path: Path) -> None:
    with at_the_prompt(path) as connection:
        assert set(described(connection, "'trigger'")) == {f"trigger {name}" for name in guards()}
        assert connection.execute("pragma application_id").fetchone() == (0x42414B55,)
        assert connection.execute("pragma journal_mode").fetchone() == ("wal",)


def test_a_new_file_is_its_owner_s_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "store.sqlite3"
    up(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_programs_that_start_at_once_migrate_once(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    script = (
        "import sys; from pathlib import Path; from bakureserve.store import migrator;"
        "sys.stdin.readline(); print(*migrator.up(Path(sys.argv[1]), busy_timeout=20))"
    )
    contenders = [other_processes.start(script, path) for _ in range(3)]
    outcomes = []
    for contender in contenders:
        assert contender.stdin
        contender.stdin.write("\n")
        contender.stdin.flush()
    for contender in contenders:
        out, err = contender.communicate(timeout=60)
        assert contender.returncode == 0, err
        outcomes.append(out.strip())
    assert sorted(outcomes) == ["", "", " ".join(ALL)]
    migrator.require_current(path)


def test_guards_that_differ_are_installed_anew_and_what_is_current_stays_to_the_byte(
    path: Path,
) -> None:
    before = fingerprint(path)
    assert up(path) == ()
    assert migrator.status(path) == migrator.SchemaStatus(ALL, (), ())
    migrator.require_current(path)
    assert fingerprint(path) == before
    for damage in (
        "drop trigger occupancy_never_overlaps",
        "create trigger a_guard_of_old after insert on event begin select 1; end",
    ):
        with at_the_prompt(path) as connection:
            connection.execute(damage)
        assert up(path) == ()
        with at_the_prompt(path) as connection:
            assert set(described(connection, "'trigger'")) == {f"trigger {g}" for g in guards()}


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("create table fine (a)", EngineError("already exists")),
        (
            "insert into venue_staff values ('nobody', 'nowhere')",
            StoreCorrupt("dangling_refer"),
        ),
    ],
)
def test_a_migration_that_fails_takes_those_before_it_along(
    path: Path, migrations: Path, statement: str, error: Exception
) -> None:
    add_migration(migrations, "902_fine", "migrator.sql('create table fine (a)')")
    add_migration(migrations, "903_broken", f'migrator.sql("{statement}")')
    before = everything_in(path)
    with pytest.raises(type(error), match=str(error)):
        up(path)
    assert everything_in(path) == before


def test_a_disk_that_is_full_at_the_commit_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The engine has undone everything by then, so that peewee's own rollback fails.
    def commit(database: pw.SqliteDatabase) -> None:
        database.connection().rollback()
        full = sqlite3.OperationalError("database or disk is full")
        full.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise pw.OperationalError("database or disk is full") from full

    monkeypatch.setattr(pw.SqliteDatabase, "commit", commit)
    with pytest.raises(StoreFull):
        up(tmp_path / "new.sqlite3")


def test_migrating_gives_up_when_another_program_keeps_the_lock(
    path: Path, migrations: Path
) -> None:
    add_migration(migrations, "902_fine", "migrator.sql('create table fine (a)')")
    with other_processes.holding_the_lock(path), pytest.raises(StoreBusy):
        migrator.up(path, busy_timeout=0.05)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreReadOnly, match="store_cannot_create"):
        up(tmp_path / "file" / "store.sqlite3")


@pytest.mark.parametrize(
    ("model", "field"),
    [
        ("Restaurant", "city"),
        ("Area", "name"),
        ("DiningTable", "name"),
        ("Reservation", "guest_phone"),
    ],
)
def test_rebuilding_a_table_keeps_every_row_that_refers_to_it_and_every_guard(
    path: Path, migrations: Path, model: str, field: str
) -> None:
    with at_the_prompt(path) as connection:
        transaction = in_transaction(connection)
        add_restaurant(transaction)
        book(transaction, a_reservation())
    rows_before = [line for line in everything_in(path) if line.startswith("INSERT")]
    operation = f"migrator.{{}}_not_null('{model}', '{field}')"
    add_migration(migrations, "902_loosen", operation.format("drop"), operation.format("add"))
    assert up(path) == ("902_loosen",)
    rows = [line for line in everything_in(path) if line.startswith("INSERT")]
    assert [line for line in rows if "migratehistory" not in line] == [
        line for line in rows_before if "migratehistory" not in line
    ]
    with at_the_prompt(path) as connection:
        assert set(described(connection, "'trigger'")) == {f"trigger {g}" for g in guards()}
        with pytest.raises(sqlite3.IntegrityError, match="table_taken"):
            connection.execute(
                "insert into table_occupancy select table_key, starts_at + 1, ends_at, 'r1'"
                " from table_occupancy"
            )
    assert down(path) == ("902_loosen",)
    assert up(path) == ("902_loosen",)


def test_down_and_up_again_ends_where_it_began(path: Path) -> None:
    with at_the_prompt(path) as connection:
        before = described(connection, EVERYTHING)
    assert down(path, steps=EVERY_STEP + 9) == ALL[::-1]
    assert down(path) == ()
    assert migrator.status(path).pending == ALL
    with at_the_prompt(path) as connection:
        assert described(connection, EVERYTHING) == {}
    assert up(path) == ALL
    with at_the_prompt(path) as connection:
        assert described(connection, EVERYTHING) == before


def test_an_account_with_a_dotted_i_in_its_address_is_found_by_the_plain_one(path: Path) -> None:
    down(path, steps=EVERY_STEP - ALL.index("012_dotted_addresses"))
    with at_the_prompt(path) as connection:
        for id_, email in (("u1", "i\u0307lkin"), ("u2", "i\u0307sa"), ("u3", "isa")):
            connection.execute(
                "insert into user_account (id, name, email, phone, role, verified_email,"
                " verified_phone, extra, created_at, updated_at)"
                " values (?, '', ?, '', 'guest', 0, 0, '{}', 0, 0)",
                (id_, f"{email}@mail.az"),
            )
    up(path)
    with at_the_prompt(path) as connection:
        found = dict(connection.execute("select id, email from user_account"))
    kept = {"u1": "ilkin@mail.az", "u2": "i\u0307sa@mail.az", "u3": "isa@mail.az"}
    assert found == kept


@pytest.mark.parametrize("journal_mode", ["wal", "delete"])
def test_a_dry_run_of_either_way_changes_no_byte(
    path: Path, migrations: Path, journal_mode: str
) -> None:
    with at_the_prompt(path) as connection:
        connection.execute(f"pragma journal_mode = {journal_mode}")
    add_migration(migrations, "902_fine", "migrator.sql('create table fine (a)')")
    before = fingerprint(path)
    assert up(path, dry_run=True) == ("902_fine",)
    assert down(path, dry_run=True) == ALL[-1:]
    assert fingerprint(path) == before


def test_a_dry_run_makes_no_file_and_fills_no_empty_one(tmp_path: Path) -> None:
    missing, empty = tmp_path / "folder" / "store.sqlite3", tmp_path / "empty.sqlite3"
    empty.touch()
    for path in (missing, empty):
        assert up(path, dry_run=True) == ALL
    assert migrator.status(missing) == migrator.SchemaStatus((), ALL, ())
    for look in (migrator.require_current, down):
        with pytest.raises(SchemaMismatch, match="no_database"):
            look(missing)
    assert not missing.parent.exists()
    assert empty.read_bytes() == b""


def test_an_older_database_is_refused(path: Path, migrations: Path) -> None:
    add_migration(migrations, "902_fine", "migrator.sql('create table fine (a)')")
    with pytest.raises(SchemaMismatch, match="schema_older") as caught:
        migrator.require_current(path)
    assert caught.value.params["pending"] == "902_fine"


def test_a_newer_database_is_refused_and_unchanged(path: Path) -> None:
    with at_the_prompt(path) as connection:
        connection.execute(
            "insert into migratehistory (name, migrated_at) values ('999_future', 0)"
        )
    before = everything_in(path)
    for operation in (up, down, migrator.require_current):
        with pytest.raises(SchemaMismatch, match="schema_newer") as caught:
            operation(path)
        assert caught.value.params["unknown"] == "999_future"
    assert everything_in(path) == before


@pytest.mark.parametrize(
    "statement", ["create table notes (text)", "pragma application_id = 1196444487"]
)
def test_a_database_of_another_program_is_refused_and_not_touched(
    tmp_path: Path, statement: str
) -> None:
    path = tmp_path / "theirs.gpkg"
    with at_the_prompt(path) as connection:
        connection.execute(statement)
    before = fingerprint(path)
    for operation in (up, down, migrator.status):
        with pytest.raises(SchemaMismatch, match="not_our_database"):
            operation(path)
    assert fingerprint(path) == before


def test_a_file_that_is_no_database_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear guest, " * 500)
    before = fingerprint(path)
    for operation in (up, down, migrator.status):
        with pytest.raises(StoreCorrupt):
            operation(path)
    assert fingerprint(path) == before
