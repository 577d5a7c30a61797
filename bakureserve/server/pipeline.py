"""What surrounds every handler: one pass in, the handler, one pass out.

A middleware for each step would be a coroutine for each step and request; together they cost as
much as the rest of the server. So only this one is aiohttp's, and the steps are plain functions. An
opener names the request and finds its route and client; a guard looks at it on its way in and
refuses it by raising, or answers in the handler's place, or asks for time; an observer is told of
every answer on its way out. An error becomes a problem: an unexpected one is logged and never
shown, and one that the operator has to mend is logged as well.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import count
from secrets import token_hex
from time import perf_counter

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bakureserve.domain.errors import ReserveError, Unavailable
from bakureserve.locale import negotiate
from bakureserve.server.exchange import UNMATCHED, Client, Exchange, RouteFacts, put_headers
from bakureserve.server.identity import Identify, note_actor
from bakureserve.server.keys import EXCHANGE
from bakureserve.server.problems import (
    BODY_LIMIT,
    INTERNAL_ERROR,
    Refusal,
    problem_response,
    refusal_of,
)
from bakureserve.server.trouble import log_trouble

Opener = Callable[[web.Request], Exchange]
Guard = Callable[[web.Request, Exchange], web.Response | Awaitable[None] | None]
Observer = Callable[[web.Request, Exchange, int, float], None]
"""Told the request, its exchange, the answer's status, and the seconds it took."""

log = structlog.get_logger(__name__)

_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")
CUT_OFF = 499
"""The status noted of a request that got no whole answer: cancelled, or failed half-way."""


def pipeline(
    opener: Opener, guards: Sequence[Guard], identify: Identify, observers: Sequence[Observer]
) -> Middleware:
    """The one middleware. Guards are asked in order, and the actor is looked for after them."""

    @web.middleware
    async def surround(request: web.Request, handler: Handler) -> web.StreamResponse:
        exchange = request[EXCHANGE] = opener(request)
        status = CUT_OFF
        try:
            response = await _answer(request, exchange, guards, identify, handler)
            status = response.status
        finally:
            seconds = perf_counter() - exchange.started
            for observer in observers:
                observer(request, exchange, status, seconds)
        if not exchange.prepared:
            put_headers(response, exchange)
        return response

    return surround


async def _answer(
    request: web.Request,
    exchange: Exchange,
    guards: Sequence[Guard],
    identify: Identify,
    handler: Handler,
) -> web.StreamResponse:
    try:
        for guard in guards:
            answer = guard(request, exchange)
            if answer is not None:
                if isinstance(answer, web.Response):
                    return answer
                await answer
        await note_actor(request, exchange, identify)
        return await handler(request)
    except Exception as error:  # noqa: BLE001 - every error becomes an answer
        return answer_error(error, request, exchange)


def request_context(
    routes: Mapping[web.AbstractRoute, RouteFacts], identified: Callable[[web.Request], Client]
) -> Opener:
    """Gives every request the id that its client sent, if that is sane, or one of our own.

    Ours are a random word of this process and a number: unique, and cheap to make. The id ties an
    answer to its log line and its audit rows.
    """
    process = token_hex(6)
    numbers = count(1)

    def open_exchange(request: web.Request) -> Exchange:
        sent = request.headers.get("X-Request-ID")
        if sent is None or not _SANE.fullmatch(sent):
            sent = f"{process}-{next(numbers):x}"
        route = routes.get(request.match_info.route, UNMATCHED)
        return Exchange(sent, route, identified(request))

    return open_exchange


def limit_body(request: web.Request, _exchange: Exchange) -> None:
    """A guard that refuses a body which is announced as too large, before any of it is read.

    aiohttp cuts off one that does not say how long it is while it is read.
    """
    if request.body_exists:
        announced = request.content_length or 0
        if announced > BODY_LIMIT:
            raise web.HTTPRequestEntityTooLarge(BODY_LIMIT, announced)


def answer_error(error: Exception, request: web.Request, exchange: Exchange) -> web.Response:
    """The answer to an error. One after the answer has begun is raised again, which cuts it off."""
    if exchange.prepared:
        _log_unexpected(error, request, exchange)
        raise error
    if isinstance(error, web.HTTPException) and error.status < 400:
        return web.Response(status=error.status, headers=error.headers)
    if isinstance(error, (ReserveError, web.HTTPException)):
        refusal = refusal_of(error, request)
        if isinstance(error, Unavailable):
            _log_unavailable(error, request, exchange)
        return _refused(request, exchange, refusal)
    _log_unexpected(error, request, exchange)
    return _refused(request, exchange, INTERNAL_ERROR)


def _log_unexpected(error: Exception, request: web.Request, exchange: Exchange) -> None:
    log.error(
        "request_failed",
        request_id=exchange.request_id,
        method=request.method,
        route=exchange.route.template,
        exc_info=error,
    )


def _log_unavailable(error: Unavailable, request: web.Request, exchange: Exchange) -> None:
    """For the operator, who would see from the access log that it was 503 and not why."""
    log_trouble(
        "request_unavailable",
        error,
        request_id=exchange.request_id,
        method=request.method,
        route=exchange.route.template,
    )


def _refused(request: web.Request, exchange: Exchange, refusal: Refusal) -> web.Response:
    language = negotiate(request.headers.get("Accept-Language", ""))
    return problem_response(refusal, language, exchange.request_id)
