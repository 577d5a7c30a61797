"""Who may scrape, and that a crowd of scrapers costs no more than one."""

from __future__ import annotations

import datetime as dt
from ipaddress import ip_network
from unittest.mock import Mock

import pytest
from aiohttp.test_utils import make_mocked_request
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric

from bakureserve.domain.accounts.actor import cli_actor
from bakureserve.domain.errors import Invalid
from bakureserve.runtime import Runtime
from bakureserve.server.addresses import client_of
from bakureserve.server.caller import Scrapers
from bakureserve.server.metrics.exposition import Exposition, Reading, gauge
from bakureserve.settings import Settings
from tests.kit.browser import browser_of
from tests.kit.calls import ask, problem
from tests.kit.cast import bearing, by_token
from tests.kit.houses import SetClock
from tests.kit.people import a_person
from tests.server.conftest import MakeClient

OPERATOR = cli_actor("tester")
HERE = (ip_network("127.0.0.0/8"),)
SCRAPERS_NETWORK = (ip_network("10.9.0.0/16"), ip_network("127.0.0.0/8"))


async def test_what_a_proxy_on_this_machine_passes_on_does_not_come_from_this_machine(
    make_client: MakeClient,
) -> None:
    for headers in (
        {"X-Forwarded-For": "203.0.113.9"},
        {"X-Forwarded-Proto": "https"},
        {"x-real-ip": "203.0.113.9"},
        {"Forwarded": "for=203.0.113.9"},
        {"Via": "1.1 proxy"},
        {"CF-Connecting-IP": "203.0.113.9"},
    ):
        for path in ("/metrics", "/v1/metrics"):
            client = await make_client(settings=Settings(metrics_allow=SCRAPERS_NETWORK))
            assert (await client.get(path)).status == 200
            await problem(await client.get(path, headers=headers), 404, "route_not_found")


async def test_the_peer_decides_where_there_is_no_proxy() -> None:
    for peer, admitted in (
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.9.1.1", True),
        ("203.0.113.9", False),
        ("2001:db8::1", False),
    ):
        transport = Mock()
        transport.get_extra_info.return_value = (peer, 50_000)
        request = make_mocked_request("GET", "/metrics", transport=transport)
        scrapers = Scrapers(SCRAPERS_NETWORK, by_token)
        assert await scrapers.admit(request, client_of(peer, "", ())) == admitted


async def test_named_networks_may_scrape_past_a_trusted_proxy(make_client: MakeClient) -> None:
    for asking, status in (
        ("10.9.1.1", 200),
        ("203.0.113.9", 404),
        ("10.9.1.1, 203.0.113.9", 404),
        ("", 404),
    ):
        client = await make_client(
            settings=Settings(metrics_allow=SCRAPERS_NETWORK, trusted_proxies=HERE)
        )
        answer = await client.get("/metrics", headers={"X-Forwarded-For": asking})
        assert answer.status == status


async def test_only_a_token_for_the_scrape_opens_it_and_it_opens_nothing_else(
    runtime: Runtime,
) -> None:
    aysel = await a_person(runtime, "Aysel")
    orxan = await a_person(runtime, "Orxan", role="admin")
    scraping = await runtime.tokens.issue(
        OPERATOR, aysel.actor.subject, lifetime=dt.timedelta(days=1), scopes=["metrics"]
    )
    with pytest.raises(Invalid, match="scope_stands_alone"):
        await runtime.tokens.issue(
            OPERATOR,
            aysel.actor.subject,
            lifetime=dt.timedelta(days=1),
            scopes=["metrics", "admin"],
        )
    from_afar = {"X-Forwarded-For": "203.0.113.9"}
    async with browser_of(runtime, identify=None) as browser:
        for token, status in ((scraping, 200), (orxan.token, 404), (aysel.token, 404), ("x", 404)):
            answer = await browser.get("/metrics", headers=from_afar | bearing(token))
            assert answer.status == status
        for path in ("/v1/reservations", "/v1/auth/session", "/v1/admin/status"):
            await problem(await browser.get(path, headers=bearing(scraping)), 403, "scrapes_only")
        booked = await ask(browser, "POST", who=scraping, json={})
        await problem(booked, 403, "scrapes_only")
        stream = "/v1/restaurants/sahil-bagi/arrivals/stream"
        async with browser.ws_connect(stream) as socket:
            await socket.send_json({"type": "auth", "token": scraping})
            await socket.receive()
            assert socket.close_code == 4403


async def test_the_text_is_made_once_a_second_for_all_who_ask() -> None:
    registry, clock, made, looked = CollectorRegistry(), SetClock(), [], []

    def read() -> list[Metric]:
        made.append(1)
        return [gauge("made", "How often.", len(made))]

    async def look() -> None:
        looked.append(1)

    registry.register(Reading(read))
    exposition = Exposition(registry, clock)
    exposition.before.append(look)
    for pause, times in ((0.0, 1), (0.9, 1), (0.1, 2), (-3600.0, 3)):
        clock.pass_minutes(pause / 60)
        texts = [await exposition.text() for _ in range(5)]
        assert (len(made), len(looked)) == (times, times)
        assert (
            texts == [f"# HELP made How often.\n# TYPE made gauge\nmade {times}.0\n".encode()] * 5
        )
