"""The last ten minutes as lines, and errors by route, from totals noted every few seconds."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry

from bakureserve.server.history import (
    NOTE_SECONDS,
    ROUTES_SHOWN,
    LastMinute,
    LastTenMinutes,
    LoopLag,
    RecentErrors,
)
from bakureserve.server.observers import BUCKETS, RequestMetrics, Totals
from bakureserve.server.pipeline import Client, Exchange, RouteFacts


class House:
    """A steady clock, and requests that are answered as they are told to the real counters."""

    def __init__(self) -> None:
        self.now = 100.0
        self.processor = 0.0
        self.lag = LoopLag()
        self._requests = RequestMetrics(CollectorRegistry())
        self.history = LastTenMinutes(
            self._requests.totals,
            self.lag,
            clock=lambda: self.now,
            processor_seconds=lambda: self.processor,
        )
        self.errors = RecentErrors(self._requests.errors, lambda: self.now)

    def answer(
        self, status: int = 200, route: str = "/v1/restaurants", *, times: int = 1, took: float = 0
    ) -> None:
        exchange = Exchange("id", "GET", RouteFacts(route), Client("", ""))
        for _ in range(times):
            self._requests.arrive()
            self._requests.observe(exchange, status, took)

    def pass_notes(self, notes: int = 1, *, busy: float = 0.0) -> None:
        """So many of them, each after its pause, of which the share `busy` was worked."""
        for _ in range(notes):
            self.now += NOTE_SECONDS
            self.processor += NOTE_SECONDS * busy
            self.history.note()
            self.errors.note()


@pytest.fixture
def house() -> House:
    return House()


def test_a_server_that_has_just_started_has_no_lines_yet(house: House) -> None:
    lines, errors = house.history.lines(), house.errors.figures()
    assert (lines.requests_per_second, lines.loop_lag_ms) == ((), ())
    assert (errors.routes, errors.failed, house.history.processor()) == ((), 0, 0.0)


def test_a_report_of_trouble_is_no_request_that_failed(house: House) -> None:
    for route in ("/health", "/v1/health", "/readyz", "/v1/readyz"):
        house.answer(503, route, times=9)
        house.answer(500, route)
    house.pass_notes()
    assert house.history.lines().failed == (4,)
    assert house.errors.figures().failed == 4


def test_each_point_is_what_happened_since_the_one_before(house: House) -> None:
    house.answer(times=10, took=0.003)
    house.pass_notes()
    house.answer(500, times=2)
    house.answer(404, times=3)
    house.pass_notes(busy=0.5)
    house.lag.observe(0.04)
    house.pass_notes()
    lines = house.history.lines()
    assert lines.requests_per_second == (2.0, 1.0, 0.0)
    assert (lines.failed, lines.refused) == ((0, 2, 0), (0, 3, 0))
    assert lines.processor == (0.0, 0.5, 0.0)
    assert lines.loop_lag_ms == (0.0, 0.0, 40.0)
    assert 2.5 < lines.p99_ms[0] <= 5
    assert all(resident > 10_000_000 for resident in lines.resident_bytes)


def test_lines_hold_ten_minutes_and_no_more(house: House) -> None:
    house.answer(times=50)
    house.pass_notes(200)
    lines = house.history.lines()
    points = {name: len(getattr(lines, name)) for name in lines.__struct_fields__[1:]}
    assert set(points.values()) == {120}
    assert 120 * lines.every_seconds == 600
    assert sum(lines.requests_per_second) == 0


def test_the_processor_is_that_of_the_last_minute(house: House) -> None:
    house.pass_notes(60, busy=1.0)
    house.pass_notes(12, busy=0.25)
    assert house.history.processor() == pytest.approx(0.25)


def test_errors_are_told_by_route_failures_first(house: House) -> None:
    house.answer(404, "/v1/restaurants/{id}", times=9)
    house.answer(422, "/v1/reservations", times=2)
    house.pass_notes()
    house.answer(409, "/v1/reservations")
    house.answer(500, "/v1/reservations")
    house.answer(200, "/v1/reservations", times=5)
    errors = house.errors.figures()
    assert [(each.route, each.failed, each.refused) for each in errors.routes] == [
        ("/v1/reservations", 1, 3),
        ("/v1/restaurants/{id}", 0, 9),
    ]
    assert (errors.failed, errors.refused, errors.other_routes) == (1, 12, 0)


def test_errors_are_forgotten_after_ten_minutes(house: House) -> None:
    house.answer(500, times=4)
    house.pass_notes(120)
    assert (house.errors.figures().failed, house.errors.figures().seconds) == (4, 600.0)
    house.pass_notes()
    assert house.errors.figures().failed == 0


def test_only_the_routes_with_the_most_errors_are_named(house: House) -> None:
    for number in range(ROUTES_SHOWN + 3):
        house.answer(400, f"/{number}", times=number + 1)
    errors = house.errors.figures()
    assert (len(errors.routes), errors.other_routes) == (ROUTES_SHOWN, 3)
    assert errors.routes[0].refused == ROUTES_SHOWN + 3
    assert errors.refused == sum(range(1, ROUTES_SHOWN + 4))


class Traffic:
    """A steady clock and totals that move as they are told."""

    def __init__(self) -> None:
        self.now = 100.0
        self.totals = Totals(0, 0, 0, 0, (0,) * (len(BUCKETS) + 1), 0.0)

    def answer(self, requests: int, bucket: int, *, failed: int = 0) -> None:
        counts = list(self.totals.counts)
        counts[bucket] += requests
        self.totals = Totals(
            self.totals.arrived + requests,
            self.totals.answered + requests,
            self.totals.failed + failed,
            0,
            tuple(counts),
            self.totals.seconds + requests * BUCKETS[min(bucket, len(BUCKETS) - 1)],
        )

    def pass_seconds(self, stats: LastMinute, seconds: int, *, requests: int = 0) -> None:
        for _ in range(seconds):
            self.now += 1
            if requests:
                self.answer(requests, 0)
            stats.beat()


@pytest.fixture
def traffic() -> Traffic:
    return Traffic()


@pytest.fixture
def stats(traffic: Traffic) -> LastMinute:
    return LastMinute(lambda: traffic.totals, lambda: traffic.now)


def test_a_server_without_requests_shows_nothing_strange(stats: LastMinute) -> None:
    figures = stats.figures()
    assert (figures.answered, figures.per_second, figures.p99_ms) == (0, 0.0, 0.0)


def test_the_rate_is_that_of_the_last_minute(stats: LastMinute, traffic: Traffic) -> None:
    traffic.pass_seconds(stats, 30, requests=100)
    assert stats.figures().per_second == 100.0
    traffic.pass_seconds(stats, 60, requests=2)
    figures = stats.figures()
    assert (figures.seconds, figures.per_second, figures.answered) == (60.0, 2.0, 120)
    assert figures.ever == 3120


def test_quantiles_lie_in_the_bucket_that_holds_them(stats: LastMinute, traffic: Traffic) -> None:
    traffic.answer(90, 2)
    traffic.answer(10, 7, failed=3)
    traffic.now += 1
    figures = stats.figures()
    assert BUCKETS[1] * 1000 < figures.p50_ms <= BUCKETS[2] * 1000
    assert BUCKETS[6] * 1000 < figures.p99_ms <= BUCKETS[7] * 1000
    assert figures.failed == 3


def test_what_took_longer_than_the_last_bucket_is_told_as_its_bound(
    stats: LastMinute, traffic: Traffic
) -> None:
    traffic.answer(1, len(BUCKETS))
    traffic.now += 1
    assert stats.figures().p99_ms == BUCKETS[-1] * 1000
