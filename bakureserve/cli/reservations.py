"""`bakureserve reservations`: list, show, cancel and export them."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import msgspec
import typer

from bakureserve.cli.close_day import close_day
from bakureserve.cli.common import noun
from bakureserve.cli.context import OneRestaurant
from bakureserve.cli.files import OutputFile, written_to
from bakureserve.cli.output import AsCsv, AsJson, Columns, counted, emit, emit_one, progress, say
from bakureserve.cli.prompts import Yes, confirm
from bakureserve.cli.session import CliSession, open_session
from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.localtime import calendar_text, clock_text
from bakureserve.domain.reservations import lifecycle
from bakureserve.domain.reservations.reservation import Reservation, Status
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.domain.text import canonical_id
from bakureserve.server.shapes.reservations import ReservationOut, reservation_out

if TYPE_CHECKING:
    from bakureserve.store.reservations.reservation_lists import Filter, ListPosition

app = noun("The reservations.")
app.command("close-day")(close_day)

Format = Literal["csv", "json", "jsonl"]

ServiceDate = Annotated[
    dt.datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Only this service day's."),
]
OfStatus = Annotated[Status | None, typer.Option(help="Only those of this status.")]
Limit = Annotated[
    int | None,
    typer.Option(min=1, max=1_000_000_000, help="At most this many, earliest first."),
]

_PAGE = 1000


@app.command("list")
def list_some(
    ctx: typer.Context,
    *,
    restaurant: OneRestaurant = None,
    date: ServiceDate = None,
    status: OfStatus = None,
    limit: Limit = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List reservations by their start, shown in the restaurant's own time."""
    with open_session(ctx) as session:
        rows = _rows(session, _filter(session, restaurant, date, status), limit)
        if as_json:
            _write(rows, "json")
        elif as_csv:
            _write(rows, "csv")
        else:
            emit(rows, IN_A_LIST)


@app.command()
def show(
    ctx: typer.Context,
    reservation: Annotated[
        str, typer.Argument(metavar="ID", show_default=False, parser=canonical_id)
    ],
    as_json: AsJson = False,
) -> None:
    """Show one reservation: all that is known of it."""
    with open_session(ctx) as session:
        row = _found(session, reservation)
    if as_json:
        emit_one(_as_served(row), as_json=True)
        return
    facts = [
        (title.lower().replace("_", " "), value)
        for title, cell in IN_FULL.items()
        if (value := cell(row)) not in (None, "", ())
    ]
    emit(facts, {"FIELD": lambda fact: fact[0], "VALUE": lambda fact: fact[1]})


