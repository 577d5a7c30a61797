"""`cache`, `limiter` and `breakers`: what running servers hold, seen and steered."""

from __future__ import annotations

import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from bakureserve.cli.exit_status import Status
from bakureserve.settings import Settings
from tests.cli.conftest import Ran, Run
from tests.kit.processes import Server, serving


@pytest.fixture(scope="module")
def server(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all, that answers each test's guest once."""
    data_dir = tmp_path_factory.mktemp("steered")
    shutil.copy(furnished, Settings(data_dir=data_dir).database_path)
    quota = {"RATE_LIMIT_REQUESTS": "100", "RATE_LIMIT_WINDOW_SECONDS": "60"}
    with serving(data_dir, **quota) as running:
        yield running


@pytest.fixture
def run(bare: Run, server: Server) -> Run:
    """Runs a command on that server's folder, after a guest asked it once."""
    urllib.request.urlopen(f"{server.url}/v1/restaurants", timeout=10).close()

    def run_there(*arguments: str) -> Ran:
        return bare(*arguments, "--data-dir", server.data_dir)

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


def test_several_servers_are_told_apart(run: Run, server: Server) -> None:
    with serving(server.data_dir):
        rows = run("limiter", "stats").cells
    assert len({row[0] for row in rows}) == 2
