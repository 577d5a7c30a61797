"""The database and its disk: missing, damaged, newer, locked, full, or not to be written."""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path

import pytest

from bakureserve.cli.exit_status import Status
from tests.faults.box import Box, booked_in, box_on
from tests.faults.folders import (
    BOUND_BY_MODES,
    DATABASE,
    IS_ROOT,
    backups_in,
    fill_with_bytes,
    fill_with_files,
    refused_start,
    small_disk,
)
from tests.faults.register import each_fault, fault
from tests.kit.other_processes import holding_the_lock
from tests.kit.processes import command, require_sound, serving
from tests.kit.rows import at_the_prompt


@fault("database-missing")
def test_a_database_that_is_missing_is_not_replaced(booked: Path) -> None:
    (booked / DATABASE).unlink()
    told = refused_start(booked, Status.SCHEMA)
    assert "restore" in told
    assert "--new" in told
    assert not (booked / DATABASE).exists()
    [backup] = backups_in(booked)
    assert command("restore", str(backup), data_dir=booked).returncode == 0
    assert booked_in(booked) == ["Aysel"]


@fault("database-emptied", long=True)
def test_a_file_without_a_byte_is_a_missing_one(booked: Path) -> None:
    (booked / DATABASE).write_bytes(b"")
    assert "restore" in refused_start(booked, Status.SCHEMA)
    assert len(backups_in(booked)) == 1


@fault("database-newer")
def test_a_database_of_a_newer_version_is_left_alone(booked: Path) -> None:
    with at_the_prompt(booked / DATABASE) as other:
        other.execute(
            "insert into migratehistory (name, migrated_at) values ('999_x', current_timestamp)"
        )
    before = (booked / DATABASE).read_bytes()
    assert "999_x" in refused_start(booked, Status.SCHEMA)
    assert (booked / DATABASE).read_bytes() == before


@fault("database-damaged")
def test_a_database_that_is_none_is_left_alone(booked: Path) -> None:
    (booked / DATABASE).write_bytes(os.urandom(100_000))
    before = (booked / DATABASE).read_bytes()
    refused_start(booked, Status.CORRUPT)
    assert (booked / DATABASE).read_bytes() == before
    assert len(backups_in(booked)) == 1


@fault("lock-held-at-start", long=True)
def test_a_lock_that_is_held_is_told_and_waited_for_no_longer_than_set(booked: Path) -> None:
    with holding_the_lock(booked / DATABASE):
        refused_start(booked, Status.BUSY)
    with serving(booked) as server:
        assert Box(server).names() == ["Aysel"]


@fault("folder-read-only", long=True)
def test_a_folder_that_cannot_be_written_is_named(booked: Path) -> None:
    booked.chmod(0o500)
    assert str(booked) in refused_start(booked, Status.READ_ONLY, under=BOUND_BY_MODES)
    booked.chmod(0o700)
    assert booked_in(booked) == ["Aysel"]


@fault("database-read-only", long=True)
def test_a_database_that_cannot_be_written_is_read_and_told(booked: Path) -> None:
    (booked / DATABASE).chmod(0o400)
    with serving(booked, under=BOUND_BY_MODES) as server:
        box = Box(server)
        assert box.books("Rauf") == 503
        found = box.health_until_unhealthy()
        assert "cannot be opened or written" in found["checks"]["database"]["message"]
        assert box.names() == ["Aysel"]
        assert server.said.count("work_late") < 20
    (booked / DATABASE).chmod(0o600)
    assert booked_in(booked) == ["Aysel"]


@fault("wrong-owner", long=True)
@pytest.mark.skipif(not IS_ROOT, reason="only root can give files away")
def test_files_of_another_account_are_told(booked: Path) -> None:
    os.chown(booked / DATABASE, 65534, 65534)
    assert refused_start(booked, Status.READ_ONLY, under=BOUND_BY_MODES)
    doctor = command("doctor", "--json", data_dir=booked, under=BOUND_BY_MODES)
    assert doctor.returncode == 1
    faults = [each for each in json.loads(doctor.stdout) if each["level"] == "fault"]
    [owner] = [each for each in faults if each["subject"] == "database file"]
    assert "belongs to" in owner["what"]
    assert not any("run as root" in each["remedy"] for each in faults)
    os.chown(booked / DATABASE, 0, 0)
    assert booked_in(booked) == ["Aysel"]


def require_refusing(box: Box) -> None:
    found = box.health_until_unhealthy()
    assert found["checks"]["database"]["status"] == "error"
    assert box.books("Rauf") == 503


@fault("log-deleted")
def test_a_deleted_log_stops_bookings_and_loses_none(tmp_path: Path) -> None:
    with box_on(tmp_path) as box:
        assert box.books("Aysel") == 201
        (tmp_path / f"{DATABASE}-wal").unlink()
        wish, key = box.wish("Rauf"), {"Idempotency-Key": "of-Rauf"}
        assert box.sends(wish, **key) == 503
        require_refusing(box)
        box.server.kill()
    assert booked_in(tmp_path) == ["Aysel"]
    with box_on(tmp_path) as box:
        assert [box.sends(wish, **key) for _ in range(2)] == [201, 201]
        assert box.names() == ["Aysel", "Rauf"]
    require_sound(tmp_path)


