"""Getting back: from damaged backups, full disks, damaged keys, refused letters."""

from __future__ import annotations

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from msgspec.structs import replace
from redis import Redis

from bakureserve.cli.exit_status import Status
from tests.faults.box import Box, booked_in, box_on
from tests.faults.folders import (
    backups_in,
    fill_with_bytes,
    furnish_with_booking,
    refused_start,
    small_disk,
)
from tests.faults.register import fault
from tests.faults.test_services import a_machine, deliveries, failed_deliveries
from tests.kit.certificates import certificate_in, context_of
from tests.kit.houses import SAHIL
from tests.kit.old_server import a_restaurant, a_row, a_user, write
from tests.kit.post_office import PostOffice, open_office
from tests.kit.processes import command, require_sound, serving
from tests.kit.redis_server import redis_running
from tests.kit.rows import at_the_prompt
from tests.kit.waiting import wait_for


@fault("restore-damaged-backup", long=True)
def test_a_restore_of_a_damaged_backup_is_refused(booked: Path) -> None:
    [backup] = backups_in(booked)
    with backup.open("r+b") as file:
        file.seek(8192)
        file.write(os.urandom(100_000))
    ended = command("restore", str(backup), "--yes", data_dir=booked)
    assert ended.returncode == Status.CORRUPT
    assert str(backup) in ended.stderr
    assert booked_in(booked) == ["Aysel"]


@fault("restore-newer-backup", long=True)
def test_a_restore_of_a_newer_versions_backup_is_refused(booked: Path) -> None:
    [backup] = backups_in(booked)
    with at_the_prompt(backup) as other:
        other.execute(
            "insert into migratehistory (name, migrated_at) values ('999_x', current_timestamp)"
        )
    assert command("restore", str(backup), "--yes", data_dir=booked).returncode == Status.SCHEMA
    assert booked_in(booked) == ["Aysel"]


@fault("disk-full-in-restore", long=True)
def test_a_full_disk_takes_no_restore_and_keeps_the_database(tmp_path: Path) -> None:
    with small_disk(tmp_path, "size=20m") as disk:
        folder = furnish_with_booking(disk / "booked")
        backup = tmp_path / "kept.db"
        shutil.move(backups_in(folder)[0], backup)
        [ballast] = fill_with_bytes(disk)
        ended = command("restore", str(backup), "--yes", data_dir=folder)
        assert ended.returncode == Status.FULL, ended.stderr
        ballast.unlink()
        assert booked_in(folder) == ["Aysel"]
        assert not list(folder.glob(".*partial"))
        require_sound(folder)


@fault("disk-full-in-import", long=True)
def test_a_full_disk_takes_no_import_and_half_of_none(tmp_path: Path) -> None:
    old = write(tmp_path / "old", [a_row()], restaurants=[a_restaurant()], users={"u1": a_user()})
    with small_disk(tmp_path, "size=20m") as disk:
        folder = furnish_with_booking(disk / "booked")
        [ballast] = fill_with_bytes(disk)
        ended = command("migrate-json", str(old), data_dir=folder)
        assert ended.returncode == Status.FULL, ended.stderr
        ballast.unlink()
        assert booked_in(folder) == ["Aysel"]
        assert command("migrate-json", str(old), data_dir=folder).returncode in {0, 1}
        assert booked_in(folder) == ["Aysel", "Aysel"]
        require_sound(folder)


@fault("disk-full-at-start", long=True)
def test_a_full_disk_ends_a_first_start_which_is_made_up_for_when_there_is_room(
    tmp_path: Path,
) -> None:
    with small_disk(tmp_path, "size=8m") as disk:
        [ballast] = fill_with_bytes(disk)
        refused_start(disk, Status.FULL)
        ballast.unlink()
        with serving(disk, SEED="on") as server:
            assert Box(server).health()["status"] != "unhealthy"
        require_sound(disk)


