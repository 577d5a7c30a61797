"""How an answer becomes bytes."""

from __future__ import annotations

import asyncio
import json

import pytest

from bakureserve.server.reply import AT_A_TIME, encoded_list


@pytest.mark.parametrize("length", [0, 1, AT_A_TIME, AT_A_TIME + 1, 3 * AT_A_TIME])
async def test_a_list_is_the_same_in_however_many_parts(length: int) -> None:
    items = [{"number": number} for number in range(length)]
    assert json.loads(await encoded_list(items)) == items


async def test_a_long_list_lets_others_have_their_turn() -> None:
    turns = 0

    async def another() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(another())
    await encoded_list(range(10 * AT_A_TIME))
    other.cancel()
    assert turns >= 9
