"""Restaurants in public: list, details, floor plan, availability; and closing a service day."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterable
from typing import Any

import msgspec
from aiohttp import web

from bakureserve.domain.errors import Invalid
from bakureserve.domain.reservations.lifecycle import Unsettled
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.server.app_keys import RESPONSE_CACHE
from bakureserve.server.call import Call
from bakureserve.server.endpoint import Group, PartySize, SearchText
from bakureserve.server.paging import Cursor, PageSize, page_of, place_from
from bakureserve.server.rate_limit import charge
from bakureserve.server.reply import Reply
from bakureserve.server.shapes import restaurants as shapes
from bakureserve.server.streamed_list import encoded_items, send_list
from bakureserve.services.reservations.close_out import ClosedDay

api = Group("Restaurants")
days = Group("Days", auth="token")


class RestaurantsQuery(msgspec.Struct, frozen=True):
    q: SearchText = ""
    limit: PageSize | None = None
    cursor: Cursor = ""


class AvailabilityQuery(msgspec.Struct, frozen=True):
    date: dt.date
    party_size: PartySize = 2


class _After(msgspec.Struct, frozen=True):
    """The last restaurant of the page before."""

    id: str


PAGES_KEPT = 4
"""Pages of the directory in a list that is kept; a longer list is sent as it is read."""
RESTAURANTS_A_CALL = 1000
"""How many restaurants of the directory make such a list count as one more call."""


@api.get("/v1/restaurants", "List or search restaurants", shared=True)
async def list_all(
    call: Call[RestaurantsQuery, None],
) -> Reply[list[shapes.RestaurantItem]] | web.StreamResponse:
    query = call.query
    after = await _position(call, place_from(query.cursor, _After))
    if query.limit is None:
        return await _whole(call, after)
    directory, photos = call.runtime.directory, call.runtime.photos
    found = await directory.page(query.q, after=after, limit=query.limit + 1)
    page, headers = page_of(call.request, found, query.limit, lambda last: _After(last.id))
    return Reply(
        [shapes.restaurant_item(restaurant, photos) for restaurant in page], headers=headers
    )


async def _position(call: Call[RestaurantsQuery, None], after: _After | None) -> int:
    """Where a list goes on. Raises Invalid when the cursor names no restaurant."""
    if after is None:
        return 0
    known = await call.runtime.directory.cards_of([after.id])
    if after.id not in known:
        raise Invalid("cursor_malformed", field="cursor")
    return known[after.id].position


async def _whole(call: Call[RestaurantsQuery, None], after: int) -> Reply[Any] | web.StreamResponse:
    """All there are, as apps expect that know no pages."""
    directory, photos = call.runtime.directory, call.runtime.photos
    renderings, words = call.app[RESPONSE_CACHE], call.query.q
    packed = call.accepts_gzip
    name = ("restaurants", await directory.current(), photos.mark, words, after)
    if (kept := renderings.kept(name, packed=packed)) is not None:
        return kept
    pages = (
        encoded_items(shapes.restaurant_item(card, photos) for card in cards)
        async for cards in directory.pages(words, after=after)
    )
    first: list[bytes] = []
    async for page in pages:
        first.append(page)
        if len(first) > PAGES_KEPT:
            break
    else:
        return renderings.keep(name, b"[" + b",".join(first) + b"]", packed=packed)
    await charge(call.exchange, call.runtime.limiter, await directory.size() // RESTAURANTS_A_CALL)
    return await send_list(call, _joined(first, pages))


async def _joined(first: Iterable[bytes], rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    for page in first:
        yield page
    async for page in rest:
        yield page


@api.get(
    "/v1/restaurants/{restaurant}", "One restaurant, by id or slug", problems=(404,), shared=True
)
async def show(call: Call[None, None]) -> Reply[shapes.RestaurantDetail]:
    restaurant, photos = await _restaurant(call), call.runtime.photos
    return call.app[RESPONSE_CACHE].reply(
        ("restaurant", restaurant.id, restaurant.revision, photos.mark),
        lambda: shapes.restaurant_detail(restaurant, photos),
        packed=call.accepts_gzip,
    )


@api.get(
    "/v1/restaurants/{restaurant}/floorplan",
    "The floor plan: areas and tables as drawn",
    problems=(404,),
    shared=True,
)
async def floor_plan(call: Call[None, None]) -> Reply[shapes.FloorPlan]:
    restaurant = await _restaurant(call)
    return call.app[RESPONSE_CACHE].reply(
        ("floorplan", restaurant.id, restaurant.revision),
        lambda: shapes.floor_plan(restaurant),
        packed=call.accepts_gzip,
    )


@api.get(
    "/v1/restaurants/{restaurant}/availability",
    "The sittings offered on a service day, with the tables still free",
    problems=(404,),
    shared=True,
)
async def availability(call: Call[AvailabilityQuery, None]) -> Reply[shapes.AvailabilityOut]:
    day = await call.runtime.availability.on(
        call.path["restaurant"], call.query.date, call.query.party_size
    )
    call.good_until(day.good_until)
    return call.app[RESPONSE_CACHE].reply(
        ("availability", day.tag), lambda: shapes.availability_out(day), packed=call.accepts_gzip
    )


class CloseBody(msgspec.Struct, frozen=True):
    """The service date, and what became of parties that were never seated: all came, none came, or
    each is flagged for staff to decide."""

    date: dt.date
    unsettled: Unsettled = "flag"


@days.post(
    "/v1/restaurants/{restaurant}/day/close",
    "Close a service day and settle its open reservations (staff)",
    problems=(403, 404, 409, 503),
)
async def close_day(call: Call[None, CloseBody]) -> ClosedDay:
    close_out, body = call.runtime.close_out, call.body
    return await close_out.close(call.actor, call.path["restaurant"], body.date, body.unsettled)


async def _restaurant(call: Call[None, None]) -> Restaurant:
    return await call.runtime.directory.restaurant(call.path["restaurant"])
