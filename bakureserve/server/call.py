"""One call: who may make it, what came in with it, and what its handler's answer becomes."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from itertools import islice
from typing import (
    Any,
    Final,
    Generic,
    Literal,
    TypeVar,
)

import msgspec
from aiohttp import HttpVersion11, web
from aiohttp.http_exceptions import HttpProcessingError

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import (
    BadRequest,
    Forbidden,
    NotFound,
    Unauthenticated,
)
from bakureserve.domain.language import Language
from bakureserve.domain.reading import Shape, read_body, read_query, shape_of
from bakureserve.domain.text import canonical_id
from bakureserve.locale import named_language, negotiate
from bakureserve.runtime import Runtime
from bakureserve.server.app_keys import CLOCK, RUNTIME
from bakureserve.server.pipeline import EXCHANGE, Exchange, Marks
from bakureserve.server.problems import BODY_LIMIT
from bakureserve.server.reply import JSON, Reply, accepts_gzip, is_fresh

Q = TypeVar("Q")
B = TypeVar("B")


class Call(Generic[Q, B]):
    """One call: its parsed path, query and body, who makes it, and when (UTC).

    `query` and `body` have the types that the endpoint declares, and are None where it declares
    none or an optional body was empty. `ignored` names the fields that neither of them has.
    `visitor` is None for a stranger, `actor` never is.
    """

    __slots__ = (
        "_now",
        "app",
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
        self.app = request.app  # which aiohttp looks for at every use
        self.exchange = exchange
        self.path = path
        self.query = query
        self.body = body
        self.ignored = ignored
        self.idempotency_key = idempotency_key
        self._now: dt.datetime | None = None

    @property
    def runtime(self) -> Runtime:
        return self.app[RUNTIME]

    @property
    def now(self) -> dt.datetime:
        """The moment this call is judged by, which stays the same throughout."""
        if self._now is None:
            self._now = self.app[CLOCK]()
        return self._now

    @property
    def actor(self) -> Actor:
        """Who calls; raises Unauthenticated for a stranger: endpoints with `auth` meet none."""
        if self.visitor is None:
            raise Unauthenticated("token_missing")
        return self.visitor

    @property
    def visitor(self) -> Actor | None:
        return self.exchange.actor

    def good_until(self, moment: dt.datetime | None) -> None:
        """Note when the passing of time alone will change a shared answer; None for never."""
        self.exchange.good_until = moment

    @property
    def request_id(self) -> str:
        return self.exchange.request_id

    @property
    def accepts_gzip(self) -> bool:
        """Whether the caller takes an answer in gzip."""
        return accepts_gzip(",".join(self.request.headers.getall("Accept-Encoding", ())))

    @property
    def language(self) -> Language:
        """The supported language that the caller prefers."""
        return negotiate(self.request.headers.get("Accept-Language", ""))

    @property
    def named_language(self) -> Language | None:
        """The same, or None if the caller named none that we support."""
        return named_language(self.request.headers.get("Accept-Language", ""))


Auth = Literal["none", "token", "first message", "staff", "admin"]
ANYBODY: frozenset[Auth] = frozenset({"none", "first message"})
"""The kinds of `auth` with which every caller reaches the handler."""
Handler = Callable[[Call[Any, Any]], Awaitable[object]]
H = TypeVar("H", bound=Handler)
AioHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LONGEST_IDEMPOTENCY_KEY = 255
IGNORED_FIELDS = "Ignored-Fields"
MOST_NAMED, LONGEST_NAMED = 20, 64
"""How many ignored fields an answer names, and how many characters each may have."""

_TOKEN = re.compile(rf"[!#$%&'*+.^_`|~0-9A-Za-z-]{{1,{LONGEST_NAMED}}}")


def aiohttp_handler(
    handler: Handler,
    *,
    auth: Auth,
    is_read: bool,
    query: type[msgspec.Struct] | None,
    body: type[msgspec.Struct] | None,
    body_required: bool,
    idempotent: bool,
    shared: bool,
    status: int,
) -> AioHandler:
    """aiohttp's handler around ours. Checks the caller before it reads what they sent."""
    personal, is_for_admins = auth != "none", auth == "admin"
    query_shape = shape_of(query) if query else None
    body_shape = shape_of(body) if body else None

    async def answer(request: web.Request) -> web.StreamResponse:
        exchange = request[EXCHANGE]
        if auth not in ANYBODY:
            _require(auth, exchange.actor)
        if (  # tokens outlive a right that was taken away: ask the store where it matters
            (actor := exchange.actor) is not None
            and actor.rights is not None
            and (is_for_admins or (is_read and actor.sees_others))
        ):
            await request.app[RUNTIME].users.require_standing(actor)
        if shared:  # before anything is read: what changes meanwhile must not go unnoticed
            runtime = request.app[RUNTIME]
            exchange.seen = Marks(runtime.database.change_mark(), runtime.photos.mark)
        ignored: list[str] = []
        call = Call(
            request,
            exchange,
            path=_path(request),
            query=_query(request, query_shape, ignored),
            body=await _body(request, body_shape, body_required, ignored) if body_shape else None,
            ignored=ignored,
            idempotency_key=_idempotency_key(request) if idempotent else None,
        )
        if ignored and (named := _nameable(ignored)):
            exchange.headers.append((IGNORED_FIELDS, ", ".join(named)))
        return respond(await handler(call), request, status, personal=personal)

    return answer


