"""Watches and the examiner: asked often, looking seldom, answering in time whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from bakureserve.domain.errors import StoreFull
from bakureserve.services.health.check import Condition, Examiner, Overall, Status, Watch, fine
from tests.kit.clocks import Steady


class Sample:
    """A check that does as it is told, and counts how often it looked."""

    def __init__(
        self,
        look: Callable[[], Awaitable[Condition]],
        *,
        name: str = "sample",
        vital: bool = False,
        seconds_good: float = 5.0,
    ) -> None:
        self.name, self.vital, self.seconds_good = name, vital, seconds_good
        self.looked = 0
        self._look = look

    async def look(self) -> Condition:
        self.looked += 1
        return await self._look()


async def well() -> Condition:
    await asyncio.sleep(0)
    return fine({"figure": 1})


def finding(status: Status) -> Callable[[], Awaitable[Condition]]:
    async def look() -> Condition:
        return Condition(status=status)

    return look


async def test_many_who_ask_at_once_and_soon_after_share_one_look_until_it_is_old() -> None:
    check, clock = Sample(well), Steady()
    watch = Watch(check, limit=1, clock=clock)
    seen = await asyncio.gather(*(watch.see() for _ in range(100)))
    clock.now += 4.9
    seen.append(await watch.see())
    assert check.looked == 1
    assert {each.condition.details["figure"] for each in seen} == {1}
    clock.now += 0.1
    await watch.see()
    assert check.looked == 2


async def test_a_look_that_hangs_is_told_in_time_and_never_doubled() -> None:
    answered = asyncio.Event()

    async def hang() -> Condition:
        await answered.wait()
        return fine()

    check = Sample(hang)
    watch = Watch(check, limit=0.02)
    for _ in range(3):
        async with asyncio.timeout(1):
            seen = await watch.see()
        assert (seen.condition.status, seen.condition.code) == ("error", "check_slow")
    assert check.looked == 1
    answered.set()
    await asyncio.sleep(0.01)
    assert (await watch.see()).condition.status == "ok"
    await watch.close()


async def test_a_part_is_not_charged_for_the_time_that_another_took() -> None:
    clock = Steady()

    async def import_for_long() -> Condition:
        clock.now += 0.5
        return fine()

    slow, quick = Sample(import_for_long, name="slow"), Sample(finding("disabled"), name="quick")
    health = await Examiner([slow, quick], clock=clock).examine()
    assert {name: seen.latency_ms for name, seen in health.checks.items()} == {
        "slow": 500.0,
        "quick": 0.0,
    }


async def test_a_look_that_hangs_is_given_up_at_the_end() -> None:
    given_up = asyncio.Event()

    async def hang() -> Condition:
        try:
            await asyncio.Event().wait()
        finally:
            given_up.set()
        return fine()

    examiner = Examiner([Sample(hang)], limit=0.01)
    await examiner.examine()
    await examiner.close()
    assert given_up.is_set()


@pytest.mark.parametrize(
    ("error", "code", "is_logged"),
    [(StoreFull("store_full"), "check_impossible", False), (OSError(5), "check_failed", True)],
)
async def test_a_look_that_fails_is_an_error_and_points_to_the_log_where_that_has_it(
    error: Exception, code: str, is_logged: bool
) -> None:
    async def fail() -> Condition:
        raise error

    with capture_logs() as logged:
        seen = await Watch(Sample(fail), limit=1).see()
    assert ("check_failed" in [each["event"] for each in logged]) == is_logged
    assert (seen.condition.status, seen.condition.code) == ("error", code)


@pytest.mark.parametrize(
    ("vital", "other", "overall"),
    [
        ("ok", "ok", "healthy"),
        ("ok", "disabled", "healthy"),
        ("ok", "degraded", "degraded"),
        ("ok", "error", "degraded"),
        ("degraded", "ok", "degraded"),
        ("error", "ok", "unhealthy"),
        ("error", "error", "unhealthy"),
    ],
)
async def test_the_whole_follows_from_the_parts(
    vital: Status, other: Status, overall: Overall
) -> None:
    examiner = Examiner(
        [Sample(finding(vital), name="vital", vital=True), Sample(finding(other), name="other")]
    )
    health = await examiner.examine()
    assert health.status == overall
    assert list(health.checks) == ["vital", "other"]


async def test_checks_look_at_the_same_time() -> None:
    both = asyncio.Barrier(2)

    async def meet() -> Condition:
        await both.wait()
        return fine()

    health = await Examiner([Sample(meet, name="a"), Sample(meet, name="b")], limit=5).examine()
    assert health.status == "healthy"
