"""What surrounds every handler: the order of the steps, and what a request carries through them.

A middleware for each step would be a coroutine for each step and request; together they cost as
much as the rest of the server. So only this one is aiohttp's, and the steps are plain functions:

1. The opener names the request and finds its route and client.
2. Guards look at it in turn. A guard lets it pass, refuses it by raising, answers in the handler's
   place, or asks for time.
3. The actor is looked for.
4. The handler answers. An error becomes a problem: an unexpected one is logged and never shown, one
   that an operator has to mend is logged as well.
5. Observers see every answer on its way out, and the headers go on.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import count
from secrets import token_hex
from time import perf_counter
from typing import NamedTuple

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from multidict import CIMultiDict

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import ReserveError, Unavailable
from bakureserve.locale import negotiate
from bakureserve.server.logs import log_trouble
from bakureserve.server.problems import (
    BODY_LIMIT,
    INTERNAL_ERROR,
    HttpRefusal,
    problem_response,
    refusal_of,
)


class RouteFacts(NamedTuple):
    """What the pipeline knows of a route.

    `weight` 0 is a probe, which is never limited. The caller is looked for only where the route
    `identifies`, or `recognises`: there a caller without a good proof counts as a stranger.
    """

    template: str
    weight: int = 1
    identifies: bool = False
    recognises: bool = False


UNMATCHED = RouteFacts("unmatched")
"""Stands for every address and method without a route, however many there are."""


class Client(NamedTuple):
    """Who calls: the address, and the key under which its calls are counted together.

    An empty key is not counted.
    """

    address: str
    key: str


class Marks(NamedTuple):
    """What the same answer for everyone depends on: numbers that differ after every change."""

    store: int
    photos: int


CUT_OFF = 499
"""The status noted of a request that got no whole answer: cancelled, or failed half-way."""


class Exchange:
    """One request and its answer. `headers` go onto the answer, whatever becomes of the request.

    `seen` is set for an answer that is the same for everyone who asks alike: what it depends on, as
    that was before any of it was read. The passing of time alone may change it at `good_until`.
    `prepared` turns true when the answer's headers are sent: no other answer is possible then.
    `status` is that of the answer once it is whole, and CUT_OFF until then. A WebSocket's answer is
    its handshake: however the stream ends, it was 101.
    `started` is the moment at which the request came in, on `perf_counter`'s clock.
    """

    __slots__ = (
        "actor",
        "client",
        "good_until",
        "headers",
        "method",
        "prepared",
        "request_id",
        "route",
        "seen",
        "started",
        "status",
    )

    def __init__(self, request_id: str, method: str, route: RouteFacts, client: Client) -> None:
        self.request_id = request_id
        self.method = method
        self.route = route
        self.client = client
        self.actor: Actor | None = None
        self.headers: list[tuple[str, str]] = [("X-Request-ID", request_id)]
        self.prepared = False
        self.seen: Marks | None = None
        self.good_until: dt.datetime | None = None
        self.status = CUT_OFF
        self.started = perf_counter()


EXCHANGE: web.RequestKey[Exchange] = web.RequestKey("exchange", Exchange)

Opener = Callable[[web.Request], Exchange]
Guard = Callable[[web.Request, Exchange], web.Response | Awaitable[None] | None]
NoteActor = Callable[[web.Request, Exchange], Awaitable[None]]
"""Sets the exchange's actor, on routes that look at who asks. Raises Unauthenticated."""
Observer = Callable[[Exchange, int, float], None]
"""Takes the exchange, the answer's status, and the seconds it took."""

log = structlog.get_logger(__name__)

_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")


def pipeline(
    opener: Opener, guards: Sequence[Guard], note_actor: NoteActor, observers: Sequence[Observer]
) -> Middleware:
    """The one middleware."""

    @web.middleware
    async def surround(request: web.Request, handler: Handler) -> web.StreamResponse:
        exchange = request[EXCHANGE] = opener(request)
        try:
            response = await _answer(request, exchange, guards, note_actor, handler)
            exchange.status = response.status
        finally:
            seconds = perf_counter() - exchange.started
            for observer in observers:
                observer(exchange, exchange.status, seconds)
        if not exchange.prepared:
            put_headers(response, exchange)
        return response

    return surround


