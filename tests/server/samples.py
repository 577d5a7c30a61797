"""Endpoints for tests: one of each kind that the adapter knows."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bakureserve.domain.errors import Conflict, StoreBusy
from bakureserve.server.call import Call
from bakureserve.server.endpoint import Endpoint
from bakureserve.server.reply import Reply


class Search(msgspec.Struct):
    size: Annotated[int, Meta(ge=1, le=20)]
    day: dt.date | None = None
    q: str = ""
    near: float = 0.0


class Order(msgspec.Struct):
    covers: Annotated[int, Meta(ge=1, le=20)]
    name: Annotated[str, Meta(min_length=1, max_length=8)]
    scope: Literal["starters", "full"] = "full"
    notes: str | UnsetType | None = UNSET
    auto: bool = False
    items: list[str] = msgspec.field(default_factory=list)
    near: float = 0.0


class Seen(msgspec.Struct):
    """What a handler was given, told back."""

    id: str = ""
    size: int = 0
    q: str = ""
    order: Order | None = None
    key: str | None = None
    actor: str | None = None
    request_id: str = ""
    now: dt.datetime | None = None
    place: tuple[float, float] = (0.0, 0.0)


async def search(call: Call[Search, None]) -> Seen:
    return Seen(id=call.path.get("id", ""), size=call.query.size, q=call.query.q, now=call.now)


async def order(call: Call[None, Order]) -> Seen:
    return Seen(order=call.body, key=call.idempotency_key)


async def order_or_not(call: Call[None, Order | None]) -> Seen:
    return Seen(order=call.body)


async def who(call: Call[None, None]) -> Seen:
    return Seen(actor=call.actor.subject, request_id=call.actor.request_id)


async def tagged(_call: Call[None, None]) -> Reply:
    return Reply(b'{"ready":"made"}', etag='"v1"', headers={"Cache-Control": "no-cache"})


async def nothing(_call: Call[None, None]) -> None:
    return None


async def crash(_call: Call[None, None]) -> None:
    raise RuntimeError("the secret is swordfish")


async def taken(_call: Call[None, None]) -> None:
    raise Conflict("sample_taken", table="T1")


async def busy(_call: Call[None, None]) -> None:
    raise StoreBusy("sample_busy")


SAMPLES = (
    Endpoint("GET", "/v1/things/{id}", search, tag="S", summary="S", query=Search, reply=Seen),
    Endpoint(
        "POST",
        "/v1/orders",
        order,
        tag="S",
        summary="S",
        body=Order,
        reply=Seen,
        status=201,
        idempotent=True,
    ),
    Endpoint(
        "POST",
        "/v1/maybe",
        order_or_not,
        tag="S",
        summary="S",
        body=Order,
        body_required=False,
        reply=Seen,
    ),
    Endpoint("GET", "/v1/token", who, tag="S", summary="S", reply=Seen, auth="token"),
    Endpoint("GET", "/v1/staff", who, tag="S", summary="S", reply=Seen, auth="staff"),
    Endpoint("GET", "/v1/admin", who, tag="S", summary="S", reply=Seen, auth="admin"),
    Endpoint("GET", "/v1/tagged", tagged, tag="S", summary="S", reply=Seen),
    Endpoint("DELETE", "/v1/nothing", nothing, tag="S", summary="S", status=204),
    Endpoint("GET", "/v1/crash", crash, tag="S", summary="S", status=204),
    Endpoint("GET", "/v1/taken", taken, tag="S", summary="S", status=204, problems=(409,)),
    Endpoint("GET", "/v1/busy", busy, tag="S", summary="S", status=204, problems=(503,)),
    Endpoint("GET", "/v1/heavy", nothing, tag="S", summary="S", status=204, weight=5),
)
