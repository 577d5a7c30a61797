"""The port: free, or answered by a server of ours."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPException

from bakureserve.cli.doctor_checks import servers
from bakureserve.cli.doctor_checks.finding import Finding, fault, fine
from bakureserve.settings import Settings

_PATIENCE = 2.0
_SUBJECT = "port"


def look(settings: Settings) -> Iterator[Finding]:
    host, port = settings.host, settings.port
    if port == 0:
        return
    try:
        _bind(host, port)
    except OSError as error:
        yield _refused(error, settings)
    else:
        yield fine(_SUBJECT, f"{host} port {port} is free")


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
            _SUBJECT,
            f"port {port} takes a privilege",
            "choose one from 1024, or see bakureserve service install",
        )
    return fault(_SUBJECT, f"{host} is no address of this machine", "choose another HOST")


def _taken(settings: Settings, host: str, port: int) -> Finding:
    ours = servers.has_port(settings, port)
    if ours:
        return fine(_SUBJECT, f"the server on {settings.data_dir} has {host} port {port}")
    if not _is_one_of_these(host, port):
        return fault(
            _SUBJECT,
            f"another program has {host} port {port}",
            f"find it with ss -ltnp 'sport = :{port}', or choose another PORT",
        )
    if ours is None:
        return fine(_SUBJECT, f"a Baku Reserve answers on {host} port {port}")
    return fault(
        _SUBJECT,
        f"the Baku Reserve of another DATA_DIR has {host} port {port}",
        f"choose another PORT, or find the other with ss -ltnp 'sport = :{port}'",
    )


def _is_one_of_these(host: str, port: int) -> bool:
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not listened on
        host = "localhost"
    try:
        with closing(HTTPConnection(host, port, timeout=_PATIENCE)) as connection:
            connection.request("GET", "/livez")
            return connection.getresponse().headers.get("Server") == "bakureserve"
    except (OSError, HTTPException):
        return False
