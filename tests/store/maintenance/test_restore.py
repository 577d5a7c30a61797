"""Restoring: afterwards there is one whole database, the old or the new, whatever happens."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from bakureserve.domain.errors import Conflict, NotFound, SchemaMismatch, StoreCorrupt
from bakureserve.store import migrator
from bakureserve.store.maintenance.backup import back_up, verified
from bakureserve.store.maintenance.peek import newest_event_id
from bakureserve.store.maintenance.restore import restore
from tests.kit import other_processes
from tests.kit.builders import utc
from tests.kit.rows import a_reservation, add_restaurant, at_the_prompt, book, in_transaction
from tests.kit.strange_files import STRANGE, as_it_lies, strange_file

NOW = utc("2026-05-01 09:30")
KEPT = "store.sqlite3.replaced-20260501T093000Z"

OPEN_AS_A_SERVER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("pragma journal_mode = wal")
connection.execute("select count(*) from sqlite_master").fetchone()
print("open", flush=True)
sys.stdin.readline()
"""

OPEN_LATE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=float(sys.argv[2]))
print("opened", flush=True)
try:
    connection.execute("pragma journal_mode = wal")
    connection.execute("update reservation set guest_name = 'Late'")
except sqlite3.OperationalError as error:
    print(error.sqlite_errorname)
"""

STEPS = {"os.link", "os.rename", "os.remove", "os.mkdir", "sqlite3.connect", "tempfile.mkstemp"}
DIED = 9


def name_in(path: Path) -> str:
    """The guest's name by which old and new are told apart."""
    with at_the_prompt(path) as connection:
        (name,) = connection.execute("select guest_name from reservation").fetchone()
        return str(name)


def files_in(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir() if each.is_file()}


@pytest.fixture
def old(path: Path) -> Path:
    """The database to be replaced."""
    with at_the_prompt(path) as connection:
        transaction = in_transaction(connection)
        add_restaurant(transaction)
        book(transaction, a_reservation(guest_name="Old"))
    return path


@pytest.fixture
def new(old: Path, tmp_path: Path) -> Path:
    """The backup to be restored."""
    folder = tmp_path / "backups"
    folder.mkdir()
    target = folder / "new.db"
    back_up(old, target)
    with at_the_prompt(target) as connection:
        connection.execute("update reservation set guest_name = 'New'")
    return target


def leave_a_log(path: Path, guest_name: str) -> None:
    """As a server that was killed leaves it: its last commit only in the write-ahead log."""
    beside = [path.with_name(path.name + suffix) for suffix in ("-wal", "-shm")]
    with at_the_prompt(path) as server:
        server.execute("pragma journal_mode = wal")
        server.execute("pragma wal_autocheckpoint = 0")
        server.execute("update reservation set guest_name = ?", (guest_name,))
        held = [each.read_bytes() for each in (path, *beside)]
    for each, content in zip((path, *beside), held, strict=True):
        each.write_bytes(content)


