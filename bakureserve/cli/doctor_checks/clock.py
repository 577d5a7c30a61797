"""The clock: bookings, tokens and backups all go by it."""

from __future__ import annotations

import datetime as dt
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bakureserve.cli.doctor_checks.finding import Finding, fault, fine
from bakureserve.services.clock import system_clock
from bakureserve.settings import Settings
from bakureserve.store.maintenance.peek import newest_event

TOLERANCE = dt.timedelta(seconds=30)
_PATIENCE = 2.0
_SUBJECT = "clock"


def look(settings: Settings) -> Iterator[Finding]:
    yield _compared(settings.osrm_base_url)
    newest = newest_event(settings.database_path)
    if newest is not None and newest > system_clock() + TOLERANCE:
        yield fault(
            _SUBJECT,
            f"the newest event in the database is of {newest:%Y-%m-%d %H:%M:%S} UTC, still to come",
            "the clock was set back: see that it is right, with timedatectl",
        )
    try:
        ZoneInfo("Asia/Baku")
    except ZoneInfoNotFoundError:
        yield fault(_SUBJECT, "the time zone Asia/Baku is unknown", "pip install tzdata")


def _compared(url: str) -> Finding:
    """With the clock of the map service, which every answer over HTTP tells."""
    theirs = _time_at(url)
    if theirs is None:
        return fine(_SUBJECT, "OSRM did not tell its time, so ours was compared with nothing")
    ahead = system_clock() - theirs
    if abs(ahead) > TOLERANCE:
        where = "ahead of" if ahead > TOLERANCE else "behind"
        return fault(
            _SUBJECT,
            f"it is {abs(ahead.total_seconds()):.0f} s {where} that of OSRM's server",
            "have it set by NTP: timedatectl set-ntp true",
        )
    return fine(_SUBJECT, "it agrees with that of OSRM's server")


def _time_at(url: str) -> dt.datetime | None:
    asked = urllib.request.Request(url, method="HEAD", headers={"User-Agent": "bakureserve"})  # noqa: S310
    headers = None
    with suppress(OSError, ValueError):
        try:
            with urllib.request.urlopen(asked, timeout=_PATIENCE) as answer:  # noqa: S310
                headers = answer.headers
        except urllib.error.HTTPError as error:
            headers = error.headers
        return parsedate_to_datetime(headers["Date"]) if headers and headers["Date"] else None
    return None
