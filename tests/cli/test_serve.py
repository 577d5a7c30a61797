"""What `serve` tells at the terminal and in the log."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path

import pytest
import requests
import typer
from msgspec import structs

from bakureserve.cli.exit_status import Status
from bakureserve.cli.voice import speaking
from bakureserve.settings import Settings
from tests.cli.conftest import Run
from tests.kit.houses import SAHIL, furnish
from tests.kit.people import a_newcomer
from tests.kit.processes import serving
from tests.kit.waiting import wait_for


def test_its_pages_are_named_to_a_person_under_addresses_that_can_be_opened(tmp_path: Path) -> None:
    with serving(tmp_path, LOG_FORMAT="human", HOST="0.0.0.0", DEV="off") as server:
        urllib.request.urlopen(f"{server.url}/health", timeout=10).close()
        pages = re.findall(r"^  .*: (http://\S+)$", server.said, re.MULTILINE)
        statuses = [urllib.request.urlopen(page, timeout=10).status for page in pages]
    assert [page.split("/", 3)[3] for page in pages] == ["book/", "admin/", "docs"]
    assert statuses == [200, 200, 200]
    assert not any("0.0.0.0" in page for page in pages)


def test_the_address_that_guests_know_is_named(tmp_path: Path) -> None:
    known = "https://reserve.example.az"
    with serving(tmp_path, LOG_FORMAT="human", PUBLIC_URL=known) as server:
        server.stop()
    assert f"Book a table: {known}/book/\n" in server.said


def test_a_server_that_writes_no_letters_promises_none(tmp_path: Path) -> None:
    with serving(tmp_path, DEV="off", NOTIFY_FILES="off") as server:
        server.stop()
    assert "No e-mails are sent" in server.said
    assert "users verify EMAIL" in server.said
    assert "e-mails are written to files" not in server.said
    assert json.loads(server.said.splitlines()[-1])["event"] == "stopped"  # asked nothing


def test_commands_that_it_recommends_are_for_its_own_folder(tmp_path: Path) -> None:
    (folder := tmp_path / "of guests").mkdir()
    (folder / "restaurants.json").write_text("[]")
    with serving(folder, DEV="off") as server:
        server.stop()
    told = [json.loads(line) for line in server.said.splitlines()]
    advice = {line["event"]: line.get("message", "") for line in told}
    here = f"bakureserve --data-dir '{folder}'"
    for event, command in [
        ("no_administrator", "users add --admin --email EMAIL --name NAME"),
        ("no_mail_server", "users verify EMAIL"),
        ("old_files", "migrate-json"),
        ("old_files", "seed"),
    ]:
        assert f"{here} {command}" in advice[event]


def test_a_log_of_json_is_json_from_its_first_line_to_its_last(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CONCIERGE_MODE=local\n")
    with serving(tmp_path, DEV="off", SEED="on", LOG_LEVEL="error") as server:
        urllib.request.urlopen(f"{server.url}/livez", timeout=10).close()
        server.stop()
    lines = [json.loads(line) for line in server.said.splitlines()]
    events = [line["event"] for line in lines]
    assert (events[0], events[-1]) == ("starting", "stopped")
    assert {"migrated", "seeded", "listening", "request", "stopping"} < {*events}
    assert "setting_without_effect" in events
    assert lines[events.index("listening")]["address"] == server.url
    assert all(line["time"] for line in lines)
    assert "Book a table" not in server.said


@pytest.mark.parametrize("given", [{"PORT": "eighty"}, {"DEV": "on", "HOST": "0.0.0.0"}])
@pytest.mark.parametrize("debug", [False, True])
def test_the_reason_why_a_start_failed_is_a_line_of_that_log(
    given: dict[str, str], debug: bool, bare: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    done = bare("serve", *["--debug"] * debug)
    last = json.loads(done.err.splitlines()[-1])
    assert (last["event"], last["exit_status"], done.status) == ("failed", 2, Status.REFUSED)
    assert all(name in last["message"] for name in given)
    traceback = last.get("exception", "")
    assert ("Traceback" in traceback, "SettingsError" in traceback) == (debug, debug)


def test_on_any_free_port_links_lead_to_the_one_it_got(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cover.webp").write_bytes(b"RIFF")
    house = structs.replace(SAHIL, cover_photo="cover.webp")
    furnish(Settings(data_dir=tmp_path, seed=False), house)
    with serving(tmp_path, DEV="off") as server:
        signed_up = requests.post(f"{server.url}/v1/auth/signup", json=a_newcomer(), timeout=30)
        assert signed_up.status_code == 201
        (shown,) = requests.get(f"{server.url}/v1/restaurants", timeout=30).json()
        wait_for(lambda: any((tmp_path / "outbox").glob("[!.]*.eml")))
        (letter,) = (tmp_path / "outbox").glob("[!.]*.eml")
        text = letter.read_text()
    assert f"{server.url}/book/#verify=" in text
    assert shown["cover_photo"] == f"{server.url}/assets/cover.webp"


@pytest.mark.parametrize(("form", "ends"), [("json", typer.Exit), ("human", KeyboardInterrupt)])
def test_a_start_that_is_interrupted_says_so_in_the_form_of_the_log(
    form: str, ends: type[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ends), speaking(Settings(log_format=form), debug=False):
        raise KeyboardInterrupt
    said = [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()]
    assert said == (["interrupted"] if form == "json" else [])
