"""The way as a guest's intent tells it: what an estimate puts into it, and what stays in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import msgspec

from bakureserve.domain.places.estimate import Estimate
from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.reservations.reservation import ArrivalIntent

_PLACES = ("current_location", "last_location", "route_summary")
_NUMBERS = (
    "predicted_eta_minutes",
    "predicted_eta_seconds",
    "typical_eta_minutes",
    "route_distance_km",
    "traffic_condition",
    "traffic_source",
    "traffic_updated_at",
)


def told(estimate: Estimate, now: dt.datetime) -> dict[str, Any]:
    """The fields of an intent that an estimate fills; the prediction is made of all there were."""
    return {
        "typical_eta_minutes": estimate.typical_eta_minutes,
        "route_distance_km": round(estimate.distance_km, 2),
        "route_summary": estimate.summary or None,
        "traffic_condition": estimate.traffic_condition,
        "traffic_source": estimate.provider,
        "traffic_updated_at": now,
    }


def glimpsed(
    intent: ArrivalIntent, place: Coordinates, estimate: Estimate | None, now: dt.datetime
) -> ArrivalIntent:
    """The intent as it is shown for a location that is not kept."""
    here = msgspec.structs.replace(intent, current_location=place)
    if estimate is None:
        return here
    return msgspec.structs.replace(
        here,
        predicted_eta_minutes=estimate.eta_minutes,
        predicted_eta_seconds=estimate.eta_seconds,
        **told(estimate, now),
    )


def known(intent: ArrivalIntent) -> dict[str, Any]:
    """What was predicted of the way, if it was by more than the guest's word."""
    return _fields(intent, _NUMBERS) if intent.traffic_source is not None else {}


def places(intent: ArrivalIntent) -> dict[str, Any]:
    """What tells where the guest is or was."""
    return _fields(intent, _PLACES)


def _fields(intent: ArrivalIntent, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(intent, name) for name in names}
