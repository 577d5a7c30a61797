"""Commands run in the test's process, in a folder of its own."""

from __future__ import annotations

import datetime as dt
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple, TypeVar

import msgspec
import pytest

from bakureserve.cli.app import invoke
from bakureserve.settings import Settings
from bakureserve.store.transaction import Transaction
from tests.kit import program
from tests.kit.houses import NO_ROUTER, by_another_hand

T = TypeVar("T")


class Ran(NamedTuple):
    """How a command ended and what it printed."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.out)

    @property
    def cells(self) -> list[list[str]]:
        """The rows as a pipe gets them."""
        return [line.split("\t") for line in self.out.splitlines()]

    @property
    def facts(self) -> dict[str, str]:
        """Rows of two cells: the facts of one thing, by name."""
        return dict(self.cells)

    def ends(self, status: int, *said: str, out: str | None = None) -> None:
        """Assert that it ended so, and said all of this on stderr."""
        assert self.status == status, self.err
        assert [each for each in said if each not in self.err] == []
        assert out is None or self.out == out


class Run:
    """Runs command lines in its folder, which is also DATA_DIR."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.folder = folder
        self.database = folder / "bakureserve.db"
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: object, fed: str | bytes = b"") -> Ran:
        """Run one in this process. `fed` comes in by a pipe."""
        data = fed.encode() if isinstance(fed, str) else fed
        return self.reading(io.TextIOWrapper(io.BytesIO(data)), *arguments)

    def reading(self, keyboard: io.TextIOBase, *arguments: object) -> Ran:
        """Run one with this as its standard input."""
        self._monkeypatch.setattr(sys, "stdin", keyboard)
        self._capsys.readouterr()
        try:
            status = invoke([str(each) for each in arguments])
        except SystemExit as ended:  # how a shell is told what the Tab key offers
            status = int(ended.code or 0)
        return Ran(status, *self._capsys.readouterr())

    def on_a_terminal(self, *arguments: str, **environ: str) -> str:
        """What a process of its own shows on a terminal."""
        environ = {"DATA_DIR": str(self.folder)} | environ
        return program.on_a_terminal(*arguments, cwd=self.folder, **environ)

    def completed(self, **environ: str) -> list[str]:
        """What the Tab key offers; `COMP_WORDS` and `COMP_CWORD` are what a shell says."""
        with self._monkeypatch.context() as patch:
            for name, value in environ.items():
                patch.setenv(name, value)
            patch.setenv("_BAKURESERVE_COMPLETE", "complete_bash")
            ran = self()
        assert (ran.status, ran.err) == (0, "")
        return ran.out.split()

    def store(self, unit: Callable[[Transaction], T]) -> T:
        """Do something to the database as another process would."""
        return by_another_hand(self.database, unit)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.store(lambda tx: tx.all(query))


@contextmanager
def answering(
    body: bytes, content_type: str = "application/json", ahead: dt.timedelta = dt.timedelta()
) -> Iterator[str]:
    """The URL of a program that answers everything alike, with a clock that is so far ahead."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.end_headers()
            self.wfile.write(body)

        def do_HEAD(self) -> None:
            self.do_GET()

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string((dt.datetime.now(dt.UTC) + ahead).timestamp())

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))  # seconds between two looks
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def bare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs commands where nothing was ever set up."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("OSRM_BASE_URL", NO_ROUTER)
    return Run(tmp_path, monkeypatch, capsys)


@pytest.fixture
def run(bare: Run, house_settings: Settings) -> Run:
    """Runs commands on a store with both restaurants."""
    assert house_settings.data_dir == bare.folder
    return bare
