"""Commands that ask a running server: through its control socket, or at a URL with a token."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import typer

from bakureserve.cli.context import settings_from
from bakureserve.cli.output import Columns, emit, warn
from bakureserve.domain.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    ReserveError,
    TooMany,
    Unauthenticated,
    Unavailable,
)

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

T = TypeVar("T")
Json = dict[str, Any]

TOKEN_VARIABLE = "BAKURESERVE_TOKEN"  # noqa: S105 - the name of a variable
ANSWER_SECONDS = 10.0
Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        help=f"Ask the server at this address, with the token in {TOKEN_VARIABLE} or --token-file."
        "  [default: the servers on DATA_DIR]",
        show_default=False,
    ),
]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        metavar="FILE",
        help="File that holds the token for --url, and nothing else.",
        show_default=False,
    ),
]
_FAMILY_OF_STATUS: dict[int, type[ReserveError]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    422: Invalid,
}


class ServerRow(NamedTuple):
    """A row, and its server."""

    server: str
    row: Json


class Answers(NamedTuple):
    """All rows by server, and whether there were several servers."""

    rows: list[ServerRow]
    several: bool


def ask_all(
    ctx: typer.Context,
    url: str | None,
    token_file: Path | None,
    ask: Callable[[Server], Iterable[Json]],
) -> Answers:
    """The rows `ask` returns for the server at `url`, or for every server on DATA_DIR."""
    with servers(ctx, url, token_file) as found:
        rows = [ServerRow(each.name, row) for each in found for row in ask(each)]
        return Answers(rows, len(found) > 1)


def emit_rows(answers: Answers, columns: Columns[Json], *, as_json: bool) -> None:
    """Print the rows, with the server's name first when there are several, and always in JSON."""
    if as_json:
        emit([{"server": server} | row for server, row in answers.rows], {}, as_json=True)
        return
    shown: dict[str, Callable[[ServerRow], object]] = {}
    if answers.several:
        shown["SERVER"] = lambda each: each.server
    shown |= {title: _of_row(cell) for title, cell in columns.items()}
    emit(answers.rows, shown)


def _of_row(cell: Callable[[Json], object]) -> Callable[[ServerRow], object]:
    return lambda each: cell(each.row)


@dataclass(frozen=True)
class Server:
    """A running server. Paths are those of its HTTP interface; answers are decoded JSON.

    Every call raises Unavailable without an answer, and a refusal as the matching error with the
    server's sentence.
    """

    name: str
    _session: ClientSession
    loop: asyncio.Runner
    _patience: float
    _pid: int | None = None
    """Its process, where that runs on this machine."""

    def get(self, path: str, **query: object) -> Any:
        return self.call("GET", path, query=query)

    def post(self, path: str, body: object = None) -> Any:
        return self.call("POST", path, body=body)

    def delete(self, path: str, **query: object) -> Any:
        return self.call("DELETE", path, query=query)

    def call(
        self, method: str, path: str, *, query: Mapping[str, object] | None = None, body: Any = None
    ) -> Any:
        """One call. A parameter that is None is left out."""
        return self._accepted(*self.loop.run(self.answer(method, path, query=query, body=body)))

    async def read(self, path: str) -> Any:
        """A GET, beside others; see `together`."""
        return self._accepted(*await self.answer("GET", path))

    async def answer(
        self, method: str, path: str, *, query: Mapping[str, object] | None = None, body: Any = None
    ) -> tuple[int, Any]:
        """The status and the decoded body. Raises Unavailable without an answer."""
        from aiohttp import ClientError

        given = {name: str(value) for name, value in (query or {}).items() if value is not None}
        try:
            async with self._session.request(
                method, path.lstrip("/"), params=given, json=body, allow_redirects=False
            ) as response:
                return response.status, await _decoded(response)
        except (ClientError, TimeoutError, OSError, ValueError) as error:
            raise self._no_answer(error) from error

    def _accepted(self, status: int, answer: Any) -> Any:
        if status >= 400:
            raise self._refusal(status, answer)
        return answer

    def _no_answer(self, error: Exception) -> Unavailable:
        from bakureserve.control_sockets import is_stopped

        if self._pid is not None and is_stopped(self._pid):
            return Unavailable("server_stopped", server=self.name, pid=self._pid)
        reason = str(getattr(error, "strerror", None) or error)
        if isinstance(error, TimeoutError):
            reason = f"no answer within {self._patience:g} s"
        return Unavailable("server_unreachable", server=self.name, reason=reason)

    def _refusal(self, status: int, answer: Any) -> ReserveError:
        detail = answer.get("detail", "") if isinstance(answer, dict) else ""
        params = {"server": self.name, "status": status, "detail": detail}
        if status == 429:
            return TooMany("server_refused", retry_after=1.0, **params)
        return _FAMILY_OF_STATUS.get(status, Unavailable)("server_refused", **params)


