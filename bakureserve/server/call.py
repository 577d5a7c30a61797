"""What a handler is given: one parsed call of the API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Generic, TypeVar

from aiohttp import web

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Unauthenticated
from bakureserve.locale import Language, named_language, negotiate
from bakureserve.server.exchange import Exchange
from bakureserve.server.keys import CLOCK

Q = TypeVar("Q")
B = TypeVar("B")


class Call(Generic[Q, B]):
    """One call: its parsed path, query and body, who makes it, and when (UTC).

    `query` and `body` are of the types that the endpoint declares, and None where it declares none
    or an optional body was empty. `ignored` names what came and is a field of neither. `visitor`
    may be nobody, `actor` is always somebody.
    """

    __slots__ = (
        "_now",
        "body",
        "exchange",
        "idempotency_key",
        "ignored",
        "path",
        "query",
        "request",
    )

    def __init__(
        self,
        request: web.Request,
        exchange: Exchange,
        *,
        path: Mapping[str, str],
        query: Q,
        body: B,
        ignored: Collection[str] = (),
        idempotency_key: str | None,
    ) -> None:
        self.request = request
        self.exchange = exchange
        self.path = path
        self.query = query
        self.body = body
        self.ignored = ignored
        self.idempotency_key = idempotency_key
        self._now: dt.datetime | None = None

    @property
    def app(self) -> web.Application:
        return self.request.app

    @property
    def now(self) -> dt.datetime:
        """The moment this call is judged by: the same whenever it is asked for."""
        if self._now is None:
            self._now = self.app[CLOCK]()
        return self._now

    @property
    def actor(self) -> Actor:
        """Who calls; raises Unauthenticated for nobody, which endpoints with `auth` never meet."""
        if self.visitor is None:
            raise Unauthenticated("token_missing")
        return self.visitor

    @property
    def visitor(self) -> Actor | None:
        return self.exchange.actor

    @property
    def request_id(self) -> str:
        return self.exchange.request_id

    @property
    def language(self) -> Language:
        """The language of ours that the caller likes best."""
        return negotiate(self.request.headers.get("Accept-Language", ""))

    @property
    def named_language(self) -> Language | None:
        """The same, if the caller named one of ours."""
        return named_language(self.request.headers.get("Accept-Language", ""))
