"""Switching a webhook address off that says it is gone, and telling the restaurant."""

from __future__ import annotations

import datetime as dt

import msgspec

from bakureserve.domain.accounts.actor import system_actor
from bakureserve.domain.notifications import WEBHOOK_SWITCHED_OFF, Delivery, worth_until
from bakureserve.services.clock import new_id
from bakureserve.store import audit, outbox, restaurants
from bakureserve.store.transaction import Transaction


def switch_off(
    transaction: Transaction, delivery: Delivery, address: str, now: dt.datetime
) -> None:
    """Take the restaurant's webhook address away, and tell it by e-mail if it has a mailbox.

    Nothing happens when its webhooks have another address by now.
    """
    if not restaurants.drop_webhook(transaction, delivery.restaurant_id, address, now=now):
        return
    event_id = audit.record(
        transaction,
        actor=system_actor("outbox"),
        now=now,
        action=WEBHOOK_SWITCHED_OFF,
        noun_id=delivery.restaurant_id,
        restaurant_id=delivery.restaurant_id,
    )
    recipient = restaurants.find(transaction, delivery.restaurant_id).notify_email
    if recipient:
        outbox.add(transaction, _letter(delivery, recipient, event_id, now))


def _letter(delivery: Delivery, recipient: str, event_id: int, now: dt.datetime) -> Delivery:
    """It is about no reservation: what the delivery told of a guest stays out of it."""
    notice = msgspec.structs.replace(
        delivery.told,
        kind=WEBHOOK_SWITCHED_OFF,
        event_id=event_id,
        at=now,
        reservation_id="",
        guest_name="",
        guest_phone="",
        prep_items=(),
    )
    return Delivery(
        id=new_id(now),
        event_id=event_id,
        kind=WEBHOOK_SWITCHED_OFF,
        restaurant_id=delivery.restaurant_id,
        reservation_id="",
        party="restaurant",
        channel="email",
        recipient=recipient,
        status="waiting",
        attempts=0,
        next_at=now,
        expires_at=worth_until(WEBHOOK_SWITCHED_OFF, now, now),
        error="",
        created_at=now,
        settled_at=None,
        notice=notice,
    )
