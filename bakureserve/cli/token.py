"""`bakureserve token`: access tokens for scripts."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from bakureserve.cli.common import noun
from bakureserve.cli.output import AsJson, emit_one
from bakureserve.cli.session import open_session
from bakureserve.domain.errors import Invalid
from bakureserve.settings.kinds import Interval

app = noun("Access tokens for scripts.")


@app.command()
def issue(
    ctx: typer.Context,
    *,
    holder: Annotated[
        str,
        typer.Option("--for", metavar="USER", help="On whose behalf: an id or e-mail address."),
    ],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SCOPE",
            help="Allow only this: admin, reservations:admin or reservations:all; repeat it for "
            "several. Or metrics alone, for a scraper.  [default: what the account may do]",
        ),
    ] = None,
    ttl: Annotated[
        str, typer.Option(metavar="TIME", help="How long it is valid: 15m, 12h, at most 7d.")
    ] = "1h",
    as_json: AsJson = False,
) -> None:
    """Print an access token. Only `keys rotate --at-once` takes it back before it expires."""
    lifetime = _lifetime(ttl)
    with open_session(ctx) as session:
        token = session.run(
            session.runtime.tokens.issue(
                session.actor, holder, lifetime=lifetime, scopes=scope or ()
            )
        )
    if as_json:
        emit_one(
            {
                "access_token": token,
                "token_type": "Bearer",
                "expires_in": int(lifetime.total_seconds()),
            },
            as_json=True,
        )
    else:
        typer.echo(token)


def _lifetime(text: str) -> dt.timedelta:
    from bakureserve.services.accounts.tokens import LONGEST, SHORTEST

    allowed = Interval(int(SHORTEST.total_seconds()), int(LONGEST.total_seconds()))
    try:
        return dt.timedelta(seconds=allowed.read(text))
    except ValueError:
        raise Invalid("lifetime_out_of_range", field="ttl", days=LONGEST.days) from None
