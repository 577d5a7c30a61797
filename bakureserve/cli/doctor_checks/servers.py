"""The servers on the data folder, and the port: does each answer, and is it free or ours."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from bakureserve.cli.doctor_checks import Finding, fault, fine, note
from bakureserve.control_sockets import connectable, is_stopped, living, name_of, pid_of
from bakureserve.settings import Settings

_SECONDS = 2.0
_SERVER = "server"
_PROC = Path("/proc")
_LISTENS = "0A"
"""TCP_LISTEN in /proc/net/tcp."""
_ASKED = b"GET /livez HTTP/1.0\r\nHost: localhost\r\n\r\n"

_PORT = "port"


def check_servers(settings: Settings) -> Iterator[Finding]:
    for path in living(settings.data_dir):
        try:
            answers = _answers(path)
        except PermissionError:
            yield note(
                _SERVER,
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
        caller.settimeout(_SECONDS)
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
    return fine(_SERVER, f"{name_of(path)} runs on {path.parent}, and answers")


def _silent(path: Path) -> Finding:
    pid = pid_of(path)
    if is_stopped(pid):
        return fault(
            _SERVER,
            f"{name_of(path)} was stopped by a signal (SIGSTOP, Ctrl-Z) and does not answer",
            f"kill -CONT {pid}",
        )
    return fault(
        _SERVER,
        f"{name_of(path)} runs, and does not answer within {_SECONDS:g} s",
        f"check its log, and restart it; kill -9 {pid} ends it",
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


def check_ports(settings: Settings) -> Iterator[Finding]:
    host, port = settings.host, settings.port
    if port == 0:
        return
    try:
        _bind(host, port)
    except OSError as error:
        yield _refused(error, settings)
    else:
        yield fine(_PORT, f"{host} port {port} is free")


def _bind(host: str, port: int) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with closing(socket.socket(family, kind, protocol)) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tried.bind(address)


def _refused(error: OSError, settings: Settings) -> Finding:
    host, port = settings.host, settings.port
    if error.errno == errno.EADDRINUSE:
        return _taken(settings, host, port)
    if error.errno in {errno.EACCES, errno.EPERM}:
        return fault(
            _PORT,
            f"port {port} needs a privilege",
            "choose one from 1024, or see bakureserve service install",
        )
    return fault(_PORT, f"{host} is no address of this machine", "choose another HOST")


def _taken(settings: Settings, host: str, port: int) -> Finding:
    ours = has_port(settings, port)
    if ours:
        return fine(_PORT, f"the server on {settings.data_dir} has {host} port {port}")
    if not _is_one_of_these(host, port):
        return fault(
            _PORT,
            f"another program has {host} port {port}",
            f"find it with ss -ltnp 'sport = :{port}', or choose another PORT",
        )
    if ours is None:
        return fine(_PORT, f"a Baku Reserve answers on {host} port {port}")
    return fault(
        _PORT,
        f"the Baku Reserve of another DATA_DIR has {host} port {port}",
        f"choose another PORT, or find the other with ss -ltnp 'sport = :{port}'",
    )


def _is_one_of_these(host: str, port: int) -> bool:
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not listened on
        host = "localhost"
    try:
        with closing(HTTPConnection(host, port, timeout=_SECONDS)) as connection:
            connection.request("GET", "/livez")
            return connection.getresponse().headers.get("Server") == "bakureserve"
    except (OSError, HTTPException):
        return False
