"""How a handler is declared an endpoint of the API, what it is given, and how it is routed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from itertools import islice
from types import NoneType, UnionType
from typing import (
    Any,
    Generic,
    Literal,
    TypedDict,
    TypeVar,
    Unpack,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec
from aiohttp import web

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import (
    BadRequest,
    Forbidden,
    NotFound,
    Unauthenticated,
)
from bakureserve.domain.ids import canonical
from bakureserve.domain.reading import Shape, read_body, read_query, shape_of
from bakureserve.locale import Language, named_language, negotiate
from bakureserve.server.body import NO_BODY, read_json
from bakureserve.server.exchange import Exchange
from bakureserve.server.keys import CLOCK, EXCHANGE, RUNTIME
from bakureserve.server.reply import JSON, Reply, respond

Q = TypeVar("Q")
B = TypeVar("B")


class Call(Generic[Q, B]):
    """One call: its parsed path, query and body, who makes it, and when (UTC).

    `query` and `body` are of the types that the endpoint declares, and None where it declares none
    or an optional body was empty. `ignored` names what came and is a field of neither. `visitor`
    is None for a stranger, `actor` never is.
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
        """Who calls; raises Unauthenticated for a stranger: endpoints with `auth` meet none."""
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


Auth = Literal["none", "token", "first message", "staff", "admin"]
ANYBODY: frozenset[Auth] = frozenset({"none", "first message"})
"""The kinds whose handler every caller reaches."""
Handler = Callable[[Call[Any, Any]], Awaitable[object]]
H = TypeVar("H", bound=Handler)
AioHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LONGEST_IDEMPOTENCY_KEY = 255
IGNORED_FIELDS = "Ignored-Fields"
MOST_NAMED, LONGEST_NAMED = 20, 64
"""How many ignored fields an answer names, and how many characters each may have."""

_TOKEN = re.compile(rf"[!#$%&'*+.^_`|~0-9A-Za-z-]{{1,{LONGEST_NAMED}}}")


@dataclass(frozen=True)
class Endpoint:
    """One call of the API: how it is routed, what goes in, what comes out, and who may call it.

    `path` holds `{names}`; `aliases` answer alike. `query` and `body` are struct types; unknown
    fields of either are ignored and named in the answer's `Ignored-Fields`, and of a repeated query
    parameter the last counts. `reply` is the type of the answer's JSON, or None for an answer
    without. A WebSocket is a GET of `status` 101 whose `reply` is the type of its messages;
    `auth` "first message" lets its client say who they are by header or by message, which is
    the handler's to see to. `weight` counts against the client's rate limit, 0 for probes. With
    `auth` "none" no token is needed, and a bad one does no harm: old clients send an expired one
    with every call. It is not looked at unless the call `recognises` the sender of a good one.
    `problems` are the error statuses of its own, and `also` those that come with a `reply` beside
    `status`: for documentation.
    """

    method: str
    path: str
    handler: Handler
    _: KW_ONLY
    tag: str
    summary: str
    query: type[msgspec.Struct] | None = None
    body: type[msgspec.Struct] | None = None
    body_required: bool = True
    reply: Any = None
    reply_media_type: str = JSON
    status: int = 200
    also: tuple[int, ...] = ()
    auth: Auth = "none"
    weight: int = 1
    idempotent: bool = False
    problems: tuple[int, ...] = ()
    aliases: tuple[str, ...] = ()
    recognises: bool = False

    @property
    def identifies(self) -> bool:
        """Whether it is looked at who asks."""
        return self.auth != "none"


class Declared(TypedDict, total=False):
    """What is said of an endpoint beside its handler's annotations; `Endpoint` says what it means.

    `auth` and `tag` are the group's where they are left out, and `status` is 200, or 204 for an
    answer without JSON.
    """

    tag: str
    status: int
    also: tuple[int, ...]
    auth: Auth
    weight: int
    idempotent: bool
    problems: tuple[int, ...]
    aliases: tuple[str, ...]
    recognises: bool
    reply_media_type: str


