"""What Prometheus is told: that it is true, that asking changes nothing, and that it is bounded."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bakureserve.runtime import Runtime
from bakureserve.server.pipeline import UNMATCHED
from tests.kit.browser import Browser
from tests.kit.calls import ask, book

Sample = tuple[str, frozenset[tuple[str, str]]]

MOVES_WITH_TIME = ("process_cpu_", "bakureserve_loop_lag_")
GAUGES = ("gauge", "info", "unknown")


pytestmark = pytest.mark.usefixtures("of_this_moment")


async def scraped(browser: Browser) -> dict[Sample, float]:
    """Every sample of a counter or histogram that traffic moves."""
    text = await (await browser.get("/metrics")).text()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if family.type not in GAUGES and not sample.name.startswith(MOVES_WITH_TIME)
    }


def moved(before: dict[Sample, float], after: dict[Sample, float], name: str) -> Counter[str]:
    """By how much a counter's samples grew, by their labels in words."""
    grown: Counter[str] = Counter()
    for (sample, labels), value in after.items():
        if sample == name and value != before.get((sample, labels), 0):
            words = " ".join(value for _, value in sorted(labels))
            grown[words] = int(value - before.get((sample, labels), 0))
    return grown


async def test_scraping_without_traffic_moves_no_counter(browser: Browser) -> None:
    """The server's own work at its start may come between scrapes, but it ends."""
    await book(browser)
    await browser.get("/v1/restaurants")
    before, quiet = await scraped(browser), 0
    assert len(before) > 50
    async with asyncio.timeout(60):  # unless something moves with every scrape
        while quiet < 4:
            await browser.get("/v1/metrics")
            after = await scraped(browser)
            quiet = quiet + 1 if after == before else 0
            before = after


async def test_totals_agree_with_the_requests_that_were_sent(browser: Browser) -> None:
    before = await scraped(browser)
    sent: Counter[str] = Counter()
    for method, path, template, times in (
        ("GET", "/v1/restaurants", "/v1/restaurants", 5),
        ("GET", "/v1/restaurants/sahil-bagi", "/v1/restaurants/{restaurant}", 3),
        ("GET", "/v1/restaurants/nowhere", "/v1/restaurants/{restaurant}", 2),
        ("HEAD", "/v1/restaurants", "/v1/restaurants", 1),
        ("GET", "/no/such/place", UNMATCHED.template, 4),
        ("PUT", "/v1/restaurants", UNMATCHED.template, 1),
        ("GET", "/livez", "/livez", 2),
    ):
        for _ in range(times):
            answer = await browser.request(method, path)
            sent[f"{method} {template} {answer.status}"] += 1
    after = await scraped(browser)

    assert moved(before, after, "bakureserve_http_requests_total") == sent
    timed: Counter[str] = Counter()
    for words, count in sent.items():
        timed[words.rpartition(" ")[0]] += count
    assert moved(before, after, "bakureserve_http_request_seconds_count") == timed
    assert moved(before, after, "bakureserve_limiter_calls_total") == {"allowed": 16}
    assert moved(before, after, "bakureserve_cache_gets_total")["renderings hit"] == 7


async def test_the_buckets_of_a_histogram_add_up_to_its_count(browser: Browser) -> None:
    for _ in range(3):
        await browser.get("/v1/restaurants")
    after = await scraped(browser)
    name, labels = "bakureserve_http_request_seconds", {"route": "/v1/restaurants", "method": "GET"}
    last = frozenset((labels | {"le": "+Inf"}).items())
    assert after[f"{name}_bucket", last] == after[f"{name}_count", frozenset(labels.items())] == 3


async def test_bookings_and_conflicts_are_counted_once_they_are_decided(browser: Browser) -> None:
    before = await scraped(browser)
    booked = await book(browser, table_id="t1")
    refused = await ask(browser, "POST", json=taken(booked))
    assert refused.status == 409
    for _ in range(2):
        await ask(browser, "POST", f"/{booked['id']}/cancel")
    after = await scraped(browser)
    changes = moved(before, after, "bakureserve_reservation_changes_total")
    assert changes == {"booked": 1, "cancelled": 1}
    assert moved(before, after, "bakureserve_reservation_conflicts_total") == {"table_taken": 1}


def taken(booked: dict[str, object]) -> dict[str, object]:
    """The same wish again."""
    wanted = ("restaurant_id", "table_id", "party_size", "start", "guest_name")
    return {name: booked[name] for name in wanted}


async def test_every_estimate_and_what_it_asked_is_counted(
    browser: Browser, runtime: Runtime
) -> None:
    before = await scraped(browser)
    way = "/v1/directions?origin=40.37,49.84&destination=40.40,49.87"
    assert (await browser.get(way)).status == 200
    after = await scraped(browser)
    assert moved(before, after, "bakureserve_eta_estimates_total").total() == 1
    assert moved(before, after, "bakureserve_eta_seconds_count").total() == 1
    assert moved(before, after, "bakureserve_map_legs_total").total() >= 1


async def test_nothing_a_client_sends_becomes_a_label(browser: Browser) -> None:
    for method in ("GET", "BREW", "PROPFIND"):
        await browser.request(method, "/secret-path", headers={"X-Request-ID": "secret-id"})
        await browser.request(method, "/v1/restaurants/secret-slug?q=secret-word")
        text = await (await browser.get("/metrics")).text()
        assert "secret" not in text
        assert "BREW" not in text
        assert "PROPFIND" not in text
