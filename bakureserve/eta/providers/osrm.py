"""OSRM: the open router. `GET /route/v1/driving/{lon},{lat};{lon},{lat}`, longitude first."""

from __future__ import annotations

import msgspec

from bakureserve.domain.places.geo import Coordinates
from bakureserve.eta.http import MapHttp
from bakureserve.eta.provider import Configured, Offer, Provider, ProviderKit, Router
from bakureserve.eta.route import Route, RouteQuery, drawn, is_plausible, route_query
from bakureserve.eta.upstream import HttpAnswer, NoAnswer
from bakureserve.settings import Settings

_OPTIONS = (
    "overview=simplified&geometries=geojson&steps=false&alternatives=false&generate_hints=false"
)
_NO_ROUTE = {"NoRoute": "no_route", "NoSegment": "no_road_near", "TooBig": "too_far"}
"""Codes about the two points, not about the service."""


def provider(settings: Settings, kit: ProviderKit) -> Provider:
    """OSRM at the address of the settings."""
    osrm = Osrm(kit.http, settings.osrm_base_url, snap_metres=settings.osrm_snap_meters)
    routes: Offer[Router] = Offer("osrm", Configured(osrm, kit.upstream("osrm")))
    return Provider(name="osrm", routes=routes, probe=osrm.probe)


class _Line(msgspec.Struct, frozen=True):
    coordinates: list[tuple[float, float]] = []


class _Found(msgspec.Struct, frozen=True):
    distance: float
    duration: float
    geometry: _Line = _Line()


class _Snapped(msgspec.Struct, frozen=True):
    distance: float = 0.0


class _Answer(msgspec.Struct, frozen=True):
    code: str
    routes: list[_Found] = []
    waypoints: list[_Snapped] = []


class Osrm:
    """The router at `base_url`. A point farther than `snap_metres` from any road has no route.

    Without that limit OSRM snaps any point to the nearest road it knows, even across continents.
    """

    def __init__(self, http: MapHttp, base_url: str, *, snap_metres: int) -> None:
        self._http = http
        self._base_url = base_url
        self._snap_metres = snap_metres

    async def known(self, query: RouteQuery) -> Route | None:
        answer = await self._http.cached(self._url(query))
        if answer is None:
            return None
        try:
            return self._route(answer, query)
        except NoAnswer:
            return None

    async def find(self, query: RouteQuery) -> Route:
        return self._route(await self._http.get(self._url(query)), query)

    async def probe(self, point: Coordinates) -> None:
        """Check that it finds a route of about a kilometre from the point. Raises NoAnswer."""
        there = Coordinates(point.latitude + 0.006, point.longitude + 0.008)
        query = route_query(point, there, "en")
        self._route(await self._http.get(self._url(query), fresh=True), query)

    def _url(self, query: RouteQuery) -> str:
        pair = f"{_lon_lat(query.origin)};{_lon_lat(query.destination)}"
        radiuses = f"radiuses={self._snap_metres};{self._snap_metres}"
        return f"{self._base_url}/route/v1/driving/{pair}?{_OPTIONS}&{radiuses}"

    def _route(self, answer: HttpAnswer, query: RouteQuery) -> Route:
        said = _decoded(answer)
        if said.code in _NO_ROUTE:
            raise NoAnswer(_NO_ROUTE[said.code], at_fault=False)
        if said.code != "Ok" or not said.routes:
            raise NoAnswer("refused")
        if any(abs(point.distance) > self._snap_metres for point in said.waypoints):
            raise NoAnswer("no_road_near", at_fault=False)
        found = said.routes[0]
        route = Route(
            distance_km=found.distance / 1000,
            seconds=found.duration,
            geometry=drawn([(lat, lon) for lon, lat in found.geometry.coordinates]),
        )
        if not is_plausible(route, query.line_km):
            raise NoAnswer("implausible", at_fault=False)
        return route


def _decoded(answer: HttpAnswer) -> _Answer:
    if answer.status not in {200, 400}:
        raise NoAnswer(f"status_{answer.status}")
    try:
        return msgspec.json.decode(answer.body, type=_Answer)
    except (msgspec.DecodeError, RecursionError):
        raise NoAnswer("garbled") from None


def _lon_lat(point: Coordinates) -> str:
    return f"{point.longitude:.5f},{point.latitude:.5f}"