async def _answer(
    request: web.Request,
    exchange: Exchange,
    guards: Sequence[Guard],
    note_actor: NoteActor,
    handler: Handler,
) -> web.StreamResponse:
    try:
        for guard in guards:
            answer = guard(request, exchange)
            if answer is not None:
                if isinstance(answer, web.Response):
                    return answer
                await answer
        if exchange.route.identifies or exchange.route.recognises:
            await note_actor(request, exchange)
        return await handler(request)
    except Exception as error:  # noqa: BLE001 - every error becomes an answer
        return answer_error(error, request, exchange)


def request_ids() -> Callable[[], str]:
    """Makes ids of requests: a random word of this process and a number, unique and cheap."""
    process, numbers = token_hex(6), count(1)
    return lambda: f"{process}-{next(numbers):x}"


def request_context(
    routes: Mapping[web.AbstractRoute, RouteFacts],
    client_of: Callable[[web.Request], Client],
    new_id: Callable[[], str],
) -> Opener:
    """Give every request the id that its client sent, if that is sane, or a new one.

    The id ties an answer to its log line and its audit rows.
    """

    def open_exchange(request: web.Request) -> Exchange:
        sent = request.headers.get("X-Request-ID")
        if sent is None or not _SANE.fullmatch(sent):
            sent = new_id()
        route = routes.get(request.match_info.route, UNMATCHED)
        return Exchange(sent, request.method, route, client_of(request))

    return open_exchange


def limit_body(request: web.Request, _exchange: Exchange) -> None:
    """A guard that refuses a body which is announced as too large, before any of it is read.

    aiohttp cuts off a body of unannounced length while it is read.
    """
    if request.body_exists:
        announced = request.content_length or 0
        if announced > BODY_LIMIT:
            raise web.HTTPRequestEntityTooLarge(BODY_LIMIT, announced)


EVERY_ANSWER = CIMultiDict(
    {
        "X-API-Version": "1.0",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Server": "bakureserve",  # in the place of aiohttp's, which names versions
    }
)
"""The headers of every answer that does not bring its own, as pages do: data need load nothing."""


async def begin(response: web.StreamResponse, request: web.Request, exchange: Exchange) -> None:
    """Send the headers of an answer that is more than a Response: a stream, a WebSocket."""
    put_headers(response, exchange)
    try:
        await response.prepare(request)
    except ConnectionError:  # the client has hung up: this was an answer like one cut off later
        exchange.prepared = True
        raise
    exchange.prepared = True
    if isinstance(response, web.WebSocketResponse):
        exchange.status = response.status


def put_headers(response: web.StreamResponse, exchange: Exchange | None = None) -> None:
    """Put on what the steps collected, and what every answer has."""
    if exchange is not None:
        response.headers.extend(exchange.headers)
    response.headers.merge(EVERY_ANSWER)


def answer_error(error: Exception, request: web.Request, exchange: Exchange) -> web.Response:
    """The answer to an error. One after the answer has begun is raised again, which cuts it off."""
    if exchange.prepared:
        if not isinstance(error, ConnectionError):  # the client went away while it was answered
            log_failure(error, request, exchange)
        raise error
    if isinstance(error, web.HTTPException) and error.status < 400:
        return web.Response(status=error.status, headers=error.headers)
    if isinstance(error, (ReserveError, web.HTTPException)):
        refusal = refusal_of(error, request)
        if isinstance(error, Unavailable):
            _log_unavailable(error, request, exchange)
        return _refused(request, exchange, refusal)
    log_failure(error, request, exchange)
    return _refused(request, exchange, INTERNAL_ERROR)


def log_failure(error: Exception, request: web.Request, exchange: Exchange) -> None:
    """Log an error that nothing in the program expects, with its traceback and the request's id."""
    log.error(
        "request_failed",
        request_id=exchange.request_id,
        method=request.method,
        route=exchange.route.template,
        exc_info=error,
    )


def _log_unavailable(error: Unavailable, request: web.Request, exchange: Exchange) -> None:
    """Tell the operator why it was a 503, which the access log does not."""
    log_trouble(
        "request_unavailable",
        error,
        request_id=exchange.request_id,
        method=request.method,
        route=exchange.route.template,
    )


def _refused(request: web.Request, exchange: Exchange, refusal: HttpRefusal) -> web.Response:
    language = negotiate(request.headers.get("Accept-Language", ""))
    return problem_response(refusal, language, exchange.request_id)
