"""Endpoints for tests: one of each kind that the adapter knows."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bakureserve.domain.errors import Conflict, StoreBusy
from bakureserve.server.call import Call
from bakureserve.server.endpoint import Group
from bakureserve.server.reply import Reply

api = Group("S")


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


@api.get("/v1/things/{id}", "S")
async def search(call: Call[Search, None]) -> Seen:
    return Seen(id=call.path.get("id", ""), size=call.query.size, q=call.query.q, now=call.now)


@api.post("/v1/orders", "S", status=201, idempotent=True)
async def order(call: Call[None, Order]) -> Seen:
    return Seen(order=call.body, key=call.idempotency_key)


@api.post("/v1/maybe", "S")
async def order_or_not(call: Call[None, Order | None]) -> Seen:
    return Seen(order=call.body)


@api.get("/v1/token", "S", auth="token")
@api.get("/v1/staff", "S", auth="staff")
@api.get("/v1/admin", "S", auth="admin")
async def who(call: Call[None, None]) -> Seen:
    return Seen(actor=call.actor.subject, request_id=call.actor.request_id)


@api.get("/v1/tagged", "S")
async def tagged(_call: Call[None, None]) -> Reply[Seen]:
    return Reply(b'{"ready":"made"}', etag='"v1"', headers={"Cache-Control": "no-cache"})


@api.delete("/v1/nothing", "S")
@api.get("/v1/heavy", "S", weight=5)
async def nothing(_call: Call[None, None]) -> None:
    return None


@api.get("/v1/crash", "S")
async def crash(_call: Call[None, None]) -> None:
    raise RuntimeError("the secret is swordfish")


@api.get("/v1/taken", "S", problems=(409,))
async def taken(_call: Call[None, None]) -> None:
    raise Conflict("sample_taken", table="T1")


@api.get("/v1/busy", "S", problems=(503,))
async def busy(_call: Call[None, None]) -> None:
    raise StoreBusy("sample_busy")


SAMPLES = tuple(api.endpoints)
