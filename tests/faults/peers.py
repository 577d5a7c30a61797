"""A port that stands before a real service, or behaves badly in its place."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.kit.ports import free_port

TROUBLES = ("refused", "silent", "cut", "hung-up", "garbage", "trickle")


class Peer:
    """Passes connections on to `target`, a port of loopback, while it is in no trouble.

    In trouble it refuses them, says nothing, resets them, closes them without a word, answers what
    is no protocol, or one byte at a time for ever.
    """

    def __init__(self, target: int, trouble: str = "") -> None:
        self._target = target
        self.port = free_port()
        self._listener: socket.socket | None = None
        self._open: list[socket.socket] = []
        self.trouble = ""
        self._gone = threading.Event()
        self.turn(trouble)

    def turn(self, trouble: str) -> None:
        """Be in this trouble from now on; "" is none. Connections from before are cut."""
        self.trouble = trouble
        self._hang_up()
        if trouble == "refused":
            self._close()
        elif self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def end(self) -> None:
        self._gone.set()
        self._close()
        self._hang_up()

    def _close(self) -> None:
        if self._listener is not None:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None

    def _hang_up(self) -> None:
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                caller, _ = listener.accept()
                self._open.append(caller)
                threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        with suppress(OSError), caller:
            match self.trouble:
                case "":
                    self._pass_on(caller)
                case "silent":
                    self._gone.wait()
                case "cut":
                    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                case "garbage":
                    caller.sendall(b"\x00\xff no protocol at all \x80\r\n\r\n")
                case "trickle":
                    while not self._gone.is_set():
                        caller.sendall(b"2")
                        time.sleep(0.1)

    def _pass_on(self, caller: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._target)) as service:
            self._open.append(service)
            back = threading.Thread(target=_pump, args=(service, caller), daemon=True)
            back.start()
            _pump(caller, service)
            back.join()


@contextmanager
def standing_before(target: int, trouble: str = "") -> Iterator[Peer]:
    """A peer, gone on leaving."""
    peer = Peer(target, trouble)
    try:
        yield peer
    finally:
        peer.end()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65536):
            sink.sendall(chunk)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
