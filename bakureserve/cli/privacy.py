"""`bakureserve privacy`: forgetting where guests were."""

from __future__ import annotations

from typing import Annotated

import typer

from bakureserve.cli.common import noun
from bakureserve.cli.output import AsJson, counted, emit_one, say
from bakureserve.cli.session import open_session

app = noun("What is stored about guests, and erased.")


@app.command()
def sweep(
    ctx: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and erase nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase coordinates of trips that are over and of guests unheard of for two hours.

    A trip's end erases them by itself, and running servers sweep every quarter of an hour.
    """
    with open_session(ctx) as session:
        forgotten = session.run(session.runtime.privacy.sweep(session.actor, dry_run=dry_run))
    if as_json:
        emit_one(forgotten, as_json=True)
        return
    if forgotten.erased:
        say(f"Erased the coordinates of {counted(forgotten.reservations, 'reservation')}.")
    else:
        held = counted(
            forgotten.reservations, "reservation has coordinates", "reservations have coordinates"
        )
        say(f"{held} that a sweep would erase.")
