"""Every metric is in the documentation, and the dashboard and the alerts ask for no other."""

from __future__ import annotations

import json
import re
from pathlib import Path

import promql_parser
import pytest
import yaml
from prometheus_client.core import Metric

from bakureserve.runtime import Runtime
from bakureserve.server.app_keys import REGISTRY
from bakureserve.server.serving import application

DOCS = Path(__file__).parents[3] / "docs"
OBSERVABILITY = DOCS / "observability"
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "info": ("_info",)}


@pytest.fixture
async def families(runtime: Runtime) -> list[Metric]:
    return list(application(runtime)[REGISTRY].collect())


def names_of(families: list[Metric]) -> set[str]:
    """What each metric is called in a query."""
    return {
        family.name + suffix for family in families for suffix in SUFFIXES.get(family.type, ("",))
    }


async def test_every_metric_is_documented(families: list[Metric]) -> None:
    page = (DOCS / "api.md").read_text()
    ours = {family.name for family in families if family.name.startswith("bakureserve_")}
    assert {name for name in ours if f"`{name}" not in page} == set()


async def test_every_documented_metric_exists(families: list[Metric]) -> None:
    page = (DOCS / "api.md").read_text()
    exposed = names_of(families) | {family.name for family in families}
    assert set(re.findall(r"`(bakureserve_\w+)", page)) - exposed == set()


async def test_what_is_asked_for_exists(families: list[Metric]) -> None:
    for name in ("dashboard.json", "alerts.yml"):
        text = (OBSERVABILITY / name).read_text()
        asked = set(re.findall(r"\b(?:bakureserve|process)_\w+", text)) - {"bakureserve_process"}
        assert asked
        assert asked - names_of(families) == set()


def test_the_dashboard_and_the_alerts_are_well_formed() -> None:
    dashboard = json.loads((OBSERVABILITY / "dashboard.json").read_text())
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    assert all(target["expr"] for panel in panels for target in panel["targets"])
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    alerts = yaml.safe_load((OBSERVABILITY / "alerts.yml").read_text())
    rules = [rule for group in alerts["groups"] for rule in group["rules"]]
    queries = [target["expr"] for panel in panels for target in panel["targets"]]
    for query in (*queries, *(rule["expr"] for rule in rules)):
        promql_parser.parse(query.replace("$__rate_interval", "5m"))
    for rule in rules:
        assert {"alert", "expr", "labels", "annotations"} <= rule.keys()
        assert {"summary", "description"} == rule["annotations"].keys()


def test_what_an_operator_must_not_miss_is_on_the_dashboard_and_raises_an_alert() -> None:
    for told in (
        "bakureserve_backup_timestamp_seconds",
        "bakureserve_backup_bytes",
        "bakureserve_disk_free_bytes",
        "bakureserve_store_log_bytes",
        "bakureserve_health_check",
        "bakureserve_outbox_deliveries",
        "process_open_fds",
        "bakureserve_loop_lag_seconds",
    ):
        for name in ("dashboard.json", "alerts.yml"):
            assert told in (OBSERVABILITY / name).read_text()
