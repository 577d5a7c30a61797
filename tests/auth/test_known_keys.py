from __future__ import annotations

import asyncio
from collections.abc import Mapping

import aiohttp
import pytest
from joserfc.jwk import ECKey, Key

from bakureserve.auth.issuer import KnownKeys
from bakureserve.domain.errors import Unavailable
from tests.kit.houses import SetClock
from tests.kit.waiting import settle

OLD = ECKey.generate_key("P-256", {"kid": "old"})
NEW = ECKey.generate_key("P-256", {"kid": "new"})
AWAY = [aiohttp.ClientError("away"), TimeoutError(), OSError("away"), ValueError("garbled")]


class Source:
    """What is fetched next: keys, or an error; `gate` holds fetches up."""

    def __init__(self) -> None:
        self.answer: Mapping[str, Key] | Exception = {"old": OLD}
        self.fetches = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self) -> Mapping[str, Key]:
        self.fetches += 1
        await self.gate.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
async def source() -> Source:
    return Source()


@pytest.fixture
def keys(source: Source, clock: SetClock) -> KnownKeys:
    return KnownKeys(source, clock)


async def test_keys_are_fetched_when_first_needed_and_then_kept(
    keys: KnownKeys, source: Source, clock: SetClock
) -> None:
    assert source.fetches == 0
    assert await keys.find("old") is OLD
    clock.pass_minutes(59)
    assert await keys.find("old") is OLD
    await settle()
    assert source.fetches == 1


async def test_an_unknown_key_is_fetched_but_only_every_half_minute(
    keys: KnownKeys, source: Source, clock: SetClock
) -> None:
    await keys.find("old")
    source.answer = {"old": OLD, "new": NEW}
    for n in range(290):
        assert await keys.find(f"invented {n}") is None
        clock.pass_minutes(0.1 / 60)
    assert await keys.find("new") is None
    assert source.fetches == 1
    clock.pass_minutes(1 / 60)
    assert await keys.find("new") is NEW
    assert source.fetches == 2
    clock.pass_minutes(-600)  # a clock that is set back does not stop fetching
    source.answer = {"old": NEW}
    assert await keys.find("newer") is None
    assert source.fetches == 3


async def test_a_fetch_is_shared_by_all_who_wait_for_it_though_one_leaves(
    keys: KnownKeys, source: Source
) -> None:
    source.gate.clear()
    leaving, *waiting = [asyncio.create_task(keys.find("old")) for _ in range(50)]
    await settle()
    leaving.cancel()
    await settle()
    source.gate.set()
    assert await asyncio.gather(*waiting) == [OLD] * 49
    assert leaving.cancelled()
    assert source.fetches == 1


async def test_an_old_set_is_served_while_a_new_one_is_fetched(
    keys: KnownKeys, source: Source, clock: SetClock
) -> None:
    await keys.find("old")
    source.answer = {"new": NEW}
    source.gate.clear()
    clock.pass_minutes(60)
    assert await keys.find("old") is OLD
    assert await keys.find("old") is OLD
    await settle()
    assert source.fetches == 2
    source.gate.set()
    await settle()
    assert await keys.find("old") is None
    assert await keys.find("new") is NEW


@pytest.mark.parametrize("error", AWAY, ids=repr)
async def test_the_last_good_set_is_served_while_the_issuer_is_away(
    keys: KnownKeys, source: Source, clock: SetClock, error: Exception
) -> None:
    await keys.find("old")
    source.answer = error
    for _ in range(20):
        clock.pass_minutes(60)
        assert await keys.find("old") is OLD
        await settle()
        assert await keys.find("new") is None
    assert source.fetches == 21
    source.answer = {"new": NEW}
    clock.pass_minutes(5 / 60)
    assert await keys.find("new") is NEW


@pytest.mark.parametrize("error", AWAY, ids=repr)
async def test_without_any_keys_no_token_can_be_judged(
    keys: KnownKeys, source: Source, clock: SetClock, error: Exception
) -> None:
    source.answer = error
    for _ in range(2):
        with pytest.raises(Unavailable) as refused:
            await keys.find("old")
        assert refused.value.code == "issuer_unreachable"
        assert refused.value.params == {"retry_after": 5}
    assert source.fetches == 1
    source.answer = {"old": OLD}
    clock.pass_minutes(5 / 60)
    assert await keys.find("old") is OLD


async def test_closing_ends_the_fetch(keys: KnownKeys, source: Source) -> None:
    source.gate.clear()
    waiting = asyncio.create_task(keys.find("old"))
    await settle()
    await keys.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert len(asyncio.all_tasks()) == 1
