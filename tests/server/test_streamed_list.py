from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from typing import Any

import aiohttp
import msgspec
import pytest
from structlog.testing import capture_logs

from bakureserve.domain.errors import Unavailable
from bakureserve.server.call import Call
from bakureserve.server.endpoint import Group
from bakureserve.server.reply import AT_A_TIME as PAGE
from bakureserve.server.streamed_list import WholeList, pages_of, whole_list
from tests.kit.waiting import until
from tests.server.conftest import Client, MakeApp

api = Group("Samples")


class Numbers(msgspec.Struct, frozen=True):
    """How many there are, the page whose read fails, and the one during which the client leaves."""

    count: int
    failing: int = -1
    leaving: int = -1


reads: list[int] = []


@api.get("/v1/numbers", "Numbers from one on")
async def numbers(call: Call[Numbers, None]) -> WholeList[int]:
    async def read(after: int | None) -> Sequence[int]:
        reads.append(after or 0)
        if len(reads) - 1 == call.query.failing:
            raise Unavailable("store_io_error")
        await asyncio.sleep(0)
        if len(reads) - 1 == call.query.leaving and call.request.transport is not None:
            call.request.transport.close()
        return range(1, call.query.count + 1)[after or 0 :][:PAGE]

    return await whole_list(call, as_lists(pages_of(read, lambda last: last, None)))


async def as_lists(found: AsyncIterator[Sequence[int]]) -> AsyncIterator[list[int]]:
    async for page in found:
        yield list(page)


@pytest.fixture
async def client(make_app: MakeApp, aiohttp_client: Any) -> Client:
    reads.clear()
    made: Client = await aiohttp_client(make_app(endpoints=api.endpoints))
    return made


@pytest.mark.parametrize(
    "count",
    [
        0,
        1,
        PAGE - 1,
        PAGE,
        PAGE + 1,
        2 * PAGE,
        5 * PAGE,
        5 * PAGE + 3,
    ],
)
async def test_a_list_of_any_length_is_one_array(client: Client, count: int) -> None:
    answer = await client.get(f"/v1/numbers?count={count}")
    assert answer.status == 200
    assert answer.content_type == "application/json"
    assert await answer.json() == list(range(1, count + 1))
    assert ("Content-Length" in answer.headers) == (count <= PAGE)
    assert all(b - a == PAGE for a, b in pairwise(reads))


async def test_a_long_list_is_kept_by_no_cache_and_leaves_its_connection_usable(
    client: Client,
) -> None:
    for _ in range(3):
        answer = await client.get(f"/v1/numbers?count={3 * PAGE}")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-API-Version"] == "1.0"
        assert len(await answer.json()) == 3 * PAGE


async def test_asking_for_the_head_reads_no_more_than_tells_how_it_is_sent(client: Client) -> None:
    answer = await client.head(f"/v1/numbers?count={9 * PAGE}")
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert await answer.read() == b""
    assert len(reads) == 2


@pytest.mark.parametrize("page", [0, 1])
async def test_a_store_that_fails_at_the_beginning_is_a_problem(client: Client, page: int) -> None:
    answer = await client.get(f"/v1/numbers?count={5 * PAGE}&failing={page}")
    assert answer.status == 503
    assert (await answer.json())["code"] == "store_io_error"


async def test_a_store_that_fails_half_way_cuts_the_answer_off_and_is_logged(
    client: Client,
) -> None:
    with capture_logs() as logs:
        answer = await client.get(f"/v1/numbers?count={5 * PAGE}&failing=3")
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()
    assert "request_failed" in [each["event"] for each in logs]


async def test_a_client_that_goes_away_ends_the_reading_and_is_no_failure(
    client: Client, access_stream: io.BytesIO
) -> None:
    with capture_logs() as logs:
        answer = await client.get(f"/v1/numbers?count={100_000 * PAGE}")
        await answer.content.readexactly(100)
        answer.close()
        await until(lambda: b'"status":499' in access_stream.getvalue())
        read = len(reads)
        await asyncio.sleep(0.05)
    assert len(reads) == read < 100_000
    assert "request_failed" not in [each["event"] for each in logs]


async def test_a_client_that_goes_away_before_the_beginning_is_no_failure_either(
    client: Client, access_stream: io.BytesIO
) -> None:
    with capture_logs() as logs:
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await client.get(f"/v1/numbers?count={5 * PAGE}&leaving=1")
        await until(lambda: b'"status":' in access_stream.getvalue())
    assert b'"status":499' in access_stream.getvalue()
    assert "request_failed" not in [each["event"] for each in logs]
