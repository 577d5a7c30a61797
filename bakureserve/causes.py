"""Why a network connection failed, as a code that an operator can act on."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Iterator

UNKNOWN_CAUSE = "unreachable"
"""The code for an error that matches none of the others."""

_BY_ERRNO = {
    errno.ECONNREFUSED: "connection_refused",
    errno.ENETUNREACH: "no_route",
    errno.EHOSTUNREACH: "no_route",
    errno.ENETDOWN: "no_route",
    errno.ETIMEDOUT: "timed_out",
    errno.ECONNRESET: "connection_closed",
    errno.EPIPE: "connection_closed",
    errno.ECONNABORTED: "connection_closed",
    errno.EMFILE: "no_open_files_left",
    errno.ENFILE: "no_open_files_left",
}
_BY_VERIFY_CODE = {9: "certificate_not_yet_valid", 10: "certificate_expired"}
_HOST_MISMATCH = frozenset({62, 63, 64})
"""OpenSSL's X509_V_ERR_…: the certificate is for another host, mail address or IP address."""
_ERRNO_IN_TEXT = re.compile(r"\[Errno (\d+)\]")
"""asyncio reports failed attempts at several addresses of a name in one error without `errno`."""

CAUSES = frozenset(
    {
        *_BY_ERRNO.values(),
        *_BY_VERIFY_CODE.values(),
        "name_not_found",
        "name_service_silent",
        "certificate_of_another",
        "certificate_untrusted",
        "tls",
        UNKNOWN_CAUSE,
    }
)


def cause_of(error: BaseException) -> str:
    """One of `CAUSES`, from the innermost error of the chain that has a known one."""
    return next(filter(None, map(_known_cause, _chain(error))), UNKNOWN_CAUSE)


def _known_cause(error: BaseException) -> str:
    """The cause that this error shows, or "" if it is not one of ours."""
    cause = ""
    match error:
        case ssl.SSLCertVerificationError():
            cause = _certificate_cause(error.verify_code)
        case ssl.SSLError():
            cause = "tls"
        case socket.gaierror():
            silent = error.errno == socket.EAI_AGAIN
            cause = "name_service_silent" if silent else "name_not_found"
        case TimeoutError():
            cause = "timed_out"
        case EOFError():
            cause = "connection_closed"
        case OSError():
            cause = _BY_ERRNO.get(error.errno or _common_errno(str(error)), "")
    return cause


def _certificate_cause(code: int) -> str:
    if code in _HOST_MISMATCH:
        return "certificate_of_another"
    return _BY_VERIFY_CODE.get(code, "certificate_untrusted")


def _common_errno(text: str) -> int:
    """The errno that all attempts failed with; 0 where there is none, or several."""
    numbers = set(_ERRNO_IN_TEXT.findall(text))
    return int(numbers.pop()) if len(numbers) == 1 else 0


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and those it was raised from, innermost first: a wrapper may look like another."""
    within = [error]
    while (inner := _inner(within[-1])) is not None and inner not in within:
        within.append(inner)
    return reversed(within)


def _inner(error: BaseException) -> BaseException | None:
    for name in ("certificate_error", "os_error"):  # aiohttp's names for it
        held = getattr(error, name, None)
        if isinstance(held, BaseException) and held is not error:
            return held
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)
