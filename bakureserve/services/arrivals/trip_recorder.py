"""Record each change of a trip, and all that follows from it, in one unit.

Every change ends here: kitchen and table are reviewed, the trip is saved with its event and audit
rows, and an arrival is compared with its predictions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from math import ceil
from typing import Any, NamedTuple

import msgspec

from bakureserve.domain.arrivals.board import minutes_late
from bakureserve.domain.arrivals.review import (
    ArrivalAlert,
    Plan,
    due_at,
    is_late,
    plan_of,
    reckoned_at,
    review,
)
from bakureserve.domain.arrivals.trip import (
    LateWarning,
    Trip,
    end_trip,
    expected,
    reopen,
    start_anew,
    unfollow,
)
from bakureserve.domain.errors import Conflict
from bakureserve.domain.reservations.lifecycle import Action
from bakureserve.domain.reservations.rebooking import is_another_visit
from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.domain.reservations.seating import TableOutlook, late_until, moved_sitting
from bakureserve.services.arrivals import calibration
from bakureserve.services.reservations.unit import BookingUnit
from bakureserve.store import audit
from bakureserve.store.arrivals import trips

_EVENTS: dict[ArrivalAlert, str] = {
    "fire": "arrival.fire",
    "hold": "arrival.hold",
    "late": "arrival.late",
    "missed": "arrival.missed",
    "quiet": "arrival.quiet",
    "lapse": "arrival.lapsed",
}
"""The events that tell them; each comes after the event of the change that led to it."""


class Settled(NamedTuple):
    """A reservation with its trip saved, and the alerts that were recorded."""

    reservation: Reservation
    alerts: tuple[ArrivalAlert, ...]


def change(
    unit: BookingUnit, reservation: Reservation, action: str, step: Callable[[Trip], Trip]
) -> Reservation:
    """Apply a step to the reservation's trip; returns the reservation as stored then.

    `action` names the event when the step changed something. Raises what the step raises.
    """
    before = trips.get(unit.transaction, reservation)
    return settle(unit, reservation, before, step(before), action).reservation


def settle(
    unit: BookingUnit,
    reservation: Reservation,
    before: Trip,
    stepped: Trip,
    action: str | None = None,
) -> Settled:
    """Review and save a trip that came from `before`, with the alerts that are due.

    `action` names the event of the change, unless only alerts came of it; None if the caller has
    recorded one. Raises Conflict (changed_meanwhile).
    """
    plan = plan_of(reservation, unit.restaurant.arrival)
    after, alerts = review(stepped, plan, unit.now)
    arrival = reckoned_at(after, plan, unit.now)
    table = _late_table(unit, reservation, after, plan, arrival)
    if table is not None and (told := _new_warning(after, table)):
        after = msgspec.structs.replace(after, late=told)
        alerts = (*alerts, "late" if after.is_open else "missed")
    due = due_at(after, plan, unit.now)
    holds = _projected_hold(unit, reservation, after) if table and after.is_open else None
    if not trips.save(
        unit.transaction, reservation, after, due_at=due, now=unit.now, holds_until=holds
    ):
        raise Conflict("changed_meanwhile")
    _judge_predictions(unit, reservation, before, after)
    saved = msgspec.structs.replace(reservation, arrival_intent=after.intent)
    if action and (stepped != before or (after.intent != before.intent and not alerts)):
        _record(unit, saved, action, {})
    for alert in alerts:
        _record(unit, saved, _EVENTS[alert], _facts(alert, saved, after, table, arrival))
    return Settled(saved, alerts)


def follow(unit: BookingUnit, reservation: Reservation, step: Action) -> Reservation:
    """Let the trip follow a change of the reservation's status: it ends, or is resumed."""
    intent = reservation.arrival_intent
    if intent.status == "idle" and not intent.share_location:
        return reservation
    before = trips.get(unit.transaction, reservation)
    after = _following(before, step, reservation, unit.now)
    return settle(unit, reservation, before, after).reservation


