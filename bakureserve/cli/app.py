"""The program's frame: its nouns, and how a run begins and ends.

A noun is one line in `NOUNS` and a module with a Typer application called `app`, which is imported
only when that noun is asked for: `--help` stays fast however much a command needs.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup

from bakureserve import __version__
from bakureserve.cli.common import (
    HELP_OPTIONS,
    Common,
    common_options,
    with_common_options,
    with_examples,
    with_named_errors,
)
from bakureserve.cli.examples import in_help
from bakureserve.cli.exit_status import Status
from bakureserve.cli.output import flush_or_drop

PROGRAM = "bakureserve"

_FIRST_STEPS = (
    "demo",
    "serve",
    "users add --admin",
    "doctor",
    "restaurants list -h",
    "help operations",
)

# noun: (module with its `app`, its line in the list of commands)
NOUNS: dict[str, tuple[str, str]] = {
    "serve": ("bakureserve.cli.serve", "Run the server."),
    "demo": ("bakureserve.cli.demo.command", "See an evening live, on a throw-away database."),
    "health": ("bakureserve.cli.health", "Check the server and the services it depends on."),
    "status": ("bakureserve.cli.status", "Show a running server on one screen."),
    "top": ("bakureserve.cli.top", "Watch a running server, live."),
    "doctor": ("bakureserve.cli.doctor", "Find what keeps a server from working well."),
    "service": ("bakureserve.cli.service", "Run the server as a service of the system."),
    "cache": ("bakureserve.cli.cache", "Show, sweep and clear the caches of running servers."),
    "limiter": ("bakureserve.cli.limiter", "Show and reset the rate limits of clients."),
    "breakers": ("bakureserve.cli.breakers", "Show and reset the breakers of map services."),
    "restaurants": ("bakureserve.cli.restaurants", "List, show, import, export, remove them."),
    "reservations": ("bakureserve.cli.reservations", "List, show, cancel, export them."),
    "arrivals": ("bakureserve.cli.arrivals", "Who is on the way, and what to do about it."),
    "privacy": ("bakureserve.cli.privacy", "Erase where guests were."),
    "users": ("bakureserve.cli.users", "Add people, say what they may do, end their sessions."),
    "token": ("bakureserve.cli.token", "Issue an access token for a script."),
    "keys": ("bakureserve.cli.keys", "Change the keys that sign access tokens."),
    "outbox": ("bakureserve.cli.outbox", "List, retry, drop notices to guests and restaurants."),
    "seed": ("bakureserve.cli.seed", "Add the sample restaurants that are missing."),
    "eta": ("bakureserve.cli.eta", "Estimate a drive, and show how good estimates were."),
    "openapi": ("bakureserve.cli.openapi", "Print the description of the HTTP interface."),
    "config": ("bakureserve.cli.config", "Show the settings in effect and where they come from."),
    "backup": ("bakureserve.cli.backup", "Copy the database, verified, while the server runs."),
    "check": ("bakureserve.cli.check", "Check the database and say what to do."),
    "migrate": ("bakureserve.cli.migrate", "Bring the database's schema up or down."),
    "migrate-json": ("bakureserve.cli.migrate_json", "Import the old server's JSON files."),
    "restore": ("bakureserve.cli.restore", "Replace the database with a backup."),
    "help": ("bakureserve.cli.manual", "Explain a command, or print a page of the manual."),
    "version": ("bakureserve.cli.version", "Print the version."),
}


class Nouns(TyperGroup):
    """A group that knows its commands by name and imports one only to run or complete it."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = cast("Any", dict.fromkeys(NOUNS))  # the names, for lists and suggestions

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in NOUNS:
            return None
        module, line = NOUNS[cmd_name]
        command = typer.main.get_command(import_module(module).app)
        command.name, command.short_help = cmd_name, line
        return with_named_errors(with_common_options(with_examples(command, cmd_name)))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(noun, line) for noun, (_, line) in NOUNS.items()])

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
        except typer.Exit:
            _flush_output()
            raise
        except BrokenPipeError:
            raise typer.Exit(Status.PIPE_CLOSED) from None
        except OSError:
            _flush_output()  # if stdout itself failed, the error names it
            raise
        _flush_output()
        return result


def invoke(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status; every error ends here, as one sentence."""
    common = Common()
    try:
        status = _root().main(arguments, prog_name=PROGRAM, standalone_mode=False, obj=common)
    except KeyboardInterrupt:
        return Status.INTERRUPTED
    except Exception as error:  # noqa: BLE001  # the edge: every error becomes a sentence
        from bakureserve.cli.exits import explain

        status = explain(error, debug=common.debug, settings=common.settings)
    finally:
        flush_or_drop(sys.stdout)
        flush_or_drop(sys.stderr)
    return status if isinstance(status, int) else Status.OK


def _root() -> Any:
    app = typer.Typer(
        cls=Nouns,
        rich_markup_mode=None,
        context_settings={"help_option_names": HELP_OPTIONS},
        epilog=in_help(_FIRST_STEPS),
    )
    app.callback(no_args_is_help=True)(_baku_reserve)
    root = typer.main.get_command(app)
    root.params.extend(common_options())
    return root


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit


def _baku_reserve(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Restaurant reservations with a live driving ETA, on one SQLite file.

    Settings come from flags, the environment, .env in the data folder and .env in this one.
    """


def _flush_output() -> None:
    """Flush stdout. Raises typer.Exit when its reader is gone, OSError when it cannot write."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise typer.Exit(Status.PIPE_CLOSED) from None
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from error
