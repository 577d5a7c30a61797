"""The program that an operator has run with each backup."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
import threading
import time
from pathlib import Path

import pytest

from bakureserve.domain.errors import Unavailable
from bakureserve.services.health.database import BackupCheck
from bakureserve.services.operations.backups import BackupCommand, Backups, Schedule
from bakureserve.settings import Settings
from bakureserve.store.maintenance.backup_folder import Retention
from tests.kit.houses import SetClock


def python(script: str, *, seconds: float = 30) -> BackupCommand:
    """A command that runs the script, of which the path is the first argument."""
    return BackupCommand((sys.executable, "-c", script), seconds)


COPY = "import shutil, sys; shutil.copy(sys.argv[1], sys.argv[1] + '.copy')"


def test_it_is_given_the_path_whatever_that_holds(tmp_path: Path) -> None:
    backup = tmp_path / "a $(touch pwned); b.db"
    backup.write_bytes(b"bookings")
    python(COPY).run(str(backup))
    assert {path.name for path in tmp_path.iterdir()} == {backup.name, f"{backup.name}.copy"}


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (python("import sys; sys.exit('no such host')"), "status 1, no such host"),
        (BackupCommand(("/nowhere/at/all",), 30), "No such file or directory"),
    ],
)
def test_how_it_failed_is_told(command: BackupCommand, reason: str) -> None:
    with pytest.raises(Unavailable, match="backup_command_failed") as failed:
        command.run("/x.db")
    assert failed.value.params["reason"] == reason


def is_running(pid: int) -> bool:
    """Whether there is such a process that has not ended; one that waits to be buried has."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_one_that_takes_too_long_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    script = """
import subprocess, sys
child = subprocess.Popen(["sleep", "600"])
open(sys.argv[1], "w").write(str(child.pid))
child.wait()
"""
    with pytest.raises(Unavailable, match="it took longer than 2 s"):
        python(script, seconds=2).run(str(tmp_path / "child"))
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 30
    while is_running(child):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_server_that_stops_does_not_wait_for_it() -> None:
    stopping = threading.Event()
    stopping.set()
    with pytest.raises(Unavailable):
        python("import time; time.sleep(600)", seconds=600).run("/x.db", stopping)


class TestAfterAScheduledBackup:
    @pytest.fixture
    def backups(self, house_settings: Settings, clock: SetClock) -> Backups:
        schedule = Schedule(dt.timedelta(days=1), Retention(3), python(COPY))
        return Backups(house_settings.database_path, house_settings.backup_folder, clock, schedule)

    async def test_the_command_runs_once_after_a_scheduled_backup(self, backups: Backups) -> None:
        taken = await backups.take_if_due()
        assert taken is not None
        assert Path(f"{taken.report.path}.copy").stat().st_size == taken.report.bytes
        Path(f"{taken.report.path}.copy").unlink()
        assert await backups.take_if_due() is None
        assert not Path(f"{taken.report.path}.copy").exists()

    async def test_a_failure_of_the_command_is_told_until_it_works_again(
        self, backups: Backups, clock: SetClock
    ) -> None:
        check = BackupCheck(backups, clock, clock())
        good = backups.schedule
        backups.schedule = Schedule(good.every, good.keep, python("raise SystemExit(3)"))
        assert await backups.take_if_due() is not None
        await backups.take_if_due()
        found = await check.look()
        assert (found.status, found.code) == ("degraded", "backup_not_passed_on")
        assert found.reason is not None
        assert found.reason.params["reason"] == "status 3"
        backups.schedule = good
        clock.pass_minutes(24 * 60)
        await asyncio.wait_for(backups.take_if_due(), 30)
        assert (await check.look()).status == "ok"
