"""`bakureserve arrivals`: guests on the way to a restaurant, and the sweep that servers run."""

from __future__ import annotations

import typer

from bakureserve.cli.common import noun
from bakureserve.cli.context import IdOrSlug
from bakureserve.cli.output import AsJson, Columns, counted, emit, emit_one, say
from bakureserve.cli.reservations import table_name
from bakureserve.cli.session import open_session
from bakureserve.domain.arrivals.board import OnTheWay
from bakureserve.domain.localtime import clock_text
from bakureserve.domain.restaurants.restaurant import Restaurant

app = noun("Guests on the way.")


@app.command("list")
def list_some(
    ctx: typer.Context,
    id_or_slug: IdOrSlug,
    as_json: AsJson = False,
) -> None:
    """List who is on the way to a restaurant, waits at its door or is missed, by booked time."""
    with open_session(ctx) as session:
        restaurant = session.run(session.runtime.directory.restaurant(id_or_slug))
        found = session.run(session.runtime.arrivals.board(session.actor, restaurant.id))
    emit(found, _columns(restaurant), as_json=as_json)


@app.command()
def sweep(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Tell what is due: kitchens to start, guests late or silent. Running servers do it anyway."""
    with open_session(ctx) as session:
        seen = session.run(session.runtime.arrival_watch.look(session.actor))
    if as_json:
        emit_one(seen, as_json=True)
        return
    told = ", ".join(f"{count} {telling}" for telling, count in sorted(seen.counts.items()))
    say(f"Checked {counted(seen.trips, 'trip')}; sent: {told or 'nothing'}.")


def _columns(restaurant: Restaurant) -> Columns[OnTheWay]:
    return {
        "ID": lambda each: each.reservation_id,
        "BOOKED": lambda each: clock_text(each.start, restaurant.zone),
        "GUEST": lambda each: each.guest_name,
        "COVERS": lambda each: each.party_size,
        "TABLE": lambda each: table_name(restaurant, each.table_id),
        "STATUS": lambda each: each.status,
        "MINUTES": _minutes,
        "KM": lambda each: None if each.distance_km is None else f"{each.distance_km:.0f}",
        "KITCHEN": lambda each: each.kitchen,
        "START_AT": lambda each: (
            clock_text(each.fire_at, restaurant.zone) if each.fire_at else None
        ),
        "COMES": _comes,
        "TODO": _todo,
    }


def _minutes(each: OnTheWay) -> str | None:
    """The estimate with its range; a question mark when the location is old."""
    if each.minutes is None:
        return None
    around = f" ({each.earliest_minutes}–{each.latest_minutes})" if each.status != "arrived" else ""
    return f"{each.minutes}{around}{'?' if each.stale else ''}"


def _comes(each: OnTheWay) -> str | None:
    """Early, on time or late; without a location, the minutes past the booked time."""
    if each.minutes is not None or not each.late_minutes:
        return each.punctuality
    return f"{each.punctuality} {each.late_minutes}"


def _todo(each: OnTheWay) -> str | None:
    """What the host has to decide, when the table is needed by others."""
    if each.table is None or each.table.kept:
        return None
    return ", ".join(option.kind for option in each.table.options)
