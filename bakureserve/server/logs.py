"""Application logs: structlog, for people or as JSON, scrubbed either way.

Libraries log through the standard library's `logging`: their warnings and errors are logged alike.
`log_trouble` logs each of our errors at its level, `LogThrottle` keeps a lasting state from
filling the log.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, Protocol, TextIO, cast

import msgspec
import structlog
from structlog.typing import EventDict, Processor

from bakureserve.domain.errors import (
    ReserveError,
    SchemaMismatch,
    StoreCorrupt,
    StoreFull,
    StoreReadOnly,
)
from bakureserve.locale import say
from bakureserve.server.scrubbing import Scrubber, scrubber_for
from bakureserve.server.sentry import report_error
from bakureserve.settings import Settings, pasteable

LogFormat = Literal["json", "human"]

_ADVICE = frozenset({"hint", "message", "reason"})
"""Fields that tell an operator what to do."""


class LogStream(Protocol):
    """Where the log goes, a line at a time."""

    def write(self, line: str, /) -> int: ...
    def flush(self) -> None: ...
    def isatty(self) -> bool: ...


def chosen_format(setting: str, stream: LogStream = sys.stderr) -> LogFormat:
    """The format a setting of auto, json or human means for `stream`."""
    if setting == "auto":
        return "human" if stream.isatty() else "json"
    return "human" if setting == "human" else "json"


def configure_logs(settings: Settings, stream: LogStream = sys.stderr) -> None:
    """Set up structlog and `logging` for the whole process; called by the program's entry point."""
    form = chosen_format(settings.log_format, stream)
    scrub = _scrubbing(scrubber_for(settings))
    before: Sequence[Processor] = (
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        report_error,
    )
    # Tracebacks are formatted here: structlog's console would show every local variable.
    after: Sequence[Processor] = (
        structlog.processors.format_exc_info,
        _with_pasteable_advice(settings),
        scrub,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _renderer(form, stream),
    )
    structlog.configure(
        processors=[*before, *after],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, stream)),
        cache_logger_on_first_use=False,
    )
    _configure_libraries(before, after, settings.log_level, stream)


@contextmanager
def logging_by_settings(settings: Settings, stream: LogStream) -> Iterator[None]:
    """Log as the settings say while the block runs, and then as before."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers, root.level
    configure_logs(settings, stream)
    try:
        yield
    finally:
        structlog.configure(**before)
        root.handlers = handlers
        root.setLevel(level)


def milestones() -> Any:
    """A logger for events that are logged at any `LOG_LEVEL`: start, address, reload, end."""
    every = structlog.make_filtering_bound_logger(logging.DEBUG)
    return structlog.wrap_logger(None, wrapper_class=every)


@contextmanager
def capturing_python_warnings() -> Iterator[None]:
    """Log Python's warnings and failures of threads, which it would write as plain text."""
    failed, unraisable = threading.excepthook, sys.unraisablehook
    logging.captureWarnings(True)
    threading.excepthook = _log_failed_thread
    sys.unraisablehook = _log_unraisable
    try:
        yield
    finally:
        logging.captureWarnings(False)
        threading.excepthook, sys.unraisablehook = failed, unraisable


def _log_failed_thread(failed: threading.ExceptHookArgs) -> None:
    name = failed.thread.name if failed.thread else ""
    structlog.get_logger(__name__).error("thread_failed", thread=name, exc_info=failed.exc_value)


def _log_unraisable(failed: Any) -> None:
    structlog.get_logger(__name__).error("error_unraisable", exc_info=failed.exc_value)


def _configure_libraries(
    before: Sequence[Processor], after: Sequence[Processor], level: str, stream: LogStream
) -> None:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *before],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *after],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level.upper()]))


def _scrubbing(scrubber: Scrubber) -> Processor:
    def scrub(_logger: Any, _method: str, event: EventDict) -> EventDict:
        scrubbed: EventDict = scrubber.value(event)
        return scrubbed

    return scrub


def _with_pasteable_advice(settings: Settings) -> Processor:
    def make_pasteable(_logger: Any, _method: str, event: EventDict) -> EventDict:
        for name in _ADVICE & event.keys():
            event[name] = pasteable(str(event[name]), settings)
        return event

    return make_pasteable


def _renderer(form: LogFormat, stream: LogStream) -> Processor:
    if form == "json":
        return structlog.processors.JSONRenderer(serializer=_serialized)
    return structlog.dev.ConsoleRenderer(colors=stream.isatty(), timestamp_key="time")


def _serialized(event: Any, **_options: Any) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()


_LEVELS: dict[type[ReserveError], str] = {
    StoreCorrupt: "critical",
    StoreFull: "error",
    StoreReadOnly: "error",
    SchemaMismatch: "error",
    ReserveError: "warning",
}


def log_trouble(event: str, error: ReserveError, **more: Any) -> None:
    """Log the error at its level, with its reason in English, which names files and folders."""
    write = getattr(structlog.get_logger(__name__), level_of(error))
    write(event, code=error.code, reason=say(error.code, error.params, "en"), **more)


def level_of(error: ReserveError) -> str:
    """Critical for damage, error for what an operator must fix, warning for what passes."""
    return next(_LEVELS[kind] for kind in type(error).__mro__ if kind in _LEVELS)


LOG_SECONDS = 60.0
"""The shortest time between two lines about the same lasting state."""


class LogThrottle:
    """Lets one line pass a minute. `steady` is a clock in seconds."""

    def __init__(self, steady: Callable[[], float]) -> None:
        self._steady = steady
        self._last = -LOG_SECONDS

    def is_due(self) -> bool:
        """Whether a line is due now; if so, the next is due a minute later."""
        now = self._steady()
        if now - self._last < LOG_SECONDS:
            return False
        self._last = now
        return True
