"""What running servers hold, seen and steered, and what they answer at once when it is changed.

`cache`, `limiter`, `breakers`, and commands that change restaurants and reservations.
"""

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
    data_dir = tmp_path_factory.mktemp("steered")
    shutil.copy(furnished, Settings(data_dir=data_dir).database_path)
    (data_dir / ".env").write_text("CONCIERGE_MODE=local\n")
    quota = {"RATE_LIMIT_REQUESTS": "100", "RATE_LIMIT_WINDOW_SECONDS": "60.0"}
    with serving(data_dir, **quota) as running:
        yield running


@pytest.fixture
def run(bare: Run, server: Server) -> Run:
    """Runs a command on that server's folder, after a guest asked it once."""
    ask(server, "/restaurants")

    def run_there(*arguments: str, fed: str = "") -> Ran:
        return bare(*arguments, "--data-dir", server.data_dir, fed=fed)

    return run_there  # type: ignore[return-value]


def test_caches_are_shown_with_their_bounds(run: Run) -> None:
    rows = run("cache", "stats", "--json").json
    assert "map_answers" in {row["name"] for row in rows}
    assert all(row["entries"] <= row["bound"] for row in rows)
    assert len(run("cache", "stats").cells) == len(rows)


def test_caches_are_swept_and_cleared(run: Run) -> None:
    assert "Forgot 0 expired entries." in run("cache", "sweep").err
    assert "Forgot 0 entries." in run("cache", "clear", "map_answers").err
    assert run("cache", "clear").status == Status.OK
    for verb in ("sweep", "clear"):
        (told,) = run("cache", verb, "--json").json
        assert told["dropped"] >= 0
        assert told["server"]
    entries = {row["name"]: row["entries"] for row in run("cache", "stats", "--json").json}
    assert entries["renderings"] == entries["map_answers"] == 0


def test_the_limiter_is_shown_in_figures(run: Run) -> None:
    (figures,) = run("limiter", "stats", "--json").json
    assert (figures["state"], figures["buckets"], figures["denied"]) == ("memory", 1, 0)
    assert figures["allowed"] >= 1
    assert run("limiter", "stats").cells[0][:3] == ["memory", "100 per 1 min", "1"]


def test_the_limiter_tells_which_clients_use_most_and_what_one_has_left(run: Run) -> None:
    assert [row["client"] for row in run("limiter", "top", "--json").json] == ["127.0.0.1"]
    for given, client in {
        "127.0.0.1": "127.0.0.1",
        "2001:db8::1": "2001:db8::/64",
        "2001:db8::/64": "2001:db8::/64",
    }.items():
        (shown,) = run("limiter", "show", given, "--json").json
        assert shown["client"] == client


def test_the_limiter_is_reset_for_one_client_or_after_a_yes_for_all(run: Run) -> None:
    assert run("limiter", "reset").status == Status.REFUSED
    assert run("limiter", "reset", "127.0.0.1", "--all").status == Status.REFUSED
    assert "--yes" in run("limiter", "reset", "--all").err
    assert "Fresh quota for 1 " in run("limiter", "reset", "--all", "--yes").err
    assert "Fresh quota for 0 " in run("limiter", "reset", "127.0.0.1").err
    assert run("limiter", "reset", "127.0.0.1", "--json").json[0]["dropped"] == 0


def test_breakers_are_listed_and_reset(run: Run) -> None:
    (listed,) = run("breakers", "list", "--json").json
    assert (listed["name"], listed["state"]) == ("osrm", "closed")
    assert run("breakers", "reset", "osrm").cells[0][:2] == ["osrm", "closed"]
    assert run("breakers", "reset").status == Status.OK


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        (["cache", "clear", "sofa"], Status.NOT_FOUND, ["no cache sofa", "map_answers"]),
        (["breakers", "reset", "toaster"], Status.NOT_FOUND, ["osrm"]),
        (["limiter", "show", "table 4"], Status.REFUSED, ["table 4"]),
    ],
)
def test_what_does_not_exist_is_named(
    run: Run, line: list[str], status: Status, said: list[str]
) -> None:
    ran = run(*line)
    assert ran.status == status
    assert all(each in ran.err for each in said)


def ask(server: Server, path: str, body: dict[str, Any] | None = None) -> Any:
    method = "GET" if body is None else "POST"
    answer = requests.request(method, f"{server.url}/v1{path}", json=body, timeout=30)
    assert answer.status_code < 300, answer.text
    return answer.json()


def free_at_seven(server: Server) -> list[str]:
    day = ask(server, f"/restaurants/{SAHIL.slug}/availability?date={DAY}&party_size=2")
    (slot,) = [slot for slot in day["slots"] if f"{DAY}T19:00" in slot["start"]]
    return list(slot["available_table_ids"])


def test_an_imported_change_is_answered(server: Server, run: Run) -> None:
    (document,) = json_from_restaurants([SAHIL])
    path = f"/restaurants/{SAHIL.slug}"
    assert ask(server, path)["phone"] == ""
    run("restaurants", "import", "-", fed=json.dumps(document | {"phone": "+994 12 555 01 01"}))
    assert ask(server, path)["phone"] == "+994 12 555 01 01"


def test_a_cancelled_reservations_table_is_free_again(server: Server, run: Run) -> None:
    before = free_at_seven(server)
    asked = {"restaurant_id": SAHIL.id, "party_size": 2, "start": f"{DAY}T19:00"}
    booked = ask(server, "/reservations", asked | {"guest_name": "Aysel"})
    assert free_at_seven(server) == before[1:]
    assert booked["id"] in run("reservations", "list", "--date", str(DAY)).out
    run("reservations", "cancel", booked["id"], "--yes")
    assert free_at_seven(server) == before
    assert ask(server, f"/reservations/{booked['id']}")["status"] == "cancelled"


def test_a_removed_restaurant_is_gone_and_an_imported_one_is_there(
    server: Server, run: Run
) -> None:
    own = json_from_restaurants([SAHIL])[0] | {"id": "own", "slug": "own"}
    run("restaurants", "import", "-", fed=json.dumps(own))
    assert ask(server, "/restaurants/own")["id"] == "own"
    run("restaurants", "remove", "own", "--yes")
    gone = requests.get(f"{server.url}/v1/restaurants/own", timeout=30)
    assert gone.status_code == 404


def test_a_server_says_which_of_the_old_servers_settings_have_no_effect(server: Server) -> None:
    assert ask(server, "/config/features")["currency"] == "AZN"
    assert "CONCIERGE_MODE no longer has an effect: there is no concierge." in server.said


def test_several_servers_are_told_apart(run: Run, server: Server) -> None:
    with serving(server.data_dir):
        rows = run("limiter", "stats").cells
    assert len({row[0] for row in rows}) == 2
