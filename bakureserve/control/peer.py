"""Who is at the other end of a control socket, as the kernel tells it."""

from __future__ import annotations

import os
import pwd
import socket
import struct

_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid: struct ucred, unix(7)


def peer_account(handle: int) -> str:
    """The account of the process connected to this Unix socket, or its number if it has no name.

    Where the system does not tell (macOS), it is the server's own account: none but that and root
    can open the socket.
    """
    return _account(_peer_uid(handle))


def _peer_uid(handle: int) -> int:
    if not hasattr(socket, "SO_PEERCRED"):
        return os.getuid()
    with socket.socket(fileno=os.dup(handle)) as connection:
        told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _pid, uid, _gid = _CREDENTIALS.unpack(told)
    return int(uid)


def _account(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