def follow_move(unit: BookingUnit, old: Reservation, reservation: Reservation) -> Reservation:
    """Let the trip follow a move of the reservation from `old` to another time or table.

    The trip to another visit starts anew, and followers get an event, as they do for a party that
    is no longer missed. A party that is late for the new time too gets another alert.
    """
    before = trips.get(unit.transaction, reservation)
    is_missed_no_more = old.start <= unit.now < reservation.start
    if before.is_blank:
        if is_missed_no_more:
            _record(unit, reservation, "arrival.cleared", {})
        return reservation
    if is_another_visit(unit.restaurant, old, reservation) or (
        is_missed_no_more and not before.is_under_way
    ):
        return settle(unit, reservation, before, start_anew(before), "arrival.cleared").reservation
    if not before.is_under_way:
        return reservation
    retimed = old.start != reservation.start
    stepped = msgspec.structs.replace(before, late=None) if retimed else before
    return settle(unit, reservation, before, stepped).reservation


def _following(trip: Trip, step: Action, reservation: Reservation, now: dt.datetime) -> Trip:
    if step == "undo" and reservation.status == "booked":
        return reopen(trip)
    if trip.intent.status == "idle":
        return unfollow(trip)
    if not trip.is_open:
        return trip
    if step in {"seat", "complete"}:
        return end_trip(trip, "arrived", now, by_step=True)
    if step in {"cancel", "no_show"}:
        return end_trip(trip, "cancelled", now, by_step=True)
    return trip


def _late_table(
    unit: BookingUnit, reservation: Reservation, trip: Trip, plan: Plan, arrival: dt.datetime | None
) -> TableOutlook | None:
    """What becomes of the table, if the party is late for it."""
    if arrival is None or not is_late(trip, plan, unit.now):
        return None
    return unit.seating.outlook(reservation, arrival)


def _projected_hold(unit: BookingUnit, reservation: Reservation, trip: Trip) -> dt.datetime | None:
    """Until when the late guest would hold the table: the whole sitting from their arrival."""
    arrival = expected(trip, unit.now)
    if arrival is None:
        return None
    projected = moved_sitting(reservation, arrival).held_until
    return late_until(unit.restaurant, reservation.start, projected, unit.now)


def _new_warning(trip: Trip, table: TableOutlook) -> LateWarning | None:
    """The alert for staff: that the guest is late, or that the table is now needed."""
    if not table.kept and trip.late != "at_risk":
        return "at_risk"
    return "kept" if trip.late is None else None


def _judge_predictions(
    unit: BookingUnit, reservation: Reservation, before: Trip, after: Trip
) -> None:
    status = after.intent.status
    if status == before.intent.status or after.is_open:
        return
    if status == "arrived" and before.is_open:
        calibration.arrived(unit.transaction, reservation.id, unit.now)
    else:
        calibration.abandoned(unit.transaction, reservation.id)


def _facts(
    alert: ArrivalAlert,
    reservation: Reservation,
    trip: Trip,
    table: TableOutlook | None,
    arrival: dt.datetime | None,
) -> dict[str, Any]:
    """The facts of an alert; none of them says where the guest is."""
    if alert == "fire":
        return {"prep_scope": trip.intent.prep_scope, "arrival_at": trip.fired_for}
    if alert == "hold":
        return {"delay_minutes": ceil(trip.held / 60)}
    if alert in {"late", "missed"} and arrival and table:
        return {
            "late_minutes": minutes_late(arrival, reservation.start),
            "table": "kept" if table.kept else "at_risk",
            "options": table.options,
        }
    return {}


def _record(
    unit: BookingUnit, reservation: Reservation, action: str, facts: dict[str, Any]
) -> None:
    intent = reservation.arrival_intent
    audit.record(
        unit.transaction,
        actor=unit.actor,
        now=unit.now,
        action=action,
        noun_id=reservation.id,
        changes={"arrival": intent.status, **facts},
        restaurant_id=reservation.restaurant_id,
        reservation_id=reservation.id,
        event={
            "version": reservation.version,
            "status": reservation.status,
            "arrival": intent.status,
            "minutes": intent.minutes_left(unit.now),
            "fire_at": intent.fire_at,
            **facts,
        },
    )
