"""Backups: whole or not there, whatever else goes on."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from bakureserve.domain.errors import (
    Conflict,
    ReserveError,
    SchemaMismatch,
    StoreCorrupt,
    StoreFull,
    StoreReadOnly,
    Unavailable,
)
from bakureserve.store import migrator
from bakureserve.store.engines import sqlite_files
from bakureserve.store.maintenance.backup import back_up, verified
from tests.kit import other_processes
from tests.kit.rows import a_reservation, add_restaurant, at_the_prompt, book, in_transaction
from tests.kit.strange_files import STRANGE, as_it_lies, strange_file

WRITE_IN_A_LOOP = """
import itertools, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=5)
for number in itertools.count():
    connection.execute("begin immediate")
    for table in ("first", "second"):
        connection.execute(f"insert into {table} values (?, zeroblob(500))", (number,))
    connection.execute("commit")
    if number == 20:
        print("writing", flush=True)
"""

FILL_THE_DISK = """
import resource, sys
from pathlib import Path
from bakureserve.domain.errors import Unavailable
from bakureserve.store.maintenance.backup import back_up
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
try:
    back_up(Path(sys.argv[1]), Path(sys.argv[2]))
except Unavailable as error:
    print(error.code, Path(error.params["target"]).parent == Path(sys.argv[2]).parent)
