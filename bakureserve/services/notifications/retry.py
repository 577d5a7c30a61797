"""When a delivery is tried again, how many e-mails an address gets in an hour, and what a failed
attempt means.

A failed delivery waits `FIRST_DELAY`, then twice as long each time up to `LONGEST_DELAY`. While the
other side cannot be reached it waits as long again as it has waited so far, at most `LONGEST_DOWN`.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from bakureserve.causes import CAUSES
from bakureserve.domain.errors import Unavailable
from bakureserve.domain.notifications import Delivery, Failure
from bakureserve.services.accounts.proofs import letter_mark
from bakureserve.store import notifications
from bakureserve.store.transaction import Transaction

FIRST_DELAY, LONGEST_DELAY = dt.timedelta(seconds=5), dt.timedelta(hours=1)
"""The delay after the first failure, which doubles with each further one up to the longest."""
LONGEST_DOWN = dt.timedelta(minutes=10)
"""The longest delay while the other side cannot be reached, so that a night's e-mails are sent soon
in the morning."""
HOUR = dt.timedelta(hours=1)


def paced(transaction: Transaction, delivery: Delivery, now: dt.datetime, most: int) -> Delivery:
    """The delivery at the time it may be sent: at most `most` e-mails an hour to one address.

    An e-mail that must wait replaces an earlier one about the same reservation that waits as well,
    so that many changes in an hour become one e-mail. Those with links are limited separately
    (`services.accounts.proofs`), and webhooks are not.
    """
    if delivery.channel != "email" or delivery.letter is not None:
        return delivery
    is_first = delivery.kind == "reservation.booked"
    place = None if is_first else notifications.supersede(transaction, delivery, now)
    if place is None:
        mark = letter_mark(delivery.recipient)
        fullest = notifications.last_letter_but(transaction, mark, "notice", most - 1)
        place = now if fullest is None else max(now, fullest + HOUR)
        notifications.note_letter(transaction, mark, "notice", place)
    return msgspec.structs.replace(delivery, next_at=place)


def retry_delay(delivery: Delivery, failure: Failure, now: dt.datetime) -> dt.timedelta:
    """How long to wait after this failure; the outbox varies it by a quarter."""
    if failure.nowhere:
        return min(max(now - delivery.created_at, FIRST_DELAY), LONGEST_DOWN)
    doublings: int = 2 ** (delivery.attempts - 1)
    return min(FIRST_DELAY * doublings, LONGEST_DELAY)


_SMTP = "smtp_"
_OURS = frozenset(
    {"expired", "files", "letter_malformed", "no_way_out", "smtp_timeout", "smtp_unsuitable"}
)


def why(code: str) -> Unavailable:
    """What the code of a failed attempt means."""
    told = code.removeprefix(_SMTP)
    if code.startswith(_SMTP) and told in CAUSES:
        return Unavailable(f"cause_{told}")
    if status := _reply(code):
        return Unavailable("letter_refused", status=status)
    family = "files" if code.startswith("files_") else code
    if family in _OURS:
        return Unavailable(f"letter_{family.removeprefix('letter_')}")
    return Unavailable("letter_failed", code=code)


def is_of_one_mailbox(code: str) -> bool:
    """Whether a mail server refused the mailbox for good, as for a mistyped address (RFC 5321,
    section 4.2.1)."""
    return _reply(code).startswith("5")


def is_passing(code: str) -> bool:
    """Whether a mail server asked to try again later, as it may for a first e-mail
    (greylisting)."""
    return _reply(code).startswith("4")


def _reply(code: str) -> str:
    """The mail server's reply code; empty if the failure was another."""
    told = code.removeprefix(_SMTP)
    return told if code.startswith(_SMTP) and told.isdecimal() else ""
