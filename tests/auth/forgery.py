"""Tokens put together by hand, with every mistake and every malice."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

JSON_BOMBS = {
    "deep lists": b"[" * 1_900 + b"]" * 1_900,
    "deep objects": b'{"iss":' * 700 + b"1" + b"}" * 700,
    "deep unread field": b'{"x":' + b"[" * 1_900 + b"]" * 1_900 + b"}",
    "endless number": b'{"exp":' + b"9" * 4_400 + b"}",
    "infinite number": b'{"exp":1e999}',
    "lone surrogate": b'{"iss":"\\ud800"}',
    "not UTF-8": b'{"iss":"\xff"}',
    "two documents": b"{}{}",
    "a list": b"[]",
    "a word": b'"iss"',
    "null": b"null",
    "nothing": b"",
}


def encoded(part: bytes | dict[str, Any]) -> str:
    if isinstance(part, dict):
        part = json.dumps(part).encode()
    return urlsafe_b64encode(part).decode()


def put_together(
    header: bytes | dict[str, Any], claims: bytes | dict[str, Any], secret: bytes | None
) -> str:
    """A token with an HMAC-SHA256 signature, or with an empty one, whatever its header says."""
    signed = f"{encoded(header)}.{encoded(claims)}"
    if secret is None:
        return f"{signed}."
    return f"{signed}.{encoded(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def header_in(token: str) -> dict[str, Any]:
    return _part(token, 0)


def claims_in(token: str) -> dict[str, Any]:
    return _part(token, 1)


def _part(token: str, place: int) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(urlsafe_b64decode(token.split(".")[place].encode()))
    return read
