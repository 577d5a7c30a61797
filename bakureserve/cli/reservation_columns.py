"""Reservations as rows: on the terminal, and in full for one alone and for spreadsheets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

from bakureserve.cli.output import Columns, counted
from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.localtime import calendar_text, clock_text, local
from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.domain.restaurants.restaurant import Restaurant


class Row(NamedTuple):
    """A reservation, the restaurant in whose zone its times are told, and who reads it."""

    reservation: Reservation
    restaurant: Restaurant
    reader: Actor


def _moment(name: str) -> Callable[[Row], str]:
    """A time of the reservation by the restaurant's clock, with its offset."""

    def cell(row: Row) -> str:
        moment: dt.datetime = getattr(row.reservation, name)
        return local(moment, row.restaurant.zone).isoformat()

    return cell


def table_name(restaurant: Restaurant, table_id: str | None) -> str:
    """The table's name on the floor; its id where the floor plan no longer has it."""
    table = restaurant.tables_by_id.get(table_id or "")
    return table.name if table else table_id or ""


def _table(row: Row) -> str:
    return table_name(row.restaurant, row.reservation.table_id)


IN_A_LIST: Columns[Row] = {
    "ID": lambda row: row.reservation.id,
    "RESTAURANT": lambda row: row.restaurant.slug,
    "START": lambda row: calendar_text(row.reservation.start, row.restaurant.zone),
    "END": lambda row: clock_text(row.reservation.end, row.restaurant.zone),
    "COVERS": lambda row: row.reservation.party_size,
    "TABLE": _table,
    "GUEST": lambda row: row.reservation.guest_name,
    "STATUS": lambda row: row.reservation.status,
}

IN_FULL: Columns[Row] = {
    "ID": lambda row: row.reservation.id,
    "STATUS": lambda row: row.reservation.status,
    "ATTENTION": lambda row: row.reservation.attention,
    "RESTAURANT_ID": lambda row: row.reservation.restaurant_id,
    "RESTAURANT": lambda row: row.restaurant.name,
    "SERVICE_DATE": lambda row: row.reservation.service_date,
    "START": _moment("start"),
    "END": _moment("end"),
    "HELD_UNTIL": _moment("held_until"),
    "PARTY_SIZE": lambda row: row.reservation.party_size,
    "TABLE_ID": lambda row: row.reservation.table_id,
    "TABLE": _table,
    "GUEST_NAME": lambda row: row.reservation.guest_name,
    "GUEST_PHONE": lambda row: row.reservation.guest_phone,
    "NOTES": lambda row: row.reservation.notes,
    "STAFF_NOTES": lambda row: row.reservation.staff_notes,
    "TAGS": lambda row: row.reservation.tags,
    "SOURCE": lambda row: row.reservation.source,
    "PINNED": lambda row: row.reservation.pinned,
    "CANCELLED_BY": lambda row: row.reservation.cancelled_by,
    "CANCELLED_LATE": lambda row: row.reservation.cancelled_late,
    "HIDDEN_FROM_GUEST": lambda row: row.reservation.hidden,
    "OWNER_ID": lambda row: row.reservation.owner_id,
    "ARRIVAL": lambda row: row.reservation.arrival_intent.status,
    "PREP_STATUS": lambda row: row.reservation.prep.status,
    "PREP_ITEMS": lambda row: row.reservation.prep.items,
    "CREATED_AT": _moment("created_at"),
    "UPDATED_AT": _moment("updated_at"),
}


def in_one_line(row: Row) -> str:
    """A reservation as it is named in a question or an answer."""
    booked = row.reservation
    start = calendar_text(booked.start, row.restaurant.zone)
    guest = "".join(each for each in booked.guest_name if each.isprintable())
    covers = counted(booked.party_size, "cover")
    return f"{booked.id}: {guest}, {covers}, {start}, {row.restaurant.slug}"
