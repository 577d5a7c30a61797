"""`bakureserve restaurants`: the directory, and the files it comes from and goes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bakureserve.cli.common import noun
from bakureserve.cli.context import IdOrSlug, complete_slug
from bakureserve.cli.exit_status import Status
from bakureserve.cli.exits import sentence_of
from bakureserve.cli.files import InputFile, OutputFile, written_to
from bakureserve.cli.output import AsJson, Columns, counted, emit, emit_one, say, warn
from bakureserve.cli.prompts import Yes, confirm
from bakureserve.cli.restaurant_files import RestaurantFile, opened
from bakureserve.cli.session import open_session
from bakureserve.domain.errors import Conflict, FieldProblem, Invalid
from bakureserve.domain.restaurants.hours_document import hours_document
from bakureserve.domain.restaurants.listing import json_from_restaurants
from bakureserve.domain.restaurants.restaurant import BookingPolicy, Restaurant
from bakureserve.domain.text import canonical_id

if TYPE_CHECKING:
    from bakureserve.services.restaurants.catalogue import Outcome
    from bakureserve.services.restaurants.directory import Directory
    from bakureserve.services.restaurants.rule_change import Stranded

app = noun("The restaurants.")

DryRun = Annotated[bool, typer.Option("--dry-run", help="Do everything, but save nothing.")]

_IN_A_LIST: Columns[Restaurant] = {
    "SLUG": lambda restaurant: restaurant.slug,
    "NAME": lambda restaurant: restaurant.name,
    "WHERE": lambda restaurant: restaurant.neighborhood or restaurant.city,
    "CUISINE": lambda restaurant: restaurant.cuisine,
    "TABLES": lambda restaurant: len(restaurant.tables),
    "COVERS": lambda restaurant: sum(table.capacity for table in restaurant.tables),
}
_OUTCOMES: Columns[Outcome] = {
    "SLUG": lambda outcome: outcome.slug,
    "NAME": lambda outcome: outcome.name,
    "OUTCOME": lambda outcome: outcome.change,
}

Fact = tuple[str, object]
_PLAIN = (
    "id", "slug", "name", "address", "neighborhood", "city", "timezone", "phone", "cuisine",
    "tags", "price_level", "average_spend", "short_description", "menu_url",
)  # fmt: skip


@app.command("list")
def list_all(
    ctx: typer.Context,
    search: Annotated[
        str, typer.Option(help="Only those with these words in name, place, cuisine or tags.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """List the restaurants that guests can see."""
    with open_session(ctx) as session:
        found = session.run(_found(session.runtime.directory, search))
        photos = session.runtime.photos
    if as_json:
        from bakureserve.server.shapes.restaurants import restaurant_item

        emit((restaurant_item(each, photos) for each in found), {}, as_json=True)
        return
    emit(found, _IN_A_LIST)


async def _found(directory: Directory, search: str) -> list[Restaurant]:
    return [restaurant async for restaurant in directory.found(search)]


@app.command()
def show(ctx: typer.Context, id_or_slug: IdOrSlug, as_json: AsJson = False) -> None:
    """Show one restaurant: its facts, hours, booking policy, areas and tables."""
    with open_session(ctx) as session:
        (restaurant,) = session.run(session.runtime.catalogue.export([id_or_slug]))
    if as_json:
        emit_one(json_from_restaurants([restaurant])[0], as_json=True)
        return
    emit(facts_of(restaurant), {"FIELD": lambda fact: fact[0], "VALUE": lambda fact: fact[1]})


@app.command("import")
def import_file(
    ctx: typer.Context,
    file: InputFile,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    allow_zone_change: Annotated[
        bool,
        typer.Option(
            "--allow-zone-change",
            help="Accept another time zone although upcoming guests were given another time.",
        ),
    ] = False,
) -> None:
    """Add restaurants, or replace those of the same id: all of a file, or nothing.

    Bookings to come that the new rules would refuse stay; each is listed, and marked for attention.
    Exits with 1 if there are any.
    """
    with opened(file) as read, open_session(ctx) as session:
        _warn_of_assumptions(read)
        catalogue = session.runtime.catalogue
        try:
            outcomes = session.run(
                catalogue.add_or_replace(
                    session.actor,
                    read.restaurants(),
                    dry_run=dry_run,
                    allow_zone_change=allow_zone_change,
                )
            )
        except Conflict as conflict:
            for refusal in conflict.params["refusals"]:
                say(f"{refusal.slug}: {sentence_of(refusal.reason)}")
            raise
    emit(outcomes, _OUTCOMES, as_json=as_json)
    for outcome in outcomes:
        for booking in outcome.stranded:
            warn(_stranded_line(outcome, booking))
    say(_summary(outcomes) + (" This was a dry run: nothing was saved." if dry_run else ""))
    if any(outcome.stranded for outcome in outcomes):
        raise typer.Exit(Status.FINDING)


@app.command()
def export(
    ctx: typer.Context,
    restaurants: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID_OR_SLUG",
            autocompletion=complete_slug,
            help="Which ones; removed ones are given only by name.  [default: all]",
            show_default=False,
            parser=canonical_id,
        ),
    ] = None,
    output: OutputFile = None,
) -> None:
    """Write restaurants as JSON: exactly what import takes."""
    with open_session(ctx) as session:
        found = session.run(session.runtime.catalogue.export(restaurants or ()))
    with written_to(output):
        emit(json_from_restaurants(found), {}, as_json=True)
    if output:
        say(f"Wrote {counted(len(found), 'restaurant')} to {output}.")


@app.command()
def validate(file: InputFile, as_json: AsJson = False) -> None:
    """Look a file over as import would, without a database. Exits with 1 if anything is wrong."""
    try:
        with opened(file) as read:
            _warn_of_assumptions(read)
            count = read.count
    except Invalid as refused:
        _emit_problems(refused.problems, as_json=as_json)
        raise typer.Exit(Status.FINDING) from None
    if as_json:
        _emit_problems((), as_json=True)
    say(f"{counted(count, 'restaurant')}, nothing wrong.")


@app.command()
def remove(
    ctx: typer.Context, id_or_slug: IdOrSlug, yes: Yes = False, as_json: AsJson = False
) -> None:
    """Delete a restaurant; or hide it, keeping its history, when it has reservations."""
    with open_session(ctx) as session:
        catalogue = session.runtime.catalogue
        (restaurant,) = session.run(catalogue.export([id_or_slug]))
        confirm(f"This removes {restaurant.name} ({restaurant.slug}). Go on?", yes=yes)
        removal = session.run(catalogue.remove(session.actor, restaurant.id))
    if as_json:
        emit_one({"id": restaurant.id, "slug": restaurant.slug, "outcome": removal}, as_json=True)
    if removal == "removed":
        say(f"{restaurant.name} is gone.")
    else:
        say(f"{restaurant.name} is hidden from guests; its past reservations are kept.")


def _warn_of_assumptions(read: RestaurantFile) -> None:
    for each in read.assumptions():
        warn(sentence_of(Invalid(each.code, field=each.field, **each.params)))


def _emit_problems(problems: Iterable[FieldProblem], *, as_json: bool) -> None:
    rows = [
        {
            "field": problem.field,
            "code": problem.code,
            "problem": sentence_of(Invalid(problem.code, **problem.params)),
        }
        for problem in problems
    ]
    columns = {"FIELD": lambda row: row["field"], "PROBLEM": lambda row: row["problem"]}
    emit(rows, columns, as_json=as_json)


def _summary(outcomes: Iterable[Outcome]) -> str:
    count = Counter(outcome.change for outcome in outcomes)
    return (
        f"Added {count['added']}, changed {count['changed']}, "
        f"left {count['unchanged']} as they were."
    )


def _stranded_line(outcome: Outcome, booking: Stranded) -> str:
    """One line about a booking that breaks its restaurant's new rules."""
    reasons = " ".join(
        sentence_of(Conflict(f"stranded_{reason.code}", **reason.params))
        for reason in booking.reasons
    )
    return (
        f"{outcome.slug}, {booking.start}, party of {booking.party_size}, {booking.id}: {reasons}"
    )


