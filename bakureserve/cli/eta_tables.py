"""Estimates and what is known of them, as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec

from bakureserve.cli.output import Columns, counted
from bakureserve.domain.arrivals.calibration import Accuracy
from bakureserve.domain.places.estimate import Leg
from bakureserve.eta.speed_fit import FEWEST_TRIPS, FittedSpeed, SpeedFit

if TYPE_CHECKING:
    from bakureserve.server.shapes.maps import Explained


class Compared(msgspec.Struct, frozen=True):
    """What one source says of a way: kilometres and seconds before traffic, None for nothing."""

    source: str
    distance_km: float | None
    seconds: float | None
    outcome: str


COMPARED: Columns[Compared] = {
    "SOURCE": lambda each: each.source,
    "KM": lambda each: _number(each.distance_km, 2),
    "SECONDS": lambda each: _number(each.seconds, 0),
    "KM/H": lambda each: _number(_speed(each), 0),
    "OUTCOME": lambda each: each.outcome,
}
ASKED: Columns[tuple[int, Explained]] = {
    "ASKED": lambda row: row[0],
    "PROVIDER": lambda row: row[1].directions.provider,
    "SECONDS": lambda row: row[1].directions.eta_seconds,
    "TOOK MS": lambda row: _number(row[1].diagnosis.took_ms, 1),
    "LEGS": lambda row: [f"{leg.name} {leg.outcome}" for leg in row[1].diagnosis.legs],
}
ACCURACY: Columns[Accuracy] = {
    "BY": lambda each: each.by,
    "GROUP": lambda each: each.group,
    "TRIPS": lambda each: each.trips,
    "PREDICTIONS": lambda each: each.predictions,
    "MEAN": lambda each: f"{each.mean_error:+.0f}",
    "MEAN ABS": lambda each: f"{each.mean_absolute_error:.0f}",
    "P50": lambda each: each.p50,
    "P90": lambda each: each.p90,
    "P95": lambda each: each.p95,
}
FITTED: Columns[tuple[str, FittedSpeed]] = {
    "SPEED": lambda row: row[0],
    "BEFORE": lambda row: f"{row[1].before_kmh:g}",
    "AFTER": lambda row: f"{row[1].after_kmh:g}",
    "TRIPS": lambda row: row[1].trips,
    "PREDICTIONS": lambda row: row[1].predictions,
    "FITTED": lambda row: row[1].enough,
}


def facts_of(told: Explained) -> Mapping[str, object]:
    """An estimate in a few lines."""
    way = told.directions
    return {
        "from": told.origin.place_name,
        "to": told.destination.place_name,
        "eta": f"{way.eta_minutes} min ({way.eta_seconds} s)",
        "distance": f"{way.route_distance_km:.2f} km",
        "provider": way.provider + (f", found {told.age_seconds} s ago" if way.stale else ""),
        "traffic": f"{way.traffic_condition}, {way.traffic_delay_minutes:+d} min",
        "way": way.route_summary,
    }


def compared(told: Explained) -> Iterator[Compared]:
    """What GoMap, OSRM, the straight line and the fallback say of one way, side by side.

    The straight line's seconds are the least that any car takes.
    """
    how = told.diagnosis
    legs = {leg.name: leg for leg in how.legs}
    for name in ("gomap", "osrm"):
        leg = legs.get(name, Leg(name=name, service=name, outcome="disabled"))
        yield Compared(name, leg.distance_km, leg.seconds, leg.detail or leg.outcome)
    yield Compared("straight line", how.straight_line_km, how.floor_seconds, "at least")
    yield Compared("fallback", how.fallback_km, how.fallback_seconds, "always")


def verdict(fit: SpeedFit, *, dry_run: bool) -> str:
    """What a fit means, in a sentence or two."""
    if not fit.found:
        return f"Nothing was fitted: a speed takes {FEWEST_TRIPS} trips that speak for it."
    ending = (
        "This was a dry run: nothing was changed." if dry_run else "The fitted speeds hold now."
    )
    return (
        f"The fallback was off by {fit.error_before:.0f} s on {counted(fit.trips, 'trip')};"
        f" at speeds fitted to the other half of them it is off by {fit.error_after:.0f} s."
        f" {ending}"
    )


def _speed(each: Compared) -> float | None:
    if each.distance_km is None or not each.seconds:
        return None
    return each.distance_km / each.seconds * 3600


def _number(value: float | None, decimals: int) -> str | None:
    return None if value is None else f"{value:.{decimals}f}"