@fault("keys-damaged", long=True)
def test_damaged_keys_are_named_and_can_be_removed(booked: Path) -> None:
    keys = booked / "signing-keys.json"
    keys.write_text("{no keys")
    ended = command("serve", "--port", "0", data_dir=booked)
    assert ended.returncode not in {0, 70}
    assert str(keys) in ended.stderr
    keys.unlink()
    with serving(booked) as server:
        assert Box(server).names() == ["Aysel"]


@fault("backups-at-once", long=True)
def test_two_backups_in_one_moment_are_two(booked: Path) -> None:
    with ThreadPoolExecutor(2) as operators:
        taking = [operators.submit(command, "backup", data_dir=booked) for _ in range(2)]
    assert [each.result().returncode for each in taking] == [0, 0]
    assert len(backups_in(booked)) == 3


@fault("mail-certificate-expired", long=True)
def test_letters_wait_for_a_certificate_that_is_good(tmp_path: Path) -> None:
    office, house = PostOffice(), replace(SAHIL, notify_email="sahil@example.az")
    certificate = certificate_in(tmp_path, days=-1)
    with open_office(office, ssl_context=context_of(certificate)) as real:
        way = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(real.port), "SMTP_SECURITY": "tls"}
        trusted = {"SSL_CERT_FILE": str(certificate)}
        with box_on(tmp_path, house, **way, **trusted) as box:
            assert box.books("Aysel") == 201
            [waiting] = failed_deliveries(box, "email")
            assert waiting["status"] == "waiting"
            assert waiting["error"] == "smtp_certificate_expired"
            box.health_when("mail", "degraded")
            assert office.letters == []
            assert box.names() == ["Aysel"]


@fault("webhook-gone", long=True)
def test_a_machine_that_is_gone_for_good_is_not_asked_again(tmp_path: Path) -> None:
    with a_machine(status=410) as (port, got):
        house = replace(SAHIL, webhook_url=f"http://127.0.0.1:{port}/hook")
        way = {"WEBHOOK_SECRET": "a-master-secret", "WEBHOOK_PRIVATE_ADDRESSES": "on"}
        with box_on(tmp_path, house, **way) as box:
            assert box.books("Aysel") == 201
            wait_for(lambda: got)
            wait_for(lambda: deliveries(box, "webhook")[0]["status"] == "dead")
            assert box.books("Rauf") == 201
            assert box.names() == ["Aysel", "Rauf"]
        assert len(got) == 1


@fault("mail-refuses-for-good", long=True)
def test_letters_that_are_refused_are_kept_and_can_be_sent_again(tmp_path: Path) -> None:
    office = PostOffice("550 no such mailbox")
    house = replace(SAHIL, notify_email="sahil@example.az")
    with open_office(office) as real:
        way = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(real.port), "SMTP_SECURITY": "none"}
        with box_on(tmp_path, house, **way) as box:
            assert box.books("Aysel") == 201
            wait_for(lambda: [each["status"] for each in deliveries(box, "email")] == ["dead"])
            office.answer = ""
            again = command("outbox", "retry", "--dead", data_dir=tmp_path)
            assert again.returncode == 0
            wait_for(lambda: deliveries(box, "email")[0]["status"] == "sent")
            assert len(office.letters) == 1


@fault("redis-read-only", long=True)
def test_a_redis_that_takes_nothing_is_away_and_told_once(tmp_path: Path) -> None:
    with (
        redis_running(tmp_path) as redis,
        Redis.from_url(redis.url) as operator,
        box_on(tmp_path, REDIS_URL=redis.url) as box,
    ):
        box.health_when("limiter", "ok")
        operator.replicaof("127.0.0.1", 9)
        assert box.books("Aysel") == 201
        box.health_when("limiter", "degraded")
        time.sleep(5)  # in which it is looked for several times
        assert box.books("Rauf") == 201
        assert box.health()["checks"]["limiter"]["status"] == "degraded"
        assert box.server.said.count("limiter_redis_lost") == 1
        operator.replicaof("no", "one")
        box.health_when("limiter", "ok")
