"""What the front cache answers is what the ordinary path would, byte for byte, and never stale.

Two servers over one store are asked the same: one with the cache and one without. Each has a
limiter of its own, so that even what is left of a quota has to agree.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from ipaddress import ip_network
from itertools import pairwise
from typing import cast

import msgspec
import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.limits.limiter import Limiter
from bakureserve.runtime import Runtime, open_runtime
from bakureserve.server import app_keys
from bakureserve.server.app import ENDPOINTS
from bakureserve.server.connections import GuestConnection, listen
from bakureserve.server.front_cache import LONGEST_HEAD, NAMES, plain_headers
from bakureserve.server.serving import application
from bakureserve.settings import Settings
from bakureserve.store.restaurants import restaurants
from tests.kit.calls import a_wish
from tests.kit.cast import by_token
from tests.kit.examples import examples
from tests.kit.houses import CAY_EVI, NOW, SAHIL, SetClock, by_another_process

LIST = b"GET /v1/restaurants HTTP/1.1\r\nHost: x\r\n\r\n"
TODAY = NOW.date()
NOWHERE = LIST.replace(b"restaurants", b"nowhere")
DAY = (
    f"GET /v1/restaurants/{SAHIL.slug}/availability?date={TODAY}&party_size=2 HTTP/1.1\r\n"
    "Host: x\r\n\r\n"
).encode()


class Client:
    """One connection to a server, over which bytes go as they are."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, *parts: bytes, answers: list[bool]) -> bytes:
        """Send the parts one after the other, and read as many answers, or until the end.

        `answers` says of each whether it has no body, whatever its length says.
        """
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        for part in parts:
            writer.write(part)
            await asyncio.sleep(0.001 if len(parts) > 1 else 0)
        told = b""
        async with asyncio.timeout(10):
            for headless in answers:
                try:
                    told += await _one_answer(reader, headless)
                except asyncio.IncompleteReadError as error:
                    await self.close()
                    return told + error.partial + b"(end)"
        if b"\r\nConnection: close\r\n" in told or b"HTTP/1.0 " in told:
            await self.close()
        return told

    async def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            with suppress(ConnectionError):
                await self._streams[1].wait_closed()
        self._streams = None


async def _one_answer(reader: asyncio.StreamReader, headless: bool) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head.split()[1])
    if status == 100:
        return head + await _one_answer(reader, headless)
    length = re.search(rb"\r\nContent-Length: (\d+)", head)
    if headless or status in (204, 304) or length is None:
        return head
    return head + await reader.readexactly(int(length[1]))


def without_what_is_its_own(told: bytes) -> bytes:
    """An answer without what every request has of its own."""
    told = re.sub(rb"\r\n(Date|X-Request-ID): [^\r]+", rb"\r\n\1", told)
    return re.sub(rb'"request_id":"[^"]+"', b"", told)


