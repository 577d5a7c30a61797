"""How application logs look: structlog, for people or as JSON."""

from __future__ import annotations

import sys
from typing import Any, Literal, TextIO

import msgspec
import structlog

LogFormat = Literal["json", "human"]


def chosen_format(setting: str, stream: TextIO = sys.stderr) -> LogFormat:
    """The format a setting of auto, json or human means for `stream`."""
    if setting == "auto":
        return "human" if stream.isatty() else "json"
    return "human" if setting == "human" else "json"


def configure_logs(form: LogFormat, level: str, stream: TextIO = sys.stderr) -> None:
    """Set up structlog for the whole process; called once, by whoever starts it."""
    render: list[Any] = [structlog.dev.ConsoleRenderer(colors=stream.isatty())]
    if form == "json":
        render = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_serialized),
        ]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            *render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )


def _serialized(event: Any, **_options: Any) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()