@fault("database-deleted", long=True)
def test_a_deleted_database_stops_bookings(booked: Path) -> None:
    with box_on(booked) as box:
        (booked / DATABASE).rename(booked / "aside.db")
        require_refusing(box)
        box.server.kill()
    (booked / "aside.db").rename(booked / DATABASE)
    assert booked_in(booked) == ["Aysel"]
    require_sound(booked)


@fault("database-truncated", long=True)
def test_a_truncated_database_stops_bookings_and_a_backup_brings_all_back(booked: Path) -> None:
    with box_on(booked) as box:
        os.truncate(booked / DATABASE, 8192)
        require_refusing(box)
        box.server.kill()
    assert command("check", data_dir=booked).returncode != 0
    [backup] = backups_in(booked)
    assert command("restore", str(backup), "--yes", data_dir=booked).returncode == 0
    assert booked_in(booked) == ["Aysel"]
    require_sound(booked)


@fault("database-overwritten", long=True)
def test_damage_in_the_middle_is_seen_without_being_met(booked: Path) -> None:
    with box_on(booked) as box:
        size = (booked / DATABASE).stat().st_size
        with (booked / DATABASE).open("r+b") as file:
            file.seek(8192)
            file.write(os.urandom(size - 8192))
        require_refusing(box)
        box.server.kill()
    assert len(backups_in(booked)) == 1


@fault("lock-held")
def test_a_lock_that_is_held_refuses_bookings_and_then_lets_them_go_on(tmp_path: Path) -> None:
    with box_on(tmp_path, STORE_BUSY_TIMEOUT_SECONDS="0.5") as box:
        with holding_the_lock(tmp_path / DATABASE) as holder:
            assert box.books("Aysel") == 503
            assert box.get("/v1/restaurants").status_code == 200
            found = box.health_when("database", "degraded", "error")
            assert "lock" in found["checks"]["database"]["message"]
            holder.let_go()
        box.health_when("database", "ok")
        assert box.books("Rauf") == 201
        assert box.names() == ["Rauf"]


@fault("disk-full-limit", long=True)
def test_a_limit_on_files_is_a_full_disk(tmp_path: Path) -> None:
    with box_on(tmp_path) as box:
        assert box.books("Aysel") == 201
        resource.prlimit(box.server.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        require_refusing(box)
        assert box.names() == ["Aysel"]
        resource.prlimit(box.server.pid, resource.RLIMIT_FSIZE, (-1, -1))
        box.health_when("database", "ok")
        assert box.books("Rauf") == 201
    assert booked_in(tmp_path) == ["Aysel", "Rauf"]


@each_fault("disk-full", ["space", "inodes"], short=["space"])
def test_a_full_disk_stops_bookings_until_there_is_room(case: str, tmp_path: Path) -> None:
    options = {"space": "size=40m", "inodes": "size=100m,nr_inodes=64"}[case]
    with small_disk(tmp_path, options) as disk:
        with box_on(disk) as box:
            assert box.books("Aysel") == 201
            filled = fill_with_files(disk) if case == "inodes" else fill_with_bytes(disk)
            if case == "space":
                require_refusing(box)
            else:
                failed = command("backup", data_dir=disk)
                assert failed.returncode == Status.FULL, failed.stderr
            assert box.names() == ["Aysel"]
            for each in filled:
                each.unlink()
            box.health_when("database", "ok")
            assert box.books("Rauf") == 201
            assert box.server.stop() == 0
        assert booked_in(disk) == ["Aysel", "Rauf"]
        require_sound(disk)


@fault("backup-folder-unwritable", long=True)
def test_a_backup_that_fails_is_told_with_its_folder(booked: Path) -> None:
    folder = booked / "backups"
    folder.chmod(0o500)
    ended = command("backup", data_dir=booked, under=BOUND_BY_MODES)
    folder.chmod(0o700)
    assert ended.returncode == Status.READ_ONLY
    assert str(folder) in ended.stderr
    assert len(backups_in(booked)) == 1


@each_fault("clock", ["day-ahead", "day-behind"])
def test_a_clock_that_is_a_day_off_loses_nothing(case: str, booked: Path) -> None:
    seconds = 86_400 if case == "day-ahead" else -86_400
    shift = (sys.executable, str(Path(__file__).with_name("shifted.py")), str(seconds))
    with serving(booked, under=shift) as server:
        box = Box(server, iter([20]))
        assert box.names() == ["Aysel"]
        box.health_when("database", "ok")
        assert box.books("Rauf") == 201
        assert server.stop() == 0
    with serving(booked) as server:
        box = Box(server, iter([21]))
        assert box.books("Leyla") == 201
        assert box.names() == ["Aysel", "Leyla", "Rauf"]
    assert backups_in(booked)
    require_sound(booked)
