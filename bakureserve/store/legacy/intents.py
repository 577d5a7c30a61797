"""The guest's way to the table, as the old server noted it: arrival intents and pre-orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from bakureserve.domain.arrivals.location import require_a_guests_place
from bakureserve.domain.errors import Invalid
from bakureserve.domain.places.estimate import RouteSource, TrafficCondition
from bakureserve.domain.places.geo import Coordinates, swapped
from bakureserve.domain.reservations.reservation import (
    ArrivalIntent,
    ArrivalStatus,
    EtaSource,
    Prep,
    PrepScope,
)
from bakureserve.domain.text import LONGEST_NOTES
from bakureserve.store.legacy.row_reader import RowReader

_Minutes = Annotated[int, Meta(ge=0, le=1440)]
_Seconds = Annotated[int, Meta(ge=0, le=86_400)]
_Kilometres = Annotated[float, Meta(ge=0, le=40_000)]


class _Place(msgspec.Struct):
    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]


FIELDS: dict[str, Any] = {
    "status": ArrivalStatus,
    "lead_minutes": _Minutes,
    "prep_scope": PrepScope,
    "eta_source": EtaSource,
    "share_location": bool,
    "auto_charge": bool,
    "predicted_eta_minutes": _Minutes,
    "predicted_eta_seconds": _Seconds,
    "typical_eta_minutes": _Minutes,
    "confirmed_eta_minutes": _Minutes,
    "route_distance_km": _Kilometres,
    "traffic_condition": TrafficCondition,
    "traffic_source": RouteSource,
}
PLACES = ("current_location", "last_location")
MOMENTS = ("last_signal", "traffic_updated_at", "fire_at", "arrived_at")
TEXTS = {"notes": LONGEST_NOTES, "route_summary": 400}
KNOWN = frozenset({*FIELDS, *PLACES, *MOMENTS, *TEXTS})

PREP_FIELDS: dict[str, Any] = {"prep_eta_minutes": _Minutes, "prep_items": tuple[str, ...]}
PREP_TEXTS = {"prep_scope": 40, "prep_status": 40, "prep_policy": 400}
PREP_KNOWN = frozenset({*PREP_FIELDS, *PREP_TEXTS, "prep_request_time"})


_IDLE = ArrivalIntent()
_NO_PREP = Prep()


def arrival_intent_of(row: RowReader, door: Coordinates | None) -> ArrivalIntent:
    """The row's arrival intent; values that cannot be used are set aside in the row.

    `door` is where the restaurant is, if that is known.
    """
    value = row.take("arrival_intent", dict)
    if not value or _says_nothing(value):
        return _IDLE
    intent = RowReader(value, KNOWN, path="arrival_intent.")
    fields = {name: intent.take(name, kind) for name, kind in FIELDS.items()}
    fields |= {name: intent.take_moment(name) for name in MOMENTS}
    fields |= {name: intent.take_text(name, longest) for name, longest in TEXTS.items()}
    fields |= {name: _place(intent, name, door) for name in PLACES}
    row.reasons += intent.reasons
    if intent.extra:
        row.extra["arrival_intent"] = intent.extra
    return ArrivalIntent(**_given(fields))


def prep_of(row: RowReader) -> Prep:
    """The row's pre-order, from its `prep_…` fields."""
    if all(row.fields.get(name) is None for name in PREP_KNOWN):
        return _NO_PREP
    fields = {name: row.take(name, kind) for name, kind in PREP_FIELDS.items()}
    fields |= {name: row.take_text(name, longest) for name, longest in PREP_TEXTS.items()}
    fields["prep_request_time"] = row.take_moment("prep_request_time")
    given = _given(fields)
    return Prep(**{name.removeprefix("prep_"): value for name, value in given.items()})


def _says_nothing(value: Mapping[str, Any]) -> bool:
    """Whether it is what the old server wrote for most guests: nobody is on the way."""
    said = {name: word for name, word in value.items() if word is not None and word is not False}
    return said == {"status": "idle"} and value.keys() <= KNOWN


def _place(intent: RowReader, name: str, door: Coordinates | None) -> Coordinates | None:
    """A place that a guest can have been at, as a server of ours would have believed it.

    One that is left out is not kept aside: where guests were is forgotten after their visit.
    """
    given = intent.take(name, _Place)
    if given is None:
        return None
    place = Coordinates(given.latitude, given.longitude)
    try:
        require_a_guests_place(place, door)
    except Invalid as unbelievable:
        if unbelievable.code != "location_swapped":
            intent.note("old_place_unusable", field=f"arrival_intent.{name}")
            return None
        intent.note("old_place_swapped", field=f"arrival_intent.{name}")
        return swapped(place)
    return place


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Those that say something, so that the type's own defaults fill in the others."""
    return {name: value for name, value in fields.items() if value is not None and value != ""}
