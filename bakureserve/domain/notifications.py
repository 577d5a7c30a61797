"""Which notices are sent, and to which party: the whole table, and what a notice says.

A notice is made from an event in the outbox's transaction and keeps what it says from then on: it
tells how things stood, however late it is delivered.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

from bakureserve.domain.accounts.account import Purpose
from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.domain.restaurants.restaurant import Restaurant

Party = Literal["guest", "restaurant"]
Channel = Literal["email", "webhook"]
Way = tuple[Party, Channel]
MAIL_LANE = "email"
DeliveryStatus = Literal["waiting", "sending", "sent", "dead", "dropped"]

_GUEST_MAIL: Way = ("guest", "email")
_HOUSE_MAIL: Way = ("restaurant", "email")
_WEBHOOK: Way = ("restaurant", "webhook")

WAYS: Mapping[str, tuple[Way, ...]] = MappingProxyType(
    {
        # What a guest has agreed on is written down for both sides.
        "reservation.booked": (_GUEST_MAIL, _HOUSE_MAIL, _WEBHOOK),
        "reservation.changed": (_GUEST_MAIL, _HOUSE_MAIL, _WEBHOOK),
        "reservation.confirmed": (_GUEST_MAIL, _HOUSE_MAIL, _WEBHOOK),
        "reservation.cancelled": (_GUEST_MAIL, _HOUSE_MAIL, _WEBHOOK),
        "reservation.removed": (_GUEST_MAIL, _HOUSE_MAIL, _WEBHOOK),
        "reservation.preordered": (_HOUSE_MAIL, _WEBHOOK),
        # What the floor and the kitchen act on goes to their machines; guests have their stream.
        "reservation.seated": (_WEBHOOK,),
        "reservation.completed": (_WEBHOOK,),
        "reservation.marked_no_show": (_WEBHOOK,),
        "reservation.undone": (_WEBHOOK,),
        "arrival.requested": (_WEBHOOK,),
        "arrival.approved": (_WEBHOOK,),
        "arrival.queued": (_WEBHOOK,),
        "arrival.rejected": (_WEBHOOK,),
        "arrival.cancelled": (_WEBHOOK,),
        "arrival.fire": (_WEBHOOK,),
        "arrival.hold": (_WEBHOOK,),
        "arrival.late": (_WEBHOOK,),
        "arrival.arrived": (_WEBHOOK,),
        "arrival.taken_back": (_WEBHOOK,),
        "arrival.cleared": (_WEBHOOK,),
    }
)
"""Every event that is sent out beyond the streams, and by which channels. Others stay inside."""

Outlet = Literal["mail", "files", "none"]
"""Where letters go: to a mail server, into files for the operator, or nowhere."""

WEBHOOK_SWITCHED_OFF = "restaurant.webhook_switched_off"
"""What a restaurant is written to about when its webhook address says that it is gone."""

ENDS_A_VISIT = frozenset({"reservation.cancelled", "reservation.removed"})
"""Events after which the guest is no longer expected: their calendar entry is removed."""

RESERVATION_WORTH, ARRIVAL_WORTH = dt.timedelta(days=2), dt.timedelta(hours=1)
"""How long after an event it is still sent: yesterday's word to start the food is worth nothing."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """How a reservation stood after an event. Times are UTC; nothing tells where the guest is.

    `notes` are the guest's and for the restaurant: no letter to a guest quotes what was typed.
    `sequence` rises with every change of the reservation. `eta_minutes`, from `at` on, and
    `fire_at` are there once the guest is on the way.
    """

    kind: str
    event_id: int
    at: dt.datetime
    reservation_id: str
    sequence: int
    status: str
    party_size: int
    start: dt.datetime
    end: dt.datetime
    table_id: str | None
    table_name: str | None = None
    guest_name: str
    guest_phone: str
    restaurant_id: str
    restaurant_name: str
    timezone: str
    address: str
    phone: str
    prep_scope: str | None = None
    prep_items: tuple[str, ...] = ()
    notes: str = ""
    arrival_status: str = "idle"
    eta_minutes: int | None = None
    fire_at: dt.datetime | None = None
    arrived_at: dt.datetime | None = None
    language: str = ""


ACCOUNT_LETTERS: Mapping[str, Purpose] = MappingProxyType(
    {"account.verification_asked": "verify", "account.reset_asked": "reset"}
)
"""Events that go to one person alone, in a letter with a link to their own account."""
LINK_LIFE = dt.timedelta(days=1)
"""How long such a link is good, and how long after the event the letter is still sent."""


class AccountLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A letter about an account. Its link is made when it is sent, and kept nowhere.

    It holds nothing that whoever opened the account has typed but the address: the reader may be a
    stranger to them. While the address is `unproved`, another password hands the account over.
    """

    at: dt.datetime
    purpose: Purpose
    language: str = ""
    unproved: bool = False


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A notice on its way to one recipient: an e-mail address, or the id of a restaurant.

    Instead of a notice it may be a `letter` about the recipient's account, and is about no
    restaurant or reservation then.

    `id` stays the same however often it is tried. `attempts` counts those begun, but for those that
    got nowhere. `next_at` is when it is tried next or, while it is `sending`, when others may take
    it over; from `expires_at` on it is not tried any more. `error` is why the last attempt failed,
    as a code. `subject` is whose reservation or account it tells of, None for one without an owner.
    """

    id: str
    event_id: int
    kind: str
    restaurant_id: str
    reservation_id: str
    party: Party
    channel: Channel
    recipient: str
    status: DeliveryStatus
    attempts: int
    next_at: dt.datetime
    expires_at: dt.datetime
    error: str
    created_at: dt.datetime
    settled_at: dt.datetime | None
    notice: Notice | None
    letter: AccountLetter | None = None
    subject: str | None = None

    @property
    def told(self) -> Notice:
        """The notice. Raises ValueError for a letter about an account, which has none."""
        if self.notice is None:
            raise ValueError(self.kind)
        return self.notice

    @property
    def visit_end(self) -> dt.datetime:
        """When what it tells of is over."""
        return self.notice.end if self.notice else self.created_at

    @property
    def lane(self) -> str:
        """On what attempts would hold each other up: the mail server, or a restaurant's machine."""
        return MAIL_LANE if self.channel == "email" else self.recipient


