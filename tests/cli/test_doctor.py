"""`doctor`: a well server is found well, and each fault is named with what to do."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bakureserve.auth.keys import KeyRing
from bakureserve.auth.passwords import Passwords
from bakureserve.cli.doctor_checks import Finding, machine, servers, store
from bakureserve.cli.doctor_checks import settings as settings_checks
from bakureserve.cli.doctor_checks.machine import check_clock, check_files
from bakureserve.cli.doctor_checks.servers import check_ports, check_servers
from bakureserve.cli.doctor_checks.services import REMEDIES, check_health, check_mail
from bakureserve.cli.doctor_checks.settings import PUBLIC_OSRM, check_combinations
from bakureserve.cli.doctor_checks.store import check_store
from bakureserve.cli.exit_status import Status
from bakureserve.control_sockets import control_socket
from bakureserve.domain.places.estimate import MAP_SERVICES
from bakureserve.notify.mail import MailServer
from bakureserve.services.health.database import Room, room_for
from bakureserve.services.health.process import CacheCheck
from bakureserve.settings import Settings
from bakureserve.store import notifications
from bakureserve.store.maintenance.backup_folder import name_for
from tests.cli.conftest import Run, answering
from tests.kit.deliveries import a_delivery
from tests.kit.houses import NO_ROUTER
from tests.kit.owners import ANOTHER, give_away
from tests.kit.post_office import PostOffice, open_office
from tests.kit.processes import Server, serving
from tests.kit.roads.osrm import Osrm

Look = Callable[[Settings], Iterator[Finding]]


def found(look: Look, settings: Settings, level: str = "fault") -> list[str]:
    return [f"{each.what}: {each.remedy}" for each in look(settings) if each.level == level]


@pytest.fixture
def settings(run: Run, house_settings: Settings) -> Settings:
    run.folder.chmod(0o700)
    run.database.chmod(0o600)
    return house_settings


def test_a_well_server_has_no_faults(
    run: Run, settings: Settings, osrm: Osrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSRM_BASE_URL", osrm.url)
    run("backup")
    ran = run("doctor")
    assert [row for row in ran.cells if row[0] == "fault"] == []
    assert ran.status == Status.OK
    subjects = {row[1] for row in ran.cells}
    assert {"folder", "schema", "disk", "port", "clock", "backups", "osrm"} <= subjects


def test_faults_are_counted_end_with_one_and_say_what_to_do(
    run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "0")
    ran = run("doctor", "--json")
    assert [each["subject"] for each in ran.json if each["level"] == "fault"] == ["osrm"]
    assert ran.err == "1 fault, 2 notes.\n"
    settings.database_path.chmod(0o644)
    ran = run("doctor", "--json")
    assert ran.status == Status.FINDING
    assert all(each["remedy"] for each in ran.json if each["level"] != "ok")
    assert "database file" in {each["subject"] for each in ran.json if each["level"] == "fault"}


def test_on_a_fresh_box_what_serve_makes_is_no_fault_and_nothing_is_made(bare: Run) -> None:
    nowhere = bare.folder / "nowhere"
    told = bare("doctor", "--json", "--data-dir", nowhere).json
    about_database = [each for each in told if each["subject"] in {"schema", "database"}]
    assert [(each["level"], each["remedy"]) for each in about_database] == [
        ("note", f"bakureserve --data-dir {nowhere} serve makes it")
    ]
    assert not nowhere.exists()


def test_a_check_that_cannot_look_is_a_finding_and_the_others_go_on(
    run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_settings: Settings) -> Iterator[Finding]:
        raise PermissionError(13, "Permission denied", str(settings.database_path))

    monkeypatch.setattr(store, "check_store", refuse)
    refuse.__name__ = "check_store"
    ran = run("doctor", "--json")
    (told,) = [each for each in ran.json if each["subject"] == "store"]
    assert "Permission denied" in told["what"]
    assert told["remedy"]
    assert "clock" in {each["subject"] for each in ran.json}


def test_a_damaged_database_is_a_finding_and_the_others_go_on(bare: Run) -> None:
    bare.database.write_text("To-do: reservations\n" * 500)
    ran = bare("doctor")
    assert ran.status == Status.FINDING
    assert "damaged" in ran.out
    assert "clock" in {row[1] for row in ran.cells}


@pytest.mark.usefixtures("settings")
def test_a_missing_client_of_redis_is_told_and_json_stays_json(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    for name in ("redis", "redis.asyncio", "redis.exceptions", "bakureserve.limits.redis_buckets"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr(settings_checks, "find_spec", lambda _name: None)
    ran = run("doctor", "--json")
    faults = {each["subject"]: each["what"] for each in ran.json if each["level"] == "fault"}
    assert "not installed" in faults["redis"]
    assert "settings" in faults
    assert "database" not in faults


@pytest.mark.parametrize("command", ["doctor", "health"])
def test_a_check_that_breaks_does_so_beside_the_data(
    command: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(_self: object) -> None:
        raise RuntimeError("a mistake of its own")

    monkeypatch.setattr(CacheCheck, "look", breaks)
    ran = run(command, "--json")
    assert ran.json
    assert "a mistake of its own" in ran.err


def test_it_has_a_remedy_for_each_map_service() -> None:
    assert set(MAP_SERVICES) <= REMEDIES.keys()


def about_signing_in(settings: Settings) -> Finding:
    KeyRing(settings.signing_keys_path, lambda: dt.datetime.now(dt.UTC)).current()
    (told,) = (each for each in check_health(settings) if each.subject == "auth")
    return told


def test_of_keys_that_cannot_be_used_it_says_how_to_have_others(settings: Settings) -> None:
    about_signing_in(settings)
    settings.signing_keys_path.write_text("{")
    (told,) = (each for each in check_health(settings) if each.subject == "auth")
    assert told.remedy.startswith(f"chmod 600 {settings.signing_keys_path}; or remove a damaged")


def test_of_a_busy_machine_it_says_nothing_of_keys(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Passwords, "hash", lambda *_: asyncio.sleep(60))
    told = about_signing_in(settings)
    assert (told.level, told.remedy[:19]) == ("note", "see what else keeps")


def test_of_a_sandbox_it_says_what_to_allow(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(*_: object) -> str:
        raise PermissionError("setpriority")

    monkeypatch.setattr(Passwords, "hash", refuses)
    assert "allow setpriority" in about_signing_in(settings).remedy


@pytest.mark.parametrize(("mode", "level"), [(0o755, "note"), (0o777, "fault")])
def test_a_folder_open_to_others(settings: Settings, mode: int, level: str) -> None:
    settings.data_dir.chmod(mode)
    (told,) = found(check_files, settings, level)
    assert f"chmod 700 {settings.data_dir}" in told


@pytest.mark.parametrize("name", ["bakureserve.db", "signing-keys.json", ".env"])
def test_a_file_that_others_can_read_or_have(
    settings: Settings, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = settings.data_dir / name
    file.touch()
    file.chmod(0o640)
    assert any("chmod 600" in each and name in each for each in found(check_files, settings))
    if name != "bakureserve.db":
        file.chmod(0o600)
        give_away(file, monkeypatch)
        assert any("chown" in each and name in each for each in found(check_files, settings))


def test_no_account_is_told_to_run_as_root(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root's file, seen by another account: closed to it, whichever account runs the tests."""
    monkeypatch.setattr(machine, "ROOT", settings.database_path.stat().st_uid)
    monkeypatch.setattr(machine, "for_chown", lambda _uid: "baku")
    monkeypatch.setattr(os, "access", lambda path, _how: path != settings.database_path)
    (told,) = [each for each in found(check_files, settings) if "closed" in each]
    assert told.endswith(f": sudo chown baku {settings.database_path}")


