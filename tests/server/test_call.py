from __future__ import annotations

import asyncio

import pytest
from aiohttp.base_protocol import BaseProtocol
from aiohttp.streams import StreamReader
from aiohttp.test_utils import make_mocked_request

from bakureserve.domain.errors import BadRequest
from bakureserve.server.call import read_json


async def test_a_client_who_hung_up_before_its_body_came_has_sent_it_incompletely() -> None:
    request = make_mocked_request("POST", "/", payload=_half_a_body())
    request._protocol.transport = None

    with pytest.raises(BadRequest, match="body_incomplete"):
        await read_json(request)


def _half_a_body() -> StreamReader:
    """Of a connection that is closed, so that the other half will not come."""
    return StreamReader(BaseProtocol(asyncio.get_running_loop()), 2**16)
