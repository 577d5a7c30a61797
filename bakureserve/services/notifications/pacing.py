"""How many letters an address gets in an hour: what is beyond waits, and is told once."""

from __future__ import annotations

import datetime as dt

import msgspec

from bakureserve.domain.notifications import Delivery
from bakureserve.services.accounts.proofs import letter_mark
from bakureserve.store import outbox
from bakureserve.store.transaction import Transaction

HOUR = dt.timedelta(hours=1)


def paced(transaction: Transaction, delivery: Delivery, now: dt.datetime, most: int) -> Delivery:
    """The delivery at the time it may go: in any hour `most` letters go to one address.

    A letter that has to wait takes the place of an earlier one about the same reservation that
    waits as well, so that many changes in an hour become one letter. Those with links are counted
    apart (`services.accounts.proofs`), and webhooks are not.
    """
    if delivery.channel != "email" or delivery.letter is not None:
        return delivery
    is_first = delivery.kind == "reservation.booked"
    place = None if is_first else outbox.supersede(transaction, delivery, now)
    if place is None:
        mark = letter_mark(delivery.recipient)
        fullest = outbox.last_letter_but(transaction, mark, "notice", most - 1)
        place = now if fullest is None else max(now, fullest + HOUR)
        outbox.note_letter(transaction, mark, "notice", place)
    return msgspec.structs.replace(delivery, next_at=place)
