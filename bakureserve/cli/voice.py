"""What `serve` says on stderr: sentences to a person, JSON lines when the log is JSON."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from typing import TYPE_CHECKING

import typer

from bakureserve.cli.exit_status import Status
from bakureserve.cli.exits import ending
from bakureserve.cli.output import say, warn
from bakureserve.server.logs import chosen_format, logging_by_settings, milestones
from bakureserve.settings import Settings, pasteable

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Voice:
    """Prints sentences, or logs them as the `message` of an event."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.is_json = chosen_format(settings.log_format, sys.stderr) == "json"

    def note(self, event: str, **facts: object) -> None:
        """Log an event that a person at the terminal need not see."""
        if self.is_json:
            milestones().info(event, **facts)

    def say(self, event: str, sentence: str, **facts: object) -> None:
        if self.is_json:
            milestones().info(event, **facts, message=sentence)
        else:
            say(pasteable(sentence, self._settings))

    def warn(self, event: str, sentence: str) -> None:
        if self.is_json:
            milestones().warning(event, message=sentence)
        else:
            warn(pasteable(sentence, self._settings))


@contextmanager
def speaking(settings: Settings, *, debug: bool) -> Iterator[Voice]:
    """A voice for the server's start and run. It reports a failure, with a traceback for `debug`.

    Raises typer.Exit with the status of an error that was logged.
    """
    with _stderr_that_never_fails(), logging_by_settings(settings, sys.stderr):
        voice = Voice(settings)
        try:
            yield voice
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            if not voice.is_json:
                raise
            status, sentence = ending(error)
            where = error if debug or status == Status.BUG else None
            milestones().critical("failed", message=sentence, exit_status=status, exc_info=where)
            raise typer.Exit(status) from error
        except KeyboardInterrupt:
            if not voice.is_json:
                raise
            milestones().info("interrupted")
            raise typer.Exit(Status.INTERRUPTED) from None


class _Unfailing(io.FileIO):
    """A file that drops what cannot be written: the log's disk is full, or its reader gone."""

    def write(self, data: ReadableBuffer, /) -> int:
        with suppress(OSError):
            super().write(data)
        return memoryview(data).nbytes


@contextmanager
def _stderr_that_never_fails() -> Iterator[None]:
    """Make stderr never fail, so that a server starts even when its log cannot be written."""
    plain = sys.__stderr__
    if plain is None or sys.stderr is not plain:
        yield
        return
    plain.flush()
    with (
        io.TextIOWrapper(
            _Unfailing(plain.fileno(), "w", closefd=False),
            encoding=plain.encoding,
            errors="backslashreplace",
            write_through=True,
        ) as stream,
        redirect_stderr(stream),
    ):
        yield
