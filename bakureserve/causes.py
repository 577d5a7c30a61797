"""Why somebody on the network could not be reached, as a code that an operator can act on."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Iterator

OTHERWISE = "unreachable"
"""The code where an error tells nothing that is known here."""

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
_OF_ANOTHER_NAME = frozenset({62, 63, 64})
"""OpenSSL's X509_V_ERR_…: not of this host, mail address or IP address."""
_AMONG_SEVERAL = re.compile(r"\[Errno (\d+)\]")
"""How asyncio tells of attempts at several addresses of a name, in one error without a number."""

CAUSES = frozenset(
    {
        *_BY_ERRNO.values(),
        *_BY_VERIFY_CODE.values(),
        "name_not_found",
        "name_service_silent",
        "certificate_of_another",
        "certificate_untrusted",
        "tls",
        OTHERWISE,
    }
)


def cause_of(error: BaseException) -> str:
    """One of `CAUSES`: the first that the error, or what it was raised from, tells of."""
    return next(filter(None, map(_told_by, _chain(error))), OTHERWISE)


def _told_by(error: BaseException) -> str:
    told = ""
    match error:
        case ssl.SSLCertVerificationError():
            told = _of_certificate(error.verify_code)
        case ssl.SSLError():
            told = "tls"
        case socket.gaierror():
            silent = error.errno == socket.EAI_AGAIN
            told = "name_service_silent" if silent else "name_not_found"
        case TimeoutError():
            told = "timed_out"
        case EOFError():
            told = "connection_closed"
        case OSError():
            told = _BY_ERRNO.get(error.errno or _common_errno(str(error)), "")
    return told


def _of_certificate(code: int) -> str:
    if code in _OF_ANOTHER_NAME:
        return "certificate_of_another"
    return _BY_VERIFY_CODE.get(code, "certificate_untrusted")


def _common_errno(text: str) -> int:
    """The number that all attempts failed with; 0 where there is none, or several."""
    numbers = set(_AMONG_SEVERAL.findall(text))
    return int(numbers.pop()) if len(numbers) == 1 else 0


def _chain(error: BaseException) -> Iterator[BaseException]:
    """What was raised first comes first: what wraps it may pass for something else."""
    within = [error]
    while (inner := _inner(within[-1])) is not None and inner not in within:
        within.append(inner)
    return reversed(within)


def _inner(error: BaseException) -> BaseException | None:
    for name in ("certificate_error", "os_error"):  # what aiohttp keeps it as
        held = getattr(error, name, None)
        if isinstance(held, BaseException) and held is not error:
            return held
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)
