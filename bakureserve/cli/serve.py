"""`bakureserve serve`: the server, with everything it needs prepared first."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from bakureserve import __version__
from bakureserve.cli.common import Common, naming
from bakureserve.cli.context import loaded_from
from bakureserve.cli.migrate import way_back
from bakureserve.cli.output import counted, say
from bakureserve.settings import Loaded, Settings, SettingsError

if TYPE_CHECKING:
    from bakureserve.cli.voice import Voice
    from bakureserve.runtime import Prepared

PAGES = {
    "/book/": "Book a table",
    "/admin/": "The restaurant's evening",
    "/docs": "The HTTP interface",
}

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@contextmanager
def _logging_refusals(ctx: typer.Context, log_format: str | None) -> Iterator[None]:
    """Report an unusable command line or setting in the log's format, as far as that is known."""
    try:
        yield
    except (SettingsError, typer.TyperException) as error:
        from bakureserve.cli.voice import speaking
        from bakureserve.settings import as_far_as_known

        common = ctx.ensure_object(Common)
        flags = common.flags | {"log_format": log_format}
        form = as_far_as_known("log_format", flags, os.environ, Path(".env"))
        with speaking(Settings(log_format=form), debug=common.debug):
            raise error from None


class LogsRefusals(TyperCommand):
    """A command that logs its usage errors as JSON when the log is JSON: machines read a service's
    log from its first line."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        given = list(args)  # parsing consumes them
        with _logging_refusals(ctx, _after("--log-format", given)), naming(ctx):
            return super().parse_args(ctx, args)


def _after(option: str, args: list[str]) -> str | None:
    """The value of an option on a command line that cannot be parsed."""
    for number, word in enumerate(args):
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
        if word == option:
            return next(iter(args[number + 1 :]), None)
    return None


@app.command(cls=LogsRefusals)
def serve(
    ctx: typer.Context,
    *,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on.  [default: 127.0.0.1]")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; 0 takes any free one.  [default: 8000]")
    ] = None,
    dev: Annotated[
        bool | None,
        typer.Option(
            "--dev", help="Everyone is a local guest with admin scope; this machine only."
        ),
    ] = None,
    new: Annotated[
        bool,
        typer.Option(
            "--new", help="Start with a new database although backups show that there was another."
        ),
    ] = False,
    log_level: Annotated[
        str | None,
        typer.Option(help="debug, info, warning, error or critical.  [default: info]"),
    ] = None,
    log_format: Annotated[
        str | None,
        typer.Option(help="auto (human on a terminal, json elsewhere), json or human."),
    ] = None,
) -> None:
    """Run the server: migrate the database, fill a new one with sample restaurants, and listen."""
    from bakureserve.cli.voice import speaking
    from bakureserve.settings import check_together

    def load() -> Loaded:
        return loaded_from(
            ctx, host=host, port=port, dev=dev, log_level=log_level, log_format=log_format
        )

    def reread() -> Settings:
        found = load()
        check_together(found.settings)
        for file in loaded.files:
            if file not in found.files:
                raise SettingsError(f"{file}, which was read at the start, no longer exists.")
        return found.settings

    with _logging_refusals(ctx, log_format):
        loaded = load()
    with speaking(loaded.settings, debug=ctx.ensure_object(Common).debug) as voice:
        _serve(voice, loaded, reread, new=new)


def _serve(voice: Voice, loaded: Loaded, reread: Callable[[], Settings], *, new: bool) -> None:
    from bakureserve.runtime import prepare_store
    from bakureserve.server.serving import run
    from bakureserve.settings import check_together

    settings = loaded.settings
    voice.note("starting", version=__version__, pid=os.getpid(), data_dir=str(settings.data_dir))
    check_together(settings)
    for name, instead in loaded.without_effect.items():
        voice.warn("setting_without_effect", f"{name} no longer has an effect: {instead}.")
    for each in loaded.unknown:
        voice.warn("setting_unknown", str(each))
    _report_preparation(voice, prepare_store(settings, new=new), settings)
    _warn_of_other_servers(voice, settings)
    run(settings, lambda address: _print_address(voice, address, settings), reread)


def _print_address(voice: Voice, address: str, settings: Settings) -> None:
    """Print the address, and for a person the pages there."""
    voice.say("listening", f"Baku Reserve listens on {address}", address=address)
    if not voice.is_json:
        base = settings.public_url or _openable(address)
        for page, use in PAGES.items():
            say(f"  {use}: {base}{page}")


def _openable(address: str) -> str:
    """The address to open in a browser: localhost for 0.0.0.0."""
    host, _, port = address.rpartition(":")
    return f"http://localhost:{port}" if host.endswith(("//0.0.0.0", "//[::]")) else address


def _report_preparation(voice: Voice, prepared: Prepared, settings: Settings) -> None:
    if prepared.migrated:
        voice.say("migrated", f"Migrated {settings.database_path}: {', '.join(prepared.migrated)}.")
    if prepared.way_back:
        voice.say("backed_up_before", way_back(prepared.way_back))
    if prepared.seeded:
        added = counted(len(prepared.seeded.added), "sample restaurant")
        voice.say("seeded", f"Added {added} to the new database.")
    if prepared.old_files:
        voice.warn(
            "old_files",
            f"{settings.data_dir} holds files of the old server "
            f"({', '.join(path.name for path in prepared.old_files)}) that are not imported. "
            "Run: bakureserve migrate-json  (or bakureserve seed for samples).",
        )
    if not prepared.has_admin and not settings.dev:
        voice.warn(
            "no_administrator",
            "No administrator can log in yet. Run: "
            "bakureserve users add --admin --email EMAIL --name NAME",
        )
    if settings.notify_enabled and not settings.dev:
        _warn_of_mail(voice, settings)
    if settings.dev:
        voice.warn("dev_mode", "--dev: every request is a local guest with admin scope.")


def _warn_of_mail(voice: Voice, settings: Settings) -> None:
    if not settings.smtp_host and not settings.notify_files:
        voice.warn(
            "no_letters",
            "No e-mails are sent (SMTP_HOST, NOTIFY_FILES). Run: bakureserve users verify EMAIL",
        )
    elif not settings.smtp_host:
        voice.warn(
            "no_mail_server",
            "No mail server is set (SMTP_HOST): e-mails are written to files in "
            f"{settings.data_dir / 'outbox'}. Pass their links on, or run: "
            "bakureserve users verify EMAIL",
        )
    elif not settings.public_url:
        where = settings.public_address if settings.port else "the port it gets"
        voice.warn("no_public_url", f"PUBLIC_URL is not set: links in e-mails lead to {where}.")


def _warn_of_other_servers(voice: Voice, settings: Settings) -> None:
    from bakureserve.control_sockets import living

    if living(settings.data_dir) and not settings.redis_url:
        voice.warn(
            "another_server",
            f"another server runs on {settings.data_dir}. Bookings are safe; rate limits count for "
            "each server separately, unless REDIS_URL names a Redis for both.",
        )
