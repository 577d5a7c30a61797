"""Webhooks to a real server on loopback: what it gets, and what its answer means."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bakureserve.domain.notifications import Failure
from bakureserve.notify import DeliveryFailed
from bakureserve.notify.webhook import Webhooks, is_public, retry_after_seconds, secret_of
from tests.kit.deliveries import NOW, a_delivery

MASTER = "a master secret of the operator"
DELIVERY = a_delivery(party="restaurant", channel="webhook", recipient="r")


class Machine:
    """A restaurant's, which answers as it is told and keeps what it was sent."""

    def __init__(self) -> None:
        self.answer: Callable[[], web.Response] = lambda: web.Response(status=204)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.read()))
        return self.answer()


@pytest.fixture
async def machine() -> AsyncIterator[Machine]:
    machine = Machine()
    app = web.Application()
    app.router.add_post("/hook", machine.take)
    async with TestServer(app) as server:
        machine.url = str(server.make_url("/hook"))
        yield machine


@pytest.fixture
async def open_webhooks() -> AsyncIterator[Callable[..., Webhooks]]:
    opened = []

    def open_one(**options: Any) -> Webhooks:
        given = {"master": MASTER, "private_addresses": True, "timeout": 1, "clock": lambda: NOW}
        opened.append(Webhooks(**given | options))
        return opened[-1]

    yield open_one
    for each in opened:
        await each.close()


async def _failure(attempt: Awaitable[None]) -> Failure:
    with pytest.raises(DeliveryFailed) as failed:
        await attempt
    return failed.value.failure


