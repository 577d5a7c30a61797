"""Commands on a store of the test's own, run in the test's process to be quick."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import pytest

from bakureserve.cli.app import invoke
from bakureserve.settings import Settings


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


Run = Callable[..., Ran]


@pytest.fixture
def run(
    house_settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs a command line on a store with both restaurants, in that store's folder.

    `fed` is what comes in by a pipe.
    """
    monkeypatch.chdir(house_settings.data_dir)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("DATA_DIR", str(house_settings.data_dir))
    monkeypatch.setenv("OSRM_BASE_URL", house_settings.osrm_base_url)

    def run_in_process(*arguments: str, fed: str | bytes = b"") -> Ran:
        data = fed.encode() if isinstance(fed, str) else fed
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        status = invoke(arguments)
        said = capsys.readouterr()
        return Ran(status, said.out, said.err)

    return run_in_process
