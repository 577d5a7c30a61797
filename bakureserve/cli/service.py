"""`bakureserve service`: running the server as a systemd unit.

The unit is written from what the server needs, and allows nothing more.
"""

from __future__ import annotations

import os
import pwd
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bakureserve.cli.common import noun
from bakureserve.cli.context import loaded_from
from bakureserve.cli.exit_status import NOT_FIXED_BY_RESTARTING
from bakureserve.cli.output import say, warn
from bakureserve.domain.errors import Conflict, Invalid, NotFound
from bakureserve.ownership import for_chown
from bakureserve.settings import TABLE, Loaded, Settings, check_together

app = noun("Running as a service of the system.")

UNIT_FILE = Path("/etc/systemd/system/bakureserve.service")
_IN_THE_UNIT = frozenset({"data_dir"})

_PLAIN = re.compile(r"[A-Za-z0-9_./:@=+-]+")
WATCHDOG_SECONDS = 30
STARTING_SECONDS = 1800
"""The time for migrating a large database, with the backup before."""
DRAINING_SECONDS = 30
"""The time after the last request for the writer, a backup cut short, and closing connections."""
PRIVILEGED_PORTS = range(1, 1024)
_SANDBOX = (
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "ProtectHome=read-only",
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "ProtectClock=yes",
    "ProtectControlGroups=yes",
    "ProtectHostname=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "ProtectProc=invisible",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
    "RemoveIPC=yes",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
    "SystemCallFilter=~@privileged @resources",
    "SystemCallErrorNumber=EPERM",
    "UMask=0077",
)


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
    _warn_of_unseen_settings(loaded)
    if unit.account == "root":
        warn("the server does not need root: make an account for it, and name it with --user.")
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
        account=_known(account) if account else for_chown(data_dir.stat().st_uid),
        data_dir=data_dir,
        writable=tuple(dict.fromkeys((data_dir, settings.database_path.absolute().parent))),
        port=settings.port,
        stopping=settings.shutdown_timeout_seconds,
    )


def _known(account: str) -> str:
    """The account, by name or number. Raises NotFound: systemd could not start under it."""
    if not account.isdecimal():
        try:
            pwd.getpwnam(account)
        except KeyError:
            raise NotFound("system_account_unknown", account=account) from None
    return account


def _warn_of_unseen_settings(loaded: Loaded) -> None:
    """Warn of settings of this shell that the service would not have."""
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
    """Write the file atomically. Raises Conflict, NotFound, OSError."""
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


@dataclass(frozen=True, kw_only=True)
class Unit:
    """The unit. `program` are the words that run bakureserve, `writable` the folders it may write
    to, `port` where it listens, `stopping` the seconds requests may take to end.
    """

    program: Sequence[str]
    account: str
    data_dir: Path
    writable: Sequence[Path]
    port: int
    stopping: float

    def text(self) -> str:
        """The unit's text. Raises Invalid for a value that no unit can hold."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        command = [*self.program, "serve"]
        yield "[Unit]"
        yield "Description=Baku Reserve, restaurant reservations"
        yield "Wants=network-online.target"
        yield "After=network-online.target"
        yield f"RequiresMountsFor={' '.join(_quoted(str(path)) for path in self.writable)}"
        yield ""
        yield "[Service]"
        yield "Type=notify"
        yield f"ExecStart={' '.join(map(_quoted, command))}"
        yield "ExecReload=/bin/kill -HUP $MAINPID"
        yield f"User={_quoted(self.account)}"
        yield f"# Settings are read from {self.data_dir}/.env"
        yield f"WorkingDirectory={_escaped(str(self.data_dir))}"
        yield f"Environment={_quoted(f'DATA_DIR={self.data_dir}')}"
        yield "Restart=on-failure"
        yield "RestartSec=2"
        yield f"RestartPreventExitStatus={' '.join(map(str, map(int, NOT_FIXED_BY_RESTARTING)))}"
        yield f"TimeoutStartSec={STARTING_SECONDS}"
        yield f"TimeoutStopSec={self.stopping + DRAINING_SECONDS:g}"
        yield f"WatchdogSec={WATCHDOG_SECONDS}"
        yield f"ReadWritePaths={' '.join(_quoted(str(path)) for path in self.writable)}"
        yield from _SANDBOX
        yield from self._capabilities()
        yield ""
        yield "[Install]"
        yield "WantedBy=multi-user.target"

    def _capabilities(self) -> Iterator[str]:
        if self.port in PRIVILEGED_PORTS:
            yield "CapabilityBoundingSet=CAP_NET_BIND_SERVICE"
            yield "AmbientCapabilities=CAP_NET_BIND_SERVICE"
        else:
            yield "CapabilityBoundingSet="


def _escaped(text: str) -> str:
    """Escape % for a unit, where it begins a specifier. Raises Invalid for control characters."""
    if not text.isprintable():
        raise Invalid("unit_text", text=repr(text))
    return text.replace("%", "%%")


def _quoted(word: str) -> str:
    """Quote one word of a command line or list, where $ begins a variable."""
    word = _escaped(word)
    if _PLAIN.fullmatch(word):
        return word
    word = word.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{word}"'