def together(found: Sequence[Server], ask: Callable[[Server], Coroutine[Any, Any, T]]) -> list[T]:
    """What `ask` returns for each server. All are asked at once, so one that hangs delays the
    others by no more than its own patience. Raises the first error of `ask`."""

    async def ask_all_at_once() -> list[T]:
        return await asyncio.gather(*map(ask, found))

    return found[0].loop.run(ask_all_at_once()) if found else []


@contextmanager
def servers(
    ctx: typer.Context,
    url: str | None,
    token_file: Path | None = None,
    *,
    patience: float = ANSWER_SECONDS,
) -> Iterator[tuple[Server, ...]]:
    """The server at `url`; without one every server on DATA_DIR, at least one.

    `patience` is for one answer, in seconds. Raises Unavailable when none runs, and Invalid for a
    `url` or token that cannot be used.
    """
    with running(ctx, url, token_file, patience=patience) as found:
        if not found:
            raise Unavailable("no_server_here", folder=str(settings_from(ctx).data_dir))
        yield found


@contextmanager
def running(
    ctx: typer.Context,
    url: str | None,
    token_file: Path | None = None,
    *,
    patience: float = ANSWER_SECONDS,
) -> Iterator[tuple[Server, ...]]:
    """As `servers`, but there may be none."""
    with lookout(ctx, url, token_file, patience=patience).servers() as found:
        yield found


@dataclass(frozen=True)
class _Address:
    """How to reach a server. `base` ends with a slash; paths are appended."""

    name: str
    base: str
    socket: str | None = None
    pid: int | None = None
    token: str = ""


@dataclass(frozen=True)
class Lookout:
    """Finds the servers on a data folder, anew each time, or the one at a URL."""

    where: Path | _Address
    _patience: float

    @contextmanager
    def servers(self) -> Iterator[tuple[Server, ...]]:
        """The servers that run now; there may be none."""
        from bakureserve.control_sockets import living

        with asyncio.Runner() as loop, ExitStack() as held:
            sessions = AsyncExitStack()
            held.callback(lambda: loop.run(sessions.aclose()))
            if isinstance(self.where, _Address):
                addresses = [self.where]
            else:
                addresses = [_at_socket(path, held) for path in living(self.where)]
            yield tuple(
                loop.run(_enter(sessions, each, loop, self._patience)) for each in addresses
            )


def lookout(
    ctx: typer.Context,
    url: str | None,
    token_file: Path | None = None,
    *,
    patience: float = ANSWER_SECONDS,
) -> Lookout:
    """Where to look for servers. Raises Invalid for a `url` or token that cannot be used."""
    if url is not None:
        return Lookout(_at_url(url, _token(token_file)), patience)
    return Lookout(settings_from(ctx).data_dir, patience)


def _at_socket(path: Path, held: ExitStack) -> _Address:
    from bakureserve.control_sockets import connectable, name_of, pid_of

    socket = held.enter_context(connectable(path))
    return _Address(name_of(path), "http://localhost/", socket, pid_of(path))


def _at_url(url: str, token: str) -> _Address:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise Invalid("server_url_malformed")
    if token and parts.scheme == "http" and not _is_loopback(parts.hostname):
        warn(f"the token goes to {parts.hostname} unencrypted; use https://.")
    base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/"
    return _Address(base.rstrip("/"), base, token=token)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _token(file: Path | None) -> str:
    token = os.environ.get(TOKEN_VARIABLE, "")
    if file:
        token = file.expanduser().read_text(encoding="utf-8", errors="replace")
    token = token.strip()
    if not all("!" <= letter <= "~" for letter in token):
        raise Invalid("server_token_malformed")
    return token


async def _enter(
    sessions: AsyncExitStack, address: _Address, loop: asyncio.Runner, patience: float
) -> Server:
    from aiohttp import ClientSession, ClientTimeout, TCPConnector, UnixConnector

    headers = {"Accept-Language": "en"}
    if address.token:
        headers["Authorization"] = f"Bearer {address.token}"
    session = ClientSession(
        address.base,
        connector=UnixConnector(address.socket) if address.socket else TCPConnector(),
        headers=headers,
        timeout=ClientTimeout(total=patience),
    )
    entered = await sessions.enter_async_context(session)
    return Server(address.name, entered, loop, patience, address.pid)


async def _decoded(response: ClientResponse) -> Any:
    import msgspec

    data = await response.read()
    return msgspec.json.decode(data) if "json" in response.content_type else data.decode()
