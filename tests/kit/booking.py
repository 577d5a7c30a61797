"""Asking for a table at Sahil Bağı: say what matters, the rest is sensible."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.reservations.reservation import BookingRequest, Reservation
from bakureserve.domain.restaurants.restaurant import BookingPolicy
from bakureserve.runtime import Runtime
from bakureserve.services.reservations.availability import DayAvailability
from bakureserve.store.restaurants import restaurants
from tests.kit.houses import SAHIL, by_another_process

DAY = dt.date(2027, 3, 2)
"""The day after the tests' now."""


def at(clock: str, *, day: dt.date = DAY) -> dt.datetime:
    """The wall clock at the restaurant, "19:00", as the guest says it: without an offset."""
    return dt.datetime.combine(day, dt.time.fromisoformat(clock))


def baku(clock: str, *, day: dt.date = DAY) -> dt.datetime:
    """The same as the program keeps it."""
    zone = dt.timezone(dt.timedelta(hours=4))
    return at(clock, day=day).replace(tzinfo=zone).astimezone(dt.UTC)


def a_request(**fields: Any) -> BookingRequest:
    """Two covers tomorrow at seven."""
    given: dict[str, Any] = {
        "restaurant_id": SAHIL.id,
        "party_size": 2,
        "start": at("19:00"),
        "guest_name": "Aysel",
    }
    return BookingRequest(**(given | fields))


async def book(runtime: Runtime, actor: Actor, **fields: Any) -> Reservation:
    booked = await runtime.booking.create(actor, a_request(**fields))
    assert isinstance(booked, Reservation)
    return booked


async def change_sahil(runtime: Runtime, **fields: Any) -> None:
    """An operator changes Sahil Bağı, fields of its policy by name beside its own, elsewhere."""
    policy = {name: fields.pop(name) for name in BookingPolicy.__struct_fields__ if name in fields}
    given = {"policy": msgspec.structs.replace(SAHIL.policy, **policy)} | fields
    house = msgspec.structs.replace(SAHIL, **given)
    await by_another_process(
        runtime.database.path, lambda tx: restaurants.replace(tx, house, now=runtime.clock())
    )


def free_at(day: DayAvailability, clock: str) -> list[str]:
    """The tables that are offered for the sitting that starts then."""
    start = baku(clock, day=DAY)
    found = [offered for offered in day.sittings if offered.sitting.start == start]
    return [table.id for offered in found for table in offered.tables]
