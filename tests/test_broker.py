"""Handing out messages in memory."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from bakureserve.broker import MemoryBroker, TopicReader


async def _all_that_waits(reader: TopicReader[int]) -> list[int]:
    found = []
    with suppress(TimeoutError):
        while True:
            found.append(await asyncio.wait_for(reader.get(), 0.01))
    return found


async def test_everybody_who_follows_a_topic_gets_all_of_it_in_order() -> None:
    broker: MemoryBroker[int] = MemoryBroker()
    readers = [broker.follow("a") for _ in range(3)]
    elsewhere = broker.follow("b")

    for number in range(5):
        broker.publish("a", number)

    for reader in readers:
        assert await _all_that_waits(reader) == [0, 1, 2, 3, 4]
    assert await _all_that_waits(elsewhere) == []
    assert broker.handed_out == 15


async def test_a_reader_who_waits_is_woken() -> None:
    broker: MemoryBroker[int] = MemoryBroker()
    reader = broker.follow("a")
    waiting = asyncio.create_task(reader.get())
    await asyncio.sleep(0)

    broker.publish("a", 1)

    assert await waiting == 1


async def test_a_reader_who_left_is_given_nothing() -> None:
    broker: MemoryBroker[int] = MemoryBroker()
    reader = broker.follow("a")
    assert broker.is_followed("a")

    broker.leave("a", reader)
    broker.leave("a", reader)
    broker.publish("a", 1)

    assert not broker.is_followed("a")
    assert await _all_that_waits(reader) == []


async def test_it_is_known_when_the_first_reader_comes_and_the_last_has_left() -> None:
    broker: MemoryBroker[int] = MemoryBroker(waiting_at_most=1)
    heard: list[bool] = []
    broker.on_readers = heard.append
    first, second = broker.follow("a"), broker.follow("b")
    broker.leave("a", first)
    assert heard == [True]
    broker.leave("b", second)
    broker.leave("b", second)
    assert heard == [True, False]

    broker.follow("a")
    for number in range(2):  # one more than may wait
        broker.publish("a", number)
    assert heard == [True, False, True, False]


async def test_a_reader_who_falls_behind_is_lost_and_the_others_are_not() -> None:
    broker: MemoryBroker[int] = MemoryBroker(waiting_at_most=3)
    slow, quick = broker.follow("a"), broker.follow("a")
    lost = []
    slow.on_loss = lambda: lost.append("slow")
    got = []

    for number in range(6):
        broker.publish("a", number)
        got.append(await quick.get())

    assert got == [0, 1, 2, 3, 4, 5]
    assert (slow.lost, quick.lost) == (True, False)
    assert lost == ["slow"]
    assert await _all_that_waits(slow) == []
    assert broker.lost == 1
