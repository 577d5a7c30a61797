"""What `serve` tells whoever started it."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path

import pytest
import requests
import typer
from msgspec import structs

from bakureserve.cli.status import Status
from bakureserve.cli.voice import speaking
from bakureserve.settings import Settings
from tests.kit.houses import SAHIL, furnish
from tests.kit.processes import serving
from tests.kit.program import run
from tests.server.test_signals import wait_for


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_it_names_its_pages_to_a_person_under_addresses_that_can_be_opened(
    host: str, tmp_path: Path
) -> None:
    with serving(tmp_path, LOG_FORMAT="human", HOST=host, DEV="off") as server:
        urllib.request.urlopen(f"{server.url}/health", timeout=10).close()
        pages = re.findall(r"^  .*: (http://\S+)$", server.said, re.MULTILINE)
        statuses = [urllib.request.urlopen(page, timeout=10).status for page in pages]

    assert [page.partition("/")[2].partition("/")[2].partition("/")[2] for page in pages] == [
        "book/",
        "admin/",
        "docs",
    ]
    assert statuses == [200, 200, 200]
    assert not any("0.0.0.0" in page for page in pages)


def test_it_names_the_address_that_guests_know(tmp_path: Path) -> None:
    known = "https://reserve.example.az"
    with serving(tmp_path, LOG_FORMAT="human", PUBLIC_URL=known) as server:
        server.stop()

    assert f"Book a table: {known}/book/\n" in server.said


def test_a_log_for_machines_has_no_pages(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        server.stop()

    assert "Book a table" not in server.said


def test_where_no_letter_is_written_it_promises_none(tmp_path: Path) -> None:
    with serving(tmp_path, DEV="off", NOTIFY_FILES="off") as server:
        server.stop()

    assert "No letters are sent" in server.said
    assert "users verify EMAIL" in server.said
    assert "letters go into files" not in server.said


def test_what_it_advises_to_run_is_for_its_own_folder(tmp_path: Path) -> None:
    folder = tmp_path / "of guests"
    folder.mkdir()
    (folder / "restaurants.json").write_text("[]")
    with serving(folder, DEV="off") as server:
        server.stop()

    told = [json.loads(line) for line in server.said.splitlines()]
    advice = {line["event"]: line.get("message", "") for line in told}
    here = f"bakureserve --data-dir '{folder}'"
    assert f"{here} users add --admin --email EMAIL --name NAME" in advice["no_administrator"]
    assert f"{here} users verify EMAIL" in advice["no_mail_server"]
    assert f"{here} migrate-json" in advice["old_files"]
    assert f"{here} seed" in advice["old_files"]


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


def test_the_log_of_a_server_that_was_asked_nothing_ends_with_its_end(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        server.stop()

    assert json.loads(server.said.splitlines()[-1])["event"] == "stopped"


@pytest.mark.parametrize(
    ("given", "status"),
    [({"PORT": "eighty"}, Status.REFUSED), ({"DEV": "on", "HOST": "0.0.0.0"}, Status.REFUSED)],
)
def test_why_a_start_failed_is_a_line_of_that_log(
    given: dict[str, str], status: Status, tmp_path: Path
) -> None:
    done = run("serve", cwd=tmp_path, DATA_DIR=str(tmp_path / "data"), **given)

    last = json.loads(done.stderr.splitlines()[-1])
    assert (done.returncode, last["event"], last["exit_status"]) == (status, "failed", status)
    assert all(name in last["message"] for name in given)
    assert "exception" not in last


def test_where_it_failed_is_in_that_line_when_asked_for(tmp_path: Path) -> None:
    done = run("serve", "--debug", cwd=tmp_path, DATA_DIR=str(tmp_path), DEV="on", HOST="0.0.0.0")

    *_, last = map(json.loads, done.stderr.splitlines())
    assert "Traceback" in last["exception"]
    assert "SettingsError" in last["exception"]


def test_on_any_free_port_links_lead_to_the_one_it_got(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cover.webp").write_bytes(b"RIFF")
    furnish(
        Settings(data_dir=tmp_path, seed=False), structs.replace(SAHIL, cover_photo="cover.webp")
    )
    with serving(tmp_path, DEV="off") as server:
        signed_up = requests.post(f"{server.url}/v1/auth/signup", json=AYSEL, timeout=30)
        assert signed_up.status_code == 201
        (shown,) = requests.get(f"{server.url}/v1/restaurants", timeout=30).json()
        wait_for(lambda: any((tmp_path / "outbox").glob("[!.]*.eml")))
        (letter,) = (tmp_path / "outbox").glob("[!.]*.eml")
        text = letter.read_text()

    assert f"{server.url}/book/#verify=" in text
    assert shown["cover_photo"] == f"{server.url}/assets/cover.webp"


AYSEL = {
    "name": "Aysel",
    "email": "aysel@example.az",
    "phone": "050 123 45 67",
    "password": "correct horse",
}


@pytest.mark.parametrize(("form", "ends"), [("json", typer.Exit), ("human", KeyboardInterrupt)])
def test_a_start_that_is_interrupted_says_so_in_the_form_of_the_log(
    form: str, ends: type[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ends), speaking(Settings(log_format=form), debug=False):
        raise KeyboardInterrupt
    said = [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()]
    assert said == (["interrupted"] if form == "json" else [])
