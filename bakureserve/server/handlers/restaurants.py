"""Restaurants as anybody sees them."""

from __future__ import annotations

import msgspec

from bakureserve.domain.errors import Invalid
from bakureserve.domain.restaurants.restaurant import Venue
from bakureserve.server.call import Call
from bakureserve.server.keys import RENDERINGS, RUNTIME
from bakureserve.server.paging import link_to_next, place_from
from bakureserve.server.reply import Reply
from bakureserve.server.wire import restaurants as wire


class _After(msgspec.Struct, frozen=True):
    """A page goes on after this restaurant."""

    id: str


async def list_all(call: Call[wire.RestaurantsQuery, None]) -> Reply:
    photos = call.app[RUNTIME].photos
    snapshot = await call.app[RUNTIME].directory.snapshot()
    query = call.query
    if query.limit is None and not query.cursor:
        return call.app[RENDERINGS].reply(
            ("restaurants", snapshot.mark, photos.mark, query.q),
            lambda: [wire.restaurant_item(venue, photos) for venue in snapshot.search(query.q)],
        )
    rest = _rest(snapshot.search(query.q), place_from(query.cursor, _After))
    page = rest[: query.limit]
    more = len(rest) > len(page)
    headers = {"Link": link_to_next(call.request, _After(page[-1].id))} if more else {}
    return Reply([wire.restaurant_item(venue, photos) for venue in page], headers=headers)


async def show(call: Call[None, None]) -> Reply:
    venue, photos = await _venue(call), call.app[RUNTIME].photos
    return call.app[RENDERINGS].reply(
        ("restaurant", venue.id, venue.revision, photos.mark),
        lambda: wire.restaurant_detail(venue, photos),
    )


async def floor_plan(call: Call[None, None]) -> Reply:
    venue = await _venue(call)
    return call.app[RENDERINGS].reply(
        ("floorplan", venue.id, venue.revision), lambda: wire.floor_plan(venue)
    )


async def availability(call: Call[wire.AvailabilityQuery, None]) -> Reply:
    day = await call.app[RUNTIME].availability.on(
        call.path["restaurant"], call.query.date, call.query.party_size
    )
    return call.app[RENDERINGS].reply(("availability", day.tag), lambda: wire.availability_out(day))


async def _venue(call: Call[None, None]) -> Venue:
    return await call.app[RUNTIME].directory.venue(call.path["restaurant"])


def _rest(venues: tuple[Venue, ...], after: _After | None) -> tuple[Venue, ...]:
    if after is None:
        return venues
    for index, venue in enumerate(venues):
        if venue.id == after.id:
            return venues[index + 1 :]
    raise Invalid("cursor_malformed", field="cursor")