class Twins:
    """A server with the front cache, and one without, on one store.

    Their limiters' clocks stand still: one asked a second later than the other would tell another
    time until the quota is whole.
    """

    def __init__(self, settings: Settings, clock: SetClock) -> None:
        self.settings = settings
        self.clock = clock
        self.runtimes: list[Runtime] = []
        self.apps: list[web.Application] = []
        self.clients: list[Client] = []
        self._houses = {SAHIL.id: SAHIL, CAY_EVI.id: CAY_EVI}

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Twins]:
        async with AsyncExitStack() as stack:
            for has_front in (True, False):
                runtime = await stack.enter_async_context(
                    open_runtime(self.settings, clock=self.clock)
                )
                still = Limiter(runtime.limiter.quota, clock=lambda: 0)
                runtime = replace(runtime, limiter=still)
                app = application(runtime, identify=by_token)
                runner = web.AppRunner(app, access_log=None)
                await runner.setup()
                stack.push_async_callback(runner.cleanup)
                listener = await listen(
                    runner,
                    app[app_keys.CONNECTION_LIMITS],
                    "127.0.0.1",
                    0,
                    backlog=16,
                    front=app[app_keys.FRONT_CACHE] if has_front else None,
                )
                stack.callback(listener.close)
                self.runtimes.append(runtime)
                self.apps.append(app)
                client = Client(listener.sockets[0].getsockname()[1])
                stack.push_async_callback(client.close)
                self.clients.append(client)
            yield self

    @property
    def hits(self) -> int:
        front = self.apps[0][app_keys.FRONT_CACHE]
        assert front is not None
        return front.cache.hits

    def connections(self) -> list[GuestConnection]:
        """The one connection of each."""
        inside = [app[app_keys.CONNECTION_LIMITS]._inside["127.0.0.1"] for app in self.apps]
        return [cast("GuestConnection", each) for (each,) in inside]

    async def ask(self, *parts: bytes, answers: list[bool] | None = None) -> bytes:
        """What both answer, which has to be the same."""
        told = [
            without_what_is_its_own(await each.ask(*parts, answers=answers or [False]))
            for each in self.clients
        ]
        assert told[0] == told[1]
        return told[0]

    async def come_to_rest(self) -> None:
        """Wait until what the servers store at their start is stored: it ends what is kept."""
        mark = None
        while mark != (mark := self.runtimes[0].database.change_mark_now()):
            await asyncio.sleep(0.3)

    async def start_afresh(self) -> None:
        """Whole quotas, new connections, and the restaurants as they were."""
        for each in self.clients:
            await each.close()
        for runtime in self.runtimes:
            await runtime.limiter.reset_all()
        self.clock.now = NOW
        for house in self._houses.values():
            await self.change(house)

    async def change(self, house: Restaurant) -> None:
        """Store a restaurant, as another process would."""
        path = self.settings.database_path
        await by_another_process(path, lambda tx: restaurants.replace(tx, house, now=self.clock()))

    def counts(self) -> list[Counter[tuple[str, ...]]]:
        """How many reads each has answered, by their labels."""
        return [
            Counter(
                {
                    tuple(sample.labels.values()): int(sample.value)
                    for family in app[app_keys.REGISTRY].collect()
                    for sample in family.samples
                    if sample.name in COUNTED and sample.labels.get("method") != "POST"
                }
            )
            for app in self.apps
        ]


COUNTED = {
    "bakureserve_http_requests_total",
    "bakureserve_http_request_seconds_count",
    "bakureserve_http_requests_in_flight",
}


@pytest.fixture
def twin_settings(house_settings: Settings) -> Settings:
    """Few calls, so that an evening of reads may meet the limit."""
    return replace(house_settings, rate_limit_requests=40)


@pytest.fixture
async def twins(twin_settings: Settings, clock: SetClock) -> AsyncIterator[Twins]:
    async with Twins(twin_settings, clock).open() as opened:
        yield opened


async def test_a_repeat_is_answered_from_the_front_cache_and_counted_as_any_other(
    twins: Twins,
) -> None:
    for _ in range(5):
        await twins.ask(LIST)
    assert twins.hits == 4
    with_front, without = twins.counts()
    assert with_front == without
    assert sum(with_front.values()) == 10


@pytest.mark.parametrize(
    "other",
    [
        LIST.replace(b"GET", b"HEAD"),
        LIST.replace(b"restaurants", b"restaurants?q=cay"),
        LIST.replace(b"restaurants", b"restaurants/"),
        LIST.replace(b"Host: x", b"Host: x\r\nAccept-Encoding: gzip"),
        LIST.replace(b"Host: x", b"Host: x\r\nIf-None-Match: *"),
    ],
    ids=["method", "query", "path", "encoding", "tag"],
)
async def test_one_that_asks_something_else_gets_no_answer_to_what_was_asked_before(
    twins: Twins, other: bytes
) -> None:
    await twins.ask(LIST)
    await twins.ask(other, answers=[other.startswith(b"HEAD")])
    assert twins.hits == 0
    await twins.ask(LIST)
    assert twins.hits == 1


async def test_a_known_head_in_the_body_of_another_request_is_no_request(twins: Twins) -> None:
    await twins.ask(LIST)
    assert b" 400 " in await twins.ask(BOOK % (len(LIST), b""), LIST)
    assert twins.hits == 0


async def test_a_known_head_in_a_body_that_a_read_did_not_wait_for_is_no_request(
    twins: Twins,
) -> None:
    await twins.ask(LIST)
    await twins.ask(LIST.replace(b"Host: x", b"Host: x\r\nContent-Length: %d" % len(LIST)))
    assert b" 404 " in await twins.ask(LIST, NOWHERE)
    assert twins.hits == 0


