"""What the command line changes, a running server answers at the next request."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from bakureserve.cli.exit_status import Status
from bakureserve.domain.restaurants.listing import json_from_restaurants
from bakureserve.settings import Settings
from tests.cli.conftest import Ran, Run
from tests.kit.houses import SAHIL
from tests.kit.processes import Server, serving

DAY = (dt.datetime.now(dt.UTC) + dt.timedelta(days=7)).date()


@pytest.fixture(scope="module")
def server(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all, with the old server's settings; each test leaves the tables free."""
    data_dir = tmp_path_factory.mktemp("served")
    shutil.copy(furnished, Settings(data_dir=data_dir).database_path)
    (data_dir / ".env").write_text("RATE_LIMIT_WINDOW_SECONDS=60.0\nCONCIERGE_MODE=local\n")
    with serving(data_dir, RATE_LIMIT_REQUESTS="0") as running:
        yield running


def ask(server: Server, path: str, body: dict[str, Any] | None = None) -> Any:
    method = "GET" if body is None else "POST"
    answer = requests.request(method, f"{server.url}/v1{path}", json=body, timeout=30)
    assert answer.status_code < 300, answer.text
    return answer.json()


def free_at_seven(server: Server) -> list[str]:
    day = ask(server, f"/restaurants/{SAHIL.slug}/availability?date={DAY}&party_size=2")
    (slot,) = [slot for slot in day["slots"] if f"{DAY}T19:00" in slot["start"]]
    return list(slot["available_table_ids"])


@pytest.fixture
def change(bare: Run, server: Server) -> Run:
    """Runs a command on that server's folder, which succeeds."""

    def run_there(*arguments: str, fed: str = "") -> Ran:
        ran = bare(*arguments, "--data-dir", server.data_dir, fed=fed)
        assert ran.status == Status.OK, ran.err
        return ran

    return run_there  # type: ignore[return-value]


def test_an_imported_change_is_answered(server: Server, change: Run) -> None:
    (document,) = json_from_restaurants([SAHIL])
    path = f"/restaurants/{SAHIL.slug}"
    assert ask(server, path)["phone"] == ""
    change("restaurants", "import", "-", fed=json.dumps(document | {"phone": "+994 12 555 01 01"}))
    assert ask(server, path)["phone"] == "+994 12 555 01 01"


def test_a_cancelled_reservations_table_is_free_again(server: Server, change: Run) -> None:
    before = free_at_seven(server)
    asked = {"restaurant_id": SAHIL.id, "party_size": 2, "start": f"{DAY}T19:00"}
    booked = ask(server, "/reservations", asked | {"guest_name": "Aysel"})
    assert free_at_seven(server) == before[1:]
    assert booked["id"] in change("reservations", "list", "--date", str(DAY)).out
    change("reservations", "cancel", booked["id"], "--yes")
    assert free_at_seven(server) == before
    assert ask(server, f"/reservations/{booked['id']}")["status"] == "cancelled"


def test_a_removed_restaurant_is_gone_and_an_imported_one_is_there(
    server: Server, change: Run
) -> None:
    own = json_from_restaurants([SAHIL])[0] | {"id": "own", "slug": "own"}
    change("restaurants", "import", "-", fed=json.dumps(own))
    assert ask(server, "/restaurants/own")["id"] == "own"
    change("restaurants", "remove", "own", "--yes")
    gone = requests.get(f"{server.url}/v1/restaurants/own", timeout=30)
    assert gone.status_code == 404


def test_a_server_says_which_of_the_old_servers_settings_have_no_effect(server: Server) -> None:
    assert ask(server, "/config/features")["currency"] == "AZN"
    assert "CONCIERGE_MODE has no effect any more: there is no concierge." in server.said
