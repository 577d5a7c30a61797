"""`bakureserve doctor`: everything that could keep a server from doing well, and what to do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import typer

from bakureserve.cli.context import loaded_from
from bakureserve.cli.exit_status import Status
from bakureserve.cli.exits import sentence_of
from bakureserve.cli.output import AsJson, Columns, emit, say, working
from bakureserve.domain.errors import ReserveError

if TYPE_CHECKING:
    from bakureserve.cli.doctor_checks import Finding
    from bakureserve.settings import Loaded, Settings

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_COLUMNS: Columns[Finding] = {
    "LEVEL": lambda finding: finding.level,
    "SUBJECT": lambda finding: finding.subject,
    "WHAT": lambda finding: finding.what,
    "WHAT TO DO": lambda finding: finding.remedy,
}


_UNSEEN = "correct what is listed above, or run this as the account that runs the server"


@app.command()
def doctor(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Look at files, disk, clock, port, settings, providers, schema and backups.

    Nothing is changed. Every finding says what to do. Exits with 1 if there is a fault.
    """
    loaded = loaded_from(ctx)
    with working("Looking") as now_at:
        seen = [*_findings(loaded, now_at), *_servers_settings(ctx, loaded.settings)]
    found = [finding.on(loaded.settings) for finding in seen]
    _print(found, as_json=as_json)
    if any(finding.level == "fault" for finding in found):
        raise typer.Exit(Status.FINDING)


def _print(found: list[Finding], *, as_json: bool) -> None:
    from bakureserve.cli.screens.doctor import draw, verdict

    if sys.stdout.isatty() and not as_json:
        from bakureserve.cli.terminal import show

        show(lambda _width: draw(found))
        return
    emit(found, _COLUMNS, as_json=as_json)
    say(f"{verdict(found)}.")


def _findings(loaded: Loaded, now_at: Callable[[str], None]) -> Iterator[Finding]:
    """All findings; a check that fails becomes a finding.

    `now_at` gets the name of each check before it runs.
    """
    from bakureserve.cli.doctor_checks import fault, note
    from bakureserve.cli.doctor_checks.machine import check_clock, check_files
    from bakureserve.cli.doctor_checks.servers import check_ports, check_servers
    from bakureserve.cli.doctor_checks.services import check_health, check_mail
    from bakureserve.cli.doctor_checks.settings import check_combinations
    from bakureserve.cli.doctor_checks.store import check_store

    settings = loaded.settings
    checks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        *(check_files, check_store, check_servers, check_ports),
        *(check_clock, check_combinations, check_mail, check_health),
    )
    for name, instead in loaded.without_effect.items():
        yield note("settings", f"{name} no longer has an effect: {instead}", f"remove {name}")
    for each in loaded.unknown:
        yield note("settings", str(each).rstrip("."), "correct the name, or remove it")
    for check in checks:
        now_at(f"Looking at {_name_of(check)}")
        try:
            yield from check(settings)
        except ReserveError as error:
            yield fault(_name_of(check), sentence_of(error), _UNSEEN)
        except OSError as error:
            yield fault(_name_of(check), f"it could not be checked: {error}", _UNSEEN)


def _servers_settings(ctx: typer.Context, settings: Settings) -> Iterator[Finding]:
    """Findings about servers with other settings than ours."""
    from bakureserve.cli.config import differences, settings_of_servers
    from bakureserve.cli.doctor_checks import note

    for told in settings_of_servers(ctx):
        if differing := told.differing(settings):
            yield note(
                "settings",
                f"{told.server} runs with other settings: {differences(differing, settings)}",
                "restart it if .env is right; its flags and environment override .env",
            )


def _name_of(check: Callable[[Settings], Iterator[Finding]]) -> str:
    return check.__name__.removeprefix("check_")
