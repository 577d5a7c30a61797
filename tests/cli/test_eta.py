"""Ways on the command line: told, drawn, compared and learnt from.

No map service answers, but for the last tests, over the made-up town.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import get_args

import pytest
from structlog.testing import capture_logs

from bakureserve.cli.exit_status import Status
from bakureserve.cli.screens.eta import BECAUSE, leg_bar, sum_of
from bakureserve.cli.screens.marks import MARKS
from bakureserve.domain.arrivals.calibration import Prediction
from bakureserve.domain.places.estimate import MAP_SERVICES, Choice, Leg, Outcome, TrafficCondition
from bakureserve.eta.factory import eta_rules
from bakureserve.eta.route import Route
from bakureserve.eta.route_choice import BaseRoute, Circumstances, make_estimate
from bakureserve.eta.speed_fit import FEWEST_TRIPS
from bakureserve.settings import Settings
from bakureserve.store.arrivals import calibration
from bakureserve.store.reservations import reservations
from bakureserve.store.transaction import Transaction
from tests.cli.conftest import Ran, Run
from tests.kit.browser import Browser
from tests.kit.houses import NOW, SAHIL
from tests.kit.roads.gomap import GUID, GoMap
from tests.kit.roads.trouble import Front, hanging, resetting
from tests.kit.rows import a_reservation

HOME = "40.4093,49.8671"
POINT = "40.37,49.8372"


@pytest.mark.parametrize("to", [POINT, SAHIL.slug, "sahl bagi"])
def test_a_way_is_estimated_to_a_point_a_restaurant_or_a_name(run: Run, to: str) -> None:
    ran = run("eta", HOME, to)
    assert ran.status == Status.FINDING  # a guess
    assert ran.facts["provider"] == "fallback"
    assert ran.facts["eta"].startswith("15 min")
    assert ran.facts["from"] == HOME
    assert run("eta", "way", HOME, to) == ran


@pytest.mark.parametrize(
    "line",
    [
        f"--json {HOME} {SAHIL.slug}",
        f"{HOME} --json {SAHIL.slug}",
        f"{HOME} {SAHIL.slug} --json",
        f"--debug {HOME} {SAHIL.slug} --json",
        f"way {HOME} {SAHIL.slug} --json",
    ],
)
def test_a_way_is_json_when_asked_for_wherever_the_option_stands(run: Run, line: str) -> None:
    told = run("eta", *line.split()).json
    assert told["destination"]["name"] == "Sahil Bağı"
    assert told["directions"]["provider"] == told["diagnosis"]["base"] == "fallback"


@pytest.mark.parametrize("line", [f"--debug {HOME} {SAHIL.slug}", f"{HOME} {SAHIL.slug} --debug"])
def test_a_way_is_drawn_with_its_sum(run: Run, line: str) -> None:
    out = run("eta", *line.split()).out
    for part in (
        f"{HOME} → Sahil Bağı, Bulvar",
        "fallback: no map service answered in time",
        "1200 ms",
        "5.05 km as the crow flies",
        "× 1 + 0 =",
    ):
        assert part in out


def test_a_way_is_compared_with_what_others_say(run: Run) -> None:
    rows = {cells[0]: cells[1:] for cells in run("eta", HOME, SAHIL.slug, "--compare").cells}
    assert rows.keys() == {*MAP_SERVICES, "straight line", "fallback"}
    assert rows["gomap"] == ["", "", "", "disabled"]
    assert rows["straight line"][0] == "5.05"
    assert rows["fallback"][2] == "28"


def test_a_way_is_asked_for_again_and_again(run: Run) -> None:
    ran = run("eta", HOME, SAHIL.slug, "--repeat", "3")
    assert [cells[:2] for cells in ran.cells] == [[str(n), "fallback"] for n in (1, 2, 3)]
    assert "ms at best" in ran.err
    assert len(run("eta", HOME, SAHIL.slug, "--repeat", "3", "--json").json) == 3


@pytest.mark.parametrize(
    ("origin", "to", "said"),
    [
        (HOME, "nowhere at all", "nowhere at all"),
        *(
            (point, SAHIL.slug, f"no point {point} on earth")
            for point in ("91,49", "-90.5,49", "40.4,181", "nan,49")
        ),
    ],
)
def test_a_way_to_nowhere_or_from_a_point_that_is_not_on_earth_is_refused(
    run: Run, origin: str, to: str, said: str
) -> None:
    run("eta", origin, to).ends(Status.NOT_FOUND, said, out="")


@pytest.mark.parametrize(
    "line",
    [
        "-33.9,18.4 -34.1,18.5",
        "way -33.9,18.4 -34.1,18.5",
        "--debug -33.9,18.4 -34.1,18.5",
        "-33.9,18.4 --debug -34.1,18.5",
        "--data-dir . -33.9,18.4 -34.1,18.5",
        "-.5,18.4 -0.6,18.5",
    ],
)
def test_a_way_leads_between_points_south_of_the_equator(run: Run, line: str) -> None:
    ran = run("eta", *line.split())
    assert (ran.status, ran.err) == (Status.FINDING, "")
    assert ",18.4" in ran.out


@pytest.mark.parametrize("arguments", [[], [HOME], [HOME, SAHIL.slug, "--repeat", "0"]])
def test_a_way_that_is_half_said_is_refused(run: Run, arguments: list[str]) -> None:
    run("eta", *arguments).ends(Status.REFUSED, "Try 'bakureserve eta way --help'", out="")


def test_without_a_database_a_way_leads_to_points_and_to_the_samples_by_name(bare: Run) -> None:
    ran = bare("eta", HOME, POINT, "--debug")
    assert (ran.status, ran.err) == (Status.FINDING, "")
    assert "5.05 km as the crow flies" in ran.out
    for to in ("das-nerdivan", "das nerdivan"):
        ran = bare("eta", HOME, to, "--debug")
        assert ran.status == Status.FINDING
        assert f"{HOME} → Daş Nərdivan" in ran.out
        assert ran.err == "There is no database: names are those of the sample restaurants.\n"
    bare("eta", HOME, "nowhere at all", "--debug").ends(Status.NOT_FOUND, "nowhere at all", out="")
    assert list(bare.folder.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no database" * 1000])
def test_beside_a_database_that_cannot_be_opened_a_way_leads_between_points(
    bare: Run, content: bytes
) -> None:
    bare.database.write_bytes(content)
    assert bare("eta", HOME, POINT).facts["provider"] == "fallback"
    assert bare("eta", HOME, SAHIL.slug).out == ""


def test_debug_draws_a_way_and_means_a_traceback_of_other_verbs_or_in_the_environment(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Traceback" not in run("eta", "--debug", HOME, "nowhere", "--debug").err
    assert "Traceback" not in run("eta", HOME, "nowhere", "--debug").err
    assert "Traceback" in run("eta", "accuracy", "--debug", "--data-dir", "none").err
    monkeypatch.setenv("BAKURESERVE_DEBUG", "1")
    assert "as the crow flies" not in run("eta", HOME, SAHIL.slug).out
    assert "Traceback" in run("eta", HOME, "nowhere").err


def test_there_are_words_for_every_choice_and_a_colour_for_every_outcome() -> None:
    assert BECAUSE.keys() == set(get_args(Choice))
    assert MARKS.keys() >= set(get_args(Outcome))


@pytest.mark.parametrize(
    ("started", "took", "outcome", "drawn"),
    [
        (0, 600, "ok", "█████     "),
        (600, 300, "ok", "     ███  "),
        (0, 1200, "timeout", "██████████"),
        (0, 5000, "late", "██████████"),
        (0, 0.2, "cached", "█         "),
        (1500, 10, "ok", "         █"),
        (0, 0, "disabled", "          "),
        (0, 0, "circuit_open", "          "),
    ],
)
def test_a_bar_runs_from_start_to_end_within_the_deadline(
    started: float, took: float, outcome: Outcome, drawn: str
) -> None:
    leg = Leg(name="osrm", service="osrm", started_ms=started, took_ms=took, outcome=outcome)
    assert leg_bar(leg, 1200, 10) == drawn


@pytest.mark.parametrize(
    ("base_seconds", "traffic", "line_km", "told"),
    [
        (508.0, "heavy", 4.0, "508 × 1.25 + 120 = 755 s, 13 min"),
        (508.4, "heavy", 4.0, "508.4 × 1.25 + 120 = 755.5, rounded up 756 s, 13 min"),
        (508.3451, "heavy", 4.0, "508.3 × 1.25 + 120 = 755.375, rounded up 756 s, 13 min"),
        (686.4, "unknown", 4.0, "686.4 × 1 + 0 = 686.4, rounded up 687 s, 12 min"),
        (686.0000001, "unknown", 4.0, "686 × 1 + 0 = 686 s, 12 min"),
        (12.0, "smooth", 0.1, "12 × 1 + 0 = 12, at least 60 s, 1 min"),
    ],
)
def test_the_sum_makes_the_answer(
    base_seconds: float, traffic: TrafficCondition, line_km: float, told: str
) -> None:
    estimate = make_estimate(
        BaseRoute(Route(distance_km=5.0, seconds=base_seconds), "osrm", "osrm_alone"),
        Circumstances(line_km=line_km, traffic=traffic, legs=(), deadline_ms=1, took_ms=1),
        eta_rules(Settings()),
    )
    made = sum_of(estimate.diagnosis, estimate.eta_seconds)
    assert f"{made} s, {estimate.eta_minutes} min" == told


def add_trips(run: Run, trips: int, *, minutes: int) -> None:
    """So many drives of five kilometres as the crow flies, said to take ten minutes."""
    prediction = Prediction(
        seconds=600,
        provider="osrm",
        route_metres=6000,
        straight_metres=5000,
        hour=19,
        district="Bulvar",
    )

    def drive(transaction: Transaction) -> None:
        for number in range(trips):
            reservation = a_reservation(f"trip-{number}", table_id=None)
            reservations.insert(transaction, reservation, None)
            calibration.add(transaction, reservation.id, prediction, NOW)
            arrived_at = NOW + dt.timedelta(minutes=minutes)
            calibration.settle(transaction, reservation.id, arrived_at)

    run.store(drive)


def test_accuracy_is_told_by_provider_hour_and_district(run: Run) -> None:
    run("eta", "accuracy").ends(
        Status.OK, "No guest with a predicted drive has arrived yet", out=""
    )
    assert run("eta", "accuracy", "--json").json == []
    add_trips(run, 3, minutes=15)
    figures = ["3", "3", "-300", "300", "300", "300", "300"]
    assert run("eta", "accuracy").cells == [
        ["all", "", *figures],
        ["provider", "osrm", *figures],
        ["hour", "19", *figures],
        ["district", "Bulvar", *figures],
    ]
    first = run("eta", "accuracy", "--json").json[0]
    assert (first["by"], first["mean_error"], first["p90"]) == ("all", -300.0, 300)


def test_fitting_needs_trips(run: Run) -> None:
    ran = run("eta", "fit")
    assert ran.cells == [
        ["city", "28", "28", "0", "0", "no"],
        ["highway", "60", "60", "0", "0", "no"],
    ]
    assert "Nothing was fitted" in ran.err


def test_fitting_is_rehearsed_done_and_reset(run: Run) -> None:
    add_trips(run, 2 * FEWEST_TRIPS, minutes=30)

    def eta() -> str:
        return run("eta", HOME, SAHIL.slug).facts["eta"].partition(" min")[0]

    dry = run("eta", "fit", "--dry-run")
    assert dry.cells[0] == ["city", "28", "13.5", "40", "40", "yes"]
    assert "nothing was changed" in dry.err
    assert eta() == "15"
    done = run("eta", "fit", "--json")
    assert done.json["city"]["after_kmh"] == 13.5
    assert "are now in use" in done.err
    assert eta() == "31"
    run("eta", "fit", "--reset", "--dry-run").ends(Status.REFUSED, "do not go together")
    assert "in use again" in run("eta", "fit", "--reset").err
    assert eta() == "15"
    assert "already in use" in run("eta", "fit", "--reset").err
    assert run("eta", "fit", "--reset", "--json").json == {"reset": False}


IN_TOWN = "40.4366,49.8590"


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
    ran = await eta(run, IN_TOWN, SAHIL.slug)
    assert ran.status == Status.OK
    assert ran.facts["provider"] == "gomap"
    assert ran.facts["way"] == "Neftçilər prospekti"
    again = await eta(run, IN_TOWN, SAHIL.slug, "--repeat", "2")
    first, second = (cells[-1] for cells in again.cells)
    assert "osrm ok" in first
    assert "osrm cached" in second


@pytest.mark.usefixtures("in_town")
async def test_legs_are_drawn_on_one_axis(run: Run, gomap: GoMap) -> None:
    gomap.troubles["getRoute"] = hanging()
    ran = await eta(run, IN_TOWN, SAHIL.slug, "--debug")
    lines = {line.split()[0]: line for line in ran.out.splitlines() if line.strip()}
    assert lines["gomap"].count("█") > lines["osrm"].count("█") > 0
    for name, said in {
        "osrm": "ok",
        "gomap": "timeout",
        "traffic_origin": "smooth",
        "base": "only OSRM answered in time",
    }.items():
        assert said in lines[name]
    assert ran.status == Status.OK


@pytest.mark.usefixtures("in_town")
async def test_sources_stand_side_by_side(run: Run, gomap: GoMap) -> None:
    gomap.troubles["getRoute"] = resetting()
    ran = await eta(run, IN_TOWN, SAHIL.slug, "--compare")
    rows = {cells[0]: cells[1:] for cells in ran.cells}
    assert float(rows["osrm"][0]) > float(rows["straight line"][0])
    assert 20 < float(rows["osrm"][2]) < 70
    assert rows["gomap"] == ["", "", "", "broken_off"]


@pytest.mark.usefixtures("in_town")
async def test_the_key_is_nowhere_to_be_seen(run: Run, gomap: GoMap) -> None:
    gomap.answers["getRoute"] = {"success": False, "msg": f"unknown guid {GUID}"}
    for options in ([], ["--debug"], ["--json"], ["--compare"]):
        ran = await eta(run, IN_TOWN, SAHIL.slug, *options)
        assert GUID not in ran.out + ran.err


async def test_a_servers_own_engine_is_asked_by_an_admin(
    town_browser: Browser, run: Run, osrm_front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = str(town_browser.make_url("/"))
    with capture_logs():  # the server runs in this process, and would log between the lines
        monkeypatch.setenv("BAKURESERVE_TOKEN", "guest")
        refused = await eta(run, IN_TOWN, SAHIL.slug, "--url", url)
        assert (refused.status, refused.out) == (Status.REFUSED, "")
        monkeypatch.setenv("BAKURESERVE_TOKEN", "admin")
        ran = await eta(run, IN_TOWN, SAHIL.slug, "--url", url, "--json")
        assert (ran.status, ran.json["directions"]["provider"]) == (Status.OK, "gomap")
        osrm_front.asked.clear()
        again = await eta(run, IN_TOWN, "sahl bagi", "--url", url, "--debug")
    assert "cached" in again.out
    assert osrm_front.asked == []
