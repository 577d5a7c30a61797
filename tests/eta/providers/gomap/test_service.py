from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from bakureserve.caching.cache import TtlCache
from bakureserve.eta.http import MapHttp, weigh_answer
from bakureserve.eta.providers.gomap.service import GomapService, first_of
from bakureserve.eta.upstream import NoAnswer
from tests.kit.roads.gomap import GUID, GoMap, as_json, as_text, as_xml
from tests.kit.roads.trouble import answering


@pytest.fixture
async def http() -> AsyncIterator[MapHttp]:
    cache: TtlCache[str, Any] = TtlCache(
        "answers", entries=10, largest_bytes=1_000_000, seconds=60, weigh=weigh_answer
    )
    opened = MapHttp(cache, connections=8)
    yield opened
    await opened.close()
    assert len(cache) == 0  # a form, which holds the key, is never kept


@pytest.fixture
def service(http: MapHttp, gomap: GoMap) -> GomapService:
    return GomapService(http, gomap.url, GUID)


async def refusal(service: GomapService) -> NoAnswer:
    with pytest.raises(NoAnswer) as refused:
        await service.ask("getRoute", {})
    return refused.value


@pytest.mark.parametrize("wrap", [as_json, as_xml])
async def test_an_answer_is_unwrapped(service: GomapService, gomap: GoMap, wrap: Any) -> None:
    gomap.answers["getRoute"] = {"distance": "5 km", "msg": "<b>Şəki & Bakı</b>"}
    gomap.wrap = wrap
    said = await service.ask("getRoute", {"Ax": "49.8"}, language="ru")
    assert said == {"distance": "5 km", "msg": "<b>Şəki & Bakı</b>"}
    assert gomap.asked("getRoute") == [{"guid": GUID, "lng": "ru", "Ax": "49.8"}]


@pytest.mark.parametrize(
    "body",
    [
        '\ufeff{"a": 1}',
        '"{\\"a\\": 1}"',
        '{"d": "{\\"a\\": 1}"}',
        '{"d": {"a": 1}}',
        '<string xmlns="http://tempuri.org/"><![CDATA[{"a": 1}]]></string>',
        '<?xml version="1.0"?>\n<string xmlns="http://tempuri.org/">{&quot;a&quot;: 1}</string>\n',
    ],
)
async def test_every_dress_is_taken_off(service: GomapService, gomap: GoMap, body: str) -> None:
    gomap.trouble = answering(body, content_type="text/plain")
    assert await service.ask("getRoute", {}) == {"a": 1}


async def test_success_tells_whether_it_is_an_answer(service: GomapService, gomap: GoMap) -> None:
    for success in (False, "false", "False", 0, "0"):
        gomap.answers["getRoute"] = {"success": success, "msg": "no", "distance": 5}
        assert (await refusal(service)).code == "refused", success
    for success in (True, "true", 1, None):
        gomap.answers["getRoute"] = {"success": success}
        assert await service.ask("getRoute", {}) == {"success": success}


async def test_a_plain_message_is_no_answer(service: GomapService, gomap: GoMap) -> None:
    gomap.wrap = as_text
    gomap.answers["getRoute"] = f"The key {GUID} is over its quota"
    refused = await refusal(service)
    assert refused.code == "garbled"
    assert GUID not in repr(refused)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 200, "garbled"),
        ('{"a": NaN}', 200, "garbled"),
        ("[" * 200_000, 200, "garbled"),
        (b"\xff\xfe\x00", 200, "garbled"),
        ("<string>{}", 200, "garbled"),
        ('"' + '\\"' * 3 + '"', 200, "garbled"),
        ("{}", 500, "status_500"),
        ("{}", 302, "status_302"),
    ],
)
async def test_what_cannot_be_read_is_no_answer(
    service: GomapService, gomap: GoMap, body: str | bytes, status: int, code: str
) -> None:
    gomap.trouble = answering(body, status=status)
    assert (await refusal(service)).code == code


async def test_a_service_that_is_away_is_no_answer(http: MapHttp) -> None:
    refused = await refusal(GomapService(http, "http://127.0.0.1:9", GUID))
    assert (refused.code, refused.at_fault) == ("connection_refused", True)
    assert refused.__cause__ is None


async def test_what_is_no_http_is_no_answer(http: MapHttp) -> None:
    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        refused = await refusal(GomapService(http, f"http://127.0.0.1:{port}", GUID))
    assert refused.code == "broken_off"


async def test_an_unknown_language_is_asked_for_in_english(
    service: GomapService, gomap: GoMap
) -> None:
    await service.ask("getTrafficTilesByCoord", {}, language="de")
    assert gomap.calls[0].form["lng"] == "en"


async def test_a_compressed_bomb_is_not_unpacked(service: GomapService, gomap: GoMap) -> None:
    async def bomb(_request: web.Request) -> web.Response:
        return web.Response(body=b"\x1f\x8b" + b"x" * 100, headers={"Content-Encoding": "gzip"})

    gomap.trouble = bomb
    assert (await refusal(service)).code == "garbled"


def test_missing_null_and_blank_values_are_passed_over() -> None:
    said = {"distance": None, "Distance": "", "len": 0, "length": 5}
    assert first_of(said, ("nothing", "distance", "Distance", "len", "length")) == 0
    assert first_of(said, ("nothing", "distance")) is None