EXPIRED = "expired"
"""The error of a delivery that was given up because its news was too old."""


ACCOUNT_GONE = "account_gone"
"""The error of a letter about an account that is gone by now: that it stays away is right."""


SUPERSEDED = "superseded"
"""The error of a letter that waited until there was a newer one about the same reservation."""


class Failure(msgspec.Struct, frozen=True):
    """Why an attempt failed, as a code. A permanent one would fail the same way again.

    `retry_after` is how many seconds the other side asked to be left alone. An attempt that got
    `nowhere` never reached the other side, or nothing there that looks at a single delivery.
    `gone` is an address that said it is there no more.
    """

    code: str
    permanent: bool = False
    retry_after: float = 0.0
    nowhere: bool = False
    gone: str = ""


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """What is still to be told: `waiting` for an attempt, under way (`sending`), and given up as
    `dead`. `unread` are events that no deliveries were made from yet; `oldest_at` is when the first
    of what waits or is under way was made.
    """

    unread: int
    waiting: int
    sending: int
    dead: int
    oldest_at: dt.datetime | None


class LettersOfLate(msgspec.Struct, frozen=True, kw_only=True):
    """Letters that did not go out, the newest last.

    `failing` are those that were attempted in vain and are tried again: when each was made, and its
    last error. `given_up` are those given up since the last letter that went out: recipient and
    error.
    """

    failing: tuple[tuple[dt.datetime, str], ...]
    given_up: tuple[tuple[str, str], ...]


def notice_of(
    kind: str,
    event_id: int,
    at: dt.datetime,
    reservation: Reservation,
    restaurant: Restaurant,
    *,
    language: str = "",
) -> Notice:
    """The notice about the reservation after this event."""
    intent, prep = reservation.arrival_intent, reservation.prep
    return Notice(
        kind=kind,
        event_id=event_id,
        at=at,
        reservation_id=reservation.id,
        sequence=reservation.version,
        status=reservation.status,
        party_size=reservation.party_size,
        start=reservation.start,
        end=reservation.end,
        table_id=reservation.table_id,
        table_name=_table_name(reservation, restaurant),
        guest_name=reservation.guest_name,
        guest_phone=reservation.guest_phone,
        restaurant_id=restaurant.id,
        restaurant_name=restaurant.name,
        timezone=restaurant.timezone,
        address=restaurant.address,
        phone=restaurant.phone,
        prep_scope=prep.scope or intent.prep_scope,
        prep_items=prep.items,
        notes=reservation.notes,
        arrival_status=intent.status,
        eta_minutes=intent.minutes_left(at),
        fire_at=intent.fire_at,
        arrived_at=intent.arrived_at,
        language=language,
    )


def _table_name(reservation: Reservation, restaurant: Restaurant) -> str | None:
    """What the house calls the table; None where there is none, or no longer."""
    table = restaurant.tables_by_id.get(reservation.table_id or "")
    return table.name if table is not None else None


def is_told(channel: Channel, at: dt.datetime, visit_end: dt.datetime) -> bool:
    """Whether an event of that moment is told this way: people get no letter about a visit that is
    over, machines hear everything."""
    return channel != "email" or at < visit_end


def worth_until(kind: str, at: dt.datetime, visit_end: dt.datetime) -> dt.datetime:
    """When the news of an event of that moment is too old to send.

    What was agreed on is worth telling until the visit is over, and for two days in any case.
    """
    if kind.startswith("arrival."):
        return at + ARRIVAL_WORTH
    if kind in ACCOUNT_LETTERS:
        return at + LINK_LIFE
    return max(at + RESERVATION_WORTH, visit_end)