@app.command()
def cancel(
    ctx: typer.Context,
    reservations: Annotated[
        list[str], typer.Argument(metavar="ID", show_default=False, parser=canonical_id)
    ],
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Cancel reservations and free their tables. Nothing is done if one cannot be cancelled."""
    with open_session(ctx) as session:
        rows = [_found(session, each) for each in dict.fromkeys(reservations)]
        for row in rows:
            _require_cancellable(row.reservation, session.runtime.clock())
        named = "\n".join(f"  {in_one_line(row)}" for row in rows)
        confirm(f"This cancels:\n{named}\nGo on?", yes=yes)
        act = session.runtime.booking.act
        for row in rows:
            session.run(act(session.actor, row.reservation.id, "cancel"))
            say(f"Cancelled {in_one_line(row)}.")
        if as_json:
            _write((_found(session, row.reservation.id) for row in rows), "json")


@app.command()
def export(
    ctx: typer.Context,
    *,
    form: Annotated[Format, typer.Option("--format", help="What to write.")] = "csv",
    output: OutputFile = None,
    restaurant: OneRestaurant = None,
    date: ServiceDate = None,
    status: OfStatus = None,
    limit: Limit = None,
) -> None:
    """Write reservations as CSV, JSON or a JSON line each, however many there are."""
    with open_session(ctx) as session:
        wanted = _filter(session, restaurant, date, status)
        total = session.run(session.runtime.booking.count(session.actor, wanted))
        total = min(total, limit or total)
        with written_to(output, private=True), progress(total, "Exporting") as advance:
            _write(_rows(session, wanted, limit, advance), form)
    if output:
        say(f"Wrote {output}.")


def _filter(
    session: CliSession, restaurant: str | None, date: dt.datetime | None, status: Status | None
) -> Filter:
    """The filter of the options. Raises NotFound for a restaurant that never existed."""
    from bakureserve.store.reservations.reservation_lists import Filter

    found = session.run(session.runtime.catalogue.export([restaurant])) if restaurant else ()
    return Filter(
        restaurant_id=found[0].id if found else None,
        service_date=date.date() if date else None,
        status=status,
    )


def _rows(
    session: CliSession,
    wanted: Filter,
    limit: int | None,
    advance: Callable[[int], None] = lambda _: None,
) -> Iterator[ReservationRow]:
    """The reservations page by page, so that memory stays flat; `advance` gets each page's size."""

    from bakureserve.store.reservations.reservation_lists import position_of

    def pages() -> Iterator[ReservationRow]:
        after = None
        while page := session.run(_page(session, wanted, after, min(_PAGE, limit or _PAGE))):
            yield from page
            advance(len(page))
            after = position_of(page[-1].reservation)

    return islice(pages(), limit)


async def _page(
    session: CliSession, wanted: Filter, after: ListPosition | None, size: int
) -> list[ReservationRow]:
    found = await session.runtime.booking.list(session.actor, wanted, after=after, limit=size)
    return await _rows_of(session, found)


def _found(session: CliSession, reservation_id: str) -> ReservationRow:
    """Raises NotFound."""
    found = session.run(session.runtime.booking.get(session.actor, reservation_id))
    return session.run(_rows_of(session, [found]))[0]


async def _rows_of(session: CliSession, found: Iterable[Reservation]) -> list[ReservationRow]:
    """Reservations with their restaurants, as the operator sees them."""
    known = session.runtime.directory.known
    return [ReservationRow(each, await known(each.restaurant_id), session.actor) for each in found]


def _require_cancellable(reservation: Reservation, now: dt.datetime) -> None:
    """Raises Conflict."""
    if lifecycle.status_after(reservation.status, "cancel") != reservation.status:
        lifecycle.require_not_over(reservation, now)


def _write(rows: Iterable[ReservationRow], form: Format) -> None:
    match form:
        case "csv":
            emit(rows, IN_FULL, as_csv=True)
        case "json":
            emit(map(_as_served, rows), {}, as_json=True)
        case "jsonl":
            encode = msgspec.json.Encoder().encode
            sys.stdout.writelines(f"{encode(_as_served(row)).decode()}\n" for row in rows)


def _as_served(row: ReservationRow) -> ReservationOut:
    """As the server answers it."""
    return reservation_out(row.reservation, row.restaurant.zone, row.reader)


class ReservationRow(NamedTuple):
    """A reservation, its restaurant, and its reader."""

    reservation: Reservation
    restaurant: Restaurant
    reader: Actor


def _moment(name: str) -> Callable[[ReservationRow], str]:
    """A time of the reservation by the restaurant's clock, with its offset."""

    def cell(row: ReservationRow) -> str:
        moment: dt.datetime = getattr(row.reservation, name)
        return moment.astimezone(row.restaurant.zone).isoformat()

    return cell


def table_name(restaurant: Restaurant, table_id: str | None) -> str:
    """The table's name on the floor; its id where the floor plan no longer has it."""
    table = restaurant.tables_by_id.get(table_id or "")
    return table.name if table else table_id or ""


def _table(row: ReservationRow) -> str:
    return table_name(row.restaurant, row.reservation.table_id)


IN_A_LIST: Columns[ReservationRow] = {
    "ID": lambda row: row.reservation.id,
    "RESTAURANT": lambda row: row.restaurant.slug,
    "START": lambda row: calendar_text(row.reservation.start, row.restaurant.zone),
    "END": lambda row: clock_text(row.reservation.end, row.restaurant.zone),
    "COVERS": lambda row: row.reservation.party_size,
    "TABLE": _table,
    "GUEST": lambda row: row.reservation.guest_name,
    "STATUS": lambda row: row.reservation.status,
}

IN_FULL: Columns[ReservationRow] = {
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


def in_one_line(row: ReservationRow) -> str:
    """A reservation as it is named in a question or an answer."""
    booked = row.reservation
    start = calendar_text(booked.start, row.restaurant.zone)
    guest = "".join(each for each in booked.guest_name if each.isprintable())
    covers = counted(booked.party_size, "cover")
    return f"{booked.id}: {guest}, {covers}, {start}, {row.restaurant.slug}"
