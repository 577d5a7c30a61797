"""Ports of loopback."""

from __future__ import annotations

import socket


def free_port() -> int:
    """One that nothing listens at just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
