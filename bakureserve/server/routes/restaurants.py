"""Calls about restaurants, as anybody sees them."""

from __future__ import annotations

from bakureserve.server.api import restaurants
from bakureserve.server.endpoint import Endpoint
from bakureserve.server.shapes import restaurants as wire

RESTAURANTS = (
    Endpoint(
        "GET",
        "/v1/restaurants",
        restaurants.list_all,
        tag="Restaurants",
        summary="List or search restaurants",
        query=wire.RestaurantsQuery,
        reply=list[wire.RestaurantItem],
    ),
    Endpoint(
        "GET",
        "/v1/restaurants/{restaurant}",
        restaurants.show,
        tag="Restaurants",
        summary="One restaurant, by id or slug",
        reply=wire.RestaurantDetail,
        problems=(404,),
    ),
    Endpoint(
        "GET",
        "/v1/restaurants/{restaurant}/floorplan",
        restaurants.floor_plan,
        tag="Restaurants",
        summary="Its areas and tables as drawn",
        reply=wire.FloorPlan,
        problems=(404,),
    ),
    Endpoint(
        "GET",
        "/v1/restaurants/{restaurant}/availability",
        restaurants.availability,
        tag="Restaurants",
        summary="The sittings offered on a service day, with the tables still free",
        query=wire.AvailabilityQuery,
        reply=wire.AvailabilityOut,
        problems=(404,),
    ),
)
