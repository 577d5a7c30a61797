"""`bakureserve outbox`: notices sent to guests and restaurants, and those that failed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bakureserve.cli.common import noun
from bakureserve.cli.context import IdOrSlug, settings_from
from bakureserve.cli.exits import sentence_of
from bakureserve.cli.output import AsJson, Columns, emit, emit_one, say
from bakureserve.cli.prompts import Yes, confirm
from bakureserve.cli.session import CliSession, SlugOf, open_session
from bakureserve.domain.accounts import contact
from bakureserve.domain.errors import Conflict, Unavailable
from bakureserve.domain.notifications import DeliveryStatus
from bakureserve.domain.text import canonical_id
from bakureserve.server.shapes.notifications import DeliveryOut, delivery_out
from bakureserve.services.clock import system_clock

if TYPE_CHECKING:
    from email.message import EmailMessage

    from bakureserve.notify.mail import MailServer

app = noun("Notices to guests and restaurants.")

Deliveries = Annotated[
    list[str] | None,
    typer.Argument(metavar="ID", help="Deliveries.", show_default=False, parser=canonical_id),
]
AllDead = Annotated[bool, typer.Option("--dead", help="All that were given up.")]

_SHOWN_HEADERS = {"from": "From", "to": "To", "message_id": "Message-ID"}


@app.command("list")
def list_some(
    ctx: typer.Context,
    *,
    dead: Annotated[bool, typer.Option("--dead", help="Only those that were given up.")] = False,
    status: Annotated[DeliveryStatus | None, typer.Option(help="Only those.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most this many.")] = None,
    as_json: AsJson = False,
) -> None:
    """List deliveries, the newest first."""
    with open_session(ctx) as session:
        wanted: list[DeliveryStatus] = ["dead"] if dead else [status] if status else []
        found = session.run(session.runtime.outbox.list(session.actor, wanted, limit))
        columns = _columns(session.slugs())
    emit(map(delivery_out, found), columns, as_json=as_json)


@app.command()
def retry(
    ctx: typer.Context,
    deliveries: Deliveries = None,
    dead: AllDead = False,
    as_json: AsJson = False,
) -> None:
    """Let a running server try deliveries again at once; if one cannot be tried, change nothing."""
    with open_session(ctx) as session:
        chosen = _chosen(session, deliveries, dead=dead)
        changed = session.run(session.runtime.outbox.retry(session.actor, chosen))
        columns = _columns(session.slugs())
    emit(map(delivery_out, changed), columns, as_json=as_json)
    say(f"Deliveries that will be tried again: {len(changed)}.")


@app.command()
def drop(
    ctx: typer.Context,
    deliveries: Deliveries = None,
    dead: AllDead = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Give deliveries up for good; if one was already sent, change nothing."""
    with open_session(ctx) as session:
        chosen = _chosen(session, deliveries, dead=dead)
        if chosen:
            confirm(f"Deliveries to give up: {len(chosen)}. Go on?", yes=yes)
        changed = session.run(session.runtime.outbox.drop(session.actor, chosen))
        columns = _columns(session.slugs())
    emit(map(delivery_out, changed), columns, as_json=as_json)
    say(f"Deliveries given up: {len(changed)}.")


@app.command()
def secret(
    ctx: typer.Context,
    id_or_slug: IdOrSlug,
    as_json: AsJson = False,
) -> None:
    """Print the secret with which a restaurant checks its webhooks."""
    from bakureserve.notify.webhook import secret_of

    with open_session(ctx) as session:
        restaurant = session.run(session.runtime.directory.restaurant(id_or_slug))
        master = session.runtime.settings.webhook_secret
        if not master:
            raise Conflict("webhook_secret_unset")
        emit_one(
            {"restaurant": restaurant.slug, "secret": secret_of(restaurant.id, master)},
            as_json=as_json,
        )


@app.command("test")
def try_out(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Send an e-mail to an address now, and print what the mail server says to it.

    It goes the way that all letters go, by SMTP_…, and is in no list. Needs no database.
    """
    from bakureserve.notify.letters import Letters
    from bakureserve.notify.mail import mail_server

    settings = settings_from(ctx)
    server = mail_server(settings)
    if server is None:
        raise Conflict("smtp_host_unset", folder=str(settings.data_dir / "outbox"))
    letters = Letters(settings.notify_from, settings.notify_language)  # type: ignore[arg-type]  # a Choice
    letter = letters.trial(contact.email(address, field="ADDRESS"), system_clock())
    _send(server, letter)
    taken = {name: str(letter[header]) for name, header in _SHOWN_HEADERS.items()}
    taken["server"] = server.name
    emit_one(taken, as_json=as_json)
    say("The mail server accepted it. Check that it arrives, and not in the spam folder.")


def _send(server: MailServer, letter: EmailMessage) -> None:
    from bakureserve.notify import DeliveryFailed
    from bakureserve.services.notifications.retry import why

    try:
        asyncio.run(server.send(letter))
    except DeliveryFailed as failed:
        reason = sentence_of(why(failed.failure.code))
        raise Unavailable(
            "trial_letter_failed", server=server.name, reason=reason, said=failed.__cause__
        ) from None


def _columns(slug_of: SlugOf) -> Columns[DeliveryOut]:
    return {
        "ID": lambda each: each.id,
        "EVENT": lambda each: each.event_id,
        "KIND": lambda each: each.kind,
        "BY": lambda each: each.channel,
        "TO": lambda each: slug_of(each.recipient),
        "STATUS": lambda each: each.status,
        "ATTEMPTS": lambda each: each.attempts,
        "ERROR": lambda each: each.error,
    }


def _chosen(session: CliSession, named: list[str] | None, *, dead: bool) -> list[str]:
    """The named deliveries, and with `dead` all that were given up; each once."""
    if not (named or dead):
        raise typer.BadParameter("Name deliveries, or say --dead for all that were given up.")
    given_up = session.run(session.runtime.outbox.list(session.actor, ["dead"])) if dead else []
    return list(dict.fromkeys([*(named or ()), *(each.id for each in given_up)]))
