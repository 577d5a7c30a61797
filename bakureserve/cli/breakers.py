"""`bakureserve breakers`: the circuit breakers of running servers."""

from __future__ import annotations

from typing import Annotated

import typer

from bakureserve.cli.common import noun
from bakureserve.cli.output import AsJson, Columns, span
from bakureserve.cli.remote import Json, TokenFile, Url, ask_all, emit_rows

app = noun("The circuit breakers before the map services.")

_BREAKERS = "/v1/admin/breakers"

_COLUMNS: Columns[Json] = {
    "NAME": lambda row: row["name"],
    "STATE": lambda row: row["state"],
    "FAILURES IN A ROW": lambda row: row["failures"],
    "NEXT TRY IN": lambda row: span(row["retry_in"]) if row["retry_in"] else "",
    "OPENED": lambda row: row["opened"],
    "REFUSED": lambda row: row["refused"],
}


@app.command("list")
def list_all(
    ctx: typer.Context, url: Url = None, token_file: TokenFile = None, as_json: AsJson = False
) -> None:
    """List the breakers. An open one keeps calls from a service that failed several times."""
    answers = ask_all(ctx, url, token_file, lambda server: server.get(_BREAKERS))
    emit_rows(answers, _COLUMNS, as_json=as_json)


@app.command()
def reset(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Which one.  [default: all]")
    ] = None,
    url: Url = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Close a breaker, or all, so that the service is asked again at once; list them."""
    path = f"{_BREAKERS}/{name}/reset" if name else f"{_BREAKERS}/reset"
    answers = ask_all(ctx, url, token_file, lambda server: server.post(path))
    emit_rows(answers, _COLUMNS, as_json=as_json)
