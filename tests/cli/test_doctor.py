"""`doctor`: a well server is found well, and each fault is named with what to do."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bakureserve.auth.keys import KeyRing
from bakureserve.auth.passwords import Passwords
from bakureserve.cli.doctor_checks import clock as clock_rounds
from bakureserve.cli.doctor_checks import combinations, files, mail, ports, servers, store
from bakureserve.cli.doctor_checks import health as checked
from bakureserve.cli.doctor_checks.finding import Finding
from bakureserve.cli.status import Status
from bakureserve.control_sockets import control_socket
from bakureserve.notify.mail import MailServer
from bakureserve.services.health.caches import CacheCheck
from bakureserve.services.health.disk import Room, room_for
from bakureserve.settings import Settings
from bakureserve.store import outbox
from bakureserve.store.maintenance.backup_folder import name_for
from bakureserve.store.transaction import Transaction
from tests.cli.conftest import Run
from tests.kit import program
from tests.kit.houses import by_another_hand
from tests.kit.owners import ANOTHER, give_away
from tests.kit.post_office import PostOffice, open_office
from tests.kit.processes import Server, serving
from tests.kit.roads.osrm import Osrm
from tests.notify.samples import a_delivery

Look = Callable[[Settings], Iterator[Finding]]


def found(look: Look, settings: Settings, level: str = "fault") -> list[str]:
    return [f"{each.what}: {each.remedy}" for each in look(settings) if each.level == level]


@pytest.fixture
def settings(house_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(house_settings.data_dir)
    house_settings.data_dir.chmod(0o700)
    house_settings.database_path.chmod(0o600)
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


def test_faults_end_with_one_and_every_finding_says_what_to_do(
    run: Run, settings: Settings
) -> None:
    settings.database_path.chmod(0o644)
    ran = run("doctor", "--json")
    assert ran.status == Status.FINDING
    assert all(each["remedy"] for each in ran.json if each["level"] != "ok")
    assert "database file" in {each["subject"] for each in ran.json if each["level"] == "fault"}


def test_one_fault_is_counted_as_one(
    run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "0")
    told = run("doctor", "--json")
    assert [each["subject"] for each in told.json if each["level"] == "fault"] == ["osrm"]
    assert told.err == "1 fault, 2 notes.\n"


def test_nothing_is_made_where_there_is_nothing(run: Run, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    ran = run("doctor", "--data-dir", str(nowhere))
    assert " serve makes it" in ran.out
    assert not nowhere.exists()


def test_on_a_fresh_box_what_serve_makes_is_no_fault(run: Run, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    ran = run("doctor", "--json", "--data-dir", str(nowhere))
    about_database = [each for each in ran.json if each["subject"] in {"schema", "database"}]
    assert [(each["level"], each["remedy"]) for each in about_database] == [
        ("note", f"bakureserve --data-dir {nowhere} serve makes it")
    ]


def test_what_cannot_be_looked_at_is_a_finding_and_no_end(
    run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_settings: Settings) -> Iterator[Finding]:
        raise PermissionError(13, "Permission denied", str(settings.database_path))

    monkeypatch.setattr(store, "look", refuse)
    refuse.__module__ = store.__name__
    ran = run("doctor", "--json")
    (told,) = [each for each in ran.json if each["subject"] == "store"]
    assert "Permission denied" in told["what"]
    assert told["remedy"]
    assert "clock" in {each["subject"] for each in ran.json}


def test_a_damaged_database_is_a_finding_and_no_end(run: Run, settings: Settings) -> None:
    settings.database_path.write_text("To-do: reservations\n" * 500)
    ran = run("doctor")
    assert ran.status == Status.FINDING
    assert "damaged" in ran.out
    assert "clock" in {row[1] for row in ran.cells}


def test_without_the_client_of_redis_it_is_told_and_json_stays_json(
    run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    for name in ("redis", "redis.asyncio", "redis.exceptions", "bakureserve.limits.redis_buckets"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr(combinations, "find_spec", lambda _name: None)
    ran = run("doctor", "--json")
    faults = {each["subject"]: each["what"] for each in ran.json if each["level"] == "fault"}
    assert "not installed" in faults["redis"]
    assert "settings" in faults
    assert "database" not in faults


def test_a_check_that_breaks_does_so_beside_the_data(
    run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(_self: object) -> None:
        raise RuntimeError("a mistake of its own")

    monkeypatch.setattr(CacheCheck, "look", breaks)
    for command in ("doctor", "health"):
        ran = run(command, "--json")
        assert ran.json
        assert "a mistake of its own" in ran.err


class TestSigningIn:
    @pytest.fixture(autouse=True)
    def keys(self, settings: Settings) -> None:
        KeyRing(settings.signing_keys_path, lambda: dt.datetime.now(dt.UTC)).current()

    def told(self, settings: Settings) -> Finding:
        (told,) = (each for each in checked.look(settings) if each.subject == "auth")
        return told

    def test_of_keys_that_cannot_be_used_it_says_how_to_have_others(
        self, settings: Settings
    ) -> None:
        settings.signing_keys_path.write_text("{")
        remedy = self.told(settings).remedy
        assert remedy.startswith(f"chmod 600 {settings.signing_keys_path}; or remove a damaged")

    def test_of_a_busy_machine_it_says_nothing_of_keys(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Passwords, "hash", lambda *_: asyncio.sleep(60))
        told = self.told(settings)
        assert (told.level, told.remedy[:19]) == ("note", "see what else keeps")

    def test_of_a_sandbox_it_says_what_to_allow(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def refuses(*_: object) -> str:
            raise PermissionError("setpriority")

        monkeypatch.setattr(Passwords, "hash", refuses)
        assert "allow setpriority" in self.told(settings).remedy


class TestFiles:
    @pytest.mark.parametrize(("mode", "level"), [(0o755, "note"), (0o777, "fault")])
    def test_a_folder_open_to_others(self, settings: Settings, mode: int, level: str) -> None:
        settings.data_dir.chmod(mode)
        (told,) = found(files.look, settings, level)
        assert f"chmod 700 {settings.data_dir}" in told

    @pytest.mark.parametrize("name", ["bakureserve.db", "signing-keys.json", ".env"])
    def test_a_file_that_others_can_read(self, settings: Settings, name: str) -> None:
        (settings.data_dir / name).touch()
        (settings.data_dir / name).chmod(0o640)
        assert any("chmod 600" in each and name in each for each in found(files.look, settings))

    @pytest.mark.parametrize("name", ["signing-keys.json", ".env"])
    def test_a_file_of_another_account(
        self, settings: Settings, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (settings.data_dir / name).touch(mode=0o600)
        give_away(settings.data_dir / name, monkeypatch)
        assert any("chown" in each and name in each for each in found(files.look, settings))

    def test_nobody_is_told_to_run_as_root(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Root's file, seen by another account: closed to it, whoever runs the tests."""
        settings.database_path.chmod(0o600)
        monkeypatch.setattr(files, "ROOT", settings.database_path.stat().st_uid)
        monkeypatch.setattr(files, "for_chown", lambda _uid: "baku")
        monkeypatch.setattr(os, "access", lambda path, _how: path != settings.database_path)
        (told,) = [each for each in found(files.look, settings) if "closed" in each]
        assert told.endswith(f": sudo chown baku {settings.database_path}")

    @pytest.mark.parametrize("name", ["backups", "outbox"])
    def test_a_folder_within_that_the_server_cannot_write(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        folder = settings.data_dir / name
        folder.mkdir()
        assert found(files.look, settings) == []
        monkeypatch.setattr(os, "access", lambda path, _how: path != folder)
        (told,) = found(files.look, settings)
        assert "sudo chown -R" in told
        assert str(folder) in told

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
    def test_a_folder_within_that_is_anothers_than_the_whole(self, settings: Settings) -> None:
        settings.backup_folder.mkdir()
        os.chown(settings.backup_folder, ANOTHER, -1)
        (told,) = found(files.look, settings)
        assert f"sudo chown -R root {settings.backup_folder}" in told

    def test_a_database_on_the_network(
        self, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        mounts = tmp_path / "mounts"
        mounts.write_text(f"/dev/sda / ext4 rw 0 0\nnas:/x {settings.data_dir} nfs4 rw 0 0\n")
        monkeypatch.setattr(files, "_MOUNTS", mounts)
        assert any("nfs4" in each for each in found(files.look, settings))


class TestStore:
    def test_backups_that_cannot_be_looked_into_hide_nothing_else(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def room(path: Path) -> Room:
            if path.parent == settings.backup_folder:
                raise PermissionError
            return room_for(path)

        monkeypatch.setattr(store, "room_for", room)
        told = {each.subject for each in store.look(settings)}
        assert {"disk", "schema"} <= told

    def test_a_schema_that_lacks_migrations(self, settings: Settings) -> None:
        by_another_hand(
            settings.database_path, lambda tx: tx.execute("delete from migratehistory where id > 1")
        )
        assert any("bakureserve migrate up" in each for each in found(store.look, settings))

    def test_a_lost_database(self, settings: Settings) -> None:
        settings.backup_folder.mkdir()
        (settings.backup_folder / name_for(dt.datetime.now(dt.UTC))).touch()
        settings.database_path.unlink()
        assert any("serve --new" in each for each in found(store.look, settings))

    def test_no_backup_and_an_old_one(self, settings: Settings) -> None:
        assert any("bakureserve backup" in each for each in found(store.look, settings, "note"))
        settings.backup_folder.mkdir()
        old = dt.datetime.now(dt.UTC) - dt.timedelta(days=3)
        (settings.backup_folder / name_for(old)).touch()
        assert any("3 d old" in each for each in found(store.look, settings))


class TestPorts:
    def test_a_port_that_another_program_has(self, settings: Settings) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            taken = replace(settings, port=other.getsockname()[1])
            assert any("another program" in each for each in found(ports.look, taken))

    def test_a_port_that_our_own_server_has(self, settings: Settings) -> None:
        with serving(settings.data_dir) as server:
            ours = replace(settings, port=port_of(server))
            assert found(ports.look, ours) == []
            assert any("the server on" in each for each in found(ports.look, ours, "ok"))

    @pytest.mark.parametrize("has_its_own", [False, True])
    def test_a_port_that_the_server_of_another_folder_has(
        self, settings: Settings, tmp_path_factory: pytest.TempPathFactory, has_its_own: bool
    ) -> None:
        elsewhere = tmp_path_factory.mktemp("elsewhere")
        with ExitStack() as running:
            other = running.enter_context(serving(elsewhere))
            if has_its_own:
                running.enter_context(serving(settings.data_dir))
            (told,) = found(ports.look, replace(settings, port=port_of(other)))
        assert "another DATA_DIR" in told
        assert "choose another PORT" in told

    def test_an_address_of_another_machine(self, settings: Settings) -> None:
        elsewhere = replace(settings, host="192.0.2.1")
        assert any("no address of this machine" in each for each in found(ports.look, elsewhere))


class TestServers:
    def test_one_that_was_stopped_is_told_with_how_to_wake_it(self, settings: Settings) -> None:
        with serving(settings.data_dir) as server:
            ours = replace(settings, port=port_of(server))
            assert any("and answers" in each for each in found(servers.look, settings, "ok"))
            server.signal(signal.SIGSTOP)
            (told,) = found(servers.look, settings)
            assert found(ports.look, ours) == []
            server.signal(signal.SIGCONT)
        assert "SIGSTOP" in told
        assert told.endswith(f"kill -CONT {server.pid}")

    def test_one_that_hangs_is_told(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(servers, "_PATIENCE", 0.1)
        with control_socket(settings.data_dir):
            (told,) = found(servers.look, settings)
        assert "does not answer within 0.1 s" in told


class TestMail:
    def test_that_takes_letters_is_fine(self, settings: Settings) -> None:
        with open_office(PostOffice()) as server:
            assert found(mail.look, at(settings, server)) == []
        (told,) = found(mail.look, at(settings, server))
        assert "nothing listens at that address" in told

    def test_that_goes_into_files_is_noted_and_nowhere_is_a_fault(self, settings: Settings) -> None:
        assert any("SMTP_HOST" in each for each in found(mail.look, settings, "note"))
        (told,) = found(mail.look, replace(settings, notify_files=False))
        assert "nowhere" in told

    def test_whose_letters_are_given_up_is_told(self, run: Run, settings: Settings) -> None:
        dead = msgspec.structs.replace(
            a_delivery(), status="dead", error="no_way_out", settled_at=None
        )
        now = int(dt.datetime.now(dt.UTC).timestamp() * 1_000_000)

        def give_up(tx: Transaction) -> None:
            outbox.add(tx, dead)
            tx.execute("update outbox_delivery set settled_at = ?", (now,))

        by_another_hand(settings.database_path, give_up)
        told = [each for each in run("doctor", "--json").json if each["subject"] == "mail"]
        assert any("outbox test ADDRESS" in each["remedy"] for each in told)


def at(settings: Settings, server: MailServer) -> Settings:
    return replace(
        settings, smtp_host=server.host, smtp_port=server.port, smtp_security=server.security
    )


def port_of(server: Server) -> int:
    return int(server.url.rpartition(":")[2])


@contextmanager
def a_clock_that_is_off(by: dt.timedelta) -> Iterator[str]:
    class Answer(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_error(404)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string((dt.datetime.now(dt.UTC) + by).timestamp())

        def log_message(self, *_arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class TestClock:
    @pytest.mark.parametrize(
        ("minutes", "faults"), [(0, []), (10, ["behind"]), (-10, ["ahead of"])]
    )
    def test_is_compared_with_that_of_the_map_service(
        self, settings: Settings, minutes: int, faults: list[str]
    ) -> None:
        with a_clock_that_is_off(dt.timedelta(minutes=minutes)) as url:
            told = found(clock_rounds.look, replace(settings, osrm_base_url=url))
        assert len(told) == len(faults)
        assert all(fault in each for fault, each in zip(faults, told, strict=True))

    def test_that_was_set_back_is_seen_by_the_newest_event(self, settings: Settings) -> None:
        by_another_hand(
            settings.database_path,
            lambda tx: tx.execute(
                "insert into event (at, kind, data) values (?, 'x', '{}')", (4_000_000_000_000_000,)
            ),
        )
        assert any("still to come" in each for each in found(clock_rounds.look, settings))


@pytest.mark.parametrize(
    ("level", "fields", "says"),
    [
        ("fault", {"dev": True, "host": "0.0.0.0"}, "refused with HOST"),
        ("fault", {"trusted_proxies": (ip_network("0.0.0.0/0"),)}, "any address"),
        ("fault", {"gomap_guid": "x", "gomap_base_url": "http://gomap.az"}, "in the clear"),
        ("note", {"cors_allow_origins": ("*",)}, "any page"),
        ("note", {"host": "0.0.0.0"}, "without TLS"),
        ("note", {"rate_limit_enabled": False}, "requests are not limited"),
        ("note", {"osrm_base_url": combinations.PUBLIC_OSRM}, "courtesy"),
        ("note", {"backup_interval": 0.0}, "BACKUP_INTERVAL is off"),
        ("note", {"dev": True}, "everybody an admin"),
        ("note", {"log_level": "debug"}, "LOG_LEVEL is debug"),
    ],
)
def test_settings_that_do_not_go_well_together(
    settings: Settings, level: str, fields: dict[str, Any], says: str
) -> None:
    odd = replace(settings, **fields)
    assert any(says in each for each in found(combinations.look, odd, level))


def test_names_of_the_old_server_without_effect_are_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("GOMAP_TIMEOUT_SECONDS=4.0\nOPENAI_API_KEY=s3cr3t\n")
    done = program.run("doctor", "--data-dir", "data", cwd=tmp_path)
    assert "GOMAP_TIMEOUT_SECONDS has no effect any more" in done.stdout
    assert "OPENAI_API_KEY has no effect any more" in done.stdout
    assert "s3cr3t" not in done.stdout + done.stderr
