"""`bakureserve reservations`: looking at them, cancelling them, and handing them on."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer

from bakureserve.cli.close_day import close_day
from bakureserve.cli.common import noun
from bakureserve.cli.confirm import Yes, confirm
from bakureserve.cli.files import OutputFile, written_to
from bakureserve.cli.output import AsCsv, AsJson, emit, emit_one, progress, say
from bakureserve.cli.reservation_columns import (
    IN_A_LIST,
    IN_FULL,
    Row,
    in_one_line,
)
from bakureserve.cli.session import Session, open_session
from bakureserve.cli.slugs import OneRestaurant
from bakureserve.domain.ids import canonical
from bakureserve.domain.reservations import lifecycle
from bakureserve.domain.reservations.reservation import Reservation, Status
from bakureserve.server.shapes.reservations import ReservationOut, reservation_out

if TYPE_CHECKING:
    from bakureserve.store.reservation_lists import Filter, Place

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
    typer.Option(min=1, max=1_000_000_000, help="At most so many, the earliest first."),
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
    """List reservations by their start, told in the restaurant's own time."""
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
    reservation: Annotated[str, typer.Argument(metavar="ID", show_default=False, parser=canonical)],
    as_json: AsJson = False,
) -> None:
    """Show one reservation: all that is known of it."""
    with open_session(ctx) as session:
        row = _found(session, reservation)
    if as_json:
        emit_one(_wired(row), as_json=True)
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
        list[str], typer.Argument(metavar="ID", show_default=False, parser=canonical)
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
    session: Session, restaurant: str | None, date: dt.datetime | None, status: Status | None
) -> Filter:
    """Raises NotFound for a restaurant that never was; a retired one's reservations are there."""
    from bakureserve.store.reservation_lists import Filter

    found = session.run(session.runtime.catalogue.export([restaurant])) if restaurant else ()
    return Filter(
        restaurant_id=found[0].id if found else None,
        service_date=date.date() if date else None,
        status=status,
    )


def _rows(
    session: Session,
    wanted: Filter,
    limit: int | None,
    advance: Callable[[int], None] = lambda _: None,
) -> Iterator[Row]:
    """The reservations page by page, so that memory stays flat. `advance` is told of each page."""

    from bakureserve.store.reservation_lists import place_of

    def pages() -> Iterator[Row]:
        after = None
        while page := session.run(_page(session, wanted, after, min(_PAGE, limit or _PAGE))):
            yield from page
            advance(len(page))
            after = place_of(page[-1].reservation)

    return islice(pages(), limit)


async def _page(session: Session, wanted: Filter, after: Place | None, size: int) -> list[Row]:
    found = await session.runtime.booking.list(session.actor, wanted, after=after, limit=size)
    return await _told(session, found)


def _found(session: Session, reservation_id: str) -> Row:
    """Raises NotFound."""
    found = session.run(session.runtime.booking.get(session.actor, reservation_id))
    return session.run(_told(session, [found]))[0]


async def _told(session: Session, found: Iterable[Reservation]) -> list[Row]:
    """Each with its restaurant, for the person at the terminal."""
    by_id = (await session.runtime.directory.snapshot()).by_id
    return [Row(each, by_id[each.restaurant_id], session.actor) for each in found]


def _require_cancellable(reservation: Reservation, now: dt.datetime) -> None:
    """Raises Conflict."""
    if lifecycle.status_after(reservation.status, "cancel") != reservation.status:
        lifecycle.require_not_over(reservation, now)


def _write(rows: Iterable[Row], form: Format) -> None:
    match form:
        case "csv":
            emit(rows, IN_FULL, as_csv=True)
        case "json":
            emit(map(_wired, rows), {}, as_json=True)
        case "jsonl":
            encode = msgspec.json.Encoder().encode
            sys.stdout.writelines(f"{encode(_wired(row)).decode()}\n" for row in rows)


def _wired(row: Row) -> ReservationOut:
    """As the server answers it."""
    return reservation_out(row.reservation, row.restaurant.zone, row.reader)
