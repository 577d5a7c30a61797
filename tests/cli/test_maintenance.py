"""`migrate`, `backup`, `restore` and `check`, as a shell sees them."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from bakureserve.cli.exit_status import Status
from bakureserve.domain.errors import Conflict, SchemaMismatch
from bakureserve.runtime import prepare_store
from bakureserve.services import clock
from bakureserve.settings import Settings
from bakureserve.store import migrator
from bakureserve.store.maintenance.backup import verified
from tests.cli.conftest import Run
from tests.kit.houses import NOW
from tests.kit.program import COMMAND, environment

NO_DATABASE = "To-do: reservations\n" * 500


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the present schema and nothing in it, to copy."""
    file = tmp_path_factory.mktemp("migrated") / "bakureserve.db"
    migrator.up(file, busy_timeout=0)
    return file


@pytest.fixture
def shop(bare: Run, migrated: Path) -> Run:
    shutil.copy(migrated, bare.database)
    return bare


@pytest.fixture
def copy(shop: Run) -> Path:
    """A backup of it."""
    assert shop("backup", "copy.db").status == Status.OK
    return shop.folder / "copy.db"


@pytest.fixture
def lost(shop: Run) -> Run:
    """Backed up once, and then removed."""
    assert shop("backup").status == Status.OK
    for file in shop.folder.glob("bakureserve.db*"):
        file.unlink()
    return shop


def change(shop: Run, statement: str) -> None:
    """Change the database as `sqlite3` does, past every rule of the program."""
    with closing(sqlite3.connect(shop.database, isolation_level=None)) as connection:
        connection.execute(statement)


def backups(shop: Run) -> list[str]:
    return [each["path"] for each in shop("backup", "list", "--json").json]


def test_migrate_status_lists_what_is_pending_and_creates_nothing(bare: Run) -> None:
    done = bare("migrate", "status")
    assert (done.status, done.out.startswith("001_core\tpending\n")) == (Status.FINDING, True)
    assert list(bare.folder.iterdir()) == []


def test_migrate_up_rehearses_and_then_applies(bare: Run) -> None:
    assert "001_core\tpending\n" in bare("migrate", "up", "--dry-run").out
    assert not bare.database.exists()
    assert "001_core\tapplied\n" in bare("migrate", "up").out
    bare("migrate", "up").ends(Status.OK, "Nothing to do", out="")
    status = bare("migrate", "status", "--json")
    assert status.status == Status.OK
    assert {"migration": "001_core", "state": "applied"} in status.json


def test_migrate_refuses_a_newer_database_in_one_sentence(shop: Run) -> None:
    change(shop, "insert into migratehistory (name, migrated_at) values ('999_x', 0)")
    for verb in ("status", "up", "down"):
        done = shop("migrate", verb)
        assert (done.status, done.out, done.err.count("\n")) == (Status.SCHEMA, "", 1)
        assert "newer version of this program, with migrations unknown here: 999_x" in done.err


def test_migrate_keeps_a_backup_and_tells_the_way_back(shop: Run) -> None:
    down, up = shop("migrate", "down", "--yes"), shop("migrate", "up")
    before_up, before_down = backups(shop)
    assert f"Backup from before: {before_down}" in down.err
    assert f"{shop.folder} restore {before_up}" in up.err
    assert "-migration" in before_up
    assert shop("restore", before_up, "--yes").status == Status.OK
    assert shop("migrate", "status").status == Status.FINDING
    shop("migrate", "up", "--no-backup")
    shop("migrate", "down", "--yes", "--no-backup")
    assert len(backups(shop)) == 2


def test_migrate_down_names_the_loss_and_needs_a_yes(shop: Run) -> None:
    shop("migrate", "down").ends(Status.REFUSED, "0 restaurants and 0 reservations", "--yes")
    assert migrator.status(shop.database).applied


def test_migrate_down_undoes_the_newest_until_nothing_is_left(shop: Run) -> None:
    newest = migrator.status(shop.database).applied[-1]
    for option, state in (("--dry-run", "applied"), ("--yes", "undone")):
        told = shop("migrate", "down", option, "--json").json
        assert told == [{"migration": newest, "state": state}]
    shop("migrate", "down", "--yes", "--steps", 99)
    assert migrator.status(shop.database).applied == ()
    assert "Nothing to undo" in shop("migrate", "down").err


