"""Driving directions, and places by name."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from bakureserve.domain.language import Language
from bakureserve.domain.places.estimate import Diagnosis, Estimate, RouteSource, TrafficCondition
from bakureserve.domain.places.geo import Place, PlaceSource
from bakureserve.locale import say


class Directions(msgspec.Struct, frozen=True, kw_only=True):
    """Driving directions for a departure now. `typical_eta_minutes` is the time without today's
    traffic. `stale` marks a route found earlier, used because no map service answers."""

    eta_minutes: int
    eta_seconds: int
    route_distance_km: float
    provider: RouteSource
    route_summary: str
    traffic_condition: TrafficCondition
    traffic_delay_minutes: int
    typical_eta_minutes: int
    stale: bool
    route_geometry: tuple[tuple[float, float], ...] | UnsetType = UNSET


class PlaceOut(msgspec.Struct, frozen=True):
    """A place found by name. `place_name` includes its address."""

    id: str
    name: str
    place_name: str
    latitude: float
    longitude: float
    provider: PlaceSource


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A place to start from, and the drive from there, null if the restaurant has no coordinates.
    `provider` is the source of the place."""

    id: str
    name: str
    address: str
    latitude: float
    longitude: float
    provider: PlaceSource
    distance_km: float | None = None
    eta_minutes: int | None = None
    eta_seconds: int | None = None
    route_summary: str | None = None


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """An estimate and how it was made. `age_seconds` is how long ago a stale route was found."""

    origin: PlaceOut
    destination: PlaceOut
    directions: Directions
    age_seconds: int
    diagnosis: Diagnosis


def directions(estimate: Estimate, language: Language) -> Directions:
    return Directions(
        eta_minutes=estimate.eta_minutes,
        eta_seconds=estimate.eta_seconds,
        route_distance_km=round(estimate.distance_km, 3),
        provider=estimate.provider,
        route_summary=route_summary(estimate, language),
        traffic_condition=estimate.traffic_condition,
        traffic_delay_minutes=estimate.traffic_delay_minutes,
        typical_eta_minutes=estimate.typical_eta_minutes,
        stale=estimate.stale,
        route_geometry=estimate.geometry or UNSET,
    )


def explained(
    origin: Place, destination: Place, estimate: Estimate, language: Language
) -> Explained:
    return Explained(
        origin=place_out(origin),
        destination=place_out(destination),
        directions=directions(estimate, language),
        age_seconds=estimate.age_seconds,
        diagnosis=estimate.diagnosis,
    )


def place_out(place: Place) -> PlaceOut:
    return PlaceOut(
        place.id, place.name, place.full_name, place.latitude, place.longitude, place.provider
    )


def suggestion(place: Place, estimate: Estimate | None, language: Language) -> Suggestion:
    drive: dict[str, Any] = {}
    if estimate is not None:
        drive = {
            "distance_km": round(estimate.distance_km, 3),
            "eta_minutes": estimate.eta_minutes,
            "eta_seconds": estimate.eta_seconds,
            "route_summary": route_summary(estimate, language),
        }
    return Suggestion(
        id=place.id,
        name=place.name,
        address=place.address,
        latitude=place.latitude,
        longitude=place.longitude,
        provider=place.provider,
        **drive,
    )


def route_summary(estimate: Estimate, language: Language) -> str:
    """The provider's own summary; or distance and time, and whether they come from a route."""
    if estimate.summary:
        return estimate.summary
    code = "way_guessed" if estimate.provider == "fallback" else "way_routed"
    params = {"km": f"{estimate.distance_km:.1f}", "minutes": estimate.eta_minutes}
    return say(code, params, language)
