"""What surrounds every handler: one pass in, the handler, one pass out.

A middleware for each step would be a coroutine for each step and request; together they cost as
much as the rest of the server. So only this one is aiohttp's. The steps are plain functions, each
in a module of its own: a guard looks at a request on its way in and refuses it by raising, or
answers in the handler's place, or asks for time; a observer is told of every answer on its way out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bakureserve.server.exchange import Exchange
from bakureserve.server.identity import Identify
from bakureserve.server.keys import EXCHANGE
from bakureserve.server.middleware.errors import answer_error
from bakureserve.server.middleware.headers import put_headers
from bakureserve.server.middleware.identity import note_actor

Opener = Callable[[web.Request], Exchange]
Guard = Callable[[web.Request, Exchange], web.Response | Awaitable[None] | None]
Observer = Callable[[web.Request, Exchange, int, float], None]
"""Told the request, its exchange, the answer's status, and the seconds it took."""

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
