"""Device tokens: the proof that a device was logged in to an account of late.

A device that shows one when it logs in again is not made to wait for what strangers got wrong. It
opens nothing: the password is asked for all the same.
"""

from __future__ import annotations

import datetime as dt
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable

from bakureserve.auth.keys import Key, KeyRing

LIFETIME = dt.timedelta(days=30)
LONGEST = 200
"""Characters; more is no token of ours."""

_FORM = re.compile(r"(?P<device>[A-Za-z0-9-]{1,64})\.(?P<until>[0-9]{1,12})\.(?P<mac>[\w-]{43})")


class DeviceTokens:
    """Makes and reads device tokens, signed with the keys of `keys`."""

    def __init__(self, keys: KeyRing, clock: Callable[[], dt.datetime]) -> None:
        self._keys = keys
        self._clock = clock

    def issue(self, user_id: str, device: str) -> str:
        """A token for the account's device of that name, which is its session's id."""
        until = int((self._clock() + LIFETIME).timestamp())
        return f"{device}.{until}.{_mac(self._keys.current(), user_id, device, until)}"

    def read(self, token: str, user_id: str) -> str:
        """The device that holds the token; '' for a token that is not for this account, or over."""
        found = _FORM.fullmatch(token) if len(token) <= LONGEST and token.isascii() else None
        if found is None or int(found["until"]) <= self._clock().timestamp():
            return ""
        device, until = found["device"], int(found["until"])
        is_ours = any(
            hmac.compare_digest(_mac(key, user_id, device, until), found["mac"])
            for key in self._keys.all()
        )
        return device if is_ours else ""


def _mac(key: Key, user_id: str, device: str, until: int) -> str:
    made = key.mac("device", user_id, device, str(until))
    return urlsafe_b64encode(made).decode().rstrip("=")