def test_migrate_create_writes_nothing_while_models_and_migrations_agree(bare: Run) -> None:
    bare("migrate", "create", "nothing").ends(Status.OK, "Nothing to write", out="")
    assert bare("migrate", "create", "../more").status == Status.REFUSED
    assert bare("migrate", "create", "nothing", "--json").json == {"written": None}


def test_a_backup_goes_into_the_data_folder_and_is_listed(shop: Run) -> None:
    shop("backup", "list").ends(
        Status.OK, f"Take one: bakureserve --data-dir {shop.folder} backup", out=""
    )
    report = shop("backup", "--json").json
    (made,) = (shop.folder / "backups").iterdir()
    assert (report["path"], report["bytes"]) == (str(made), made.stat().st_size)
    assert (made.name[:12], made.suffix) == ("bakureserve-", ".db")
    (shop.folder / "backups" / "letter.txt").touch()
    assert f"manual\t{report['bytes']}\t{made}\n" in shop("backup", "list").out
    assert backups(shop) == [str(made)]


def test_a_backup_goes_to_the_file_or_folder_that_is_named(shop: Run) -> None:
    (folder := shop.folder / "usb").mkdir()
    assert f"path\t{folder}/bakureserve-" in shop("backup", folder).out
    assert f"path\t{folder}/mine.db\n" in shop("backup", "create", folder / "mine.db").out


def test_several_backups_may_be_taken_within_a_second(
    shop: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "system_clock", lambda: NOW)
    made = [shop("backup", "--json").json["path"] for _ in range(2)]
    assert backups(shop) == made[::-1]
    assert [Path(path).name for path in made] == [
        "bakureserve-20270301T080000Z.db",
        "bakureserve-20270301T080000Z-2.db",
    ]
    (elsewhere := shop.folder / "elsewhere").mkdir()
    assert [shop("backup", elsewhere).status for _ in range(2)] == [Status.OK, Status.OK]
    assert len(list(elsewhere.iterdir())) == 2


def test_a_backup_replaces_a_file_only_when_told_so(shop: Run) -> None:
    (target := shop.folder / "mine.db").touch()
    shop("backup", target).ends(Status.CONFLICT, f"{target} already exists", "--overwrite")
    assert shop("backup", target, "--overwrite").status == Status.OK


