"""Reservations: read and written whole, as domain types."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, NamedTuple

import msgspec

from bakureserve.domain.reservations.attention import NOT_SETTLED
from bakureserve.domain.reservations.reservation import ArrivalIntent, Prep, Reservation, Status
from bakureserve.domain.restaurants.restaurant import LONGEST_SITTING
from bakureserve.store.codec import dumps, from_us, loads, marked, to_us
from bakureserve.store.transaction import Row, Transaction

COLUMNS = (
    "r.id, r.restaurant_id, t.id, r.party_size, r.starts_at, r.ends_at, r.held_until,"
    " r.service_date, r.guest_name, r.guest_phone, r.status, r.owner_id, r.prep,"
    " r.extra, r.created_at, r.updated_at, r.version, r.notes, r.staff_notes, r.tags, r.source,"
    " r.pinned, r.attention, r.cancelled_by, r.cancelled_late, r.hidden, r.language, a.document"
)
"""What `from_row` reads, of reservation r, dining_table t and arrival_intent a."""
_FROM = (
    " from reservation r left join dining_table t on t.key = r.table_key"
    " left join arrival_intent a on a.reservation_id = r.id"
)
_GET = f"select {COLUMNS}{_FROM} where r.id = ?"
_INSERT = (
    "insert into reservation (id, restaurant_id, table_key, party_size, starts_at, ends_at,"
    " held_until, service_date, guest_name, guest_phone, status, owner_id, prep,"
    " extra, notes, staff_notes, tags, source, pinned, attention, cancelled_by, cancelled_late,"
    " hidden, language, created_at, updated_at, version)"
    " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
# A conditional update: of two writers that read the same version, one wins.
_UPDATE = (
    "update reservation set table_key = ?, party_size = ?, starts_at = ?, ends_at = ?,"
    " held_until = ?, service_date = ?, guest_name = ?, guest_phone = ?, status = ?, owner_id = ?,"
    " prep = ?, extra = ?, notes = ?, staff_notes = ?, tags = ?, source = ?, pinned = ?,"
    " attention = ?, cancelled_by = ?, cancelled_late = ?, hidden = ?, language = ?,"
    " updated_at = ?, version = version + 1"
    " where id = ? and version = ?"
)
_AWAITED = (
    f"select {COLUMNS}{_FROM} where r.restaurant_id = ? and r.starts_at > ?"
    " and r.status = 'booked'"
    " and (a.status in ('requested', 'queued', 'approved', 'arrived')"
    " or r.starts_at <= ? and r.ends_at > ?)"
    " order by r.starts_at, r.id"
)
_MISSED = (
    "select r.id, r.restaurant_id from reservation r"
    " left join arrival_trip p on p.reservation_id = r.id"
    " where r.starts_at >= ? and r.starts_at < ? and r.ends_at > ? and r.status = 'booked'"
    " and p.due_at is null"
)
_NO_PREP = Prep()
_TEXTS = tuple[str, ...]
_NOBODY_ON_THE_WAY = ArrivalIntent()
_FIRST_US = -(2**63)
_UNSETTLED = (
    "r.status in ('booked', 'seated') and (r.source <> 'import' or r.status = 'seated'"
    " or r.held_until > coalesce((select max(at) from import_run), 0)"
    f" or {marked(NOT_SETTLED)})"
)
_HOUR_US = 3600 * 1_000_000

# Counted by the database: to read a guest's rows cost a booking a fifth of its time.
_CLAIMS = (
    "select sum(status = 'booked'), min(case when starts_at < ? and ends_at > ? then id end)"
    " from reservation where owner_id = ? and starts_at > ? and ends_at > ? and id <> ?"
    " and status in ('booked', 'seated') and source <> 'import'"
)


class Claims(NamedTuple):
    """How many bookings a guest has to come, and which there is at a time that is asked about."""

    to_come: int
    then: str | None


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which reservations to list; None does not restrict.

    Those of `or_restaurants` come beside those of `owner_id`, hidden or not.
    """

    owner_id: str | None = None
    restaurant_id: str | None = None
    service_date: dt.date | None = None
    status: Status | None = None
    hidden: bool | None = None
    or_restaurants: tuple[str, ...] = ()


