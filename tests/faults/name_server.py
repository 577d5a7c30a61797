"""A name server of the tests' own, and a way to have a process ask it alone."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

ADDRESS = "127.9.9.9"
NAME = "router.example"
TROUBLES = ("nxdomain", "servfail", "refused", "empty", "garbage", "silent")
_RCODES = {"": 0, "empty": 0, "servfail": 2, "nxdomain": 3, "refused": 5}
_LOOPBACK = bytes([127, 0, 0, 1])
_A = 1


class NameServer:
    """Says that every name is of this machine, unless it is in trouble."""

    def __init__(self, trouble: str) -> None:
        self.trouble = trouble
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((ADDRESS, 53))
        self._socket.settimeout(0.1)
        self._is_open = True
        self._thread = Thread(target=self._answer, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._is_open = False
        self._thread.join()
        self._socket.close()

    def _answer(self) -> None:
        while self._is_open:
            with suppress(OSError):
                query, caller = self._socket.recvfrom(4096)
                if self.trouble != "silent":
                    self._socket.sendto(self._said(query), caller)

    def _said(self, query: bytes) -> bytes:
        if self.trouble == "garbage":
            return query[:2] + os.urandom(40)
        end = query.index(b"\x00", 12) + 5
        question = query[12:end]
        is_known = not self.trouble and int.from_bytes(question[-4:-2], "big") == _A
        counts = (1, int(is_known), 0, 0)
        head = query[:2] + bytes([0x81, 0x80 | _RCODES[self.trouble]])
        body = b"".join(count.to_bytes(2, "big") for count in counts) + question
        if is_known:
            body += b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04" + _LOOPBACK
        return head + body


@contextmanager
def naming(folder: Path, trouble: str) -> Iterator[tuple[NameServer, tuple[str, ...]]]:
    """A name server in this trouble, and the words under which a command asks no other."""
    resolv = folder / "resolv.conf"
    resolv.write_text(f"nameserver {ADDRESS}\n")
    script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
    server = NameServer(trouble)
    try:
        yield server, ("unshare", "--mount", "sh", "-c", script, str(resolv))
    finally:
        server.close()


def can_name(folder: Path) -> bool:
    """Whether this machine lets a process be given a name server of its own."""
    if os.getuid() != 0:
        return False
    try:
        with naming(folder, "") as (_, under):
            return (
                subprocess.run([*under, "true"], capture_output=True, check=False).returncode == 0
            )
    except OSError:
        return False
