"""The last minute of requests, from totals that are noted once a second."""

from __future__ import annotations

import pytest

from bakureserve.server.history import LastMinute
from bakureserve.server.observers import BUCKETS, Totals


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
