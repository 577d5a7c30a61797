"""Turns whatever a handler raises into a problem; what nobody expected is logged, never shown.

What cannot be served right now is logged as well, since it waits for the operator.
"""

from __future__ import annotations

import structlog
from aiohttp import web

from bakureserve.domain.errors import ReserveError, Unavailable
from bakureserve.locale import negotiate
from bakureserve.server.exchange import Exchange
from bakureserve.server.problems import INTERNAL_ERROR, Refusal, problem_response, refusal_of
from bakureserve.server.trouble import log_trouble

log = structlog.get_logger(__name__)


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
