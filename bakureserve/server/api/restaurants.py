"""Restaurants as anybody sees them."""

from __future__ import annotations

import msgspec

from bakureserve.domain.errors import Invalid
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.server.call import Call
from bakureserve.server.keys import RESPONSE_CACHE, RUNTIME
from bakureserve.server.paging import link_to_next, place_from
from bakureserve.server.reply import Reply
from bakureserve.server.shapes import restaurants as wire


class _After(msgspec.Struct, frozen=True):
    """A page goes on after this restaurant."""

    id: str


async def list_all(call: Call[wire.RestaurantsQuery, None]) -> Reply:
    photos = call.app[RUNTIME].photos
    snapshot = await call.app[RUNTIME].directory.snapshot()
    query = call.query
    if query.limit is None and not query.cursor:
        return call.app[RESPONSE_CACHE].reply(
            ("restaurants", snapshot.mark, photos.mark, query.q),
            lambda: [
                wire.restaurant_item(restaurant, photos) for restaurant in snapshot.search(query.q)
            ],
        )
    rest = _rest(snapshot.search(query.q), place_from(query.cursor, _After))
    page = rest[: query.limit]
    more = len(rest) > len(page)
    headers = {"Link": link_to_next(call.request, _After(page[-1].id))} if more else {}
    return Reply([wire.restaurant_item(restaurant, photos) for restaurant in page], headers=headers)


async def show(call: Call[None, None]) -> Reply:
    restaurant, photos = await _restaurant(call), call.app[RUNTIME].photos
    return call.app[RESPONSE_CACHE].reply(
        ("restaurant", restaurant.id, restaurant.revision, photos.mark),
        lambda: wire.restaurant_detail(restaurant, photos),
    )


async def floor_plan(call: Call[None, None]) -> Reply:
    restaurant = await _restaurant(call)
    return call.app[RESPONSE_CACHE].reply(
        ("floorplan", restaurant.id, restaurant.revision), lambda: wire.floor_plan(restaurant)
    )


async def availability(call: Call[wire.AvailabilityQuery, None]) -> Reply:
    day = await call.app[RUNTIME].availability.on(
        call.path["restaurant"], call.query.date, call.query.party_size
    )
    return call.app[RESPONSE_CACHE].reply(
        ("availability", day.tag), lambda: wire.availability_out(day)
    )


async def _restaurant(call: Call[None, None]) -> Restaurant:
    return await call.app[RUNTIME].directory.restaurant(call.path["restaurant"])


def _rest(restaurants: tuple[Restaurant, ...], after: _After | None) -> tuple[Restaurant, ...]:
    if after is None:
        return restaurants
    for index, restaurant in enumerate(restaurants):
        if restaurant.id == after.id:
            return restaurants[index + 1 :]
    raise Invalid("cursor_malformed", field="cursor")
