"""The kinds of value that several shapes share."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from msgspec import Meta

from bakureserve.domain.text import LONGEST_BOOKING_NOTES

LONGEST_INPUT = 400
"""Characters of any text that is looked at more closely by the rules."""

InputText = Annotated[str, Meta(max_length=LONGEST_INPUT)]
BookingNotes = Annotated[str, Meta(max_length=LONGEST_BOOKING_NOTES)]
Tags = Annotated[tuple[InputText, ...], Meta(max_length=100)]
# Read by hand, since clients in the field leave out seconds, offset or the T.
Timestamp = Annotated[
    str,
    Meta(
        max_length=40,
        description="RFC 3339; without an offset it is the restaurant's local time.",
        extra_json_schema={"format": "date-time"},
    ),
]
Moment = Annotated[dt.datetime, Meta(tz=True)]
PartySize = Annotated[int, Meta(ge=1, le=1000, description="Covers.")]
PageSize = Annotated[int, Meta(ge=1, le=1000)]
SearchText = Annotated[str, Meta(max_length=200)]
Cursor = Annotated[str, Meta(max_length=200)]
