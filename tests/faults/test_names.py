"""Names that are not found, or not in time: guests book, and are told ways by the distance."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.faults.box import Box, box_on
from tests.faults.name_server import NAME, TROUBLES, can_name, naming
from tests.faults.register import each_fault
from tests.kit.roads.fixtures import Roads

MANY = 8
"""Guests who ask at once: more than there are threads to look names up in."""


def ask_ways(box: Box) -> list[int]:
    """The statuses of asking for as many ways at once, each another."""

    def ask(number: int) -> int:
        way = {"origin": f"40.37{number},49.83", "destination": f"40.38{number},49.85"}
        return box.get("/v1/directions", **way).status_code

    with ThreadPoolExecutor(MANY) as guests:
        return list(guests.map(ask, range(MANY)))


@each_fault("dns", TROUBLES)
def test_without_names_ways_are_estimated_and_found_again(
    case: str, tmp_path: Path, roads: Roads
) -> None:
    if not can_name(tmp_path):
        pytest.skip("needs root and mount namespaces")
    osrm = roads.router()
    osrm.start()
    try:
        with naming(tmp_path, case) as (names, under):
            url = f"http://{NAME}:{urlsplit(osrm.url).port}"
            with box_on(
                tmp_path, under=under, OSRM_BASE_URL=url, BREAKER_COOLDOWN_SECONDS="1"
            ) as box:
                assert ask_ways(box) == [200] * MANY
                assert box.books("Aysel") == 201
                found = box.health_when("osrm", "error")
                assert found["status"] == "degraded"
                assert found["checks"]["disk"]["status"] == "ok"

                names.trouble = ""
                box.health_when("osrm", "ok")
                assert box.names() == ["Aysel"]
                names.trouble = case
                assert box.server.stop() == 0
    finally:
        osrm.stop()
