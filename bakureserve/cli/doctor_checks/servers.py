"""The servers on the data folder: does each answer, and which of them has a port."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

from bakureserve.cli.doctor_checks.finding import Finding, fault, fine, note
from bakureserve.control_sockets import connectable, is_stopped, living, name_of, pid_of
from bakureserve.settings import Settings

_PATIENCE = 2.0
_SUBJECT = "server"
_PROC = Path("/proc")
_LISTENS = "0A"
"""TCP_LISTEN, as /proc/net/tcp has it."""
_ASKED = b"GET /livez HTTP/1.0\r\nHost: localhost\r\n\r\n"


def look(settings: Settings) -> Iterator[Finding]:
    for path in living(settings.data_dir):
        try:
            answers = _answers(path)
        except PermissionError:
            yield note(
                _SUBJECT,
                f"{name_of(path)} belongs to another account and could not be asked",
                "run this as the server's account",
            )
        else:
            yield _answering(path) if answers else _silent(path)


def has_port(settings: Settings, port: int) -> bool | None:
    """Whether a server on this data folder listens on the port; None where that cannot be seen."""
    servers = [pid_of(path) for path in living(settings.data_dir)]
    if not servers:
        return False
    try:
        wanted = {f"socket:[{inode}]" for inode in _listening_on(port)}
        return any(
            handle.is_symlink() and str(handle.readlink()) in wanted
            for pid in servers
            for handle in (_PROC / str(pid) / "fd").iterdir()
        )
    except OSError:  # no /proc, or another account's process
        return None


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.settimeout(_PATIENCE)
        try:
            with connectable(path) as address:
                caller.connect(address)
            caller.sendall(_ASKED)
            return caller.recv(5) == b"HTTP/"
        except PermissionError:
            raise
        except OSError:
            return False


def _answering(path: Path) -> Finding:
    return fine(_SUBJECT, f"{name_of(path)} runs on {path.parent}, and answers")


def _silent(path: Path) -> Finding:
    pid = pid_of(path)
    if is_stopped(pid):
        return fault(
            _SUBJECT,
            f"{name_of(path)} was stopped by a signal (SIGSTOP, Ctrl-Z) and answers nobody",
            f"kill -CONT {pid}",
        )
    return fault(
        _SUBJECT,
        f"{name_of(path)} runs, and does not answer within {_PATIENCE:g} s",
        f"look at its log, and restart it; kill -9 {pid} ends it",
    )


def _listening_on(port: int) -> Iterator[str]:
    """The inodes of the sockets that listen on a TCP port; see proc(5)."""
    for name in ("tcp", "tcp6"):
        table = _PROC / "net" / name
        if name == "tcp6" and not table.exists():  # IPv6 is off
            continue
        for line in table.read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTENS and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]
