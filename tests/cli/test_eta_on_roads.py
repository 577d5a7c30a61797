"""Ways on the command line where map services answer: in this process, and asked of a server."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from bakureserve.cli.exit_status import Status
from bakureserve.settings import Settings
from tests.cli.conftest import Ran, Run
from tests.kit.browser import Browser
from tests.kit.houses import SAHIL
from tests.kit.roads.gomap import GUID, GoMap
from tests.kit.roads.trouble import Front, hanging, resetting

HOME = "40.4366,49.8590"


@pytest.fixture
def in_town(run: Run, monkeypatch: pytest.MonkeyPatch, town_settings: Settings) -> None:
    """The command finds the town's map services in its environment, which `run` has emptied."""
    monkeypatch.setenv("OSRM_BASE_URL", town_settings.osrm_base_url)
    monkeypatch.setenv("GOMAP_BASE_URL", town_settings.gomap_base_url)
    monkeypatch.setenv("GOMAP_GUID", GUID)


async def eta(run: Run, *arguments: str) -> Ran:
    """Run it in a thread, so that the services can answer meanwhile."""
    return await asyncio.to_thread(run, "eta", *arguments)


@pytest.mark.usefixtures("in_town")
async def test_a_routed_way_ends_well_and_the_second_time_comes_from_the_cache(run: Run) -> None:
    ran = await eta(run, HOME, SAHIL.slug)
    assert ran.status == Status.OK
    assert ran.facts["provider"] == "gomap"
    assert ran.facts["way"] == "Neftçilər prospekti"
    again = await eta(run, HOME, SAHIL.slug, "--repeat", "2")
    first, second = (cells[-1] for cells in again.cells)
    assert "osrm ok" in first
    assert "osrm cached" in second


@pytest.mark.usefixtures("in_town")
async def test_legs_are_drawn_on_one_axis(run: Run, gomap: GoMap) -> None:
    gomap.troubles["getRoute"] = hanging()
    ran = await eta(run, HOME, SAHIL.slug, "--debug")
    lines = {line.split()[0]: line for line in ran.out.splitlines() if line.strip()}
    assert lines["gomap"].count("█") > lines["osrm"].count("█") > 0
    for name, said in {
        "osrm": "ok",
        "gomap": "timeout",
        "traffic_origin": "smooth",
        "base": "only OSRM came in time",
    }.items():
        assert said in lines[name]
    assert ran.status == Status.OK


@pytest.mark.usefixtures("in_town")
async def test_sources_stand_side_by_side(run: Run, gomap: GoMap) -> None:
    gomap.troubles["getRoute"] = resetting()
    ran = await eta(run, HOME, SAHIL.slug, "--compare")
    rows = {cells[0]: cells[1:] for cells in ran.cells}
    assert float(rows["osrm"][0]) > float(rows["straight line"][0])
    assert 20 < float(rows["osrm"][2]) < 70
    assert rows["gomap"] == ["", "", "", "broken_off"]


@pytest.mark.usefixtures("in_town")
async def test_the_key_is_nowhere_to_be_seen(run: Run, gomap: GoMap) -> None:
    gomap.answers["getRoute"] = {"success": False, "msg": f"unknown guid {GUID}"}
    for options in ([], ["--debug"], ["--json"], ["--compare"]):
        ran = await eta(run, HOME, SAHIL.slug, *options)
        assert GUID not in ran.out + ran.err


async def test_a_servers_own_engine_is_asked_by_an_admin(
    town_browser: Browser, run: Run, osrm_front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = str(town_browser.make_url("/"))
    with capture_logs():  # the server runs in this process, and would log between the lines
        monkeypatch.setenv("BAKURESERVE_TOKEN", "guest")
        refused = await eta(run, HOME, SAHIL.slug, "--url", url)
        assert (refused.status, refused.out) == (Status.REFUSED, "")
        monkeypatch.setenv("BAKURESERVE_TOKEN", "admin")
        ran = await eta(run, HOME, SAHIL.slug, "--url", url, "--json")
        assert (ran.status, ran.json["directions"]["provider"]) == (Status.OK, "gomap")
        osrm_front.asked.clear()
        again = await eta(run, HOME, "sahl bagi", "--url", url, "--debug")
    assert "cached" in again.out
    assert osrm_front.asked == []
