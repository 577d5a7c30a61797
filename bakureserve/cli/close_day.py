"""`bakureserve reservations close-day`: settling service days that are over."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from bakureserve.cli.context import OneRestaurant
from bakureserve.cli.output import AsJson, Columns, emit, say
from bakureserve.cli.session import CliSession, SlugOf, open_session
from bakureserve.domain.reservations.lifecycle import Unsettled

if TYPE_CHECKING:
    from bakureserve.services.reservations.close_out import ClosedDay


def _columns(slug_of: SlugOf) -> Columns[ClosedDay]:
    return {
        "RESTAURANT": lambda day: slug_of(day.restaurant_id),
        "DATE": lambda day: day.date,
        "LEFT": lambda day: len(day.left),
        "CAME": lambda day: len(day.came),
        "NO_SHOW": lambda day: len(day.no_show),
        "FLAGGED": lambda day: len(day.flagged),
    }


def close_day(
    ctx: typer.Context,
    *,
    restaurant: OneRestaurant = None,
    date: Annotated[
        dt.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="YYYY-MM-DD",
            help="Only this service day; without it, all that are over and not closed.",
        ),
    ] = None,
    all_came: Annotated[
        bool,
        typer.Option("--all-came", help="Count parties that were never seated as having come."),
    ] = False,
    all_no_show: Annotated[
        bool,
        typer.Option("--all-no-show", help="Count parties that were never seated as no-shows."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be done.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Close service days that are over: who sat has left, who was never seated is flagged.

    A server does so by itself a few hours after a day. Days that were over when they were imported
    are left as they are.
    """
    if all_came and all_no_show:
        raise typer.BadParameter("--all-came and --all-no-show do not go together.")
    unsettled: Unsettled = "came" if all_came else "no_show" if all_no_show else "flag"
    with open_session(ctx) as session:
        close = partial(session.runtime.close_out.close, session.actor)
        closed = [
            session.run(close(restaurant_id, day, unsettled, dry_run=dry_run))
            for restaurant_id, day in _days(session, restaurant, date.date() if date else None)
        ]
        columns = _columns(session.slugs())
    settled = [each for each in closed if each.count]
    emit(settled, columns, as_json=as_json)
    if not settled:
        say("Nothing to settle: no reservation is open on a day that is over.")


def _days(
    session: CliSession, id_or_slug: str | None, day: dt.date | None
) -> list[tuple[str, dt.date]]:
    """Which days to close. Raises NotFound."""
    if id_or_slug is not None and day is not None:
        return [(id_or_slug, day)]
    open_days = session.run(session.runtime.close_out.open_days(id_or_slug, flagged=True))
    return [(restaurant.id, each) for restaurant, each in open_days if day in {None, each}]
