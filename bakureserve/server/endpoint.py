"""How a handler is declared an endpoint of the API, and the types that fields share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    TypedDict,
    Union,
    Unpack,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec
from aiohttp import web
from msgspec import Meta

from bakureserve.server.call import AioHandler, Auth, H, Handler, aiohttp_handler
from bakureserve.server.reply import JSON, Reply

LONGEST_INPUT = 400
"""Characters of any text field: the rules look at it more closely."""

InputText = Annotated[str, Meta(max_length=LONGEST_INPUT)]
SearchText = Annotated[str, Meta(max_length=200)]
PartySize = Annotated[int, Meta(ge=1, le=1000, description="Covers.")]


@dataclass(frozen=True)
class Endpoint:
    """One call of the API: how it is routed, what goes in, what comes out, and who may call it.

    `path` holds `{names}`; `aliases` answer alike. `query` and `body` are struct types; unknown
    fields of either are ignored and named in the answer's `Ignored-Fields`, and of a repeated query
    parameter the last counts. `reply` is the type of the answer's JSON, or None for an answer
    without. A WebSocket is a GET of `status` 101 whose `reply` is the type of its messages;
    `auth` "first message" lets its client authenticate by header or by first message, which the
    handler checks. `weight` counts against the client's rate limit, 0 for probes. With
    `auth` "none" no token is needed, and a bad one does no harm: old clients send an expired one
    with every call. It is ignored unless the call `recognises` the sender of a good one. A `shared`
    read answers all who ask alike with the same bytes until the store or the photos change, or the
    moment comes that its handler sets as `good_until`. For the documentation, `problems` are its
    own error statuses, and `also` those that come with a `reply` beside `status`.
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
    shared: bool = False

    @property
    def identifies(self) -> bool:
        """Whether the server looks at who asks."""
        return self.auth != "none"

    def aiohttp_handler(self) -> AioHandler:
        """The handler as aiohttp routes it."""
        return aiohttp_handler(
            self.handler,
            auth=self.auth,
            is_read=self.method == "GET",
            query=self.query,
            body=self.body,
            body_required=self.body_required,
            idempotent=self.idempotent,
            shared=self.shared,
            status=self.status,
        )


class Declared(TypedDict, total=False):
    """What an endpoint declares beside its handler's annotations; `Endpoint` explains each.

    Left out, `tag`, `auth` and `problems` are the group's, and `status` is 200, or 204 for an
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
    shared: bool
    reply_media_type: str


class Group:
    """Endpoints that the API's description shows together, each declared on its handler.

    `tag`, `auth` and `problems` hold for every endpoint that does not declare its own.

    A handler takes a `Call[Query, Body]`, each a struct or None (a `Body | None` may be left out),
    and returns the answer's JSON: a struct, a list, a `Reply[T]`, or None.
    """

    def __init__(self, tag: str, *, auth: Auth = "none", problems: tuple[int, ...] = ()) -> None:
        self.endpoints: list[Endpoint] = []
        self._common: Declared = {"tag": tag, "auth": auth, "problems": problems}

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
                **self._common,
                "status": 200 if annotated["reply"] else 204,
                **annotated,
                **declared,
            }
            self.endpoints.append(Endpoint(method, path, handler, summary=summary, **said))
            return handler

        return declare


def _annotated(handler: Handler) -> dict[str, Any]:
    """The query, body and reply of an endpoint, by its handler's annotations."""
    hints = get_type_hints(handler, include_extras=True)
    reply = hints.pop("return")
    (call,) = hints.values()
    query, body = get_args(call)
    may_be_empty = isinstance(body, UnionType)
    if may_be_empty:
        (body,) = (each for each in get_args(body) if each is not NoneType)
    if get_origin(reply) in {Union, UnionType}:  # a long list is sent as it is read
        (reply,) = (each for each in get_args(reply) if each is not web.StreamResponse)
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
