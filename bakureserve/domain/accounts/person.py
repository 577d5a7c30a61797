"""Whether a booking that staff take is for themselves."""

from __future__ import annotations

import re

import msgspec

from bakureserve.domain.text import fold

_NO_DIGITS = re.compile(r"\D")
_SUBSCRIBER_DIGITS = 9
"""Of a number in Azerbaijan, whether it is written with 994 or 0 before."""


class Person(msgspec.Struct, frozen=True):
    """Somebody of the staff, by name and telephone number, "" where there is none."""

    name: str
    phone: str

    def is_meant_by(self, guest_name: str, guest_phone: str) -> bool:
        """Whether the guest is this person: by their number, or else by their name.

        A first name alone, or a full one, is theirs as well; another number is another guest's.
        """
        if guest_phone and self.phone:
            return _subscriber(guest_phone) == _subscriber(self.phone)
        said, own = set(fold(guest_name).split()), set(fold(self.name).split())
        return bool(said and own) and (said <= own or own <= said)


def _subscriber(phone: str) -> str:
    return _NO_DIGITS.sub("", phone)[-_SUBSCRIBER_DIGITS:]
