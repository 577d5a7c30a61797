"""The secrets of refresh tokens, each made from the one before it.

A secret is 32 bytes and a seal of 16 in base64url. The seal shows that it was issued here, without
a list of all that ever were; and the successor of a used one can be told again, without being kept.
Both are made with the signing keys: a secret from before a key that is gone is still good where the
store has its hash, and only not recognised any more once it is used up.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator

from bakureserve.auth.keys import Key, KeyRing

_BODY_BYTES = 32
_SEAL_BYTES = 16
LENGTH = 64
"""Characters of a secret."""


class RefreshSecrets:
    """Makes and recognises secrets by the keys of a ring. All here raise Unavailable without it."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def first(self, session_id: str) -> str:
        """The secret that a session begins with."""
        return _sealed(self._keys.current(), session_id, secrets.token_bytes(_BODY_BYTES))

    def successor(self, session_id: str, used: str) -> str:
        """The secret that follows a used one."""
        return _successor(self._keys.current(), session_id, used)

    def successors(self, session_id: str, used: str) -> Iterator[str]:
        """What may have followed it, by each key that is still good, the newest first."""
        return (_successor(key, session_id, used) for key in self._keys.all())

    def was_issued(self, session_id: str, secret: str) -> bool:
        """Whether it was made here, for this session, with a key that is still good."""
        body = _body(secret)
        return body is not None and any(
            hmac.compare_digest(_sealed(key, session_id, body), secret) for key in self._keys.all()
        )


def _successor(key: Key, session_id: str, used: str) -> str:
    return _sealed(key, session_id, key.mac("refresh successor", session_id, used))


def _sealed(key: Key, session_id: str, body: bytes) -> str:
    seal = key.mac("refresh issued", session_id, body.hex())[:_SEAL_BYTES]
    return urlsafe_b64encode(body + seal).decode()


def _body(secret: str) -> bytes | None:
    if len(secret) != LENGTH:
        return None
    try:
        return urlsafe_b64decode(secret)[:_BODY_BYTES]
    except ValueError:
        return None
