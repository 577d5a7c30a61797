"""`bakureserve limiter`: the rate limits that running servers hold clients to."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

import typer

from bakureserve.cli.common import noun
from bakureserve.cli.output import AsJson, Columns, counted, say, span
from bakureserve.cli.prompts import Yes, confirm
from bakureserve.cli.remote import Json, TokenFile, Url, ask_all, emit_rows
from bakureserve.domain.errors import Invalid

app = noun("The rate limits of running servers.")

_LIMITER = "/v1/admin/limiter"
_CLIENTS = f"{_LIMITER}/clients"

Client = Annotated[
    str,
    typer.Argument(
        metavar="ADDRESS", help="An IPv4 address, or an IPv6 address or /64.", show_default=False
    ),
]

_FIGURES: Columns[Json] = {
    "DECIDES": lambda row: row["state"],
    "QUOTA": lambda row: f"{row['requests']} per {span(row['window_seconds'])}",
    "CLIENTS": lambda row: row["buckets"],
    "BOUND": lambda row: row["bound"],
    "ALLOWED": lambda row: row["allowed"],
    "DENIED": lambda row: row["denied"],
    "IDLE DROPPED": lambda row: row["pruned"],
    "EVICTED": lambda row: row["evicted"],
    "REDIS FAILURES": lambda row: row["failures"],
}
_CLIENT: Columns[Json] = {
    "CLIENT": lambda row: row["client"],
    "USED": lambda row: row["used"],
    "LEFT": lambda row: row["remaining"],
    "WHOLE AGAIN IN": lambda row: span(row["reset_after"]),
}


@app.command()
def stats(
    ctx: typer.Context, url: Url = None, token_file: TokenFile = None, as_json: AsJson = False
) -> None:
    """Show the quota, how many clients are counted, and the verdicts they got.

    DECIDES is memory (this process), shared (Redis for all) or local (Redis is away).
    """
    answers = ask_all(ctx, url, token_file, lambda server: [server.get(_LIMITER)])
    emit_rows(answers, _FIGURES, as_json=as_json)


@app.command()
def top(
    ctx: typer.Context,
    most: Annotated[int, typer.Option("--limit", min=1, max=100, help="How many.")] = 10,
    url: Url = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """List the clients nearest to their limit."""
    answers = ask_all(ctx, url, token_file, lambda server: server.get(_CLIENTS, limit=most))
    emit_rows(answers, _CLIENT, as_json=as_json)


@app.command()
def show(
    ctx: typer.Context,
    client: Client,
    url: Url = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Show what one client has used and has left."""
    answers = ask_all(ctx, url, token_file, lambda server: [server.get(_path_of(client))])
    emit_rows(answers, _CLIENT, as_json=as_json)


@app.command()
def reset(
    ctx: typer.Context,
    client: Annotated[
        str | None, typer.Argument(metavar="ADDRESS", help="The client to give a fresh quota.")
    ] = None,
    all_clients: Annotated[bool, typer.Option("--all", help="Give every client one.")] = False,
    *,
    yes: Yes = False,
    url: Url = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Give one client a fresh quota, or with --all every client."""
    if (client is None) is not all_clients:
        raise Invalid("client_or_all")
    if all_clients:
        confirm("This gives every client a fresh quota. Go on?", yes=yes)
    path = _CLIENTS if client is None else _path_of(client)
    answers = ask_all(ctx, url, token_file, lambda server: [server.delete(path)])
    if as_json:
        emit_rows(answers, {}, as_json=True)
    dropped = sum(each.row["dropped"] for each in answers.rows)
    say(f"Fresh quota for {counted(dropped, 'client')} that had used some.")


def _path_of(client: str) -> str:
    return f"{_CLIENTS}/{quote(client, safe='')}"
