"""What is sent about a guest on the way, and what staff are told of it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from bakureserve.domain.reservations.reservation import EtaSource, PrepScope
from bakureserve.server.kinds import InputText


class ArrivalBody(msgspec.Struct, frozen=True):
    """The guest announces themselves, `lead_minutes` away; old apps say no more than that."""

    lead_minutes: Annotated[int, Meta(ge=5, le=90)]
    prep_scope: PrepScope = "full"
    share_location: bool = False
    eta_source: EtaSource = "user"
    auto_charge: bool = True
    notes: InputText | None = None


class DecisionBody(msgspec.Struct, frozen=True):
    """Staff approve, queue or reject; the guest may cancel as well."""

    action: Literal["approve", "queue", "reject", "cancel"]
    notes: InputText | None = None


class LocationBody(msgspec.Struct, frozen=True):
    """Where the guest is: WGS 84 degrees."""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]


class EtaBody(msgspec.Struct, frozen=True):
    """The guest's own word."""

    eta_minutes: Annotated[int, Meta(ge=1, le=240)]
