"""One person's calls and streams, with the tokens that they log in for and renew."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from aiohttp import ClientSession, ClientWebSocketResponse

    from bakureserve.cli.demo.clock import FastClock

T = TypeVar("T")

_TRIES = 4
_EARLY_SECONDS = 1.0
"""By our own clock: how long before its end a token is renewed."""
_SIGN_IN_NEEDED = 401
_TOKEN_EXPIRED = 4401
_TRY_AGAIN = frozenset({1013, _TOKEN_EXPIRED})
"""Close codes of a stream after which a reader comes back; see docs/api.md."""


class Refused(Exception):
    """The server said no: with a status, a stable code and a sentence."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail


class Caller:
    """Somebody with an account, and the program in their hand."""

    def __init__(self, http: ClientSession, address: str, clock: FastClock) -> None:
        self._http = http
        self._address = address
        self._clock = clock
        self._renewing = asyncio.Lock()
        self._tokens: dict[str, Any] = {}
        self._until = clock()

    async def sign_up(self, *, name: str, email: str, phone: str, password: str) -> None:
        """Open an account and go on with it. Raises Refused, as all of these do."""
        account = {"name": name, "email": email, "phone": phone, "password": password}
        self._go_on_with(await self._send("POST", "/v1/auth/signup", account))

    async def log_in(self, *, email: str, password: str) -> None:
        entry = {"email": email, "password": password}
        self._go_on_with(await self._send("POST", "/v1/auth/login", entry))

    async def get(self, path: str, **query: str) -> Any:
        return await self._call("GET", path, query=query)

    async def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return await self._call("POST", path, body)

    async def follow(self, path: str) -> AsyncIterator[dict[str, Any]]:
        """What a stream tells, heartbeats left out; taken up again with a new token where the old
        one has expired, until the server ends it for good."""
        after: dict[str, str] = {}
        while True:
            stream = await self._with_proof(partial(self._open, path, after))
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
        return await self._with_proof(partial(self._send, method, path, body, query))

    async def _with_proof(self, ask: Callable[[dict[str, str]], Awaitable[T]]) -> T:
        """Ask with a token, and again with another where that has expired on the way: on a clock
        that runs fast it lives for a second or two of the machine's."""
        for _ in range(_TRIES):
            try:
                return await ask(await self._proof())
            except Refused as refusal:
                if refusal.status != _SIGN_IN_NEEDED:
                    raise
            self._until = self._clock()
        return await ask(await self._proof())

    async def _open(
        self, path: str, after: dict[str, str], proof: dict[str, str]
    ) -> ClientWebSocketResponse:
        from aiohttp import WSServerHandshakeError

        try:
            return await self._http.ws_connect(self._address + path, params=after, headers=proof)
        except WSServerHandshakeError as refusal:
            raise Refused(refusal.status, "stream_refused", refusal.message) from refusal

    async def _proof(self) -> dict[str, str]:
        async with self._renewing:
            early = dt.timedelta(seconds=_EARLY_SECONDS * self._clock.speed)
            if self._clock() >= self._until - early:
                used = {"refresh_token": self._tokens["refresh_token"]}
                self._go_on_with(await self._send("POST", "/v1/auth/refresh", used))
            return {"Authorization": f"Bearer {self._tokens['access_token']}"}

    def _go_on_with(self, tokens: dict[str, Any]) -> None:
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
