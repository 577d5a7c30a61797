"""Apply a restaurant's new rules to its existing bookings: report, mark and unmark them."""

from __future__ import annotations

import datetime as dt

import msgspec

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Conflict, FieldProblem
from bakureserve.domain.localtime import calendar_text
from bakureserve.domain.reservations.attention import (
    ZONE_CHANGED,
    attention_for,
    clock_differs,
    refusals,
    same_rules,
    service_date_under,
)
from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.store import audit
from bakureserve.store.reservations import reservation_lists, reservations
from bakureserve.store.transaction import Transaction

_FLAGGED, _CLEARED = "reservation.flagged", "reservation.cleared"


class Stranded(msgspec.Struct, frozen=True, kw_only=True):
    """A booking that new rules would refuse, and why. `start` is by the restaurant's clock now."""

    id: str
    start: str
    party_size: int
    table_id: str | None
    reasons: tuple[FieldProblem, ...]


def refuse_other_clock(
    transaction: Transaction, before: Restaurant, after: Restaurant, now: dt.datetime
) -> None:
    """Raises Conflict (zone_change_shifts_bookings) if guests to come were told another time."""
    if before.timezone == after.timezone:
        return
    to_come = reservation_lists.to_come(transaction, after.id, now)
    shifted = sum(clock_differs(before, after, booking) for booking in to_come)
    if shifted:
        raise Conflict(
            "zone_change_shifts_bookings",
            count=shifted,
            before=before.timezone,
            after=after.timezone,
        )


def follow(
    transaction: Transaction,
    before: Restaurant,
    after: Restaurant,
    *,
    actor: Actor,
    now: dt.datetime,
) -> tuple[Stranded, ...]:
    """Mark every booking to come that the new rules would refuse, and unmark the others.

    Returns all that are refused, marked before or not; none if no rule changed.
    """
    if same_rules(before, after):
        return ()
    change = _Change(transaction, before, after, actor, now)
    told = (
        (booking, change.meet(booking))
        for booking in reservation_lists.to_come(transaction, after.id, now)
    )
    return tuple(_stranded(after, booking, reasons) for booking, reasons in told if reasons)


class _Change:
    """One change of rules, in its own transaction."""

    def __init__(
        self,
        transaction: Transaction,
        before: Restaurant,
        after: Restaurant,
        actor: Actor,
        now: dt.datetime,
    ) -> None:
        self._transaction = transaction
        self._before = before
        self._after = after
        self._actor = actor
        self._now = now

    def meet(self, booking: Reservation) -> tuple[FieldProblem, ...]:
        """Mark a booking with the problems it has under the new rules, and return them."""
        problems = refusals(self._after, booking)
        zone = self._promised_zone(booking)
        if zone is not None:
            problems += (_other_clock(zone, self._after),)
        changed = msgspec.structs.replace(
            booking,
            attention=attention_for(booking, problems),
            service_date=service_date_under(self._after, booking),
            updated_at=self._now,
        )
        if _differs(changed, booking):
            self._save(booking, changed, zone)
        return problems

    def _promised_zone(self, booking: Reservation) -> str | None:
        """The zone in which the guest was told another clock time; None if the time is the same."""
        zone = self._before.timezone
        if ZONE_CHANGED in booking.attention:
            zone = audit.zone_told(self._transaction, booking.id) or zone
        told = msgspec.structs.replace(self._after, timezone=zone)
        return zone if clock_differs(told, self._after, booking) else None

    def _save(self, before: Reservation, after: Reservation, zone: str | None) -> None:
        key = reservations.table_key(self._transaction, before.id)
        if not reservations.update(self._transaction, after, key):
            raise Conflict("changed_meanwhile")
        gained = set(after.attention) - set(before.attention)
        audit.record(
            self._transaction,
            actor=self._actor,
            now=self._now,
            action=_FLAGGED if gained else _CLEARED,
            noun_id=after.id,
            changes={
                "attention": after.attention,
                "service_date": after.service_date,
                **({"zone_told": zone} if zone else {}),
            },
            restaurant_id=after.restaurant_id,
            reservation_id=after.id,
            event={"version": before.version + 1, "status": after.status},
        )


def _differs(changed: Reservation, booking: Reservation) -> bool:
    return (changed.attention, changed.service_date) != (booking.attention, booking.service_date)


def _other_clock(zone: str, restaurant: Restaurant) -> FieldProblem:
    return FieldProblem("timezone", ZONE_CHANGED, {"before": zone, "after": restaurant.timezone})


def _stranded(
    restaurant: Restaurant, booking: Reservation, reasons: tuple[FieldProblem, ...]
) -> Stranded:
    return Stranded(
        id=booking.id,
        start=calendar_text(booking.start, restaurant.zone),
        party_size=booking.party_size,
        table_id=booking.table_id,
        reasons=reasons,
    )
