"""Guests on the way to Sahil Bağı, as tests need them."""

from __future__ import annotations

from typing import Any

import msgspec

from bakureserve.domain.arrivals.trip import Wish
from bakureserve.domain.places.geo import Coordinates
from bakureserve.runtime import Runtime
from bakureserve.services.arrivals.arrivals import Decision
from tests.kit.booking import at, book
from tests.kit.cast import GUEST, HOST
from tests.kit.houses import NOW, SAHIL

assert SAHIL.latitude is not None
assert SAHIL.longitude is not None
DOOR = Coordinates(SAHIL.latitude, SAHIL.longitude)
TODAY = NOW.date()


def north_of_the_door(meters: float) -> Coordinates:
    return Coordinates(DOOR.latitude + meters / 111_195, DOOR.longitude)


def a_wish(**fields: Any) -> Wish:
    """Twenty minutes away, mains wanted, location shared; say what matters."""
    given: dict[str, Any] = {
        "lead_minutes": 20,
        "prep_scope": "mains",
        "share_location": True,
        "eta_source": "location",
        "auto_charge": False,
    }
    return Wish(**(given | fields))


async def a_guest_on_the_way(
    runtime: Runtime,
    *,
    decision: Decision | None = "approve",
    start: str = "12:30",
    booking: dict[str, Any] | None = None,
    **fields: Any,
) -> str:
    """Booked for today and announced; the tests' now is noon."""
    booked = await book(runtime, GUEST, start=at(start, day=TODAY), **(booking or {}))
    await runtime.arrivals.request(GUEST, booked.id, a_wish(**fields))
    if decision:
        await runtime.arrivals.decide(HOST, booked.id, decision)
    return booked.id


async def events(runtime: Runtime) -> list[str]:
    """What was told of arrivals, in order."""
    rows = await runtime.database.read(
        lambda tx: tx.all("select kind from event where kind like 'arrival.%' order by id")
    )
    return [kind.removeprefix("arrival.") for (kind,) in rows]


async def all_data(runtime: Runtime) -> list[Any]:
    """The data of the events, the newest first."""
    rows = await runtime.database.read(lambda tx: tx.all("select data from event order by id desc"))
    return [msgspec.json.decode(data) for (data,) in rows]


async def whereabouts_kept(runtime: Runtime) -> int:
    """How many rows hold coordinates, anywhere: of intents, trips, events or the audit log."""
    row = await runtime.database.read(
        lambda tx: tx.one(
            "select count(*) from (select document d from arrival_intent"
            " union all select document from arrival_trip union all select data from event"
            " union all select changes from audit) where d like '%latitude%'"
        )
    )
    assert row
    return int(row[0])