class Place(msgspec.Struct, frozen=True):
    """A place in a list ordered by start and id: where the next page goes on."""

    starts_at: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
    id: str


def place_of(reservation: Reservation) -> Place:
    return Place(to_us(reservation.start), reservation.id)


def get(transaction: Transaction, reservation_id: str) -> Reservation | None:
    """The reservation with its arrival intent, or None."""
    row = transaction.one(_GET, (reservation_id,))
    return from_row(row) if row else None


def claims(
    transaction: Transaction,
    guest: str,
    now: dt.datetime,
    *,
    start: dt.datetime,
    end: dt.datetime,
    but: str | None,
) -> Claims:
    """What the guest has booked that is not over at `now`, and of that at any time in [start, end).

    The reservation `but`, and imported ones, do not count.
    """
    row = transaction.one(
        _CLAIMS,
        (
            to_us(end),
            to_us(start),
            guest,
            to_us(now - LONGEST_SITTING),
            to_us(now),
            but or "",
        ),
    )
    return Claims(row[0] or 0, row[1]) if row else Claims(0, None)


def insert(transaction: Transaction, reservation: Reservation, table_key: int | None) -> None:
    """Add a new reservation. Its table is held separately, by `occupancy.hold`."""
    transaction.execute(
        _INSERT,
        (
            reservation.id,
            reservation.restaurant_id,
            *_changeable(reservation, table_key),
            to_us(reservation.created_at),
            to_us(reservation.updated_at),
            reservation.version,
        ),
    )
    if reservation.arrival_intent != _NOBODY_ON_THE_WAY:
        put_arrival_intent(transaction, reservation)


def update(transaction: Transaction, reservation: Reservation, table_key: int | None) -> bool:
    """Write a changed reservation; False when somebody else changed it since it was read."""
    changed = transaction.execute(
        _UPDATE,
        (
            *_changeable(reservation, table_key),
            to_us(reservation.updated_at),
            reservation.id,
            reservation.version,
        ),
    )
    return changed == 1


def delete(transaction: Transaction, reservation_id: str) -> None:
    """Remove it with its occupancy and arrival intent."""
    transaction.execute("delete from reservation where id = ?", (reservation_id,))


def put_arrival_intent(transaction: Transaction, reservation: Reservation) -> None:
    """Write the reservation's arrival intent, new or changed."""
    intent = reservation.arrival_intent
    transaction.execute(
        "insert into arrival_intent (reservation_id, status, last_signal_at, document, updated_at)"
        " values (?, ?, ?, ?, ?) on conflict (reservation_id) do update set"
        " status = excluded.status, last_signal_at = excluded.last_signal_at,"
        " document = excluded.document, updated_at = excluded.updated_at",
        (
            reservation.id,
            intent.status,
            to_us(intent.last_signal) if intent.last_signal else None,
            dumps(intent),
            to_us(reservation.updated_at),
        ),
    )


def table_key(transaction: Transaction, reservation_id: str) -> int | None:
    """The store's number of the reservation's table."""
    row = transaction.one("select table_key from reservation where id = ?", (reservation_id,))
    return row[0] if row else None


def page(
    transaction: Transaction,
    wanted: Filter,
    *,
    after: Place | None = None,
    limit: int | None = None,
) -> list[Reservation]:
    """Reservations by start and id, beyond `after`, at most `limit`."""
    asked, parameters = _asked(wanted, after, -1 if limit is None else limit)
    rows = transaction.all(
        f"select {COLUMNS}{_FROM}{asked} order by r.starts_at, r.id limit ?", parameters
    )
    return [from_row(row) for row in rows]