"""


@pytest.fixture
def full(path: Path) -> Path:
    """A database with one restaurant and one reservation."""
    with at_the_prompt(path) as connection:
        transaction = in_transaction(connection)
        add_restaurant(transaction)
        book(transaction, a_reservation())
    return path


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder / "copy.db"


def files_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def garble(path: Path, *, at: int, length: int = 4096) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(b"\xa5" * length)


def test_a_backup_holds_what_the_database_holds_in_one_file_of_its_owner_s(
    full: Path, target: Path
) -> None:
    told: list[tuple[int, int]] = []
    report = back_up(full, target, progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] > 0
    assert (report.restaurants, report.reservations) == (1, 1)
    assert report.migration == migrator.status(full).applied[-1]
    assert report.bytes == target.stat().st_size
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    # Also on a medium that cannot be written.
    with closing(sqlite3.connect(f"file:{target}?mode=ro", uri=True)) as connection:
        assert connection.execute("select id from reservation").fetchall() == [("r1",)]
    assert files_in(target.parent) == ["copy.db"]


def test_a_backup_does_not_start_over_when_the_database_changes_meanwhile(
    full: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_files, "_PAGES_A_STEP", 1)
    done: list[int] = []
    with at_the_prompt(full) as server:

        def write_after_each_step(copied: int, total: int) -> None:
            done.append(copied)
            assert len(done) <= total
            server.execute("update reservation set version = version + 1")

        back_up(full, target, progress=write_after_each_step)
    assert done == sorted(done)
    with at_the_prompt(target) as connection:
        assert connection.execute("select version from reservation").fetchone() == (1,)


def test_a_backup_is_of_one_moment_while_another_process_writes(
    full: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_files, "_PAGES_A_STEP", 2)
    with at_the_prompt(full) as connection:
        connection.execute("create table first (number, filler)")
        connection.execute("create table second (number, filler)")
    sizes: set[int] = set()
    written = full.with_name(full.name + "-wal")
    writer = other_processes.start(WRITE_IN_A_LOOP, full)
    try:
        assert writer.stdout
        assert writer.stdout.readline() == "writing\n"
        for number in range(3):
            copy = target.with_name(f"{number}.db")
            back_up(full, copy, progress=lambda *_: sizes.add(written.stat().st_size))
            verified(copy)
            with at_the_prompt(copy) as connection:
                first, second = (
                    connection.execute(f"select count(*), max(number) from {table}").fetchone()
                    for table in ("first", "second")
                )
            assert first == second
            assert first[0] >= 20
        assert writer.poll() is None
    finally:
        writer.kill()
        writer.communicate()
    assert len(sizes) > 1, "nothing was written during the copies"


def test_a_target_that_exists_is_kept_unless_it_is_to_be_replaced(full: Path, target: Path) -> None:
    target.write_text("precious")
    with pytest.raises(Conflict, match="backup_exists"):
        back_up(full, target)
    assert target.read_text() == "precious"
    back_up(full, target, overwrite=True)
    assert verified(target).reservations == 1


def test_a_target_does_not_inherit_an_older_files_log_and_holds_the_database_s(
    full: Path, target: Path
) -> None:
    shutil.copy(full, target)
    with at_the_prompt(target) as older:
        older.execute("pragma wal_autocheckpoint = 0")
        older.execute("update reservation set guest_name = 'Old'")
        log = target.with_name("copy.db-wal").read_bytes()
    target.with_name("copy.db-wal").write_bytes(log)
    with at_the_prompt(full) as server:
        server.execute("pragma journal_mode = wal")
        server.execute("pragma wal_autocheckpoint = 0")
        server.execute("update reservation set guest_name = 'Leyla'")
        link = target.with_name("link.db")
        link.symlink_to(target)
        back_up(full, link, overwrite=True)
    assert link.is_symlink()
    with at_the_prompt(target) as connection:
        assert connection.execute("select guest_name from reservation").fetchone() == ("Leyla",)


@pytest.mark.parametrize("kind", STRANGE)
def test_a_target_must_be_a_file_if_there_is_anything(
    full: Path, tmp_path: Path, kind: str
) -> None:
    target = strange_file(tmp_path, kind)
    before = as_it_lies(target)
    with pytest.raises(Conflict, match="not_a_regular_file"):
        back_up(full, target, overwrite=True)
    assert as_it_lies(target) == before


def test_a_target_must_not_be_the_database_itself(full: Path) -> None:
    for overwrite in (False, True):
        with pytest.raises(Conflict, match="same_file"):
            back_up(full, full, overwrite=overwrite)
    assert verified(full).reservations == 1


def test_a_target_needs_a_folder(full: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder, reason in (
        ("nowhere", "No such file or directory"),
        ("file", "Not a directory"),
    ):
        with pytest.raises(StoreReadOnly, match="store_cannot_create") as caught:
            back_up(full, tmp_path / folder / "copy.db")
        assert caught.value.params["reason"] == reason


def test_a_backup_to_a_disk_with_too_little_space_is_not_begun(
    full: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = SimpleNamespace(free=full.stat().st_size - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(StoreFull, match="copy_needs_space"):
        back_up(full, target)
    assert files_in(target.parent) == []


def test_a_backup_to_a_disk_that_fails_leaves_nothing_behind_and_is_named(
    full: Path, target: Path
) -> None:
    assert other_processes.run(FILL_THE_DISK, full, target) == "copy_failed True\n"
    assert files_in(target.parent) == []


def test_a_target_disk_without_space_is_told_from_the_databases_own(
    full: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def small(path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("pragma max_page_count = 5")
        return connection

    monkeypatch.setattr(sqlite_files, "disposable", small)
    with pytest.raises(StoreFull, match="copy_out_of_space") as caught:
        back_up(full, target)
    assert caught.value.params == {"folder": str(target.parent)}
    assert files_in(target.parent) == []


def test_a_target_is_not_left_half_written_by_an_interruption(full: Path, target: Path) -> None:
    def interrupt(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    target.write_text("precious")
    with pytest.raises(KeyboardInterrupt):
        back_up(full, target, overwrite=True, progress=interrupt)
    assert files_in(target.parent) == ["copy.db"]
    assert target.read_text() == "precious"


@pytest.mark.parametrize("numbered", [False, True])
def test_a_name_taken_in_the_last_moment_is_left_to_who_was_quicker_or_gets_a_number_if_wanted(
    full: Path, target: Path, monkeypatch: pytest.MonkeyPatch, numbered: bool
) -> None:
    link = os.link

    def taken_just_now(source: Path, name: Path) -> None:
        if name == target:
            name.write_text("precious")
        link(source, name)

    monkeypatch.setattr(os, "link", taken_just_now)
    if numbered:
        made = [back_up(full, target, numbered=True).path for _ in range(2)]
        assert made == [str(target.with_stem("copy-2")), str(target.with_stem("copy-3"))]
    else:
        with pytest.raises(Conflict, match="backup_exists"):
            back_up(full, target)
    assert target.read_text() == "precious"
    names = ["copy-2.db", "copy-3.db"] if numbered else []
    assert files_in(target.parent) == [*names, "copy.db"]


@pytest.mark.parametrize(
    ("damage", "family"),
    [
        (lambda path: path.write_text("To-do: reservations\n" * 500), StoreCorrupt),
        (lambda path: path.write_bytes(b""), SchemaMismatch),
        (lambda path: garble(path, at=0, length=100), StoreCorrupt),
        (lambda path: garble(path, at=8 * 4096, length=8 * 4096), StoreCorrupt),
        (lambda path: path.write_bytes(path.read_bytes()[:-20_000]), StoreCorrupt),
    ],
    ids=["text", "empty", "garbled header", "garbled middle", "cut short"],
)
def test_a_source_that_is_damaged_is_named_and_not_copied(
    full: Path, target: Path, damage: object, family: type[Unavailable]
) -> None:
    assert callable(damage)
    damage(full)
    with pytest.raises(family) as caught:
        back_up(full, target)
    assert caught.value.params.get("path", str(full)) == str(full)
    assert files_in(target.parent) == []


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("delete from restaurant", StoreCorrupt("dangling_references")),
        ("insert into migratehistory values (999, '999_x', 0)", SchemaMismatch("schema_newer")),
        ("pragma application_id = 7", SchemaMismatch("not_our_database")),
    ],
)
def test_a_source_that_this_program_could_not_use_is_not_copied(
    full: Path, target: Path, statement: str, error: ReserveError
) -> None:
    with at_the_prompt(full, foreign_keys=False) as connection:
        connection.execute(statement)
    with pytest.raises(type(error), match=error.code):
        back_up(full, target)
    with pytest.raises(SchemaMismatch, match="no_database"):
        back_up(full.with_name("nothing.db"), target)
    assert files_in(target.parent) == []
    assert not full.with_name("nothing.db").exists()
