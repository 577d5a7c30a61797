"""What the command line changes, a running server answers at the next request."""

from __future__ import annotations

import datetime as dt
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bakureserve.domain.restaurants.listing import json_from_restaurants
from bakureserve.settings import Settings
from tests.kit.houses import SAHIL, furnish
from tests.kit.processes import Server, command, serving

DAY = (dt.datetime.now(dt.UTC) + dt.timedelta(days=7)).date()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all; each test leaves the restaurant open and its tables free."""
    data_dir = tmp_path_factory.mktemp("served")
    furnish(Settings(data_dir=data_dir, seed=False), SAHIL)
    with serving(data_dir) as running:
        yield running


def ask(server: Server, path: str, body: dict[str, Any] | None = None) -> Any:
    request = urllib.request.Request(
        f"{server.url}/v1{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def free_at_seven(server: Server) -> list[str]:
    day = ask(server, f"/restaurants/{SAHIL.slug}/availability?date={DAY}&party_size=2")
    (slot,) = [slot for slot in day["slots"] if f"{DAY}T19:00" in slot["start"]]
    return list(slot["available_table_ids"])


def run(server: Server, *arguments: str) -> str:
    ran = command(*arguments, data_dir=server.data_dir)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_an_imported_change_is_answered(server: Server, tmp_path: Path) -> None:
    (document,) = json_from_restaurants([SAHIL])
    path = f"/restaurants/{SAHIL.slug}"
    assert ask(server, path)["phone"] == ""
    (tmp_path / "new.json").write_text(json.dumps(document | {"phone": "+994 12 555 01 01"}))

    run(server, "restaurants", "import", str(tmp_path / "new.json"))

    assert ask(server, path)["phone"] == "+994 12 555 01 01"


def test_a_cancelled_reservations_table_is_free_again(server: Server) -> None:
    before = free_at_seven(server)
    asked = {"restaurant_id": SAHIL.id, "party_size": 2, "start": f"{DAY}T19:00"}
    booked = ask(server, "/reservations", asked | {"guest_name": "Aysel"})
    assert free_at_seven(server) == before[1:]
    assert booked["id"] in run(server, "reservations", "list", "--date", str(DAY))

    run(server, "reservations", "cancel", booked["id"], "--yes")

    assert free_at_seven(server) == before
    assert ask(server, f"/reservations/{booked['id']}")["status"] == "cancelled"


def test_a_removed_restaurant_is_gone_and_an_imported_one_is_there(
    server: Server, tmp_path: Path
) -> None:
    (tmp_path / "own.json").write_text(
        json.dumps(json_from_restaurants([SAHIL])[0] | {"id": "own", "slug": "own"})
    )

    run(server, "restaurants", "import", str(tmp_path / "own.json"))
    assert ask(server, "/restaurants/own")["id"] == "own"
    run(server, "restaurants", "remove", "own", "--yes")

    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(server, "/restaurants/own")
    assert refused.value.code == 404
    refused.value.close()


def test_it_starts_with_the_old_servers_settings_and_says_which_have_no_effect(
    tmp_path: Path,
) -> None:
    (tmp_path / ".env").write_text("RATE_LIMIT_WINDOW_SECONDS=60.0\nCONCIERGE_MODE=local\n")
    with serving(tmp_path, RATE_LIMIT_REQUESTS="0") as server:
        assert ask(server, "/config/features")["currency"] == "AZN"
        assert "CONCIERGE_MODE has no effect any more: there is no concierge." in server.said
