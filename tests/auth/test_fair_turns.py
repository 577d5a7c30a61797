"""Who waits for whom, and who is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bakureserve.auth.passwords import FairTurns
from bakureserve.domain.errors import TooMany
from tests.kit.waiting import settle

Ask = Callable[[str], "asyncio.Task[None]"]


@pytest.fixture
def turns() -> FairTurns:
    return FairTurns(at_once=1, most_waiting=4, refusal=lambda: TooMany("busy", retry_after=1))


@pytest.fixture
def served() -> list[str]:
    """The clients who had a turn, in order."""
    return []


@pytest.fixture
def ask(turns: FairTurns, served: list[str]) -> Ask:
    async def one(client: str) -> None:
        await turns.take(client)
        served.append(client)

    return lambda client: asyncio.create_task(one(client))


async def test_clients_take_turns_however_many_one_of_them_asks_for(
    turns: FairTurns, served: list[str], ask: Ask
) -> None:
    for client in ("a", "a", "a", "b", "b"):
        ask(client)
    await settle()
    for _ in range(4):
        turns.give_back()
        await settle()
    assert served == ["a", "a", "b", "a", "b"]


async def test_a_client_alone_may_have_all_places_and_no_more(ask: Ask) -> None:
    asked = [ask("a") for _ in range(6)]
    await settle()
    assert [task.done() for task in asked] == [True, False, False, False, False, True]
    with pytest.raises(TooMany, match="busy"):
        asked[5].result()


async def test_where_all_is_full_the_longest_queue_gives_a_place(
    turns: FairTurns, served: list[str], ask: Ask
) -> None:
    first, *others = [ask(client) for client in ("a", "a", "a", "a", "b")]
    await settle()
    honest = ask("c")
    await settle()
    assert first.done()
    assert [task.done() for task in others] == [False, False, True, False]
    with pytest.raises(TooMany):
        others[2].result()
    for _ in range(3):
        turns.give_back()
        await settle()
    assert honest.done()
    assert served == ["a", "a", "b", "c"]


async def test_where_all_queues_are_as_short_the_newcomer_is_refused(ask: Ask) -> None:
    for client in ("x", "a", "b", "c", "d"):
        ask(client)
    await settle()
    last = ask("e")
    await settle()
    with pytest.raises(TooMany):
        last.result()


async def test_who_leaves_is_not_waited_for_also_as_their_turn_comes(
    turns: FairTurns, served: list[str], ask: Ask
) -> None:
    ask("a")
    gone, leaving, staying = ask("x"), ask("b"), ask("c")
    await settle()
    gone.cancel()
    await settle()
    assert turns.waiting == 2
    turns.give_back()
    leaving.cancel()
    await settle()
    assert staying.done()
    assert served == ["a", "c"]
    turns.give_back()
    assert ask("d") is not None
    await settle()
    assert served[-1] == "d"
