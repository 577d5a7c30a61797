"""A noun of the tests: commands that end in every way there is."""

from __future__ import annotations

import errno

import typer

from bakureserve.cli.common import noun
from bakureserve.cli.context import settings_from
from bakureserve.cli.exit_status import Status
from bakureserve.domain.errors import NotFound

app = noun("Ways to end.")


@app.command()
def well(ctx: typer.Context, port: int | None = None) -> None:
    """Print the settings that flags can set."""
    settings = settings_from(ctx, port=port)
    typer.echo(f"{settings.data_dir} {settings.database_path} {settings.port}")


@app.command()
def finding() -> None:
    """Find something."""
    raise typer.Exit(Status.FINDING)


@app.command()
def missing() -> None:
    """Look for what is not there."""
    raise NotFound("nothing_of_the_kind")


@app.command()
def full() -> None:
    """Write to a full disk."""
    raise OSError(errno.ENOSPC, "No space left on device", "/srv/copy.db")


@app.command()
def broken() -> None:
    """Divide by zero."""
    typer.echo(str(1 // 0))


@app.command()
def interrupted() -> None:
    """Be stopped by the operator."""
    raise KeyboardInterrupt
