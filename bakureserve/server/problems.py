"""Errors on the wire: problem details (RFC 9457) in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from math import ceil
from typing import Any

import msgspec
from aiohttp import web

from bakureserve.domain.errors import (
    BadRequest,
    Conflict,
    FieldProblem,
    Forbidden,
    Invalid,
    NotFound,
    ReserveError,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from bakureserve.domain.language import Language
from bakureserve.locale import say

BODY_LIMIT = 64 * 1024
"""The largest request body, in bytes."""
RETRY_UNAVAILABLE = 5
"""Seconds after which a client may try again, unless the error knows better."""
PROBLEM_JSON = "application/problem+json"

STATUSES: Mapping[type[ReserveError], int] = {
    BadRequest: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Invalid: 422,
    TooMany: 429,
    Unavailable: 503,
}
HTTP_CODES: Mapping[int, str] = {
    404: "route_not_found",
    405: "method_not_allowed",
    408: "body_too_slow",
    410: "legacy_route_gone",
    413: "body_too_large",
    415: "media_type_unsupported",
    426: "upgrade_required",
}
"""Codes for aiohttp's own exceptions, by status."""


class FieldError(msgspec.Struct, frozen=True):
    """One field that was wrong, and what would be right."""

    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong. `code` is stable and for programs, `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FieldError] | msgspec.UnsetType = msgspec.UNSET


class HttpRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """An error's answer: status and code, the values for its sentence, headers."""

    status: int
    code: str
    params: Mapping[str, Any] = {}
    headers: Mapping[str, str] = {}
    fields: Sequence[FieldProblem] = ()


INTERNAL_ERROR = HttpRefusal(status=500, code="internal_error")


def refusal_of(error: ReserveError | web.HTTPException, request: web.BaseRequest) -> HttpRefusal:
    """How the server answers `error`, still without a language."""
    if isinstance(error, ReserveError):
        return _of_domain(error)
    return _of_http(error, request)


def problem_response(refusal: HttpRefusal, language: Language, request_id: str) -> web.Response:
    """The answer for `refusal`, in `language`."""
    return web.Response(
        body=msgspec.json.encode(problem(refusal, language, request_id)),
        status=refusal.status,
        headers={
            **refusal.headers,
            "Content-Type": PROBLEM_JSON,
            "Content-Language": language,
            "Cache-Control": "no-store",
            "Vary": "Accept-Language",
        },
    )


def problem(refusal: HttpRefusal, language: Language, request_id: str) -> Problem:
    """The document of `refusal`; only a 422 lists fields."""
    errors = [FieldError(f.field, say(f.code, f.params, language)) for f in refusal.fields]
    return Problem(
        type=f"/docs/problems#{refusal.code}",
        title=_title(refusal.status, language),
        status=refusal.status,
        detail=say(refusal.code, refusal.params, language),
        code=refusal.code,
        request_id=request_id,
        errors=errors if refusal.status == 422 else msgspec.UNSET,
    )


def status_of(error: ReserveError) -> int:
    """The HTTP status of the error's base class in `STATUSES`; 500 without one."""
    return next((STATUSES[family] for family in type(error).__mro__ if family in STATUSES), 500)


def _title(status: int, language: Language) -> str:
    if status in STATUSES.values() or status in HTTP_CODES or status == 500:
        return say(f"title_{status}", {}, language)
    return HTTPStatus(status).phrase


def _of_domain(error: ReserveError) -> HttpRefusal:
    return HttpRefusal(
        status=status_of(error),
        code=error.code,
        params=error.params,
        headers=_domain_headers(error),
        fields=error.problems if isinstance(error, Invalid) else (),
    )


def _domain_headers(error: ReserveError) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": _challenge(error.code)}
    if isinstance(error, TooMany):
        return {"Retry-After": str(max(ceil(error.retry_after), 1))}
    if isinstance(error, Unavailable):
        return {"Retry-After": str(ceil(error.params.get("retry_after", RETRY_UNAVAILABLE)))}
    return {}


def _challenge(code: str) -> str:
    """The WWW-Authenticate challenge (RFC 6750, section 3), which says if a token is invalid."""
    refused = ', error="invalid_token"' if code in {"token_bad", "token_expired"} else ""
    return f'Bearer realm="bakureserve"{refused}'


def _of_http(error: web.HTTPException, request: web.BaseRequest) -> HttpRefusal:
    return HttpRefusal(
        status=error.status,
        code=HTTP_CODES.get(error.status, "request_refused"),
        params={
            "status": error.status,
            "method": request.method,
            "allowed": error.headers.get("Allow", ""),
            "largest": BODY_LIMIT,
            "expected": "application/json",
            "successor": f"/v1{request.rel_url.raw_path}",
        },
        headers=_kept_headers(error),
    )


def _kept_headers(error: web.HTTPException) -> dict[str, str]:
    return {name: value for name, value in error.headers.items() if not name.startswith("Content-")}
