"""`bakureserve keys`: the keys that sign access tokens."""

from __future__ import annotations

from typing import Annotated

import typer

from bakureserve.cli.common import noun
from bakureserve.cli.output import AsJson, emit_one, say
from bakureserve.cli.session import open_session

app = noun("The keys that sign access tokens.")


@app.command()
def rotate(
    ctx: typer.Context,
    at_once: Annotated[
        bool,
        typer.Option("--at-once", help="Refuse every token signed so far, as after a theft."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Sign with a new key from now on. Running servers notice within a second; no one logs in anew.

    Earlier keys stay valid for the tokens they signed, until the longest-lived has expired.
    """
    from bakureserve.services.accounts.tokens import LONGEST

    with open_session(ctx) as session:
        key = session.run(session.runtime.tokens.rotate_keys(session.actor, at_once=at_once))
    if as_json:
        emit_one({"key": key, "at_once": at_once}, as_json=True)
    old = "are void" if at_once else f"stay valid until they expire, {LONGEST.days} days at most"
    say(f"Tokens are now signed with key {key}. Those signed before {old}.")
