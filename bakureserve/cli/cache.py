"""`bakureserve cache`: the caches of running servers."""

from __future__ import annotations

from typing import Annotated

import typer

from bakureserve.cli.common import noun
from bakureserve.cli.output import AsJson, Columns, counted, say, span
from bakureserve.cli.remote import Answers, Json, TokenFile, Url, ask_all, emit_rows

app = noun("The caches of running servers.")

_CACHES = "/v1/admin/caches"

Name = Annotated[str | None, typer.Argument(metavar="NAME", help="Which one.  [default: all]")]


def _hit_percent(row: Json) -> str:
    asked = row["hits"] + row["misses"]
    return f"{100 * row['hits'] / asked:.1f} %" if asked else ""


_COLUMNS: Columns[Json] = {
    "NAME": lambda row: row["name"],
    "ENTRIES": lambda row: row["entries"],
    "BOUND": lambda row: row["bound"],
    "BYTES": lambda row: row["bytes"],
    "HITS": lambda row: row["hits"],
    "MISSES": lambda row: row["misses"],
    "HIT SHARE": _hit_percent,
    "EVICTED": lambda row: row["evictions"],
    "EXPIRED": lambda row: row["expirations"],
    "OLDEST": lambda row: span(row["age"]) if row["entries"] else "",
}


@app.command()
def stats(
    ctx: typer.Context, url: Url = None, token_file: TokenFile = None, as_json: AsJson = False
) -> None:
    """Show how full each cache is, how often it helped, and what it forgot."""
    answers = ask_all(ctx, url, token_file, lambda server: server.get(_CACHES))
    emit_rows(answers, _COLUMNS, as_json=as_json)


@app.command()
def sweep(
    ctx: typer.Context, url: Url = None, token_file: TokenFile = None, as_json: AsJson = False
) -> None:
    """Drop what has expired, which happens automatically sooner or later."""
    answers = ask_all(ctx, url, token_file, lambda server: [server.post(f"{_CACHES}/sweep")])
    _tell(answers, "expired entry", "expired entries", as_json=as_json)


@app.command()
def clear(
    ctx: typer.Context,
    name: Name = None,
    url: Url = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Forget everything; answers are then made anew, and map services asked again."""
    path = f"{_CACHES}/{name}" if name else _CACHES
    answers = ask_all(ctx, url, token_file, lambda server: [server.delete(path)])
    _tell(answers, "entry", "entries", as_json=as_json)


def _tell(answers: Answers, one: str, many: str, *, as_json: bool) -> None:
    if as_json:
        emit_rows(answers, {}, as_json=True)
    say(f"Forgot {counted(sum(each.row['dropped'] for each in answers.rows), one, many)}.")
