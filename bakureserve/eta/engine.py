"""The engine: asks every provider at once, waits until its deadline, and makes an estimate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar

import structlog

from bakureserve.caching.cache import TtlCache
from bakureserve.domain.places.estimate import (
    Estimate,
    Leg,
    RouteSource,
    TrafficCondition,
    worst_traffic,
)
from bakureserve.domain.places.geo import Coordinates, is_on_earth, rounded, straight_line_km
from bakureserve.eta.provider import Offer, Provider, Router, TrafficSource
from bakureserve.eta.route import Route, RouteQuery, is_plausible, route_query
from bakureserve.eta.route_choice import (
    BaseRoute,
    Circumstances,
    EstimateRules,
    FoundRoute,
    choose_route,
    fallback_route,
    make_estimate,
)
from bakureserve.eta.upstream import CallBudget, CallResult, Pending, Upstream, wait_for_all

T = TypeVar("T")

log = structlog.get_logger(__name__)

Observer = Callable[[Estimate], None]
"""Called with every estimate, in the event loop: it must not wait."""

HUNDRED_METRES = 3
"""Decimals of a degree: a guest this near to an earlier one may use the last known route."""

LastKnown = TtlCache[tuple[Coordinates, Coordinates], BaseRoute]


class _CallLimits(NamedTuple):
    """The deadline of an estimate's calls, and the budget they count against."""

    watch: _Stopwatch
    budget: CallBudget | None


class EtaEngine:
    """Estimates the drive between two points.

    `providers` are asked together, the most trusted last. `budget` is in seconds: an estimate is
    ready by then, whatever they do. Routes that were used go into `last_known`, for when none
    answers.
    """

    def __init__(
        self,
        providers: Sequence[Provider],
        *,
        last_known: LastKnown,
        rules: EstimateRules,
        budget: float,
    ) -> None:
        self.rules = rules
        self.budget = budget
        self.observers: list[Observer] = []
        self._routes = {each.name: each.routes for each in providers if each.routes is not None}
        self._traffic = [each.traffic for each in providers if each.traffic is not None]
        self._last_known = last_known

    async def estimate(
        self,
        origin: Coordinates,
        destination: Coordinates,
        *,
        language: str = "en",
        budget: CallBudget | None = None,
    ) -> Estimate:
        """When a guest who leaves `origin` now is at `destination`.

        `language` is that of the route's summary. Calls count against the `budget`,
        if there is one, and are not made when it is used up. Never raises because of a map
        service. Raises ValueError for a point that is not on earth.
        """
        if not (is_on_earth(origin) and is_on_earth(destination)):
            raise ValueError("not on earth")
        watch = _Stopwatch(asyncio.get_running_loop().time, self.budget)
        line_km = straight_line_km(origin, destination)
        query = route_query(origin, destination, language)
        limits = _CallLimits(watch, budget)
        routes = {
            name: await self._route(name, offer, query, limits)
            for name, offer in self._routes.items()
        }
        conditions = [
            self._condition(name, offer, point, limits)
            for offer in self._traffic
            for name, point in _ends(query)
        ]
        calls: tuple[ProviderCall[Any], ...] = (*routes.values(), *conditions)
        await wait_for_all((call.pending for call in calls), until=watch.until)
        around = Circumstances(
            line_km=line_km,
            traffic=worst_traffic(call.value or "unknown" for call in conditions),
            legs=(*map(_route_leg, routes.values()), *map(_traffic_leg, conditions)),
            deadline_ms=self.budget * 1000,
            took_ms=watch.elapsed_ms(),
        )
        estimate = make_estimate(self._choose(routes, query, line_km), around, self.rules)
        self._report(estimate)
        return estimate

    async def _route(
        self, name: str, offer: Offer[Router], query: RouteQuery, limits: _CallLimits
    ) -> ProviderCall[Route]:
        """Take the route from the cache, or ask for it; does not wait."""
        if offer.configured is None:
            return ProviderCall(name, offer.service, limits.watch)
        router, upstream = offer.configured
        call: ProviderCall[Route] = ProviderCall(name, offer.service, limits.watch, upstream)
        known = await router.known(query)
        if known is not None:
            return call.attach(Pending(CallResult("cached", known)))
        question = partial(router.find, query)
        until, budget = limits.watch.until, limits.budget
        return call.attach(upstream.submit(query, question, until=until, budget=budget))

    def _condition(
        self, name: str, offer: Offer[TrafficSource], point: Coordinates, limits: _CallLimits
    ) -> ProviderCall[TrafficCondition]:
        """Take the traffic from the cache, or ask for it; does not wait."""
        if offer.configured is None:
            return ProviderCall(name, offer.service, limits.watch)
        source, upstream = offer.configured
        call: ProviderCall[TrafficCondition] = ProviderCall(
            name, offer.service, limits.watch, upstream
        )
        tile = source.tile_of(point)
        known = source.known(tile)
        if known is not None:
            return call.attach(Pending(CallResult("cached", known)))
        question = partial(source.find, tile)
        until, budget = limits.watch.until, limits.budget
        return call.attach(upstream.submit(tile, question, until=until, budget=budget))

    def _choose(
        self,
        routes: Mapping[RouteSource, ProviderCall[Route]],
        query: RouteQuery,
        line_km: float,
    ) -> BaseRoute:
        """The route to estimate from: one that came, the last known, or the straight line."""
        near = (rounded(query.origin, HUNDRED_METRES), rounded(query.destination, HUNDRED_METRES))
        values = ((name, call.value) for name, call in routes.items())
        found = [FoundRoute(name, route) for name, route in values if route is not None]
        base = choose_route(found, line_km, self.rules)
        if base is not None:
            if any(call.pending.reply().outcome == "ok" for call in routes.values()):
                self._last_known.put(near, base)
            return base
        kept = self._last_known.kept(near)
        if kept is not None and is_plausible(kept.value.route, line_km):
            return kept.value._replace(choice="last_known", age=kept.age)
        return fallback_route(line_km, self.rules)

    def _report(self, estimate: Estimate) -> None:
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


