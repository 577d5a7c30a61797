"""Error reports to Sentry, or another server with its protocol, when `SENTRY_DSN` is set.

Whatever is logged as an error is reported: with its traceback and the request's id and route,
without variables, request data or anything about a guest, and scrubbed like the log. A thread of
the SDK sends the reports; a Sentry that does not answer costs a request nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from structlog.typing import EventDict

from bakureserve import __version__
from bakureserve.domain.errors import Unavailable
from bakureserve.server.scrubbing import Scrubber

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

_TAGS = ("request_id", "method", "route", "code")
_FLUSH_SECONDS = 2.0


@contextmanager
def reporting_errors(dsn: str, scrubber: Scrubber) -> Iterator[None]:
    """Report errors inside, if there is a `dsn`, and send what is left on leaving.

    Raises Unavailable when the SDK is missing or the DSN is malformed.
    """
    if not dsn:
        yield
        return
    try:
        import sentry_sdk  # noqa: PLC0415 - most servers do without, and it takes 0.2 s
    except ImportError as error:
        raise Unavailable("sentry_not_installed") from error

    def scrub(event: Event, _hint: Hint) -> Event:
        return _scrubbed(event, scrubber)

    try:
        sentry_sdk.init(
            dsn,
            release=f"bakureserve@{__version__}",
            before_send=scrub,
            default_integrations=False,
            auto_enabling_integrations=False,
            include_local_variables=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
        )
    except sentry_sdk.utils.BadDsn as error:
        raise Unavailable("sentry_dsn_unreadable") from error
    try:
        yield
    finally:
        sentry_sdk.get_client().close(timeout=_FLUSH_SECONDS)
        sentry_sdk.get_global_scope().set_client(None)


def report_error(_logger: Any, method: str, event: EventDict) -> EventDict:
    """A processor of log events: tells Sentry of errors, if that is set up."""
    sdk = sys.modules.get("sentry_sdk")
    if sdk is None or event.get("level") not in {"error", "critical"}:
        return event
    with sdk.new_scope() as scope:
        for name in _TAGS:
            if name in event:
                scope.set_tag(name, str(event[name]))
        error = _exception_of(event.get("exc_info"))
        if error is not None:
            scope.capture_exception(error)
        else:
            scope.capture_message(str(event.get("event", method)), level="error")
    return event


def _exception_of(given: Any) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None


def _scrubbed(event: Event, scrubber: Scrubber) -> Event:
    for part in ("request", "user", "breadcrumbs", "extra", "modules"):
        event.pop(part, None)  # type: ignore[misc]
    scrubbed: Event = scrubber.value(event)
    scrubbed["release"] = event.get("release", "")  # which looks like an e-mail address
    return scrubbed
