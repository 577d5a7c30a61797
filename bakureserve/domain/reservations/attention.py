"""Why a person should look at a reservation, as codes, and until when that holds."""

from __future__ import annotations

from bakureserve.domain.reservations.reservation import Reservation

NO_TABLE = "no_table"
"""It should hold a table and has none."""
NOT_SETTLED = "not_settled"
"""Booked for a day past and never seated: a person has to say whether the party came."""
TABLE_OVERSTAYED = "table_overstayed"
"""Another party sits at the table that should be gone by now."""

OF_THE_BOOKED = frozenset({NOT_SETTLED, TABLE_OVERSTAYED})
"""Needed only while the party has not sat down."""


def without(reservation: Reservation, *codes: str) -> tuple[str, ...]:
    """The reservation's attention but for these codes."""
    return tuple(code for code in reservation.attention if code not in codes)