def facts_of(restaurant: Restaurant) -> Iterator[Fact]:
    """The restaurant's facts: name, address, hours, policy, tables."""
    for name in _PLAIN:
        if value := getattr(restaurant, name):
            yield name.replace("_", " "), value
    if restaurant.latitude is not None:
        yield "coordinates", f"{restaurant.latitude}, {restaurant.longitude}"
    yield from _hours(hours_document(restaurant.hours))
    yield from _policy(restaurant.policy)
    for area in restaurant.areas:
        tables = (f"{table.name} ({table.capacity})" for table in area.tables)
        yield f"tables in {area.name}", ", ".join(tables) or "none"


def _hours(document: Mapping[str, Any]) -> Iterator[Fact]:
    """The week, with adjacent days of equal hours joined (`mon–thu`), then the special days."""
    for periods, together in groupby(document["weekly"].items(), key=lambda day: day[1]):
        names = [name for name, _ in together]
        span = names[0] if len(names) == 1 else f"{names[0]}–{names[-1]}"
        yield f"open {span}", _periods(periods)
    for day in document["special_days"]:
        note = f" ({day['note']})" if day["note"] else ""
        yield f"open {day['date']}", f"{_periods(day['periods'])}{note}"


def _periods(periods: Iterable[Mapping[str, str]]) -> str:
    return ", ".join(f"{each['open']}–{each['close']}" for each in periods) or "closed"


def _policy(policy: BookingPolicy) -> Iterator[Fact]:
    yield "sittings start", f"every {policy.slot_minutes} min"
    turns = (f"up to {turn.up_to}: {turn.minutes} min" for turn in policy.turn_times)
    yield "turn time", ", ".join(turns)
    yield "buffer", f"{policy.buffer_minutes} min"
    yield "last seating", _last_seating(policy)
    yield "can be booked", f"{policy.lead_minutes} min to {policy.horizon_days} days ahead"
    yield "late cancellation", _late_cancellation(policy)
    yield "party", f"{policy.min_party} to {policy.max_party or 'the largest table'}"


def _late_cancellation(policy: BookingPolicy) -> str:
    if not policy.cancellation_minutes:
        return "from the start"
    return f"from {policy.cancellation_minutes} min before the start"


def _last_seating(policy: BookingPolicy) -> str:
    if policy.last_seating_minutes is None:
        return "the party's turn time before closing"
    return f"{policy.last_seating_minutes} min before closing"