def test_a_backup_is_handed_to_the_operators_own_program(
    shop: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKUP_COMMAND", f"cp -t '{shop.folder}'")
    report = shop("backup", "--json").json
    assert (shop.folder / Path(report["path"]).name).stat().st_size == report["bytes"]
    monkeypatch.setenv("BACKUP_COMMAND", "false")
    shop("backup").ends(
        Status.UNAVAILABLE, "The backup was made, but BACKUP_COMMAND (false) failed on it"
    )


def test_a_backup_goes_down_a_pipe_but_not_onto_a_terminal(shop: Run, tmp_path: Path) -> None:
    sent = subprocess.run(
        [*COMMAND, "backup", "-", "--data-dir", str(shop.folder)],
        cwd=shop.folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    (tmp_path / "received.db").write_bytes(sent.stdout)
    assert verified(tmp_path / "received.db").restaurants == 0
    assert b"Sent 0 restaurants and 0 reservations." in sent.stderr
    assert not (shop.folder / "-").exists()
    assert list(shop.folder.glob("backups/*")) == []
    shown = shop.on_a_terminal("backup", "-")
    assert "SQLite format" not in shown
    assert "to a file or a pipe" in shown
    assert "Backing up" in shop.on_a_terminal("backup")


def test_a_damaged_database_is_named_and_neither_copied_nor_sent(shop: Run) -> None:
    shop.database.write_text(NO_DATABASE)
    for target in ([], ["-"]):
        done = shop("backup", *target)
        assert (done.status, done.out) == (Status.CORRUPT, "")
        assert "Traceback" not in done.err
    done = shop("check")
    assert done.status == Status.FINDING
    assert "file_damaged" in done.out
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("answer", "status", "count"),
    [("y", Status.OK, 1), ("n", Status.INTERRUPTED, 0), ("", Status.INTERRUPTED, 0)],
)
def test_restore_asks_before_it_replaces_a_database(
    shop: Run, copy: Path, answer: str, status: Status, count: int
) -> None:
    shop("restore", copy).ends(Status.REFUSED, f"with {copy} (0 restaurants, 0 reservations)")
    keyboard = io.StringIO(f"{answer}\n")
    keyboard.isatty = lambda: True  # type: ignore[method-assign]
    done = shop.reading(keyboard, "restore", copy)
    kept = sorted(shop.folder.glob("*.replaced-*"))
    assert (done.status, len(kept)) == (status, count)
    assert all(f"replaced\t{each}\n" in done.out for each in kept)


def test_restore_tells_of_migrations_that_the_backup_lacks(
    shop: Run, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrations = shop.folder / "migrations"
    shutil.copytree(migrator.MIGRATIONS, migrations)
    (migrations / "999_later.py").write_text("")
    monkeypatch.setattr(migrator, "MIGRATIONS", migrations)
    shop("restore", copy, "--yes").ends(Status.OK, "It lacks migrations (999_later)")


def test_check_finds_nothing_in_a_sound_database(shop: Run) -> None:
    shop("check").ends(Status.OK, "No faults found", out="")
    assert shop("check", "--json").json == []


def test_check_tells_what_is_wrong_and_mends_what_it_can(shop: Run) -> None:
    change(shop, "drop trigger occupancy_never_overlaps")
    done = shop("check", "--json")
    (finding,) = done.json
    assert (done.status, finding["code"]) == (Status.FINDING, "guards_astray")
    assert "check --repair" in finding["remedy"]
    assert "check --repair" in shop("check").out
    shop("check", "--repair").ends(Status.OK, "Guards put back: 1.")
    assert shop("check").status == Status.OK


NEED_A_DATABASE = [
    "check",
    "check --repair",
    "backup",
    "migrate down --yes",
    "seed",
    "users list",
    "restaurants list",
    "reservations list",
]


def test_without_a_database_all_commands_say_the_same(bare: Run) -> None:
    for line in NEED_A_DATABASE:
        bare(*line.split(), "--data-dir", "nowhere").ends(
            Status.SCHEMA, "There is no database at", " serve` makes one"
        )
    assert list(bare.folder.iterdir()) == []


def test_a_lost_database_is_missed_and_never_replaced_by_a_new_one(lost: Run) -> None:
    make_one = ["serve --port 0", "migrate up", "migrate-json", "migrate-json --dry-run"]
    for line in NEED_A_DATABASE + make_one:
        lost(*line.split()).ends(
            Status.SCHEMA, f"bakureserve --data-dir {lost.folder} restore BACKUP", " serve --new"
        )
    assert not lost.database.exists()


def test_a_lost_database_comes_back_by_restoring_without_a_question(lost: Run) -> None:
    (backup,) = backups(lost)
    assert lost("restore", backup).status == Status.OK
    assert lost("check").status == Status.OK


def test_a_database_that_is_there_is_not_given_up(shop: Run) -> None:
    done = shop("serve", "--port", "0", "--new")
    events = [json.loads(line)["event"] for line in done.err.splitlines()]
    assert (done.status, events) == (Status.CONFLICT, ["starting", "failed"])


def test_a_lost_database_is_given_up_by_a_word_of_its_own(lost: Run) -> None:
    settings = Settings(data_dir=lost.folder, seed=False)
    with pytest.raises(SchemaMismatch):
        prepare_store(settings)
    assert prepare_store(settings, new=True).migrated
    with pytest.raises(Conflict):
        prepare_store(settings, new=True)


def test_a_database_is_compacted_by_hand(shop: Run) -> None:
    told = shop("migrate", "compact", "--json").json
    assert 0 < told["bytes"] <= told["bytes_before"]
    assert shop("check").status == Status.OK
