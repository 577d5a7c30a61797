"""Where the demo is played: a temporary folder, a server on it, and callers with accounts."""

from __future__ import annotations

import asyncio
import datetime as dt
import errno
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import msgspec

from bakureserve.auth.passwords import PARAMETERS
from bakureserve.cli.demo.cast import GuestParty
from bakureserve.cli.demo.scene import WAIT_SECONDS, FastClock
from bakureserve.domain.accounts.actor import cli_actor
from bakureserve.domain.errors import Unavailable
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.runtime import Runtime, prepare_store
from bakureserve.settings import Settings, load_settings

if TYPE_CHECKING:
    from aiohttp import ClientSession, ClientWebSocketResponse

    from bakureserve.cli.demo.scene import FastClock


T = TypeVar("T")

_TRIES = 4
_EARLY_SECONDS = 1.0
"""By our own clock: how long before its end a token is renewed."""
_SIGN_IN_NEEDED = 401
_TOKEN_EXPIRED = 4401
_TRY_AGAIN = frozenset({1013, _TOKEN_EXPIRED})
"""Close codes of a stream after which a reader comes back; see docs/api.md."""

USUAL_PORT = Settings.port
_PORTS_TRIED = 100
NO_ROUTER = "http://127.0.0.1:9"
"""Nothing answers here: without the operator's own router, none is asked."""
_STOPPING_SECONDS = 2.0
_LOOKS = 50
_MOST_REQUESTS = 1_000_000
_OPERATOR = cli_actor("demo")
_HASHING = replace(PARAMETERS, time_cost=1, memory_cost=1024, parallelism=1)
"""Passwords that are printed, of temporary accounts, need no costly hashes."""


class Refused(Exception):
    """The server refused: with a status, a stable code and a sentence."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail


class Caller:
    """A person with an account, and their app."""

    def __init__(self, http: ClientSession, address: str, clock: FastClock) -> None:
        self._http = http
        self._address = address
        self._clock = clock
        self._renewing = asyncio.Lock()
        self._tokens: dict[str, Any] = {}
        self._until = clock()

    async def sign_up(self, *, name: str, email: str, phone: str, password: str) -> None:
        """Open an account and use it. Raises Refused, as all of these do."""
        account = {"name": name, "email": email, "phone": phone, "password": password}
        self._use_tokens(await self._send("POST", "/v1/auth/signup", account))

    async def log_in(self, *, email: str, password: str) -> None:
        entry = {"email": email, "password": password}
        self._use_tokens(await self._send("POST", "/v1/auth/login", entry))

    async def get(self, path: str, **query: str) -> Any:
        return await self._call("GET", path, query=query)

    async def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return await self._call("POST", path, body)

    async def follow(self, path: str) -> AsyncIterator[dict[str, Any]]:
        """A stream's messages without heartbeats. Reconnects with a new token after the old one
        expired, until the server ends the stream for good."""
        after: dict[str, str] = {}
        while True:
            stream = await self._with_token(partial(self._open, path, after))
            async with stream:
                async for message in stream:
                    told = message.json()
                    after = {"after": str(told["id"])}
                    if told["type"] != "heartbeat":
                        yield told
            if stream.close_code not in _TRY_AGAIN:
                return

    async def _call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        query: dict[str, str] | None = None,
    ) -> Any:
        return await self._with_token(partial(self._send, method, path, body, query))

    async def _with_token(self, ask: Callable[[dict[str, str]], Awaitable[T]]) -> T:
        """Ask with a token, and again with a new one if it has expired meanwhile: by a fast clock
        it lives for only a second or two."""
        for _ in range(_TRIES):
            try:
                return await ask(await self._authorization())
            except Refused as refusal:
                if refusal.status != _SIGN_IN_NEEDED:
                    raise
            self._until = self._clock()
        return await ask(await self._authorization())

    async def _open(
        self, path: str, after: dict[str, str], proof: dict[str, str]
    ) -> ClientWebSocketResponse:
        from aiohttp import WSServerHandshakeError

        try:
            return await self._http.ws_connect(self._address + path, params=after, headers=proof)
        except WSServerHandshakeError as refusal:
            raise Refused(refusal.status, "stream_refused", refusal.message) from refusal

    async def _authorization(self) -> dict[str, str]:
        async with self._renewing:
            early = dt.timedelta(seconds=_EARLY_SECONDS * self._clock.speed)
            if self._clock() >= self._until - early:
                used = {"refresh_token": self._tokens["refresh_token"]}
                self._use_tokens(await self._send("POST", "/v1/auth/refresh", used))
            return {"Authorization": f"Bearer {self._tokens['access_token']}"}

    def _use_tokens(self, tokens: dict[str, Any]) -> None:
        self._tokens = tokens
        self._until = self._clock() + dt.timedelta(seconds=tokens["expires_in"])

    async def _send(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        async with self._http.request(
            method, self._address + path, json=body, params=query, headers=headers
        ) as answer:
            told = await answer.json(content_type=None)
            if answer.status >= 400:
                raise Refused(answer.status, told["code"], told["detail"])
            return told


@dataclass(frozen=True)
class Login:
    """A login: e-mail address and password, for the role."""

    role: str
    email: str
    password: str


@dataclass(frozen=True)
class Stage:
    """A server that runs, and the people who use it, each logged in."""

    address: str
    runtime: Runtime
    logins: tuple[Login, ...]
    host: Caller
    guests: tuple[tuple[GuestParty, Caller], ...]

    @property
    def folder(self) -> Path:
        """The folder of the database and everything else that the server stores."""
        return self.runtime.settings.data_dir

    async def connect_kitchen(self, restaurant: Restaurant, address: str) -> None:
        """Have the restaurant's webhooks sent to this address."""
        connected = msgspec.structs.replace(restaurant, webhook_url=address)
        await self.runtime.catalogue.add_or_replace(_OPERATOR, [connected])

    async def hear_out(self) -> None:
        """Wait a moment until every webhook has arrived."""
        for _ in range(_LOOKS):
            left = await self.runtime.outbox.backlog()
            if not left.unread + left.waiting + left.sending:
                break
            await asyncio.sleep(WAIT_SECONDS / _LOOKS)


