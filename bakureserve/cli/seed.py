"""`bakureserve seed`: the sample restaurants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bakureserve.cli.output import AsJson, counted, emit, say, warn
from bakureserve.cli.session import open_session

if TYPE_CHECKING:
    from bakureserve.store.restaurants.sample import Seeded

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def seed(
    ctx: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do everything, but save nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add the sample restaurants that never existed here; edited and deleted ones stay so."""
    with open_session(ctx) as session:
        seeded = session.run(session.runtime.catalogue.seed(session.actor, dry_run=dry_run))
    rows = [
        {"slug": slug, "outcome": outcome}
        for outcome, slugs in (
            ("added", seeded.added),
            ("kept", seeded.kept),
            ("kept_out", seeded.slug_taken),
        )
        for slug in slugs
    ]
    columns = {"SLUG": lambda row: row["slug"], "OUTCOME": lambda row: row["outcome"]}
    emit(rows, columns, as_json=as_json)
    _tell(seeded, dry_run=dry_run)


def _tell(seeded: Seeded, *, dry_run: bool) -> None:
    say(
        f"Added {counted(len(seeded.added), 'sample restaurant')}; "
        f"{counted(len(seeded.kept), 'was here', 'were here')} before and left alone."
        f"{' This was a dry run: nothing was saved.' if dry_run else ''}"
    )
    if seeded.slug_taken:
        warn(
            f"{counted(len(seeded.slug_taken), 'was', 'were')} kept out, because restaurants of "
            f"yours have these slugs: {', '.join(seeded.slug_taken)}."
        )