async def test_an_answer_is_not_kept_as_one_to_what_came_in_meanwhile(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    await twins.come_to_rest()
    current = twins.runtimes[0].directory.current

    async def slowly() -> int:
        await asyncio.sleep(0.05)
        return await current()

    for runtime in twins.runtimes:
        monkeypatch.setattr(runtime.directory, "current", slowly)
    await twins.ask(LIST, DAY, answers=[False, False])
    await twins.ask(DAY)


async def test_what_goes_on_with_another_head_is_not_kept_as_an_answer_to_its_end(
    twins: Twins,
) -> None:
    """Else one client could have all others answered as it was itself: 304, with nothing."""
    begun = b"GET /v1/restaurants HTTP/1.1\r\nIf-None-Match: *\r\nUser-Agent: "
    await twins.ask(LIST.replace(b"Host: x", b"Host: y") + begun)
    assert b" 304 " in await twins.ask(LIST)
    assert b" 200 " in await twins.ask(LIST)


async def test_a_change_of_another_process_is_seen_by_the_next_repeat(twins: Twins) -> None:
    await twins.ask(LIST)
    await twins.change(msgspec.structs.replace(SAHIL, name="Köhnə Sahil"))
    assert "Köhnə Sahil".encode() in await twins.ask(LIST)


async def test_what_time_alone_changes_is_answered_anew(twins: Twins, clock: SetClock) -> None:
    before = _body(await twins.ask(DAY))
    assert _body(await twins.ask(DAY)) == before
    changes = (await twins.runtimes[0].availability.on(SAHIL.id, TODAY, 2)).good_until
    assert changes is not None
    clock.now = changes
    assert _body(await twins.ask(DAY)) != before


def _body(told: bytes) -> bytes:
    return told.partition(b"\r\n\r\n")[2]


async def test_new_photos_are_seen_by_the_next_repeat(twins: Twins) -> None:
    await twins.ask(LIST)
    for runtime in twins.runtimes:
        runtime.photos.mark += 1
    hits, misses = twins.hits, twins.apps[0][app_keys.RESPONSE_CACHE].cache.misses
    await twins.ask(LIST)
    assert twins.apps[0][app_keys.RESPONSE_CACHE].cache.misses == misses + 1
    assert twins.hits == hits + 1  # found, and not used


async def test_behind_a_trusted_proxy_each_client_has_its_own_quota(
    twin_settings: Settings, clock: SetClock
) -> None:
    trusting = replace(twin_settings, trusted_proxies=(ip_network("127.0.0.1"),))
    first, second = (
        LIST.replace(b"Host", b"X-Forwarded-For: 203.0.113.%d\r\nHost" % number)
        for number in (1, 2)
    )
    async with Twins(trusting, clock).open() as twins:
        for _ in range(41):
            refused = await twins.ask(first)
        assert b"429 Too Many Requests" in refused
        assert b"r=39" in await twins.ask(second)
        assert b"r=38" in await twins.ask(second)


async def test_a_client_past_its_quota_is_refused_though_the_answer_is_kept(twins: Twins) -> None:
    for _ in range(40):
        assert b"200 OK" in await twins.ask(LIST)
    for _ in range(2):
        assert b"429 Too Many Requests" in await twins.ask(LIST)
    assert twins.runtimes[0].limiter.denied == 2


async def test_a_repeat_keeps_its_connection_from_being_closed_as_idle(twins: Twins) -> None:
    await twins.come_to_rest()
    await twins.ask(LIST)
    connection = twins.connections()[0]
    since = connection.idle_since
    await asyncio.sleep(0.01)
    await twins.ask(LIST)
    assert twins.hits == 1
    assert (connection.idle_since or 0) > (since or 0)


BEGUN = b"GET /v1/restaurants/nowhere HTTP/1.1\r\nAccept: "
"""The beginning of a request of which a whole head can be the rest."""


async def test_the_rest_of_a_request_is_not_taken_for_one_that_is_kept(twins: Twins) -> None:
    await twins.ask(LIST)
    assert b"404 Not Found" in await twins.ask(BEGUN, LIST)
    await twins.ask(LIST)
    assert b"200 OK" in await twins.ask(LIST + BEGUN)
    assert b"404 Not Found" in await twins.ask(LIST)


async def test_a_stopping_server_announces_the_end_with_a_repeat_as_well(twins: Twins) -> None:
    await twins.ask(LIST)
    for connection in twins.connections():
        connection.ends_soon = True
    assert b"\r\nConnection: close\r\n" in await twins.ask(LIST)


async def test_a_client_that_does_not_read_gets_no_more_from_the_front_cache(twins: Twins) -> None:
    await twins.ask(LIST)
    connection = twins.connections()[0]
    connection.pause_writing()  # as the transport does when too much waits to be sent
    asked = asyncio.create_task(twins.ask(LIST))
    await asyncio.sleep(0.05)
    assert twins.hits == 0
    connection.resume_writing()
    assert b"200 OK" in await asked


async def test_a_connection_that_is_let_in_for_health_alone_gets_no_kept_answer(
    twins: Twins,
) -> None:
    await twins.ask(LIST)
    for client, app in zip(twins.clients, twins.apps, strict=True):
        await client.close()
        app[app_keys.CONNECTION_LIMITS].total = 0
    assert b"503 Service Unavailable" in await twins.ask(LIST)


HEADS_OF_THE_ORDINARY_PATH = {
    "a token": b"Authorization: Bearer guest\r\n",
    "a cookie": b"Cookie: a=b\r\n",
    "a body": b"Content-Length: 0\r\n",
    "a body in chunks": b"Transfer-Encoding: chunked\r\n",
    "a range": b"Range: bytes=0-1\r\n",
    "an expectation": b"Expect: 100-continue\r\n",
    "another protocol": b"Upgrade: websocket\r\nConnection: upgrade\r\n",
    "the last request": b"Connection: close\r\n",
    "an id of its own": b"X-Request-ID: mine\r\n",
    "a page elsewhere": b"Origin: https://a.example\r\n",
    "a repeated header": b"Accept: a\r\nAccept: b\r\n",
    "a name repeated in capitals": b"Accept: a\r\nACCEPT: b\r\n",
    "a folded header": b"Accept: a\r\n b\r\n",
    "a line that ends too soon": b"Accept: a\nDNT: 1\r\n",
    "bytes beyond ASCII": b"Accept: \xc3\xa4\r\n",
    "a control character": b"Accept: a\x00b\r\n",
    "a space in the name": b"Accept : a\r\n",
    "a name that is not on the list": b"X-Secret: a\r\n",
    "a head that is too long": b"Accept: " + b"a" * LONGEST_HEAD + b"\r\n",
}


@pytest.mark.parametrize(
    "lines", HEADS_OF_THE_ORDINARY_PATH.values(), ids=HEADS_OF_THE_ORDINARY_PATH
)
def test_a_head_with_anything_unusual_is_never_kept(lines: bytes) -> None:
    assert plain_headers(LIST) == {"host": "x"}
    assert plain_headers(LIST.replace(b"\r\n\r\n", b"\r\n" + lines + b"\r\n")) is None


@pytest.mark.parametrize(
    "head",
    [
        LIST.replace(b"1.1", b"1.0"),
        LIST.replace(b"GET", b"POST"),
        LIST.replace(b"GET", b"get"),
        LIST.replace(b" /", b" http://x/"),
        LIST.replace(b" /", b"  /"),
        LIST + LIST,
        LIST[:-2],
        LIST + b"x",
        b"\r\n" + LIST,
    ],
)
def test_what_is_not_one_read_in_the_usual_form_is_never_kept(head: bytes) -> None:
    assert plain_headers(head) is None


def test_only_reads_that_are_the_same_for_every_caller_are_shared() -> None:
    shared = [endpoint for endpoint in ENDPOINTS if endpoint.shared]
    assert len(shared) == 4
    for endpoint in shared:
        assert (endpoint.method, endpoint.auth, endpoint.recognises) == ("GET", "none", False)


def test_nothing_on_the_list_of_names_says_who_asks_or_brings_a_body() -> None:
    assert NAMES.isdisjoint(
        {"authorization", "cookie", "origin", "content-length", "content-type", "expect", "range"}
        | {"device-token", "idempotency-key", "te", "trailer", "transfer-encoding", "upgrade"}
    )


TARGETS = (
    "/v1/restaurants",
    "/v1/restaurants?q=cay",
    "/v1/restaurants?limit=1",
    "/v1/restaurants?unknown=%25",
    f"/v1/restaurants/{SAHIL.slug}",
    f"/v1/restaurants/{SAHIL.id.upper()}",
    "/v1/restaurants/nowhere",
    f"/v1/restaurants/{SAHIL.slug}/floorplan",
    f"/v1/restaurants/{SAHIL.slug}/availability?date={TODAY}&party_size=2",
    f"/v1/restaurants/{SAHIL.slug}/availability?date={TODAY}",
    f"/v1/restaurants/{SAHIL.slug}/availability?party_size=x",
    "/v1/reservations",
    "/book/",
)
USUAL = (
    b"Accept: */*\r\n",
    b"accept-language: ru, az;q=0.5\r\n",
    b"Accept-Encoding: gzip, br\r\n",
    b"Connection: keep-alive\r\n",
    b"User-Agent: Mozilla/5.0 (%s; 100%)\r\n",
    b"X-Forwarded-For: 203.0.113.7\r\n",
    b"If-None-Match: *\r\n",
    b'If-None-Match: "nothing"\r\n',
)
UNUSUAL = tuple(lines for lines in HEADS_OF_THE_ORDINARY_PATH.values() if b"chunked" not in lines)
BOOK = (
    b"POST /v1/reservations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer guest\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
)


@st.composite
def heads(draw: st.DrawFn) -> bytes:
    method = draw(st.sampled_from([*["GET"] * 8, "HEAD", "HEAD", "POST"]))
    version = draw(st.sampled_from([*["HTTP/1.1"] * 12, "HTTP/1.0"]))
    usual = draw(st.lists(st.sampled_from(USUAL), max_size=3, unique=True))
    unusual = draw(st.lists(st.sampled_from([b""] * 40 + [*UNUSUAL]), max_size=1))
    lines = draw(st.permutations([b"Host: x\r\n", *usual, *unusual]))
    target = draw(st.sampled_from(TARGETS))
    return f"{method} {target} {version}\r\n".encode() + b"".join(lines) + b"\r\n"


@st.composite
def asked(draw: st.DrawFn, known: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Some heads that go out together, and the parts in which they do.

    One that ends the connection goes in one part: the second would meet a closed door, and a reset
    would take what was answered before.
    """
    together = draw(st.lists(st.sampled_from(known), min_size=1, max_size=3))
    said = b"".join(together)
    ends = b" HTTP/1.0\r\n" in said or any(lines in said for lines in UNUSUAL)
    cuts = [] if ends else draw(st.lists(st.integers(1, len(said) - 1), max_size=2))
    bounds = [0, *sorted(set(cuts)), len(said)]
    return together, [said[since:until] for since, until in pairwise(bounds)]


async def a_booking(twins: Twins, number: int) -> None:
    wish = msgspec.json.encode(a_wish(start=f"{TODAY}T19:{number % 2 * 3}0:00+04:00"))
    for client in twins.clients:
        await client.ask(BOOK % (len(wish), wish), answers=[False])


async def a_new_name(twins: Twins, number: int) -> None:
    await twins.change(msgspec.structs.replace(SAHIL, name=f"Sahil {number}"))


async def new_photos(twins: Twins, _number: int) -> None:
    for runtime in twins.runtimes:
        runtime.photos.mark += 1


async def time_passes(twins: Twins, number: int) -> None:
    twins.clock.pass_minutes(40 * number)


CHANGES = (a_booking, a_new_name, new_photos, time_passes)


async def play(twins: Twins, data: st.DataObject) -> None:
    """An evening of reads with changes in between: all answers, and all counts, agree."""
    await twins.start_afresh()
    known = data.draw(st.lists(heads(), min_size=1, max_size=3))
    for number in range(data.draw(st.integers(2, 10))):
        change = data.draw(st.sampled_from([*CHANGES, *[None] * 4]))
        if change is not None:
            await change(twins, number)
        for head in known * data.draw(st.integers(1, 2)):
            await twins.ask(head, answers=[head.startswith(b"HEAD")])
        together, parts = data.draw(asked(known))
        await twins.ask(*parts, answers=[head.startswith(b"HEAD") for head in together])
    with_front, without = twins.counts()
    assert with_front == without


def test_with_the_front_cache_all_answers_are_what_they_are_without_it(
    twin_settings: Settings, clock: SetClock
) -> None:
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        twins = runner.run(stack.enter_async_context(Twins(twin_settings, clock).open()))

        @settings(max_examples=examples(60))
        @given(st.data())
        def check(data: st.DataObject) -> None:
            runner.run(play(twins, data))

        try:
            check()
            assert twins.hits > 100
        finally:
            runner.run(stack.aclose())