@contextmanager
def throw_away_folder() -> Iterator[Path]:
    """A folder that only its owner can read, removed when the block ends, however it ends."""
    with TemporaryDirectory(prefix="bakureserve-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def settings_for(
    folder: Path, *, host: str, port: int, router: str, speed: float, people: int
) -> Settings:
    """Settings of the demo's own server; the environment and `.env` are ignored.

    All callers share this machine's address and a fast clock: their quota is what so many clients
    would have in so much time. Raises SettingsError for a value that is not allowed.
    """
    quota = Settings().rate_limit_requests * people * ceil(speed)
    given = {
        "data_dir": folder,
        "host": host,
        "port": port,
        "osrm_base_url": router or NO_ROUTER,
        "backup_interval": "off",
        "rate_limit_requests": min(quota, _MOST_REQUESTS),
        "shutdown_timeout_seconds": _STOPPING_SECONDS,
        "log_format": "json",
        "webhook_secret": secrets.token_hex(16),
        "webhook_private_addresses": True,
    }
    return load_settings(given, environ={}, dotenv=None).settings


def free_ports(host: str) -> Iterator[int]:
    """The usual port and the next ones, those that are free when they are asked for; at last 0,
    with which the system chooses."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in range(USUAL_PORT, USUAL_PORT + _PORTS_TRIED):
        try:
            socket.create_server((host, port), family=family).close()
        except OSError as refusal:
            if refusal.errno != errno.EADDRINUSE:
                yield USUAL_PORT  # not this machine's address: the server reports that
                return
        else:
            yield port
    yield 0


@asynccontextmanager
async def open_stage(
    settings: Settings,
    clock: FastClock,
    restaurant: Restaurant,
    cast: Sequence[GuestParty],
    *,
    seeks_port: bool,
) -> AsyncIterator[Stage]:
    """A new database, a server on it, and accounts for the cast and the spectators.

    With `seeks_port` it listens on one that is free. Raises Unavailable when the address cannot be
    taken, and the errors of the store.
    """
    import aiohttp

    prepare_store(settings, clock=clock)
    ports = free_ports(settings.host) if seeks_port else (settings.port,)
    password = secrets.token_hex(4)
    with (settings.data_dir / "server.log").open("w", encoding="utf-8") as log:
        async with (
            _open_server(settings, clock, log, ports) as (runtime, address),
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
        ):
            staff = await _staff(runtime, restaurant, password)
            host = Caller(http, address, clock)
            await host.log_in(email=staff[1].email, password=password)
            guests = tuple((party, Caller(http, address, clock)) for party in cast)
            await asyncio.gather(*(_sign_up(runtime, *guest, password) for guest in guests))
            logins = (*staff, Login("guest", cast[0].email, password))
            yield Stage(address, runtime, logins, host, guests)


@asynccontextmanager
async def _open_server(
    settings: Settings, clock: FastClock, log: TextIO, ports: Iterable[int]
) -> AsyncIterator[tuple[Runtime, str]]:
    """The server on the first port that it gets: another demo may take one that was just free.

    Raises Unavailable when it gets none.
    """
    from bakureserve.server.serving import open_server

    refusal: Unavailable | None = None
    async with AsyncExitStack() as held:
        for port in ports:
            server = open_server(
                replace(settings, port=port), clock=clock, log=log, hashing=_HASHING
            )
            try:
                opened = await held.enter_async_context(server)
            except Unavailable as error:
                if error.code != "cannot_listen":
                    raise
                refusal = error
            else:
                yield opened
                return
    if refusal is not None:
        raise refusal


async def _staff(runtime: Runtime, restaurant: Restaurant, password: str) -> tuple[Login, ...]:
    """The administrator and the host, as an operator adds them."""
    admin = Login("admin", "admin@demo.example", password)
    host = Login("host", "host@demo.example", password)
    add = runtime.users.add
    await add(_OPERATOR, name="Admin", email=admin.email, password=password, role="admin")
    await add(_OPERATOR, name="Host", email=host.email, password=password)
    await runtime.users.grant(_OPERATOR, host.email, restaurant.id)
    return admin, host


async def _sign_up(runtime: Runtime, party: GuestParty, caller: Caller, password: str) -> None:
    """As a guest does on the page; the operator vouches for the address."""
    await caller.sign_up(name=party.name, email=party.email, phone=party.phone, password=password)
    await runtime.users.verify(_OPERATOR, party.email)