async def test_a_machine_can_check_who_sent_it_what_and_when(
    machine: Machine, open_webhooks: Callable[..., Webhooks]
) -> None:
    await open_webhooks().send(DELIVERY, machine.url)

    ((headers, body),) = machine.got
    names = {name.lower(): value for name, value in headers.items()}
    key = base64.b64decode(secret_of(DELIVERY.restaurant_id, MASTER).removeprefix("whsec_"))
    content = f"{DELIVERY.id}.{int(NOW.timestamp())}.".encode() + body
    expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    assert names["webhook-id"] == DELIVERY.id
    assert names["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert names["webhook-signature"] == f"v1,{expected}"
    assert b"latitude" not in body


def test_every_restaurant_has_a_secret_of_its_own() -> None:
    assert secret_of("a", MASTER) != secret_of("b", MASTER) != secret_of("b", "another master")


async def test_an_answer_says_whether_to_try_again(
    machine: Machine, open_webhooks: Callable[..., Webhooks]
) -> None:
    webhooks = open_webhooks()
    passing, for_good = (500, 503, 408, 429), (400, 404, 410)
    for status in passing + for_good:
        machine.answer = lambda status=status: web.Response(status=status)  # type: ignore[misc]
        failure = await _failure(webhooks.send(DELIVERY, machine.url))
        gone = machine.url if status == 410 else ""
        assert failure == Failure(f"http_{status}", status in for_good, gone=gone)


async def test_a_machine_may_ask_for_a_pause(
    machine: Machine, open_webhooks: Callable[..., Webhooks]
) -> None:
    machine.answer = lambda: web.Response(status=503, headers={"Retry-After": "90"})
    assert (await _failure(open_webhooks().send(DELIVERY, machine.url))).retry_after == 90


def test_a_pause_is_asked_for_in_seconds_or_until_a_date() -> None:
    for retry_after, seconds in (
        ("90", 90),
        (" 7200 ", 7200),
        ("Mon, 01 Mar 2027 10:00:00 GMT", 7200),
        ("Monday, 01-Mar-27 10:00:00 GMT", 7200),
        ("Mon Mar  1 10:00:00 2027", 7200),
        ("Mon, 01 Mar 2027 07:00:00 GMT", 0),
        ("Wed, 31 Dec 9999 23:59:59 GMT", 316_224_000),
        ("9" * 400, 316_224_000),
        ("soon", 0),
        ("-5", 0),
        ("1.5", 0),
        ("", 0),
        ("Mon, 99 Foo 2027", 0),
        ("Mon, 01 Mar 2027 10:00:00 -9999999999999999", 0),
    ):
        assert retry_after_seconds(retry_after, NOW) == seconds


async def test_redirects_are_not_followed(
    machine: Machine, open_webhooks: Callable[..., Webhooks]
) -> None:
    machine.answer = lambda: web.Response(status=307, headers={"Location": machine.url})
    failure = await _failure(open_webhooks().send(DELIVERY, machine.url))
    assert failure == Failure("http_307", permanent=True)
    assert len(machine.got) == 1


async def test_nothing_is_sent_to_addresses_that_are_private_or_written_in_another_way(
    machine: Machine, open_webhooks: Callable[..., Webhooks]
) -> None:
    private = ("127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1")
    odd = ("127.1", "2130706433", "127.0.0.01")
    codes = dict.fromkeys(private, "webhook_address_private")
    codes |= dict.fromkeys(odd, "webhook_address_bad")
    for host, code in codes.items():
        url = machine.url.replace("127.0.0.1", host)
        failure = await _failure(open_webhooks(private_addresses=False).send(DELIVERY, url))
        assert failure == Failure(code, permanent=True), host
    assert machine.got == []


def test_what_leads_to_networks_of_ones_own_is_not_public() -> None:
    for address in (
        "64:ff9b::7f00:1",  # NAT64 of 127.0.0.1
        "64:ff9b::808:808",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::1",  # 6to4
        "192.88.99.1",
        "::127.0.0.1",  # IPv4-compatible
        "::8.8.8.8",
        "::ffff:10.0.0.1",  # IPv4-mapped
        "::ffff:100.100.100.200",
        "2001:0:7f00:1::1",  # Teredo
        "fec0::1",  # site-local
        "fe80::1%2",
        "fd12::1",
        "ff0e::1",  # multicast
        "224.0.0.1",
        "239.255.255.250",
        "192.0.0.8",
        "192.0.0.192",  # metadata of Oracle's cloud
        "169.254.169.254",  # of most
        "fd00:ec2::254",  # of Amazon's
        "100.100.100.200",  # of Alibaba's
        "168.63.129.16",  # of Microsoft's
        "0.0.0.0",
        "240.0.0.1",
        "3fff::1",
        "2001:db8::1",
        "5f00::1",
        "::",
    ):
        assert not is_public(address)


def test_what_is_on_the_internet_is_public() -> None:
    for address in ("8.8.8.8", "85.132.1.1", "2606:4700:4700::1111"):
        assert is_public(address)


async def test_a_machine_that_is_not_there_may_come_back(
    machine: Machine, open_webhooks: Callable[..., Webhooks]
) -> None:
    gone = machine.url.replace(machine.url.split(":")[2].split("/")[0], "1")
    failure = await _failure(open_webhooks().send(DELIVERY, gone))
    assert failure == Failure("webhook_connection_refused", nowhere=True)


async def test_a_machine_that_does_not_answer_is_not_waited_for(
    open_webhooks: Callable[..., Webhooks],
) -> None:
    async def silence(_request: web.Request) -> web.Response:
        await never.wait()
        return web.Response()

    never = asyncio.Event()
    app = web.Application()
    app.router.add_post("/hook", silence)
    async with TestServer(app) as server:
        webhooks = open_webhooks(timeout=0.05)
        failure = await _failure(webhooks.send(DELIVERY, str(server.make_url("/hook"))))
        never.set()
    assert failure == Failure("webhook_timeout", nowhere=True)


async def test_nothing_goes_out_unsigned(
    machine: Machine, open_webhooks: Callable[..., Webhooks]
) -> None:
    failure = await _failure(open_webhooks(master="").send(DELIVERY, machine.url))
    assert failure == Failure("webhook_secret_missing", permanent=True)
    assert machine.got == []