@pytest.mark.parametrize("name", ["backups", "outbox"])
def test_a_folder_within_that_the_server_cannot_write(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (folder := settings.data_dir / name).mkdir()
    assert found(check_files, settings) == []
    monkeypatch.setattr(os, "access", lambda path, _how: path != folder)
    (told,) = found(check_files, settings)
    assert "sudo chown -R" in told
    assert str(folder) in told


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_within_that_is_anothers_than_the_whole(settings: Settings) -> None:
    settings.backup_folder.mkdir()
    os.chown(settings.backup_folder, ANOTHER, -1)
    (told,) = found(check_files, settings)
    assert f"sudo chown -R root {settings.backup_folder}" in told


def test_a_database_on_the_network(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nnas:/x {settings.data_dir} nfs4 rw 0 0\n")
    monkeypatch.setattr(machine, "_MOUNTS", mounts)
    assert any("nfs4" in each for each in found(check_files, settings))


def test_backups_that_cannot_be_looked_into_hide_nothing_else(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def room(path: Path) -> Room:
        if path.parent == settings.backup_folder:
            raise PermissionError
        return room_for(path)

    monkeypatch.setattr(store, "room_for", room)
    assert {"disk", "schema"} <= {each.subject for each in check_store(settings)}


def test_a_schema_that_lacks_migrations(run: Run, settings: Settings) -> None:
    run.store(lambda tx: tx.execute("delete from migratehistory where id > 1"))
    assert any("bakureserve migrate up" in each for each in found(check_store, settings))


def test_a_backup_that_is_missing_or_old_and_a_database_that_is_lost(settings: Settings) -> None:
    assert any("bakureserve backup" in each for each in found(check_store, settings, "note"))
    settings.backup_folder.mkdir()
    old = dt.datetime.now(dt.UTC) - dt.timedelta(days=3)
    (settings.backup_folder / name_for(old)).touch()
    assert any("3 d old" in each for each in found(check_store, settings))
    settings.database_path.unlink()
    assert any("serve --new" in each for each in found(check_store, settings))


def test_a_port_of_another_program_or_an_address_of_another_machine(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = replace(settings, port=other.getsockname()[1])
        assert any("another program" in each for each in found(check_ports, taken))
    elsewhere = replace(settings, host="192.0.2.1")
    assert any("no address of this machine" in each for each in found(check_ports, elsewhere))


def test_a_server_of_ours_and_how_to_wake_it_when_it_was_stopped(settings: Settings) -> None:
    with serving(settings.data_dir) as server:
        ours = replace(settings, port=port_of(server))
        assert found(check_ports, ours) == []
        assert any("the server on" in each for each in found(check_ports, ours, "ok"))
        assert any("and answers" in each for each in found(check_servers, settings, "ok"))
        server.signal(signal.SIGSTOP)
        (told,) = found(check_servers, settings)
        assert found(check_ports, ours) == []
        server.signal(signal.SIGCONT)
    assert "SIGSTOP" in told
    assert told.endswith(f"kill -CONT {server.pid}")


def test_a_port_that_the_server_of_another_folder_has(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with serving(tmp_path_factory.mktemp("elsewhere")) as other:
        theirs = replace(settings, port=port_of(other))
        told = found(check_ports, theirs)
        with serving(settings.data_dir):
            told += found(check_ports, theirs)
    assert len(told) == 2
    assert all("another DATA_DIR" in each and "choose another PORT" in each for each in told)


def test_a_server_that_hangs(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "_SECONDS", 0.1)
    with control_socket(settings.data_dir):
        (told,) = found(check_servers, settings)
    assert "does not answer within 0.1 s" in told


def test_mail_that_is_taken_goes_into_files_or_nowhere(settings: Settings) -> None:
    with open_office(PostOffice()) as server:
        assert found(check_mail, at(settings, server)) == []
    (told,) = found(check_mail, at(settings, server))
    assert "nothing listens at that address" in told
    assert any("SMTP_HOST" in each for each in found(check_mail, settings, "note"))
    (told,) = found(check_mail, replace(settings, notify_files=False))
    assert "nowhere" in told


def test_mail_that_was_given_up(run: Run) -> None:
    dead = msgspec.structs.replace(a_delivery(), status="dead", error="no_way_out")
    now = int(dt.datetime.now(dt.UTC).timestamp() * 1_000_000)
    run.store(lambda tx: notifications.add(tx, dead))
    run.store(lambda tx: tx.execute("update outbox_delivery set settled_at = ?", (now,)))
    told = [each for each in run("doctor", "--json").json if each["subject"] == "mail"]
    assert any("outbox test ADDRESS" in each["remedy"] for each in told)


def at(settings: Settings, server: MailServer) -> Settings:
    return replace(
        settings, smtp_host=server.host, smtp_port=server.port, smtp_security=server.security
    )


def port_of(server: Server) -> int:
    return int(server.url.rpartition(":")[2])


@pytest.mark.parametrize(("minutes", "said"), [(0, []), (10, ["behind"]), (-10, ["ahead of"])])
def test_a_clock_that_differs_from_that_of_the_map_service(
    settings: Settings, minutes: int, said: list[str]
) -> None:
    with answering(b"", ahead=dt.timedelta(minutes=minutes)) as url:
        told = found(check_clock, replace(settings, osrm_base_url=url))
    assert len(told) == len(said)
    assert all(fault in each for fault, each in zip(said, told, strict=True))


def test_a_clock_that_was_set_back_is_seen_by_the_newest_event(
    run: Run, settings: Settings
) -> None:
    later = "insert into event (at, kind, data) values (4000000000000000, 'x', '{}')"
    run.store(lambda tx: tx.execute(later))
    assert any("in the future" in each for each in found(check_clock, settings))


@pytest.mark.parametrize(
    ("level", "fields", "says"),
    [
        ("fault", {"dev": True, "host": "0.0.0.0"}, "refused with HOST"),
        ("fault", {"trusted_proxies": (ip_network("0.0.0.0/0"),)}, "any address"),
        ("fault", {"gomap_guid": "x", "gomap_base_url": "http://gomap.az"}, "unencrypted"),
        ("note", {"cors_allow_origins": ("*",)}, "any page"),
        ("note", {"host": "0.0.0.0"}, "without TLS"),
        ("note", {"rate_limit_enabled": False}, "requests are not limited"),
        ("note", {"osrm_base_url": PUBLIC_OSRM}, "courtesy"),
        ("note", {"backup_interval": 0.0}, "BACKUP_INTERVAL is off"),
        ("note", {"dev": True}, "everyone an admin"),
        ("note", {"log_level": "debug"}, "LOG_LEVEL is debug"),
    ],
)
def test_settings_that_do_not_go_well_together(
    level: str, fields: dict[str, Any], says: str
) -> None:
    odd = replace(Settings(data_dir=Path("/srv/baku"), osrm_base_url=NO_ROUTER), **fields)
    assert any(says in each for each in found(check_combinations, odd, level))


def test_names_of_the_old_server_without_effect_are_told(bare: Run) -> None:
    Path(".env").write_text("GOMAP_TIMEOUT_SECONDS=4.0\nOPENAI_API_KEY=s3cr3t\n")
    done = bare("doctor", "--data-dir", "data")
    assert "GOMAP_TIMEOUT_SECONDS no longer has an effect" in done.out
    assert "OPENAI_API_KEY no longer has an effect" in done.out
    assert "s3cr3t" not in done.out + done.err
