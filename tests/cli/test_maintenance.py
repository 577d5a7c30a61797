"""`migrate`, `backup`, `restore` and `check`, as a shell sees them."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bakureserve.cli.app import invoke
from bakureserve.cli.status import Status
from bakureserve.domain.errors import Conflict, SchemaMismatch
from bakureserve.runtime import prepare_store
from bakureserve.services import clock
from bakureserve.settings import Settings
from bakureserve.store import migrator
from bakureserve.store.maintenance.backup import verified
from tests.kit.houses import NOW
from tests.kit.program import COMMAND, environment, on_a_terminal


@dataclass
class Done:
    """How a run of the program ended, and what it said."""

    status: int
    stdout: str
    stderr: str


class Shop:
    """A folder with a database, and the program run on it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.database = folder / "bakureserve.db"
        self._capsys = capsys

    def run(self, *arguments: object) -> Done:
        self._capsys.readouterr()
        status = invoke([*map(str, arguments), "--data-dir", str(self.folder)])
        return Done(status, *self._capsys.readouterr())

    def json(self, *arguments: object) -> Any:
        return json.loads(self.run(*arguments, "--json").stdout)

    @contextmanager
    def prompt(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.database, isolation_level=None)) as connection:
            yield connection

    def replaced(self) -> list[Path]:
        return sorted(self.folder.glob("*.replaced-*"))


