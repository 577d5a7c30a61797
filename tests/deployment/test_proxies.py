"""What guests see of a server behind nginx and behind Caddy, with the files of the manual."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from bakureserve.settings import Settings
from tests.deployment.conftest import BEHIND_A_PROXY
from tests.deployment.guests import HOUSE, signed_up, wish
from tests.deployment.programs import fenced
from tests.deployment.proxies import PATIENCE_SECONDS, Proxy, Starting, caddy, nginx
from tests.kit.houses import furnish
from tests.kit.processes import Server, serving
from tests.kit.waiting import until

HSTS = "max-age=31536000"


async def test_a_booking_that_is_sent_twice_is_made_once(proxy: Proxy, server: Server) -> None:
    async with proxy.calling("127.0.1.1") as session:
        headers = await signed_up(session, "twice") | {"Idempotency-Key": "one"}
        async with session.post("/v1/reservations", json=wish(0), headers=headers) as first:
            booked = await first.json()
            assert (first.status, first.headers["Strict-Transport-Security"]) == (201, HSTS)
        async with session.post("/v1/reservations", json=wish(0), headers=headers) as again:
            assert (again.status, await again.json()) == (201, booked)
            assert again.headers["Idempotent-Replayed"] == "true"


async def test_limits_count_for_each_client_whatever_it_says_of_itself(
    proxy: Proxy, server: Server
) -> None:
    async def ask(address: str, **headers: str) -> int:
        async with (
            proxy.calling(address) as session,
            session.get("/v1/config/features", headers=headers) as answer,
        ):
            return answer.status

    statuses = [await ask("127.0.2.1") for _ in range(42)]
    assert (statuses[0], statuses[-1]) == (200, 429)
    assert await ask("127.0.2.1", **{"X-Forwarded-For": "203.0.113.9"}) == 429
    assert await ask("127.0.2.1", Forwarded="for=203.0.113.9") == 429
    assert await ask("127.0.2.2") == 200

    def clients() -> set[str]:
        return {json.loads(line).get("client", "") for line in server.said.splitlines()}

    await until(lambda: {"127.0.2.1", "127.0.2.2"} <= clients())
    assert "203.0.113.9" not in clients()


async def test_a_change_reaches_who_follows_it_at_once(proxy: Proxy, server: Server) -> None:
    async with proxy.calling("127.0.3.1") as session:
        headers = await signed_up(session, "follows")
        async with session.post("/v1/reservations", json=wish(1), headers=headers) as answer:
            path = f"/v1/reservations/{(await answer.json())['id']}"
        stream = f"{path}/arrival_intent/stream"
        async with session.ws_connect(stream, headers=headers, origin=proxy.url) as socket:
            assert (await socket.receive_json(timeout=5))["type"] == "snapshot"
            begun = time.monotonic()
            async with session.patch(path, json={"guest_name": "Q"}, headers=headers):
                told = await socket.receive_json(timeout=5)
            assert (told["type"], told["data"]["guest_name"]) == ("update", "Q")
            assert time.monotonic() - begun < 1


async def test_a_page_of_another_site_may_follow_nothing(proxy: Proxy, server: Server) -> None:
    async with proxy.calling("127.0.4.1") as session:
        headers = await signed_up(session, "elsewhere")
        stream = f"/v1/restaurants/{HOUSE.id}/arrivals/stream"
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(stream, headers=headers, origin="https://evil.example")
        assert refused.value.status == 403


@pytest.mark.parametrize(
    "path", ["/metrics", "/v1/metrics", "/metrics/", "//metrics", "/%6Detrics", "/./metrics"]
)
async def test_no_figures_are_told_to_the_outside(proxy: Proxy, server: Server, path: str) -> None:
    outside = URL(proxy.url + path, encoded=True)
    async with proxy.calling("127.0.5.1") as session, session.get(outside) as answer:
        assert answer.status == 404
        assert "bakureserve_" not in await answer.text()
    async with aiohttp.ClientSession() as near, near.get(f"{server.url}/metrics") as answer:
        assert "bakureserve_build_info" in await answer.text()


async def test_a_large_body_is_refused_with_words_and_a_giant_without(
    proxy: Proxy, server: Server
) -> None:
    async with proxy.calling("127.0.6.1") as session:
        async with session.post("/v1/reservations", data=b"x" * 70_000) as answer:
            assert (answer.status, (await answer.json())["code"]) == (413, "body_too_large")
        async with session.post("/v1/reservations", data=b"x" * 500_000) as answer:
            assert answer.status == 413


async def test_what_a_reader_has_already_is_not_sent_again_though_it_was_compressed(
    proxy: Proxy, server: Server
) -> None:
    async with proxy.calling("127.0.7.1", {"Accept-Encoding": "gzip"}) as session:
        path = f"/v1/restaurants/{HOUSE.id}"
        async with session.get(path) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            tag = answer.headers["ETag"]
        async with session.get(path, headers={"If-None-Match": tag}) as answer:
            assert answer.status == 304


async def test_http_2_is_spoken(proxy: Proxy, server: Server) -> None:
    context = ssl.create_default_context(cafile=str(proxy.folder / "server.pem"))
    context.set_alpn_protocols(["h2", "http/1.1"])
    host, port = proxy.url.removeprefix("https://").split(":")
    _, writer = await asyncio.open_connection(host, int(port), ssl=context)
    assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2"
    assert writer.get_extra_info("ssl_object").version() in {"TLSv1.2", "TLSv1.3"}
    await gone(writer)


async def test_who_comes_without_encryption_is_sent_to_the_encrypted_address(
    proxy: Proxy, server: Server
) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{proxy.plain_url}/book/", allow_redirects=False) as answer,
    ):
        assert answer.status == 308
        assert answer.headers["Location"].startswith("https://127.0.0.1")
        assert answer.headers["Location"].endswith("/book/")


@pytest.mark.parametrize(
    "begun",
    [
        pytest.param(b"POST /v1/reservations HTTP/1.1\r\nHost: x", id="in its head"),
        pytest.param(
            b"POST /v1/reservations HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{",
            id="in its body",
        ),
    ],
)
async def test_who_stops_in_the_middle_of_a_request_is_cut_off(
    proxy: Proxy, server: Server, begun: bytes
) -> None:
    host, port = proxy.url.removeprefix("https://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), ssl=proxy.trust)
    writer.write(begun)
    async with asyncio.timeout(PATIENCE_SECONDS + 5):
        assert b" 201 " not in await reader.read()
    await gone(writer)


async def test_a_server_that_is_away_is_told_with_when_to_come_back_and_nothing_private_is_logged(
    starting: Starting, tmp_path: Path
) -> None:
    private = f"/v1/reservations/{HOUSE.id}/calendar.ics?key=not-to-be-logged"
    waiting = {} if starting is nginx else {"lb_try_duration 20s": "lb_try_duration 1s"}
    with starting(tmp_path, waiting) as away:
        async with away.calling(headers={"Authorization": "Bearer not-to-be-logged"}) as session:
            async with session.get(private) as answer:
                assert (answer.status, (await answer.json())["code"]) == (503, "restarting")
                assert answer.content_type == "application/problem+json"
                assert int(answer.headers["Retry-After"]) > 0
                assert answer.headers["Strict-Transport-Security"] == HSTS
            async with session.post("/v1/reservations", data=b"x" * 500_000) as answer:
                assert answer.status in {413, 503}
    assert "not-to-be-logged" not in away.said


BEFORE = {"nginx": "    location / {\n        proxy_pass", "caddy": "\treverse_proxy "}


async def test_the_lines_for_admins_alone_keep_others_out(
    starting: Starting, tmp_path: Path
) -> None:
    data, folder = tmp_path / "data", tmp_path / "proxy"
    data.mkdir()
    folder.mkdir()
    lines = fenced("hardening.md", "nginx" if starting is nginx else "caddyfile")
    lines = lines.replace("192.0.2.0/24", "127.0.8.0/24")
    place = BEFORE["nginx" if starting is nginx else "caddy"]

    async def ask(proxy: Proxy, address: str, path: str) -> int:
        async with proxy.calling(address) as session, session.get(path) as answer:
            return answer.status

    with (
        starting(folder, {place: lines + place}) as proxy,
        serving(data, port=proxy.port, **BEHIND_A_PROXY),
    ):
        assert await ask(proxy, "127.0.0.1", "/v1/admin/caches") == 403
        assert await ask(proxy, "127.0.0.1", "/admin/") == 200
        assert await ask(proxy, "127.0.8.1", "/v1/admin/caches") == 401


async def gone(writer: asyncio.StreamWriter) -> None:
    """Close a connection without the farewells of TLS, which may not be answered."""
    writer.transport.abort()
    with suppress(OSError):
        await writer.wait_closed()


class Storm:
    """Guests who book one after the other, each at once again with the same key when told 503."""

    def __init__(self, session: aiohttp.ClientSession, headers: dict[str, str]) -> None:
        self._session = session
        self._headers = headers
        self._numbers = iter(range(100_000))
        self.over = asyncio.Event()
        self.booked: list[str] = []
        self.told_to_wait = 0

    async def book(self) -> None:
        while not self.over.is_set():
            number = next(self._numbers)
            while not await self._ask(number):
                await asyncio.sleep(0.2)

    async def _ask(self, number: int) -> bool:
        headers = self._headers | {"Idempotency-Key": f"k{number}"}
        async with self._session.post(
            "/v1/reservations", json=wish(number), headers=headers
        ) as answer:
            if answer.status == 503:
                assert "Retry-After" in answer.headers
                self.told_to_wait += 1
                return False
            assert answer.status == 201, await answer.text()
            self.booked.append((await answer.json())["id"])
            return True


GUESTS = 8


@pytest.mark.parametrize(
    ("starting", "spare"),
    [
        pytest.param(nginx, False, id="nginx"),
        pytest.param(nginx, True, id="nginx and a second server"),
        pytest.param(caddy, False, id="caddy"),
    ],
)
async def test_a_restart_loses_no_booking_and_makes_none_twice(
    starting: Starting, spare: bool, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    data, folder = tmp_path / "data", tmp_path / "proxy"
    data.mkdir()
    folder.mkdir()
    furnish(Settings(data_dir=data, seed=False), HOUSE)
    with starting(folder) as proxy, ExitStack() as running:

        def start(port: int) -> Server:
            return running.enter_context(serving(data, port=port, **BEHIND_A_PROXY))

        first = start(proxy.port)
        async with proxy.calling() as session:
            headers = await signed_up(session)
            storm = Storm(session, headers)
            guests = [asyncio.create_task(storm.book()) for _ in range(GUESTS)]
            if spare:
                await asyncio.to_thread(start, proxy.spare_port)
            await until(lambda: len(storm.booked) > 50)
            assert await asyncio.to_thread(first.stop) == 0
            await asyncio.to_thread(start, proxy.port)
            seen = len(storm.booked)
            await until(lambda: len(storm.booked) > seen + 50)
            storm.over.set()
            await asyncio.gather(*guests)
            async with session.get("/v1/reservations", headers=headers) as answer:
                kept = [each["id"] for each in await answer.json()]
    assert sorted(kept) == sorted(storm.booked)
    record_property("bookings", len(kept))
    record_property("told_to_wait", storm.told_to_wait)
    if spare or starting is caddy:
        assert storm.told_to_wait <= 2  # the kernel may have let in whom the server then did not


@pytest.mark.long_deployment
async def test_a_stream_that_says_nothing_for_long_is_not_cut(
    starting: Starting, tmp_path: Path
) -> None:
    data, folder = tmp_path / "data", tmp_path / "proxy"
    data.mkdir()
    folder.mkdir()
    furnish(Settings(data_dir=data, seed=False), HOUSE)
    silent = {"LIVE_HEARTBEAT_SECONDS": "300"}
    with starting(folder) as proxy, serving(data, port=proxy.port, **BEHIND_A_PROXY, **silent):
        async with proxy.calling() as session:
            headers = await signed_up(session)
            async with session.post("/v1/reservations", json=wish(0), headers=headers) as answer:
                path = f"/v1/reservations/{(await answer.json())['id']}"
            async with session.ws_connect(
                f"{path}/arrival_intent/stream", headers=headers, autoping=True
            ) as socket:
                await socket.receive_json(timeout=5)
                with pytest.raises(TimeoutError):
                    await socket.receive(timeout=130)
                async with session.patch(path, json={"guest_name": "Q"}, headers=headers):
                    assert (await socket.receive_json(timeout=5))["data"]["guest_name"] == "Q"
