"""The verdict: whether a server is fine and, if not, what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bakureserve.cli import verdict as rules
from bakureserve.cli.verdict import ServerReport, verdict_on
from tests.cli.drawn import FIGURES, FINE, OFF, UNWELL, WELL, unwell, well

ALERTS = Path(__file__).parents[2] / "docs" / "observability" / "alerts.yml"


def with_figures(changed: dict[str, dict[str, Any]]) -> ServerReport:
    parts = {part: FIGURES[part] | figures for part, figures in changed.items()}
    return FINE._replace(figures=FIGURES | parts)


def test_a_server_that_does_well_is_fine_also_without_what_is_switched_off() -> None:
    checks = WELL["checks"] | {"osrm": OFF, "backup": OFF}
    for told in (FINE, FINE._replace(health=WELL | {"checks": checks})):
        verdict = verdict_on(told)
        assert (verdict.state, verdict.problems, verdict.sentence) == ("healthy", (), "fine")


def test_a_server_that_does_not_answer_is_in_trouble() -> None:
    verdict = verdict_on(ServerReport("1-ab", silence="It does not answer."))
    assert (verdict.state, verdict.sentence) == ("unhealthy", "in trouble: server")
    assert verdict.problems[0].sentence == "It does not answer."


def test_the_worst_stands_first() -> None:
    verdict = verdict_on(UNWELL)
    assert verdict.sentence == "needs a look: osrm, backup, requests"
    assert verdict.problems[0].sentence.startswith("OSRM does not answer in time.")


def test_an_unhealthy_server_is_in_trouble() -> None:
    gone = unwell("error", 8.0, "store_gone", "effect_without_store")
    health = WELL | {"status": "unhealthy", "checks": {"database": gone, "osrm": well(1)}}
    assert verdict_on(FINE._replace(health=health)).sentence == "in trouble: database"


@pytest.mark.parametrize(
    ("figures", "part", "words"),
    [
        ({"requests": {"failed": 3}}, "requests", "3 of 1290 requests failed"),
        ({"requests": {"p99_ms": 1500.1}}, "latency", "longer than 1.5 s"),
        ({"writer": {"waiting": 201}}, "writer", "201 changes wait"),
        ({"process": {"processor": 0.96}}, "processor", "96 % of a core"),
        ({"process": {"loop_lag": {"mean_ms": 120.0, "worst_ms": 400}}}, "loop lag", "120 ms late"),
        (
            {"process": {"descriptors": 850, "descriptors_allowed": 1024}},
            "open files",
            "850 of 1024",
        ),
        ({"connections": {"open": 90, "allowed": 100}}, "connections", "90 of 100"),
    ],
)
def test_figures_that_are_out_of_bounds_need_a_look(
    figures: dict[str, dict[str, Any]], part: str, words: str
) -> None:
    verdict = verdict_on(with_figures(figures))
    assert verdict.state == "degraded"
    ((state, name, sentence),) = verdict.problems
    assert (state, name) == ("degraded", part)
    assert words in sentence


@pytest.mark.parametrize(
    "figures",
    [
        pytest.param({"requests": {"answered": 3, "p99_ms": 4000.0}}, id="one slow request"),
        pytest.param({"writer": {"waiting": 200}}, id="a writer that keeps up"),
        pytest.param(
            {"process": {"loop_lag": {"mean_ms": 2.0, "worst_ms": 900.0}}}, id="one late look"
        ),
        pytest.param(
            {"process": {"descriptors": None, "resident_bytes": None}}, id="a system without /proc"
        ),
    ],
)
def test_figures_within_bounds_are_fine(figures: dict[str, dict[str, Any]]) -> None:
    assert verdict_on(with_figures(figures)).state == "healthy"


def test_it_says_which_route_fails() -> None:
    (failed,) = verdict_on(with_figures({"requests": {"failed": 1}})).problems
    assert "most at GET /v1/eta" in failed.sentence


def test_a_server_of_an_older_version_is_judged_by_what_it_tells() -> None:
    old = {name: FIGURES[name] for name in ("requests", "writer", "limiter")}
    assert verdict_on(FINE._replace(figures=old)).state == "healthy"


@pytest.mark.parametrize(
    "bound",
    [
        f"> {rules.SLOW_MS / 1000:g}\n",
        f"> {rules.LOOP_LATE_MS / 1000:g}\n",
        f"bakureserve_writer_waiting > {rules.WAITING_UNITS}\n",
        f"> {rules.NEARLY_ALL:g} * process_max_fds",
    ],
)
def test_alerts_have_the_same_bounds(bound: str) -> None:
    assert bound in ALERTS.read_text()