@pytest.fixture
def empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shop:
    """No database yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return Shop(tmp_path, capsys)


@pytest.fixture
def shop(empty: Shop) -> Shop:
    """A database with the present schema and nothing in it."""
    migrator.up(empty.database, busy_timeout=0)
    return empty


class TestMigrate:
    def test_status_lists_what_is_pending_and_creates_nothing(self, empty: Shop) -> None:
        done = empty.run("migrate", "status")

        assert done.status == Status.FINDING
        assert "001_core\tpending\n" in done.stdout
        assert list(empty.folder.iterdir()) == []

    def test_status_of_the_present_schema_is_fine(self, shop: Shop) -> None:
        done = shop.run("migrate", "status", "--json")

        assert done.status == Status.OK
        assert {"migration": "001_core", "state": "applied"} in json.loads(done.stdout)

    def test_up_tells_first_and_does_it_then(self, empty: Shop) -> None:
        assert "001_core\tpending\n" in empty.run("migrate", "up", "--dry-run").stdout
        assert not empty.database.exists()

        assert "001_core\tapplied\n" in empty.run("migrate", "up").stdout
        again = empty.run("migrate", "up")

        assert (again.status, again.stdout) == (Status.OK, "")
        assert "Nothing to do" in again.stderr

    @pytest.mark.parametrize("verb", ["status", "up", "down"])
    def test_a_newer_database_is_refused_in_one_sentence(self, shop: Shop, verb: str) -> None:
        with shop.prompt() as prompt:
            prompt.execute("insert into migratehistory (name, migrated_at) values ('999_x', 0)")

        done = shop.run("migrate", verb)

        assert (done.status, done.stdout) == (Status.SCHEMA, "")
        assert "newer version of this program, with migrations unknown here: 999_x" in done.stderr
        assert done.stderr.count("\n") == 1

    def test_what_is_there_is_kept_before_and_the_way_back_told(self, shop: Shop) -> None:
        down = shop.run("migrate", "down", "--yes")
        up = shop.run("migrate", "up")

        kept = [each["path"] for each in shop.json("backup", "list")]
        assert len(kept) == 2
        assert f"As it was before: {kept[1]}" in down.stderr
        assert f"{shop.folder} restore {kept[0]}" in up.stderr
        assert "-migration" in kept[0]
        assert shop.run("restore", kept[0], "--yes").status == Status.OK
        assert shop.run("migrate", "status").status == Status.FINDING

    def test_nothing_is_kept_when_that_is_wanted(self, shop: Shop) -> None:
        shop.run("migrate", "down", "--yes", "--no-backup")
        shop.run("migrate", "up", "--no-backup")

        assert shop.json("backup", "list") == []

    def test_down_names_the_loss_and_needs_a_yes(self, shop: Shop) -> None:
        asked = shop.run("migrate", "down")

        assert asked.status == Status.REFUSED
        assert "0 restaurants and 0 reservations" in asked.stderr
        assert "--yes" in asked.stderr
        assert migrator.status(shop.database).applied

    def test_down_undoes_the_newest_and_tells_when_nothing_is_left(self, shop: Shop) -> None:
        applied = migrator.status(shop.database).applied

        assert shop.json("migrate", "down", "--dry-run") == [
            {"migration": applied[-1], "state": "applied"}
        ]
        assert shop.json("migrate", "down", "--yes") == [
            {"migration": applied[-1], "state": "undone"}
        ]
        shop.run("migrate", "down", "--yes", "--steps", 99)

        assert migrator.status(shop.database).applied == ()
        assert "Nothing to undo" in shop.run("migrate", "down").stderr

    def test_create_has_nothing_to_write_while_models_and_migrations_agree(
        self, empty: Shop
    ) -> None:
        done = empty.run("migrate", "create", "nothing")

        assert (done.status, done.stdout) == (Status.OK, "")
        assert "Nothing to write" in done.stderr
        assert empty.run("migrate", "create", "../more").status == Status.REFUSED
        assert empty.json("migrate", "create", "nothing") == {"written": None}


class TestBackup:
    def test_goes_into_the_data_folder_by_itself(self, shop: Shop) -> None:
        report = shop.json("backup")

        (made,) = (shop.folder / "backups").iterdir()
        assert isinstance(report, dict)
        assert report["path"] == str(made)
        assert report["bytes"] == made.stat().st_size
        assert (made.name[:12], made.suffix) == ("bakureserve-", ".db")

    def test_has_a_verb_that_may_be_left_out(self, shop: Shop) -> None:
        assert (
            f"path\t{shop.folder}/mine.db\n"
            in shop.run("backup", "create", shop.folder / "mine.db").stdout
        )
        assert shop.run("backup", "--overwrite", shop.folder / "mine.db").status == Status.OK

    def test_may_be_taken_twice_in_one_second(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(clock, "system_clock", lambda: NOW)
        made = [shop.json("backup")["path"] for _ in range(3)]
        (shop.folder / "elsewhere").mkdir()
        for _ in range(2):
            assert shop.run("backup", shop.folder / "elsewhere").status == Status.OK

        listed = [each["path"] for each in shop.json("backup", "list")]
        assert listed == made[::-1]
        assert [Path(path).name for path in made] == [
            "bakureserve-20270301T080000Z.db",
            "bakureserve-20270301T080000Z-2.db",
            "bakureserve-20270301T080000Z-3.db",
        ]
        assert len(list((shop.folder / "elsewhere").iterdir())) == 2

    def test_is_handed_to_the_operators_own_program(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("BACKUP_COMMAND", f"cp -t '{shop.folder}'")
        report = shop.json("backup")
        assert (shop.folder / Path(report["path"]).name).stat().st_size == report["bytes"]

        monkeypatch.setenv("BACKUP_COMMAND", "false")
        done = shop.run("backup")
        assert done.status == Status.UNAVAILABLE
        assert "The backup is made, but BACKUP_COMMAND (false) failed on it" in done.stderr

    def test_goes_down_a_pipe(self, shop: Shop, tmp_path: Path) -> None:
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

    def test_of_a_damaged_database_sends_nothing(self, shop: Shop) -> None:
        shop.database.write_text("To-do: reservations\n" * 500)
        done = shop.run("backup", "-")
        assert (done.status, done.stdout) == (Status.CORRUPT, "")

    def test_is_not_written_onto_a_terminal(self, shop: Shop) -> None:
        shown = on_a_terminal("backup", "-", "--data-dir", str(shop.folder), cwd=shop.folder)
        assert "SQLite format" not in shown
        assert "into a file or a pipe" in shown

    def test_are_listed_newest_first(self, shop: Shop) -> None:
        assert shop.json("backup", "list") == []
        report = shop.json("backup")
        (shop.folder / "backups" / "letter.txt").touch()

        (listed,) = shop.json("backup", "list")

        assert isinstance(report, dict)
        assert (listed["path"], listed["kind"]) == (report["path"], "manual")
        assert f"manual\t{report['bytes']}\t{report['path']}\n" in shop.run("backup", "list").stdout

    def test_that_there_are_none_is_said_with_what_to_do(self, shop: Shop) -> None:
        done = shop.run("backup", "list")

        assert (done.status, done.stdout) == (Status.OK, "")
        assert f"Take one: bakureserve --data-dir {shop.folder} backup" in done.stderr

    def test_goes_where_it_is_told(self, shop: Shop) -> None:
        folder = shop.folder / "usb"
        folder.mkdir()

        assert f"path\t{folder}/bakureserve-" in shop.run("backup", folder).stdout
        assert f"path\t{folder}/mine.db\n" in shop.run("backup", folder / "mine.db").stdout

    def test_overwrites_only_when_told(self, shop: Shop) -> None:
        target = shop.folder / "mine.db"
        target.touch()

        refused = shop.run("backup", target)

        assert refused.status == Status.CONFLICT
        assert f"{target} exists already" in refused.stderr
        assert "--overwrite" in refused.stderr
        assert shop.run("backup", target, "--overwrite").status == Status.OK

    def test_says_that_there_is_no_database_and_leaves_no_folder(self, empty: Shop) -> None:
        done = empty.run("backup")

        assert done.status == Status.SCHEMA
        assert f"no database at {empty.database}" in done.stderr
        assert list(empty.folder.iterdir()) == []

    def test_says_why_a_folder_will_not_do(self, shop: Shop) -> None:
        done = shop.run("backup", shop.folder / "nowhere" / "mine.db")

        assert done.status == Status.READ_ONLY
        assert "No such file or directory" in done.stderr

    def test_says_that_the_database_is_damaged(self, shop: Shop) -> None:
        shop.database.write_text("To-do: reservations\n" * 500)

        done = shop.run("backup")

        assert done.status == Status.CORRUPT
        assert "Traceback" not in done.stderr

    def test_shows_a_bar_on_a_terminal(self, shop: Shop) -> None:
        shown = on_a_terminal("backup", cwd=shop.folder, DATA_DIR=str(shop.folder))

        assert "Backing up" in shown


class TestRestore:
    @pytest.fixture
    def copy(self, shop: Shop) -> Path:
        target = shop.folder / "copy.db"
        assert shop.run("backup", target).status == Status.OK
        return target

    def test_asks_before_it_replaces_a_database(self, shop: Shop, copy: Path) -> None:
        done = shop.run("restore", copy)

        assert done.status == Status.REFUSED
        assert f"{copy} (0 restaurants, 0 reservations) in the place of" in done.stderr
        assert shop.replaced() == []

    @pytest.mark.parametrize(
        ("answer", "status", "replaced"),
        [("y", Status.OK, 1), ("n", Status.INTERRUPTED, 0), ("", Status.INTERRUPTED, 0)],
    )
    def test_does_as_it_is_answered(
        self,
        shop: Shop,
        copy: Path,
        monkeypatch: pytest.MonkeyPatch,
        answer: str,
        status: Status,
        replaced: int,
    ) -> None:
        keyboard = io.StringIO(f"{answer}\n")
        keyboard.isatty = lambda: True  # type: ignore[method-assign]
        monkeypatch.setattr("sys.stdin", keyboard)

        assert shop.run("restore", copy).status == status
        assert len(shop.replaced()) == replaced

    def test_keeps_what_it_replaces(self, shop: Shop, copy: Path) -> None:
        before = shop.database.read_bytes()

        report = shop.json("restore", copy, "--yes")

        (kept,) = shop.replaced()
        assert isinstance(report, dict)
        assert report["replaced"] == str(kept)
        assert len(kept.read_bytes()) == len(before)

    def test_asks_nothing_where_nothing_is_replaced(self, shop: Shop, copy: Path) -> None:
        shop.database.unlink()

        assert shop.run("restore", copy).status == Status.OK
        assert shop.run("check").status == Status.OK

    def test_says_to_stop_the_server(self, shop: Shop, copy: Path) -> None:
        with shop.prompt() as server:
            server.execute("pragma journal_mode = wal")
            server.execute("select count(*) from reservation").fetchone()

            done = shop.run("restore", copy, "--yes")

        assert done.status == Status.CONFLICT
        assert "Stop the server" in done.stderr

    def test_tells_of_migrations_that_the_backup_lacks(
        self, shop: Shop, copy: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        migrations = shop.folder / "migrations"
        shutil.copytree(migrator.MIGRATIONS, migrations)
        (migrations / "999_later.py").write_text("")
        monkeypatch.setattr(migrator, "MIGRATIONS", migrations)

        done = shop.run("restore", copy, "--yes")

        assert done.status == Status.OK
        assert "It lacks migrations (999_later)" in done.stderr

    def test_refuses_what_is_no_backup(self, shop: Shop) -> None:
        letter = shop.folder / "letter.txt"
        letter.write_text("Dear guests,\n" * 500)

        done = shop.run("restore", letter, "--yes")

        assert done.status == Status.CORRUPT
        assert done.stderr == f"{letter} is no database, or one that is damaged.\n"
        assert shop.run("check").status == Status.OK


class TestCheck:
    def test_of_a_sound_database_finds_nothing(self, shop: Shop) -> None:
        done = shop.run("check")

        assert (done.status, done.stdout) == (Status.OK, "")
        assert "No faults found" in done.stderr
        assert shop.json("check") == []

    def test_tells_what_is_wrong_and_what_to_do(self, shop: Shop) -> None:
        with shop.prompt() as prompt:
            prompt.execute("drop trigger occupancy_never_overlaps")

        done = shop.run("check", "--json")

        (finding,) = json.loads(done.stdout)
        assert done.status == Status.FINDING
        assert finding["code"] == "guards_astray"
        assert "check --repair" in finding["remedy"]
        assert "check --repair" in shop.run("check").stdout

    def test_mends_what_it_can(self, shop: Shop) -> None:
        with shop.prompt() as prompt:
            prompt.execute("drop trigger occupancy_never_overlaps")

        done = shop.run("check", "--repair")

        assert done.status == Status.OK
        assert "Guards put back: 1." in done.stderr
        assert shop.run("check").status == Status.OK

    def test_reports_a_damaged_file_without_a_traceback(self, shop: Shop) -> None:
        shop.database.write_text("To-do: reservations\n" * 500)

        done = shop.run("check")

        assert done.status == Status.FINDING
        assert "file_damaged" in done.stdout
        assert "Traceback" not in done.stderr

    def test_says_that_there_is_no_database(self, empty: Shop) -> None:
        assert empty.run("check").status == Status.SCHEMA


class TestALostDatabase:
    @pytest.fixture
    def lost(self, shop: Shop) -> Shop:
        """Backed up once, and then removed."""
        assert shop.run("backup").status == Status.OK
        for file in shop.folder.glob("bakureserve.db*"):
            file.unlink()
        return shop

    @pytest.mark.parametrize(
        "words",
        [
            ("serve", "--port", "0"),
            ("migrate", "up"),
            ("migrate-json",),
            ("migrate-json", "--dry-run"),
            ("seed",),
            ("users", "list"),
            ("check",),
            ("check", "--repair"),
            ("backup",),
            ("migrate", "down", "--yes"),
        ],
    )
    def test_is_missed_and_never_replaced_by_a_new_one(
        self, lost: Shop, words: tuple[str, ...]
    ) -> None:
        done = lost.run(*words)

        assert done.status == Status.SCHEMA
        assert f"bakureserve --data-dir {lost.folder} restore BACKUP" in done.stderr
        assert " serve --new" in done.stderr
        assert not lost.database.exists()

    def test_comes_back_by_restoring(self, lost: Shop) -> None:
        (backup,) = lost.json("backup", "list")
        assert lost.run("restore", backup["path"]).status == Status.OK
        assert lost.run("migrate", "up").status == Status.OK

    def test_that_is_there_is_not_given_up(self, shop: Shop) -> None:
        done = shop.run("serve", "--port", "0", "--new")
        starting, failed = map(json.loads, done.stderr.splitlines())
        assert (done.status, starting["event"], failed["event"]) == (
            Status.CONFLICT,
            "starting",
            "failed",
        )

    def test_is_given_up_by_a_word_of_its_own(self, lost: Shop) -> None:
        settings = Settings(data_dir=lost.folder, seed=False)
        with pytest.raises(SchemaMismatch):
            prepare_store(settings)
        assert prepare_store(settings, new=True).migrated
        with pytest.raises(Conflict):
            prepare_store(settings, new=True)