def damage(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\xa5" * 100)


@pytest.mark.parametrize("hard_links", [True, False])
def test_a_restore_replaces_the_database_and_keeps_the_old_one_and_the_backup(
    old: Path, new: Path, monkeypatch: pytest.MonkeyPatch, hard_links: bool
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    if not hard_links:
        monkeypatch.setattr(os, "link", refuse)
    before = new.read_bytes()
    report = restore(old, new, now=NOW)
    assert name_in(old) == "New"
    assert report.replaced == str(old.with_name(KEPT))
    assert name_in(old.with_name(KEPT)) == "Old"
    assert (report.restaurants, report.reservations, report.pending) == (1, 1, ())
    assert files_in(old.parent) == {old.name, KEPT}
    assert stat.S_IMODE(old.stat().st_mode) == 0o600
    assert new.read_bytes() == before
    assert not old.samefile(new)


def test_a_restore_makes_the_database_where_there_is_none(new: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "new machine" / "store.sqlite3"
    report = restore(fresh, new, now=NOW)
    assert report.replaced is None
    assert name_in(fresh) == "New"
    assert files_in(fresh.parent) == {fresh.name}


def test_a_restore_keeps_what_was_only_in_the_old_ones_log_and_takes_what_is_in_the_new_ones(
    old: Path, new: Path
) -> None:
    leave_a_log(old, "In the log")
    leave_a_log(new, "New in the log")
    restore(old, new, now=NOW)
    assert name_in(old) == "New in the log"
    assert name_in(old.with_name(KEPT)) == "In the log"
    assert files_in(old.parent) == {old.name, KEPT}


def test_a_restore_never_applies_the_log_of_a_database_that_is_gone(old: Path, new: Path) -> None:
    leave_a_log(old, "Stale")
    old.unlink()
    restore(old, new, now=NOW)
    assert name_in(old) == "New"
    assert f"{KEPT}-wal" in files_in(old.parent)


def test_a_restore_replaces_a_damaged_database(old: Path, new: Path) -> None:
    leave_a_log(old, "Stale")
    damage(old)
    restore(old, new, now=NOW)
    assert name_in(old) == "New"
    assert files_in(old.parent) == {old.name, KEPT}
    mended = old.with_name("mended.db")
    mended.write_bytes(new.read_bytes()[:100] + old.with_name(KEPT).read_bytes()[100:])
    assert name_in(mended) == "Stale"


def test_a_restore_twice_in_one_second_loses_nothing(old: Path, new: Path) -> None:
    restore(old, new, now=NOW)
    report = restore(old, new, now=NOW)
    assert report.replaced == str(old.with_name(f"{KEPT}-2"))
    assert name_in(old.with_name(KEPT)) == "Old"
    assert name_in(old.with_name(f"{KEPT}-2")) == "New"


@pytest.mark.parametrize("kind", STRANGE)
def test_a_target_must_be_a_file_if_there_is_anything(new: Path, tmp_path: Path, kind: str) -> None:
    target = strange_file(tmp_path, kind)
    before = as_it_lies(target)
    with pytest.raises(Conflict, match="not_a_regular_file"):
        restore(target, new, now=NOW)
    assert as_it_lies(target) == before


def test_a_source_must_be_a_database_of_ours_and_another_one(
    old: Path, new: Path, tmp_path: Path
) -> None:
    songs = tmp_path / "songs.db"
    with at_the_prompt(songs) as connection:
        connection.execute("create table song (title)")
    with at_the_prompt(new) as connection:
        connection.execute("insert into migratehistory (name, migrated_at) values ('999_x', 0)")
    for source, error in (
        (tmp_path / "nothing.db", NotFound("no_backup")),
        (old, Conflict("same_file")),
        (songs, SchemaMismatch("not_our_database")),
        (new, SchemaMismatch("schema_newer")),
    ):
        with pytest.raises(type(error), match=error.code):
            restore(old, source, now=NOW)
        assert name_in(old) == "Old"
    assert not (tmp_path / "nothing.db").exists()


def test_a_source_that_is_damaged_changes_nothing(old: Path, new: Path) -> None:
    damage(new)
    with pytest.raises(StoreCorrupt) as caught:
        restore(old, new, now=NOW)
    assert name_in(old) == "Old"
    assert files_in(old.parent) == {old.name}
    assert caught.value.code in {"file_damaged", "not_a_database"}


def test_a_source_of_an_older_program_is_taken_and_told(
    old: Path, new: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrations = tmp_path / "migrations"
    shutil.copytree(migrator.MIGRATIONS, migrations, ignore=shutil.ignore_patterns("*.pyc"))
    (migrations / "999_later.py").write_text("def migrate(*_, **__): pass\n")
    monkeypatch.setattr(migrator, "MIGRATIONS", migrations)
    assert restore(old, new, now=NOW).pending == ("999_later",)
    assert name_in(old) == "New"


@pytest.mark.parametrize("damaged", [False, True], ids=["sound", "damaged"])
def test_another_process_that_has_the_database_open_prevents_a_restore(
    old: Path, new: Path, damaged: bool
) -> None:
    server = other_processes.start(OPEN_AS_A_SERVER, old)
    assert server.stdout
    assert server.stdout.readline() == "open\n"
    if damaged:
        damage(old)
    try:
        with pytest.raises(Conflict, match="database_in_use"):
            restore(old, new, now=NOW)
    finally:
        server.communicate("\n")
    assert not any("replaced" in name for name in files_in(old.parent))
    restore(old, new, now=NOW)
    assert name_in(old) == "New"


def test_another_process_that_wants_to_write_to_the_old_file_meanwhile_is_kept_waiting(
    old: Path, new: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    replace = Path.replace

    def write_and_replace(copy: Path, target: Path) -> Path:
        said.append(other_processes.run(OPEN_LATE, old, 0))
        return replace(copy, target)

    monkeypatch.setattr(Path, "replace", write_and_replace)
    restore(old, new, now=NOW)
    assert said == ["opened\nSQLITE_BUSY\n"]
    assert name_in(old.with_name(KEPT)) == "Old"


def test_another_process_that_opens_the_database_at_the_last_moment_cannot_write_to_the_old_file(
    old: Path, new: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late: list[Any] = []
    replace = Path.replace

    def open_late_and_replace(copy: Path, target: Path) -> Path:
        late.append(other_processes.start(OPEN_LATE, old, 30))
        assert late[0].stdout.readline() == "opened\n"
        return replace(copy, target)

    monkeypatch.setattr(Path, "replace", open_late_and_replace)
    restore(old, new, now=NOW)
    said, _ = late[0].communicate(timeout=60)
    assert said == "SQLITE_READONLY_DBMOVED\n"
    assert (name_in(old), name_in(old.with_name(KEPT))) == ("New", "Old")


class TestEventIds:
    """Who follows has ids of events that a restored database knows nothing of."""

    @pytest.mark.parametrize("newer", ["the database", "the backup"])
    def test_event_ids_go_on_beyond_those_of_the_database_that_is_replaced_and_of_the_backup(
        self, old: Path, new: Path, newer: str
    ) -> None:
        far = int(NOW.timestamp() * 1000) + 5_000_000  # more than any clock would say
        _add_event(old if newer == "the database" else new, far)
        restore(old, new, now=NOW)
        assert newest_event_id(old) > far + (5_000 if newer == "the database" else 0)
        with at_the_prompt(old) as connection:
            (kind,) = connection.execute("select kind from event order by id desc").fetchone()
        assert kind == "store.restored"

    def test_event_ids_go_on_beyond_those_of_a_database_that_is_lost(
        self, new: Path, tmp_path: Path
    ) -> None:
        fresh = tmp_path / "new machine" / "store.sqlite3"
        restore(fresh, new, now=NOW)
        first = newest_event_id(fresh)
        assert first > int(NOW.timestamp() * 1000)
        _add_event(fresh)
        fresh.unlink()
        restore(fresh, new, now=NOW + dt.timedelta(minutes=1))
        assert newest_event_id(fresh) > first + 5_000


def _add_event(path: Path, number: int | None = None) -> None:
    with at_the_prompt(path) as connection:
        connection.execute(
            "insert into event (id, at, kind, data) values (?, 0, 'anything.done', '{}')", (number,)
        )


class TestACrash:
    """The process is gone before its nth touch of the file system; n runs through all of them."""

    @pytest.mark.parametrize("state", ["sound", "with a log", "damaged"])
    def test_a_crash_between_any_two_steps_leaves_one_of_the_two_databases_whole(
        self, old: Path, new: Path, tmp_path: Path, state: str
    ) -> None:
        if state == "with a log":
            leave_a_log(old, "Old in the log")
        if state == "damaged":
            leave_a_log(old, "Stale")
            damage(old)
        seen: set[str] = set()
        for number in range(100):
            copy = tmp_path / f"try {number}"
            copy.mkdir()
            for name in files_in(old.parent):
                shutil.copy(old.with_name(name), copy)
            died = _restore_and_die(copy / old.name, new, before=number)
            seen.add(_usable(copy, old.name))
            if not died:
                break
        assert seen == {"sound": {"Old", "New"}, "with a log": {"Old in the log", "New"}}.get(
            state, {"damaged", "New"}
        )
        assert number > 5


def _restore_and_die(path: Path, source: Path, *, before: int) -> bool:
    """Run `restore` in a process that ends before its step number `before`; whether it did."""
    child = os.fork()
    if child == 0:
        steps = iter(range(1000))

        def hook(event: str, _: object) -> None:
            if event in STEPS and next(steps) == before:
                os._exit(DIED)

        sys.addaudithook(hook)
        try:
            restore(path, source, now=NOW)
        except BaseException:  # noqa: BLE001 - the test's own runner must not go on in the child
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in {0, DIED}
    return code == DIED


def _usable(folder: Path, name: str) -> str:
    """What a server that starts now would find."""
    try:
        verified(folder / name)
    except StoreCorrupt:
        return "damaged"
    return name_in(folder / name)
