"""A delivery to start from, and restaurants that take webhooks."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from bakureserve.domain.notifications import Delivery, Notice
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.runtime import Runtime
from tests.kit.builders import utc
from tests.kit.cast import ADMIN

NOW = utc("2027-03-01 08:00")

NOTICE = Notice(
    kind="reservation.booked",
    event_id=7,
    at=NOW,
    reservation_id="0195-r1",
    sequence=1,
    status="booked",
    party_size=2,
    start=utc("2027-03-02 15:00"),
    end=utc("2027-03-02 16:30"),
    table_id="t1",
    guest_name="Aysel Quliyeva",
    guest_phone="+994 50 123 45 67",
    restaurant_id="11111111-1111-4111-8111-111111111111",
    restaurant_name="Sahil Bağı",
    timezone="Asia/Baku",
    address="Neftçilər pr. 1",
    phone="+994 12 111 11 11",
)


def a_delivery(
    *,
    party: Any = "guest",
    channel: Any = "email",
    recipient: str = "aysel@example.az",
    **notice: Any,
) -> Delivery:
    """A booking told to its guest by e-mail; say what matters of the notice."""
    told = msgspec.structs.replace(NOTICE, **notice)
    return Delivery(
        id="0195-d1",
        event_id=told.event_id,
        kind=told.kind,
        restaurant_id=told.restaurant_id,
        reservation_id=told.reservation_id,
        party=party,
        channel=channel,
        recipient=recipient,
        status="sending",
        attempts=1,
        next_at=NOW,
        expires_at=NOW + dt.timedelta(days=2),
        error="",
        created_at=NOW,
        settled_at=None,
        notice=told,
    )


async def connect(runtime: Runtime, *houses: Restaurant) -> None:
    """Give each restaurant an address for webhooks, at which nothing listens."""
    connected = [
        msgspec.structs.replace(house, webhook_url=f"https://{house.slug}.example/hook")
        for house in houses
    ]
    await runtime.catalogue.add_or_replace(ADMIN, connected)