def awaited(transaction: Transaction, restaurant_id: str, now: dt.datetime) -> list[Reservation]:
    """Whom a restaurant waits for, by booked time: those who said that they come, who are there and
    not seated, and, announced or not, those whose time has come and is not over."""
    rows = transaction.all(
        _AWAITED, (restaurant_id, to_us(now - LONGEST_SITTING), *[to_us(now)] * 2)
    )
    return [from_row(row) for row in rows]


def missed(
    transaction: Transaction, since: dt.datetime, before: dt.datetime, now: dt.datetime
) -> list[tuple[str, str]]:
    """Those who announced nothing and are not seated of the sittings that started in
    [since, before) and go on: the ids of reservation and restaurant."""
    return transaction.all(_MISSED, (to_us(since), to_us(before), to_us(now)))


def to_come(transaction: Transaction, restaurant_id: str, now: dt.datetime) -> list[Reservation]:
    """The restaurant's booked parties whose sitting is not over, by start and id."""
    rows = transaction.all(
        f"select {COLUMNS}{_FROM} where r.restaurant_id = ? and r.starts_at > ? and r.ends_at > ?"
        " and r.status = 'booked' order by r.starts_at, r.id",
        (restaurant_id, to_us(now - LONGEST_SITTING), to_us(now)),
    )
    return [from_row(row) for row in rows]


def unsettled_on(
    transaction: Transaction, restaurant_id: str, service_date: dt.date
) -> list[Reservation]:
    """Those of a service date that are still booked or seated, but for what was over already when
    it was imported."""
    earliest, latest = _instants_of(service_date)
    rows = transaction.all(
        f"select {COLUMNS}{_FROM} where r.restaurant_id = ? and r.starts_at between ? and ?"
        f" and r.service_date = ? and {_UNSETTLED} order by r.starts_at, r.id",
        (restaurant_id, earliest, latest, service_date.isoformat()),
    )
    return [from_row(row) for row in rows]


def open_days(
    transaction: Transaction,
    *,
    since: dt.datetime | None,
    until: dt.datetime,
    restaurant: str | None,
    flagged: bool,
) -> list[tuple[str, dt.date]]:
    """The restaurants (or one) and service dates that have reservations from `since` on which
    began before `until` and are still booked or seated; unless `flagged`, without those that wait
    for a person to settle them."""
    rows = transaction.all(
        "select distinct r.restaurant_id, r.service_date from reservation r"
        " where r.starts_at >= ? and r.starts_at < ? and (? is null or r.restaurant_id = ?)"
        f" and {_UNSETTLED} and (? or r.status = 'seated' or not {marked(NOT_SETTLED)})"
        " order by r.service_date, r.restaurant_id",
        (
            _FIRST_US if since is None else to_us(since),
            to_us(until),
            restaurant,
            restaurant,
            flagged,
        ),
    )
    return [(id_, dt.date.fromisoformat(day)) for id_, day in rows]


def count(transaction: Transaction, wanted: Filter) -> int:
    """How many `page` would list without a limit."""
    asked, parameters = _asked(wanted, None, -1)
    row = transaction.one(f"select count(*) from reservation r{asked} limit ?", parameters)
    return int(row[0]) if row else 0


def _asked(wanted: Filter, after: Place | None, limit: int) -> tuple[str, list[Any]]:
    """What to look for, and the parameters of that and of a limit behind it.

    Of several restaurants each and the owner are looked up by themselves, in the order of their
    indexes and no farther than the limit, so that a page costs a page.
    """
    if not wanted.or_restaurants:
        where, parameters = _where(wanted, after)
        return where, [*parameters, limit]
    own = msgspec.structs.replace(wanted, or_restaurants=())
    parts = [own, *(_of_restaurant(own, restaurant) for restaurant in wanted.or_restaurants)]
    selects, together = [], []
    for part in parts:
        where, parameters = _where(part, after)
        selects.append(
            "select * from (select r.id from reservation r"
            f"{where} order by r.starts_at, r.id limit ?)"
        )
        together += [*parameters, limit]
    return f" where r.id in ({' union '.join(selects)})", [*together, limit]


