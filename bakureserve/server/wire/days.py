"""Service days of a restaurant, and closing them."""

from __future__ import annotations

import datetime as dt

import msgspec

from bakureserve.domain.reservations.close_out import Unsettled


class CloseBody(msgspec.Struct, frozen=True):
    """The service date, and what became of the parties that were never seated: all came, none did,
    or a person is to say so one by one."""

    date: dt.date
    unsettled: Unsettled = "flag"
