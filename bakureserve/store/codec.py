"""How domain values are written in columns and statements: times as whole microseconds, structures
as JSON, ids in the order of time; and SQL that every engine reads alike."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Collection
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

NO_LIMIT = 2**63 - 1
"""For `limit ?`, where all rows are wanted."""
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_encode = msgspec.json.Encoder().encode


def to_us(moment: dt.datetime) -> int:
    """An aware moment as whole microseconds since 1970-01-01 UTC, exactly."""
    return (moment - EPOCH) // _MICROSECOND


def from_us(microseconds: int) -> dt.datetime:
    """The inverse of `to_us`, in UTC."""
    return EPOCH + dt.timedelta(microseconds=microseconds)


def new_id(now: dt.datetime) -> str:
    """A UUID of version 7 (RFC 9562, section 5.7): it begins with the time in milliseconds.

    New rows therefore land side by side in an index, however many there are already; the 74 random
    bits keep ids from being guessed.
    """
    milliseconds = int(now.timestamp() * 1000)
    random = os.urandom(10)
    version, variant = 0x70 | random[0] & 0x0F, 0x80 | random[1] & 0x3F
    digits = (
        milliseconds.to_bytes(6) + bytes((version, random[2], variant, random[3])) + random[4:]
    ).hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def dumps(value: Any) -> str:
    """Any domain value as JSON text."""
    return _encode(value).decode()


def loads(text: str, kind: type[T]) -> T:
    """JSON text written by `dumps`, as the type it came from."""
    return msgspec.json.decode(text, type=kind)


def marked(code: str) -> str:
    """SQL for the condition that the reservation `r` needs attention for this reason."""
    return f"coalesce(r.attention, '') like '%\"{code}\"%'"


def among(values: Collection[Any]) -> str:
    """SQL for being one of the values, each a parameter. There must be at least one."""
    return f"in ({', '.join('?' * len(values))})"


def one_of(words: Collection[str]) -> str:
    """SQL for being one of the program's own words, such as statuses: also in triggers, which take
    no parameters. There must be at least one."""
    return "in ({})".format(", ".join(f"'{word}'" for word in sorted(words)))


def further(condition: str) -> str:
    """SQL for a condition beside another whose index leads to fewer rows.

    An engine without statistics does not know which of the two does; of this one it uses no index.
    """
    return f"({condition}) is true"


def document_of(value: msgspec.Struct, columns: Collection[str]) -> str:
    """As JSON text, the fields that have no column of their own."""
    return dumps(
        {name: getattr(value, name) for name in value.__struct_fields__ if name not in columns}
    )
