from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from bakureserve.limits.limiter import Limiter, Quota, open_limiter
from bakureserve.server.app import ENDPOINTS
from bakureserve.settings import Settings
from tests.kit.redis_server import redis_running
from tests.server.conftest import Client, MakeClient

LOOPBACK = (ip_network("127.0.0.0/8"),)
MAY_ASK_MAPS = (
    "GET /v1/directions",
    "GET /v1/maps/geocode",
    "GET /v1/admin/eta",
    "GET /v1/reservations/{reservation}/arrival_intent/suggestions",
    "POST /v1/reservations/{reservation}/arrival_intent/location",
)


async def left(client: Client, **headers: str) -> int:
    """What the limiter says is left after one call with these headers."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await client.get("/v1/tagged", headers=sent)
    return int(answer.headers["X-RateLimit-Remaining"])


def a_limiter(requests: int = 10) -> Limiter:
    return Limiter(Quota(requests, 60.0), clock=lambda: 0)


async def test_a_stranger_cannot_be_another_client_for_the_limiter(make_client: MakeClient) -> None:
    client = await make_client(limiter=a_limiter())
    spoofed: list[dict[str, str]] = [
        {"X_Forwarded_For": "198.51.100.1"},
        {"Forwarded": "for=198.51.100.2"},
        {"X_Real_IP": "198.51.100.3"},
        {"X_Forwarded_For": "10.0.0.1, 127.0.0.1"},
    ]
    assert [await left(client, **each) for each in spoofed] == [9, 8, 7, 6]


async def test_behind_a_trusted_proxy_each_client_has_its_own_quota(
    make_client: MakeClient,
) -> None:
    settings = Settings(trusted_proxies=LOOPBACK)
    client = await make_client(limiter=a_limiter(), settings=settings)
    assert await left(client, X_Forwarded_For="198.51.100.1") == 9
    assert await left(client, X_Forwarded_For="198.51.100.2") == 9
    assert await left(client, X_Forwarded_For="6.6.6.6, 198.51.100.1") == 8
    assert await left(client, X_Forwarded_For="198.51.100.1", Forwarded="for=6.6.6.6") == 7
    assert await left(client, X_Forwarded_For=f"{'6.6.6.6, ' * 100}198.51.100.1") == 6
    assert await left(client, Forwarded="for=198.51.100.1") == 9  # the proxy itself


async def test_several_forwarding_headers_are_one_list(make_client: MakeClient) -> None:
    settings = Settings(trusted_proxies=LOOPBACK)
    client = await make_client(limiter=a_limiter(), settings=settings)
    twice: Any = [("X-Forwarded-For", "6.6.6.6"), ("X-Forwarded-For", "198.51.100.1")]
    await client.get("/v1/tagged", headers=twice)
    assert await left(client, X_Forwarded_For="198.51.100.1") == 8


def test_calls_that_may_ask_map_services_weigh_more_than_others() -> None:
    weights = {f"{each.method} {each.path}": each.weight for each in ENDPOINTS}
    assert {weights[call] for call in MAY_ASK_MAPS} <= {2, 3, 4, 5, 6, 7}
    others = {weight for call, weight in weights.items() if call not in MAY_ASK_MAPS}
    assert others <= {0, 1}


def test_probes_weigh_nothing() -> None:
    for path in ("/health", "/livez", "/readyz", "/metrics"):
        assert {each.weight for each in ENDPOINTS if path in (each.path, *each.aliases)} == {0}


async def test_where_redis_decides_the_headers_and_refusals_are_the_same(
    make_client: MakeClient, tmp_path: Any
) -> None:
    with redis_running(tmp_path) as redis:
        async with open_limiter(Quota(2, 3600.0), redis.url) as limiter:
            await limiter.tend()
            client = await make_client(limiter=limiter)
            assert [await left(client) for _ in range(3)] == [1, 0, 0]
            refused = await client.get("/v1/tagged")
            assert refused.status == 429
            assert 0 < int(refused.headers["Retry-After"]) <= 1800
            assert refused.headers["RateLimit-Policy"] == '"default";q=2;w=3600'
