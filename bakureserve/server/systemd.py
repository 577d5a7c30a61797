"""Tells systemd how the server is doing, by the datagrams of sd_notify(3)."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping
from contextlib import suppress

_MICROSECONDS = 1_000_000


def notify(state: str, environ: Mapping[str, str] = os.environ) -> None:
    """Send `READY=1`, `STOPPING=1` and the like, if this process was started with a socket for it.

    A socket that takes nothing is no reason to stop serving.
    """
    address = environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # of Linux's abstract namespace
        address = "\0" + address[1:]
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(state.encode(), address)


async def keep_alive(environ: Mapping[str, str] = os.environ) -> None:
    """Feed the watchdog from the event loop, twice as often as it asks, if there is one.

    A loop that hangs feeds nothing, and systemd restarts the server.
    """
    seconds = _watchdog_seconds(environ)
    while seconds:
        notify("WATCHDOG=1", environ)
        await asyncio.sleep(seconds / 2)


def _watchdog_seconds(environ: Mapping[str, str]) -> float:
    meant_for = environ.get("WATCHDOG_PID", str(os.getpid()))
    wanted = environ.get("WATCHDOG_USEC", "")
    if meant_for != str(os.getpid()) or not wanted.isdigit():
        return 0.0
    return int(wanted) / _MICROSECONDS