def _ends(query: RouteQuery) -> tuple[tuple[str, Coordinates], ...]:
    """The points at which traffic counts, by the names of their legs."""
    return ("traffic_origin", query.origin), ("traffic_destination", query.destination)


def _route_leg(call: ProviderCall[Route]) -> Leg:
    route = call.value
    if route is None:
        return call.leg()
    return call.leg(distance_km=route.distance_km, seconds=route.seconds)


def _traffic_leg(call: ProviderCall[TrafficCondition]) -> Leg:
    return call.leg(condition=call.value)


class _Stopwatch:
    """Runs from when it is made, until `budget` seconds later at `until`; `clock` in seconds."""

    def __init__(self, clock: Callable[[], float], budget: float) -> None:
        self.clock = clock
        self.started = clock()
        self.until = self.started + budget

    def elapsed_ms(self) -> float:
        return (self.clock() - self.started) * 1000


class ProviderCall(Generic[T]):
    """A leg under way: a call to a service, from the moment it was made."""

    def __init__(
        self, name: str, service: str, watch: _Stopwatch, upstream: Upstream | None = None
    ) -> None:
        self.pending: Pending[T] = Pending(CallResult("disabled"))
        self._name = name
        self._service = service
        self._watch = watch
        self._upstream = upstream
        self._began = watch.clock()
        self._ended: float | None = None

    def attach(self, pending: Pending[T]) -> ProviderCall[T]:
        """Attach the pending call."""
        self.pending = pending
        if pending.task is None:
            self._ended = self._watch.clock()
        return self

    @property
    def value(self) -> T | None:
        """What the call has returned; None if nothing yet."""
        return self.pending.reply().value

    def leg(self, **answer: Any) -> Leg:
        """The leg as it stands now, with fields of its `answer`."""
        reply = self.pending.reply()
        if self._upstream is None:
            return Leg(name=self._name, service=self._service, outcome=reply.outcome)
        ended = self._ended or self.pending.ended_at or self._watch.clock()
        return Leg(
            name=self._name,
            service=self._service,
            started_ms=(self._began - self._watch.started) * 1000,
            took_ms=(ended - self._began) * 1000,
            outcome=reply.outcome,
            breaker=self._upstream.breaker.state,
            detail=reply.detail,
            **answer,
        )
