"""The program opened for one command: its runtime, and who is at the terminal."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
import typer

from bakureserve.cli.run import operator, settings_from
from bakureserve.domain.actor import Actor
from bakureserve.runtime import Runtime, open_runtime

T = TypeVar("T")


@dataclass(frozen=True)
class Session:
    """What a command works with. `run` waits for a service, so that commands stay plain code."""

    runtime: Runtime
    actor: Actor
    _loop: asyncio.Runner

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run(work)


@contextmanager
def open_session(ctx: typer.Context) -> Iterator[Session]:
    """Open the existing database that the settings name.

    Raises SchemaMismatch when it is missing or lacks migrations, SettingsError, Unavailable.
    """
    settings = settings_from(ctx)
    with _warnings_on_stderr(), asyncio.Runner() as loop:
        stack = AsyncExitStack()
        runtime = loop.run(stack.enter_async_context(open_runtime(settings)))
        try:
            yield Session(runtime, operator(), loop)
        finally:
            loop.run(stack.aclose())


@contextmanager
def _warnings_on_stderr() -> Iterator[None]:
    """Keep what the program logs out of the data, and to what an operator has to know."""
    before = structlog.get_config()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger("warning"),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        yield
    finally:
        structlog.configure(**before)
