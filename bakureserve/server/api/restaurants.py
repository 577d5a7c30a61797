"""Restaurants in public: list, details, floor plan, availability; and closing a service day."""

from __future__ import annotations

import datetime as dt

import msgspec

from bakureserve.domain.errors import Invalid
from bakureserve.domain.reservations.lifecycle import Unsettled
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.server.app_keys import RESPONSE_CACHE
from bakureserve.server.call import Call
from bakureserve.server.endpoint import Group, PartySize, SearchText
from bakureserve.server.paging import Cursor, PageSize, page_of, place_from
from bakureserve.server.reply import Reply
from bakureserve.server.shapes import restaurants as shapes
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


@api.get("/v1/restaurants", "List or search restaurants")
async def list_all(call: Call[RestaurantsQuery, None]) -> Reply[list[shapes.RestaurantItem]]:
    photos = call.runtime.photos
    snapshot = await call.runtime.directory.snapshot()
    query = call.query
    if query.limit is None and not query.cursor:
        return call.app[RESPONSE_CACHE].reply(
            ("restaurants", snapshot.mark, photos.mark, query.q),
            lambda: [
                shapes.restaurant_item(restaurant, photos)
                for restaurant in snapshot.search(query.q)
            ],
        )
    rest = _rest(snapshot.search(query.q), place_from(query.cursor, _After))
    page, headers = page_of(call.request, rest, query.limit, lambda last: _After(last.id))
    return Reply(
        [shapes.restaurant_item(restaurant, photos) for restaurant in page], headers=headers
    )


@api.get("/v1/restaurants/{restaurant}", "One restaurant, by id or slug", problems=(404,))
async def show(call: Call[None, None]) -> Reply[shapes.RestaurantDetail]:
    restaurant, photos = await _restaurant(call), call.runtime.photos
    return call.app[RESPONSE_CACHE].reply(
        ("restaurant", restaurant.id, restaurant.revision, photos.mark),
        lambda: shapes.restaurant_detail(restaurant, photos),
    )


@api.get(
    "/v1/restaurants/{restaurant}/floorplan",
    "The floor plan: areas and tables as drawn",
    problems=(404,),
)
async def floor_plan(call: Call[None, None]) -> Reply[shapes.FloorPlan]:
    restaurant = await _restaurant(call)
    return call.app[RESPONSE_CACHE].reply(
        ("floorplan", restaurant.id, restaurant.revision), lambda: shapes.floor_plan(restaurant)
    )


@api.get(
    "/v1/restaurants/{restaurant}/availability",
    "The sittings offered on a service day, with the tables still free",
    problems=(404,),
)
async def availability(call: Call[AvailabilityQuery, None]) -> Reply[shapes.AvailabilityOut]:
    day = await call.runtime.availability.on(
        call.path["restaurant"], call.query.date, call.query.party_size
    )
    return call.app[RESPONSE_CACHE].reply(
        ("availability", day.tag), lambda: shapes.availability_out(day)
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


def _rest(restaurants: tuple[Restaurant, ...], after: _After | None) -> tuple[Restaurant, ...]:
    if after is None:
        return restaurants
    for index, restaurant in enumerate(restaurants):
        if restaurant.id == after.id:
            return restaurants[index + 1 :]
    raise Invalid("cursor_malformed", field="cursor")
