"""`bakureserve version`: which program this is."""

from __future__ import annotations

import platform

import typer

from bakureserve import __version__
from bakureserve.cli.output import AsJson, emit_one

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def version(as_json: AsJson = False) -> None:
    """Print the version."""
    if as_json:
        emit_one({"version": __version__, "python": platform.python_version()}, as_json=True)
    else:
        typer.echo(f"bakureserve {__version__}")