def _of_restaurant(own: Filter, restaurant: str) -> Filter:
    return msgspec.structs.replace(own, owner_id=None, hidden=None, restaurant_id=restaurant)


def _where(wanted: Filter, after: Place | None) -> tuple[str, list[Any]]:
    conditions, parameters = _conditions(wanted)
    if after is not None:
        conditions.append("(r.starts_at, r.id) > (?, ?)")
        parameters += [after.starts_at, after.id]
    return (f" where {' and '.join(conditions)}" if conditions else ""), parameters


def _conditions(wanted: Filter) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    parameters: list[Any] = []
    for column, value in (
        ("owner_id", wanted.owner_id),
        ("restaurant_id", wanted.restaurant_id),
        ("status", wanted.status),
        ("hidden", wanted.hidden),
    ):
        if value is not None:
            conditions.append(f"r.{column} = ?")
            parameters.append(value)
    if wanted.service_date is not None:
        earliest, latest = _instants_of(wanted.service_date)
        conditions.append("r.starts_at between ? and ? and r.service_date = ?")
        parameters += [earliest, latest, wanted.service_date.isoformat()]
    return conditions, parameters


def _instants_of(service_date: dt.date) -> tuple[int, int]:
    """Bounds on when a sitting of that date can start anywhere on earth, for the index to use.

    Zones reach from UTC-12 to UTC+14, and a service may run a day past its date.
    """
    midnight = to_us(dt.datetime.combine(service_date, dt.time(), dt.UTC))
    return midnight - 14 * _HOUR_US, midnight + 60 * _HOUR_US


def _changeable(reservation: Reservation, key: int | None) -> tuple[Any, ...]:
    return (
        key,
        reservation.party_size,
        to_us(reservation.start),
        to_us(reservation.end),
        to_us(reservation.held_until),
        reservation.service_date.isoformat(),
        reservation.guest_name,
        reservation.guest_phone,
        reservation.status,
        reservation.owner_id,
        None if reservation.prep == _NO_PREP else dumps(reservation.prep),
        dumps(reservation.extra) if reservation.extra else None,
        reservation.notes or None,
        reservation.staff_notes or None,
        dumps(reservation.tags) if reservation.tags else None,
        reservation.source,
        reservation.pinned,
        dumps(reservation.attention) if reservation.attention else None,
        reservation.cancelled_by,
        reservation.cancelled_late,
        reservation.hidden,
        reservation.language or None,
    )


def from_row(row: Row) -> Reservation:
    """The reservation in a row of COLUMNS."""
    return Reservation(
        id=row[0],
        restaurant_id=row[1],
        table_id=row[2],
        party_size=row[3],
        start=from_us(row[4]),
        end=from_us(row[5]),
        held_until=from_us(row[6]),
        service_date=dt.date.fromisoformat(row[7]),
        guest_name=row[8],
        guest_phone=row[9],
        status=row[10],
        owner_id=row[11],
        prep=loads(row[12], Prep) if row[12] else _NO_PREP,
        extra=loads(row[13], dict[str, Any]) if row[13] else {},
        created_at=from_us(row[14]),
        updated_at=from_us(row[15]),
        version=row[16],
        notes=row[17] or "",
        staff_notes=row[18] or "",
        tags=loads(row[19], _TEXTS) if row[19] else (),
        source=row[20],
        pinned=bool(row[21]),
        attention=loads(row[22], _TEXTS) if row[22] else (),
        cancelled_by=row[23],
        cancelled_late=bool(row[24]),
        hidden=bool(row[25]),
        language=row[26] or "",
        arrival_intent=loads(row[27], ArrivalIntent) if row[27] else _NOBODY_ON_THE_WAY,
    )
