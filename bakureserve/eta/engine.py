"""The engine: asks everybody at once, waits no longer than it may, and makes of it what it can."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

import structlog

from bakureserve.caching.bounded import BoundedCache
from bakureserve.domain.estimate import Estimate, Leg
from bakureserve.domain.geo import Coordinates, is_on_earth, rounded, straight_line_km
from bakureserve.domain.reservation import TrafficCondition
from bakureserve.eta.composition import (
    Base,
    Circumstances,
    Rules,
    assemble,
    choose,
    fallback_base,
)
from bakureserve.eta.gomap.traffic import GomapTraffic, tile_of, worse
from bakureserve.eta.legs import TRAFFIC, Stopwatch, disabled
from bakureserve.eta.route import Route, is_plausible
from bakureserve.eta.trip import Router, Trip, trip_between
from bakureserve.eta.upstream import Reply, Upstream

log = structlog.get_logger(__name__)

Witness = Callable[[Estimate], None]
"""Told of every estimate, in the event loop: it may count, and may not wait."""

HUNDRED_METRES = 3
"""Decimals of a degree: whoever is that near may use the route that was last known."""

LastKnown = BoundedCache[tuple[Coordinates, Coordinates], Base]


class AskedRouter(NamedTuple):
    """A router, and the service behind it."""

    router: Router
    upstream: Upstream


class AskedTraffic(NamedTuple):
    """The source of traffic, and the service behind it."""

    source: GomapTraffic
    upstream: Upstream


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
        self.witnesses: list[Witness] = []
        self._osrm = osrm
        self._gomap = gomap
        self._traffic = traffic
        self._last_known = last_known

    async def estimate(
        self, origin: Coordinates, destination: Coordinates, *, language: str = "en"
    ) -> Estimate:
        """When somebody who leaves `origin` now is at `destination`.

        `language` (az, en, ru) is that of the route's summary. Never raises because of a map
        service. Raises ValueError for a point that is not on earth.
        """
        if not (is_on_earth(origin) and is_on_earth(destination)):
            raise ValueError("not on earth")
        watch = Stopwatch(asyncio.get_running_loop().time, self.budget)
        line_km = straight_line_km(origin, destination)
        trip = trip_between(origin, destination, language)
        (
            (osrm, osrm_leg),
            (gomap, gomap_leg),
            (here, here_leg),
            (there, there_leg),
        ) = await asyncio.gather(
            self._route("osrm", self._osrm, trip, watch),
            self._route("gomap", self._gomap, trip, watch),
            self._conditions("traffic_origin", trip.origin, watch),
            self._conditions("traffic_destination", trip.destination, watch),
        )
        around = Circumstances(
            line_km=line_km,
            traffic=worse(here or "unknown", there or "unknown"),
            legs=(osrm_leg, gomap_leg, here_leg, there_leg),
            deadline_ms=self.budget * 1000,
            took_ms=watch.elapsed_ms(),
        )
        estimate = assemble(self._base(gomap, osrm, trip, line_km), around, self.rules)
        self._tell(estimate)
        return estimate

    async def _route(
        self, name: str, asked: AskedRouter | None, trip: Trip, watch: Stopwatch
    ) -> tuple[Route | None, Leg]:
        """A route and the leg that brought it, or why it did not."""
        if asked is None:
            return None, disabled(name, name)
        router, upstream = asked
        began = watch.elapsed_ms()
        known = await router.known(trip)
        if known is not None:
            reply = Reply("cached", known)
        else:
            reply = await upstream.ask(trip, lambda: router.find(trip), until=watch.until)
        route = reply.value
        brought = {"distance_km": route.distance_km, "seconds": route.seconds} if route else {}
        return route, watch.leg(name, upstream, reply, began=began, **brought)

    async def _conditions(
        self, name: str, point: Coordinates, watch: Stopwatch
    ) -> tuple[TrafficCondition | None, Leg]:
        """The traffic around a point and the leg that brought it, or why it did not."""
        if self._traffic is None:
            return None, disabled(name, TRAFFIC)
        source, upstream = self._traffic
        began = watch.elapsed_ms()
        tile = tile_of(point)
        known = source.known(tile)
        reply: Reply[TrafficCondition]
        if known is not None:
            reply = Reply("cached", known)
        else:
            reply = await upstream.ask(tile, lambda: source.look(tile), until=watch.until)
        return reply.value, watch.leg(name, upstream, reply, began=began, condition=reply.value)

    def _base(self, gomap: Route | None, osrm: Route | None, trip: Trip, line_km: float) -> Base:
        """The route to start from: what came, what was last known, or the straight line."""
        near = (rounded(trip.origin, HUNDRED_METRES), rounded(trip.destination, HUNDRED_METRES))
        base = choose(gomap, osrm, line_km, self.rules)
        if base is not None:
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
        for witness in self.witnesses:
            witness(estimate)
