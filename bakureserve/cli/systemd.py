"""A unit for systemd, written from what the server needs, and nothing more allowed.

The options are those of systemd.exec(5) and systemd.service(5), of version 250 and newer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bakureserve.cli.status import NOT_MENDED_BY_RESTARTING
from bakureserve.domain.errors import Invalid

_PLAIN = re.compile(r"[A-Za-z0-9_./:@=+-]+")

WATCHDOG_SECONDS = 30
STARTING_SECONDS = 1800
"""What migrating a large database may take, with the backup before."""
DRAINING_SECONDS = 30
"""What the writer, a cut-off backup and the closing of connections may take after the requests."""
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


@dataclass(frozen=True, kw_only=True)
class Unit:
    """What the unit says. `program` are the words that run bakureserve, `writable` the folders that
    it may write to, `port` where it listens, `stopping` how many seconds requests may take to end.
    """

    program: Sequence[str]
    account: str
    data_dir: Path
    writable: Sequence[Path]
    port: int
    stopping: float

    def text(self) -> str:
        """The file, ending with a line break. Raises Invalid for what no unit can say."""
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
        yield f"RestartPreventExitStatus={' '.join(map(str, map(int, NOT_MENDED_BY_RESTARTING)))}"
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
    """Text of a unit, in which % begins a specifier. Raises Invalid for control characters."""
    if not text.isprintable():
        raise Invalid("unit_text", text=repr(text))
    return text.replace("%", "%%")


def _quoted(word: str) -> str:
    """One word of a command line or list, in which $ begins a variable."""
    word = _escaped(word)
    if _PLAIN.fullmatch(word):
        return word
    word = word.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{word}"'
