"""`bakureserve service`: having the server run by itself."""

from __future__ import annotations

import os
import pwd
import sys
from pathlib import Path
from typing import Annotated

import typer

from bakureserve.cli.common import noun
from bakureserve.cli.output import say, warn
from bakureserve.cli.run import loaded_from
from bakureserve.cli.systemd import Unit
from bakureserve.domain.errors import Conflict, NotFound
from bakureserve.settings import TABLE, Loaded, Settings, check_together

app = noun("Running as a service of the system.")

UNIT_FILE = Path("/etc/systemd/system/bakureserve.service")
_IN_THE_UNIT = frozenset({"data_dir"})


@app.command()
def install(
    ctx: typer.Context,
    account: Annotated[
        str | None,
        typer.Option("--user", help="Account that runs it.  [default: the owner of DATA_DIR]"),
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help=f"Write {UNIT_FILE} instead of printing it.")
    ] = False,
    *,
    file: Annotated[Path, typer.Option(help="Write another file.")] = UNIT_FILE,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that differs.")] = False,
) -> None:
    """Print a systemd unit for a server with the settings in effect, or write it.

    It may write to DATA_DIR and nowhere else, and is restarted when it fails or hangs. All settings
    but the folder are read from .env in DATA_DIR, the port among them.
    """
    loaded = loaded_from(ctx)
    check_together(loaded.settings)
    unit = _unit(loaded.settings, account)
    _warn_of_what_is_lost(loaded)
    if unit.account == "root":
        warn("the server needs no root: make an account for it, and name it with --user.")
    if not write:
        typer.echo(unit.text(), nl=False)
        return
    _write(file, unit.text(), force=force)
    say(f"Run: systemctl daemon-reload && systemctl enable --now {file.stem}")


def _unit(settings: Settings, account: str | None) -> Unit:
    data_dir = settings.data_dir.absolute()
    if not data_dir.is_dir():
        raise NotFound("folder_unknown", folder=str(data_dir))
    return Unit(
        program=(sys.executable, "-m", "bakureserve"),
        account=_known(account) if account else _owner(data_dir),
        data_dir=data_dir,
        writable=tuple(dict.fromkeys((data_dir, settings.database_path.absolute().parent))),
        port=settings.port,
        stopping=settings.shutdown_timeout_seconds,
    )


def _known(account: str) -> str:
    """The account, by name or number. Raises NotFound: systemd would start nothing under it."""
    if not account.isdecimal():
        try:
            pwd.getpwnam(account)
        except KeyError:
            raise NotFound("system_account_unknown", account=account) from None
    return account


def _owner(folder: Path) -> str:
    """Whose the folder is."""
    uid = folder.stat().st_uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _warn_of_what_is_lost(loaded: Loaded) -> None:
    """Settings of this shell that the service would not have."""
    home = loaded.settings.data_dir.absolute()
    kept = {str(home / ".env")} | ({".env"} if Path.cwd() == home else set())
    lost = [
        row.name
        for row in TABLE
        if row.field not in _IN_THE_UNIT
        and loaded.sources[row.field].partition(" ")[0] not in kept | {"default"}
    ]
    if lost:
        warn(f"the service does not see {', '.join(lost)}: put them into {home}/.env.")


def _write(file: Path, text: str, *, force: bool) -> None:
    """Put the file in place, whole. Raises Conflict, NotFound, OSError."""
    from bakureserve.store.maintenance.atomic_file import replaceable

    file = replaceable(file)
    if not file.parent.is_dir():
        raise NotFound("folder_unknown", folder=str(file.parent))
    if file.exists() and file.read_bytes() == text.encode():
        say(f"{file} is as it should be.")
        return
    if file.exists() and not force:
        raise Conflict("unit_exists", path=str(file))
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        part.write_bytes(text.encode())
        part.chmod(0o644)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    say(f"Wrote {file}.")
