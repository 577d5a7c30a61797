"""The operator's door: the same application on a Unix socket, where every caller is an operator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import structlog
from aiohttp import web

from bakureserve.control_sockets import control_socket, peer_account
from bakureserve.domain.accounts.actor import Actor, cli_actor
from bakureserve.server.connections import Connection, connections_of


class ControlConnection(Connection):
    """A connection through the control socket. `operator` is who the kernel says has made it."""

    __slots__ = ("operator",)

    operator: Actor

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        handle = transport.get_extra_info("socket").fileno()
        self.operator = cli_actor(peer_account(handle))
        super().connection_made(transport)


def operator_of(request: web.Request) -> Actor | None:
    """Who asks through the control socket; None for everybody else, who have to prove it."""
    connection = request.protocol
    return connection.operator if isinstance(connection, ControlConnection) else None


@asynccontextmanager
async def listening_for_operators(runner: web.AppRunner, folder: Path) -> AsyncIterator[None]:
    """Serve on a control socket in `folder`; where there can be none, say so and serve without."""
    with ExitStack() as opened:
        try:
            listener = opened.enter_context(control_socket(folder))
        except OSError as error:
            structlog.get_logger(__name__).warning("no_control_socket", reason=error.strerror)
            yield
            return
        server = await asyncio.get_running_loop().create_unix_server(
            connections_of(runner, ControlConnection), sock=listener
        )
        try:
            yield
        finally:
            server.close()
