"""The program opened for one command: its runtime, and the operator."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from bakureserve.cli.context import operator, settings_from, with_closest_slug
from bakureserve.cli.output import say
from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import NotFound, SchemaMismatch, Unavailable
from bakureserve.settings import Settings

if TYPE_CHECKING:
    from bakureserve.runtime import EtaServices, Runtime

T = TypeVar("T")
SlugOf = Callable[[str], str]


@dataclass(frozen=True)
class CliSession:
    """A runtime and the operator. `run` waits for a service, so that commands stay synchronous."""

    runtime: Runtime
    actor: Actor
    _loop: asyncio.Runner

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run(work)

    def slugs(self) -> SlugOf:
        """A function from a restaurant's id to its slug; other text stays as it is."""
        by_id = self.run(self.runtime.directory.slugs())
        return lambda each: by_id.get(each, each)


@contextmanager
def open_session(ctx: typer.Context) -> Iterator[CliSession]:
    """Open the existing database that the settings name.

    An unknown restaurant's error names the closest known one. Raises SchemaMismatch when the
    database is missing or lacks migrations, SettingsError, Unavailable.
    """
    from bakureserve.runtime import open_runtime

    settings = settings_from(ctx)
    with warnings_on_stderr(), asyncio.Runner() as loop:
        stack = AsyncExitStack()
        runtime = loop.run(stack.enter_async_context(open_runtime(settings)))
        try:
            yield CliSession(runtime, operator(), loop)
        except NotFound as error:
            if error.code != "restaurant_unknown":
                raise
            known = loop.run(runtime.directory.slugs())
            raise with_closest_slug(error, known.values()) from error
        finally:
            loop.run(stack.aclose())


@dataclass(frozen=True)
class EtaSession:
    """What a command estimates drives with. `run` runs a coroutine to its end."""

    services: EtaServices
    run: Callable[[Coroutine[Any, Any, Any]], Any]


@contextmanager
def open_eta_session(ctx: typer.Context, *, by_name: bool) -> Iterator[EtaSession]:
    """The database's places and fitted speeds; without a database the samples and the settings'.

    Unless a place is asked for `by_name`, an unusable database is ignored as well.
    Raises as `open_session` does where it is one.
    """
    from bakureserve.runtime import EtaServices

    with ExitStack() as stack:
        try:
            session = stack.enter_context(open_session(ctx))
        except (SchemaMismatch, Unavailable, OSError) as error:
            if by_name and not _is_missing(error):
                raise
            if by_name:
                say("There is no database: names are those of the sample restaurants.")
            opened = stack.enter_context(_eta_alone(settings_from(ctx)))
        else:
            runtime = session.runtime
            opened = EtaSession(EtaServices(runtime.places, runtime.eta), session.run)
        yield opened


def _is_missing(error: Exception) -> bool:
    return isinstance(error, SchemaMismatch) and error.code == "no_database"


@contextmanager
def _eta_alone(settings: Settings) -> Iterator[EtaSession]:
    from bakureserve.runtime import open_eta

    with warnings_on_stderr(), asyncio.Runner() as loop:
        stack = AsyncExitStack()
        services = loop.run(stack.enter_async_context(open_eta(settings)))
        try:
            yield EtaSession(services, loop.run)
        finally:
            loop.run(stack.aclose())


@contextmanager
def warnings_on_stderr() -> Iterator[None]:
    """Log warnings alone, to stderr, away from the data."""
    import structlog

    before = structlog.get_config()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger("warning"),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        yield
    finally:
        structlog.configure(**before)
