"""The verdict: whether a server is fine and, if not, what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bakureserve.cli import verdict as rules
from bakureserve.cli.verdict import Told, verdict_on
from tests.cli.drawn_facts import OFF, unwell, well
from tests.cli.drawn_status import FIGURES, FINE, UNWELL, WELL

ALERTS = Path(__file__).parents[2] / "docs" / "observability" / "alerts.yml"


def with_figures(part: str, **figures: Any) -> Told:
    return FINE._replace(figures=FIGURES | {part: FIGURES[part] | figures})


def test_a_server_that_does_well_is_fine() -> None:
    verdict = verdict_on(FINE)
    assert (verdict.state, verdict.problems, verdict.sentence) == ("healthy", (), "fine")


def test_what_is_switched_off_is_no_problem() -> None:
    checks = WELL["checks"] | {"osrm": OFF, "backup": OFF}
    assert verdict_on(FINE._replace(health=WELL | {"checks": checks})).state == "healthy"


def test_a_server_that_does_not_answer_is_in_trouble() -> None:
    verdict = verdict_on(Told("1-ab", silence="It does not answer."))
    assert (verdict.state, verdict.sentence) == ("unhealthy", "in trouble: server")
    assert verdict.problems[0].sentence == "It does not answer."


def test_the_worst_stands_first() -> None:
    verdict = verdict_on(UNWELL)
    assert verdict.sentence == "needs a look: osrm, backup, requests"
    assert verdict.problems[0].sentence.startswith("OSRM does not answer in time.")


def test_an_unhealthy_server_is_in_trouble() -> None:
    checks = {
        "database": unwell("error", 8.0, "store_gone", "effect_without_store"),
        "osrm": well(1),
    }
    health = WELL | {"status": "unhealthy", "checks": checks}
    assert verdict_on(FINE._replace(health=health)).sentence == "in trouble: database"


@pytest.mark.parametrize(
    ("told", "part", "words"),
    [
        (with_figures("requests", failed=3), "requests", "3 of 1290 requests failed"),
        (with_figures("requests", p99_ms=1500.1), "latency", "longer than 1.5 s"),
        (with_figures("writer", waiting=201), "writer", "201 changes wait"),
        (with_figures("process", processor=0.96), "processor", "96 % of a core"),
        (
            with_figures("process", loop_lag={"mean_ms": 120.0, "worst_ms": 400.0}),
            "loop lag",
            "120 ms late",
        ),
        (
            with_figures("process", descriptors=850, descriptors_allowed=1024),
            "open files",
            "850 of 1024",
        ),
        (with_figures("connections", open=90, allowed=100), "connections", "90 of 100"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_figures_that_are_out_of_bounds_need_a_look(told: Told, part: str, words: str) -> None:
    verdict = verdict_on(told)
    assert verdict.state == "degraded"
    ((state, name, sentence),) = verdict.problems
    assert (state, name) == ("degraded", part)
    assert words in sentence


@pytest.mark.parametrize(
    "told",
    [
        with_figures("requests", answered=3, p99_ms=4000.0),
        with_figures("writer", waiting=200),
        with_figures("process", loop_lag={"mean_ms": 2.0, "worst_ms": 900.0}),
        with_figures("process", descriptors=None, resident_bytes=None),
    ],
    ids=["one slow request", "a writer that keeps up", "one late look", "a system without /proc"],
)
def test_figures_within_bounds_are_fine(told: Told) -> None:
    assert verdict_on(told).state == "healthy"


def test_it_says_which_route_fails() -> None:
    assert (
        "most at GET /v1/eta" in verdict_on(with_figures("requests", failed=1)).problems[0].sentence
    )


def test_a_server_of_an_older_version_is_judged_by_what_it_tells() -> None:
    known = {"requests", "writer", "limiter"}
    old = {name: FIGURES[name] for name in known}
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
