"""Control sockets: one Unix socket for each running server, in the folder of its data.

The file's permissions are the whole authentication: only the server's own account and root can open
it. A socket takes connections from `listen` on, so its mode is set before that. Adding and removing
sockets takes the folder's lock: a socket that is bound but does not listen yet would look like one
that a dead server left behind.

A server asks the kernel which account is at the other end: `peer_account`.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from bakureserve.ownership import account_name

_PREFIX, _SUFFIX = "control-", ".sock"
_OWNER_ONLY = 0o600
_LONGEST_NAME = 100
"""Bytes of a socket's path. Systems allow 104 (macOS) or 108 (Linux), with the closing NUL."""
_BACKLOG = 16


@contextmanager
def control_socket(folder: Path) -> Iterator[socket.socket]:
    """A listening socket for this process in `folder`, removed when the block ends.

    Removes the sockets of dead servers first. Raises OSError when the folder cannot be used.
    """
    path = folder / f"{_PREFIX}{os.getpid()}-{token_hex(2)}{_SUFFIX}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        with _locked(folder), connectable(path) as address:
            _remove_dead(folder)
            listener.bind(address)
            path.chmod(_OWNER_ONLY)
            listener.listen(_BACKLOG)
        try:
            yield listener
        finally:
            path.unlink(missing_ok=True)


def living(folder: Path) -> tuple[Path, ...]:
    """The sockets in `folder` on which a server listens, in the order of their names."""
    return tuple(path for path in _all(folder) if _is_alive(path))


def name_of(path: Path) -> str:
    """What to call the server behind a socket: its process number and a mark."""
    return path.name.removeprefix(_PREFIX).removesuffix(_SUFFIX)


def pid_of(path: Path) -> int:
    """The process number of the server behind a socket."""
    return int(name_of(path).partition("-")[0])


def is_stopped(pid: int) -> bool:
    """Whether a process was stopped by a signal (SIGSTOP, Ctrl-Z); False where /proc is missing."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    except OSError:
        return False


@contextmanager
def connectable(path: Path) -> Iterator[str]:
    """A name for `path` that fits into a socket's address, valid while the block runs.

    On Linux a deep folder is reached through an open descriptor of it. Raises OSError.
    """
    if len(os.fsencode(path)) <= _LONGEST_NAME:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _all(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"{_PREFIX}*{_SUFFIX}"))


def _remove_dead(folder: Path) -> None:
    for path in _all(folder):
        if not _is_alive(path):
            with suppress(OSError):  # another account's: not ours to remove
                path.unlink()


def _is_alive(path: Path) -> bool:
    """Whether a server listens. When in doubt (no permission, no room in its queue): yes."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.setblocking(False)
        try:
            with connectable(path) as address:
                caller.connect(address)
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:
            return True
    return True


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, so that one process at a time adds or removes sockets."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid: struct ucred, unix(7)


def peer_account(handle: int) -> str:
    """The account of the process connected to this Unix socket, or its number if it has no name.

    Where the system does not report it (macOS), the server's own account is assumed: only that
    and root can open the socket.
    """
    return account_name(_peer_uid(handle))


def _peer_uid(handle: int) -> int:
    if not hasattr(socket, "SO_PEERCRED"):
        return os.getuid()
    with socket.socket(fileno=os.dup(handle)) as connection:
        credentials = connection.getsockopt(
            socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size
        )
    _pid, uid, _gid = _CREDENTIALS.unpack(credentials)
    return int(uid)
