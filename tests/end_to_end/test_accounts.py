"""People and their sessions through real processes: kills, restarts, and the old server's files."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import argon2
import pytest
import requests

from bakureserve.settings import Settings
from tests.kit.houses import SAHIL, furnish
from tests.kit.old_server import a_row, a_user, write
from tests.kit.people import a_newcomer
from tests.kit.processes import Server, command, serving

PASSWORD = "correct horse"
AYSEL = a_newcomer()
WISH = {
    "restaurant_id": SAHIL.id,
    "party_size": 2,
    "start": f"{dt.datetime.now(dt.UTC).date() + dt.timedelta(days=7)}T19:00",
    "guest_name": "Aysel",
}


def ask(
    server: Server, method: str, path: str, *, token: str = "", body: Any = None
) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.request(
        method, f"{server.url}/v1{path}", json=body, headers=headers, timeout=30
    )


def answered(answer: requests.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def test_who_signed_up_and_booked_is_still_logged_in_after_a_kill(tmp_path: Path) -> None:
    furnish(Settings(data_dir=tmp_path, seed=False), SAHIL)
    with serving(tmp_path, DEV="off") as server:
        assert "No administrator can log in yet" in server.said
        assert f"bakureserve --data-dir {server.data_dir} users verify EMAIL" in server.said
        entered = answered(ask(server, "POST", "/auth/signup", body=AYSEL), 201)
        token = entered["access_token"]
        booked = answered(ask(server, "POST", "/reservations", token=token, body=WISH), 201)
        server.kill()

    with serving(tmp_path, DEV="off") as server:
        assert answered(ask(server, "GET", "/reservations", token=token)) == [booked]
        body = {"refresh_token": entered["refresh_token"]}
        renewed = answered(ask(server, "POST", "/auth/refresh", body=body))
        token = renewed["access_token"]
        shown = answered(ask(server, "GET", f"/reservations/{booked['id']}", token=token))
        assert shown == booked
        assert ask(server, "POST", "/auth/logout", token=token).status_code == 204
        server.kill()

    with serving(tmp_path, DEV="off") as server:
        body = {"refresh_token": renewed["refresh_token"]}
        answered(ask(server, "POST", "/auth/refresh", body=body), 401)


@pytest.fixture
def old_files(tmp_path: Path) -> Path:
    hashed = argon2.PasswordHasher(memory_cost=19_456, time_cost=2, parallelism=1).hash(PASSWORD)
    row = a_row(owner_id="u1")
    users = {"u1": a_user(email="aysel@example.az", password_hash=hashed)}
    return write(tmp_path / "old", [row], users=users)


def test_an_imported_person_who_was_erased_does_not_come_back(
    tmp_path: Path, old_files: Path
) -> None:
    command("migrate-json", str(old_files), data_dir=tmp_path)
    assert command("users", "erase", "u1", "--yes", data_dir=tmp_path).returncode == 0

    again = command("migrate-json", str(old_files), data_dir=tmp_path)
    assert again.returncode == 0, again.stdout + again.stderr
    assert command("users", "list", data_dir=tmp_path).stdout == ""
    shown = command("reservations", "show", "r1", data_dir=tmp_path)
    assert shown.returncode == 0
    assert "Aysel" not in shown.stdout
    assert "u1" not in shown.stdout
