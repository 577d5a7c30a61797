"""The engine: asks everybody at once, waits no longer than it may, and makes of it what it can."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import structlog

from bakureserve.caching.ttl_cache import TtlCache
from bakureserve.domain.places.estimate import Estimate, Leg
from bakureserve.domain.places.geo import Coordinates, is_on_earth, rounded, straight_line_km
from bakureserve.domain.reservations.reservation import TrafficCondition
from bakureserve.eta.budget import CallBudget
from bakureserve.eta.composition import (
    Base,
    Circumstances,
    Rules,
    assemble,
    choose,
    fallback_base,
)
from bakureserve.eta.legs import GOMAP, OSRM, TRAFFIC, PendingCall, Stopwatch
from bakureserve.eta.providers.gomap.traffic import GomapTraffic, tile_of, worse
from bakureserve.eta.route import Route, is_plausible
from bakureserve.eta.trip import Router, Trip, trip_between
from bakureserve.eta.upstream import Pending, Reply, Upstream, wait_for_all

log = structlog.get_logger(__name__)

Observer = Callable[[Estimate], None]
"""Told of every estimate, in the event loop: it may count, and may not wait."""

HUNDRED_METRES = 3
"""Decimals of a degree: whoever is that near may use the route that was last known."""

LastKnown = TtlCache[tuple[Coordinates, Coordinates], Base]


class AskedRouter(NamedTuple):
    """A router, and the service behind it."""

    router: Router
    upstream: Upstream


class AskedTraffic(NamedTuple):
    """The source of traffic, and the service behind it."""

    source: GomapTraffic
    upstream: Upstream


class _Asking(NamedTuple):
    """In what time, and at whose expense."""

    watch: Stopwatch
    budget: CallBudget | None


class EtaEngine:
    """Estimates the way by car between two points.

    `budget` is in seconds: an estimate is there by then, whatever the map services do. `gomap` and
    `traffic` are None where there is no key for them. Routes that served are kept in `last_known`,
    for when nobody answers.
    """

    def __init__(
        self,
        *,
        osrm: AskedRouter,
        gomap: AskedRouter | None,
        traffic: AskedTraffic | None,
        last_known: LastKnown,
        rules: Rules,
        budget: float,
    ) -> None:
        self.rules = rules
        self.budget = budget
        self.observers: list[Observer] = []
        self._osrm = osrm
        self._gomap = gomap
        self._traffic = traffic
        self._last_known = last_known

    async def estimate(
        self,
        origin: Coordinates,
        destination: Coordinates,
        *,
        language: str = "en",
        budget: CallBudget | None = None,
    ) -> Estimate:
        """When somebody who leaves `origin` now is at `destination`.

        `language` (az, en, ru) is that of the route's summary. Calls are taken out of the `budget`,
        if there is one, and not made when it is used up. Never raises because of a map
        service. Raises ValueError for a point that is not on earth.
        """
        if not (is_on_earth(origin) and is_on_earth(destination)):
            raise ValueError("not on earth")
        watch = Stopwatch(asyncio.get_running_loop().time, self.budget)
        line_km = straight_line_km(origin, destination)
        trip = trip_between(origin, destination, language)
        asking = _Asking(watch, budget)
        osrm = await self._route(OSRM, self._osrm, trip, asking)
        gomap = await self._route(GOMAP, self._gomap, trip, asking)
        here = self._conditions("traffic_origin", trip.origin, asking)
        there = self._conditions("traffic_destination", trip.destination, asking)
        calls = (osrm, gomap, here, there)
        await wait_for_all((call.pending for call in calls), until=watch.until)
        around = Circumstances(
            line_km=line_km,
            traffic=worse(here.brought or "unknown", there.brought or "unknown"),
            legs=(_route_leg(osrm), _route_leg(gomap), _traffic_leg(here), _traffic_leg(there)),
            deadline_ms=self.budget * 1000,
            took_ms=watch.elapsed_ms(),
        )
        estimate = assemble(self._base(osrm, gomap, trip, line_km), around, self.rules)
        self._tell(estimate)
        return estimate

    async def _route(
        self, name: str, asked: AskedRouter | None, trip: Trip, asking: _Asking
    ) -> PendingCall[Route]:
        """Look whether the route is known, and ask for it if not; does not wait."""
        watch, budget = asking
        if asked is None:
            return PendingCall(name, name, watch)
        router, upstream = asked
        call: PendingCall[Route] = PendingCall(name, name, watch, upstream)
        known = await router.known(trip)
        if known is not None:
            return call.put(Pending(Reply("cached", known)))
        question = partial(router.find, trip)
        return call.put(upstream.put(trip, question, until=watch.until, budget=budget))

    def _conditions(
        self, name: str, point: Coordinates, asking: _Asking
    ) -> PendingCall[TrafficCondition]:
        """Look whether the traffic is known, and ask for it if not; does not wait."""
        watch, budget = asking
        if self._traffic is None:
            return PendingCall(name, TRAFFIC, watch)
        source, upstream = self._traffic
        call: PendingCall[TrafficCondition] = PendingCall(name, TRAFFIC, watch, upstream)
        tile = tile_of(point)
        known = source.known(tile)
        if known is not None:
            return call.put(Pending(Reply("cached", known)))
        question = partial(source.look, tile)
        return call.put(upstream.put(tile, question, until=watch.until, budget=budget))

    def _base(
        self, osrm: PendingCall[Route], gomap: PendingCall[Route], trip: Trip, line_km: float
    ) -> Base:
        """The route to start from: what came, what was last known, or the straight line."""
        near = (rounded(trip.origin, HUNDRED_METRES), rounded(trip.destination, HUNDRED_METRES))
        base = choose(gomap.brought, osrm.brought, line_km, self.rules)
        if base is not None:
            if "ok" in (osrm.pending.reply().outcome, gomap.pending.reply().outcome):
                self._last_known.put(near, base)
            return base
        kept = self._last_known.kept(near)
        if kept is not None and is_plausible(kept.value.route, line_km):
            return kept.value._replace(choice="last_known", age=kept.age)
        return fallback_base(line_km, self.rules)

    def _tell(self, estimate: Estimate) -> None:
        diagnosis = estimate.diagnosis
        log.info(
            "eta",
            provider=estimate.provider,
            eta_seconds=estimate.eta_seconds,
            choice=diagnosis.choice,
            traffic=diagnosis.traffic,
            took_ms=round(diagnosis.took_ms, 1),
            legs={leg.name: f"{leg.outcome} {leg.took_ms:.0f} ms" for leg in diagnosis.legs},
        )
        for observer in self.observers:
            observer(estimate)


def _route_leg(call: PendingCall[Route]) -> Leg:
    route = call.brought
    if route is None:
        return call.leg()
    return call.leg(distance_km=route.distance_km, seconds=route.seconds)


def _traffic_leg(call: PendingCall[TrafficCondition]) -> Leg:
    return call.leg(condition=call.brought)
