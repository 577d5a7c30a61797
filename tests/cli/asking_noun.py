"""A noun for the tests: asks every server it can find for a path, and prints what they answer."""

from __future__ import annotations

import typer

from bakureserve.cli.output import emit_one
from bakureserve.cli.remote import TokenFile, Url, servers

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def ask(ctx: typer.Context, path: str, url: Url = None, token_file: TokenFile = None) -> None:
    """Ask for a path."""
    with servers(ctx, url, token_file) as found:
        emit_one([{"server": each.name, "answer": each.get(path)} for each in found], as_json=True)
