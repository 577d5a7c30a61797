"""A server on which everybody is an admin is for the people at this machine."""

from __future__ import annotations

import pytest

from bakureserve.server.caller import dev_identity
from bakureserve.settings import Settings
from tests.server.conftest import Client, MakeClient

PAGE = "http://localhost:3000"


@pytest.fixture
async def client(make_client: MakeClient) -> Client:
    """A client of a server with `--dev` that also serves a page at another port."""
    settings = Settings(dev=True, cors_allow_origins=(PAGE, "*"))
    return await make_client(settings=settings, identify=dev_identity())


async def test_who_sits_at_this_machine_may(client: Client) -> None:
    for headers in (
        {},
        {"Host": "localhost"},
        {"Host": "LOCALHOST:8000"},
        {"Host": "127.0.0.1:1"},
        {"Host": "127.8.8.8"},
        {"Host": "[::1]:8000"},
        {"Host": "localhost:8000", "Origin": "http://localhost:8000"},
        {"Host": "localhost:8000", "Origin": PAGE, "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ):
        assert (await client.get("/v1/admin", headers=headers)).status == 200


async def test_no_other_host_or_origin_gets_anything(client: Client) -> None:
    for headers, code in (
        ({"Host": "evil.example"}, "dev_by_another_name"),
        (
            {"Host": "evil.example:8000", "Origin": "http://evil.example:8000"},
            "dev_by_another_name",
        ),
        ({"Host": "127.0.0.1.evil.example"}, "dev_by_another_name"),
        ({"Host": "localhost.evil.example"}, "dev_by_another_name"),
        ({"Host": "192.168.1.5:8000"}, "dev_by_another_name"),
        ({"Host": "127.0.0.1@evil.example"}, "dev_by_another_name"),
        ({"Host": "evil.example@127.0.0.1"}, "dev_by_another_name"),
        ({"Host": "localhost#.evil.example"}, "dev_by_another_name"),
        ({"Host": "localhost/.evil.example"}, "dev_by_another_name"),
        ({"Host": "[::1"}, "dev_by_another_name"),
        ({"Host": ""}, "dev_by_another_name"),
        ({"Origin": "http://evil.example"}, "origin_not_allowed"),
        ({"Origin": "null"}, "origin_not_allowed"),
        ({"Host": "localhost:8000", "Origin": "http://localhost:8001"}, "origin_not_allowed"),
        ({"Host": "localhost:8000", "Origin": "https://localhost:8000"}, "origin_not_allowed"),
        ({"Sec-Fetch-Site": "cross-site"}, "origin_not_allowed"),
        ({"Sec-Fetch-Site": "same-site"}, "origin_not_allowed"),
        ({"X-Forwarded-For": "127.0.0.1"}, "dev_behind_proxy"),
        ({"X-Forwarded-Host": "localhost"}, "dev_behind_proxy"),
        ({"Forwarded": "for=127.0.0.1"}, "dev_behind_proxy"),
        ({"X-Real-IP": "127.0.0.1"}, "dev_behind_proxy"),
        ({"Via": "1.1 proxy"}, "dev_behind_proxy"),
    ):
        for call in ("GET /v1/admin", "DELETE /v1/nothing", "GET /livez", "GET /book/"):
            method, _, path = call.partition(" ")
            answer = await client.request(method, path, headers=headers)
            assert answer.status == 403
            assert (await answer.json(content_type=None))["code"] == code


async def test_a_server_that_knows_its_people_is_reached_by_any_name(
    make_client: MakeClient,
) -> None:
    client = await make_client()
    headers = {"Host": "book.example", "Origin": "http://evil.example", "Via": "1.1 proxy"}
    assert (await client.get("/v1/tagged", headers=headers)).status == 200
