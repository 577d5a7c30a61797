"""Which notices are sent to which party, and what a notice says.

A notice is made from an event in the outbox's transaction and never changes: it reports the state
at that time, however late it is delivered.
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
Target = tuple[Party, Channel]
MAIL_LANE = "email"
DeliveryStatus = Literal["waiting", "sending", "sent", "dead", "dropped"]

_GUEST_MAIL: Target = ("guest", "email")
_HOUSE_MAIL: Target = ("restaurant", "email")
_WEBHOOK: Target = ("restaurant", "webhook")

TARGETS: Mapping[str, tuple[Target, ...]] = MappingProxyType(
    {
        # Both sides get what the guest has agreed to in writing.
        "reservation.booked": (_GUEST_MAIL, _HOUSE_MAIL, _WEBHOOK),
        "reservation.changed": (_GUEST_MAIL, _HOUSE_MAIL, _WEBHOOK),
        "reservation.confirmed": (_GUEST_MAIL, _HOUSE_MAIL, _WEBHOOK),
        "reservation.cancelled": (_GUEST_MAIL, _HOUSE_MAIL, _WEBHOOK),
        "reservation.removed": (_GUEST_MAIL, _HOUSE_MAIL, _WEBHOOK),
        "reservation.preordered": (_HOUSE_MAIL, _WEBHOOK),
        # What the floor and the kitchen act on goes to their systems; guests have their stream.
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
"""Every event that is sent by e-mail or webhook, and to which party; others are not."""

Outlet = Literal["mail", "files", "none"]
"""Where e-mail goes: to a mail server, into files for the operator, or nowhere."""

WEBHOOK_SWITCHED_OFF = "restaurant.webhook_switched_off"
"""The event of the e-mail to a restaurant when its webhook address answered that it is gone."""

ENDS_A_VISIT = frozenset({"reservation.cancelled", "reservation.removed"})
"""Events after which the guest is no longer expected: their calendar entry is removed."""

RESERVATION_WORTH, ARRIVAL_WORTH = dt.timedelta(days=2), dt.timedelta(hours=1)
"""How long after an event it is still sent: yesterday's kitchen start is worth nothing."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A reservation after an event. Times are UTC; nothing says where the guest is.

    `notes` are the guest's and for the restaurant: no e-mail to a guest quotes typed text.
    `sequence` rises with every change of the reservation. `eta_minutes`, counted from `at`, and
    `fire_at` are set once the guest is on the way.
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
"""Events that go to one person only, in an e-mail with a link to their account."""
LINK_LIFE = dt.timedelta(days=1)
"""How long such a link is valid, and how long after the event the e-mail is still sent."""


class AccountLetter(msgspec.Struct, frozen=True, kw_only=True):
    """An e-mail about an account. Its link is made when it is sent, and stored nowhere.

    Of what was typed when the account was opened it quotes only the address, since the reader may
    be a stranger. While the address is `unproved`, a new password hands the account over.
    """

    at: dt.datetime
    purpose: Purpose
    language: str = ""
    unproved: bool = False


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A notice on its way to one recipient: an e-mail address, or the id of a restaurant.

    Instead of a notice it may carry a `letter` about the recipient's account; restaurant and
    reservation are then empty.

    `id` stays the same for all attempts. `attempts` counts those begun, except those that got
    nowhere. `next_at` is the time of the next attempt or, while it is `sending`, when another
    process may take it over; from `expires_at` on it is not tried again. `error` is the code of the
    last failure. `subject` is the owner of the reservation or account, None without one.
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
    def booking_notice(self) -> Notice:
        """The notice about a booking. Raises ValueError for a letter about an account."""
        if self.notice is None:
            raise ValueError(self.kind)
        return self.notice

    @property
    def visit_end(self) -> dt.datetime:
        """The end of the visit; for a letter, when it was made."""
        return self.notice.end if self.notice else self.created_at

    @property
    def lane(self) -> str:
        """Which queue it waits in: the mail server's, or that of a restaurant's webhook."""
        return MAIL_LANE if self.channel == "email" else self.recipient


EXPIRED = "expired"
"""The error of a delivery that was given up because it expired."""


ACCOUNT_GONE = "account_gone"
"""The error of an e-mail about an account that no longer exists: rightly not sent."""


SUPERSEDED = "superseded"
"""The error of an e-mail that a newer one about the same reservation replaced."""


class Failure(msgspec.Struct, frozen=True):
    """Why an attempt failed, as a code. A permanent failure would happen again.

    `retry_after` is how many seconds the other side asked to wait. An attempt that got `nowhere`
    never reached the other side, or nothing there that judges a single delivery. `gone` is an
    address that answered that it no longer exists.
    """

    code: str
    permanent: bool = False
    retry_after: float = 0.0
    nowhere: bool = False
    gone: str = ""


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """Deliveries not yet sent: `waiting` for an attempt, `sending`, and given up as `dead`.

    `unread` counts events that no deliveries were made from yet, 10,000 at most, and `unread_at` is
    when the oldest of them happened; `oldest_at` is when the oldest delivery that is waiting or
    being sent was made.
    """

    unread: int
    waiting: int
    sending: int
    dead: int
    unread_at: dt.datetime | None
    oldest_at: dt.datetime | None


class LettersOfLate(msgspec.Struct, frozen=True, kw_only=True):
    """E-mails that were not sent, the newest last.

    `failing` are those that failed and are tried again: when each was made, and its last error.
    `given_up` are those given up since the last e-mail that was sent: recipient and error.
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
    """The table's name at the restaurant; None without a table, or if it is gone."""
    table = restaurant.tables_by_id.get(reservation.table_id or "")
    return table.name if table is not None else None


def is_sent_by(channel: Channel, at: dt.datetime, visit_end: dt.datetime) -> bool:
    """Whether an event of that time is sent by the channel: people get no e-mail about a visit that
    is over, webhooks get everything."""
    return channel != "email" or at < visit_end


def expiry_of(kind: str, at: dt.datetime, visit_end: dt.datetime) -> dt.datetime:
    """When an event of that time is too old to send.

    News of a booking is sent until the visit is over, and for two days in any case.
    """
    if kind.startswith("arrival."):
        return at + ARRIVAL_WORTH
    if kind in ACCOUNT_LETTERS:
        return at + LINK_LIFE
    return max(at + RESERVATION_WORTH, visit_end)