class Group:
    """Endpoints that the API's description shows together, each declared on its handler.

    A handler takes a `Call[Query, Body]`, each a struct or None (a `Body | None` may be
    left out), and returns what the answer's JSON is: a struct, a list, a `Reply[T]`, or None.
    """

    def __init__(self, tag: str, *, auth: Auth = "none") -> None:
        self.endpoints: list[Endpoint] = []
        self._tag = tag
        self._auth = auth

    def get(self, path: str, summary: str, **declared: Unpack[Declared]) -> Callable[[H], H]:
        return self._declaring("GET", path, summary, declared)

    def post(self, path: str, summary: str, **declared: Unpack[Declared]) -> Callable[[H], H]:
        return self._declaring("POST", path, summary, declared)

    def put(self, path: str, summary: str, **declared: Unpack[Declared]) -> Callable[[H], H]:
        return self._declaring("PUT", path, summary, declared)

    def patch(self, path: str, summary: str, **declared: Unpack[Declared]) -> Callable[[H], H]:
        return self._declaring("PATCH", path, summary, declared)

    def delete(self, path: str, summary: str, **declared: Unpack[Declared]) -> Callable[[H], H]:
        return self._declaring("DELETE", path, summary, declared)

    def websocket(
        self, path: str, summary: str, *, messages: type[msgspec.Struct], problems: tuple[int, ...]
    ) -> Callable[[H], H]:
        """A GET that becomes a WebSocket, which sends `messages`."""
        declared: Declared = {"status": 101, "auth": "first message", "problems": problems}
        return self._declaring("GET", path, summary, declared, reply=messages)

    def _declaring(
        self, method: str, path: str, summary: str, declared: Declared, *, reply: Any = None
    ) -> Callable[[H], H]:
        def declare(handler: H) -> H:
            annotated = _annotated(handler)
            if reply is not None:
                annotated["reply"] = reply
            said: dict[str, Any] = {
                "tag": self._tag,
                "auth": self._auth,
                "status": 200 if annotated["reply"] else 204,
                **annotated,
                **declared,
            }
            self.endpoints.append(Endpoint(method, path, handler, summary=summary, **said))
            return handler

        return declare


def _annotated(handler: Handler) -> dict[str, Any]:
    """What the types of a handler say of its endpoint."""
    hints = get_type_hints(handler, include_extras=True)
    reply = hints.pop("return")
    (call,) = hints.values()
    query, body = get_args(call)
    may_be_empty = isinstance(body, UnionType)
    if may_be_empty:
        (body,) = (each for each in get_args(body) if each is not NoneType)
    if get_origin(reply) is Reply:
        (reply,) = get_args(reply)
    return {
        "query": _or_none(query),
        "body": _or_none(body),
        "body_required": not may_be_empty,
        "reply": _or_none(reply),
    }


def _or_none(kind: Any) -> Any:
    return None if kind is NoneType else kind


def adapt(endpoint: Endpoint) -> AioHandler:
    """aiohttp's handler for `endpoint`. Checks who is asking before it looks at what they sent."""
    handler, auth, status = endpoint.handler, endpoint.auth, endpoint.status
    personal = endpoint.identifies
    is_for_admins, is_read = auth == "admin", endpoint.method == "GET"
    query = shape_of(endpoint.query) if endpoint.query else None
    body = shape_of(endpoint.body) if endpoint.body else None

    async def answer(request: web.Request) -> web.StreamResponse:
        exchange = request[EXCHANGE]
        if auth not in ANYBODY:
            _require(auth, exchange.actor)
        if (
            (actor := exchange.actor) is not None
            and actor.rights is not None
            and (is_for_admins or (is_read and actor.sees_others))
        ):
            await request.app[RUNTIME].users.require_standing(actor)
        ignored: list[str] = []
        call = Call(
            request,
            exchange,
            path=_path(request),
            query=_query(request, query, ignored),
            body=await _body(request, body, endpoint.body_required, ignored) if body else None,
            ignored=ignored,
            idempotency_key=_idempotency_key(request) if endpoint.idempotent else None,
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
    """The values of the path's names, UUIDs in small letters and a table's id as it is.

    No id holds a NUL, and no store need be asked for one.
    """
    path = request.match_info
    if path and any("\0" in value for value in path.values()):
        raise NotFound("route_not_found")
    if any(canonical(value) != value for name, value in path.items() if name != "table"):
        return {
            name: value if name == "table" else canonical(value) for name, value in path.items()
        }
    return path


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
    """The first MOST_NAMED of them that a header can name: tokens of RFC 9110, not too long."""
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