def _require(auth: Auth, actor: Actor | None) -> None:
    if actor is None:
        raise Unauthenticated("token_missing")
    if auth == "staff" and not actor.sees_others:
        raise Forbidden("staff_only")
    if auth == "admin":
        actor.require_admin()


def _path(request: web.Request) -> Mapping[str, str]:
    """The values of the path's names: UUIDs in lower case, a table's id as it is.

    A NUL is in no id, and never reaches the store.
    """
    path = request.match_info
    said = "".join(path.values())
    if "\0" in said:
        raise NotFound("route_not_found")
    if not said or said.islower():  # as nearly always
        return path
    return {name: value if name == "table" else canonical_id(value) for name, value in path.items()}


def _query(request: web.Request, shape: Shape | None, ignored: list[str]) -> Any:
    if shape is None:
        if request.rel_url.raw_query_string:
            ignored += dict(request.query)
        return None
    if shape.empty is not None and not request.rel_url.raw_query_string:
        return shape.empty
    value, unknown = read_query(dict(request.query.items()), shape)
    ignored += unknown
    return value


async def _body(request: web.Request, shape: Shape, required: bool, ignored: list[str]) -> Any:
    raw = await read_json(request)
    if raw is not NO_BODY:
        value, unknown = read_body(raw, shape)
        ignored += unknown
        return value
    if required:
        raise BadRequest("body_missing")
    return None


def _nameable(names: Iterable[str]) -> list[str]:
    """The first MOST_NAMED that a header can carry: tokens of RFC 9110, not too long."""
    return list(islice((name for name in names if _TOKEN.fullmatch(name)), MOST_NAMED))


def _idempotency_key(request: web.Request) -> str | None:
    keys = request.headers.getall("Idempotency-Key", ())
    if not keys:
        return None
    key = keys[0]
    sound = 1 <= len(key) <= LONGEST_IDEMPOTENCY_KEY and all("!" <= letter <= "~" for letter in key)
    if not sound or len(keys) > 1:
        raise BadRequest("idempotency_key_malformed", longest=LONGEST_IDEMPOTENCY_KEY)
    return key


SLOWEST_SECONDS = 30.0
"""How long a body may take to arrive, so that no trickle holds a connection and memory."""

NO_BODY: Final = msgspec.UNSET


async def read_json(request: web.Request) -> Any:
    """The decoded body, or NO_BODY when it is empty, in which case its media type does not matter.

    Repeated keys of an object count as the last one. Raises BadRequest, or aiohttp's 408, 413
    and 415.
    """
    raw = await _read(request)
    if not raw:
        return NO_BODY
    _require_json(request)
    return _decode(raw)


async def ask_for_body(request: web.Request) -> None:
    """Tell a client that holds back its body to send it (RFC 9110, section 10.1.1).

    Other expectations are ignored, as a server may: aiohttp would refuse them in plain text and
    name its version.
    """
    if request.headers["Expect"].lower() == "100-continue" and request.version >= HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # of the answer itself nothing is sent yet


async def _read(request: web.Request) -> bytes:
    try:
        if request.content.is_eof():  # as nearly always: it came in one piece with the head
            return _whole(request.content.read_nowait())
        if request.transport is None:  # hung up already, which aiohttp takes for a mistake of ours
            raise BadRequest("body_incomplete")
        async with asyncio.timeout(SLOWEST_SECONDS):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (web.RequestPayloadError, HttpProcessingError, ConnectionError):
        raise BadRequest("body_incomplete") from None


def _whole(body: bytes) -> bytes:
    if len(body) > BODY_LIMIT:
        raise web.HTTPRequestEntityTooLarge(BODY_LIMIT, len(body))
    return body


def _require_json(request: web.Request) -> None:
    headers = request.headers
    if headers.get("Content-Type") == JSON and "Content-Encoding" not in headers:
        return  # as nearly always
    kind = request.content_type
    is_json = kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )
    if not is_json or (request.charset or "utf-8").lower() not in {"utf-8", "utf8"}:
        raise web.HTTPUnsupportedMediaType
    if any(each.strip().lower() != "identity" for each in _codings(request)):
        raise web.HTTPUnsupportedMediaType(headers={"Accept-Encoding": "identity"})


def _codings(request: web.Request) -> list[str]:
    """The content codings of the body, such as `gzip`: none is undone (RFC 9110, section 8.4)."""
    return ",".join(request.headers.getall("Content-Encoding", ["identity"])).split(",")


def _decode(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, ValueError):
        raise BadRequest("body_not_json") from None
    except RecursionError:
        raise BadRequest("body_too_deep") from None


def respond(
    answer: object, request: web.Request, status: int, *, personal: bool = False
) -> web.StreamResponse:
    """The response for what a handler returned: a Reply, a struct, bytes of JSON, or None (204).

    A `personal` one is kept by no cache, whatever the handler forgot to say.
    """
    if not isinstance(answer, Reply):
        if isinstance(answer, web.StreamResponse):
            return answer
        answer = Reply(answer)
    reply = answer
    headers = dict(reply.headers)
    if personal:
        headers.setdefault("Cache-Control", "no-store")
    if reply.etag is not None:
        headers["ETag"] = reply.etag
        if is_fresh(request.headers.get("If-None-Match"), reply.etag):
            return web.Response(status=304, headers=headers)
    if reply.body is None:
        return web.Response(status=reply.status or 204, headers=headers)
    headers["Content-Type"] = reply.content_type
    body = reply.body if isinstance(reply.body, bytes) else msgspec.json.encode(reply.body)
    return web.Response(body=body, status=reply.status or status, headers=headers)
