"""Change a booking: find what is new, and the table for it."""

from __future__ import annotations

from typing import Any

import msgspec

from bakureserve.domain.errors import Conflict
from bakureserve.domain.reservations import attention, lifecycle
from bakureserve.domain.reservations.attention import attention_under
from bakureserve.domain.reservations.rebooking import Retiming, is_another_visit, retimed
from bakureserve.domain.reservations.reservation import STAFF_FIELDS, Prep, Reservation
from bakureserve.domain.reservations.sittings import Sitting, sitting_of
from bakureserve.domain.restaurants.restaurant import Table
from bakureserve.services.arrivals import trip_recorder
from bakureserve.services.reservations.unit import BookingUnit

_MOVES = frozenset({"party_size", "start", "end", "table_id"})


def rebook(unit: BookingUnit, before: Reservation, wanted: dict[str, Any]) -> Reservation:
    """Change the reservation; returns the same one if nothing is new.

    Raises Invalid, Conflict.
    """
    news = _differences(unit, before, wanted)
    unit.require_staff_for([name for name in STAFF_FIELDS if name in news])
    if news and unit.acts_as_guest(before):
        lifecycle.require_before_start(before, unit.now)
    renamed = {name: value for name, value in news.items() if name not in _MOVES}
    after, table = msgspec.structs.replace(before, **renamed), None
    if not _MOVES.isdisjoint(news):
        after, table = _move(unit, after, news)
        after = msgspec.structs.replace(after, pinned=_is_pinned(before, after, news))
    if after == before:
        return before
    if is_another_visit(unit.restaurant, before, after):
        after = msgspec.structs.replace(after, prep=Prep())
    return trip_recorder.follow_move(unit, before, unit.save(before, after, "changed", table=table))


def _differences(unit: BookingUnit, before: Reservation, wanted: dict[str, Any]) -> dict[str, Any]:
    """The fields of `wanted` that differ from the booking, with times in UTC. Raises Invalid.

    A present end or table counts as different if the other changes would replace it.
    """
    given = dict(wanted)
    for name in ("start", "end"):
        if given.get(name) is None:
            given.pop(name, None)
        else:
            given[name] = unit.moment(given[name], name)
    # A guest may send back what they were shown, which is nothing. Anything else is refused even
    # where it is what stands there, or guessing would tell.
    if not unit.actor.is_staff_of(unit.restaurant.id) and given.pop("staff_notes", ""):
        unit.require_staff_for(("staff_notes",))
    news = {name: value for name, value in given.items() if value != getattr(before, name)}
    if "start" in news and "end" in given:
        news["end"] = given["end"]
    if "table_id" in given and not _MOVES.isdisjoint(news):
        news["table_id"] = given["table_id"]
    return news


def _move(
    unit: BookingUnit, before: Reservation, news: dict[str, Any]
) -> tuple[Reservation, Table]:
    """Move it to its new time or table; returns the reservation and the table it now holds."""
    wanted = Retiming(**{name: news[name] for name in Retiming.__struct_fields__ if name in news})
    sitting = retimed(unit.restaurant, before, wanted, unit.now, as_staff=unit.books_as_staff)
    if before.owner_id is not None and sitting != sitting_of(before):
        unit.require_room_for_guest(before.owner_id, sitting, instead_of=before.id)
    unit.seating.release(before)
    table = _table_after(unit, before, news, sitting)
    after = msgspec.structs.replace(
        before,
        party_size=news.get("party_size", before.party_size),
        table_id=table.id,
        start=sitting.start,
        end=sitting.end,
        held_until=sitting.held_until,
        service_date=sitting.service_date,
        attention=_attention_after(before, sitting),
    )
    if after.attention:
        after = msgspec.structs.replace(after, attention=attention_under(unit.restaurant, after))
    unit.seating.take(after, table)
    return after, table


def _attention_after(before: Reservation, sitting: Sitting) -> tuple[str, ...]:
    """A new time clears all attention codes, a table clears `no_table`."""
    if sitting != sitting_of(before):
        return ()
    return attention.without(before, attention.NO_TABLE, attention.TABLE_OVERSTAYED)


def _is_pinned(before: Reservation, after: Reservation, news: dict[str, Any]) -> bool:
    """A requested table is pinned, until the booking moves to one that was not requested."""
    if "pinned" in news:
        return bool(news["pinned"])
    if "table_id" in news:
        return news["table_id"] is not None
    return before.pinned and after.table_id == before.table_id


def _table_after(
    unit: BookingUnit, before: Reservation, news: dict[str, Any], sitting: Sitting
) -> Table:
    """The table named; or the present one if it fits and is free; or another, unless seated.

    Raises Invalid, Conflict.
    """
    party_size, named = news.get("party_size", before.party_size), news.get("table_id")
    own = unit.restaurant.tables_by_id.get(before.table_id or "")
    if own is not None and before.party_size != party_size > own.capacity:
        own = None
    keeps = before.status == "seated" if named is None else named == before.table_id
    if own is not None and keeps and unit.seating.is_free(own, sitting):
        return own
    if named is not None:
        return unit.seating.table_for(party_size, sitting, table_id=named)
    if before.status == "seated":
        raise Conflict("seated_party_stays", free=unit.seating.free_tables(party_size, sitting))
    return unit.seating.table_for(
        party_size, sitting, preferred=None if "table_id" in news else own
    )
